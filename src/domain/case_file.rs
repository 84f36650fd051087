//! The case file of one inquiry: the evidence as of each decision, the decision, its countersign and delivery, and the
//! audit log entries about it, with proofs. One file, because it decides the order of the parts, and what they leave
//! out if the person may read the file. Persona's pictures are named, not copied.
pub mod data;
pub mod evidence;
mod log_comparison;

use evidence::evidence;

pub use data::{CaseFile, Decided, Proved};
pub use log_comparison::wrong;

use super::access_request::{of_the_person, result};
use super::decision::Decision;
use super::decision::state::State;
use super::discrepancy::resolution;
use super::evidence::{Evidence, Tone};
use super::pdf::{Attached, Block, Cell, PdfDocument, facts};
use super::reason::Reasons;
use super::report::Report;
use super::text::words;
use super::time::Timestamp;

/// Purposes for which a reviewer takes evidence out of the desk. Codes are never reused for another meaning.
pub const PURPOSES: [(&str, &str); 6] = [
    ("audit", "Audit or internal control"),
    ("supervisor", "Supervisory request"),
    ("court", "Court or prosecutor order"),
    ("complaint", "Complaint or appeal by the person"),
    ("access", "Access request by the person"),
    ("handover", "Handover to a colleague or another team"),
];

/// Whether the person may read the file for this purpose. Such a file does not even reveal that there are notes,
/// escalations or other files.
pub fn for_the_person(code: &str) -> bool {
    matches!(code, "complaint" | "access")
}

pub fn purpose(code: &str) -> Option<&'static str> {
    PURPOSES.iter().find(|(known, _)| *known == code).map(|(_, label)| *label)
}

impl CaseFile {
    pub fn document(&self) -> PdfDocument {
        let inquiry = &self.inquiry;
        let name = inquiry.subject().unwrap_or_else(|| inquiry.id.to_string());
        let mut blocks = vec![Block::text("All times are UTC.")];
        blocks.extend(self.warning());
        blocks.extend([Block::heading(1, "Inquiry"), self.head()]);
        blocks.extend(inquiry.redacted_at.map(|at| {
            Block::Notice(format!(
                "Persona redacted this inquiry on {}. The data below was recorded before that.",
                at.to_minute_text()
            ))
        }));
        if self.decisions.is_empty() {
            blocks.push(Block::Notice(
                "No decision on this inquiry has been made at this desk. The evidence below is the current one.".into(),
            ));
            blocks.push(Block::heading(1, "Evidence"));
            match &self.evidence {
                Some(seen) => blocks.extend(judged(seen, self.for_the_person)),
                None => blocks.push(Block::text("No evidence is stored.")),
            }
        }
        for (number, decided) in self.decisions.iter().enumerate() {
            let Decision { verdict, state, .. } = &decided.decision;
            blocks.push(Block::heading(1, format!("Decision {}: {}, {state}", number + 1, verdict.label())));
            if !decided.differences.is_empty() {
                blocks.push(Block::Notice(
                    "This decision differs from the audit log. See “What was compared with the log”.".into(),
                ));
            }
            blocks.extend(decision(&decided.decision, &self.reasons, self.for_the_person));
            blocks.push(Block::heading(2, "Evidence as of the decision"));
            let earlier = self.decisions[..number]
                .iter()
                .position(|earlier| earlier.decision.fingerprint == decided.decision.fingerprint);
            match (&decided.seen, earlier) {
                (_, Some(earlier)) => {
                    blocks.push(Block::text(format!("Same as the evidence of decision {}.", earlier + 1)));
                }
                (Some(seen), None) => blocks.extend(judged(seen, self.for_the_person)),
                (None, None) => {
                    let why = match (&decided.body, decided.differences.is_empty()) {
                        (None, true) => "The evidence was erased. Its fingerprint stays in the log:",
                        (None, false) => "The evidence is not stored. Its fingerprint in the table:",
                        (Some(_), _) => "The stored evidence cannot be read. Its fingerprint in the table:",
                    };
                    blocks.push(Block::Notice(format!("{why} {}", decided.decision.fingerprint)));
                }
            }
        }
        if self.more_decisions > 0 {
            blocks.push(Block::Notice(format!(
                "This file leaves out {} more decisions about this inquiry. An export of decisions contains all of \
                 them.",
                self.more_decisions
            )));
        }
        blocks.extend(self.differences());
        blocks.extend(self.compared());
        blocks.extend(self.log());
        PdfDocument {
            title: format!("Case file: {name}"),
            about: format!("Inquiry {}: evidence, decisions and log entries with proofs", inquiry.id),
            made_at: self.made_at,
            foot: format!("{} · confidential, contains personal data", inquiry.id),
            blocks,
            attached: self.attached(),
        }
    }

