//! Makes a build that shows something smaller, as long as it still shows it.

use std::io;

use super::Sample;

/// The smallest build near `sample` that `shows` what is looked for: without lines of its files, options and images
/// that don't matter.
///
/// # Errors
///
/// The first that `shows` has.
pub async fn reduce<F>(sample: Sample, mut shows: impl FnMut(Sample) -> F) -> io::Result<Sample>
where
    F: Future<Output = io::Result<bool>>,
{
    let mut smallest = sample;
    loop {
        let before = smallest.clone();
        for key in before.opts.keys() {
            let mut smaller = smallest.clone();
            smaller.opts.remove(key);
            if shows(smaller.clone()).await? {
                smallest = smaller;
            }
        }
        for reference in before.images.keys() {
            let mut smaller = smallest.clone();
            smaller.images.remove(reference);
            if shows(smaller.clone()).await? {
                smallest = smaller;
            }
        }
        for key in before.files.keys() {
            let mut smaller = smallest.clone();
            smaller.files.remove(key);
            if !smaller.dockerfile().is_empty() && shows(smaller.clone()).await? {
                smallest = smaller;
                continue;
            }
            // From the end, so that what a line needs is still there when it is its turn.
            let mut line = smallest.files[key].lines().count();
            while line > 0 {
                line -= 1;
                let mut smaller = smallest.clone();
                let text = smaller.files.entry(key.clone()).or_default();
                *text = without_line(text, line);
                if shows(smaller.clone()).await? {
                    smallest = smaller;
                }
            }
        }
        if smallest == before {
            return Ok(smallest);
        }
    }
}

fn without_line(text: &str, line: usize) -> String {
    let kept = text.split_inclusive('\n').enumerate().filter(|(number, _)| *number != line);
    kept.map(|(_, line)| line).collect()
}
