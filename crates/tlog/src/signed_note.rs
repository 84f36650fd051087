//! Signed notes (c2sp.org/signed-note): a text, followed by its signatures. One file, because notes, signatures and
//! keys are one grammar, with the same names, key IDs and base64. Checkpoints of the log are such notes
//! (c2sp.org/tlog-checkpoint), and witnesses countersign them (c2sp.org/tlog-cosignature). Go's `sumdb/note` reads the
//! same format.
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};

use crate::merkle::Hash;

/// The kind of a signature over the note's text.
const ED25519: u8 = 1;
/// The kind of a witness's signature over the time and a checkpoint.
const COSIGNATURE: u8 = 4;
/// Maximum length of a note. Nothing that the desk signs or reads is longer; c2sp.org/signed-note asks for a limit.
const LONGEST: usize = 1 << 20;
const MOST_SIGNATURES: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("this is not a signed note: {0}")]
    Form(&'static str),
    #[error("this is not a key: {0}")]
    Key(&'static str),
}

/// A public key with its name: `name+hash+key`, as printed where the key was created.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    pub name: String,
    kind: u8,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    /// Tells several keys of one name apart: the beginning of a hash over name and key.
    pub fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', self.kind]);
        hash.update(self.key.as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    pub fn is_witness(&self) -> bool {
        self.kind == COSIGNATURE
    }

    /// `name+hash`, for display.
    pub fn short(&self) -> String {
        format!("{}+{}", self.name, hex::encode(self.id()))
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.kind];
        bytes.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), BASE64.encode(bytes))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;
    fn from_str(text: &str) -> Result<Self, NoteError> {
        if text.trim().starts_with(PRIVATE) {
            return Err(NoteError::Key("it is the private key: give the public one, and keep this one secret"));
        }
        let (name, hash, bytes) = key_parts(text.trim())?;
        let (kind, key) = bytes.split_first().ok_or(NoteError::Key("its last part is empty"))?;
        let key: &[u8; 32] = key.try_into().map_err(|_| NoteError::Key(WRONG_LENGTH))?;
        if !matches!(*kind, ED25519 | COSIGNATURE) {
            return Err(NoteError::Key("it is of an unknown kind"));
        }
        let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| NoteError::Key("not an Ed25519 key"))?;
        let this = Self { name, kind: *kind, key };
        if hex::encode(this.id()) == hash {
            Ok(this)
        } else {
            Err(NoteError::Key("its parts do not belong together: a letter of the name or of the key is wrong"))
        }
    }
}

const WRONG_LENGTH: &str = "it has the wrong length: a part of it is missing, or there is too much";

/// Splits `name+hash+base64`. The name of a private key may not be guessed from a public one, so both are parsed alike.
fn key_parts(text: &str) -> Result<(String, String, Vec<u8>), NoteError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(NoteError::Key(
            "a key has three parts, joined by +: the name of the log, eight digits, and the key",
        ));
    };
    if !is_name(name) {
        return Err(NoteError::Key("its name is missing, or contains spaces"));
    }
    let bytes = BASE64.decode(key).map_err(|error| {
        NoteError::Key(match error {
            base64::DecodeError::InvalidByte(..) => {
                "its last part contains a character that no key has: only letters, digits, + and / are allowed"
            }
            _ => WRONG_LENGTH,
        })
    })?;
    Ok((name.to_owned(), hash.to_owned(), bytes))
}

/// Whether a name can be used: it has a line of its own, and is written between plus signs.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// A signing key. Stored in a file of its own, and never shown.
#[derive(Clone)]
pub struct SignerKey {
    pub name: String,
    kind: u8,
    key: ed25519_dalek::SigningKey,
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier().short())
    }
}

impl SignerKey {
    /// The key of a log, from 32 random bytes.
    pub fn of_log(name: &str, seed: &[u8; 32]) -> Self {
        Self { name: name.to_owned(), kind: ED25519, key: ed25519_dalek::SigningKey::from_bytes(seed) }
    }

    /// The key of a witness.
    pub fn of_witness(name: &str, seed: &[u8; 32]) -> Self {
        Self { kind: COSIGNATURE, ..Self::of_log(name, seed) }
    }

