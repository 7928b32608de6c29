//! The start of programs.

/// ELF's number of amd64.
pub const AMD64: u8 = 62;
/// ELF's number of arm64.
pub const ARM64: u8 = 183;

/// A program for a processor, so many bytes long: its header, and nothing to run.
pub fn program(machine: u8, length: usize) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(18, 0);
    bytes.extend([machine, 0]);
    bytes.resize(length, 0);
    bytes
}
