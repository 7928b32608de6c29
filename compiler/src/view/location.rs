//! Places in the Dockerfile.

use buildkit_dockerfile::Lines;
use buildkit_proto::pb;

use crate::wire::line_ranges;

/// The lines, each a range of its own. The file is the answer's first and only one.
pub(super) fn lines(lines: &[Lines]) -> pb::Location {
    of(lines.iter().flat_map(|lines| lines.first..=lines.last))
}

/// The lines in their order, each once: the places of an error may overlap.
pub(super) fn merged(lines: &[Lines]) -> pb::Location {
    let mut numbers: Vec<u32> = lines.iter().flat_map(|lines| lines.first..=lines.last).collect();
    numbers.sort_unstable();
    numbers.dedup();
    of(numbers)
}

fn of(numbers: impl IntoIterator<Item = u32>) -> pb::Location {
    pb::Location { source_index: 0, ranges: line_ranges(numbers).map(pb::Range::from).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(location: &pb::Location) -> Vec<i32> {
        location.ranges.iter().filter_map(|range| range.start).map(|start| start.line).collect()
    }

    #[test]
    fn every_line_is_a_range() {
        let cases = [
            (vec![], vec![], vec![]),
            (vec![Lines::new(3, 3)], vec![3], vec![3]),
            (vec![Lines::new(7, 8), Lines::new(3, 4)], vec![7, 8, 3, 4], vec![3, 4, 7, 8]),
            (vec![Lines::new(3, 5), Lines::new(4, 6)], vec![3, 4, 5, 4, 5, 6], vec![3, 4, 5, 6]),
        ];
        for (places, all, once) in cases {
            assert_eq!(numbers(&lines(&places)), all);
            assert_eq!(numbers(&merged(&places)), once);
        }
    }
}
