//! The project's own rules: one file each, with its page.

use buildkit_dockerfile::lint::{Documentation, Rule};

pub mod alias_arg_after_from;
pub mod alias_as_target;
pub mod alias_contract_loosened;
pub mod alias_fell_back;
pub mod alias_from_local_store;
pub mod alias_leak;
pub mod alias_not_allowed;
pub mod alias_not_pinned;
pub mod alias_not_repeatable;
pub mod alias_not_verified;
pub mod alias_shell_check;
pub mod alias_stale;
pub mod arg_not_in_stage;
pub mod automatic_arg_default;
pub mod context_without_slashes;
pub mod copy_ignored_path;
pub mod directive_not_heeded;
pub mod exec_form_not_json;
pub mod from_platform_ignored;
pub mod global_arg_as_source;
pub mod heredoc_not_taken;
pub mod keep_git_dir_without_git;
pub mod path_above_root;
pub mod tilde_in_path;
pub mod unused_build_arg;
pub mod unused_build_context;

/// Where the pages of the project's own rules are. Every such rule's address starts with it, and no other's.
pub const PAGES: &str = "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/";

/// All of the project's own rules, by name.
pub const ALL: [Documentation; 26] = [
    alias_arg_after_from::DOCUMENTATION,
    alias_as_target::DOCUMENTATION,
    alias_contract_loosened::DOCUMENTATION,
    alias_fell_back::DOCUMENTATION,
    alias_from_local_store::DOCUMENTATION,
    alias_leak::DOCUMENTATION,
    alias_not_allowed::DOCUMENTATION,
    alias_not_pinned::DOCUMENTATION,
    alias_not_repeatable::DOCUMENTATION,
    alias_not_verified::DOCUMENTATION,
    alias_shell_check::DOCUMENTATION,
    alias_stale::DOCUMENTATION,
    arg_not_in_stage::DOCUMENTATION,
    automatic_arg_default::DOCUMENTATION,
    context_without_slashes::DOCUMENTATION,
    copy_ignored_path::DOCUMENTATION,
    directive_not_heeded::DOCUMENTATION,
    exec_form_not_json::DOCUMENTATION,
    from_platform_ignored::DOCUMENTATION,
    global_arg_as_source::DOCUMENTATION,
    heredoc_not_taken::DOCUMENTATION,
    keep_git_dir_without_git::DOCUMENTATION,
    path_above_root::DOCUMENTATION,
    tilde_in_path::DOCUMENTATION,
    unused_build_arg::DOCUMENTATION,
    unused_build_context::DOCUMENTATION,
];

/// Whether a rule is the project's own.
pub fn is_own(rule: &Rule) -> bool {
    rule.url.starts_with(PAGES)
}
