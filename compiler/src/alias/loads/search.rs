//! Where loaders look for libraries.

use std::task::{Poll, ready};

use aliasfront_gotext::path;

use super::Stop;
use super::place::Place;
use crate::wildcard::{self, Wildcards};

/// How many directories a list may have.
const MAX_DIRECTORIES: usize = 256;
/// How large a list of directories may be, in bytes.
const MAX_LIST: u64 = 64 << 10;
/// How large the index of libraries may be that `ldconfig` makes, in bytes.
const MAX_INDEX: u64 = 4 << 20;
/// How many files `ld.so.conf` may include.
const MAX_INCLUDED: usize = 128;

/// Where glibc's list of directories is, and the index that `ldconfig` makes of it.
const LIST: &str = "/etc/ld.so.conf";
const INDEX: &str = "/etc/ld.so.cache";
/// Where musl looks where nothing else is said.
const OF_MUSL: [&str; 3] = ["/lib", "/usr/local/lib", "/usr/lib"];

/// A processor's directories.
struct Directories {
    architecture: &'static str,
    /// What Debian calls them.
    tuples: &'static [&'static str],
    /// What others call them, in the root and in `/usr`.
    names: &'static [&'static str],
    /// What kernels call the processor.
    platform: &'static str,
    /// Where the loaders of glibc and of musl are; empty where that is nobody's habit.
    loaders: [&'static str; 2],
}

const fn of(
    architecture: &'static str,
    tuples: &'static [&'static str],
    names: &'static [&'static str],
    platform: &'static str,
    loaders: [&'static str; 2],
) -> Directories {
    Directories { architecture, tuples, names, platform, loaders }
}

/// The directories of the processors that images are for.
const DIRECTORIES: [Directories; 14] = [
    of(
        "amd64",
        &["x86_64-linux-gnu"],
        &["lib64", "lib"],
        "x86_64",
        ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"],
    ),
    of(
        "arm64",
        &["aarch64-linux-gnu"],
        &["lib64", "lib"],
        "aarch64",
        ["/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"],
    ),
    of(
        "arm",
        &["arm-linux-gnueabihf", "arm-linux-gnueabi"],
        &["lib"],
        "v7l",
        ["/lib/ld-linux-armhf.so.3", "/lib/ld-musl-armhf.so.1"],
    ),
    of(
        "386",
        &["i386-linux-gnu"],
        &["lib32", "lib"],
        "i686",
        ["/lib/ld-linux.so.2", "/lib/ld-musl-i386.so.1"],
    ),
    of(
        "riscv64",
        &["riscv64-linux-gnu"],
        &["lib64/lp64d", "lib64", "lib"],
        "riscv64",
        ["/lib/ld-linux-riscv64-lp64d.so.1", "/lib/ld-musl-riscv64.so.1"],
    ),
    of(
        "ppc64le",
        &["powerpc64le-linux-gnu"],
        &["lib64", "lib"],
        "power9",
        ["/lib64/ld64.so.2", "/lib/ld-musl-powerpc64le.so.1"],
    ),
    of("ppc64", &["powerpc64-linux-gnu"], &["lib64", "lib"], "power8", ["", ""]),
    of(
        "s390x",
        &["s390x-linux-gnu"],
        &["lib64", "lib"],
        "z13",
        ["/lib/ld64.so.1", "/lib/ld-musl-s390x.so.1"],
    ),
    of(
        "loong64",
        &["loongarch64-linux-gnu"],
        &["lib64", "lib"],
        "loongarch64",
        ["/lib64/ld-linux-loongarch-lp64d.so.1", "/lib/ld-musl-loongarch64.so.1"],
    ),
    of("mips64le", &["mips64el-linux-gnuabi64"], &["lib64", "lib"], "mips", ["", ""]),
    of("mips64", &["mips64-linux-gnuabi64"], &["lib64", "lib"], "mips", ["", ""]),
    of("mipsle", &["mipsel-linux-gnu"], &["lib"], "mips", ["", ""]),
    of("mips", &["mips-linux-gnu"], &["lib"], "mips", ["", ""]),
    of("sparc64", &["sparc64-linux-gnu"], &["lib64", "lib"], "sparcv9", ["", ""]),
];

