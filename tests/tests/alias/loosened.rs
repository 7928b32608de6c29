//! Build arguments that take something from a contract: refused, or told where the contract lets them.

use aliasfront_tests::gateway::{Gateway, Rpc};
use serde_json::json;

use crate::{
    CONTRACT_LINE, DIGEST, DOCKERFILE, IMAGE, count, fail_with, files, graph, message, no_warning,
    overridden, own_warnings, prebuilt, request, succeed, warning, with,
};

/// A build argument that loosens a contract.
struct Loosens {
    contract: &'static str,
    argument: &'static str,
    value: &'static str,
    /// What of the contract it loosens.
    what: &'static str,
}

const fn loosens(
    contract: &'static str,
    argument: &'static str,
    value: &'static str,
    what: &'static str,
) -> Loosens {
    Loosens { contract, argument, value, what }
}

/// One of each kind.
const ALL: [Loosens; 11] = [
    loosens("pin=digest", "ALIASFRONT_PIN", "off", "pin=digest"),
    loosens("allow=ghcr.io/org/*", "ALIASFRONT_ALLOW", "*", "allow=ghcr.io/org/*"),
    loosens("allow=ghcr.io/org/*", "ALIASFRONT_ALLOW", ";", "allow=ghcr.io/org/*"),
    loosens("allow=ghcr.io/org/b", "ALIASFRONT_ALLOW", "ghcr.io/**", "allow=ghcr.io/org/b"),
    loosens("fresh=revision", "ALIASFRONT_FRESH", "off", "fresh=revision"),
    loosens("verify=files", "ALIASFRONT_VERIFY", "config", "verify=files"),
    loosens("require=/doc,+x", "ALIASFRONT_REQUIRE", ";", "require=/doc,+x"),
    loosens("require=/doc,+x", "ALIASFRONT_VERIFY", "off", "require=/doc,+x"),
    loosens("fallback=off", "ALIASFRONT_FALLBACK", "local", "fallback=off"),
    loosens("compile=never", "ALIASFRONT_COMPILE", "allowed", "compile=never"),
    loosens("pin=digest", "ALIASFRONT_ONBUILD", "allow", "onbuild=refuse"),
];

/// A build with the image by its digest, which a contract without the argument may refuse for other reasons.
fn build(contract: &str, Loosens { argument, value, .. }: &Loosens) -> Gateway {
    let pinned = format!("ghcr.io/org/builder@{DIGEST}");
    overridden(&with(contract), files())
        .build_arg("BUILDER_IMAGE", &pinned)
        .source(&format!("docker-image://{pinned}"), files())
        .build_arg(argument, value)
}

#[tokio::test]
async fn build_arguments_that_loosen_a_contract_are_errors() {
    for loosens in ALL {
        let Loosens { contract, argument, value, what } = loosens;
        let told = format!("alias builder: {argument}={value} loosens {what}");
        let hint = "hint: leave the build argument out, or write override=allow in the contract";
        let gateway = build(contract, &loosens);
        let recording = fail_with(gateway.clone(), &[&told, hint]).await;
        assert_eq!(recording.error_lines(), [(CONTRACT_LINE, CONTRACT_LINE)]);
        // Nobody is asked about an image, and nothing is solved.
        assert_eq!(count(&recording, Rpc::ResolveSourceMeta), 0);
        assert_eq!(count(&recording, Rpc::ResolveImageConfig), 0);
        warning(&recording, "AliasContractLoosened", &[&told]);
        let (check, _) = request(gateway, "frontend.lint").await;
        let error = check["buildError"]["message"].as_str().unwrap_or_default();
        assert!(error.contains(&told), "{check}");
        assert_eq!(check["warnings"][0]["ruleName"], "AliasContractLoosened", "{check}");
    }
}

