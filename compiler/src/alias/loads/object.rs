//! What an ELF file says of itself: its interpreter, the libraries that it needs, and the versions of symbols that it
//! wants of them or has.
//!
//! Headers, segments and the dynamic section are read by the crate `elf`, which reads both sizes and byte orders from
//! plain bytes. The chains of versions are walked here: the crate's iterators end without a word where a chain is cut,
//! and a cut chain is one that must be read on. Sections aren't looked at: loaders don't either, and `strip` may have
//! taken them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::task::{Poll, ready};

use ::elf::abi;
use ::elf::dynamic::DynamicTable;
use ::elf::endian::{AnyEndian, EndianParse as _};
use ::elf::file::{Class, FileHeader, parse_ident};
use ::elf::segment::{ProgramHeader, SegmentTable};

use super::Stop;
use super::pieces::{self, Pieces};
use crate::alias::elf;

/// How much is read of the start of a file, in bytes: the header, and nearly always the segments and the interpreter.
pub const HEAD: u64 = 4096;
/// How many segments a file may have.
pub const MAX_SEGMENTS: u16 = 1024;
/// How large a dynamic section may be, in bytes.
pub const MAX_DYNAMIC: u64 = 256 << 10;
/// How many libraries a file may need.
pub const MAX_NEEDED: usize = 1024;
/// How many versions a file may want or have.
pub const MAX_VERSIONS: usize = 8192;
/// How long a name may be, in bytes, with its end.
pub const MAX_NAME: u64 = 4096;

/// A table of names that is no larger is read as a whole, in bytes.
const SMALL_NAMES: u64 = 64 << 10;
/// How much of a chain of versions is read first, in bytes, and then.
const VERSIONS: [u64; 2] = [4 << 10, 256 << 10];
/// Sizes of the parts of such chains, in bytes.
const NEED: usize = 16;
const DEFINITION: usize = 20;

/// Reads a part of a file: where it begins and how many bytes it has, at least one. Fewer come where the file ends.
pub type Reader<'a> = dyn FnMut(u64, u64) -> Result<Poll<Arc<[u8]>>, Stop> + 'a;

/// An ELF file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object {
    /// What it is for, see [`elf::architecture`].
    pub architecture: String,
    /// Whether it is an executable or a library, and not a part of one.
    pub is_loadable: bool,
    /// The program that loads it; `None` of static executables and of libraries.
    pub interpreter: Option<String>,
    /// The libraries that it needs, in their order.
    pub needed: Vec<String>,
    /// The name that others need it by.
    pub soname: Option<String>,
    /// Where it has libraries looked for, also those of its libraries; what has [`Self::runpath`] has none.
    pub rpath: Option<String>,
    /// Where it has its own libraries looked for.
    pub runpath: Option<String>,
    /// Whether the usual directories are none for it.
    pub no_default: bool,
    /// The versions that it wants.
    pub wants: Vec<Wants>,
    /// The versions that it has.
    pub has: BTreeSet<String>,
}

/// The versions that are wanted of a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wants {
    /// The library, as it is needed.
    pub of: String,
    /// Those without which nothing starts.
    pub versions: Vec<String>,
}

/// Whether these are the first bytes of an ELF file.
pub fn is_elf(head: &[u8]) -> bool {
    head.starts_with(&abi::ELFMAGIC)
}

/// Reads what an ELF file says of itself: three requests for most.
///
/// # Errors
///
/// It is broken, or beyond the limits.
pub fn read(reader: &mut Reader<'_>) -> Poll<Result<Object, Stop>> {
    let head = ready!(pieces::one(reader, 0, HEAD))?;
    let Some(architecture) = elf::architecture(&head) else {
        return Poll::Ready(Err(broken("it is no ELF file")));
    };
    let cut = || broken("its header is cut short");
    let ident = head.get(..abi::EI_NIDENT).ok_or_else(cut)?;
    let ident = parse_ident::<AnyEndian>(ident).map_err(|_| broken("its header is none"))?;
    let tail = head.get(abi::EI_NIDENT..).unwrap_or_default();
    let header = FileHeader::parse_tail(ident, tail).map_err(|_| cut())?;
    // What was read already isn't read again: small files have all of it there.
    let mut known = |offset: u64, length: u64| match within(&head, offset, length) {
        Some(part) => Ok(Poll::Ready(part.into())),
        None => reader(offset, length),
    };
    let reader: &mut Reader<'_> = &mut known;
    let segments = ready!(segments(reader, &header))?;
    let interpreter = segments.iter().find(|segment| segment.p_type == abi::PT_INTERP);
    let dynamic = segments.iter().find(|segment| segment.p_type == abi::PT_DYNAMIC);
    // Both are asked for before either is waited for.
    let interpreter = interpreter.map(|segment| interpreter_of(reader, segment));
    let dynamic = dynamic.map(|segment| dynamic_of(reader, segment, &header));
    let interpreter = match interpreter {
        Some(interpreter) => Some(ready!(interpreter)?),
        None => None,
    };
    let dynamic = match dynamic {
        Some(dynamic) => ready!(dynamic)?,
        None => Dynamic::default(),
    };
    let is_loadable = matches!(header.e_type, abi::ET_EXEC | abi::ET_DYN);
    let object = Object { architecture, is_loadable, interpreter, ..Object::default() };
    dynamic.read(reader, &segments, &header, object)
}

