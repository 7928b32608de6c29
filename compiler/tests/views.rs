//! The answers to requests are those that the reference gave, which are recorded in the golden corpus.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aliasfront_compiler::context::MainContext;
use aliasfront_compiler::context::main::DEFAULT_CONTEXT;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::{Failure, ImageFact, Key, Probed};
use aliasfront_compiler::view::{self, Metadata};
use aliasfront_compiler::wire::PlatformExt as _;
use aliasfront_compiler::{
    Batch, Compilation, Compiler, Error, Fact, Input, Options, Outcome, Purpose, SourceFile,
    Vertices,
};
use buildkit_dockerfile::lint::Finding;
use buildkit_dockerfile::{Dockerfile, Lines};
use buildkit_llb::{CapSet, Differ, Digest, Graph, Local, VertexOptions};
use buildkit_proto::caps;
use serde_json::{Value, json};

const FILENAME: &str = "Dockerfile";
const SESSION: &str = "session-1";

/// The recorded cases that are requests.
const REQUESTS: [&str; 8] = [
    "lint-many",
    "lint-skip-directive",
    "request-convertllb",
    "request-outline-default",
    "subrequest-describe",
    "subrequest-lint",
    "subrequest-outline",
    "subrequest-targets",
];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn linux() -> Platform {
    Platform::new("linux", "amd64", "")
}

/// A Dockerfile and a request about it.
struct Case {
    opts: BTreeMap<String, String>,
    source: SourceFile,
    dockerfile: Arc<Dockerfile>,
}

impl Case {
    fn recorded(name: &str) -> Self {
        let directory = golden().join("cases").join(name);
        let case = read_json(&directory.join("case.json"));
        let opts = serde_json::from_value(case["opts"].clone()).unwrap();
        let text = std::fs::read(directory.join("dockerfile").join(FILENAME)).unwrap();
        Self::new(opts, &text)
    }

    fn new(opts: BTreeMap<String, String>, text: &[u8]) -> Self {
        let mut graph = Graph::new(linux().to_pb());
        let local = Local::new("dockerfile")
            .follow([FILENAME, "Dockerfile.dockerignore", "dockerfile"])
            .session(SESSION)
            .shared_key("dockerfile")
            .differ(Differ::None, false);
        let name = "[internal] load build definition from Dockerfile";
        let local = graph.add(local, VertexOptions::named(name));
        let source = SourceFile {
            filename: FILENAME.to_owned(),
            data: text.into(),
            definition: Some(graph.definition(local)),
        };
        let dockerfile = Arc::new(buildkit_dockerfile::parse(text).unwrap());
        Self { opts, source, dockerfile }
    }

    fn compile(&self, all_stages: bool) -> (Result<Box<Compilation>, Error>, Vec<Finding>) {
        let options = Options::parse(&self.opts, SESSION, linux()).unwrap();
        let mut batch = Batch::new([Compiler::new(Input {
            dockerfile: Arc::clone(&self.dockerfile),
            source: self.source.clone(),
            options: Arc::new(options),
            platform: None,
            context: Arc::new(MainContext::Local { local: DEFAULT_CONTEXT.to_owned() }),
            subdirectory: None,
            caps: Arc::new(CapSet::of(caps::LLB.iter().map(|cap| cap.id))),
            ignore_file: None,
            lint: true,
            all_stages,
            vertices: Vertices::Built,
            purpose: Purpose::Build,
        })]);
        while !batch.is_done() {
            for question in batch.advance() {
                let fact = answer(&question.key);
                batch.answer(question.key, fact);
            }
        }
        let Outcome { result, findings } = batch.finish().pop().unwrap();
        (result, findings)
    }

    fn request(&self) -> Metadata {
        let compile = || self.compile(false).0.unwrap();
        match self.opts["requestid"].as_str() {
            "frontend.subrequests.describe" => view::describe(),
            "frontend.targets" => view::targets(&self.dockerfile, &self.source.data),
            "frontend.outline" => view::outline(&compile()),
            "frontend.lint" => {
                let (result, findings) = self.compile(!self.opts.contains_key("target"));
                view::lint(&findings, result.err().as_ref(), &self.source)
            }
            "frontend.convertllb" => view::convertllb(&compile()),
            other => panic!("no view answers {other}"),
        }
    }
}

