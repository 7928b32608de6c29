//! Inputs that double take about twice the work and memory: counted in allocations and in steps of
//! checks, which are the same on every machine.

mod common;
#[allow(dead_code, reason = "tests and benches take a size each")]
#[path = "common/shapes.rs"]
mod shapes;

use allocation_counter::{AllocationInfo, measure};
use common::Run;
use shapes::{SHAPES, Shape};

/// How much more twice the input may take, in percent. Tables that double when they are full make jumps.
const MOST: u64 = 260;

struct Measured {
    memory: AllocationInfo,
    steps: usize,
    asked: usize,
}

fn run(shape: &Shape, size: usize) -> Measured {
    let mut run: Option<Run> = None;
    let memory = measure(|| run = Some(shape.run(size)));
    let run = run.expect("it ran");
    let steps = run.result.as_ref().map_or(0, |compilation| compilation.check_steps);
    Measured { memory, steps, asked: run.asked.len() }
}

#[test]
fn twice_the_input_takes_twice_the_work() {
    let mut worse = Vec::new();
    for shape in &SHAPES {
        let once = run(shape, shape.small);
        let twice = run(shape, 2 * shape.small);
        let counts = |measured: &Measured| {
            let memory = &measured.memory;
            [
                ("allocations", memory.count_total),
                ("allocated bytes", memory.bytes_total),
                ("bytes at once", memory.bytes_max),
                ("steps of checks", measured.steps as u64),
                ("questions", measured.asked as u64),
            ]
        };
        for ((what, before), (_, after)) in counts(&once).into_iter().zip(counts(&twice)) {
            if 100 * after > MOST * before {
                worse.push(format!("{}: {before} {what} became {after}", shape.name));
            }
        }
    }
    assert!(worse.is_empty(), "with twice the input\n{}", worse.join("\n"));
}

/// What every stage copies of the stage below it is charged for, since a short text can make that large.
#[test]
fn what_stages_copy_reaches_a_limit() {
    let mut run: Option<Run> = None;
    let memory = measure(|| run = Some(shapes::labels(4_000).run()));
    let run = run.expect("it ran");
    assert!(run.error().message.contains("MAX_EVALUATED_SIZE"), "{}", run.error().message);
    assert!(memory.bytes_max < MAX_MEMORY, "{} bytes", memory.bytes_max);
}

/// How much memory an input may take, in bytes.
const MAX_MEMORY: u64 = 256 << 20;
