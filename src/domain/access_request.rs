//! The answer to a person's access request (GDPR article 15): their own data and the decisions about them, without data
//! about other people and without texts that only reviewers may read. One file, so that what is left out is decided
//! once for the PDF and for `data.json`.
use serde::Serialize;

use super::account::Account;
use super::case_file::evidence::evidence;
use super::decision::{Decision, Verdict};
use super::evidence::Evidence;
use super::inquiry::{Field, Inquiry, InquirySession};
use super::pdf::{Attached, Block, PdfDocument, facts};
use super::reason::Reasons;
use super::report::Report;
use super::report::assess::Meaning;
use super::text::words;
use super::time::Timestamp;
use super::verification::{Check, Verification};

/// What the answer leaves out. The file lists it.
pub const LEFT_OUT: [&str; 5] = [
    "names and IP addresses of the people who worked on the inquiries",
    "data about other people: relations, people who share a phone, an address or a device, and the entries of sanctions and other lists that \
     a screening found",
    "texts that reviewers wrote for one another, and actions that could reveal whether a suspicion was reported",
    "pictures of documents and faces: Persona stores them, and they are sent on request",
    "the reviewers' comments on a decision, unless a reviewer has read them through for this file",
];

/// Everything that the desk knows about one account, before anything is left out.
#[derive(Debug, Clone)]
pub struct KnownAccount {
    pub account: Account,
    pub inquiries: Vec<KnownInquiry>,
    /// Actions recorded in the audit log: time and description.
    pub acts: Vec<(Timestamp, String)>,
    /// Day until which records are stored, and retention profile, once the relationship has ended.
    pub kept_until: Option<(String, String)>,
    /// Whether a reviewer has read the comments and found that they name no other person.
    pub comments: bool,
    /// Whether a decision in it differs from the audit log.
    pub differs: bool,
    pub reasons: Reasons,
    pub made_at: Timestamp,
}

#[derive(Debug, Clone)]
pub struct KnownInquiry {
    pub inquiry: Inquiry,
    pub template: Option<String>,
    pub evidence: Option<Evidence>,
    pub decisions: Vec<Decision>,
}

