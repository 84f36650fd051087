//! Export files: the log as a zip that an auditor can verify, and its tables. They are streamed from one view of the
//! database, in constant memory. The same filter and checkpoint give the same bytes.
pub mod bundle;
pub mod decisions;
pub mod summary;
pub mod table;

use std::io::{self, Write};

use axum::body::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::error::Error;

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("database: {0}")]
    Db(#[from] super::db::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("{0}")]
    Log(String),
}

impl From<ExportError> for Error {
    fn from(broken: ExportError) -> Self {
        match broken {
            ExportError::Db(error) => Self::Db(error),
            other => Self::Internal(format!("an export failed: {other}")),
        }
    }
}

/// What was written, once the export is complete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    pub entries: u64,
    pub bytes: u64,
    /// Hex.
    pub sha256: String,
}

/// Counts and hashes what is written through it.
pub struct HashingWriter<W> {
    inner: W,
    hash: Sha256,
    pub bytes: u64,
}

impl<W: Write> HashingWriter<W> {
    pub fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// Returns the hash of what was written.
    pub fn end(self) -> String {
        hex::encode(self.hash.finalize())
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.hash.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

const PART: usize = 64 << 10;

/// Sends to a response as fast as its reader takes it, from byte `skip` on. Blocks.
pub struct ChannelWriter {
    to: mpsc::Sender<io::Result<Bytes>>,
    part: Vec<u8>,
    skip: u64,
    first: bool,
}

impl ChannelWriter {
    pub fn new(to: mpsc::Sender<io::Result<Bytes>>, skip: u64) -> Self {
        Self { to, part: Vec::with_capacity(PART), skip, first: true }
    }

    fn send(&mut self) -> io::Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART));
        self.first = false;
        self.to.blocking_send(Ok(part.into())).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

impl Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
        self.skip -= skipped as u64;
        self.part.extend_from_slice(&bytes[skipped..]);
        // The first bytes are sent at once, so that a browser shows that something arrives.
        if self.part.len() >= PART || (self.first && self.part.len() > 512) {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}
