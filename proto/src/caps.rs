//! Capability ids, and the BuildKit version that brought each.
//!
//! A daemon announces two lists of them in `Ping`: [what it can do with LLB](LLB), and [what its
//! gateway can do](GATEWAY). A third kind goes the other way: [`frontend`] capabilities are what a
//! build may ask of a frontend, and the labels of a frontend's image list them.

/// A capability of a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Its id, as in `exec.mount.cache`.
    pub id: &'static str,
    /// The minor version of BuildKit that brought it: 14 for v0.14. Everything older than v0.3 counts as
    /// v0.3, which is where the public history of the lists begins.
    pub since: u32,
}

/// The minor version of BuildKit that brought a capability of a daemon.
pub fn since(id: &str) -> Option<u32> {
    LLB.iter().chain(GATEWAY).find(|cap| cap.id == id).map(|cap| cap.since)
}

/// The capabilities that BuildKit `0.minor` announces, of one of the two lists.
pub fn of_version(list: &'static [Cap], minor: u32) -> impl Iterator<Item = &'static str> {
    list.iter().filter(move |cap| cap.since <= minor).map(|cap| cap.id)
}

/// Declares the ids of a list, and the list.
macro_rules! caps {
    ($(#[$meta:meta])* $list:ident: $($name:ident = $id:literal, $since:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`, since BuildKit 0.", $since, ".")]
            pub const $name: &str = $id;
        )*

        $(#[$meta])*
        pub const $list: &[Cap] = &[$(Cap { id: $id, since: $since }),*];
    };
}

caps! {
    /// What daemons can do with LLB.
    LLB:
    SOURCE_IMAGE = "source.image", 3;
    SOURCE_IMAGE_RESOLVE_MODE = "source.image.resolvemode", 3;
    SOURCE_IMAGE_LAYER_LIMIT = "source.image.layerlimit", 11;
    SOURCE_IMAGE_CHECKSUM = "source.image.checksum", 25;
    SOURCE_LOCAL = "source.local", 3;
    SOURCE_LOCAL_UNIQUE = "source.local.unique", 3;
    SOURCE_LOCAL_SESSION_ID = "source.local.sessionid", 3;
    SOURCE_LOCAL_INCLUDE_PATTERNS = "source.local.includepatterns", 3;
    SOURCE_LOCAL_FOLLOW_PATHS = "source.local.followpaths", 3;
    SOURCE_LOCAL_EXCLUDE_PATTERNS = "source.local.excludepatterns", 3;
    SOURCE_LOCAL_SHARED_KEY_HINT = "source.local.sharedkeyhint", 3;
    SOURCE_LOCAL_DIFFER = "source.local.differ", 9;
    SOURCE_METADATA_TRANSFER = "source.local.metadatatransfer", 21;
    SOURCE_GIT = "source.git", 3;
    SOURCE_GIT_KEEP_DIR = "source.git.keepgitdir", 3;
    SOURCE_GIT_FULL_URL = "source.git.fullurl", 3;
    SOURCE_GIT_HTTP_AUTH = "source.git.httpauth", 8;
    SOURCE_GIT_KNOWN_SSH_HOSTS = "source.git.knownsshhosts", 8;
    SOURCE_GIT_MOUNT_SSH_SOCK = "source.git.mountsshsock", 8;
    SOURCE_GIT_SUBDIR = "source.git.subdir", 9;
    SOURCE_GIT_CHECKSUM = "source.git.checksum", 22;
    SOURCE_GIT_SKIP_SUBMODULES = "source.git.skipsubmodules", 24;
    SOURCE_GIT_SIGNATURE_VERIFY = "source.git.signatureverify", 26;
    SOURCE_GIT_MTIME = "source.git.mtime", 29;
    SOURCE_GIT_FETCH_BY_COMMIT = "source.git.fetchbycommit", 30;
    SOURCE_GIT_BUNDLE = "source.git.bundle", 30;
    SOURCE_GIT_CHECKOUT_BUNDLE = "source.git.checkoutbundle", 30;
    SOURCE_HTTP = "source.http", 3;
    SOURCE_HTTP_AUTH = "source.http.auth", 21;
    SOURCE_HTTP_CHECKSUM = "source.http.checksum", 3;
    SOURCE_HTTP_PERM = "source.http.perm", 3;
    SOURCE_HTTP_UID_GID = "soruce.http.uidgid", 3;
    SOURCE_HTTP_HEADER = "source.http.header", 21;
    SOURCE_HTTP_SIGNATURE_VERIFY = "source.http.signatureverify", 28;
    SOURCE_IMAGE_BLOB = "source.imageblob", 28;
    SOURCE_OCI_LAYOUT = "source.ocilayout", 11;
    BUILD_OP_LLB_FILE_NAME = "source.buildop.llbfilename", 3;
    EXEC_META_BASE = "exec.meta.base", 3;
    EXEC_META_CGROUP_PARENT = "exec.meta.cgroup.parent", 10;
    EXEC_META_NETWORK = "exec.meta.network", 3;
    EXEC_META_NETWORK_PROXY = "exec.meta.network.proxy", 31;
    EXEC_META_PROXY = "exec.meta.proxyenv", 3;
    EXEC_META_SECURITY = "exec.meta.security", 5;
    EXEC_META_SECURITY_DEVICE_WHITELIST_V1 = "exec.meta.security.devices.v1", 7;
    EXEC_META_SETS_DEFAULT_PATH = "exec.meta.setsdefaultpath", 3;
    EXEC_META_ULIMIT = "exec.meta.ulimit", 10;
    EXEC_META_CDI = "exec.meta.cdi", 20;
    EXEC_META_REMOVE_MOUNT_STUBS_RECURSIVE = "exec.meta.removemountstubs.recursive", 11;
    EXEC_META_LINUX_RESOURCES = "exec.meta.linux.resources", 31;
    EXEC_MOUNT_BIND = "exec.mount.bind", 3;
    EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT = "exec.mount.bind.readwrite-nooutput", 7;
    EXEC_MOUNT_CACHE = "exec.mount.cache", 3;
    EXEC_MOUNT_CACHE_SHARING = "exec.mount.cache.sharing", 3;
    EXEC_MOUNT_SELECTOR = "exec.mount.selector", 3;
    EXEC_MOUNT_TMPFS = "exec.mount.tmpfs", 3;
    EXEC_MOUNT_TMPFS_SIZE = "exec.mount.tmpfs.size", 10;
    EXEC_MOUNT_SECRET = "exec.mount.secret", 3;
    EXEC_MOUNT_SSH = "exec.mount.ssh", 3;
    EXEC_MOUNT_CONTENT_CACHE = "exec.mount.cache.content", 13;
    EXEC_CGROUPS_MOUNTED = "exec.cgroup", 3;
    EXEC_SECRET_ENV = "exec.secretenv", 10;
    EXEC_VALID_EXIT_CODE = "exec.validexitcode", 17;
    FILE_BASE = "file.base", 5;
    FILE_RM_WILDCARD = "file.rm.wildcard", 7;
    FILE_COPY_INCLUDE_EXCLUDE_PATTERNS = "file.copy.includeexcludepatterns", 9;
    FILE_COPY_REQUIRED_PATHS = "file.copy.requiredpaths", 26;
    FILE_RM_NO_FOLLOW_SYMLINK = "file.rm.nofollowsymlink", 10;
    FILE_COPY_ALWAYS_REPLACE_EXISTING_DEST_PATHS = "file.copy.alwaysreplaceexistingdestpaths", 14;
    FILE_COPY_MODE_STRING_FORMAT = "file.copy.modestring", 17;
    FILE_SYMLINK_CREATE = "file.symlink.create", 19;
    CONSTRAINTS = "constraints", 3;
    PLATFORM = "platform", 3;
    META_IGNORE_CACHE = "meta.ignorecache", 3;
    META_DESCRIPTION = "meta.description", 3;
    META_EXPORT_CACHE = "meta.exportcache", 3;
    REMOTE_CACHE_GHA = "cache.gha", 9;
    REMOTE_CACHE_S3 = "cache.s3", 11;
    REMOTE_CACHE_AZ_BLOB = "cache.azblob", 11;
    MERGE_OP = "mergeop", 10;
    DIFF_OP = "diffop", 10;
    PASSTHROUGH_OP = "passthroughop", 31;
    ANNOTATIONS = "exporter.image.annotations", 11;
    ATTESTATIONS = "exporter.image.attestations", 11;
    SOURCE_DATE_EPOCH = "exporter.sourcedateepoch", 11;
    MULTIPLE_EXPORTERS = "exporter.multiple", 13;
    SESSION_EXPORTER = "exporter.session", 21;
    SOURCE_POLICY = "source.policy", 11;
    SOURCE_POLICY_SESSION = "source.policy.session", 26;
    GC_FREE_SPACE_FILTER = "gc.freespacefilter", 17;
    HISTORY_FILTERS = "history.filter", 20;
}

caps! {
    /// What the gateways of daemons can do.
    GATEWAY:
    SOLVE_BASE = "solve.base", 3;
    SOLVE_INLINE_RETURN = "solve.inlinereturn", 3;
    RESOLVE_IMAGE = "resolveimage", 3;
    RESOLVE_IMAGE_RESOLVE_MODE = "resolveimage.resolvemode", 3;
    READ_FILE = "readfile", 3;
    RETURN_RESULT = "return", 3;
    RETURN_MAP = "returnmap", 3;
    READ_DIR = "readdir", 3;
    STAT_FILE = "statfile", 3;
    IMPORT_CACHES = "importcaches", 4;
    PROTO_REF_ARRAY = "proto.refarray", 7;
    REFERENCE_OUTPUT = "reference.output", 7;
    FRONTEND_INPUTS = "frontend.inputs", 7;
    GATEWAY_SOLVE_METADATA = "gateway.solve.metadata", 8;
    GATEWAY_EXEC = "gateway.exec", 8;
    GATEWAY_EXEC_EXTRA_HOSTS = "gateway.exec.extrahosts", 10;
    GATEWAY_EXEC_SECRET_ENV = "gateway.exec.secretenv", 12;
    GATEWAY_EXEC_SIGNALS = "gateway.exec.signals", 10;
    GATEWAY_EXEC_FILESYSTEM = "gateway.exec.filesystem", 27;
    FRONTEND_CAPS = "frontend.caps", 8;
    GATEWAY_EVALUATE_SOLVE = "gateway.solve.evaluate", 8;
    GATEWAY_EVALUATE = "gateway.evaluate", 11;
    GATEWAY_WARNINGS = "gateway.warnings", 10;
    REFERENCE_ATTESTATIONS = "reference.attestations", 11;
    SOURCE_META_RESOLVER = "source.metaresolver", 13;
    SOURCE_META_RESOLVER_IMAGE_ATTESTATIONS = "source.metaresolver.image.attestations", 28;
    SOURCE_META_RESOLVER_HTTP_CHECKSUM_REQUEST = "source.metaresolver.http.checksumrequest", 28;
}

/// What a build may ask of a frontend. The labels of a frontend's image list those that it has, and
/// the option `frontend.caps` those that the build needs.
pub mod frontend {
    /// Taking inputs from the client.
    pub const INPUTS: &str = "moby.buildkit.frontend.inputs";
    /// Answering requests other than builds.
    pub const SUBREQUESTS: &str = "moby.buildkit.frontend.subrequests";
    /// Named contexts.
    pub const CONTEXTS: &str = "moby.buildkit.frontend.contexts";
    /// Git contexts with options in the query of their URL.
    pub const GIT_QUERY_STRING: &str = "moby.buildkit.frontend.gitquerystring";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_known_once() {
        let mut ids: Vec<&str> = LLB.iter().chain(GATEWAY).map(|cap| cap.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn versions_announce_what_they_have() {
        let old: Vec<&str> = of_version(LLB, 13).collect();
        assert!(old.contains(&EXEC_MOUNT_CONTENT_CACHE));
        assert!(!old.contains(&FILE_COPY_MODE_STRING_FORMAT));
        assert_eq!(since(FILE_COPY_MODE_STRING_FORMAT), Some(17));
        assert_eq!(since("unheard.of"), None);
    }
}