fn broken(words: &str) -> Stop {
    Stop::Broken(words.to_owned())
}

/// A part of a file of which the start is known, where that has it, or all of the file.
fn within(head: &[u8], start: u64, length: u64) -> Option<&[u8]> {
    let first = usize::try_from(start).ok()?;
    let end = first.checked_add(usize::try_from(length).ok()?)?;
    if (head.len() as u64) < HEAD {
        let rest = head.get(first..).unwrap_or_default();
        return Some(&rest[..rest.len().min(end - first)]);
    }
    head.get(first..end)
}

fn segments(
    reader: &mut Reader<'_>,
    header: &FileHeader<AnyEndian>,
) -> Poll<Result<Vec<ProgramHeader>, Stop>> {
    let size: u16 = if header.class == Class::ELF32 { 32 } else { 56 };
    let count = header.e_phnum;
    if count == 0 {
        return Poll::Ready(Ok(Vec::new()));
    }
    if count > MAX_SEGMENTS {
        return Poll::Ready(Err(Stop::Unknown(format!(
            "it has more than {MAX_SEGMENTS} segments (MAX_SEGMENTS)"
        ))));
    }
    if header.e_phentsize != size {
        return Poll::Ready(Err(broken("its segments have another size than segments have")));
    }
    let length = u64::from(size) * u64::from(count);
    let table = ready!(pieces::one(reader, header.e_phoff, length))?;
    if table.len() as u64 != length {
        return Poll::Ready(Err(broken("it is cut short")));
    }
    let table = SegmentTable::new(header.endianness, header.class, &table);
    Poll::Ready(Ok(table.iter().collect()))
}

fn interpreter_of(reader: &mut Reader<'_>, segment: &ProgramHeader) -> Poll<Result<String, Stop>> {
    if !(2..=MAX_NAME).contains(&segment.p_filesz) {
        return Poll::Ready(Err(broken("its interpreter has no name")));
    }
    let bytes = ready!(pieces::one(reader, segment.p_offset, segment.p_filesz))?;
    let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    Poll::Ready(match str::from_utf8(name) {
        Ok(name) if name.starts_with('/') && bytes.last() == Some(&0) => Ok(name.to_owned()),
        Ok(name) if bytes.last() == Some(&0) => {
            Err(Stop::Unknown(format!("its interpreter {name} is looked for where it is started")))
        }
        _ => Err(broken("its interpreter has no name")),
    })
}

/// What a dynamic section says.
#[derive(Debug, Default)]
struct Dynamic {
    /// Places in the table of names.
    needed: Vec<u64>,
    soname: Option<u64>,
    rpath: Option<u64>,
    runpath: Option<u64>,
    no_default: bool,
    /// Addresses in memory; of the names also how many bytes there are.
    names: Option<u64>,
    names_size: u64,
    wants: Option<u64>,
    has: Option<u64>,
}

fn dynamic_of(
    reader: &mut Reader<'_>,
    segment: &ProgramHeader,
    header: &FileHeader<AnyEndian>,
) -> Poll<Result<Dynamic, Stop>> {
    let mut dynamic = Dynamic::default();
    if segment.p_filesz > MAX_DYNAMIC {
        return Poll::Ready(Err(Stop::Unknown(format!(
            "its dynamic section has more than {MAX_DYNAMIC} bytes (MAX_DYNAMIC)"
        ))));
    }
    let bytes = ready!(pieces::one(reader, segment.p_offset, segment.p_filesz))?;
    if bytes.len() as u64 != segment.p_filesz {
        return Poll::Ready(Err(broken("it is cut short")));
    }
    for entry in DynamicTable::new(header.endianness, header.class, &bytes).iter() {
        let value = entry.d_val();
        match entry.d_tag {
            abi::DT_NULL => break,
            abi::DT_NEEDED => dynamic.needed.push(value),
            abi::DT_SONAME => dynamic.soname = Some(value),
            abi::DT_RPATH => dynamic.rpath = Some(value),
            abi::DT_RUNPATH => dynamic.runpath = Some(value),
            abi::DT_STRTAB => dynamic.names = Some(value),
            abi::DT_STRSZ => dynamic.names_size = value,
            abi::DT_VERNEED => dynamic.wants = Some(value),
            abi::DT_VERDEF => dynamic.has = Some(value),
            abi::DT_FLAGS_1 => dynamic.no_default = value & abi::DF_1_NODEFLIB as u64 != 0,
            _ => {}
        }
    }
    if dynamic.needed.len() > MAX_NEEDED {
        return Poll::Ready(Err(Stop::Unknown(format!(
            "it needs more than {MAX_NEEDED} libraries (MAX_NEEDED)"
        ))));
    }
    Poll::Ready(Ok(dynamic))
}

