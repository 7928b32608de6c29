# The gateway binary of this machine. Sourced, never run.
# shellcheck shell=bash

# frontend_binary: builds the static gateway binary and prints its path; $FRONTEND_BINARY names a ready one.
# The C library is linked in statically: the image holds this file and nothing else. It is musl, as in the published
# image, where the toolchain has that target (`rustup target add`), else the machine's own, which is 300 KB larger.
# The binary is loaded where it was linked to, as the tables that would move it are a good part of its compressed size.
frontend_binary() {
    local host musl target target_dir flags
    if [[ -n ${FRONTEND_BINARY:-} ]]; then
        [[ -x $FRONTEND_BINARY ]] || die "FRONTEND_BINARY is not an executable: $FRONTEND_BINARY"
        echo "$FRONTEND_BINARY"
        return
    fi
    # With --target the flags are for the binary alone and not for the procedural macros on the way to it.
    host=$(rustc -vV | sed -n 's/^host: //p')
    [[ $host == *-linux-* ]] || die "the gateway binary runs on Linux, and this toolchain builds for $host:" \
        "build the image with Dockerfile.frontend and name it in FRONTEND, or a Linux binary in FRONTEND_BINARY"
    target=$host
    target_dir=${CARGO_TARGET_DIR:-$ROOT/target}
    flags='-C target-feature=+crt-static -C relocation-model=static'
    musl=${host%-gnu}-musl
    if [[ -d $(rustc --print target-libdir --target "$musl" 2>/dev/null) ]]; then
        # As in Dockerfile.frontend.
        target=$musl
        flags="-C linker=rust-lld $flags -C link-arg=--icf=all"
    elif [[ $host == x86_64-unknown-linux-gnu ]]; then
        # Here the toolchain links with lld, which can fold functions that came out the same.
        flags+=' -C link-arg=-Wl,--icf=all -C link-arg=-Wl,--build-id=none'
    fi
    RUSTFLAGS=$flags cargo build --manifest-path "$ROOT/Cargo.toml" --quiet --release --locked \
        -p aliasfront-frontend --target "$target" >&2 || die "the frontend does not build"
    install -D "$target_dir/$target/release/aliasfront-frontend" "$target_dir/gateway/aliasfront-frontend"
    "$ROOT/scripts/slim" "$target_dir/gateway/aliasfront-frontend"
    echo "$target_dir/gateway/aliasfront-frontend"
}
