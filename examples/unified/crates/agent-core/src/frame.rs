//! Framing: one JSON document a line.

use std::io::{self, BufRead, Write};

use serde::{Serialize, de::DeserializeOwned};

/// The longest line that is read, so that a peer can't fill our memory.
pub const MAX_LINE: usize = 1 << 20;

/// Writes one message and flushes it.
pub fn write<T: Serialize>(mut to: impl Write, message: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

/// Reads the next message; `None` at the end of the stream.
pub fn read<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    loop {
        let available = from.fill_buf()?;
        if available.is_empty() {
            break;
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(available.len(), |at| at + 1);
        line.extend_from_slice(&available[..taken]);
        from.consume(taken);
        if line.len() > MAX_LINE {
            return Err(io::Error::other(format!("a line is longer than {MAX_LINE} bytes")));
        }
        if end.is_some() && !line.trim_ascii().is_empty() {
            break;
        }
    }
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&line).map(Some).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_one_by_one() {
        let mut bytes = Vec::new();
        write(&mut bytes, &[1, 2]).unwrap();
        bytes.extend_from_slice(b"\n");
        write(&mut bytes, &[3]).unwrap();
        let mut from = bytes.as_slice();
        assert_eq!(read::<Vec<u8>>(&mut from).unwrap(), Some(vec![1, 2]));
        assert_eq!(read::<Vec<u8>>(&mut from).unwrap(), Some(vec![3]));
        assert_eq!(read::<Vec<u8>>(&mut from).unwrap(), None);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let long = vec![b'['; MAX_LINE + 2];
        assert!(read::<Vec<u8>>(&mut long.as_slice()).is_err());
    }
}