    pub fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), kind: self.kind, key: self.key.verifying_key() }
    }

    /// The content of the key's file.
    pub fn secret_text(&self) -> String {
        let mut bytes = vec![self.kind];
        bytes.extend_from_slice(&self.key.to_bytes());
        let id = hex::encode(self.verifier().id());
        format!("{PRIVATE}{}+{id}+{}\n", self.name, BASE64.encode(bytes))
    }

    fn signature(&self, bytes: Vec<u8>) -> Signature {
        Signature { name: self.name.clone(), id: self.verifier().id(), bytes }
    }

    pub fn sign(&self, text: &str) -> Signature {
        self.signature(self.key.sign(text.as_bytes()).to_bytes().to_vec())
    }

    /// A witness's statement that it saw this checkpoint, and no other, at this time (seconds since 1970).
    pub fn cosign(&self, checkpoint: &str, time: u64) -> Signature {
        let mut bytes = time.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.key.sign(cosigned(checkpoint, time).as_bytes()).to_bytes());
        self.signature(bytes)
    }
}

const PRIVATE: &str = "PRIVATE+KEY+";

impl FromStr for SignerKey {
    type Err = NoteError;
    fn from_str(text: &str) -> Result<Self, NoteError> {
        let rest = text.trim().strip_prefix(PRIVATE).ok_or(NoteError::Key("a signing key begins with PRIVATE+KEY+"))?;
        let (name, hash, bytes) = key_parts(rest)?;
        let (kind, seed) = bytes.split_first().ok_or(NoteError::Key("it is empty"))?;
        if !matches!(*kind, ED25519 | COSIGNATURE) {
            return Err(NoteError::Key("it is of an unknown kind"));
        }
        let seed: &[u8; 32] = seed.try_into().map_err(|_| NoteError::Key("it has the wrong length"))?;
        let this = Self { name, kind: *kind, key: ed25519_dalek::SigningKey::from_bytes(seed) };
        if hex::encode(this.verifier().id()) == hash {
            Ok(this)
        } else {
            Err(NoteError::Key("its parts do not belong together"))
        }
    }
}

fn cosigned(checkpoint: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{checkpoint}")
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub name: String,
    pub id: [u8; 4],
    pub bytes: Vec<u8>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.id.to_vec();
        bytes.extend_from_slice(&self.bytes);
        writeln!(f, "— {} {}", self.name, BASE64.encode(bytes))
    }
}

impl FromStr for Signature {
    type Err = NoteError;
    /// Parses one line, without its line break.
    fn from_str(line: &str) -> Result<Self, NoteError> {
        let rest = line.strip_prefix("— ").ok_or(NoteError::Form("a signature line must begin with a dash"))?;
        let (name, key) =
            rest.split_once(' ').ok_or(NoteError::Form("a signature line must have a name and a signature"))?;
        let bytes = BASE64.decode(key).map_err(|_| NoteError::Form("a signature is not base64"))?;
        let (id, bytes) = bytes.split_first_chunk::<4>().ok_or(NoteError::Form("a signature is too short"))?;
        if !is_name(name) || bytes.is_empty() {
            return Err(NoteError::Form("a signature has no name or no content"));
        }
        Ok(Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
    }
}

/// A text and its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Ends with a line break.
    pub text: String,
    pub signatures: Vec<Signature>,
}

impl Note {
    pub fn signed(text: String, keys: &[SignerKey]) -> Self {
        let signatures = keys.iter().map(|key| key.sign(&text)).collect();
        Self { text, signatures }
    }

    pub fn is_signed_by(&self, key: &VerifierKey) -> bool {
        self.signature_by(key).is_some()
    }

    /// The time of a witness's signature, in seconds since 1970.
    pub fn witnessed_by(&self, key: &VerifierKey) -> Option<u64> {
        let (time, _) = self.signature_by(key)?.bytes.split_first_chunk::<8>()?;
        key.is_witness().then(|| u64::from_be_bytes(*time))
    }

    /// The valid signature of a key. An invalid one next to it makes it count for nothing, as c2sp.org/signed-note
    /// requires.
    fn signature_by(&self, key: &VerifierKey) -> Option<&Signature> {
        let id = key.id();
        let mut found = None;
        for signature in self.signatures.iter().filter(|one| one.name == key.name && one.id == id) {
            let (message, bytes) = if key.is_witness() {
                let (time, bytes) = signature.bytes.split_first_chunk::<8>()?;
                (cosigned(&self.text, u64::from_be_bytes(*time)), bytes)
            } else {
                (self.text.clone(), signature.bytes.as_slice())
            };
            let bytes: &[u8; 64] = bytes.try_into().ok()?;
            // Strict: without the key, no second signature can be derived from a first one.
            key.key.verify_strict(message.as_bytes(), &ed25519_dalek::Signature::from_bytes(bytes)).ok()?;
            found = Some(signature);
        }
        found
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(f))
    }
}