    fn differences(&self) -> Vec<Block> {
        if self.resolved.is_empty() {
            return Vec::new();
        }
        let person = self.for_the_person;
        let rows = self.resolved.iter().map(|word| {
            let how = resolution(&word.resolution).map_or_else(|| word.resolution.clone(), str::to_owned);
            let (field, at) = (word.field.clone(), word.at.to_minute_text());
            let cells = match person {
                true => vec![field, how, at],
                false => vec![field, how, word.comment.clone(), word.by.clone(), at],
            };
            cells.into_iter().map(Into::into).collect::<Vec<Cell>>()
        });
        let columns: &[(&str, u16)] = match person {
            true => &[("Field", 24), ("Resolved as", 50), ("When", 26)],
            false => &[("Field", 14), ("Resolved as", 26), ("Comment", 30), ("Reviewer", 14), ("When", 16)],
        };
        vec![
            Block::heading(1, "Resolved discrepancies"),
            Block::table("Resolutions of discrepancies in the evidence", columns, rows),
        ]
    }

    fn head(&self) -> Block {
        let inquiry = &self.inquiry;
        let at = |at: Option<Timestamp>| at.map(Timestamp::to_minute_text);
        facts([
            ("Name", inquiry.subject()),
            ("Inquiry", Some(inquiry.id.to_string())),
            ("Account", inquiry.account_id.as_ref().map(ToString::to_string)),
            ("Reference", inquiry.reference_id.clone()),
            ("Template", self.template.clone()),
            ("Status in Persona", Some(inquiry.status.label())),
            ("As of", Some(self.as_of.to_minute_text())),
            ("Created", at(Some(inquiry.created_at))),
            ("Completed", at(inquiry.completed_at)),
            ("Marked for review", at(inquiry.marked_for_review_at)),
            ("Decided in Persona", at(inquiry.decisioned_at)),
            ("Fingerprint of the evidence", Some(self.fingerprint.clone())),
            ("File created", Some(self.made())),
            ("Purpose", Some(self.purpose.clone())),
        ])
    }

    fn made(&self) -> String {
        let at = self.made_at.to_minute_text();
        if self.for_the_person { at } else { format!("{at} by {}", self.made_by) }
    }

    fn log(&self) -> Vec<Block> {
        let attached = match self.for_the_person {
            true => {
                "The entries themselves name the people who worked on the inquiry, so they are not attached to a file \
                 for the person. A file for an audit contains them with their proofs."
            }
            false => {
                "The entries and their proofs are attached to this file: entries.jsonl holds the exact bytes, one \
                 entry per line, and proofs/ one proof each (c2sp.org/tlog-proof). A proof shows that the entry is in \
                 the log that the checkpoint signs. It does not show that no other entry exists, or that an entry is \
                 true."
            }
        };
        let mut blocks = vec![
            Block::heading(1, "Audit log entries"),
            Block::text(format!(
                "Each row is an entry of the audit log. Its leaf hash is SHA-256 over a zero byte and the entry's exact bytes \
                 (RFC 6962). {attached}"
            )),
        ];
        if self.cut {
            blocks.push(Block::Notice(format!(
                "There are more entries about this inquiry. These are the last {}. An export of the log contains all \
                 of them.",
                self.entries.len()
            )));
        }
        blocks.push(self.how_to_check_evidence());
        let rows = self.entries.iter().map(|proved @ Proved { entry, .. }| {
            let mut what = words(&entry.action.replace('.', " "));
            for (name, value) in entry.personal.iter().filter(|_| !self.for_the_person) {
                what.push_str(&format!("\n{}: {value}", words(name)));
            }
            vec![
                entry.seq.to_string().into(),
                entry.at.to_minute_text().into(),
                if self.for_the_person { "–".into() } else { entry.actor_name.clone().into() },
                Cell::toned(what, if entry.outcome == "ok" { Tone::Plain } else { Tone::Warn }),
                entry.hash.clone().into(),
                proved.proof_cell(),
            ]
        });
        let columns = [("Entry", 9), ("When (UTC)", 17), ("Who", 18), ("What", 26), ("Leaf hash", 30), ("Proof", 12)];
        blocks.push(Block::table("Entries of the audit log about this inquiry, oldest first", &columns, rows));
        blocks.push(Block::heading(2, "Checkpoint"));
        match (&self.checkpoint, &self.key) {
            (Some(note), key) => {
                blocks.push(Block::text(
                    "The last signed checkpoint before this file was created. Compare it with the one that you have.",
                ));
                blocks.push(Block::Code(note.clone()));
                if let Some(key) = key {
                    blocks.push(Block::text("The key that signs the log. Compare it with the one you were given:"));
                    blocks.push(Block::Code(key.clone()));
                }
            }
            (None, _) => blocks.push(Block::text("No checkpoint has been signed yet.")),
        }
        blocks
    }

