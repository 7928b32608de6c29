//! Differences of texts, for people.

/// How many lines a text may have for its differences to be looked for; longer ones are shown one after the other.
const MAX_LINES: usize = 2000;

/// The lines of two texts, with `-` before those that only the first has, `+` before those that only the second
/// has, and a space before those that both have. Long runs of common lines are shortened.
pub fn lines(first: &str, second: &str) -> String {
    let (first, second): (Vec<&str>, Vec<&str>) =
        (first.lines().collect(), second.lines().collect());
    let edits = if first.len().max(second.len()) > MAX_LINES {
        let gone = first.iter().map(|line| ('-', *line));
        gone.chain(second.iter().map(|line| ('+', *line))).collect()
    } else {
        edits(&first, &second)
    };
    shortened(&edits)
}

/// How many lines of two texts differ.
pub fn distance(first: &str, second: &str) -> usize {
    let (first, second): (Vec<&str>, Vec<&str>) =
        (first.lines().collect(), second.lines().collect());
    if first.len().max(second.len()) > MAX_LINES {
        return usize::MAX;
    }
    edits(&first, &second).iter().filter(|(mark, _)| *mark != ' ').count()
}

/// The longest common subsequence of lines, and what is beside it.
fn edits<'a>(first: &[&'a str], second: &[&'a str]) -> Vec<(char, &'a str)> {
    // common[i][j]: the length of the longest common subsequence of first[i..] and second[j..].
    let mut common = vec![vec![0_u32; second.len() + 1]; first.len() + 1];
    for i in (0..first.len()).rev() {
        for j in (0..second.len()).rev() {
            common[i][j] = if first[i] == second[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut edits = Vec::new();
    while i < first.len() && j < second.len() {
        if first[i] == second[j] {
            edits.push((' ', first[i]));
            (i, j) = (i + 1, j + 1);
        } else if common[i + 1][j] >= common[i][j + 1] {
            edits.push(('-', first[i]));
            i += 1;
        } else {
            edits.push(('+', second[j]));
            j += 1;
        }
    }
    edits.extend(first[i..].iter().map(|line| ('-', *line)));
    edits.extend(second[j..].iter().map(|line| ('+', *line)));
    edits
}

/// Common lines that are further than this from a difference are left out.
const CONTEXT: usize = 6;

fn shortened(edits: &[(char, &str)]) -> String {
    let mut text = String::new();
    let mut skipped = false;
    for (at, (mark, line)) in edits.iter().enumerate() {
        let from = at.saturating_sub(CONTEXT);
        let to = (at + CONTEXT + 1).min(edits.len());
        if edits[from..to].iter().all(|(mark, _)| *mark == ' ') {
            if !skipped {
                text.push_str("  …\n");
            }
            skipped = true;
            continue;
        }
        skipped = false;
        text.push(*mark);
        text.push(' ');
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_marked() {
        assert_eq!(lines("a\nb\nc", "a\nx\nc"), "  a\n- b\n+ x\n  c\n");
        assert_eq!(distance("a\nb\nc", "a\nx\nc"), 2);
        assert_eq!(distance("a\nb", "a\nb"), 0);
    }

    #[test]
    fn what_is_far_from_a_difference_is_left_out() {
        let common = (0..20).map(|n| n.to_string()).collect::<Vec<_>>().join("\n");
        let text = lines(&format!("{common}\na"), &format!("{common}\nb"));
        assert!(text.starts_with("  …\n  14\n"), "{text}");
        assert!(text.ends_with("  19\n- a\n+ b\n"), "{text}");
    }
}
