//! The two Google messages that errors travel in.

/// `google.protobuf.Any`: a message with the name of its type.
pub use bollard_buildkit_proto::google::protobuf::Any;
/// `google.protobuf.Timestamp`: seconds and nanoseconds since 1970, UTC.
pub use bollard_buildkit_proto::google::protobuf::Timestamp;
/// `google.rpc.Status`: a gRPC code, a message and structured details.
pub use bollard_buildkit_proto::google::rpc::Status;
