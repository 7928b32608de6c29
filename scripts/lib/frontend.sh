# The gateway binary of this machine. Sourced, never run.
# shellcheck shell=bash

# frontend_binary: builds the static gateway binary and prints its path; $FRONTEND_BINARY names a ready one.
# The C library is linked in statically: the image holds this file and nothing else. It is loaded where it was linked
# to, as the tables that would move it are a good part of its compressed size.
frontend_binary() {
    local host target_dir flags
    if [[ -n ${FRONTEND_BINARY:-} ]]; then
        [[ -x $FRONTEND_BINARY ]] || die "FRONTEND_BINARY is not an executable: $FRONTEND_BINARY"
        echo "$FRONTEND_BINARY"
        return
    fi
    # With --target the flags are for the binary alone and not for the procedural macros on the way to it.
    host=$(rustc -vV | sed -n 's/^host: //p')
    [[ $host == *-linux-* ]] || die "the gateway binary runs on Linux, and this toolchain builds for $host:" \
        "build the image with Dockerfile.frontend and name it in FRONTEND, or a Linux binary in FRONTEND_BINARY"
    target_dir=${CARGO_TARGET_DIR:-$ROOT/target}
    flags='-C target-feature=+crt-static -C relocation-model=static'
    # Here the toolchain links with lld, which can fold functions that came out the same.
    [[ $host != x86_64-unknown-linux-gnu ]] || flags+=' -C link-arg=-Wl,--icf=all -C link-arg=-Wl,--build-id=none'
    RUSTFLAGS=$flags cargo build --manifest-path "$ROOT/Cargo.toml" --quiet --release --locked \
        -p aliasfront-frontend --target "$host" >&2 || die "the frontend does not build"
    install -D "$target_dir/$host/release/aliasfront-frontend" "$target_dir/gateway/aliasfront-frontend"
    "$ROOT/scripts/slim" "$target_dir/gateway/aliasfront-frontend"
    echo "$target_dir/gateway/aliasfront-frontend"
}