/// What the recording daemon answered.
fn answer(key: &Key) -> Fact {
    let digest = |text: String| Digest::of(text.as_bytes()).to_string();
    match key {
        Key::Image(image) => {
            let reference = &image.reference;
            let config = json!({
                "architecture": "amd64",
                "os": "linux",
                "config": {
                    "Cmd": ["sh"],
                    "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                },
                "created": "2023-01-01T00:00:00Z",
                "history": [{"created": "2023-01-01T00:00:00Z", "created_by": "base"}],
                "rootfs": {
                    "type": "layers",
                    "diff_ids": [digest(format!("layer:{reference}"))],
                },
            });
            Fact::Image(ImageFact {
                reference: reference.clone(),
                digest: digest(format!("image:{reference}|linux/amd64")),
                config: config.to_string().into_bytes(),
            })
        }
        Key::File(_) => Fact::File(None),
        Key::Input(_) => Fact::Input(None),
        Key::Probe(_) => Fact::Probe(Probed::Unreadable),
        Key::Stat(_) => Fact::Stat(None),
        Key::Bytes(_) => Fact::Bytes([].into()),
        Key::Names(_) => Fact::Names(BTreeMap::new()),
        Key::Commit(_) => Fact::Commit(None),
        Key::SourceTime(_) => Fact::SourceTime(None),
        Key::Published(_) => Fact::Failed(Failure::default()),
        Key::Content(_) => Fact::Content(Arc::default()),
    }
}

/// An answer as it is recorded: JSON is parsed, also where it is a number only.
fn shown(metadata: &Metadata) -> BTreeMap<String, Value> {
    let entries = metadata.iter().map(|(key, value)| {
        let text = String::from_utf8(value.clone()).unwrap();
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (key.clone(), value)
    });
    entries.collect()
}

/// Removes what lint says below the reference's error and beside it: the hints, which are this project's own.
fn remove_hints(answer: &mut Value) {
    let Some(error) = answer.get_mut("buildError").and_then(Value::as_object_mut) else { return };
    error.remove("hints");
    if let Some(Value::String(message)) = error.get_mut("message") {
        message.truncate(message.find("\nhint: ").unwrap_or(message.len()));
    }
}

#[test]
fn answers_are_as_recorded() {
    for name in REQUESTS {
        let recorded = read_json(&golden().join("expected").join(format!("{name}.json")));
        let expected: BTreeMap<String, Value> =
            serde_json::from_value(recorded["metadata"].clone()).unwrap();
        let mut answer = shown(&Case::recorded(name).request());
        answer.values_mut().for_each(remove_hints);
        for (key, value) in &expected {
            match (value, &answer[key]) {
                // Text is easier to read line by line.
                (Value::String(value), Value::String(answer)) => {
                    let (value, answer): (Vec<_>, Vec<_>) =
                        (value.split('\n').collect(), answer.split('\n').collect());
                    assert_eq!(answer, value, "{name}: {key}");
                }
                (value, answer) => assert_eq!(answer, value, "{name}: {key}"),
            }
        }
        assert!(answer.keys().eq(expected.keys()), "{name}: {:?}", answer.keys());
    }
}

/// The text of an answer about `dockerfile`.
fn text(request: &str, dockerfile: &str) -> String {
    let opts = [("requestid".to_owned(), request.to_owned())].into();
    let answer = Case::new(opts, dockerfile.as_bytes()).request();
    String::from_utf8(answer["result.txt"].clone()).unwrap()
}

#[test]
fn outlines_cover_what_the_target_needs() {
    let cases = [
        // Nothing to say, and no name to say it of.
        ("FROM scratch\nCOPY a /\n", ""),
        (
            "# out the result\nFROM scratch AS out\nCOPY a /\n",
            "TARGET:      out\nDESCRIPTION: the result\n\n",
        ),
        // Stages that are not needed do not count; the first place where a secret is used does.
        (
            "FROM scratch AS no\nRUN --mount=type=secret,id=no x\n\
             FROM alpine AS tools\nARG T=1\nRUN --mount=type=secret,id=s,required x\n\
             FROM alpine\nRUN --mount=type=bind,from=tools,target=/t --mount=type=secret,id=s \\\n\
             --mount=type=ssh x\nARG V=\"x\ty\"\n",
            "BUILD ARG   VALUE   DESCRIPTION\nT           1       \nV           x       y   \n\n\
             SECRET   REQUIRED\ns        \n\n\
             SSH       REQUIRED\ndefault   \n\n",
        ),
        // Arguments that defaults use, in the order of lines.
        (
            "# B the second\nARG A=1 B=$A\nARG C=no\nFROM alpine:$B\n",
            "BUILD ARG   VALUE   DESCRIPTION\nA           1       \n\
             B           1       the second\n\n",
        ),
        // In one instruction in the order that it has.
        (
            "FROM alpine\nARG b=1 a=2 c=3\nRUN --mount=type=secret,id=z --mount=type=secret,id=y x\n",
            "BUILD ARG   VALUE   DESCRIPTION\nb           1       \na           2       \n\
             c           3       \n\nSECRET   REQUIRED\nz        \ny        \n\n",
        ),
        // An alias is an argument like any other; what a stage takes over from the global scope has
        // its value from there.
        (
            "ARG B=local\nARG V=1\nFROM alpine:$V AS local\nARG V=7\nFROM ${B}\nARG V\n",
            "BUILD ARG   VALUE   DESCRIPTION\nB           local   \nV           1       \n\n",
        ),
    ];
    for (dockerfile, expected) in cases {
        assert_eq!(text("frontend.outline", dockerfile), expected, "{dockerfile}");
    }
}

#[test]
fn targets_are_named_and_described() {
    let cases = [
        ("FROM a\n", "TARGET    DESCRIPTION\n(default) \n"),
        (
            "# base what others\tshare\nFROM a AS base\nFROM base AS Last\n",
            "TARGET         DESCRIPTION\nbase           what others share\nlast (default) \n",
        ),
    ];
    for (dockerfile, expected) in cases {
        assert_eq!(text("frontend.targets", dockerfile), expected, "{dockerfile}");
    }
}

/// Fields in the order of the reference's, two spaces for a level, and `<` and the like escaped: what
/// the recorded answers, which are parsed, do not tell.
#[test]
fn json_is_as_go_writes_it() {
    let opts = BTreeMap::from([("requestid".to_owned(), "frontend.targets".to_owned())]);
    let text = "# b <fast> & \"small\"\nFROM --platform=linux/arm64 \\\n  a AS b\n";
    let answer = Case::new(opts, text.as_bytes()).request();
    let expected = r#"{
  "targets": [
    {
      "name": "b",
      "default": true,
      "description": "\u003cfast\u003e \u0026 \"small\"",
      "base": "a",
      "platform": "linux/arm64",
      "location": {
        "ranges": [
          {
            "start": {
              "line": 2
            },
            "end": {
              "line": 2
            }
          },
          {
            "start": {
              "line": 3
            },
            "end": {
              "line": 3
            }
          }
        ]
      }
    }
  ],
  "sources": [
    "IyBiIDxmYXN0PiAmICJzbWFsbCIKRlJPTSAtLXBsYXRmb3JtPWxpbnV4L2FybTY0IFwKICBhIEFTIGIK"
  ]
}"#;
    assert_eq!(String::from_utf8(answer["result.json"].clone()).unwrap(), expected);
    assert_eq!(answer["version"], b"1.0.0");
}

