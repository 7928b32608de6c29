//! Lists, their texts, and texts that are none.

use aliasfront_content::{Entry, Hash, InvalidList, List, Node, ParseError, Special};
use proptest::prelude::*;

const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn file(is_executable: bool) -> Node {
    Node::File { is_executable, size: 3, hash: Hash::of(b"abc") }
}

#[test]
fn every_kind_has_its_line() {
    let list = List::new([
        Entry::new("z", Node::Special(Special::Pipe)),
        Entry::new("y", Node::Special(Special::Socket)),
        Entry::new("x", Node::Special(Special::BlockDevice)),
        Entry::new("w", Node::Special(Special::CharacterDevice)),
        Entry::new("link", Node::Link { target: b"../a b".to_vec() }),
        Entry::new("dir/run", file(true)),
        Entry::new("dir-", file(false)),
        Entry::new("dir", Node::Directory),
        Entry::new(b"\xff\n", Node::Directory),
    ]);
    let text = format!(
        "d dir\nf 3 {HASH} dir-\nx 3 {HASH} dir/run\nl ../a\\x20b link\nc w\nb x\ns y\np z\nd \\xff\\x0a\n"
    );
    let list = list.expect("a list");
    assert_eq!(list.to_string(), text);
    assert_eq!(list.hash(), Hash::of(text.as_bytes()));
    assert_eq!(list.get(b"dir/run").map(|entry| &entry.node), Some(&file(true)));
    assert_eq!(list.get(b"dir/"), None);
    assert_eq!(text.parse(), Ok(list));
}

#[test]
fn nothing_is_a_list() {
    assert_eq!("".parse(), Ok(List::default()));
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(List::default().hash().to_string(), hash);
}

#[test]
fn other_texts_are_refused() {
    let kind = "the kinds of entries are d, f, x, l, p, s, b and c";
    let fields = "entries are `d PATH`, `f SIZE SHA256 PATH`, `x SIZE SHA256 PATH`, `l TARGET PATH` or `p PATH`";
    let size = "a size is a decimal number without leading zeros, below 2^64";
    let hash = "a hash has 64 lower-case hexadecimal digits";
    let escape = r"spaces, backslashes and what isn't printable ASCII, and only those, are written as \x and two lower-case digits";
    let order = "lines are ordered by the bytes of their paths";
    let end = "the last line has no line feed";
    let table: [(String, usize, &str); 25] = [
        ("d a\n\n".into(), 2, kind),
        ("D a\n".into(), 1, kind),
        ("dd a\n".into(), 1, kind),
        ("-\n".into(), 1, kind),
        ("d a b\n".into(), 1, fields),
        ("p a b\n".into(), 1, fields),
        ("l a\n".into(), 1, fields),
        ("l a b c\n".into(), 1, fields),
        ("f a\n".into(), 1, fields),
        (format!("f 3 {HASH} a b\n"), 1, fields),
        (format!("f 03 {HASH} a\n"), 1, size),
        (format!("f +3 {HASH} a\n"), 1, size),
        (format!("x  {HASH} a\n"), 1, size),
        (format!("f 18446744073709551616 {HASH} a\n"), 1, size),
        (format!("f 3 {} a\n", &HASH[1..]), 1, hash),
        (format!("f 3 {} a\n", HASH.to_uppercase()), 1, hash),
        (format!("f 3 +{} a\n", &HASH[1..]), 1, hash),
        ("d a\\\n".into(), 1, escape),
        ("d a\\x61\n".into(), 1, escape),
        ("d a\\xFF\n".into(), 1, escape),
        ("d \u{e9}\n".into(), 1, escape),
        ("d a\r\n".into(), 1, escape),
        ("d b\nd a\n".into(), 2, order),
        ("d a\nd a/b\nd a-\n".into(), 3, order),
        ("d a".into(), 1, end),
    ];
    for (text, line, reason) in table {
        let error = text.parse::<List>().expect_err(&text);
        assert_eq!(
            error.to_string(),
            format!("line {line} of the list of files: {reason}"),
            "{text}"
        );
    }
}