impl Dynamic {
    /// Reads the names and versions.
    fn read(
        &self,
        reader: &mut Reader<'_>,
        segments: &[ProgramHeader],
        header: &FileHeader<AnyEndian>,
        object: Object,
    ) -> Poll<Result<Object, Stop>> {
        let Some(names) = self.names else { return Poll::Ready(Ok(object)) };
        let outside = || broken("its dynamic section leads out of the file");
        let place = |address: u64| place_of(segments, address).ok_or_else(outside);
        let names = place(names)?..place(names)?.saturating_add(self.names_size);
        let wants = self.wants.map(place).transpose()?;
        let has = self.has.map(place).transpose()?;
        let mut own: Vec<u64> = self.needed.clone();
        own.extend([self.soname, self.rpath, self.runpath].into_iter().flatten());
        if own.iter().any(|name| *name >= self.names_size) {
            return Poll::Ready(Err(outside()));
        }
        let chain = |start: u64, size: u64| start..start.saturating_add(size);
        let [first, all] = VERSIONS;
        // The names of versions are there as well, where the table is read as a whole.
        let any = own.iter().copied().chain(wants).chain(has);
        let any = if names.end - names.start <= SMALL_NAMES { any.collect() } else { own.clone() };
        let mut ranges = name_ranges(&names, any.into_iter());
        ranges.extend(wants.into_iter().chain(has).map(|start| chain(start, first)));
        let read = ready!(Pieces::read(reader, ranges))?;
        let walked = |pieces: &Pieces| -> Result<_, Cut> {
            let from = |start: u64| pieces.from(start).unwrap_or_default();
            let wants = wants.map(|start| needs(header.endianness, from(start))).transpose()?;
            let has = has.map(|start| definitions(header.endianness, from(start))).transpose()?;
            Ok((wants.unwrap_or_default(), has.unwrap_or_default()))
        };
        let (wanted, had) = match walked(&read) {
            Ok(walked) => walked,
            Err(Cut::Limit) => return Poll::Ready(Err(limit())),
            Err(Cut::End) => {
                let ranges = wants.into_iter().chain(has).map(|start| chain(start, all)).collect();
                let read = ready!(Pieces::read(reader, ranges))?;
                match walked(&read) {
                    Ok(walked) => walked,
                    Err(Cut::Limit) => return Poll::Ready(Err(limit())),
                    Err(Cut::End) => {
                        return Poll::Ready(Err(broken("its versions lead out of the file")));
                    }
                }
            }
        };
        let of_versions = wanted.iter().flat_map(|(file, of)| [file].into_iter().chain(of));
        let of_versions: Vec<u64> = of_versions.chain(&had).map(|name| u64::from(*name)).collect();
        if of_versions.iter().any(|name| *name >= self.names_size) {
            return Poll::Ready(Err(broken("its versions lead out of the file")));
        }
        let unread: Vec<u64> = of_versions
            .iter()
            .copied()
            .filter(|name| name_at(&read, names.start.saturating_add(*name)).is_none())
            .collect();
        let more = ready!(Pieces::read(reader, name_ranges(&names, unread.into_iter())))?;
        let name = |offset: u64| -> Result<String, Stop> {
            let at = names.start.saturating_add(offset);
            let name = name_at(&read, at).or_else(|| name_at(&more, at));
            let name = name.ok_or_else(|| {
                Stop::Unknown(format!("a name in it is longer than {MAX_NAME} bytes (MAX_NAME)"))
            })?;
            String::from_utf8(name.to_vec())
                .map_err(|_| Stop::Unknown("a name in it is no text".to_owned()))
        };
        let mut object = object;
        object.needed = self.needed.iter().map(|offset| name(*offset)).collect::<Result<_, _>>()?;
        object.soname = self.soname.map(name).transpose()?;
        object.runpath = self.runpath.map(name).transpose()?;
        object.rpath = self.rpath.filter(|_| self.runpath.is_none()).map(name).transpose()?;
        object.no_default = self.no_default;
        for (of, versions) in wanted {
            let versions = versions.iter().map(|offset| name(u64::from(*offset)));
            let versions = versions.collect::<Result<_, _>>()?;
            object.wants.push(Wants { of: name(u64::from(of))?, versions });
        }
        for offset in had {
            object.has.insert(name(u64::from(offset))?);
        }
        Poll::Ready(Ok(object))
    }
}

