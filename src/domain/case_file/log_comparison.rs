//! The comparison of a case file with the audit log: what was compared, the result, and what could not be compared.
use super::data::{CaseFile, Proved};
use crate::domain::audit::Entry;
use crate::domain::evidence::Tone;
use crate::domain::export::{Body, Opening, parse_proof};
use crate::domain::pdf::{Attached, Block, Cell};
use crate::domain::replay::compare::Difference;
use tlog::merkle::{self, Hash};
use tlog::signed_note::{Checkpoint, Note, VerifierKey};

/// Parts of a case file that the log does not record.
const NOT_RECORDED: [(&str, &str); 4] = [
    ("Inquiry", "Name, account, reference, template, status and dates come from Persona"),
    ("Decisions", "The subject's name, and until when a decision could be withdrawn"),
    ("Reasons", "The text of a reason is the current one; its code was compared"),
    ("Discrepancies", "The values that differed"),
];

/// What is wrong with an entry as the file shows it. `openings` are its personal values with their salts.
pub fn wrong(entry: &Entry, openings: &[Opening], proof: Option<&str>, keys: &[VerifierKey]) -> Vec<String> {
    let mut wrong = Vec::new();
    let leaf = merkle::leaf(entry.body.as_bytes());
    if hex::encode(leaf) != entry.hash {
        wrong.push("its bytes do not match its hash".to_owned());
    }
    match serde_json::from_str::<Body<'_>>(&entry.body) {
        Ok(body) => {
            let same = body.seq == entry.seq
                && body.at == entry.at.to_text()
                && body.action == entry.action
                && body.outcome == entry.outcome
                && body.actor.shown() == entry.actor_name
                && body.object.kind == entry.object_kind
                && body.object.id == entry.object_id;
            if !same {
                wrong.push("its database columns differ from its bytes".to_owned());
            }
            for opening in openings {
                if opening.commitment().is_none() || body.commit.get(&opening.name) != opening.commitment().as_deref() {
                    wrong.push(format!("its {} does not match the commitment in it", opening.name));
                }
            }
        }
        Err(_) => wrong.push("it is not a valid entry".to_owned()),
    }
    if proof.is_some_and(|proof| !leads(proof, entry.seq, leaf, keys)) {
        wrong.push("its proof does not lead to a signed checkpoint".to_owned());
    }
    wrong
}

/// Whether a proof leads from a leaf to the root of a checkpoint that one of the log's keys signed.
fn leads(proof: &str, seq: i64, leaf: Hash, keys: &[VerifierKey]) -> bool {
    let Some((index, hashes, note)) = parse_proof(proof) else { return false };
    let Ok(note) = note.parse::<Note>() else { return false };
    let Ok(checkpoint) = Checkpoint::parse(&note.text) else { return false };
    keys.iter().any(|key| note.is_signed_by(key))
        && i64::try_from(index) == Ok(seq)
        && merkle::included(index, checkpoint.size, leaf, &hashes, &checkpoint.root)
}

