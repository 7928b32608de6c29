//! An image that does not serve is compiled, where that is allowed.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    thread,
};

use crate::prebuilt::{build, images, is_known, missing, project, says, warns};

/// A registry that lets nobody in, for as long as the tests run. Its name.
fn closed_registry() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    let address = listener.local_addr().expect("the port is known");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 4096];
            // Engines try TLS first, and take the answer for what it isn't.
            let _ = stream.read(&mut request);
            let _ = stream.write_all(
                b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"closed\"\r\n\
                  Content-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
    });
    address.to_string()
}

#[test]
#[ignore = "needs a Docker engine"]
fn images_that_do_not_serve_are_compiled_by_choice_only() {
    if !is_known() {
        return;
    }
    let images = images();
    let closed = format!("{}/private/builder:v1", closed_registry());
    let missing = missing();
    // Each is named by the engine's error, or by ours.
    let mut cases = vec![
        (&missing, "not found"),
        (&closed, "private/builder:v1"),
        (&images.incomplete, "/build/cli is not there"),
        (&images.arm64, "the image is for linux/arm64"),
    ];
    if let Some(index) = &images.arm64_index {
        cases.push((index, "no match for platform"));
    }
    let project = project("fallback=local");
    for (image, part) in cases {
        let outcome = build(&project, image).target("kiro").succeeds();
        assert!(outcome.mentions("[local_builder "), "{image}: nothing was compiled");
        warns(&outcome, "AliasFellBack", &["alias builder is compiled by stage \"local_builder\""]);
        warns(&outcome, "AliasFellBack", &[image, part]);
        let never = build(&project, image).target("kiro").arg("ALIASFRONT_FALLBACK", "off").fails();
        says(&never, &[image, part]);
        assert_eq!(never.counts().executed, 0, "{:?}", never.executed());
    }
}
