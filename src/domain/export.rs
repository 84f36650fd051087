//! Contents of an export of the audit log, and the bytes of its parts. The desk writes them and [`super::verify`]
//! writes them again, so that a table in the export cannot differ from the log.
use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::decision::state::State;
use super::id::DecisionId;
use super::time::Timestamp;
use tlog::merkle::Hash;

/// Members of the zip file.
pub const CHECKPOINT: &str = "checkpoint";
pub const KEY: &str = "key.txt";
pub const VERIFY: &str = "VERIFY.md";
pub const ENTRIES: &str = "entries.jsonl";
pub const PERSONAL: &str = "personal.jsonl";
pub const DECISIONS: &str = "decisions.csv";
pub const MANIFEST: &str = "MANIFEST.sha256";
pub const MANIFEST_NOTE: &str = "MANIFEST.note";
pub const ROTATIONS: &str = "rotations/";
pub const DISCONTINUITIES: &str = "discontinuities/";
pub const PROOFS: &str = "proofs/";
pub const CONSISTENCY: &str = "consistency/";

/// First line of the manifest's note.
pub const MANIFEST_KIND: &str = "countersign-export/v1";
/// First line of the note in which one key hands over to the next.
pub const ROTATION_KIND: &str = "countersign-key-rotation/v1";
/// First line of a proof (c2sp.org/tlog-proof).
pub const PROOF_KIND: &str = "c2sp.org/tlog-proof@v1";

/// A filter on the log. Every field that is set narrows it further.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// An action, or the part before its dot: `decision` finds `decision.made` and `decision.confirmed`.
    pub action: Option<String>,
    /// The actor's name at that time.
    pub actor: Option<String>,
    /// The ID of the object that the entry is about.
    pub object: Option<String>,
    pub outcome: Option<String>,
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
    pub first: Option<i64>,
    /// Inclusive.
    pub last: Option<i64>,
    /// Entries about one decision.
    #[serde(default)]
    pub decision: Option<DecisionId>,
    /// Persona's request ID of a call.
    #[serde(default)]
    pub request: Option<String>,
    #[serde(default)]
    pub verdict: Option<String>,
    #[serde(default)]
    pub reason: Option<String>,
    /// Entries about decisions that are in this state now.
    #[serde(default)]
    pub state: Option<State>,
    #[serde(default)]
    pub customer: Option<Customer>,
}

/// The customer whose entries are wanted: accounts, and everything of theirs that the desk knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub accounts: Vec<String>,
    /// The accounts, their inquiries and cases. The typed text if the desk knows no such account.
    pub objects: Vec<String>,
}

impl Filter {
    /// The whole log.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it filters on something that only entries about decisions have.
    pub const fn by_decision(&self) -> bool {
        self.decision.is_some()
            || self.request.is_some()
            || self.verdict.is_some()
            || self.reason.is_some()
            || self.state.is_some()
    }

    /// Whether it filters on something that is not in the log and may change.
    pub const fn passes(&self) -> bool {
        self.state.is_some() || self.customer.is_some()
    }

    /// The filter as one line of text, always the same for the same filter.
    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        let decision = self.decision.map(|id| id.to_string());
        let state = self.state.map(|state| state.as_str().to_owned());
        // The accounts, never the typed text: a reference can be an address.
        let customer = self.customer.as_ref().map(|customer| customer.accounts.join(" "));
        let words = [
            ("action", &self.action),
            ("actor", &self.actor),
            ("object", &self.object),
            ("outcome", &self.outcome),
            ("decision", &decision),
            ("request", &self.request),
            ("verdict", &self.verdict),
            ("reason", &self.reason),
            ("state", &state),
            ("customer", &customer),
        ];
        for (name, value) in words {
            if let Some(value) = value {
                parts.push(format!("{name}={}", serde_json::Value::from(value.as_str())));
            }
        }
        for (name, at) in [("from", self.from), ("to", self.to)] {
            if let Some(at) = at {
                parts.push(format!("{name}={}", at.to_text()));
            }
        }
        for (name, seq) in [("first", self.first), ("last", self.last)] {
            if let Some(seq) = seq {
                parts.push(format!("{name}={seq}"));
            }
        }
        if parts.is_empty() { "all".to_owned() } else { parts.join(" ") }
    }
}

