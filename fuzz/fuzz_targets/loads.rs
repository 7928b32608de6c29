//! What executables load: no file may take the look at it down, keep it busy or have it read without end.
//!
//! The input is the executable, and every file that is looked for; what it ends with is the list of directories and the
//! first line of a script.
//!
//! ```sh
//! cargo +nightly fuzz run loads fuzz/corpus/loads /usr/bin
//! ```

#![no_main]

use std::sync::Arc;
use std::task::Poll;

use aliasfront_compiler::alias::loads::place::{Cache, MAX_LOOKS, Place};
use aliasfront_compiler::alias::loads::resolve::{Env, Executable, lacks};
use aliasfront_compiler::question::{Bytes, Entry, Fact, Key, Probed, Tree};
use aliasfront_compiler::Facts;
use libfuzzer_sys::fuzz_target;

/// The answer of a file system in which everything is there and is the input.
fn answer(key: &Key, input: &[u8]) -> Fact {
    match key {
        Key::Stat(stat) if stat.path.len() % 3 == 0 => Fact::Stat(None),
        Key::Stat(stat) => {
            let path = stat.path.clone();
            Fact::Stat(Some(Entry { path, mode: 0o755, ..Entry::default() }))
        }
        Key::Bytes(Bytes { path, offset, length, .. }) => {
            assert!(*length > 0, "nothing is read of {path}");
            let start = usize::try_from(*offset).unwrap_or(usize::MAX).min(input.len());
            let length = usize::try_from(*length).unwrap_or(usize::MAX);
            let end = start.saturating_add(length).min(input.len());
            Fact::Bytes(input[start..end].into())
        }
        Key::Probe(probe) => {
            let link = input.iter().rev().take(8).map(|byte| char::from(*byte)).collect();
            let path = probe.path.clone();
            Fact::Probe(Probed::Found(vec![Entry { path, mode: 1 << 27 | 0o777, link }]))
        }
        other => panic!("nobody asks for {other:?}"),
    }
}

fuzz_target!(|input: &[u8]| {
    let tree = Tree { digest: String::new(), definition: Arc::default(), whole: true };
    let env = Env::of(&["LD_LIBRARY_PATH=$ORIGIN/x:/y".to_owned()]);
    let (mut facts, mut cache) = (Facts::default(), Cache::default());
    let mut asked = 0;
    loop {
        let mut place = Place::new(Some(&tree), &mut facts, &mut cache);
        let done = match place.file("/agentd") {
            Poll::Pending => false,
            Poll::Ready(file) => match &*file {
                Err(_) => true,
                Ok(file) => {
                    let executable =
                        Executable { file, at: "/agentd", env: &env, place_name: "it" };
                    lacks(&mut place, executable).is_ready()
                }
            },
        };
        if done {
            return;
        }
        let open = facts.take_open();
        assert!(!open.is_empty(), "it waits for nothing");
        asked += open.len();
        assert!(asked <= MAX_LOOKS, "it asks without end");
        for question in open {
            let fact = answer(&question.key, input);
            facts.learn(question.key, fact);
        }
    }
});
