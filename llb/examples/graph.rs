//! Builds a graph and writes it to standard output, ready to be solved:
//!
//! ```sh
//! cargo run -p buildkit-llb --example graph | buildctl build --local context=. --output type=local,dest=out
//! ```
//!
//! With the argument `--json` it writes what is in it, for people to read.

use std::env;
use std::error::Error;
use std::io::{Write, stdout};

use buildkit_llb::{Copy, Exec, File, Graph, Mount, Platform, Source, VertexOptions};
use buildkit_proto::pb;
use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    let linux =
        Platform { os: "linux".into(), architecture: "amd64".into(), ..Platform::default() };
    let mut graph = Graph::new(linux);
    let compiler = graph.add(
        Source::image("docker.io/library/gcc:15"),
        VertexOptions::named("the compiler's image"),
    );
    let sources = graph
        .add(Source::local("context").include(["*.c", "*.h"]), VertexOptions::named("the sources"));
    // The sources are mounted, not copied: no layer has them.
    let compile = Exec::new(["sh", "-c", "gcc -O2 -o /program /src/*.c"])?
        .root(compiler)
        .mount(Mount::bind("/src", sources).readonly());
    let compiled = graph.add(compile, VertexOptions::named("compile")).root;
    let program = File::on(None).copy(Copy::new(compiled, "/program", "/"));
    let program = graph.add(program, VertexOptions::named("take the program"));

    let definition = graph.definition(program);
    let bytes = if env::args().any(|argument| argument == "--json") {
        format!("{:#}\n", definition.to_json()).into_bytes()
    } else {
        pb::Definition::encode_to_vec(&definition.into_pb())
    };
    Ok(stdout().write_all(&bytes)?)
}
