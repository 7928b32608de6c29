//! Source policies: what contracts say, sent along with the graph, so that the engine enforces it, too.

use aliasfront_tests::gateway::{CapSet, Gateway, Recording, Rpc};
use bollard_buildkit_proto::moby::buildkit::v1::sourcepolicy::{MatchType, Policy, PolicyAction};
use regex::Regex;

use crate::{DIGEST, DOCKERFILE, IMAGE, files, graph, overridden, prebuilt, probes, succeed, with};

/// Whether an engine with these policies denies a source: of each policy, the last rule that matches counts.
fn denies(policies: &[Policy], identifier: &str) -> bool {
    policies.iter().any(|policy| {
        assert_eq!(policy.version, 1);
        policy.rules.iter().fold(false, |denied, rule| {
            let selector = rule.selector.as_ref().expect("a selector");
            assert_eq!(selector.match_type(), MatchType::Regex);
            assert!(selector.constraints.is_empty() && rule.updates.is_none());
            let regex = Regex::new(&selector.identifier).expect("an expression");
            match rule.action() {
                _ if !regex.is_match(identifier) => denied,
                PolicyAction::Deny => true,
                PolicyAction::Allow => false,
                PolicyAction::Convert => panic!("{rule:?} changes digests"),
            }
        })
    })
}

/// The policies of the solve of what is built. No other solve has any, and nothing that the build has is denied.
pub(crate) fn policies(recording: &Recording) -> &[Policy] {
    let head = &graph(recording).head;
    let is_built = |graph: &aliasfront_tests::graph::Graph| graph.head == *head;
    let (built, others): (Vec<_>, Vec<_>) =
        recording.solves.iter().partition(|solve| solve.graph.as_ref().is_some_and(is_built));
    let [built] = &built[..] else { panic!("{} solves of what is built", built.len()) };
    for other in others {
        assert!(other.source_policies.is_empty(), "{other:?}");
    }
    let policies = &built.source_policies;
    for source in graph(recording).sources() {
        assert!(!denies(policies, source), "{source}: {policies:?}");
    }
    policies
}

#[tokio::test]
async fn only_contracts_that_name_images_are_sent() {
    for dockerfile in [
        DOCKERFILE.to_owned(),
        with("verify=files fallback=local"),
        with("require=/build/agentd fresh=off compile=never"),
    ] {
        assert!(policies(&succeed(overridden(&dockerfile, files())).await).is_empty());
    }
    // Nor what a contract says of an alias that is its compile stage, or that nothing needs.
    let contract = with("allow=ghcr.io/org/* pin=digest");
    for target in ["kiro", "local_builder"] {
        let gateway = prebuilt(&contract, files()).opt("target", target);
        assert!(policies(&succeed(gateway).await).is_empty());
    }
    let pruned = overridden(&contract, files()).opt("target", "local_builder");
    assert!(policies(&succeed(pruned).await).is_empty());
}

#[tokio::test]
async fn a_policy_allows_what_the_contract_does_and_what_none_holds_for() {
    let recording = succeed(overridden(&with("allow=ghcr.io/org/*"), files())).await;
    assert!(!probes(&recording).is_empty());
    let sent = policies(&recording);
    assert_eq!(sent.len(), 1);
    for (name, is_denied) in [
        (format!("{IMAGE}@{DIGEST}"), false),
        (format!("ghcr.io/org/other@{DIGEST}"), false),
        // A policy of the client may take digests away, and add some.
        (IMAGE.to_owned(), false),
        ("docker.io/library/debian:latest".to_owned(), false),
        (format!("docker.io/library/debian:12@{DIGEST}"), false),
        ("docker.io/library/debian/evil:latest".to_owned(), true),
        ("docker.io/library/debianevil:latest".to_owned(), true),
        ("docker.io/library/rust:1".to_owned(), true),
        (format!("evil.example/x@{DIGEST}"), true),
        (format!("evil.example/ghcr.io/org/builder@{DIGEST}"), true),
        ("ghcr.io/org/team/builder:v1".to_owned(), true),
        ("ghcr.io/orgevil/builder:v1".to_owned(), true),
    ] {
        assert_eq!(denies(sent, &format!("docker-image://{name}")), is_denied, "{name}");
    }
    for other in
        ["local://context", "git://github.com/a/b", "https://evil.example/docker-image://x"]
    {
        assert!(!denies(sent, other), "{other}");
    }
}

