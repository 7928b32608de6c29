//! One line of comma-separated values, as Go's CSV packages read it.

/// The fields of `line`. A field in double quotes may hold commas, and double quotes written twice.
///
/// # Errors
/// Go's words for what is wrong, with the byte's column from 1.
pub fn fields(line: &str) -> Result<Vec<String>, String> {
    let line = line.strip_suffix('\n').map_or(line, |l| l.strip_suffix('\r').unwrap_or(l));
    if line.is_empty() {
        return Err("EOF".into());
    }
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let after = if let Some(inside) = rest.strip_prefix('"') {
            let (field, after) = quoted(line, inside)?;
            fields.push(field);
            after
        } else {
            let (field, after) = match rest.split_once(',') {
                Some((field, after)) => (field, Some(after)),
                None => (rest, None),
            };
            if let Some(at) = field.find('"') {
                return Err(error(line, &rest[at..], "bare \" in non-quoted-field"));
            }
            fields.push(field.to_owned());
            after
        };
        match after {
            Some(after) => rest = after,
            None => return Ok(fields),
        }
    }
}

/// The quoted field whose text starts with `rest`, and what follows the comma behind it.
fn quoted<'a>(line: &str, mut rest: &'a str) -> Result<(String, Option<&'a str>), String> {
    const CAUSE: &str = "extraneous or missing \" in quoted-field";
    let mut field = String::new();
    loop {
        let Some((text, after)) = rest.split_once('"') else {
            return Err(error(line, rest, CAUSE));
        };
        field.push_str(text);
        if after.is_empty() {
            return Ok((field, None));
        } else if let Some(next) = after.strip_prefix(',') {
            return Ok((field, Some(next)));
        } else if let Some(next) = after.strip_prefix('"') {
            field.push('"');
            rest = next;
        } else {
            return Err(error(line, &rest[text.len()..], CAUSE));
        }
    }
}

/// The error at the place where `rest`, the end of `line`, starts.
fn error(line: &str, rest: &str, cause: &str) -> String {
    format!("parse error on line 1, column {}: {cause}", line.len() - rest.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn fields_and_quotes() {
        for (line, expected) in [
            ("a", vec!["a"]),
            ("a,b", vec!["a", "b"]),
            (",", vec!["", ""]),
            ("a,,b,", vec!["a", "", "b", ""]),
            (" a , b ", vec![" a ", " b "]),
            (r#""a,b",c"#, vec!["a,b", "c"]),
            (r#""a""b""#, vec!["a\"b"]),
            (r#""""#, vec![""]),
            ("\",\"\"\"", vec![",\""]),
            ("a\n", vec!["a"]),
            ("a\r\n", vec!["a"]),
            ("a\nb", vec!["a\nb"]),
            ("ü,漢", vec!["ü", "漢"]),
        ] {
            assert_eq!(
                fields(line),
                Ok(expected.iter().map(|f| (*f).to_owned()).collect()),
                "{line}"
            );
        }
    }

    #[test]
    fn wrong_quotes() {
        for (line, column, cause) in [
            (r#"a"b"#, 2, "bare \" in non-quoted-field"),
            (r#"a,ü"b"#, 5, "bare \" in non-quoted-field"),
            (r#""a"#, 2, "extraneous or missing \" in quoted-field"),
            (r#""a"b"#, 3, "extraneous or missing \" in quoted-field"),
            (r#"a,"b" ,c"#, 5, "extraneous or missing \" in quoted-field"),
        ] {
            let error = format!("parse error on line 1, column {column}: {cause}");
            assert_eq!(fields(line), Err(error), "{line}");
        }
        assert_eq!(fields(""), Err("EOF".into()));
        assert_eq!(fields("\n"), Err("EOF".into()));
    }
}
