//! Vertices, but for commands and changes to files.

use serde_json::Value;

use super::ToJson;
use super::object::Object;
use crate::pb::{self, op};

impl ToJson for pb::Op {
    fn to_json(&self) -> Value {
        let Self { inputs, platform, constraints, op } = self;
        let object = Object::default()
            .messages("inputs", inputs)
            .message("platform", platform.as_ref())
            .message("constraints", constraints.as_ref());
        match op {
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
        let Self { digest, index } = self;
        Object::default().string("digest", digest).long("index", *index).build()
    }
}

impl ToJson for pb::Platform {
    fn to_json(&self) -> Value {
        let Self { architecture, os, variant, os_version, os_features } = self;
        Object::default()
            .string("Architecture", architecture)
            .string("OS", os)
            .string("Variant", variant)
            .string("OSVersion", os_version)
            .texts("OSFeatures", os_features)
            .build()
    }
}

impl ToJson for pb::WorkerConstraints {
    fn to_json(&self) -> Value {
        let Self { filter } = self;
        Object::default().texts("filter", filter).build()
    }
}

impl ToJson for pb::SourceOp {
    fn to_json(&self) -> Value {
        let Self { identifier, attrs } = self;
        Object::default().string("identifier", identifier).strings("attrs", attrs).build()
    }
}

impl ToJson for pb::BuildOp {
    fn to_json(&self) -> Value {
        let Self { def, builder, inputs, attrs } = self;
        let definition = def.as_ref().map(Reencoded);
        Object::default()
            .long("builder", *builder)
            .map("inputs", inputs.iter().map(|(key, input)| (key, input.to_json())))
            .message("def", definition.as_ref())
            .strings("attrs", attrs)
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
        let Self { input } = self;
        Object::default().long("input", *input).build()
    }
}

impl ToJson for pb::MergeOp {
    fn to_json(&self) -> Value {
        let Self { inputs } = self;
        Object::default().messages("inputs", inputs).build()
    }
}

impl ToJson for pb::MergeInput {
    fn to_json(&self) -> Value {
        let Self { input } = self;
        Object::default().long("input", *input).build()
    }
}

impl ToJson for pb::DiffOp {
    fn to_json(&self) -> Value {
        let Self { lower, upper } = self;
        let side = |input: i64| Object::default().long("input", input).build();
        let mut object = Object::default();
        if let Some(lower) = lower {
            object = object.set("lower", side(lower.input));
        }
        if let Some(upper) = upper {
            object = object.set("upper", side(upper.input));
        }
        object.build()
    }
}

impl ToJson for pb::PassthroughOp {
    fn to_json(&self) -> Value {
        let Self { id, outputs } = self;
        Object::default()
            .string("id", id)
            .list("outputs", outputs.iter().map(|output| output.to_string().into()))
            .build()
    }
}
