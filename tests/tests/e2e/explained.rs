//! What a build would do, asked instead of built.

use std::process::Output;

use crate::{
    build::Build,
    engine::has_flag,
    prebuilt::{images, is_known, project},
};

/// Asks, and returns the text that the client printed. Clients print what they know no better as it comes.
#[track_caller]
fn ask(build: Build<'_>, request: &str) -> String {
    let flag = if has_flag("--call") { "--call" } else { "--print" };
    let mut command = build.option(flag, request).command();
    let Output { status, stdout, stderr } =
        command.env("BUILDX_EXPERIMENTAL", "1").output().expect("the docker client runs");
    assert!(status.success(), "{request}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("the docker client prints text")
}

#[test]
#[ignore = "needs a Docker engine"]
fn the_plan_tells_what_is_kept_and_why() {
    if !is_known() {
        return;
    }
    let project = project("");
    let whole = &images().whole;
    let plan = ask(Build::new(&project).target("kiro").arg("BUILDER_IMAGE", whole), "plan");
    for part in [
        "TARGET kiro for linux/amd64: 2 of 4 stages\n",
        "\n  builder, overridden: BUILDER_IMAGE →\n",
        "\n    2 paths verified\n    pruned local_builder\n",
        "\n  pruned local_builder (3 steps)\n      alias builder became something else: BUILDER_IMAGE →\n",
        "\n  kept builder (1 step)\n      kiro, line 9: COPY --from=builder /build/agentd /agentd\n",
        "\n  kept kiro (2 steps)\n      it is the target\n    [kiro 1/2] COPY --from=builder",
        "\n  pruned leaky (1 step)\n      no stage builds on it or takes files from it\n",
        "\nARGUMENTS\n  BUILDER_IMAGE=",
        "(build-arg; line 2)\n",
        "\nIMAGES\n",
    ] {
        assert!(plan.contains(part), "{part:?} is not in:\n{plan}");
    }
    if has_flag("--call") {
        let plan = ask(Build::new(&project).target("kiro"), "plan,format=json");
        let plan: serde_json::Value = serde_json::from_str(&plan).expect("the answer is JSON");
        assert_eq!(plan["schemaVersion"], 1);
        let plan = &plan["platforms"][0];
        assert_eq!(plan["aliases"][0]["state"], "default");
        assert_eq!(plan["stages"][0]["kept"], true);
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn why_tells_what_keeps_a_stage() {
    if !is_known() {
        return;
    }
    let project = project("");
    let why = |target: &str, stage: &str| {
        let build = Build::new(&project).target(target).arg("BUILDER_IMAGE", &images().whole);
        ask(build.arg("ALIASFRONT_WHY", stage), "why")
    };
    let leak = "\
local_builder is kept: leaky needs it
  leaky, line 12: COPY --from=local_builder /build/cli /leaked
";
    assert_eq!(why("leaky", "local_builder").trim_end(), leak.trim_end());
    let pruned = why("kiro", "local_builder");
    assert!(pruned.starts_with("local_builder is pruned: alias builder became"), "{pruned}");
}
