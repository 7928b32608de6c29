# The public base images that the examples name, or stand-ins for them, in the local registry. Sourced, never run.
#
# They are put in place through named contexts, so that a Dockerfile stays as it is:
#
#     --build-context debian:bookworm-slim=docker-image://localhost:5000/base/debian:bookworm-slim
#
# Where a public image can't be pulled, one of the same name is made from Debian's packages (the toolchain in `rust`
# is the machine's own). A stand-in has the name, the users and the entry point of the public image, and Debian's
# version of what is in it.
# shellcheck shell=bash

# What a Dockerfile says, and where it is pushed to (under $REGISTRY/base/).
declare -A BASES=(
    [debian:bookworm-slim]=debian:bookworm-slim
    [rust:1-bookworm]=rust:1-bookworm
    [node:22-bookworm-slim]=node:22-bookworm-slim
    [python:3.11-slim-bookworm]=python:3.11-slim-bookworm
    [busybox:1.35]=busybox:1.35
    [gcr.io/distroless/static-debian12:nonroot]=distroless-static:nonroot
)

BASE_PATH=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

base_ref() { echo "$REGISTRY/base/${BASES[$1]}"; }

# base_contexts: the buildx options that put the base images in place, one word a line.
base_contexts() {
    local name
    for name in "${!BASES[@]}"; do
        printf '%s\n' --build-context "$name=docker-image://$(base_ref "$name")"
    done
}

# base_exists NAME: whether the local registry has the image.
base_exists() {
    local image=${BASES[$1]}
    curl -fsS -m 10 -o /dev/null "http://$REGISTRY/v2/base/${image%:*}/manifests/${image##*:}" \
        -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        -H 'Accept: application/vnd.oci.image.index.v1+json' \
        -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
        -H 'Accept: application/vnd.docker.distribution.manifest.list.v2+json' 2>/dev/null
}

# Registries from which nothing could be pulled, and what was said of the last try.
declare -A UNREACHED=()
pull_log() { echo "$ENGINE_HOME/bases/pull.log"; }

