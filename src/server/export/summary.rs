//! A part of the log on a few pages: numbers of entries and decisions, by action and reviewer, and the checkpoint that
//! is signed. This is for reading; the zip is for verifying.
use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use super::ExportError;
use super::bundle::ExportPlan;
use crate::domain::decision::state::State;
use crate::domain::export::Body;
use crate::domain::pdf::{Block, Cell, PdfDocument, facts};
use crate::domain::statistics::Ends;
use crate::domain::text::words;
use crate::domain::time::Timestamp;
use crate::server::db::audit_scan::AuditScan;
use crate::server::pdf::{Fonts, pdf};
use tlog::signed_note::SignerKey;

#[derive(Default)]
struct Counted {
    entries: i64,
    first: Option<(i64, Timestamp)>,
    last: Option<(i64, Timestamp)>,
    actions: BTreeMap<String, i64>,
    /// Decisions that were made, by their IDs, with their outcome according to the entries.
    decisions: HashMap<String, SummaryDecision>,
    /// Entries about the outcome of a decision that another entry made, which does not match the filter.
    elsewhere: i64,
    /// Actions that were refused or failed.
    refused: BTreeMap<String, i64>,
}

/// A decision and its state.
struct SummaryDecision {
    maker: String,
    verdict: String,
    reason: String,
    state: State,
}

/// Writes the summary. Blocks. Returns the number of entries that it covers.
pub fn write(scan: &mut AuditScan, fonts: &Fonts, plan: &ExportPlan, out: &mut impl Write) -> Result<u64, ExportError> {
    let mut counted = Counted::default();
    scan.entries::<ExportError>(&plan.filter, plan.size, |line| {
        let unreadable = || ExportError::Log(format!("entry {} is unreadable", line.seq));
        let body: Body<'_> = serde_json::from_str(line.body).map_err(|_| unreadable())?;
        let at: Timestamp = body.at.parse().map_err(|_| unreadable())?;
        counted.add(&body, at);
        Ok(())
    })?;
    let bytes = pdf(fonts, counted.document(plan)).map_err(|error| ExportError::Log(error.to_string()))?;
    out.write_all(&bytes)?;
    Ok(u64::try_from(counted.entries).unwrap_or(0))
}

impl Counted {
    fn add(&mut self, body: &Body<'_>, at: Timestamp) {
        self.entries += 1;
        self.first.get_or_insert((body.seq, at));
        self.last = Some((body.seq, at));
        *self.actions.entry(body.action.to_string()).or_default() += 1;
        if body.outcome != "ok" {
            *self.refused.entry(format!("{}, {}", body.action, body.outcome)).or_default() += 1;
        }
        let decision = body.facts.decision.text();
        let state = match &*body.action {
            "decision.made" => {
                let made = SummaryDecision {
                    maker: body.actor.shown().into_owned(),
                    verdict: body.facts.verdict.text().into_owned(),
                    reason: body.facts.reason.text().into_owned(),
                    state: State::Proposed,
                };
                self.decisions.insert(decision.into_owned(), made);
                return;
            }
            "countersign.refused" => State::Refused,
            "decision.withdrawn" => State::Withdrawn,
            "decision.confirmed" => State::Confirmed,
            "decision.rejected" => State::Rejected,
            "decision.superseded" => State::Superseded,
            "decision.unknown" => State::Unknown,
            "decision.settled" => match State::parse(&body.facts.outcome.text()) {
                Some(state) => state,
                None => return,
            },
            _ => return,
        };
        match self.decisions.get_mut(&*decision) {
            Some(made) => made.state = state,
            None => self.elsewhere += 1,
        }
    }

    /// Counts the outcomes of decisions, grouped by something that they have in common.
    fn ends(&self, of: impl Fn(&SummaryDecision) -> (String, String)) -> BTreeMap<(String, String), Ends> {
        let mut groups: BTreeMap<(String, String), Ends> = BTreeMap::new();
        for made in self.decisions.values() {
            groups.entry(of(made)).or_default().add(made.state);
        }
        groups
    }

