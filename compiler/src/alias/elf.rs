//! What the header of a file says about the processor it is for.

use aliasfront_image::platform::Platform;

/// How much of a file is read for it, in bytes.
pub const HEADER_LENGTH: u64 = 20;
const LENGTH: usize = 20;

const MAGIC: &[u8] = b"\x7fELF";
/// Where the class (32 or 64 bits), the byte order and the machine stand.
const CLASS: usize = 4;
const ORDER: usize = 5;
const MACHINE: usize = 18;
const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;

/// A processor, as ELF headers name it.
struct Processor {
    architecture: &'static str,
    machine: u16,
    bits_64: bool,
    little_endian: bool,
}

const fn processor(
    architecture: &'static str,
    machine: u16,
    bits_64: bool,
    little_endian: bool,
) -> Processor {
    Processor { architecture, machine, bits_64, little_endian }
}

/// The processors of platforms. Numbers are those of the System V ABI.
const PROCESSORS: [Processor; 14] = [
    processor("386", 3, false, true),
    processor("mips", 8, false, false),
    processor("mipsle", 8, false, true),
    processor("mips64", 8, true, false),
    processor("mips64le", 8, true, true),
    processor("ppc64", 21, true, false),
    processor("ppc64le", 21, true, true),
    processor("s390x", 22, true, false),
    processor("arm", 40, false, true),
    processor("amd64", 62, true, true),
    processor("arm64", 183, true, true),
    processor("riscv64", 243, true, true),
    processor("loong64", 258, true, true),
    processor("sparc64", 43, true, false),
];

/// The architecture that a file is for: `None` where it is no ELF file.
pub fn architecture(header: &[u8]) -> Option<String> {
    if header.len() < LENGTH || !header.starts_with(MAGIC) {
        return None;
    }
    let little_endian = header[ORDER] == LITTLE_ENDIAN;
    let machine = [header[MACHINE], header[MACHINE + 1]];
    let machine =
        if little_endian { u16::from_le_bytes(machine) } else { u16::from_be_bytes(machine) };
    let bits_64 = header[CLASS] == CLASS_64;
    let known = PROCESSORS.iter().find(|processor| {
        processor.machine == machine
            && processor.bits_64 == bits_64
            && processor.little_endian == little_endian
    });
    Some(known.map_or_else(|| format!("machine {machine}"), |p| p.architecture.to_owned()))
}

/// Whether a file for `architecture` runs on `platform`: also 32-bit files on their 64-bit heirs.
pub fn runs_on(architecture: &str, platform: &Platform) -> bool {
    architecture == platform.architecture
        || matches!(
            (architecture, platform.architecture.as_str()),
            ("386", "amd64") | ("arm", "arm64")
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(class: u8, order: u8, machine: [u8; 2]) -> Vec<u8> {
        let mut header = vec![0; LENGTH];
        header[..4].copy_from_slice(MAGIC);
        header[CLASS] = class;
        header[ORDER] = order;
        header[MACHINE..].copy_from_slice(&machine);
        header
    }

    #[test]
    fn headers_name_processors() {
        for (header, name) in [
            (header(2, 1, [62, 0]), Some("amd64")),
            (header(2, 1, [183, 0]), Some("arm64")),
            (header(1, 1, [40, 0]), Some("arm")),
            (header(2, 2, [0, 22]), Some("s390x")),
            (header(2, 1, [2, 1]), Some("loong64")),
            (header(2, 1, [9, 0]), Some("machine 9")),
            (b"#!/bin/sh\nexit 0 # a script".to_vec(), None),
            (b"\x7fELF".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(architecture(&header).as_deref(), name);
        }
    }

    #[test]
    fn older_processors_are_heard_by_newer_ones() {
        assert!(runs_on("amd64", &Platform::new("linux", "amd64", "")));
        assert!(runs_on("386", &Platform::new("linux", "amd64", "")));
        assert!(!runs_on("arm64", &Platform::new("linux", "amd64", "")));
        assert!(!runs_on("amd64", &Platform::new("linux", "386", "")));
    }
}
