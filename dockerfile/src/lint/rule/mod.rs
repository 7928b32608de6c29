//! The rules: one file each, with its page.

use crate::lint::Documentation;

pub mod consistent_instruction_casing;
pub mod copy_ignored_file;
pub mod duplicate_stage_name;
pub mod expose_invalid_format;
pub mod expose_proto_casing;
pub mod from_as_casing;
pub mod from_platform_flag_const_disallowed;
pub mod invalid_base_image_platform;
pub mod invalid_default_arg_in_from;
pub mod invalid_definition_description;
pub mod json_args_recommended;
pub mod legacy_key_value_format;
pub mod maintainer_deprecated;
pub mod multiple_instructions_disallowed;
pub mod no_empty_continuation;
pub mod redundant_target_platform;
pub mod reserved_stage_name;
pub mod secrets_used_in_arg_or_env;
pub mod stage_name_casing;
pub mod undefined_arg_in_from;
pub mod undefined_var;
pub mod workdir_relative_path;

/// Every rule, by name.
pub const ALL: [Documentation; 22] = [
    consistent_instruction_casing::DOCUMENTATION,
    copy_ignored_file::DOCUMENTATION,
    duplicate_stage_name::DOCUMENTATION,
    expose_invalid_format::DOCUMENTATION,
    expose_proto_casing::DOCUMENTATION,
    from_as_casing::DOCUMENTATION,
    from_platform_flag_const_disallowed::DOCUMENTATION,
    invalid_base_image_platform::DOCUMENTATION,
    invalid_default_arg_in_from::DOCUMENTATION,
    invalid_definition_description::DOCUMENTATION,
    json_args_recommended::DOCUMENTATION,
    legacy_key_value_format::DOCUMENTATION,
    maintainer_deprecated::DOCUMENTATION,
    multiple_instructions_disallowed::DOCUMENTATION,
    no_empty_continuation::DOCUMENTATION,
    redundant_target_platform::DOCUMENTATION,
    reserved_stage_name::DOCUMENTATION,
    secrets_used_in_arg_or_env::DOCUMENTATION,
    stage_name_casing::DOCUMENTATION,
    undefined_arg_in_from::DOCUMENTATION,
    undefined_var::DOCUMENTATION,
    workdir_relative_path::DOCUMENTATION,
];