/// The machine-readable file, `data.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessAnswer {
    pub account: Own,
    pub inquiries: Vec<OwnInquiry>,
    pub acts: Vec<PersonalAct>,
    pub kept_until: Option<String>,
    pub left_out: Vec<&'static str>,
    pub made_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Own {
    pub id: String,
    pub reference: Option<String>,
    pub kind: String,
    pub created_at: Timestamp,
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnInquiry {
    pub id: String,
    pub template: Option<String>,
    pub status: String,
    pub created_at: Timestamp,
    pub completed_at: Option<Timestamp>,
    pub submitted: Vec<Field>,
    pub verifications: Vec<Verification>,
    pub searches: Vec<Search>,
    pub sessions: Vec<InquirySession>,
    pub decisions: Vec<OwnDecision>,
}

/// A report without the hits that it found: they may be about other people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Search {
    pub kind: String,
    pub at: Option<Timestamp>,
    pub found_something: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnDecision {
    pub verdict: String,
    pub reason: String,
    pub at: Timestamp,
    pub by_a_person: bool,
    pub countersigned: bool,
    pub outcome: String,
    pub comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonalAct {
    pub at: Timestamp,
    pub what: String,
}

/// Actions that the answer lists: what was viewed, decided and sent. All others are left out, because the mere
/// existence of a note, an export for a court, a hold on the records or an escalation can reveal a suspicion.
const TOLD: [&str; 8] =
    ["inquiry.viewed", "blind.viewed", "account.", "picture.", "field.", "decision.", "countersign.", "link."];

pub fn is_told(action: &str) -> bool {
    TOLD.iter().any(|begin| action.starts_with(begin))
}

impl KnownAccount {
    pub fn answer(&self) -> AccessAnswer {
        let account = &self.account;
        AccessAnswer {
            account: Own {
                id: account.id.to_string(),
                reference: account.reference_id.clone(),
                kind: account.kind().label().to_owned(),
                created_at: account.created_at,
                fields: account.fields.clone(),
            },
            inquiries: self.inquiries.iter().map(|known| self.asked(known)).collect(),
            acts: self.acts.iter().map(|(at, what)| PersonalAct { at: *at, what: what.clone() }).collect(),
            kept_until: self.kept_until.as_ref().map(|(day, _)| day.clone()),
            left_out: LEFT_OUT.to_vec(),
            made_at: self.made_at,
        }
    }

    fn asked(&self, known: &KnownInquiry) -> OwnInquiry {
        let evidence = known.evidence.as_ref();
        OwnInquiry {
            id: known.inquiry.id.to_string(),
            template: known.template.clone(),
            status: known.inquiry.status.label(),
            created_at: known.inquiry.created_at,
            completed_at: known.inquiry.completed_at,
            submitted: known.inquiry.fields.clone(),
            verifications: evidence
                .map(|evidence| evidence.verifications.iter().map(own).collect())
                .unwrap_or_default(),
            searches: evidence.map(|evidence| evidence.reports.iter().map(search).collect()).unwrap_or_default(),
            sessions: evidence.map(|evidence| evidence.sessions.clone()).unwrap_or_default(),
            decisions: known.decisions.iter().map(|decision| self.made(decision)).collect(),
        }
    }

    fn made(&self, decision: &Decision) -> OwnDecision {
        OwnDecision {
            verdict: match decision.verdict {
                Verdict::Approve => "approved".into(),
                Verdict::Decline => "declined".into(),
                Verdict::MarkForReview => "marked for review".into(),
                Verdict::SetStatus { .. } => "status set".into(),
            },
            reason: self.reasons.label(&decision.reason),
            at: decision.made_at,
            by_a_person: true,
            countersigned: decision.checker_name.is_some() && decision.refusal.is_none(),
            outcome: decision.state.to_string(),
            comment: Some(decision.comment.clone()).filter(|comment| self.comments && !comment.is_empty()),
        }
    }

    pub fn document(&self) -> PdfDocument {
        let answer = self.answer();
        let account = &answer.account;
        let name = self.account.name();
        let mut blocks = vec![
            Block::text(
                "This file contains the data that the review desk holds about you. You can check it and ask for \
                 corrections. The same data is attached in machine-readable form as data.json.",
            ),
            Block::heading(1, "Account"),
            facts([
                ("Name", Some(name.clone())),
                ("Account", Some(account.id.clone())),
                ("Reference", account.reference.clone()),
                ("Kind", Some(account.kind.clone())),
                ("Created (UTC)", Some(account.created_at.to_minute_text())),
                ("Stored until", self.kept_until.as_ref().map(|(day, profile)| format!("{day} ({profile})"))),
            ]),
            fields(&account.fields),
        ];
        if self.differs {
            let notice = "A decision in this answer differs from the audit log of the desk. Find out why before you send this answer.";
            blocks.insert(0, Block::Notice(notice.into()));
        }
        for (known, asked) in self.inquiries.iter().zip(&answer.inquiries) {
            let title = asked.template.clone().unwrap_or_else(|| "Inquiry".into());
            blocks.push(Block::heading(1, format!("{title}, {}", asked.created_at.date())));
            blocks.push(facts([
                ("Inquiry", Some(asked.id.clone())),
                ("Status", Some(asked.status.clone())),
                ("Created (UTC)", Some(asked.created_at.to_minute_text())),
                ("Completed (UTC)", asked.completed_at.map(Timestamp::to_minute_text)),
            ]));
            blocks.push(Block::heading(2, "What you submitted"));
            blocks.push(fields(&asked.submitted));
            blocks.push(Block::heading(2, "What was found"));
            match &known.evidence {
                Some(seen) => {
                    blocks.extend(evidence(&of_the_person(seen), result));
                }
                None => blocks.push(Block::text("No evidence is stored.")),
            }
            blocks.push(Block::heading(2, "What was decided"));
            let columns =
                [("When (UTC)", 18), ("Decision", 16), ("Reason", 34), ("Second reviewer", 12), ("Outcome", 20)];
            let rows = asked.decisions.iter().map(|made| {
                let reason = match &made.comment {
                    Some(comment) => format!("{}\n{comment}", made.reason),
                    None => made.reason.clone(),
                };
                let second = if made.countersigned { "yes" } else { "no" };
                let cells =
                    [made.at.to_minute_text(), words(&made.verdict), reason, second.to_owned(), made.outcome.clone()];
                cells.into_iter().map(Into::into).collect()
            });
            blocks.push(Block::table("Decisions, each made by a person", &columns, rows));
        }
        blocks.push(Block::heading(1, "What was done"));
        let rows = answer.acts.iter().map(|act| vec![act.at.to_minute_text().into(), act.what.clone().into()]);
        blocks.push(Block::table("Actions recorded in the audit log", &[("When (UTC)", 24), ("What", 76)], rows));
        blocks.push(Block::heading(1, "What is left out"));
        blocks.extend(answer.left_out.iter().map(|what| Block::text(format!("– {what}"))));
        let json = serde_json::to_vec_pretty(&answer).unwrap_or_default();
        PdfDocument {
            title: format!("Your data: {name}"),
            about: format!("Data that the review desk holds about account {}", account.id),
            made_at: self.made_at,
            foot: account.id.clone(),
            blocks,
            attached: vec![Attached {
                name: "data.json".into(),
                media_type: "application/json",
                about: "The same data in machine-readable form".into(),
                bytes: json,
            }],
        }
    }
}

/// The evidence as a reviewer sees it, without data about other people and without what was said about hits at Persona.
pub(super) fn of_the_person(seen: &Evidence) -> Evidence {
    let verifications = seen.verifications.iter().map(own).collect();
    let reports = seen.reports.iter().map(|report| Report {
        matches: vec![],
        dismissed: 0,
        facts: own_facts(report),
        ..report.clone()
    });
    Evidence { verifications, reports: reports.collect(), unread: vec![], ..seen.clone() }
}

/// The verification without the checks that show whether other people used the same document or face.
fn own(verification: &Verification) -> Verification {
    let told = |check: &&Check| !check.name.contains("repeat") && !check.name.contains("compromised");
    Verification { checks: verification.checks.iter().filter(told).cloned().collect(), ..verification.clone() }
}

/// Facts of a report that are about the person. What other people are listed as, or own, is left out.
fn own_facts(report: &Report) -> Vec<Field> {
    let own = match report.kind.as_str() {
        "address-lookup" | "profile" | "profile-non-authoritative" | "social-media" => true,
        _ => report.meaning() == Meaning::Risk,
    };
    let facts = report.facts.iter().filter(|fact| own && !fact.key.starts_with("omitted-"));
    facts.cloned().collect()
}

pub(super) fn result(report: &Report) -> String {
    match (report.meaning(), report.has_match) {
        (Meaning::Screening, true) => "a match".to_owned(),
        _ => report.assess().text,
    }
}

fn search(report: &Report) -> Search {
    Search { kind: report.title(), at: report.completed_at, found_something: report.has_match }
}

fn fields(fields: &[Field]) -> Block {
    Block::Facts(
        fields
            .iter()
            .filter(|field| !field.value.is_empty())
            .map(|field| (words(&field.key.replace('.', " ")), field.value.clone()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::is_told;

    #[test]
    fn what_could_tell_of_a_suspicion_is_not_told() {
        for told in ["inquiry.viewed", "blind.viewed", "picture.viewed", "decision.made", "link.requested"] {
            assert!(is_told(told), "{told}");
        }
        for hidden in
            ["inquiry.escalated", "inquiry.assigned", "tag.added", "note.added", "retention.held", "case_file.exported"]
        {
            assert!(!is_told(hidden), "{hidden}");
        }
    }
}
