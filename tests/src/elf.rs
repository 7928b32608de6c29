//! ELF files as tests need them: with what loaders read, and nothing to run.
//!
//! This file stands alone: the tests of the compiler have it as a module of theirs.

/// ELF's number of amd64.
pub const AMD64: u8 = 62;
/// ELF's number of arm64.
pub const ARM64: u8 = 183;
/// ELF's number of s390x.
pub const S390X: u8 = 22;
/// ELF's number of arm.
pub const ARM: u8 = 40;

/// Where in memory a file begins.
const BASE: u64 = 0x1_0000;

/// Kinds of files, of segments and of entries of a dynamic section.
const ET_EXEC: u16 = 2;
const ET_DYN: u16 = 3;
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;
const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_STRSZ: u64 = 10;
const DT_SONAME: u64 = 14;
const DT_RPATH: u64 = 15;
const DT_RUNPATH: u64 = 29;
const DT_VERDEF: u64 = 0x6fff_fffc;
const DT_VERDEFNUM: u64 = 0x6fff_fffd;
const DT_VERNEED: u64 = 0x6fff_fffe;
const DT_VERNEEDNUM: u64 = 0x6fff_ffff;

/// A program for a processor, so many bytes long: its header, and nothing to run.
pub fn program(machine: u8, length: usize) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(18, 0);
    bytes.extend([machine, 0]);
    bytes.resize(length, 0);
    bytes
}

/// A file to be written.
#[derive(Clone, Debug, Default)]
pub struct Elf {
    machine: u8,
    bits_32: bool,
    big_endian: bool,
    is_fixed: bool,
    interpreter: Option<String>,
    /// Entries of the dynamic section that are names, in order.
    names: Vec<(u64, String)>,
    wants: Vec<(String, Vec<(String, bool)>)>,
    has: Vec<String>,
    is_static: bool,
    padding: usize,
}

impl Elf {
    /// A program for a processor that glibc's loader loads, on amd64.
    pub fn program() -> Self {
        Self::library().interpreter("/lib64/ld-linux-x86-64.so.2")
    }

    /// A library for amd64.
    pub fn library() -> Self {
        Self { machine: AMD64, ..Self::default() }
    }

    /// A program that nothing loads, whose place in memory is fixed.
    pub fn fixed() -> Self {
        Self { is_static: true, is_fixed: true, ..Self::library() }
    }

    /// For another processor, of 64 bits and with the lower byte first.
    #[must_use]
    pub fn machine(mut self, machine: u8) -> Self {
        self.machine = machine;
        self
    }

    /// For a processor of 32 bits.
    #[must_use]
    pub fn bits_32(mut self) -> Self {
        self.bits_32 = true;
        self
    }

    /// For a processor with the higher byte first.
    #[must_use]
    pub fn big_endian(mut self) -> Self {
        self.big_endian = true;
        self
    }

    /// What loads it.
    #[must_use]
    pub fn interpreter(mut self, path: &str) -> Self {
        self.interpreter = Some(path.to_owned());
        self
    }

    /// Libraries that it needs.
    #[must_use]
    pub fn needs(self, libraries: &[&str]) -> Self {
        libraries.iter().fold(self, |elf, library| elf.name(DT_NEEDED, library))
    }

    /// Its own name.
    #[must_use]
    pub fn soname(self, name: &str) -> Self {
        self.name(DT_SONAME, name)
    }

    /// Where it has libraries looked for, in the old way.
    #[must_use]
    pub fn rpath(self, list: &str) -> Self {
        self.name(DT_RPATH, list)
    }

    /// Where it has its libraries looked for.
    #[must_use]
    pub fn runpath(self, list: &str) -> Self {
        self.name(DT_RUNPATH, list)
    }

    /// Versions that it wants of a library.
    #[must_use]
    pub fn wants(mut self, library: &str, versions: &[&str]) -> Self {
        let versions = versions.iter().map(|&version| (version.to_owned(), false)).collect();
        self.wants.push((library.to_owned(), versions));
        self
    }

    /// A version that it would like to have of a library.
    #[must_use]
    pub fn would_like(mut self, library: &str, version: &str) -> Self {
        self.wants.push((library.to_owned(), vec![(version.to_owned(), true)]));
        self
    }

    /// Versions that it has.
    #[must_use]
    pub fn has(mut self, versions: &[&str]) -> Self {
        self.has.extend(versions.iter().map(|&version| version.to_owned()));
        self
    }

    /// So many bytes between its segments and the rest, and as many unused names.
    #[must_use]
    pub fn padding(mut self, bytes: usize) -> Self {
        self.padding = bytes;
        self
    }

    fn name(mut self, tag: u64, name: &str) -> Self {
        self.names.push((tag, name.to_owned()));
        self
    }

