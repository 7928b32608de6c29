//! An instruction's flags.

use std::fmt::Write as _;

use crate::instruction::{Add, Copy, Device, Healthcheck, Kind, Network, Run, Security};
use crate::word::Word;

/// Flags that are being written.
pub(super) struct Flags {
    text: String,
    escape: char,
}

impl Flags {
    /// No flags, in a Dockerfile whose escape character is `escape`.
    pub(super) fn new(escape: char) -> Self {
        Self { text: String::new(), escape }
    }

    /// The flags, each with a space before it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Adds a flag with a value.
    fn add(&mut self, name: &str, value: &str) {
        let value = bytes_as_written(value);
        let special = |c: char| c.is_whitespace() || c == '"' || c == '\'' || c == self.escape;
        // A character may hold bytes that are blanks of Latin-1, which is how flags are read.
        let blank_byte = |byte: &u8| matches!(byte, 0x85 | 0xa0);
        // Writing to a string does not fail.
        let _ = write!(self.text, " --{name}=");
        if !value.contains(special) && !value.as_bytes().iter().any(blank_byte) {
            self.text.push_str(&value);
            return;
        }
        self.text.push('"');
        for c in value.chars() {
            if c == '"' || c == self.escape {
                self.text.push(self.escape);
            }
            self.text.push(c);
        }
        self.text.push('"');
    }

    /// Adds a flag with a value where there is one.
    pub(super) fn optional(&mut self, name: &str, value: Option<&Word>) {
        if let Some(value) = value {
            self.add(name, &value.text);
        }
    }

    /// Adds a flag for each value.
    fn repeated<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a Word>) {
        for value in values {
            self.add(name, &value.text);
        }
    }

    /// Adds a boolean flag where it is given.
    fn boolean(&mut self, name: &str, value: Option<bool>) {
        let _ = match value {
            Some(true) => write!(self.text, " --{name}"),
            Some(false) => write!(self.text, " --{name}=false"),
            None => Ok(()),
        };
    }

    /// Adds a boolean flag where it is set.
    fn set(&mut self, name: &str, value: bool) {
        self.boolean(name, value.then_some(true));
    }
}

/// The flags of an instruction.
///
/// Every kind is named here and every field below, so that a new flag doesn't compile before it is
/// printed.
pub(super) fn of(kind: &Kind, escape: char) -> Flags {
    let mut flags = Flags::new(escape);
    match kind {
        Kind::Add(add) => add_flags(add, &mut flags),
        Kind::Copy(copy) => copy_flags(copy, &mut flags),
        Kind::Run(run) => run_flags(run, &mut flags),
        Kind::Healthcheck(check) => healthcheck_flags(check, &mut flags),
        Kind::Arg(_)
        | Kind::Cmd(_)
        | Kind::Entrypoint(_)
        | Kind::Env(_)
        | Kind::Expose(_)
        | Kind::Label(_)
        | Kind::Maintainer(_)
        | Kind::Onbuild(_)
        | Kind::Shell(_)
        | Kind::Stopsignal(_)
        | Kind::User(_)
        | Kind::Volume(_)
        | Kind::Workdir(_) => {}
    }
    flags
}

fn add_flags(add: &Add, flags: &mut Flags) {
    let Add { files: _, chown, chmod, link, exclude, keep_git_dir, checksum, unpack } = add;
    flags.optional("chown", chown.as_ref());
    flags.optional("chmod", chmod.as_ref());
    flags.set("link", *link);
    flags.repeated("exclude", exclude);
    flags.boolean("keep-git-dir", *keep_git_dir);
    flags.optional("checksum", checksum.as_ref());
    flags.boolean("unpack", *unpack);
}

fn copy_flags(copy: &Copy, flags: &mut Flags) {
    let Copy { files: _, from, chown, chmod, link, exclude, parents } = copy;
    flags.optional("from", from.as_ref());
    flags.optional("chown", chown.as_ref());
    flags.optional("chmod", chmod.as_ref());
    flags.set("link", *link);
    flags.set("parents", *parents);
    flags.repeated("exclude", exclude);
}

fn run_flags(run: &Run, flags: &mut Flags) {
    let Run { command: _, mounts, network, security, devices } = run;
    flags.repeated("mount", mounts.iter().map(|mount| &mount.value));
    if let Some(network) = network {
        let network = match network {
            Network::Default => "default",
            Network::None => "none",
            Network::Host => "host",
        };
        flags.add("network", network);
    }
    if let Some(security) = security {
        let security = match security {
            Security::Sandbox => "sandbox",
            Security::Insecure => "insecure",
        };
        flags.add("security", security);
    }
    for device in devices {
        flags.add("device", &device_value(device));
    }
}

fn device_value(device: &Device) -> String {
    let Device { name, required } = device;
    let required = format!("required={required}");
    if name.is_empty() {
        return required;
    }
    let name = format!("name={name}");
    if name.contains([',', '"', '\r', '\n']) {
        format!("\"{}\",{required}", name.replace('"', "\"\""))
    } else {
        format!("{name},{required}")
    }
}

fn healthcheck_flags(check: &Healthcheck, flags: &mut Flags) {
    let Healthcheck { test: _, interval, timeout, start_period, start_interval, retries } = *check;
    for (name, time) in [
        ("interval", interval),
        ("timeout", timeout),
        ("start-period", start_period),
        ("start-interval", start_interval),
    ] {
        if time != 0 {
            flags.add(name, &duration(time));
        }
    }
    if retries != 0 {
        flags.add("retries", &retries.to_string());
    }
}

/// Nanoseconds in the largest unit of which they are a whole number.
fn duration(nanoseconds: i64) -> String {
    let units = [
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
    ];
    let (unit, size) =
        units.into_iter().find(|(_, size)| nanoseconds % size == 0).unwrap_or(("ns", 1));
    format!("{}{unit}", nanoseconds / size)
}

/// What was written where a flag's value is read as `value`: flags are read as Latin-1.
fn bytes_as_written(value: &str) -> String {
    let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| value.to_owned())
}
