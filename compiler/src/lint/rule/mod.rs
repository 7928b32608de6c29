//! The project's own rules: one file each, with its page.

use buildkit_dockerfile::lint::{Documentation, Rule};

pub mod alias_arg_after_from;
pub mod alias_as_target;
pub mod alias_fell_back;
pub mod alias_from_local_store;
pub mod alias_leak;
pub mod alias_not_allowed;
pub mod alias_not_pinned;
pub mod alias_not_verified;
pub mod alias_stale;
pub mod global_arg_as_source;
pub mod unused_build_arg;

/// Where the pages of the project's own rules are. Every such rule's address starts with it, and no other's.
pub const PAGES: &str = "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/";

/// All of the project's own rules, by name.
pub const ALL: [Documentation; 11] = [
    alias_arg_after_from::DOCUMENTATION,
    alias_as_target::DOCUMENTATION,
    alias_fell_back::DOCUMENTATION,
    alias_from_local_store::DOCUMENTATION,
    alias_leak::DOCUMENTATION,
    alias_not_allowed::DOCUMENTATION,
    alias_not_pinned::DOCUMENTATION,
    alias_not_verified::DOCUMENTATION,
    alias_stale::DOCUMENTATION,
    global_arg_as_source::DOCUMENTATION,
    unused_build_arg::DOCUMENTATION,
];

/// Whether a rule is the project's own.
pub fn is_own(rule: &Rule) -> bool {
    rule.url.starts_with(PAGES)
}
