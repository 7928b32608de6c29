//! Protobuf JSON to vertices, driven by a table of the messages: the way back from what
//! `buildkit_proto::json` writes, for recorded vertices.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use buildkit_proto::pb;
use prost::Message;
use serde_json::Value;

/// The messages: one a line, its fields as `name number kind`. Kinds are `s`tring, b`y`tes, `b`ool,
/// `i`nteger, `m`ap of strings, an enumeration (its names joined by `|`) or a message; a `*` before the
/// kind is a list.
const MESSAGES: &str = "\
Op: inputs 1 *Input, exec 2 Exec, source 3 Source, file 4 File, merge 6 Merge, diff 7 Diff, platform 10 Platform, constraints 11 Constraints
Input: digest 1 s, index 2 i
Platform: Architecture 1 s, OS 2 s, Variant 3 s, OSVersion 4 s, OSFeatures 5 *s
Constraints: filter 1 *s
Source: identifier 1 s, attrs 2 m
Exec: meta 1 Meta, mounts 2 *Mount, network 3 UNSET|HOST|NONE, security 4 SANDBOX|INSECURE, secretenv 5 *SecretEnv, cdiDevices 6 *CDI
Meta: args 1 *s, env 2 *s, cwd 3 s, user 4 s, proxyEnv 5 Proxy, extraHosts 6 *Host, hostname 7 s, ulimit 9 *Ulimit, cgroupParent 10 s, removeMountStubsRecursive 11 b, validExitCodes 12 *i
Proxy: httpProxy 1 s, httpsProxy 2 s, ftpProxy 3 s, noProxy 4 s, allProxy 5 s
Host: Host 1 s, IP 2 s
Ulimit: Name 1 s, Soft 2 i, Hard 3 i
SecretEnv: ID 1 s, name 2 s, optional 3 b
CDI: name 1 s, optional 2 b
Mount: input 1 i, selector 2 s, dest 3 s, output 4 i, readonly 5 b, mountType 6 BIND|SECRET|SSH|CACHE|TMPFS, TmpfsOpt 19 Tmpfs, cacheOpt 20 Cache, secretOpt 21 File5, SSHOpt 22 File5, resultID 23 s, contentCache 24 DEFAULT|ON|OFF
Tmpfs: size 1 i
Cache: ID 1 s, sharing 2 SHARED|PRIVATE|LOCKED
File5: ID 1 s, uid 2 i, gid 3 i, mode 4 i, optional 5 b
File: actions 2 *Action
Action: input 1 i, secondaryInput 2 i, output 3 i, copy 4 Copy, mkfile 5 Mkfile, mkdir 6 Mkdir, rm 7 Rm, symlink 8 Symlink
Copy: src 1 s, dest 2 s, owner 3 Chown, mode 4 i, followSymlink 5 b, dirCopyContents 6 b, attemptUnpackDockerCompatibility 7 b, createDestPath 8 b, allowWildcard 9 b, allowEmptyWildcard 10 b, timestamp 11 i, includePatterns 12 *s, excludePatterns 13 *s, alwaysReplaceExistingDestPaths 14 b, modeStr 15 s, requiredPaths 16 *s
Mkfile: path 1 s, mode 2 i, data 3 y, owner 4 Chown, timestamp 5 i
Mkdir: path 1 s, mode 2 i, makeParents 3 b, owner 4 Chown, timestamp 5 i
Rm: path 1 s, allowNotFound 2 b, allowWildcard 3 b
Symlink: oldpath 1 s, newpath 2 s, owner 3 Chown, timestamp 4 i
Chown: user 1 User, group 2 User
User: byName 1 NamedUser, byID 2 i
NamedUser: name 1 s, input 2 i
Merge: inputs 1 *MergeInput
MergeInput: input 1 i
Diff: lower 1 MergeInput, upper 2 MergeInput
";

type Fields = HashMap<&'static str, (u64, &'static str)>;

static TABLE: LazyLock<HashMap<&'static str, Fields>> = LazyLock::new(|| {
    let message = |line: &'static str| {
        let (name, fields) = line.split_once(": ").unwrap();
        let field = |field: &'static str| {
            let parts: Vec<&str> = field.split(' ').collect();
            (parts[0], (parts[1].parse().unwrap(), parts[2]))
        };
        (name, fields.split(", ").map(field).collect())
    };
    MESSAGES.lines().map(message).collect()
});

/// The vertex that some protobuf JSON describes.
pub(crate) fn op_from_json(json: &Value) -> pb::Op {
    pb::Op::decode(message("Op", json).as_slice()).unwrap()
}

fn message(name: &str, json: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in json.as_object().unwrap() {
        let (number, kind) =
            TABLE[name].get(key.as_str()).unwrap_or_else(|| panic!("{name} has no field {key}"));
        match kind.strip_prefix('*') {
            Some(kind) => {
                for value in value.as_array().unwrap() {
                    field(&mut bytes, *number, kind, value);
                }
            }
            None => field(&mut bytes, *number, kind, value),
        }
    }
    bytes
}

fn field(bytes: &mut Vec<u8>, number: u64, kind: &str, value: &Value) {
    let mut varint = |value: u64| {
        prost::encode_length_delimiter(usize::try_from(number << 3).unwrap(), bytes).unwrap();
        prost::encode_length_delimiter(usize::try_from(value).unwrap(), bytes).unwrap();
    };
    match kind {
        "b" => return varint(u64::from(value.as_bool().unwrap())),
        "i" => return varint(integer(value).cast_unsigned()),
        _ if kind.contains('|') => {
            let name = value.as_str().unwrap();
            let index = kind.split('|').position(|other| other == name).unwrap();
            return varint(index as u64);
        }
        _ => {}
    }
    let mut delimited = |content: &[u8]| {
        prost::encode_length_delimiter(usize::try_from(number << 3 | 2).unwrap(), bytes).unwrap();
        prost::encode_length_delimiter(content.len(), bytes).unwrap();
        bytes.extend_from_slice(content);
    };
    match kind {
        "s" => delimited(value.as_str().unwrap().as_bytes()),
        "y" => delimited(&base64(value.as_str().unwrap())),
        "m" => {
            for (key, value) in value.as_object().unwrap() {
                let mut entry = Vec::new();
                field(&mut entry, 1, "s", &key.as_str().into());
                field(&mut entry, 2, "s", value);
                delimited(&entry);
            }
        }
        name => delimited(&message(name, value)),
    }
}

/// A number, which is written as a string if it has 64 bits.
fn integer(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// The recorded cases, by name.
pub(crate) fn recordings() -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    };
    paths.iter().map(read).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/expected")
}