#[test]
fn errors_are_in_the_answer_and_findings_in_the_text() {
    let dockerfile = "FROM alpine AS build\nMAINTAINER \\\n  me\n";
    let case = Case::new(BTreeMap::new(), dockerfile.as_bytes());
    let (result, findings) = case.compile(true);
    assert!(result.is_ok());
    let line = |line| json!({"start": {"line": line}, "end": {"line": line}});
    let error = Error::new("a <b>").at(Lines::new(2, 3)).and_at(Lines::new(1, 2));
    let cases = [
        (view::lint(&findings, None, &case.source), 1, None),
        (
            view::lint(&[], Some(&error), &case.source),
            0,
            Some(json!({
                "message": "a <b>",
                "location": {"ranges": [line(1), line(2), line(3)]},
            })),
        ),
        // An error without a place still has a location.
        (
            view::lint(&[], Some(&Error::new("x")), &case.source),
            0,
            Some(json!({"message": "x", "location": {}})),
        ),
    ];
    for (answer, warnings, error) in cases {
        let answer = shown(&answer);
        let result = &answer["result.json"];
        assert_eq!(result["warnings"].as_array().map_or(0, Vec::len), warnings);
        assert_eq!(result.get("buildError"), error.as_ref());
        assert_eq!(answer["result.statuscode"], 1);
    }
    let text = view::lint(&findings, None, &case.source)["result.txt"].clone();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "\n\
         WARNING: MaintainerDeprecated - https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/\n\
         Maintainer instruction is deprecated in favor of using label\n\
         Dockerfile:2\n\
         --------------------\n   \
         1 |     FROM alpine AS build\n   \
         2 | >>> MAINTAINER \\\n   \
         3 | >>>   me\n   \
         4 |     \n\
         --------------------\n",
    );
}