/// The parsed body of an entry.
#[derive(Debug, Deserialize)]
pub struct Body<'a> {
    pub seq: i64,
    #[serde(borrow)]
    pub at: Cow<'a, str>,
    #[serde(borrow)]
    pub action: Cow<'a, str>,
    #[serde(borrow)]
    pub outcome: Cow<'a, str>,
    #[serde(borrow)]
    pub actor: ActorBody<'a>,
    #[serde(borrow)]
    pub object: ObjectBody<'a>,
    #[serde(borrow, default)]
    pub facts: ExportFacts<'a>,
    #[serde(borrow, default)]
    pub commit: Commitments<'a>,
}

/// The commitments of an entry: names and hex hashes. There are few, so they are neither sorted nor copied.
#[derive(Debug, Default)]
pub struct Commitments<'a>(Vec<(BorrowedText<'a>, &'a str)>);

impl Commitments<'_> {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| &**known == name).map(|(_, hash)| *hash)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Commitments<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Commitments<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("names and hashes")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = map.next_entry()? {
                    all.push(one);
                }
                Ok(Commitments(all))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Text borrowed from a body, or copied if it was escaped. Serde borrows a `Cow` in a field, but not inside an
/// `Option`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct BorrowedText<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for BorrowedText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// The facts that appear in the tables of decisions. Millions are read one after another, so nothing is copied.
#[derive(Debug, Default, Deserialize)]
pub struct ExportFacts<'a> {
    #[serde(borrow, default)]
    pub decision: Fact<'a>,
    #[serde(borrow, default)]
    pub verdict: Fact<'a>,
    #[serde(borrow, default)]
    pub status: Fact<'a>,
    #[serde(borrow, default)]
    pub reason: Fact<'a>,
    #[serde(borrow, default)]
    pub version: Fact<'a>,
    #[serde(borrow, default)]
    pub evidence: Fact<'a>,
    #[serde(borrow, default)]
    pub persona_request: Fact<'a>,
    /// The outcome that a person stated for a decision. Not in the table.
    #[serde(borrow, default)]
    pub outcome: Fact<'a>,
}

/// A fact as it is in a body: text, number, boolean or null.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub struct Fact<'a>(#[serde(borrow)] Option<&'a RawValue>);

impl<'a> Fact<'a> {
    /// The fact as text; null gives the empty text.
    pub fn text(self) -> Cow<'a, str> {
        let Some(raw) = self.0.map(RawValue::get) else { return Cow::Borrowed("") };
        if !raw.starts_with('"') {
            return Cow::Borrowed(raw);
        }
        // Without escapes, the text is borrowed as it is.
        serde_json::from_str::<&str>(raw)
            .map(Cow::Borrowed)
            .or_else(|_| serde_json::from_str(raw).map(Cow::Owned))
            .unwrap_or(Cow::Borrowed(raw))
    }
}

#[derive(Debug, Deserialize)]
pub struct ActorBody<'a> {
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub id: Option<BorrowedText<'a>>,
    #[serde(borrow, default)]
    pub name: Option<BorrowedText<'a>>,
    #[serde(borrow, default)]
    pub part: Option<BorrowedText<'a>>,
    #[serde(borrow, default)]
    pub role: Option<BorrowedText<'a>>,
}

#[derive(Debug, Deserialize)]
pub struct ObjectBody<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub id: Cow<'a, str>,
}

impl ActorBody<'_> {
    pub fn shown(&self) -> Cow<'_, str> {
        match (self.kind.as_ref(), &self.name, &self.part) {
            ("reviewer", Some(name), _) => Cow::Borrowed(name),
            ("system", _, Some(part)) => Cow::Owned(format!("Countersign ({})", &**part)),
            _ => Cow::Borrowed("Nobody signed in"),
        }
    }
}

/// The number of an entry, read from its last bytes: keys are sorted, and `seq` comes right before `v`. The hash covers
/// the rest.
pub fn seq_of(body: &[u8]) -> Option<i64> {
    let rest = body.strip_suffix(b",\"v\":1}")?;
    let digits = rest.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, digits) = rest.split_at(rest.len() - digits);
    before.ends_with(b",\"seq\":").then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
}

