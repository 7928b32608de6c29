//! Vertices, but for commands and changes to files.

use serde_json::Value;

use super::ToJson;
use super::object::Object;
use crate::pb::{self, op};

impl ToJson for pb::Op {
    fn to_json(&self) -> Value {
        let object = Object::default()
            .messages("inputs", &self.inputs)
            .message("platform", self.platform.as_ref())
            .message("constraints", self.constraints.as_ref());
        match &self.op {
            None => object,
            Some(op::Op::Exec(exec)) => object.message("exec", Some(exec)),
            Some(op::Op::Source(source)) => object.message("source", Some(source)),
            Some(op::Op::File(file)) => object.message("file", Some(file)),
            Some(op::Op::Build(build)) => object.message("build", Some(build)),
            Some(op::Op::Merge(merge)) => object.message("merge", Some(merge)),
            Some(op::Op::Diff(diff)) => object.message("diff", Some(diff)),
            Some(op::Op::Passthrough(pass)) => object.message("passthrough", Some(pass)),
        }
        .build()
    }
}

impl ToJson for pb::Input {
    fn to_json(&self) -> Value {
        Object::default().string("digest", &self.digest).long("index", self.index).build()
    }
}

impl ToJson for pb::Platform {
    fn to_json(&self) -> Value {
        Object::default()
            .string("Architecture", &self.architecture)
            .string("OS", &self.os)
            .string("Variant", &self.variant)
            .string("OSVersion", &self.os_version)
            .texts("OSFeatures", &self.os_features)
            .build()
    }
}

impl ToJson for pb::WorkerConstraints {
    fn to_json(&self) -> Value {
        Object::default().texts("filter", &self.filter).build()
    }
}

impl ToJson for pb::SourceOp {
    fn to_json(&self) -> Value {
        Object::default()
            .string("identifier", &self.identifier)
            .strings("attrs", &self.attrs)
            .build()
    }
}

impl ToJson for pb::BuildOp {
    fn to_json(&self) -> Value {
        let definition = self.def.as_ref().map(Reencoded);
        Object::default()
            .long("builder", self.builder)
            .map("inputs", self.inputs.iter().map(|(key, input)| (key, input.to_json())))
            .message("def", definition.as_ref())
            .strings("attrs", &self.attrs)
            .build()
    }
}

/// A definition of the generated code, which has fewer fields but the same form on the wire.
struct Reencoded<'a>(&'a bollard_buildkit_proto::pb::Definition);

impl ToJson for Reencoded<'_> {
    fn to_json(&self) -> Value {
        use prost::Message as _;
        let definition = pb::Definition::decode(self.0.encode_to_vec().as_slice());
        definition.unwrap_or_default().to_json()
    }
}

impl ToJson for pb::BuildInput {
    fn to_json(&self) -> Value {
        Object::default().long("input", self.input).build()
    }
}

impl ToJson for pb::MergeOp {
    fn to_json(&self) -> Value {
        Object::default().messages("inputs", &self.inputs).build()
    }
}

impl ToJson for pb::MergeInput {
    fn to_json(&self) -> Value {
        Object::default().long("input", self.input).build()
    }
}

impl ToJson for pb::DiffOp {
    fn to_json(&self) -> Value {
        let side = |input: i64| Object::default().long("input", input).build();
        let mut object = Object::default();
        if let Some(lower) = &self.lower {
            object = object.set("lower", side(lower.input));
        }
        if let Some(upper) = &self.upper {
            object = object.set("upper", side(upper.input));
        }
        object.build()
    }
}

impl ToJson for pb::PassthroughOp {
    fn to_json(&self) -> Value {
        Object::default()
            .string("id", &self.id)
            .list("outputs", self.outputs.iter().map(|output| output.to_string().into()))
            .build()
    }
}
