//! Walks through trees that aren't on disk: limits, and any order of answers.

use aliasfront_content::{
    Found, Hash, Kind, Limit, Limits, List, MAX_DEPTH, MAX_PATH_LENGTH, MAX_TARGET_LENGTH, Node,
    Task, Walk, WalkError,
};

fn file(name: &str, size: u64) -> Found {
    Found::new(name, Kind::File { is_executable: false, size })
}

fn directory(name: &str) -> Found {
    Found::new(name, Kind::Directory)
}

/// Walks through a tree whose directories have what `read` says; the last task is done first where `is_backwards`.
fn walk(
    limits: Limits,
    is_backwards: bool,
    read: impl Fn(&str) -> Vec<Found>,
) -> Result<List, WalkError> {
    let mut walk = Walk::new(limits);
    let mut tasks = Vec::new();
    loop {
        while let Some(task) = walk.next_task() {
            tasks.push(task);
        }
        let task = if is_backwards {
            tasks.pop()
        } else {
            Some(0).filter(|_| !tasks.is_empty()).map(|first| tasks.remove(first))
        };
        match task {
            None => return walk.finish(),
            Some(Task::Read { directory, path }) => {
                walk.read(directory, read(std::str::from_utf8(&path).expect("text")))?;
            }
            Some(Task::Hash { file, path, size }) => walk.hashed(file, size, Hash::of(&path)),
        }
    }
}

fn tree(path: &str) -> Vec<Found> {
    match path {
        "" => vec![file("z", 1), directory("d"), directory("e"), file("d-", 2)],
        "d" => vec![
            Found::new("l", Kind::Link { target: b"..".to_vec() }),
            directory("d"),
            file("f", 5),
        ],
        "d/d" => vec![file("f", 3)],
        _ => vec![],
    }
}

#[test]
fn the_order_of_answers_does_not_count() {
    let forward = walk(Limits::default(), false, tree).expect("a list");
    assert_eq!(walk(Limits::default(), true, tree).as_ref(), Ok(&forward));
    let paths: Vec<_> =
        forward.entries().iter().map(|entry| String::from_utf8_lossy(&entry.path)).collect();
    assert_eq!(paths, ["d", "d-", "d/d", "d/d/f", "d/f", "d/l", "e", "z"]);
    assert_eq!(
        forward.get(b"d/f").map(|entry| &entry.node),
        Some(&Node::File { is_executable: false, size: 5, hash: Hash::of(b"d/f") })
    );
}

#[test]
fn directories_are_read_before_files_are() {
    let mut walk = Walk::new(Limits::default());
    let Some(Task::Read { directory: root, .. }) = walk.next_task() else { panic!("the root") };
    walk.read(root, [file("a", 1), directory("b")]).expect("names");
    assert!(matches!(walk.next_task(), Some(Task::Read { path, .. }) if path == b"b"));
    assert!(matches!(walk.next_task(), Some(Task::Hash { path, size: 1, .. }) if path == b"a"));
    assert_eq!(walk.next_task(), None);
    assert_eq!(walk.finish(), Err(WalkError::Unfinished));
}

#[test]
fn limits_are_told_by_name() {
    let few = |entries, list_size, content| Limits {
        entries: Limit::new("FEW", entries),
        list_size: Limit::new("SHORT", list_size),
        content: Some(Limit::new("SMALL", content)),
    };
    let most = u64::MAX;
    let run = |limits| walk(limits, false, tree).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(run(few(8, most, 11)), Ok(()));
    assert_eq!(
        run(few(7, most, most)).unwrap_err(),
        "there are more than 7 files and directories (FEW)"
    );
    assert_eq!(
        run(few(most, 99, most)).unwrap_err(),
        "the list of files would have more than 99 bytes (SHORT)"
    );
    assert_eq!(run(few(most, most, 10)).unwrap_err(), "the files have more than 10 bytes (SMALL)");
}

#[test]
fn a_list_is_no_longer_than_its_limit() {
    let list = walk(Limits::default(), false, tree).expect("a list").to_string();
    let limits = |most| Limits { list_size: Limit::new("L", most), ..Limits::default() };
    for most in 0..list.len() as u64 {
        assert!(walk(limits(most), false, tree).is_err(), "{most}");
    }
}

#[test]
fn paths_and_targets_have_limits() {
    let most = usize::try_from(MAX_PATH_LENGTH).expect("small");
    let named = |name: String| walk(Limits::default(), false, |_| vec![file(&name, 0)]);
    assert!(named("n".repeat(most)).is_ok());
    let error = named("n".repeat(most + 1)).unwrap_err();
    assert_eq!(error, WalkError::PathLength { directory: Vec::new() });

    let most = usize::try_from(MAX_TARGET_LENGTH).expect("small");
    let linked = |length| {
        let target = vec![b't'; length];
        walk(Limits::default(), false, |_| {
            vec![Found::new("l", Kind::Link { target: target.clone() })]
        })
    };
    assert!(linked(most).is_ok());
    assert_eq!(linked(most + 1), Err(WalkError::TargetLength { path: b"l".to_vec() }));
}

#[test]
fn a_tree_without_end_comes_to_one() {
    let error = walk(Limits::default(), false, |_| vec![directory("d")]).unwrap_err();
    let WalkError::Depth { directory } = error else { panic!("{error}") };
    assert_eq!(directory.split(|byte| *byte == b'/').count() as u64, MAX_DEPTH);
}

#[test]
fn names_are_names() {
    for name in ["", ".", "..", "a/b", "a\0"] {
        let error = walk(Limits::default(), false, |_| vec![file(name, 0)]).unwrap_err();
        assert_eq!(error, WalkError::Name { name: name.into() });
    }
    let twice = walk(Limits::default(), false, |_| vec![file("a", 0), file("a", 0)]);
    assert_eq!(twice.unwrap_err().to_string(), "a is there twice");
}