#[tokio::test]
async fn it_is_the_same_where_the_alias_is_its_compile_stage() {
    for contract in ["pin=digest", "pin=digest override=refuse"] {
        let gateway = prebuilt(&with(contract), files()).opt("target", "kiro");
        fail_with(gateway.build_arg("ALIASFRONT_PIN", "off"), &["loosens pin=digest"]).await;
    }
    // Whoever asks for what the alias is, asks for its contract.
    let asks = "FROM debian AS direct\nCOPY --from=${BUILDER_IMAGE} /build/agentd /\n";
    let dockerfile = format!("{}{asks}", with("pin=digest"));
    let gateway = prebuilt(&dockerfile, files()).opt("target", "direct");
    fail_with(gateway.build_arg("ALIASFRONT_PIN", "off"), &["loosens pin=digest"]).await;
    // A target that needs neither has nothing to do with it.
    let gateway = prebuilt(&with("pin=digest"), files()).opt("target", "local_builder");
    succeed(gateway.build_arg("ALIASFRONT_PIN", "off")).await;
}

#[tokio::test]
async fn all_that_is_loosened_is_told_at_once() {
    let gateway = overridden(&with("pin=digest verify=files"), files())
        .build_arg("ALIASFRONT_PIN", "off")
        .build_arg("ALIASFRONT_VERIFY", "off");
    let parts = ["ALIASFRONT_PIN=off loosens pin", "ALIASFRONT_VERIFY=off loosens verify"];
    fail_with(gateway, &parts).await;
}

#[tokio::test]
async fn contracts_may_allow_it_and_it_is_told() {
    for loosens in ALL {
        let Loosens { contract, argument, value, what } = loosens;
        let gateway = build(&format!("override=allow {contract}"), &loosens);
        let recording = succeed(gateway.clone()).await;
        let told = format!("{argument}={value} loosens {what}");
        warning(
            &recording,
            "AliasContractLoosened",
            &["alias builder: ", &told, &format!("(line {CONTRACT_LINE})")],
        );
        assert!(message(&recording).contains(&told), "{}", message(&recording));
        let (check, _) = request(gateway.clone(), "frontend.lint").await;
        assert!(check["buildError"].is_null(), "{check}");
        assert_eq!(check["warnings"][0]["ruleName"], "AliasContractLoosened", "{check}");
        let (plan, text) = request(gateway, "frontend.plan").await;
        assert!(text.contains(&told), "{text}");
        let expected = json!([{
            "argument": argument, "value": value, "contract": what, "line": CONTRACT_LINE,
        }]);
        assert_eq!(plan["platforms"][0]["aliases"][0]["loosened"], expected, "{plan}");
    }
    // Also where the alias is its compile stage.
    let gateway = prebuilt(&with("compile=never override=allow"), files()).opt("target", "kiro");
    let recording = succeed(gateway.build_arg("ALIASFRONT_COMPILE", "allowed")).await;
    let told = "alias builder: ALIASFRONT_COMPILE=allowed loosens compile=never";
    assert!(message(&recording).contains(told), "{}", message(&recording));
}

#[tokio::test]
async fn what_a_contract_allows_to_override_holds_no_more() {
    let by_tag = overridden(&with("pin=digest override=allow"), files());
    fail_with(by_tag.clone(), &["has no digest"]).await;
    succeed(by_tag.build_arg("ALIASFRONT_PIN", "off")).await;
    let other = overridden(&with("allow=ghcr.io/other/* override=allow"), files());
    let advice = "or override it with ALIASFRONT_ALLOW";
    fail_with(other.clone(), &["is not allowed by allow=ghcr.io/other/*", advice]).await;
    succeed(other.build_arg("ALIASFRONT_ALLOW", "a/*,ghcr.io/org/*")).await;
    let lacks = overridden(&with("require=/doc override=allow"), files());
    fail_with(lacks.clone(), &["/doc is not there"]).await;
    succeed(lacks.build_arg("ALIASFRONT_REQUIRE", "/build/agentd")).await;
}