/// The action of an entry, read from its first bytes.
pub fn action_of(body: &[u8]) -> Option<&str> {
    let rest = body.strip_prefix(b"{\"action\":\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..end]).ok()
}

/// Whether an entry is a row of the table of decisions.
pub fn is_row(action: &str) -> bool {
    action.starts_with("decision.") || action.starts_with("countersign.")
}

pub const COLUMNS: [&str; 17] = [
    "entry",
    "time_utc",
    "action",
    "outcome",
    "actor",
    "actor_role",
    "decision_id",
    "object_type",
    "object_id",
    "verdict",
    "status",
    "reason_code",
    "comment",
    "evidence_version",
    "evidence_sha256",
    "persona_request_id",
    "leaf_sha256",
];

/// One row of the table of decisions, as a CSV line. `comment` is `None` if there was none or if it was erased.
pub fn row(body: &Body<'_>, leaf: &Hash, comment: Option<&str>, out: &mut Vec<u8>) {
    with_cells(body, leaf, comment, |cells| csv_line(cells, out));
}

/// The row as earlier versions of the desk wrote it, so that their files still verify.
pub fn earlier_row(body: &Body<'_>, leaf: &Hash, comment: Option<&str>, out: &mut Vec<u8>) {
    with_cells(body, leaf, comment, |cells| line_of(cells, out, |cell| Cow::Borrowed(cell)));
}

/// Passes the cells of a row to `with`, unescaped.
pub fn with_cells<R>(
    body: &Body<'_>,
    leaf: &Hash,
    comment: Option<&str>,
    with: impl FnOnce(&[&str; COLUMNS.len()]) -> R,
) -> R {
    let ExportFacts { decision, verdict, status, reason, version, evidence, persona_request, .. } = body.facts;
    let seq = body.seq.to_string();
    let mut hex = [0; 64];
    // Cannot fail: the buffer has two letters for each byte.
    let _ = hex::encode_to_slice(leaf, &mut hex);
    let cells: [&str; 17] = [
        &seq,
        &body.at,
        &body.action,
        &body.outcome,
        &body.actor.shown(),
        body.actor.role.as_deref().unwrap_or_default(),
        &decision.text(),
        &body.object.kind,
        &body.object.id,
        &verdict.text(),
        &status.text(),
        &reason.text(),
        comment.unwrap_or_default(),
        &version.text(),
        &evidence.text(),
        &persona_request.text(),
        std::str::from_utf8(&hex).unwrap_or_default(),
    ];
    with(&cells)
}

/// A line of CSV (RFC 4180), safe to open in a spreadsheet.
pub fn csv_line<const N: usize>(cells: &[&str; N], out: &mut Vec<u8>) {
    line_of(cells, out, split_apart);
}

/// Characters that begin a formula. Spreadsheets in East Asia accept the full-width ones as well (OWASP, CSV
/// injection).
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Spreadsheets in many countries split a line at semicolons. The text after a semicolon is then a cell of its own, and
/// gets its own apostrophe.
fn split_apart(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['＝', '＋', '－', '＠']) {
        return Cow::Owned(format!("'{}", behind_semicolons(cell)));
    }
    if cell.contains(';') { Cow::Owned(behind_semicolons(cell)) } else { Cow::Borrowed(cell) }
}

fn behind_semicolons(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len() + 8);
    for (n, part) in cell.split(';').enumerate() {
        if n > 0 {
            out.push(';');
            let begins = part.trim_start_matches([' ', '"', '\t', '\r', '\n']);
            if begins.starts_with(FORMULA) {
                out.push('\'');
            }
        }
        out.push_str(part);
    }
    out
}

fn line_of<const N: usize>(cells: &[&str; N], out: &mut Vec<u8>, made: impl Fn(&str) -> Cow<'_, str>) {
    for (place, cell) in cells.iter().enumerate() {
        let cell = made(cell);
        if place > 0 {
            out.push(b',');
        }
        // A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection).
        let defused = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']);
        // Reads the whole cell instead of stopping at the first match: without an early exit the processor compares
        // many bytes at once.
        let special = |seen: bool, byte: u8| seen | matches!(byte, b'"' | b',' | b'\r' | b'\n');
        if defused || cell.bytes().fold(false, special) {
            out.push(b'"');
            if defused {
                out.push(b'\'');
            }
            for part in cell.split_inclusive('"') {
                out.extend_from_slice(part.as_bytes());
                if part.ends_with('"') {
                    out.push(b'"');
                }
            }
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// A line of `personal.jsonl`: a value that an entry commits to, and its salt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub seq: i64,
    pub name: String,
    /// Hex.
    pub salt: String,
    pub value: String,
}

impl Opening {
    pub fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    /// The commitment that the entry must contain, in hex.
    pub fn commitment(&self) -> Option<String> {
        let salt: [u8; 32] = hex::decode(&self.salt).ok()?.try_into().ok()?;
        Some(hex::encode(super::audit::commitment(&salt, &self.value)))
    }
}

/// The content of the manifest's note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub origin: String,
    pub size: u64,
    pub entries: u64,
    pub filter: String,
    /// Hex of the hash of `MANIFEST.sha256`.
    pub hash: String,
}

impl Manifest {
    pub fn text(&self) -> String {
        let Self { origin, size, entries, filter, hash } = self;
        format!("{MANIFEST_KIND}\n{origin}\nsize {size}\nentries {entries}\nfilter {filter}\nmanifest {hash}\n")
    }

    pub fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let [MANIFEST_KIND, origin, size, entries, filter, hash] = lines[..] else { return None };
        let this = Self {
            origin: origin.to_owned(),
            size: size.strip_prefix("size ")?.parse().ok()?,
            entries: entries.strip_prefix("entries ")?.parse().ok()?,
            filter: filter.strip_prefix("filter ")?.to_owned(),
            hash: hash.strip_prefix("manifest ")?.to_owned(),
        };
        (this.text() == text).then_some(this)
    }
}