#[tokio::test]
async fn digests_that_are_asked_for_are_asked_of_what_a_policy_makes_of_it() {
    let pinned = format!("ghcr.io/org/builder@{DIGEST}");
    let gateway = overridden(&with("pin=digest"), files())
        .build_arg("BUILDER_IMAGE", &pinned)
        .source(&format!("docker-image://{pinned}"), files());
    let recording = succeed(gateway).await;
    let sent = policies(&recording);
    assert_eq!(sent.len(), 1);
    assert!(!denies(sent, &format!("docker-image://anybody/x@{DIGEST}")));
    assert!(denies(sent, &format!("docker-image://{IMAGE}")));
    // What no contract holds for needs none.
    assert!(!denies(sent, "docker-image://docker.io/library/debian:latest"));
}

#[tokio::test]
async fn what_the_build_allows_is_a_policy_of_its_own() {
    let gateway = overridden(&with("allow=ghcr.io/**"), files());
    let recording = succeed(gateway.build_arg("ALIASFRONT_ALLOW", "*/org/*")).await;
    let sent = policies(&recording);
    assert_eq!(sent.len(), 2);
    assert!(!denies(sent, "docker-image://ghcr.io/org/x:1"));
    assert!(denies(sent, "docker-image://ghcr.io/other/x:1"));
    assert!(denies(sent, "docker-image://quay.io/org/x:1"));
    // Without a contract, too.
    for (argument, value) in [("ALIASFRONT_ALLOW", "ghcr.io/org/*"), ("ALIASFRONT_PIN", "digest")] {
        let pinned = format!("ghcr.io/org/builder@{DIGEST}");
        let gateway = overridden(DOCKERFILE, files())
            .build_arg("BUILDER_IMAGE", &pinned)
            .source(&format!("docker-image://{pinned}"), files())
            .build_arg(argument, value);
        assert!(denies(policies(&succeed(gateway).await), "docker-image://evil.example/x:latest"));
    }
}

#[tokio::test]
async fn a_policy_changes_nothing_of_the_graph() {
    let build = |contract: &str| overridden(&with(contract), files());
    let (with, without) =
        (succeed(build("allow=ghcr.io/org/*")).await, succeed(build("verify=files")).await);
    assert!(!policies(&with).is_empty() && policies(&without).is_empty());
    assert_eq!(graph(&with).head, graph(&without).head);
    assert_eq!(with.requests, without.requests);
}

#[tokio::test]
async fn tags_and_contexts_by_tag_pass() {
    let contract = with("allow=ghcr.io/org/builder:v*");
    policies(&succeed(overridden(&contract, files())).await);
    let context = prebuilt(&contract, files())
        .opt("target", "kiro")
        .opt("context:builder", &format!("docker-image://{IMAGE}"));
    assert!(denies(policies(&succeed(context).await), "docker-image://ghcr.io/org/builder:w1"));
    // A target of the same bake file brings images of its own along.
    let dockerfile = contract.replace("FROM debian AS kiro", "FROM base AS kiro");
    let gateway = overridden(&dockerfile, files())
        .opt("context:base", "input:core")
        .input("core", crate::contexts::bake_target());
    policies(&succeed(gateway).await);
}

#[tokio::test]
async fn the_scan_of_an_sbom_has_its_scanner() {
    let gateway = overridden(&with("allow=ghcr.io/org/*"), files())
        .opt("attest:sbom", "generator=docker.io/org/scanner:1");
    let recording = succeed(gateway).await;
    let scan = recording.solves.iter().find(|solve| {
        let graph = solve.graph.as_ref();
        graph.is_some_and(|graph| graph.sources().iter().any(|source| source.contains("scanner")))
    });
    let scan = scan.expect("a scan");
    assert!(!scan.source_policies.is_empty());
    for source in
        scan.graph.as_ref().map(aliasfront_tests::graph::Graph::sources).unwrap_or_default()
    {
        assert!(!denies(&scan.source_policies, source), "{source}");
    }
    assert!(denies(&scan.source_policies, "docker-image://evil.example/x:latest"));
}

#[tokio::test]
async fn old_engines_are_sent_what_they_take() {
    let build = |caps: CapSet| overridden(&with("allow=ghcr.io/org/*"), files()).caps(caps);
    for (_, caps) in CapSet::versions() {
        assert!(!policies(&succeed(build(caps)).await).is_empty());
    }
    let without = CapSet::buildkit_0_13().without("source.policy");
    assert!(policies(&succeed(build(without)).await).is_empty());
}

#[tokio::test]
async fn very_many_rules_are_left_out() {
    let contract: Vec<String> = (0..1_000).map(|n| format!("allow=ghcr.io/org{n}/*")).collect();
    let contract = format!("allow=ghcr.io/org/* {}", contract.join(" "));
    let gateway: Gateway = overridden(&with(&contract), files());
    let recording = succeed(gateway).await;
    assert!(policies(&recording).is_empty());
    assert!(recording.count(Rpc::Solve) > 0);
}