fn directories(architecture: &str) -> Option<&'static Directories> {
    DIRECTORIES.iter().find(|directories| directories.architecture == architecture)
}

/// Of an interpreter that isn't there the one of the other C library, what the first one is built for and what the
/// other one is of; none where the names say nothing.
pub(super) fn other_loader(
    architecture: &str,
    interpreter: &str,
) -> Option<(&'static str, &'static str, &'static str)> {
    let [glibc, musl] = directories(architecture)?.loaders;
    if glibc.is_empty() {
        None
    } else if interpreter == glibc {
        Some((musl, "glibc", "musl"))
    } else if interpreter == musl {
        Some((glibc, "musl", "glibc"))
    } else {
        None
    }
}

/// The directories in which glibc looks on its own: those of Debian, of others, and the one of its loader, where
/// systems with directories of their own have the rest of it.
pub(super) fn usual(architecture: &str, interpreter: &str) -> Vec<String> {
    let mut usual = Vec::new();
    let names = directories(architecture).map_or(&["lib"][..], |directories| directories.names);
    let tuples = directories(architecture).map_or(&[][..], |directories| directories.tuples);
    for tuple in tuples {
        usual.extend([format!("/lib/{tuple}"), format!("/usr/lib/{tuple}")]);
    }
    for name in names {
        usual.extend([format!("/{name}"), format!("/usr/{name}")]);
    }
    let own = path::dir(interpreter);
    if !own.is_empty() && !usual.contains(&own) {
        usual.push(own);
    }
    usual
}

/// The directories of a list with colons, as `RUNPATH` and `LD_LIBRARY_PATH` are. Those that depend on where the
/// program is started are left out; so is what comes to more than [`MAX_DIRECTORIES`].
pub(super) fn listed(list: &str) -> impl Iterator<Item = &str> {
    list.split([':', ';']).filter(|directory| !directory.is_empty()).take(MAX_DIRECTORIES)
}

/// A directory with what loaders replace in it: `$ORIGIN` by the directory of who names it, `$LIB` and `$PLATFORM` by
/// what a processor's are called, of which there may be several. None where it is not absolute.
pub(super) fn expanded(directory: &str, origin: &str, architecture: &str) -> Vec<String> {
    let with = |name: &str, value: &str, text: &str| {
        text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value)
    };
    let known = directories(architecture);
    let platform = known.map_or("", |directories| directories.platform);
    let text = with("PLATFORM", platform, &with("ORIGIN", origin, directory));
    let mut names = vec![text.clone()];
    if text.contains("$LIB") || text.contains("${LIB}") {
        let tuples = known.map_or(&[][..], |directories| directories.tuples);
        let tuples = tuples.iter().map(|tuple| format!("lib/{tuple}"));
        let plain = known.map_or(&["lib"][..], |directories| directories.names);
        let all = tuples.chain(plain.iter().map(|&name| name.to_owned()));
        names = all.map(|name| with("LIB", &name, &text)).collect();
    }
    names.retain(|name| name.starts_with('/'));
    names.iter().map(|name| path::clean(name)).collect()
}

/// Whether a list of directories depends on the place of the file that has it.
pub(super) fn has_origin(list: &str) -> bool {
    list.contains("$ORIGIN") || list.contains("${ORIGIN}")
}

/// The directories that `ld.so.conf` and what it includes name.
pub(super) fn configured(place: &mut Place<'_>) -> Poll<Result<Vec<String>, Stop>> {
    let mut named: Vec<String> = Vec::new();
    let mut open = vec![LIST.to_owned()];
    let mut read = 0;
    while let Some(list) = open.pop() {
        read += 1;
        if read > MAX_INCLUDED {
            return Poll::Ready(Err(Stop::Unknown(format!(
                "{LIST} includes more than {MAX_INCLUDED} files (MAX_INCLUDED)"
            ))));
        }
        let text = ready!(place.small_file(&list, MAX_LIST))?;
        let text = String::from_utf8_lossy(&text);
        let mut included = Vec::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let mut words = line.split_whitespace();
            match words.next() {
                None | Some("hwcap") => {}
                Some("include") => {
                    for pattern in words {
                        included.extend(ready!(matching(place, &list, pattern))?);
                    }
                }
                Some(_) => {
                    // A directory may have the kind of its libraries behind it.
                    let directories = line.split([' ', '\t', ':', ',']);
                    let directories = directories.filter_map(|word| word.split('=').next());
                    named.extend(directories.filter(|word| word.starts_with('/')).map(path::clean));
                }
            }
        }
        // The first one is read next.
        open.extend(included.into_iter().rev());
        if named.len() > MAX_DIRECTORIES {
            return Poll::Ready(Err(Stop::Unknown(format!(
                "{LIST} names more than {MAX_DIRECTORIES} directories (MAX_DIRECTORIES)"
            ))));
        }
    }
    Poll::Ready(Ok(named))
}