/// The text in which an old key names the new one. Both keys sign it.
pub fn rotation_text(origin: &str, old: &str, new: &str) -> String {
    format!("{ROTATION_KIND}\n{origin}\n{old}\n{new}\n")
}

/// A proof that one entry is covered by a checkpoint, as a file of its own.
pub fn proof_text(index: u64, proof: &[Hash], checkpoint: &str) -> String {
    let mut text = format!("{PROOF_KIND}\nindex {index}\n");
    for hash in proof {
        text.push_str(&tlog::signed_note::base64(hash));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(checkpoint);
    text
}

/// Parses such a file into the index, the hashes and the unchanged text of the checkpoint.
pub fn parse_proof(text: &str) -> Option<(u64, Vec<Hash>, &str)> {
    let (head, checkpoint) = text.split_once("\n\n")?;
    let mut lines = head.lines();
    if lines.next()? != PROOF_KIND {
        return None;
    }
    let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
    let hashes = lines.map(tlog::signed_note::unbase64).collect::<Option<Vec<_>>>()?;
    Some((index, hashes, checkpoint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_defused() {
        let mut out = Vec::new();
        csv_line(&["a,b", "say \"no\"", "=1+1", "two\nlines", "plain"], &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "\"a,b\",\"say \"\"no\"\"\",\"'=1+1\",\"two\nlines\",plain\r\n");
    }

    #[test]
    fn a_part_behind_a_semicolon_and_a_wide_sign_are_defused_too() {
        for (cell, line) in [
            ("a;=1", "a;'=1\r\n"),
            (";=1", ";'=1\r\n"),
            ("=1;+2", "\"'=1;'+2\"\r\n"),
            ("a; \"-1", "\"a;' \"\"-1\"\r\n"),
            ("a;;@b", "a;;'@b\r\n"),
            ("＝1", "'＝1\r\n"),
            ("a;＋1", "a;'＋1\r\n"),
            ("a; b; 1-2", "a; b; 1-2\r\n"),
        ] {
            let mut out = Vec::new();
            csv_line(&[cell], &mut out);
            assert_eq!(String::from_utf8_lossy(&out), line, "{cell}");
        }
    }

    #[test]
    fn number_and_action_are_found_at_the_ends() {
        let body = br#"{"action":"decision.made","at":"x","facts":{"note":",\"seq\":9"},"seq":48213,"v":1}"#;
        assert_eq!((seq_of(body), action_of(body)), (Some(48_213), Some("decision.made")));
        assert_eq!(seq_of(br#"{"seq":1}"#), None);
    }

    #[test]
    fn a_manifest_and_a_proof_are_read_back() {
        let manifest = Manifest {
            origin: "desk.example/log".into(),
            size: 9,
            entries: 2,
            filter: Filter { action: Some("a b".into()), first: Some(3), ..Filter::default() }.text(),
            hash: "00".repeat(32),
        };
        assert_eq!(Manifest::parse(&manifest.text()), Some(manifest));
        let text = proof_text(7, &[[1; 32], [2; 32]], "o\n9\nAAAA\n\n— o AAAAAAAA\n");
        assert_eq!(parse_proof(&text), Some((7, vec![[1; 32], [2; 32]], "o\n9\nAAAA\n\n— o AAAAAAAA\n")));
    }
}
