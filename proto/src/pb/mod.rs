//! LLB on the wire (`solver/pb/ops.proto`).
//!
//! [`Op`], [`OpMetadata`] and what contains them are this crate's own, since they have fields that the generated code
//! doesn't know yet ([`PassthroughOp`], [`LinuxResources`]); everything else is re-exported.
//!
//! All maps are ordered, so encoding is deterministic but for one thing: Go writes a `oneof` after all other fields and
//! prost writes fields by number. [`Op`] is the one message where that makes a difference: encode it with
//! [`Op::into_bytes`] wherever its digest counts.

mod definition;
mod vertex;

pub use bollard_buildkit_proto::pb::{
    BuildInput, BuildOp, CacheOpt, CacheSharingOpt, CdiDevice, ChownOpt, DiffOp, ExecOp,
    ExportCache, FileAction, FileActionCopy, FileActionMkDir, FileActionMkFile, FileActionRm,
    FileActionSymlink, FileOp, HostIp, Input, Location, Locations, LowerDiffInput, MergeInput,
    MergeOp, Meta, Mount, MountContentCache, MountType, NamedUserOpt, NetMode, Platform, Position,
    ProgressGroup, ProxyEnv, Range, SecretEnv, SecretOpt, SecurityMode, SourceOp, SshOpt, TmpfsOpt,
    Ulimit, UpperDiffInput, UserOpt, WorkerConstraints, file_action, user_opt,
};

pub use self::definition::{Definition, LinuxResources, OpMetadata, Source, SourceInfo};
pub use self::vertex::{Op, PassthroughOp, op};
