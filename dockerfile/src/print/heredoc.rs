//! Heredocs.

use std::collections::HashMap;

use crate::instruction::Heredoc;

/// The word that opens `heredoc`.
pub(super) fn opener(heredoc: &Heredoc) -> String {
    let Heredoc { name, expand, chomp, file_descriptor, .. } = heredoc;
    let mut word = match file_descriptor {
        0 => String::new(),
        number => number.to_string(),
    };
    word.push_str(if *chomp { "<<-" } else { "<<" });
    let plain = name.starts_with(|c: char| c != '-')
        && !name.contains(|c: char| c.is_whitespace() || matches!(c, '\\' | '\'' | '"' | '$'));
    if plain && !expand {
        word.push('"');
        word.push_str(name);
        word.push('"');
        return word;
    }
    for (at, c) in name.chars().enumerate() {
        let dash = c == '-' && at == 0;
        if dash || c.is_whitespace() || matches!(c, '\\' | '\'' | '"' | '$') {
            word.push('\\');
        }
        word.push(c);
    }
    if !expand {
        // Quotes around nothing quote the delimiter as well.
        word.push_str("\"\"");
    }
    word
}

/// The bodies of `heredocs`, as read, each with the line that ends it.
pub(super) fn bodies(heredocs: &[Heredoc]) -> String {
    let mut text = String::new();
    for heredoc in heredocs {
        push(&mut text, &heredoc.content, &heredoc.name);
    }
    text
}

/// The bodies of heredocs that are sources of files.
///
/// Of several with one name the last one's body counts for all: the others have none. It is the one
/// of which tabs are not dropped, where there is one.
pub(super) fn source_bodies(heredocs: &[Heredoc]) -> String {
    let mut last = HashMap::new();
    let mut contents = HashMap::new();
    for (index, heredoc) in heredocs.iter().enumerate() {
        let name = heredoc.name.as_str();
        last.insert(name, index);
        if !heredoc.chomp || !contents.contains_key(name) {
            contents.insert(name, &*heredoc.content);
        }
    }
    let mut text = String::new();
    for (index, Heredoc { name, .. }) in heredocs.iter().enumerate() {
        let is_last = last.get(name.as_str()) == Some(&index);
        let content = contents.get(name.as_str()).filter(|_| is_last);
        push(&mut text, content.copied().unwrap_or_default(), name);
    }
    text
}

fn push(text: &mut String, content: &str, name: &str) {
    text.push_str(content);
    text.push_str(name);
    text.push('\n');
}
