//! Columns of text as Go's `text/tabwriter` aligns them, without minimum width and without flags.
//!
//! A cell is text that a tab ends; what follows a line's last tab is no cell and is left as it is. A
//! column is a run of lines that have a cell at that place, and is as wide as the widest of them.

/// Replaces the tabs in `text` by spaces, at least `padding` of them.
///
/// Text from elsewhere may hold tabs and line ends of its own, which count like any other.
pub fn align(text: &str, padding: usize) -> String {
    let lines: Vec<Line<'_>> = text.split_inclusive(['\n', '\u{c}']).map(Line::parse).collect();
    // Widths of columns in the order in which they were opened.
    let mut widths: Vec<usize> = Vec::new();
    // Per line and cell, the column it belongs to.
    let mut columns: Vec<Vec<usize>> = Vec::with_capacity(lines.len());
    let mut open: Vec<usize> = Vec::new();
    for line in &lines {
        open.truncate(line.cells.len());
        for (index, cell) in line.cells.iter().enumerate() {
            if index == open.len() {
                widths.push(0);
                open.push(widths.len() - 1);
            }
            let width = &mut widths[open[index]];
            *width = cell.chars().count().saturating_add(padding).max(*width);
        }
        columns.push(open.clone());
        if line.closes_columns {
            open.clear();
        }
    }
    let mut out = String::with_capacity(text.len());
    for (line, columns) in lines.iter().zip(&columns) {
        for (cell, column) in line.cells.iter().zip(columns) {
            out.push_str(cell);
            let spaces = widths[*column].saturating_sub(cell.chars().count());
            out.extend(std::iter::repeat_n(' ', spaces));
        }
        out.push_str(line.rest);
        if line.ended {
            out.push('\n');
        }
    }
    out
}

struct Line<'a> {
    cells: Vec<&'a str>,
    rest: &'a str,
    /// Whether a line end follows; only the last line may have none.
    ended: bool,
    /// Whether it ends with a form feed, after which columns begin anew.
    closes_columns: bool,
}

impl<'a> Line<'a> {
    fn parse(text: &'a str) -> Self {
        let line = text.strip_suffix(['\n', '\u{c}']).unwrap_or(text);
        let mut cells: Vec<&str> = line.split(['\t', '\u{b}']).collect();
        let rest = cells.pop().unwrap_or_default();
        Self {
            cells,
            rest,
            ended: line.len() < text.len(),
            closes_columns: text.ends_with('\u{c}'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_as_go_does() {
        let cases = [
            ("", 1, ""),
            ("no cell", 1, "no cell"),
            ("A\tB\nlong\tc\n", 1, "A    B\nlong c\n"),
            ("A\tB\nlong\tc\n", 3, "A      B\nlong   c\n"),
            // Cells that are empty count, what follows the last tab does not.
            (
                "BUILD ARG\tVALUE\tDESCRIPTION\nA\t\t\n",
                3,
                "BUILD ARG   VALUE   DESCRIPTION\nA                   \n",
            ),
            ("a\tvery long\nlonger\tx\n", 1, "a      very long\nlonger x\n"),
            // A line without the cell ends the column.
            ("a\tb\n\nlong\tc\n", 1, "a b\n\nlong c\n"),
            ("a\tb\u{c}long\tc\n", 1, "a b\nlong c\n"),
            ("a\tb\tc\nlong\td\nx\tyyy\tz\n", 1, "a    b c\nlong d\nx    yyy z\n"),
            // Width counts characters.
            ("é\tx\naa\ty\n", 1, "é  x\naa y\n"),
            ("a\u{b}b\nccc\td", 1, "a   b\nccc d"),
        ];
        for (text, padding, expected) in cases {
            assert_eq!(align(text, padding), expected, "{text:?}");
        }
    }
}