fn limit() -> Stop {
    Stop::Unknown(format!("it has more than {MAX_VERSIONS} versions (MAX_VERSIONS)"))
}

/// Where in the file an address in memory is.
fn place_of(segments: &[ProgramHeader], address: u64) -> Option<u64> {
    let mut loaded = segments.iter().filter(|segment| segment.p_type == abi::PT_LOAD);
    loaded.find_map(|segment| {
        let within = address.checked_sub(segment.p_vaddr)?;
        (within < segment.p_filesz).then(|| segment.p_offset.checked_add(within)).flatten()
    })
}

/// What to read for names.
fn name_ranges(table: &Range<u64>, names: impl Iterator<Item = u64>) -> Vec<Range<u64>> {
    let mut names = names.peekable();
    if names.peek().is_none() {
        return Vec::new();
    }
    if table.end - table.start <= SMALL_NAMES {
        return vec![table.clone()];
    }
    names
        .map(|name| {
            let start = table.start.saturating_add(name);
            start..start.saturating_add(MAX_NAME).min(table.end)
        })
        .collect()
}

/// The name at a place of a file, as far as that was read.
fn name_at(pieces: &Pieces, at: u64) -> Option<&[u8]> {
    let rest = pieces.from(at)?;
    let rest = &rest[..rest.len().min(usize::try_from(MAX_NAME).unwrap_or(usize::MAX))];
    let end = rest.iter().position(|byte| *byte == 0)?;
    Some(&rest[..end])
}

/// Why a chain of versions was not walked to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// It leads out of what was read.
    End,
    /// It has more than [`MAX_VERSIONS`].
    Limit,
}

/// A walk along a chain of versions.
struct Walk<'a> {
    endian: AnyEndian,
    bytes: &'a [u8],
    left: usize,
}

impl Walk<'_> {
    /// Numbers of 32 bits from a place on, where there is a whole record.
    fn numbers<const N: usize>(
        &mut self,
        at: usize,
        size: usize,
        skipped: usize,
    ) -> Result<[u32; N], Cut> {
        self.left = self.left.checked_sub(1).ok_or(Cut::Limit)?;
        let record =
            at.checked_add(size).and_then(|end| self.bytes.get(at..end)).ok_or(Cut::End)?;
        let mut offset = skipped;
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = self.endian.parse_u32_at(&mut offset, record).map_err(|_| Cut::End)?;
        }
        Ok(numbers)
    }

    fn half(&self, at: usize) -> Result<u16, Cut> {
        let mut at = at;
        self.endian.parse_u16_at(&mut at, self.bytes).map_err(|_| Cut::End)
    }
}

/// How far the next record is, if there is one.
fn next(at: usize, distance: u32) -> Result<Option<usize>, Cut> {
    if distance == 0 {
        return Ok(None);
    }
    let next = usize::try_from(distance).ok().and_then(|distance| at.checked_add(distance));
    next.map(Some).ok_or(Cut::End)
}

/// The places of the names of libraries, each with those of the versions that are wanted of it.
fn needs(endian: AnyEndian, bytes: &[u8]) -> Result<Vec<(u32, Vec<u32>)>, Cut> {
    let mut walk = Walk { endian, bytes, left: MAX_VERSIONS };
    let mut needs = Vec::new();
    let mut at = Some(0);
    while let Some(need) = at {
        let [file, first, distance] = walk.numbers(need, NEED, 4)?;
        let mut versions = Vec::new();
        let mut inner = next(need, first)?;
        while let Some(version) = inner {
            let [name, distance] = walk.numbers(version, NEED, 8)?;
            let flags = walk.half(version.saturating_add(4))?;
            if flags & abi::VER_FLG_WEAK == 0 {
                versions.push(name);
            }
            inner = next(version, distance)?;
        }
        needs.push((file, versions));
        at = next(need, distance)?;
    }
    Ok(needs)
}

/// The places of the names of versions.
fn definitions(endian: AnyEndian, bytes: &[u8]) -> Result<Vec<u32>, Cut> {
    let mut walk = Walk { endian, bytes, left: MAX_VERSIONS };
    let mut names = Vec::new();
    let mut at = Some(0);
    while let Some(definition) = at {
        let [first, distance] = walk.numbers(definition, DEFINITION, 12)?;
        let flags = walk.half(definition.saturating_add(2))?;
        // That one is the file's own name.
        if flags & abi::VER_FLG_BASE == 0
            && let Some(name) = next(definition, first)?
        {
            let [name] = walk.numbers(name, 8, 0)?;
            names.push(name);
        }
        at = next(definition, distance)?;
    }
    Ok(names)
}
