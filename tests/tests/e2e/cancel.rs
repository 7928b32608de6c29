//! A client that goes away in the middle.

use std::{fs, process::Command, thread, time::Duration};

use crate::{build::Build, project::Project};

/// How often a process is looked for before it is said to stay, a quarter of a second apart.
const LOOKS: usize = 240;

/// How many processes of this machine have a word in their command line.
fn processes_with(word: &str) -> usize {
    let Ok(processes) = fs::read_dir("/proc") else { return 0 };
    processes
        .filter_map(Result::ok)
        .filter(|process| process.file_name().to_string_lossy().bytes().all(|b| b.is_ascii_digit()))
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).split('\0').any(|argument| argument == word))
        .count()
}

/// Looks until as many processes as wanted have the word in their command line.
#[track_caller]
fn wait_for_processes(word: &str, wanted: impl Fn(usize) -> bool) {
    for _ in 0..LOOKS {
        if wanted(processes_with(word)) {
            return;
        }
        thread::sleep(Duration::from_millis(250));
    }
    panic!("{} processes have {word:?} in their command line", processes_with(word));
}

/// No process of this machine has the word in its command line any more, or soon.
#[track_caller]
pub(crate) fn goes_away(word: &str) {
    wait_for_processes(word, |count| count == 0);
}

/// Starts a build, and interrupts its client once a vertex with this text in its name was started, and `ready` is done.
#[track_caller]
pub(crate) fn interrupt_at(build: Build<'_>, text: &str, ready: impl FnOnce()) {
    let outcome = build.run_and_at(text, |client| {
        ready();
        let told = Command::new("kill").args(["-INT", &client.to_string()]).status();
        assert!(told.is_ok_and(|status| status.success()), "the client can be interrupted");
    });
    assert!(!outcome.status.success(), "the client was interrupted at {text:?} and ended well");
}

#[test]
#[ignore = "needs a Docker engine"]
fn nothing_stays_behind() {
    // A number of seconds that nothing else on the machine sleeps for.
    let seconds = "86399";
    let project = Project::new(&[(
        "Dockerfile",
        "\
FROM busybox:1.35 AS slow
RUN echo NONCE && sleep 86399
FROM busybox:1.35
COPY --from=slow /bin/sh /sh
",
    )]);
    // The step is announced before its process runs, and an old engine forgets a process that it was just starting.
    interrupt_at(Build::new(&project), "RUN echo", || {
        wait_for_processes(seconds, |count| count > 0);
    });
    goes_away(seconds);
    goes_away("/bin/aliasfront-frontend");
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_build_after_an_interrupted_one_succeeds() {
    let project = Project::new(&[
        ("Dockerfile", "FROM busybox:1.35\nCOPY word /\nRUN test ! -e /slow && cat /word\n"),
        ("word", "NONCE"),
    ]);
    interrupt_at(Build::new(&project), "load build definition", || ());
    let outcome = Build::new(&project).succeeds();
    assert_eq!(outcome.counts().executed + outcome.counts().cached, 2);
    goes_away("/bin/aliasfront-frontend");
}
