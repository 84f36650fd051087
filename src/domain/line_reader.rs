//! A member of an export, read line by line and hashed on the way.
use sha2::{Digest, Sha256};

use super::finding::{Fault, fault};
use super::worker::Worker;
use tlog::merkle::Hash;
use tlog::zip::{Bytes, Member, Reader, Zip};

pub(super) const CHUNK: usize = 1 << 18;
/// Longer than any entry (65,535 bytes, c2sp.org/tlog-tiles) or line of personal values can be.
pub(super) const LONGEST_LINE: usize = 4 << 20;

/// A shorter member is hashed before another thread has started.
const WORTH_A_THREAD: u64 = 4 * CHUNK as u64;

/// The running hash of a member. A long member is hashed on another thread: its lines are hashed a second time for the
/// tree meanwhile, and a machine with another core has nothing else for it to do.
type Sum = Worker<Vec<u8>, Sha256>;

fn sum(len: u64) -> Sum {
    Worker::new(len >= WORTH_A_THREAD, "sum", Sha256::new, |hash, part| hash.update(part))
}

/// Reads lines or bytes, and hashes everything that it reads.
pub(super) struct LineReader<'a, B> {
    name: &'a str,
    reader: Reader<'a, B>,
    sum: Sum,
    pub buffer: Vec<u8>,
    at: usize,
}

impl<'a, B: Bytes> LineReader<'a, B> {
    pub async fn open(zip: &'a Zip<B>, member: &'a Member) -> Result<Self, Fault> {
        let reader = zip.reader(member).await?;
        Ok(Self { name: &member.name, reader, sum: sum(member.len), buffer: Vec::new(), at: 0 })
    }

    pub async fn more(&mut self) -> Result<bool, Fault> {
        let part = self.reader.next(CHUNK).await?;
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(&part);
        let more = !part.is_empty();
        self.sum.give(part);
        Ok(more)
    }

    /// The range of the next line in the buffer, without its line break.
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
                return Err(fault(self.name, "a line is longer than any line of a log can be"));
            }
            if !self.more().await? {
                return if looked == 0 { Ok(None) } else { Err(fault(self.name, "its last line is cut off")) };
            }
        }
    }

    /// Whether these bytes come next; if so, skips them.
    pub async fn expect(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        while self.buffer.len() - self.at < bytes.len() {
            if !self.more().await? {
                return Ok(false);
            }
        }
        let same = &self.buffer[self.at..self.at + bytes.len()] == bytes;
        if same {
            self.at += bytes.len();
        }
        Ok(same)
    }

    /// Whether everything had been read, and the hash of all of it.
    pub async fn end(mut self) -> Result<(bool, Hash), Fault> {
        let mut clean = self.at == self.buffer.len();
        self.at = self.buffer.len();
        while self.more().await? {
            clean = false;
            self.at = self.buffer.len();
        }
        Ok((clean, self.hash()?))
    }

    /// Reads to the end, whatever is there, and returns the hash of all of it.
    pub async fn hashed(mut self) -> Result<Hash, Fault> {
        while self.more().await? {
            self.at = self.buffer.len();
        }
        self.hash()
    }

    fn hash(self) -> Result<Hash, Fault> {
        self.sum.end().map(|hash| hash.finalize().into()).ok_or_else(|| fault(self.name, "it could not be hashed"))
    }
}