# push_public NAME: copies the public image to the local registry; fails where it can't be pulled.
push_public() {
    local name=$1 ref host=docker.io
    ref=$(base_ref "$name")
    [[ $name != *.*/* ]] || host=${name%%/*}
    [[ -z ${UNREACHED[$host]:-} ]] || return 1
    # For this machine's platform alone, as the others would be gigabytes that nobody uses. busybox is small, and
    # tests build it for two.
    if [[ $name == busybox:* ]] && "$DOCKER" buildx imagetools create -t "$ref" "$name" >"$(pull_log)" 2>&1; then
        return 0
    fi
    "$DOCKER" buildx build --quiet --provenance=false --push -t "$ref" - <<<"FROM $name" >"$(pull_log)" 2>&1 && return 0
    UNREACHED[$host]=yes
    return 1
}

# tree PATH: a folder's content as a tar archive, the same for the same content.
tree() { tar -C "$1" --numeric-owner --sort=name -c .; }

# push_base NAME TREE CHANGE...: makes an image of a folder and pushes it.
push_base() {
    local name=$1 folder=$2 change changes=() ref
    shift 2
    ref=$(base_ref "$name")
    for change in "$BASE_PATH" "$@"; do
        [[ $change == *=* && $change != *' '* ]] && change="ENV $change"
        changes+=(--change "$change")
    done
    tree "$folder" | "$DOCKER" import "${changes[@]}" - "$ref" >/dev/null
    "$DOCKER" push -q "$ref" >/dev/null
}

# bootstrap_debian: prints a folder with a minimal Debian bookworm, made once.
bootstrap_debian() {
    local folder=$ENGINE_HOME/bases/debian
    if [[ ! -f $folder.done ]]; then
        need debootstrap "$DEBIAN_KEYS=debian-archive-keyring"
        rm -rf "$folder"
        mkdir -p "$folder"
        debootstrap --variant=minbase --include=ca-certificates bookworm "$folder" "$MIRROR" \
            >"$folder.log" 2>&1 || die "debootstrap failed: $folder.log"
        slim "$folder"
        : >"$folder.done"
    fi
    echo "$folder"
}

# slim FOLDER: drops what an image has no use for, as Debian's own slim images do.
slim() {
    rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/var/log/* "$1"/usr/share/{doc,man,locale,info}/*
    mkdir -p "$1/var/cache/apt/archives/partial" "$1/var/lib/apt/lists/partial"
}

# debian_with FOLDER PACKAGE...: a copy of the minimal Debian with packages in it.
debian_with() {
    local folder=$1
    shift
    rm -rf "$folder"
    cp -a "$(bootstrap_debian)" "$folder"
    cp /etc/resolv.conf "$folder/etc/resolv.conf"
    chroot "$folder" apt-get -qq update
    DEBIAN_FRONTEND=noninteractive chroot "$folder" \
        apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@" >"$folder.log" 2>&1 ||
        die "installing $* failed: $folder.log"
    : >"$folder/etc/resolv.conf"
    slim "$folder"
}

make_debian() {
    push_base debian:bookworm-slim "$(bootstrap_debian)" 'CMD ["bash"]'
}

make_node() {
    local folder=$ENGINE_HOME/bases/node
    debian_with "$folder" nodejs
    chroot "$folder" useradd --create-home --shell /bin/bash --uid 1000 node
    # shellcheck disable=SC2016 # a script's text
    printf '#!/bin/sh\nset -e\n[ "${1#-}" = "$1" ] || set -- node "$@"\nexec "$@"\n' \
        >"$folder/usr/local/bin/docker-entrypoint.sh"
    chmod 755 "$folder/usr/local/bin/docker-entrypoint.sh"
    push_base node:22-bookworm-slim "$folder" 'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["node"]'
    rm -rf "$folder"
}

make_python() {
    local folder=$ENGINE_HOME/bases/python
    debian_with "$folder" python3
    ln -s python3 "$folder/usr/bin/python"
    push_base python:3.11-slim-bookworm "$folder" LANG=C.UTF-8 'CMD ["python3"]'
    rm -rf "$folder"
}

make_rust() {
    local folder=$ENGINE_HOME/bases/rust sysroot host
    command -v rustc >/dev/null || die "no rustc on this machine to make rust:1-bookworm from"
    sysroot=$(rustc --print sysroot)
    host=$(rustc -vV | sed -n 's/^host: //p')
    debian_with "$folder" gcc libc6-dev
    mkdir -p "$folder"/usr/local/{cargo,rustup,toolchain/{bin,lib/rustlib}}
    cp -a "$sysroot"/bin/{rustc,cargo,rustdoc} "$folder/usr/local/toolchain/bin/"
    cp -a "$sysroot"/lib/*.so* "$folder/usr/local/toolchain/lib/"
    cp -a "$sysroot/lib/rustlib/$host" "$folder/usr/local/toolchain/lib/rustlib/"
    push_base rust:1-bookworm "$folder" CARGO_HOME=/usr/local/cargo RUSTUP_HOME=/usr/local/rustup \
        "${BASE_PATH/PATH=/PATH=/usr/local/cargo/bin:/usr/local/toolchain/bin:}" 'CMD ["bash"]'
    rm -rf "$folder"
}

make_distroless() {
    local folder=$ENGINE_HOME/bases/distroless
    rm -rf "$folder"
    mkdir -p "$folder"/{etc/ssl/certs,home/nonroot,tmp}
    need "$CERTIFICATES=ca-certificates"
    cp "$CERTIFICATES" "$folder/etc/ssl/certs/"
    printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' \
        >"$folder/etc/passwd"
    printf 'root:x:0:\nnonroot:x:65532:\n' >"$folder/etc/group"
    chown 65532:65532 "$folder/home/nonroot"
    chmod 1777 "$folder/tmp"
    push_base gcr.io/distroless/static-debian12:nonroot "$folder" \
        SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt 'USER 65532' 'WORKDIR /home/nonroot'
    rm -rf "$folder"
}

# The one stand-in for two platforms: an index over one image each.
make_busybox() {
    local folder arch ref name=busybox:1.35
    ref=$(base_ref $name)
    "$DOCKER" manifest rm "$ref" >/dev/null 2>&1 || true
    for arch in amd64 arm64; do
        folder=$ENGINE_HOME/bases/busybox-$arch
        unpack_packages bookworm "$arch" "$folder/deb" busybox-static
        rm -rf "$folder/root"
        mkdir -p "$folder"/root/{bin,etc,tmp}
        chmod 1777 "$folder/root/tmp"
        cp "$folder/deb/bin/busybox" "$folder/root/bin/busybox"
        for applet in sh cat cp echo env id ls mkdir rm sleep test touch true wc sha256sum date tr head chmod; do
            ln -s busybox "$folder/root/bin/$applet"
        done
        echo 'root:x:0:0:root:/:/bin/sh' >"$folder/root/etc/passwd"
        echo 'root:x:0:' >"$folder/root/etc/group"
        tree "$folder/root" |
            "$DOCKER" import --platform "linux/$arch" --change "ENV $BASE_PATH" --change 'CMD ["sh"]' \
                - "$ref-$arch" >/dev/null
        "$DOCKER" push -q "$ref-$arch" >/dev/null
        "$DOCKER" manifest create --insecure --amend "$ref" "$ref-$arch" >/dev/null
    done
    "$DOCKER" manifest push --insecure --purge "$ref" >/dev/null
}

# make_bases WHEN NAME...: pulls or makes images, those that the registry lacks or `always`; all without a name.
make_bases() {
    local name when=$1
    shift
    (($#)) || set -- "${!BASES[@]}"
    mkdir -p "$ENGINE_HOME/bases"
    for name in "$@"; do
        [[ $when == missing ]] && base_exists "$name" && continue
        say "pulling $name"
        push_public "$name" && continue
        can_install || die "$name can't be pulled, and only root on Debian or Ubuntu can make a stand-in for it:
$(tail -n 1 "$(pull_log)")"
        say "it can't be pulled: making a stand-in for $name"
        case $name in
        debian:*) make_debian ;;
        node:*) make_node ;;
        python:*) make_python ;;
        rust:*) make_rust ;;
        busybox:*) make_busybox ;;
        gcr.io/distroless/*) make_distroless ;;
        *) die "no recipe for $name" ;;
        esac
    done
}