    /// A file for the person has no attachments: the bytes name the people who worked on the inquiry, and contain data
    /// that does not concern the person.
    fn attached(&self) -> Vec<Attached> {
        if self.for_the_person {
            return Vec::new();
        }
        let lines: String = self.entries.iter().map(|proved| format!("{}\n", proved.entry.body)).collect();
        let entries = Attached {
            name: "entries.jsonl".into(),
            media_type: "application/jsonl",
            about: "Exact bytes of the entries, one per line".into(),
            bytes: lines.into_bytes(),
        };
        let proofs = self.entries.iter().filter_map(|Proved { entry, proof, .. }| {
            Some(Attached {
                name: format!("proofs/{}.tlog-proof", entry.seq),
                media_type: "text/plain",
                about: format!("Proof that entry {} is in the log", entry.seq),
                bytes: proof.as_ref()?.clone().into_bytes(),
            })
        });
        std::iter::once(entries).chain(proofs).chain(self.evidence_bytes()).collect()
    }
}

/// A file for the person contains nothing that reviewers wrote for one another, and names no reviewer.
fn decision(decision: &Decision, reasons: &Reasons, person: bool) -> Vec<Block> {
    let ours = |text: Option<String>| text.filter(|_| !person);
    let reason = format!("{} ({})", reasons.label(&decision.reason), decision.reason);
    let at = |at: Option<Timestamp>| at.map(Timestamp::to_minute_text);
    let delivered = match decision.state {
        State::Confirmed => "Confirmed by Persona".to_owned(),
        State::Rejected => "Rejected by Persona".to_owned(),
        State::Superseded => "Already decided in Persona by someone else".to_owned(),
        State::Unknown => "Unknown; a reviewer has to resolve it".to_owned(),
        State::Refused => "Never sent: the second reviewer refused".to_owned(),
        State::Withdrawn => "Never sent: withdrawn".to_owned(),
        open => format!("{open}: still in progress when this file was created"),
    };
    let needed = if person {
        if decision.wanted_by.is_empty() { "Not required" } else { "Required" }.to_owned()
    } else if decision.wanted_by.is_empty() {
        format!("Not required (rules, version {})", decision.rules_version)
    } else {
        format!("Required by: {} (rules, version {})", decision.wanted_by.join("; "), decision.rules_version)
    };
    vec![
        facts([
            ("Verdict", Some(decision.verdict.label())),
            ("Reason", Some(reason)),
            ("Comment", ours(Some(decision.comment.clone()))),
            ("Decided by", ours(Some(decision.reviewer_name.clone()))),
            ("Decided", at(Some(decision.made_at))),
            ("Decision", Some(decision.id.to_string())),
            ("Version of the evidence", Some(decision.seen_version.to_string())),
            ("Fingerprint of the evidence", Some(decision.fingerprint.clone())),
        ]),
        Block::heading(2, "Countersignature"),
        facts([
            ("Second reviewer", Some(needed)),
            ("Checked by", ours(decision.checker_name.clone())),
            ("Accounts of maker and checker", ours(decision.accounts.clone())),
            ("Checked", at(decision.checked_at)),
            ("Reason for the refusal", ours(decision.refusal.clone())),
        ]),
        Block::heading(2, "Delivery to Persona"),
        facts([
            ("Outcome", Some(delivered)),
            ("Ended", at(decision.settled_at)),
            ("Attempts", Some(decision.attempts.to_string())),
            ("Persona's answer", decision.answer.clone()),
        ]),
    ]
}

/// The evidence, and whether all of it passed.
fn judged(seen: &Evidence, person: bool) -> Vec<Block> {
    let own = person.then(|| of_the_person(seen));
    let seen = own.as_ref().unwrap_or(seen);
    let outcome = Block::text(seen.outcome().text());
    let earlier = seen.earlier_text().map(Block::text);
    let told = |report: &Report| if person { result(report) } else { report.assess().text };
    std::iter::once(outcome).chain(earlier).chain(evidence(seen, told)).collect()
}