impl FromStr for Note {
    type Err = NoteError;
    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.len() > LONGEST {
            return Err(NoteError::Form("it is too long"));
        }
        if note.contains(|c: char| c.is_control() && c != '\n') {
            return Err(NoteError::Form("it contains control characters"));
        }
        let at = note.rfind("\n\n").ok_or(NoteError::Form("it has no empty line before its signatures"))?;
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        if !lines.ends_with('\n') {
            return Err(NoteError::Form("its last line has no line break"));
        }
        let signatures = lines.lines().take(MOST_SIGNATURES + 1).map(str::parse).collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MOST_SIGNATURES {
            return Err(NoteError::Form("it has too many signatures"));
        }
        Ok(Self { text: text.to_owned(), signatures })
    }
}

/// A statement about a log at one moment: its name, its number of entries, and the root over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let form = |what| NoteError::Form(what);
        let mut lines = text.lines();
        let origin =
            lines.next().filter(|line| !line.is_empty()).ok_or(form("a checkpoint must begin with the log's name"))?;
        let size = lines.next().ok_or(form("a checkpoint must have a size"))?;
        let plain = size == "0" || (!size.starts_with('0') && size.bytes().all(|byte| byte.is_ascii_digit()));
        let size = size.parse().ok().filter(|_| plain).ok_or(form("a checkpoint's size must be a number"))?;
        let root = lines.next().and_then(unbase64).ok_or(form("a checkpoint's root must be 32 bytes in base64"))?;
        if lines.any(str::is_empty) || !text.ends_with('\n') {
            return Err(form("a checkpoint must not have empty lines"));
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }
}

pub fn base64(hash: &Hash) -> String {
    BASE64.encode(hash)
}

pub fn unbase64(text: &str) -> Option<Hash> {
    BASE64.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;

    /// The example of c2sp.org/signed-note and of Go's own documentation of `sumdb/note`.
    const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn what_go_signed_is_read() {
        let (note, key): (Note, VerifierKey) = (GO_NOTE.parse().unwrap(), GO_KEY.parse().unwrap());
        assert!(note.is_signed_by(&key));
        assert_eq!(note.to_string(), GO_NOTE);
        assert_eq!(key.to_string(), GO_KEY);
        let other = Note { text: note.text.replace("answer", "anwser"), ..note };
        assert!(!other.is_signed_by(&key));
    }

    #[test]
    fn a_checkpoint_survives_being_written_signed_and_witnessed() {
        let (log, witness) =
            (SignerKey::of_log("desk.example/log", &[1; 32]), SignerKey::of_witness("w.example", &[2; 32]));
        let checkpoint = Checkpoint { origin: log.name.clone(), size: 48_213, root: [7; 32] };
        let mut note = Note::signed(checkpoint.text(), std::slice::from_ref(&log));
        note.signatures.push(witness.cosign(&note.text, 1_795_000_000));
        let read: Note = note.to_string().parse().unwrap();
        assert_eq!(Checkpoint::parse(&read.text), Ok(checkpoint));
        assert!(read.is_signed_by(&log.verifier()));
        assert_eq!(read.witnessed_by(&witness.verifier()), Some(1_795_000_000));
        assert_eq!(read.witnessed_by(&log.verifier()), None);
        let log: SignerKey = log.secret_text().parse().unwrap();
        let key: VerifierKey = log.verifier().to_string().parse().unwrap();
        assert!(read.is_signed_by(&key));
        assert!(!format!("{log:?}").contains("PRIVATE"));
    }

    #[test]
    fn what_is_no_note_or_key_is_refused() {
        for bad in [
            "",
            "text\n",
            "text\n\n— name\n",
            "text\n\n— name AAAA",
            "text\n\n— name ????\n",
            "te\rxt\n\n— a AAAAAAA=\n",
        ] {
            assert!(bad.parse::<Note>().is_err(), "{bad:?}");
        }
        let flipped = GO_KEY.replace("c74f20a3", "c74f20a4");
        for bad in ["", "a+b", "name+00000000+AA==", flipped.as_str(), "PRIVATE+KEY+x+00000000+AAAA"] {
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad:?}");
        }
        for bad in ["", "o\n1\n", "o\n01\nAAAA\n", "o\n-1\nAAAA\n", "o\n1\nAAAA\n", "\n1\nAAAA\n"] {
            assert!(Checkpoint::parse(bad).is_err(), "{bad:?}");
        }
    }
}
