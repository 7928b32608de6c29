//! Every lint rule: its page in the manual, and the examples there.

#[path = "../common/mod.rs"]
mod common;

mod edges;
mod examples;
mod pages;

use std::collections::BTreeSet;

use aliasfront_compiler::lint::rule as own;
use buildkit_dockerfile::lint::{Documentation, rule as reference};

/// Every rule.
fn all() -> Vec<Documentation> {
    reference::ALL.into_iter().chain(own::ALL).collect()
}

#[test]
fn rules_are_known_by_their_names() {
    let names: BTreeSet<&str> = all().iter().map(|documentation| documentation.rule.name).collect();
    assert_eq!(names.len(), all().len());
    for list in [&reference::ALL[..], &own::ALL[..]] {
        assert!(list.is_sorted_by_key(|documentation| documentation.rule.name));
    }
}

#[test]
fn rules_have_their_addresses() {
    const REFERENCE: &str = "https://docs.docker.com/go/dockerfile/rule/";
    for Documentation { rule, .. } in reference::ALL {
        assert!(rule.url.is_empty() || rule.url.starts_with(REFERENCE), "{}", rule.name);
        assert!(!own::is_own(rule), "{}", rule.name);
        assert_eq!(rule.experimental, rule.name == "InvalidDefinitionDescription");
    }
    for Documentation { rule, .. } in own::ALL {
        assert_eq!(rule.url, format!("{}{}", own::PAGES, pages::file_name(rule)));
        assert!(own::is_own(rule), "{}", rule.name);
    }
}