    /// The file.
    ///
    /// # Panics
    ///
    /// It has more versions or segments than fit into 16 bits.
    pub fn bytes(&self) -> Vec<u8> {
        let mut names = Names::default();
        names.0.resize(self.padding, b'x');
        names.0.push(0);
        names.0[0] = 0;
        let tags: Vec<(u64, u64)> =
            self.names.iter().map(|(tag, name)| (*tag, names.add(name))).collect();
        let wants = self.wanted(&mut names);
        let has = self.had(&mut names);
        let (header_size, segment_size) = if self.bits_32 { (52, 32) } else { (64, 56) };
        let segments = if self.is_static { 1 } else { 3 };
        let interpreter = header_size + segment_size * segments;
        let path = self.interpreter.clone().map(|path| path + "\0").unwrap_or_default();
        let start = (interpreter + path.len() + self.padding).next_multiple_of(8);
        let wants_at = (start + names.0.len()).next_multiple_of(8);
        let has_at = (wants_at + wants.len()).next_multiple_of(8);
        let dynamic_at = (has_at + has.len()).next_multiple_of(8);
        let mut dynamic = Writer::of(self);
        let address = |place: usize| BASE + place as u64;
        let mut entries = tags;
        entries.push((DT_STRTAB, address(start)));
        entries.push((DT_STRSZ, names.0.len() as u64));
        if !wants.is_empty() {
            let count = self.wants.len() as u64;
            entries.extend([(DT_VERNEED, address(wants_at)), (DT_VERNEEDNUM, count)]);
        }
        if !has.is_empty() {
            let count = self.has.len() as u64 + 1;
            entries.extend([(DT_VERDEF, address(has_at)), (DT_VERDEFNUM, count)]);
        }
        entries.push((DT_NULL, 0));
        for (tag, value) in entries {
            dynamic.word(tag);
            dynamic.word(value);
        }
        let length = if self.is_static { interpreter } else { dynamic_at + dynamic.bytes.len() };

        let mut file = Writer::of(self);
        let class = if self.bits_32 { 1 } else { 2 };
        let order = if self.big_endian { 2 } else { 1 };
        file.bytes.extend(b"\x7fELF");
        file.bytes.extend([class, order, 1]);
        file.bytes.resize(16, 0);
        file.half(if self.is_fixed { ET_EXEC } else { ET_DYN });
        file.half(u16::from(self.machine));
        file.int(1);
        file.word(0);
        file.word(header_size as u64);
        file.word(0);
        file.int(0);
        for half in [header_size, segment_size, segments, 0, 0, 0] {
            file.half(u16::try_from(half).expect("small sizes"));
        }
        file.segment(PT_LOAD, 0, length);
        if !self.is_static {
            file.segment(PT_DYNAMIC, dynamic_at, dynamic.bytes.len());
            // A library has a segment of no kind in its place.
            let kind = if path.is_empty() { 0 } else { PT_INTERP };
            file.segment(kind, interpreter, path.len());
            file.bytes.extend(path.as_bytes());
            for (place, part) in [
                (start, &names.0),
                (wants_at, &wants),
                (has_at, &has),
                (dynamic_at, &dynamic.bytes),
            ] {
                file.bytes.resize(place, 0);
                file.bytes.extend(part);
            }
        }
        file.bytes
    }

    fn wanted(&self, names: &mut Names) -> Vec<u8> {
        let mut writer = Writer::of(self);
        for (place, (library, versions)) in self.wants.iter().enumerate() {
            let size = 16 * (1 + versions.len());
            writer.half(1);
            writer.half(u16::try_from(versions.len()).expect("few versions"));
            writer.int(names.add(library));
            writer.int(16);
            writer.int(if place + 1 == self.wants.len() { 0 } else { size as u64 });
            for (place, (version, is_weak)) in versions.iter().enumerate() {
                writer.int(0);
                writer.half(if *is_weak { 2 } else { 0 });
                writer.half(2);
                writer.int(names.add(version));
                writer.int(if place + 1 == versions.len() { 0 } else { 16 });
            }
        }
        writer.bytes
    }

    fn had(&self, names: &mut Names) -> Vec<u8> {
        let mut writer = Writer::of(self);
        if self.has.is_empty() {
            return writer.bytes;
        }
        let own = "own".to_owned();
        let all = [&own].into_iter().chain(&self.has);
        for (place, version) in all.enumerate() {
            writer.half(1);
            writer.half(u16::from(place == 0));
            writer.half(u16::try_from(place + 1).expect("few versions"));
            writer.half(1);
            writer.int(0);
            writer.int(20);
            writer.int(if place == self.has.len() { 0 } else { 28 });
            writer.int(names.add(version));
            writer.int(0);
        }
        writer.bytes
    }
}

/// A table of names.
#[derive(Default)]
struct Names(Vec<u8>);

impl Names {
    fn add(&mut self, name: &str) -> u64 {
        let place = self.0.len() as u64;
        self.0.extend(name.as_bytes());
        self.0.push(0);
        place
    }
}

/// Writes numbers as a processor has them.
struct Writer {
    bytes: Vec<u8>,
    bits_32: bool,
    big_endian: bool,
}

impl Writer {
    fn of(elf: &Elf) -> Self {
        Self { bytes: Vec::new(), bits_32: elf.bits_32, big_endian: elf.big_endian }
    }

    fn number(&mut self, value: u64, size: usize) {
        if self.big_endian {
            self.bytes.extend(&value.to_be_bytes()[8 - size..]);
        } else {
            self.bytes.extend(&value.to_le_bytes()[..size]);
        }
    }

    fn half(&mut self, value: u16) {
        self.number(value.into(), 2);
    }

    fn int(&mut self, value: u64) {
        self.number(value, 4);
    }

    fn word(&mut self, value: u64) {
        self.number(value, if self.bits_32 { 4 } else { 8 });
    }

    fn segment(&mut self, kind: u32, place: usize, length: usize) {
        let (place, length) = (place as u64, length as u64);
        self.int(kind.into());
        if !self.bits_32 {
            self.int(4);
        }
        for value in [place, BASE + place, BASE + place, length, length] {
            self.word(value);
        }
        if self.bits_32 {
            self.int(4);
        }
        self.word(1);
    }
}
