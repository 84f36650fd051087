//! A member of an export, read line by line, and hashed as it goes by.
use sha2::{Digest, Sha256};

use super::finding::{Fault, fault};
use super::merkle::Hash;
use super::zip::{Bytes, Member, Reader, Zip};

pub(super) const CHUNK: usize = 1 << 18;
/// Longer than any entry (65,535 bytes, c2sp.org/tlog-tiles) or line of personal values may be.
pub(super) const LONGEST_LINE: usize = 4 << 20;

/// Reads lines, or bytes, and hashes all it has read.
pub(super) struct Lines<'a, B> {
    name: &'a str,
    reader: Reader<'a, B>,
    hash: Sha256,
    pub buffer: Vec<u8>,
    at: usize,
}

impl<'a, B: Bytes> Lines<'a, B> {
    pub async fn open(zip: &'a Zip<B>, member: &'a Member) -> Result<Self, Fault> {
        let reader = zip.reader(member).await?;
        Ok(Self { name: &member.name, reader, hash: Sha256::new(), buffer: Vec::new(), at: 0 })
    }

    pub async fn more(&mut self) -> Result<bool, Fault> {
        let part = self.reader.next(CHUNK).await?;
        self.hash.update(&part);
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(&part);
        Ok(!part.is_empty())
    }

    /// The place of the next line in the buffer, without its end.
    pub async fn next(&mut self) -> Result<Option<std::ops::Range<usize>>, Fault> {
        let mut looked = 0;
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.buffer[self.at + looked..]) {
                let from = self.at;
                self.at += looked + end + 1;
                return Ok(Some(from..self.at - 1));
            }
            looked = self.buffer.len() - self.at;
            if looked > LONGEST_LINE {
                return Err(fault(self.name, "a line is longer than any of the log can be"));
            }
            if !self.more().await? {
                return if looked == 0 { Ok(None) } else { Err(fault(self.name, "its last line is cut off")) };
            }
        }
    }

    /// Whether these bytes come next.
    pub async fn expect(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        while self.buffer.len() - self.at < bytes.len() {
            if !self.more().await? {
                return Ok(false);
            }
        }
        let same = &self.buffer[self.at..self.at + bytes.len()] == bytes;
        self.at += bytes.len();
        Ok(same)
    }

    /// Whether all has been read; the hash of it.
    pub async fn end(mut self) -> Result<(bool, Hash), Fault> {
        let mut clean = self.at == self.buffer.len();
        self.at = self.buffer.len();
        while self.more().await? {
            clean = false;
            self.at = self.buffer.len();
        }
        Ok((clean, self.hash.finalize().into()))
    }

    /// Reads on to the end, whatever stands there; the hash of all of it.
    pub async fn hashed(mut self) -> Result<Hash, Fault> {
        while self.more().await? {
            self.at = self.buffer.len();
        }
        Ok(self.hash.finalize().into())
    }
}