#[test]
fn lists_that_no_directory_has_are_refused() {
    let path = |path: &str| InvalidList::Path { path: path.into() };
    for (text, expected) in [
        ("d \n", path("")),
        ("p \n", path("")),
        ("d .\n", path(".")),
        ("d ..\n", path("..")),
        ("d /a\n", path("/a")),
        ("d a\nd a/\n", path("a/")),
        ("d a\nd a//b\n", path("a//b")),
        ("d a\nd a/../b\n", path("a/../b")),
        ("d a\\x00\n", path("a\0")),
        ("d a\nd a\n", InvalidList::Twice { path: b"a".to_vec() }),
        ("d a\np a\n", InvalidList::Twice { path: b"a".to_vec() }),
        ("d a/b\n", InvalidList::Parent { path: b"a/b".to_vec() }),
        ("l b a\np a/b\n", InvalidList::Parent { path: b"a/b".to_vec() }),
        ("l  a\n", InvalidList::Target { path: b"a".to_vec() }),
        ("l \\x00 a\n", InvalidList::Target { path: b"a".to_vec() }),
    ] {
        assert_eq!(text.parse::<List>(), Err(ParseError::List(expected.clone())), "{text}");
        assert!(!expected.to_string().contains('\0'));
    }
}

fn nodes() -> impl Strategy<Value = Node> {
    prop_oneof![
        Just(Node::Directory),
        (any::<bool>(), any::<u64>(), any::<[u8; 32]>()).prop_map(|(is_executable, size, hash)| {
            Node::File { is_executable, size, hash: hash.into() }
        }),
        "[^\0]{1,5}".prop_map(|target| Node::Link { target: target.into_bytes() }),
        Just(Node::Special(Special::Socket)),
    ]
}

/// Entries of a directory whose names are any bytes.
fn lists() -> impl Strategy<Value = List> {
    let name = prop::collection::vec(any::<u8>(), 1..4);
    prop::collection::vec((prop::collection::vec(name, 1..4), nodes()), 0..12).prop_map(|found| {
        let mut entries = std::collections::BTreeMap::new();
        for (names, node) in found {
            for end in 1..names.len() {
                entries.entry(names[..end].join(&b'/')).or_insert(Node::Directory);
            }
            entries.entry(names.join(&b'/')).or_insert(node);
        }
        let entries: Vec<Entry> =
            entries.into_iter().map(|(path, node)| Entry { path, node }).collect();
        // By lot, names aren't names and directories aren't directories: those are left out.
        List::new(entries.clone()).unwrap_or_else(|_| {
            let top = entries.into_iter().filter(|entry| List::new([entry.clone()]).is_ok());
            List::new(top).unwrap_or_default()
        })
    })
}

proptest! {
    #[test]
    fn a_list_comes_back_from_its_text(list in lists()) {
        let text = list.to_string();
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n')));
        prop_assert_eq!(Hash::of(text.as_bytes()), list.hash());
        prop_assert_eq!(text.parse(), Ok(list));
    }

    #[test]
    fn a_list_has_no_other_text(list in lists(), at: prop::sample::Index, byte in 0_u8..128) {
        let mut text = list.to_string().into_bytes();
        prop_assume!(!text.is_empty());
        let at = at.index(text.len());
        text[at] = byte;
        let text = String::from_utf8(text).expect("ASCII");
        if let Ok(read) = text.parse::<List>() {
            prop_assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "([dfxlpsbc]( [a-z0-9/.\\\\]{0,4}){0,3}\n?){0,6}|.*") {
        if let Ok(list) = text.parse::<List>() {
            prop_assert_eq!(list.to_string(), text);
        }
    }

    #[test]
    fn the_order_of_entries_does_not_count(list in lists(), seed: u64) {
        let mut entries = list.entries().to_vec();
        entries.sort_by_key(|entry| Hash::of(&[&seed.to_le_bytes()[..], &entry.path].concat()));
        prop_assert_eq!(List::new(entries), Ok(list));
    }
}
