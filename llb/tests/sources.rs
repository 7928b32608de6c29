//! Sources: the identifiers, attributes and capabilities that options come to.

use buildkit_llb::{Differ, Git, Graph, ResolveMode, Source, VertexOptions};
use buildkit_proto::pb;
use prost::Message;

/// Checks what a source comes to: its identifier, its attributes as `key=value`, and the capabilities
/// it needs.
fn check(source: impl Into<Source>, identifier: &str, attrs: &[&str], caps: &[&str]) {
    let mut graph = Graph::default();
    let output = graph.add(source.into(), VertexOptions::default());
    let op = pb::Op::decode(graph.bytes(output.vertex())).unwrap();
    let specific = ["docker-image://", "oci-layout://"];
    assert_eq!(op.platform.is_some(), specific.iter().any(|scheme| identifier.starts_with(scheme)));
    let Some(pb::op::Op::Source(source)) = op.op else { panic!("not a source") };
    assert_eq!(source.identifier, identifier);
    let written: Vec<String> =
        source.attrs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(written, attrs, "{identifier}");
    let metadata = &graph.definition(output).metadata[&graph.digest(output.vertex())];
    let needed: Vec<&str> = metadata.caps.keys().map(String::as_str).collect();
    assert_eq!(needed, caps, "{identifier}");
}

#[test]
fn images() {
    check(Source::image("r:1"), "docker-image://r:1", &[], &["source.image"]);
    // Only the mode that is about trust needs the daemon to know it.
    check(
        Source::image("r:1").resolve_mode(ResolveMode::Local),
        "docker-image://r:1",
        &["image.resolvemode=local"],
        &["source.image"],
    );
    check(
        Source::image("r:1")
            .resolve_mode(ResolveMode::Pull)
            .internal()
            .layer_limit(2)
            .checksum("sha256:00"),
        "docker-image://r:1",
        &[
            "image.checksum=sha256:00",
            "image.layerlimit=2",
            "image.recordtype=internal",
            "image.resolvemode=pull",
        ],
        &[
            "source.image",
            "source.image.checksum",
            "source.image.layerlimit",
            "source.image.resolvemode",
        ],
    );
    check(
        Source::oci_layout("r@sha256:00").store("session", "store").layer_limit(1),
        "oci-layout://r@sha256:00",
        &["oci.layerlimit=1", "oci.session=session", "oci.store=store"],
        &["source.ocilayout"],
    );
}

#[test]
fn local_directories() {
    check(Source::local("context"), "local://context", &[], &["source.local"]);
    check(
        Source::local("context").unique("u"),
        "local://context",
        &["local.unique=u"],
        &["source.local", "source.local.unique"],
    );
    // A session says more than an id that is only unique.
    check(
        Source::local("context").unique("u").session("s").include(["a<b"]).exclude(["*.o", "!x.o"]),
        "local://context",
        &[
            r#"local.excludepatterns=["*.o","!x.o"]"#,
            r#"local.includepattern=["a\u003cb"]"#,
            "local.session=s",
        ],
        &[
            "source.local",
            "source.local.excludepatterns",
            "source.local.includepatterns",
            "source.local.sessionid",
        ],
    );
    check(
        Source::local("context").differ(Differ::None, false).metadata_only(["f"]),
        "local://context",
        &[
            "local.differ=none",
            "local.metadatatransfer=true",
            r#"local.metadatatransferexclude=["f"]"#,
        ],
        &["source.local", "source.local.metadatatransfer"],
    );
    check(
        Source::local("context").differ(Differ::Metadata, true),
        "local://context",
        &["local.differ=metadata"],
        &["source.local", "source.local.differ"],
    );
}

#[test]
fn downloads() {
    check(
        Source::http("https://h/f")
            .filename("f")
            .checksum("sha256:00")
            .mode(0o1755)
            .owner(7, 0)
            .auth_header_secret("s")
            .accept("text/plain")
            .user_agent("u"),
        "https://h/f",
        &[
            "http.authheadersecret=s",
            "http.checksum=sha256:00",
            "http.filename=f",
            "http.header.accept=text/plain",
            "http.header.user-agent=u",
            "http.perm=0755",
            "http.uid=7",
        ],
        &[
            // That is how it is spelled.
            "soruce.http.uidgid",
            "source.http",
            "source.http.auth",
            "source.http.checksum",
            "source.http.header",
            "source.http.perm",
        ],
    );
}

#[test]
fn repositories() {
    check(
        Source::git("https://h/a.git")
            .reference("v1")
            .subdir("d")
            .keep_git_dir(true)
            .auth_token_secret("t")
            .auth_header_secret("h")
            .checksum("00")
            .skip_submodules()
            .mtime("commit")
            .fetch_by_commit(),
        "git://h/a.git#v1:d",
        &[
            "git.authheadersecret=h",
            "git.authtokensecret=t",
            "git.checksum=00",
            "git.fetchbycommit=true",
            "git.fullurl=https://h/a.git",
            "git.keepgitdir=true",
            "git.mtime=commit",
            "git.skipsubmodules=true",
        ],
        &[
            "source.git",
            "source.git.checksum",
            "source.git.fetchbycommit",
            "source.git.fullurl",
            "source.git.httpauth",
            "source.git.keepgitdir",
            "source.git.mtime",
            "source.git.skipsubmodules",
        ],
    );
    check(
        Source::git("git@h:a.git")
            .known_ssh_host("h key\n")
            .known_ssh_host("i key")
            .ssh_socket("s"),
        "git://h/a.git",
        &[
            "git.authheadersecret=GIT_AUTH_HEADER",
            "git.authtokensecret=GIT_AUTH_TOKEN",
            "git.fullurl=git@h:a.git",
            "git.knownsshhosts=h key\ni key\n",
            "git.mountsshsock=s",
        ],
        &[
            "source.git",
            "source.git.fullurl",
            "source.git.knownsshhosts",
            "source.git.mountsshsock",
        ],
    );
}

#[test]
fn urls_without_a_scheme_are_https() {
    let same = [
        "github.com/org/app.git",
        "https://github.com/org/app.git#ignored",
        "ssh://git@github.com/org/app.git",
        "git@github.com:org/app.git",
    ];
    for url in same {
        let source = Source::from(Git::new(url).fragment("main:/docs/../src/"));
        assert_eq!(source.identifier, "git://github.com/org/app.git#main:src", "{url}");
    }
    let source = Source::from(Git::new("ftp://h/a").reference("main"));
    assert_eq!(source.identifier, "git://ftp://h/a");
}

#[test]
fn raw_sources_are_as_they_are() {
    let attrs = [("http.filename".to_owned(), "f".to_owned())].into();
    check(Source::raw("https://h/f", attrs), "https://h/f", &["http.filename=f"], &[]);
}