/// The differences as text. A file for the person leaves out the values, because a reviewer may have written them.
fn told(differences: &[Difference], person: bool) -> String {
    let line = |one: &Difference| if person { one.field.to_owned() } else { one.to_string() };
    differences.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn numbers(entries: &[i64]) -> String {
    entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl CaseFile {
    /// Whether anything in the file differs from the log.
    pub fn differs(&self) -> bool {
        let decisions = self.decisions.iter().any(|decided| !decided.differences.is_empty());
        let entries = self.entries.iter().any(|proved| !proved.wrong.is_empty());
        let resolved = self.resolved_otherwise.iter().any(|(_, differences)| !differences.is_empty());
        decisions || entries || resolved || !self.lost.is_empty() || self.fingerprint_made != self.fingerprint
    }

    pub(super) fn warning(&self) -> Option<Block> {
        self.differs().then(|| {
            Block::Notice(
                "THIS FILE DIFFERS FROM THE LOG. The differences are listed under “What was compared with the log”. \
                 Where they differ, the log counts. Inform your admin and your auditor."
                    .into(),
            )
        })
    }

    pub(super) fn compared(&self) -> Vec<Block> {
        let line = |part: String, with: String, result: Result<String, String>| {
            let (text, tone) = match result {
                Ok(text) => (text, Tone::Good),
                Err(text) => (text, Tone::Bad),
            };
            vec![part.into(), with.into(), Cell::toned(text, tone)]
        };
        let mut rows = Vec::new();
        for (number, decided) in self.decisions.iter().enumerate() {
            let with = match &decided.said {
                Some(said) => format!("Entries {}", numbers(&said.entries)),
                None => "The log has no entry in which this decision was made".to_owned(),
            };
            let result = match decided.differences.as_slice() {
                [] => Ok(match decided.body {
                    Some(_) => {
                        "Every field matches the log, and the SHA-256 hash of the stored evidence is the fingerprint"
                            .into()
                    }
                    None => "Every field matches the log. The evidence is not stored (erased, or from before the desk \
                         stored evidence) and cannot be compared"
                        .to_owned(),
                }),
                differences => Err(format!("DIFFERS\n{}", told(differences, self.for_the_person))),
            };
            rows.push(line(format!("Decision {}", number + 1), with, result));
        }
        for (id, differences) in &self.lost {
            let result = Err(format!(
                "DIFFERS: this file does not show this decision as the log records it\n{}",
                told(differences, self.for_the_person)
            ));
            rows.push(line(format!("Decision {id}"), "Entries of the log about this inquiry".into(), result));
        }
        for (field, differences) in &self.resolved_otherwise {
            let result = match differences.as_slice() {
                [] => Ok("Matches the log".to_owned()),
                differences => Err(format!("DIFFERS\n{}", told(differences, self.for_the_person))),
            };
            rows.push(line(format!("Discrepancy resolved: {field}"), "Last entry about it".into(), result));
        }
        let wrong: Vec<String> = self
            .entries
            .iter()
            .filter(|proved| !proved.wrong.is_empty())
            .map(|proved| format!("Entry {}: {}", proved.entry.seq, proved.wrong.join("; ")))
            .collect();
        let unsigned = self.entries.iter().filter(|proved| proved.proof.is_none()).count();
        let of = "Leaf hashes, columns, commitments and proofs, recomputed";
        let result = match (wrong.is_empty(), unsigned) {
            (true, 0) => Ok(format!("All {} match", self.entries.len())),
            (true, some) => Ok(format!("All {} match; {some} are not signed yet and lack a proof", self.entries.len())),
            (false, _) => Err(format!("DIFFERS\n{}", wrong.join("\n"))),
        };
        rows.push(line("Entries of the log".into(), of.into(), result));
        let of = "The fingerprint stored with it";
        rows.push(match self.fingerprint_made == self.fingerprint {
            true => vec![
                "Current evidence".into(),
                of.into(),
                "Recomputed, and the same. The log records a fingerprint only with a decision, so this one was not \
                 compared with the log"
                    .into(),
            ],
            false => line(
                "Current evidence".into(),
                of.into(),
                Err(format!(
                    "DIFFERS: its bytes have the fingerprint “{}”. They were changed in the database, or an earlier \
                     version of the desk read them",
                    self.fingerprint_made
                )),
            ),
        });
        for (part, what) in NOT_RECORDED {
            rows.push(vec![part.into(), what.into(), "Not recorded in the log, so not checked".into()]);
        }
        vec![
            Block::heading(1, "What was compared with the log"),
            Block::text(
                "When this file was created, the desk read the log again, followed each decision entry by entry, and \
                 compared its tables and its stored evidence with the result.",
            ),
            Block::table(
                "Parts of this file, and the result of comparing them",
                &[("Part", 20), ("With", 30), ("Result", 50)],
                rows,
            ),
        ]
    }

    /// The exact bytes of the evidence of each decision, in files that are named by the fingerprint in the log.
    pub(super) fn evidence_bytes(&self) -> Vec<Attached> {
        let mut files: Vec<Attached> = Vec::new();
        let mut attach = |fingerprint: &str, body: &str, about: String| {
            let name = format!("evidence/{fingerprint}.json");
            if !files.iter().any(|file| file.name == name) {
                files.push(Attached { name, media_type: "application/json", about, bytes: body.as_bytes().to_vec() });
            }
        };
        for (number, decided) in self.decisions.iter().enumerate() {
            if let Some(body) = &decided.body {
                let said = decided.said.as_ref().map_or(&decided.decision.fingerprint, |said| &said.evidence);
                attach(said, body, format!("Exact bytes of the evidence of decision {}", number + 1));
            }
        }
        if let Some(body) = &self.body {
            attach(&self.fingerprint, body, "Exact bytes of the current evidence".into());
        }
        files
    }

    pub(super) fn how_to_check_evidence(&self) -> Block {
        Block::text(match self.for_the_person {
            true => {
                "The exact bytes of the evidence, which the fingerprints are computed from, are not attached to a file \
                     for the person. A file for an audit contains them."
            }
            false => {
                "The exact bytes of the evidence are attached as evidence/<fingerprint>.json. To recompute a \
                      fingerprint, extract the attachments (pdfdetach -saveall FILE) and run sha256sum \
                      evidence/*.json: each hash must equal the name of its file and the fingerprint in the entry of \
                      the decision."
            }
        })
    }
}

impl Proved {
    pub(super) fn proof_cell(&self) -> Cell {
        match (self.wrong.is_empty(), &self.proof) {
            (false, _) => Cell::toned("DIFFERS", Tone::Bad),
            (true, Some(_)) => "attached".into(),
            (true, None) => "not signed yet".into(),
        }
    }
}
