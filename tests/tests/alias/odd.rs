//! What is there and is no ordinary file: special files, directories in the place of files, and files
//! that run with another's rights.

use aliasfront_tests::gateway::{Files, Image};
use serde_json::json;

use crate::{
    AMD64, DIGEST, DOCKERFILE, IMAGE, fail_with, files, message, no_warning, overridden, program,
    request, succeed, warning, with,
};

/// The bits of modes, as engines tell them.
const DEVICE: u32 = 1 << 26;
const NAMED_PIPE: u32 = 1 << 25;
const SOCKET: u32 = 1 << 24;
const SET_USER_ID: u32 = 1 << 23;
const SET_GROUP_ID: u32 = 1 << 22;

/// The files of the prebuilt image, with another mode of the one that is copied.
fn with_mode(mode: u32) -> Files {
    let mut there = files();
    there.add_with_mode("/build/agentd", program(AMD64), mode);
    there
}

/// What is odd, and in which words.
const ODD: [(u32, &str); 6] = [
    (DEVICE | 0o644, "/build/agentd is a device"),
    (NAMED_PIPE | 0o755, "/build/agentd is a named pipe"),
    (SOCKET | 0o755, "/build/agentd is a socket"),
    (SET_USER_ID | 0o755, "/build/agentd is set-user-id"),
    (SET_GROUP_ID | 0o755, "/build/agentd is set-group-id"),
    (SET_USER_ID | SET_GROUP_ID | 0o755, "/build/agentd is set-user-id and set-group-id"),
];

#[tokio::test]
async fn what_only_an_instruction_takes_is_named_and_not_counted() {
    for (mode, what) in ODD {
        let gateway = overridden(DOCKERFILE, with_mode(mode));
        let recording = succeed(gateway.clone()).await;
        let message = message(&recording);
        assert!(message.contains("1 path verified, not verified: /build/agentd is "), "{message}");
        assert!(message.contains(what), "{message}");
        warning(&recording, "AliasNotVerified", &["alias builder", what, "(line 6)"]);
        let (plan, text) = request(gateway, "frontend.plan").await;
        assert!(text.contains(&format!("not verified: {what}")), "{text}");
        assert_eq!(plan["platforms"][0]["aliases"][0]["notVerified"], json!([what]), "{plan}");
        assert_eq!(
            plan["platforms"][0]["aliases"][0]["verifiedPaths"],
            json!(["/build/cli"]),
            "{plan}"
        );
    }
    let recording = succeed(overridden(DOCKERFILE, files())).await;
    assert!(!message(&recording).contains("not verified"), "{}", message(&recording));
    no_warning(&recording, "AliasNotVerified");
}

#[tokio::test]
async fn what_the_contract_requires_is_an_ordinary_file() {
    for contract in ["require=/build/agentd", "require=/build/agentd,+x", "require=/build/ag*"] {
        for (mode, what) in ODD {
            fail_with(overridden(&with(contract), with_mode(mode)), &[what, "contract"]).await;
        }
        // A link leads to it: by its name, and where a pattern matches the link.
        let mut there = files();
        there.add_link("/build/agentd", "/opt/agentd");
        there.add_with_mode("/opt/agentd", program(AMD64), SET_USER_ID | 0o755);
        fail_with(overridden(&with(contract), there), &["is set-user-id", "+s"]).await;
    }
}

#[tokio::test]
async fn another_s_rights_are_fine_where_the_contract_asks_for_them() {
    for contract in ["require=/build/agentd,+s", "require=/build/agentd,+x,+s"] {
        let recording = succeed(overridden(&with(contract), with_mode(SET_USER_ID | 0o755))).await;
        assert!(message(&recording).contains("2 paths verified"), "{}", message(&recording));
        no_warning(&recording, "AliasNotVerified");
        // That is no leave to be a device.
        fail_with(overridden(&with(contract), with_mode(DEVICE | 0o755)), &["is a device"]).await;
    }
}

#[tokio::test]
async fn a_directory_is_no_file() {
    for (contract, part) in [
        ("require=/build,file", "/build is not a file, but the contract asks for a file"),
        ("require=/bui*,file", "/build is not a file, but the contract asks for a file"),
        ("require=/build,+x", "/build is not a file, but the contract asks for an executable"),
    ] {
        fail_with(overridden(&with(contract), files()), &[part]).await;
    }
    // Without the mark, or where it is one, all is well.
    succeed(overridden(&with("require=/build"), files())).await;
    succeed(overridden(&with("require=/build/agentd,file"), files())).await;
}

#[tokio::test]
async fn an_image_for_a_newer_variant_does_not_serve_an_older_one() {
    let build = |variant: &str, platform: &str| {
        let config = json!({
            "architecture": "arm", "os": "linux", "variant": variant, "config": {},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
        });
        overridden(DOCKERFILE, files())
            .image(IMAGE, Image::with_config(config).digest(DIGEST))
            .opt("platform", platform)
    };
    let part = "the image is for linux/arm/v7, but the alias is for linux/arm/v6";
    fail_with(build("v7", "linux/arm/v6"), &[part]).await;
    succeed(build("v6", "linux/arm/v7")).await;
    succeed(build("v7", "linux/arm/v7")).await;
    // Many images name no variant.
    succeed(build("", "linux/arm/v6")).await;
}