/// The files that a list includes by a pattern.
fn matching(place: &mut Place<'_>, list: &str, pattern: &str) -> Poll<Result<Vec<String>, Stop>> {
    let pattern = if pattern.starts_with('/') {
        pattern.to_owned()
    } else {
        path::join(&[&path::dir(list), pattern])
    };
    let (directory, pattern) = wildcard::split(&pattern, Wildcards::Names);
    let Some(pattern) = pattern else { return Poll::Ready(Ok(vec![directory])) };
    let found = ready!(place.matches(&directory, &pattern))?;
    let mut found: Vec<String> = found.into_iter().map(|entry| entry.path).collect();
    found.sort_unstable();
    Poll::Ready(Ok(found))
}

/// Where the index that `ldconfig` made has a library: paths in it that end with the name. Whatever the index looks
/// like, it has them as text.
pub(super) fn indexed(place: &mut Place<'_>, name: &str) -> Poll<Result<Vec<String>, Stop>> {
    let index = ready!(place.small_file(INDEX, MAX_INDEX))?;
    let end = format!("/{name}");
    let mut paths: Vec<String> = Vec::new();
    for text in index.split(|byte| *byte == 0) {
        if let Ok(text) = str::from_utf8(text)
            && text.ends_with(&end)
            && let Some(start) = text.find('/')
        {
            let path = path::clean(&text[start..]);
            if !paths.contains(&path) && paths.len() < MAX_DIRECTORIES {
                paths.push(path);
            }
        }
    }
    Poll::Ready(Ok(paths))
}

/// The directories of musl, of which the file says more that is called after the loader.
pub(super) fn of_musl(place: &mut Place<'_>, interpreter: &str) -> Poll<Result<Vec<String>, Stop>> {
    let name = path::base(interpreter);
    let name = name.strip_suffix(".so.1").unwrap_or(name);
    // The loader takes `/etc` beside its own directory.
    let list = path::join(&[&path::dir(&path::dir(interpreter)), "etc", &format!("{name}.path")]);
    let is_there = ready!(place.is_file(&list))?;
    if !is_there {
        return Poll::Ready(Ok(OF_MUSL.map(str::to_owned).to_vec()));
    }
    let text = ready!(place.small_file(&list, MAX_LIST))?;
    let text = String::from_utf8_lossy(&text);
    let named = text.split([':', '\n']).map(str::trim).filter(|word| word.starts_with('/'));
    Poll::Ready(Ok(named.take(MAX_DIRECTORIES).map(path::clean).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_loaders_replace_is_replaced() {
        for (directory, expected) in [
            ("$ORIGIN/../lib", &["/opt/lib"][..]),
            ("${ORIGIN}", &["/opt/bin"]),
            ("/x/$LIB", &["/x/lib/x86_64-linux-gnu", "/x/lib64", "/x/lib"]),
            ("/x/$PLATFORM", &["/x/x86_64"]),
            ("lib", &[]),
            ("/../x", &["/x"]),
        ] {
            assert_eq!(expanded(directory, "/opt/bin", "amd64"), expected, "{directory}");
        }
    }

    #[test]
    fn usual_directories_are_those_of_the_processor() {
        let usual = usual("arm64", "/nix/store/x/lib/ld-linux-aarch64.so.1");
        assert_eq!(usual[0], "/lib/aarch64-linux-gnu");
        assert!(usual.contains(&"/usr/lib64".to_owned()));
        assert_eq!(usual.last().unwrap(), "/nix/store/x/lib");
    }
}