    fn document(&self, plan: &ExportPlan) -> PdfDocument {
        let place =
            |place: Option<(i64, Timestamp)>| place.map(|(seq, at)| format!("{seq}, {} UTC", at.to_minute_text()));
        let number = |n: &i64| n.to_string();
        let table = |summary: &str, name: &'static str, rows: &BTreeMap<String, i64>| {
            let rows = rows.iter().map(|(what, n)| vec![words(&what.replace('.', " ")).into(), number(n).into()]);
            Block::table(summary, &[(name, 80), ("Entries", 20)], rows)
        };
        let key = plan.signing.first().map(|key: &SignerKey| key.verifier().to_string());
        let counted = |ends: &Ends| ends.parts().map(|(_, n)| n.to_string().into());
        let makers = self.ends(|made| (made.maker.clone(), made.verdict.clone()));
        let makers = makers.iter().map(|((who, verdict), ends)| {
            let mut cells: Vec<Cell> = vec![who.clone().into(), words(verdict).into()];
            cells.extend(counted(ends));
            cells
        });
        let reasons = self.ends(|made| (made.verdict.clone(), made.reason.clone()));
        let reasons = reasons.iter().map(|((verdict, code), ends)| {
            let mut cells: Vec<Cell> = vec![words(verdict).into(), plan.reasons.label(code).into()];
            cells.extend(counted(ends));
            cells
        });
        let columns = |first: (&'static str, u16), second: (&'static str, u16)| {
            let ends = Ends::default().parts().map(|(name, _)| (name, 12));
            [first, second].into_iter().chain(ends).collect::<Vec<_>>()
        };
        let elsewhere = (self.elsewhere > 0).then(|| {
            Block::Notice(format!(
                "{} entries record the outcome of decisions whose own entries do not match the filter. \
                 Those decisions are not counted here.",
                self.elsewhere
            ))
        });
        let blocks = vec![
            Block::heading(1, "Scope"),
            facts([
                ("Filter", Some(plan.filter.text())),
                ("Log as of", Some(format!("{} entries", plan.size))),
                ("Matching entries", Some(self.entries.to_string())),
                ("First", place(self.first)),
                ("Last", place(self.last)),
            ]),
            Block::text(
                "These pages count what is in the log. They prove nothing: the zip with the same filter contains \
                 the entries with everything that is needed to verify them, and says how (VERIFY.md).",
            ),
            Block::heading(1, "Decisions"),
            Block::text(
                "Counted by their outcome in the matching entries. Only confirmed decisions are in Persona. Pending \
                 decisions were made and have no outcome yet. Not carried out: Persona rejected them, or someone else \
                 had already decided in Persona.",
            ),
            Block::table(
                "Decisions by reviewer and verdict",
                &columns(("Reviewer, as named then", 24), ("Verdict", 16)),
                makers,
            ),
            Block::heading(2, "Reasons"),
            Block::table("Decisions by verdict and reason", &columns(("Verdict", 14), ("Reason", 26)), reasons),
            Block::heading(1, "Entries by action"),
            table("Number of entries by action", "Action", &self.actions),
            Block::heading(2, "Refused and failed"),
            table("Entries of actions that were refused or failed", "Action and outcome", &self.refused),
            Block::heading(1, "Checkpoint"),
            Block::text("The signed checkpoint of the log. Compare it with the checkpoint that you have."),
            Block::Code(plan.note.clone()),
            Block::text("The key that signs the log:"),
            Block::Code(key.unwrap_or_default()),
        ];
        let part = (!plan.filter.is_all()).then(|| {
            Block::Notice(
                "The filter leaves entries out: a decision whose outcome is not in a matching entry counts as pending \
                 here."
                    .into(),
            )
        });
        let blocks = part.into_iter().chain(elsewhere).chain(blocks).collect();
        PdfDocument {
            title: "Summary of the audit log".into(),
            about: format!("Counts of the audit log, {}", plan.filter.text()),
            // Not the time of export, so that the same filter gives the same bytes.
            made_at: self.last.map_or(Timestamp::from_micros(0), |(_, at)| at),
            foot: format!("log as of {} entries", plan.size),
            blocks,
            attached: vec![],
        }
    }
}
