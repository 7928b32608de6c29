//! What a path of an image is besides an ordinary file or directory, from its mode.

use aliasfront_gotext::file_mode::{
    CHARACTER_DEVICE, DEVICE, IRREGULAR, NAMED_PIPE, SET_GROUP_ID, SET_USER_ID, SOCKET,
};

use crate::question::Entry;

/// What a special file is; `None` for files, directories and links.
pub(super) fn special(entry: &Entry) -> Option<&'static str> {
    let has = |bits: u32| entry.mode & bits != 0;
    if has(DEVICE | CHARACTER_DEVICE) {
        Some("a device")
    } else if has(NAMED_PIPE) {
        Some("a named pipe")
    } else if has(SOCKET) {
        Some("a socket")
    } else if has(IRREGULAR) {
        Some("neither a file nor a directory")
    } else {
        None
    }
}

/// With whose rights a file runs that does not run with those of its caller; `None` for any other, and
/// for directories, where the bits hand on the group.
pub(super) fn runs_as(entry: &Entry) -> Option<&'static str> {
    let has = |bit: u32| entry.is_regular() && entry.mode & bit != 0;
    match (has(SET_USER_ID), has(SET_GROUP_ID)) {
        (true, true) => Some("set-user-id and set-group-id"),
        (true, false) => Some("set-user-id"),
        (false, true) => Some("set-group-id"),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use aliasfront_gotext::file_mode::{DIRECTORY, LINK};

    use super::*;

    #[test]
    fn modes_say_what_is_special() {
        for (mode, kind, rights) in [
            (0o755, None, None),
            (DIRECTORY | 0o755, None, None),
            (DIRECTORY | SET_GROUP_ID | 0o755, None, None),
            (LINK | 0o777, None, None),
            (DEVICE | 0o600, Some("a device"), None),
            (DEVICE | CHARACTER_DEVICE | 0o600, Some("a device"), None),
            (NAMED_PIPE | 0o600, Some("a named pipe"), None),
            (SOCKET | 0o600, Some("a socket"), None),
            (IRREGULAR, Some("neither a file nor a directory"), None),
            (SET_USER_ID | 0o755, None, Some("set-user-id")),
            (SET_GROUP_ID | 0o755, None, Some("set-group-id")),
            (SET_USER_ID | SET_GROUP_ID, None, Some("set-user-id and set-group-id")),
        ] {
            let entry = Entry { path: "/a".to_owned(), mode, ..Entry::default() };
            assert_eq!((special(&entry), runs_as(&entry)), (kind, rights), "{mode:o}");
        }
    }
}
