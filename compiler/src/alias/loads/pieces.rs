//! Parts of a file, read with few requests.

use std::ops::Range;
use std::sync::Arc;
use std::task::{Poll, ready};

use super::Stop;
use super::object::Reader;

/// Parts with so many bytes between them, or fewer, are read as one.
const GAP: u64 = 8 << 10;
/// The most that is read at once, in bytes.
const MAX_PIECE: u64 = 1 << 20;
/// How many parts of a file are read for one purpose.
const MAX_PIECES: usize = 64;

/// Parts of a file.
#[derive(Debug, Default)]
pub(super) struct Pieces(Vec<(u64, Arc<[u8]>)>);

impl Pieces {
    /// Reads ranges of a file, those that are near each other together.
    ///
    /// # Errors
    ///
    /// They are too many, or too far apart, or cannot be read.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        ranges: Vec<Range<u64>>,
    ) -> Poll<Result<Self, Stop>> {
        let mut pieces = Vec::new();
        let mut open = false;
        for range in joined(ranges)? {
            match reader(range.start, range.end - range.start)? {
                Poll::Pending => open = true,
                Poll::Ready(bytes) => pieces.push((range.start, bytes)),
            }
        }
        if open { Poll::Pending } else { Poll::Ready(Ok(Self(pieces))) }
    }

    /// What is known of the file from `start` on, to the end of its part.
    pub(super) fn from(&self, start: u64) -> Option<&[u8]> {
        self.0.iter().find_map(|(first, bytes)| {
            let at = usize::try_from(start.checked_sub(*first)?).ok()?;
            bytes.get(at..).filter(|rest| !rest.is_empty())
        })
    }
}

/// Ranges in order, those that are near each other joined.
fn joined(ranges: Vec<Range<u64>>) -> Result<Vec<Range<u64>>, Stop> {
    let mut joined: Vec<Range<u64>> = Vec::new();
    for mut range in ranges.into_iter().filter(|range| !range.is_empty()) {
        // Joined at once, there are never more than may be read.
        let first = joined.partition_point(|known| known.end.saturating_add(GAP) < range.start);
        let near = joined[first..].iter();
        let count = near.take_while(|near| near.start <= range.end.saturating_add(GAP)).count();
        for near in joined.drain(first..first + count) {
            range = range.start.min(near.start)..range.end.max(near.end);
        }
        if range.end - range.start > MAX_PIECE {
            return Err(too_large());
        }
        joined.insert(first, range);
        if joined.len() > MAX_PIECES {
            return Err(Stop::Unknown(format!(
                "what it says is in more than {MAX_PIECES} parts of the file (MAX_PIECES)"
            )));
        }
    }
    Ok(joined)
}

fn too_large() -> Stop {
    Stop::Unknown(format!("what it says takes more than {MAX_PIECE} bytes to read (MAX_PIECE)"))
}

/// Reads one range. Fewer bytes mean that the file ends.
pub(super) fn one(
    reader: &mut Reader<'_>,
    start: u64,
    length: u64,
) -> Poll<Result<Arc<[u8]>, Stop>> {
    if length > MAX_PIECE {
        return Poll::Ready(Err(too_large()));
    }
    if length == 0 {
        return Poll::Ready(Ok([].into()));
    }
    Poll::Ready(Ok(ready!(reader(start, length)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_one() {
        let read = joined(vec![100..200, 0..10, 5..20, 20 << 10..21 << 10, 7..7]).unwrap();
        assert_eq!(read, [0..200, 20 << 10..21 << 10]);
        // One that is between two others joins them.
        let one = joined(vec![0..1, 16 << 10..17 << 10, 8 << 10..9 << 10]).unwrap();
        assert_eq!((one.len(), one[0].clone()), (1, 0..17 << 10));
        assert!(joined(Vec::from_iter([0..MAX_PIECE, 1..MAX_PIECE + 1])).is_err());
        let far = (0..=MAX_PIECES as u64).map(|place| place << 20..(place << 20) + 1).collect();
        assert!(joined(far).is_err());
    }
}
