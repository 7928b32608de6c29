//! `${name/pattern/replacement}`.

use crate::expand::lexer::{LexError, is_name_character, too_long};
use crate::expand::pattern::Pattern;
use crate::expand::steps::Steps;
use crate::limits::MAX_EXPANSION_LENGTH;

/// `value` with the first match of `pattern`, or all of them, replaced.
///
/// Where all are replaced, `$0` in the replacement is the match, other `$name` are empty and `$$` is
/// a dollar, since the reference hands it to Go's regular expressions.
pub(super) fn replace(
    value: &str,
    pattern: &str,
    replacement: &str,
    all: bool,
    steps: &mut Steps,
) -> Result<String, LexError> {
    steps.take(value.len())?;
    let pattern = Pattern::new(pattern)?;
    let text: Vec<char> = value.chars().collect();
    let mut result = String::new();
    if !all {
        return Ok(match pattern.find(&text, 0, steps)? {
            Some((start, end)) => {
                result.extend(&text[..start]);
                result.push_str(replacement);
                result.extend(&text[end..]);
                result
            }
            None => value.to_owned(),
        });
    }
    let (mut copied, mut from) = (0, 0);
    while let Some((start, end)) = pattern.find(&text, from, steps)? {
        result.extend(&text[copied..start]);
        // No empty match right behind another match.
        if end > copied || start == 0 {
            steps.take(replacement.len())?;
            fill(&mut result, replacement, &text[start..end]);
        }
        if result.len() > MAX_EXPANSION_LENGTH {
            return Err(too_long());
        }
        copied = end;
        from = end.max(from + 1);
    }
    result.extend(text.get(copied..).unwrap_or_default());
    Ok(result)
}

/// Writes `template` to `result`, its references to the match filled in.
fn fill(result: &mut String, template: &str, matched: &[char]) {
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('$') {
        result.push_str(before);
        if let Some(behind) = behind.strip_prefix('$') {
            result.push('$');
            rest = behind;
        } else if let Some((name, behind)) = reference(behind) {
            if name == "0" {
                result.extend(matched);
            }
            rest = behind;
        } else {
            result.push('$');
            rest = behind;
        }
    }
    result.push_str(rest);
}

/// The name behind a `$`, with braces or without, and what follows.
fn reference(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('{');
    let text = inside.unwrap_or(text);
    let end = text.find(|c| !is_name_character(c)).unwrap_or(text.len());
    let (name, behind) = text.split_at(end);
    let behind = if inside.is_some() { behind.strip_prefix('}')? } else { behind };
    (!name.is_empty()).then_some((name, behind))
}
