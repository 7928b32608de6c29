//! Changes to files.

use serde_json::Value;

use super::ToJson;
use super::object::Object;
use crate::pb::{self, file_action, user_opt};

impl ToJson for pb::FileOp {
    fn to_json(&self) -> Value {
        Object::default().messages("actions", &self.actions).build()
    }
}

impl ToJson for pb::FileAction {
    fn to_json(&self) -> Value {
        let object = Object::default()
            .long("input", self.input)
            .long("secondaryInput", self.secondary_input)
            .long("output", self.output);
        match &self.action {
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
        Object::default()
            .string("src", &self.src)
            .string("dest", &self.dest)
            .message("owner", self.owner.as_ref())
            .number("mode", self.mode)
            .bool("followSymlink", self.follow_symlink)
            .bool("dirCopyContents", self.dir_copy_contents)
            .bool("attemptUnpackDockerCompatibility", self.attempt_unpack_docker_compatibility)
            .bool("createDestPath", self.create_dest_path)
            .bool("allowWildcard", self.allow_wildcard)
            .bool("allowEmptyWildcard", self.allow_empty_wildcard)
            .long("timestamp", self.timestamp)
            .texts("includePatterns", &self.include_patterns)
            .texts("excludePatterns", &self.exclude_patterns)
            .bool("alwaysReplaceExistingDestPaths", self.always_replace_existing_dest_paths)
            .string("modeStr", &self.mode_str)
            .texts("requiredPaths", &self.required_paths)
            .build()
    }
}

impl ToJson for pb::FileActionMkFile {
    fn to_json(&self) -> Value {
        Object::default()
            .string("path", &self.path)
            .number("mode", self.mode)
            .bytes("data", &self.data)
            .message("owner", self.owner.as_ref())
            .long("timestamp", self.timestamp)
            .build()
    }
}

impl ToJson for pb::FileActionMkDir {
    fn to_json(&self) -> Value {
        Object::default()
            .string("path", &self.path)
            .number("mode", self.mode)
            .bool("makeParents", self.make_parents)
            .message("owner", self.owner.as_ref())
            .long("timestamp", self.timestamp)
            .build()
    }
}

impl ToJson for pb::FileActionRm {
    fn to_json(&self) -> Value {
        Object::default()
            .string("path", &self.path)
            .bool("allowNotFound", self.allow_not_found)
            .bool("allowWildcard", self.allow_wildcard)
            .build()
    }
}

impl ToJson for pb::FileActionSymlink {
    fn to_json(&self) -> Value {
        Object::default()
            .string("oldpath", &self.oldpath)
            .string("newpath", &self.newpath)
            .message("owner", self.owner.as_ref())
            .long("timestamp", self.timestamp)
            .build()
    }
}

impl ToJson for pb::ChownOpt {
    fn to_json(&self) -> Value {
        Object::default()
            .message("user", self.user.as_ref())
            .message("group", self.group.as_ref())
            .build()
    }
}

impl ToJson for pb::UserOpt {
    fn to_json(&self) -> Value {
        let object = Object::default();
        match &self.user {
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
        Object::default().string("name", &self.name).long("input", self.input).build()
    }
}
