//! A piece of a source file, framed, with marks beside the lines that something is said about.

use std::io::Write as _;

use buildkit_llb::SourceMap;
use buildkit_proto::pb;

const RULER: &str = "--------------------";
const MARK: &str = ">>>";
const NO_MARK: &str = "   ";
/// When the window around one line, and around several, is wide enough: every step to a side counts
/// as one, and so does every round of steps, so that it ends where the file is short.
const AROUND_ONE: usize = 4;
const AROUND_SEVERAL: usize = 2;

/// Writes the lines of `ranges` with some lines around them. Writes nothing where there are no
/// ranges, or they are not in the file.
pub(super) fn write(out: &mut Vec<u8>, source: &SourceMap, ranges: &[pb::Range]) {
    let lines: Vec<&[u8]> = source.data.split(|byte| *byte == b'\n').collect();
    let marked: Vec<(usize, usize)> = ranges.iter().map(marked_lines).collect();
    let Some(first) = marked.iter().map(|(start, _)| *start).min() else { return };
    let last = marked.iter().map(|(_, end)| *end).max().unwrap_or_default().min(lines.len());
    if first < 1 || first > lines.len() {
        return;
    }
    let (start, end) = window(first, last, lines.len());
    // Writing to memory doesn't fail.
    let _ = writeln!(out, "{}:{first}\n{RULER}", source.filename);
    for (number, line) in (start..=end).zip(lines.iter().skip(start - 1)) {
        let is_marked = marked.iter().any(|(start, end)| (*start..=*end).contains(&number));
        let mark = if is_marked { MARK } else { NO_MARK };
        let _ = write!(out, " {number:3} | {mark} ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    let _ = writeln!(out, "{RULER}");
}

/// The first and last line of a range. One that ends before it starts is one line.
fn marked_lines(range: &pb::Range) -> (usize, usize) {
    let line = |position: Option<pb::Position>| {
        position.and_then(|position| usize::try_from(position.line).ok()).unwrap_or_default()
    };
    let start = line(range.start);
    (start, line(range.end).max(start))
}

/// Widens `first..=last` to both sides, in a file of `count` lines.
fn window(first: usize, last: usize, count: usize) -> (usize, usize) {
    let (mut start, mut end) = (first, last);
    let around = if first == last { AROUND_ONE } else { AROUND_SEVERAL };
    let mut taken = 0;
    while taken < around {
        if start > 1 {
            start -= 1;
            taken += 1;
        }
        if end < count {
            end += 1;
            taken += 1;
        }
        taken += 1;
    }
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(data: &str, lines: &[(i32, i32)]) -> String {
        let source = SourceMap {
            filename: "Dockerfile".to_owned(),
            language: "Dockerfile".to_owned(),
            data: data.as_bytes().into(),
            definition: None,
        };
        let at = |line| Some(pb::Position { line, character: 0 });
        let ranges: Vec<pb::Range> = lines
            .iter()
            .map(|(start, end)| pb::Range { start: at(*start), end: at(*end) })
            .collect();
        let mut out = Vec::new();
        write(&mut out, &source, &ranges);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_around_are_shown() {
        let text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10";
        let cases: [(&[(i32, i32)], &str); 9] = [
            (&[], ""),
            (&[(0, 1)], ""),
            (&[(11, 11)], ""),
            (&[(-1, 3)], ""),
            (&[(1, 1)], "1: >1 2 3"),
            (&[(5, 5)], "5: 3 4 >5 6 7"),
            (&[(10, 10)], "10: 8 9 >10"),
            (&[(4, 4), (6, 6)], "4: 3 >4 5 >6 7"),
            (&[(4, 3), (9, 20)], "4: 3 >4 5 6 7 8 >9 >10"),
        ];
        for (ranges, expected) in cases {
            let frame = frame(text, ranges);
            let mut lines = frame.lines();
            let head = lines.next().map(|head| head.trim_start_matches("Dockerfile").to_owned());
            let shown: Vec<String> = lines
                .filter(|line| *line != RULER)
                .map(|line| {
                    let (_, text) = line.split_once(" | ").unwrap();
                    text.replace(">>> ", ">").trim_start().to_owned()
                })
                .collect();
            let shown = head.map_or(String::new(), |head| {
                format!("{}: {}", head.trim_start_matches(':'), shown.join(" "))
            });
            assert_eq!(shown, expected, "{ranges:?}");
        }
    }

    #[test]
    fn a_frame_is_ruled() {
        assert_eq!(
            frame("FROM a\nRUN b\n", &[(2, 2)]),
            "Dockerfile:2\n--------------------\n   1 |     FROM a\n   2 | >>> RUN b\n   3 |     \n\
             --------------------\n",
        );
    }
}
