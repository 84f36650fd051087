//! A member of an export, read line by line, and hashed as it goes by.
use sha2::{Digest, Sha256};

use super::finding::{Fault, fault};
use super::merkle::Hash;
use super::zip::{Bytes, Member, Reader, Zip};

pub(super) const CHUNK: usize = 1 << 18;
/// Longer than any entry (65,535 bytes, c2sp.org/tlog-tiles) or line of personal values may be.
pub(super) const LONGEST_LINE: usize = 4 << 20;

/// The hash of a member as it goes by. Of a long one it is taken beside: its lines are hashed a second time for the tree meanwhile,
/// and a machine that has another core has nothing else for it to do. A browser's page has only the one.
enum Sum {
    Here(Sha256),
    #[cfg(not(target_family = "wasm"))]
    Beside(std::sync::mpsc::SyncSender<Vec<u8>>, std::thread::JoinHandle<Hash>),
}

/// Shorter than this, a thread costs more than it saves.
#[cfg(not(target_family = "wasm"))]
const WORTH_A_THREAD: u64 = 4 * CHUNK as u64;

impl Sum {
    #[cfg(target_family = "wasm")]
    fn new(_: u64) -> Self {
        Self::Here(Sha256::new())
    }

    #[cfg(not(target_family = "wasm"))]
    fn new(len: u64) -> Self {
        if len < WORTH_A_THREAD {
            return Self::Here(Sha256::new());
        }
        let (parts, taken) = std::sync::mpsc::sync_channel::<Vec<u8>>(4);
        let hashing = std::thread::Builder::new().name("sum".to_owned()).spawn(move || {
            let mut hash = Sha256::new();
            taken.into_iter().for_each(|part| hash.update(part));
            hash.finalize().into()
        });
        // A machine that gives no more threads checks all the same.
        hashing.map_or_else(|_| Self::Here(Sha256::new()), |hashing| Self::Beside(parts, hashing))
    }

    fn take(&mut self, part: Vec<u8>) {
        match self {
            Self::Here(hash) => hash.update(part),
            #[cfg(not(target_family = "wasm"))]
            // It takes them until the sender is gone, so this never fails.
            Self::Beside(parts, _) => drop(parts.send(part)),
        }
    }

    fn end(self) -> Option<Hash> {
        match self {
            Self::Here(hash) => Some(hash.finalize().into()),
            #[cfg(not(target_family = "wasm"))]
            Self::Beside(parts, hashing) => {
                drop(parts);
                hashing.join().ok()
            }
        }
    }
}

/// Reads lines, or bytes, and hashes all it has read.
pub(super) struct Lines<'a, B> {
    name: &'a str,
    reader: Reader<'a, B>,
    sum: Sum,
    pub buffer: Vec<u8>,
    at: usize,
}

impl<'a, B: Bytes> Lines<'a, B> {
    pub async fn open(zip: &'a Zip<B>, member: &'a Member) -> Result<Self, Fault> {
        let reader = zip.reader(member).await?;
        Ok(Self { name: &member.name, reader, sum: Sum::new(member.len), buffer: Vec::new(), at: 0 })
    }

    pub async fn more(&mut self) -> Result<bool, Fault> {
        let part = self.reader.next(CHUNK).await?;
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(&part);
        let more = !part.is_empty();
        self.sum.take(part);
        Ok(more)
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
        Ok((clean, self.hash()?))
    }

    /// Reads on to the end, whatever stands there; the hash of all of it.
    pub async fn hashed(mut self) -> Result<Hash, Fault> {
        while self.more().await? {
            self.at = self.buffer.len();
        }
        self.hash()
    }

    fn hash(self) -> Result<Hash, Fault> {
        self.sum.end().ok_or_else(|| fault(self.name, "it could not be hashed"))
    }
}
