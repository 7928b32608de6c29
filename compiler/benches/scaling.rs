//! How time and memory grow with inputs that grow in one direction, as a table.

#![allow(missing_docs, reason = "a program of its own")]

#[path = "../tests/common/mod.rs"]
mod common;
#[allow(dead_code, reason = "tests and benches take a size each")]
#[path = "../tests/common/shapes.rs"]
mod shapes;

use std::hint::black_box;
use std::time::Instant;

use shapes::SHAPES;

/// How much of the full size is measured: what doubles from row to row should take twice the time.
const PARTS: [usize; 3] = [4, 2, 1];
const MEBIBYTE: u64 = 1 << 20;

/// Prints the table; an argument that is part of an input's name chooses it.
fn main() {
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    println!("| input | size | time | peak memory |\n|---|---|---|---|");
    for shape in SHAPES {
        if !chosen.is_empty() && !chosen.iter().any(|part| shape.name.contains(part)) {
            continue;
        }
        for part in PARTS {
            let size = shape.full / part;
            let start = Instant::now();
            let memory = allocation_counter::measure(|| drop(black_box(shape.run(size))));
            let time = start.elapsed().as_secs_f64();
            let peak = memory.bytes_max.div_ceil(MEBIBYTE);
            println!("| {} | {size} | {time:.2} s | {peak} MiB |", shape.name);
        }
    }
}
