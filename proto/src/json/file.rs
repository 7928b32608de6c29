//! Changes to files.

use serde_json::Value;

use super::ToJson;
use super::object::Object;
use crate::pb::{self, file_action, user_opt};

impl ToJson for pb::FileOp {
    fn to_json(&self) -> Value {
        let Self { actions } = self;
        Object::default().messages("actions", actions).build()
    }
}

impl ToJson for pb::FileAction {
    fn to_json(&self) -> Value {
        let Self { input, secondary_input, output, action } = self;
        let object = Object::default()
            .long("input", *input)
            .long("secondaryInput", *secondary_input)
            .long("output", *output);
        match action {
            None => object,
            Some(file_action::Action::Copy(copy)) => object.message("copy", Some(copy)),
            Some(file_action::Action::Mkfile(mkfile)) => object.message("mkfile", Some(mkfile)),
            Some(file_action::Action::Mkdir(mkdir)) => object.message("mkdir", Some(mkdir)),
            Some(file_action::Action::Rm(rm)) => object.message("rm", Some(rm)),
            Some(file_action::Action::Symlink(link)) => object.message("symlink", Some(link)),
        }
        .build()
    }
}

impl ToJson for pb::FileActionCopy {
    fn to_json(&self) -> Value {
        let Self {
            src,
            dest,
            owner,
            mode,
            follow_symlink,
            dir_copy_contents,
            attempt_unpack_docker_compatibility,
            create_dest_path,
            allow_wildcard,
            allow_empty_wildcard,
            timestamp,
            include_patterns,
            exclude_patterns,
            always_replace_existing_dest_paths,
            mode_str,
            required_paths,
        } = self;
        Object::default()
            .string("src", src)
            .string("dest", dest)
            .message("owner", owner.as_ref())
            .number("mode", *mode)
            .bool("followSymlink", *follow_symlink)
            .bool("dirCopyContents", *dir_copy_contents)
            .bool("attemptUnpackDockerCompatibility", *attempt_unpack_docker_compatibility)
            .bool("createDestPath", *create_dest_path)
            .bool("allowWildcard", *allow_wildcard)
            .bool("allowEmptyWildcard", *allow_empty_wildcard)
            .long("timestamp", *timestamp)
            .texts("includePatterns", include_patterns)
            .texts("excludePatterns", exclude_patterns)
            .bool("alwaysReplaceExistingDestPaths", *always_replace_existing_dest_paths)
            .string("modeStr", mode_str)
            .texts("requiredPaths", required_paths)
            .build()
    }
}

impl ToJson for pb::FileActionMkFile {
    fn to_json(&self) -> Value {
        let Self { path, mode, data, owner, timestamp } = self;
        Object::default()
            .string("path", path)
            .number("mode", *mode)
            .bytes("data", data)
            .message("owner", owner.as_ref())
            .long("timestamp", *timestamp)
            .build()
    }
}

impl ToJson for pb::FileActionMkDir {
    fn to_json(&self) -> Value {
        let Self { path, mode, make_parents, owner, timestamp } = self;
        Object::default()
            .string("path", path)
            .number("mode", *mode)
            .bool("makeParents", *make_parents)
            .message("owner", owner.as_ref())
            .long("timestamp", *timestamp)
            .build()
    }
}

impl ToJson for pb::FileActionRm {
    fn to_json(&self) -> Value {
        let Self { path, allow_not_found, allow_wildcard } = self;
        Object::default()
            .string("path", path)
            .bool("allowNotFound", *allow_not_found)
            .bool("allowWildcard", *allow_wildcard)
            .build()
    }
}

impl ToJson for pb::FileActionSymlink {
    fn to_json(&self) -> Value {
        let Self { oldpath, newpath, owner, timestamp } = self;
        Object::default()
            .string("oldpath", oldpath)
            .string("newpath", newpath)
            .message("owner", owner.as_ref())
            .long("timestamp", *timestamp)
            .build()
    }
}

impl ToJson for pb::ChownOpt {
    fn to_json(&self) -> Value {
        let Self { user, group } = self;
        Object::default().message("user", user.as_ref()).message("group", group.as_ref()).build()
    }
}

impl ToJson for pb::UserOpt {
    fn to_json(&self) -> Value {
        let Self { user } = self;
        let object = Object::default();
        match user {
            None => object,
            Some(user_opt::User::ByName(name)) => object.message("byName", Some(name)),
            // Of several possible fields, the one that is set is there even if it is the default.
            Some(user_opt::User::ById(id)) => object.set("byID", (*id).into()),
        }
        .build()
    }
}

impl ToJson for pb::NamedUserOpt {
    fn to_json(&self) -> Value {
        let Self { name, input } = self;
        Object::default().string("name", name).long("input", *input).build()
    }
}
