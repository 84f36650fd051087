//! A transparency log: its Merkle tree and proofs, signed notes and checkpoints, and the archive of an
//! export. No I/O and no clock, so that a desk, a witness, a page in the browser and a command line check with the same
//! code.
//!
//! | module | format |
//! | --- | --- |
//! | [`merkle`] | RFC 6962 section 2.1 (hashing), RFC 9162 sections 2.1.3 and 2.1.4 (proofs), c2sp.org/tlog-tiles |
//! | [`signed_note`] | c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature |
//! | [`zip`] | zip files with stored members, PKWARE APPNOTE 6.3 |
pub mod merkle;
pub mod signed_note;
pub mod zip;