#[tokio::test]
async fn build_arguments_add_to_contracts() {
    for (contract, argument, value, refused) in [
        (
            "allow=ghcr.io/**",
            "ALIASFRONT_ALLOW",
            "ghcr.io/other/*",
            "ALIASFRONT_ALLOW=ghcr.io/other",
        ),
        ("allow=ghcr.io/**", "ALIASFRONT_PIN", "digest", "has no digest"),
        ("pin=off", "ALIASFRONT_PIN", "digest", "has no digest"),
        ("verify=off", "ALIASFRONT_FRESH", "revision", "fresh=revision needs the label"),
        ("require=/build/cli", "ALIASFRONT_REQUIRE", "/doc", "/doc is not there"),
        ("verify=off", "ALIASFRONT_REQUIRE", "/doc", "/doc is not there"),
        ("verify=config", "ALIASFRONT_REQUIRE", "/doc", "/doc is not there"),
    ] {
        let gateway = overridden(&with(contract), files()).build_arg(argument, value);
        let recording = fail_with(gateway, &[refused]).await;
        no_warning(&recording, "AliasContractLoosened");
    }
    let both = overridden(&with("require=/doc"), files()).build_arg("ALIASFRONT_REQUIRE", "/man");
    fail_with(both, &["/doc is not there", "/man is not there"]).await;
    // What the Dockerfile pins, no context that a build argument allows gets around.
    let directory = prebuilt(&with("pin=digest"), files())
        .opt("target", "kiro")
        .opt("context:builder", "local:folder")
        .local("folder", files())
        .build_arg("ALIASFRONT_ALLOW", "context:local");
    fail_with(directory, &["the directory of context builder has no digest"]).await;
}

#[tokio::test]
async fn a_build_argument_takes_no_stage_out_of_the_contract_of_another() {
    // The stage has no contract of its own, and what the build asks for is none.
    let dockerfile = format!("{}FROM ${{BUILDER_IMAGE}} AS again\n", with("allow=ghcr.io/org/*"));
    let evil = format!("evil.example/x@{DIGEST}");
    let gateway = prebuilt(&dockerfile, files())
        .opt("target", "again")
        .build_arg("BUILDER_IMAGE", &evil)
        .source(&format!("docker-image://{evil}"), files());
    for (argument, value) in [
        ("ALIASFRONT_PIN", "digest"),
        ("ALIASFRONT_ALLOW", "*"),
        ("ALIASFRONT_REQUIRE", "/build/agentd"),
        ("ALIASFRONT_FRESH", "off"),
    ] {
        let gateway = gateway.clone().build_arg(argument, value);
        let recording = fail_with(gateway, &[]).await;
        let error = &recording.error().expect("an error").message;
        let refused = format!("{evil} is not allowed by allow=ghcr.io/org/*");
        let loosens = "ALIASFRONT_ALLOW=* loosens allow=ghcr.io/org/*";
        assert!(error.contains(&refused) || error.contains(loosens), "{argument}: {error}");
        assert_eq!(count(&recording, Rpc::ResolveSourceMeta), 0);
    }
}

#[tokio::test]
async fn without_a_contract_build_arguments_say_what_they_like() {
    let mut gateway = overridden(DOCKERFILE, files());
    for (argument, value) in [
        ("ALIASFRONT_ALLOW", "*"),
        ("ALIASFRONT_PIN", "off"),
        ("ALIASFRONT_FRESH", "off"),
        ("ALIASFRONT_VERIFY", "off"),
        ("ALIASFRONT_REQUIRE", ";"),
        ("ALIASFRONT_COMPILE", "allowed"),
        // As compose hands on what nobody set.
        ("ALIASFRONT_FALLBACK", ""),
    ] {
        gateway = gateway.build_arg(argument, value);
    }
    let recording = succeed(gateway).await;
    assert_eq!(own_warnings(&recording), []);
    assert_eq!(graph(&recording).head, graph(&succeed(overridden(DOCKERFILE, files())).await).head);
    let no_such = overridden(DOCKERFILE, files()).build_arg("ALIASFRONT_OVERRIDE", "allow");
    fail_with(no_such, &["unknown build argument ALIASFRONT_OVERRIDE"]).await;
    assert!(message(&recording).contains(IMAGE));
}
