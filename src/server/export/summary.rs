//! A part of the log on a few pages: how much of what, by whom, and what it is signed with. For reading; the zip is for checking.
use std::collections::BTreeMap;
use std::io::Write;

use super::Broken;
use super::bundle::Plan;
use crate::domain::export::Body;
use crate::domain::paper::{Block, Paper, facts};
use crate::domain::signed_note::SignerKey;
use crate::domain::text::words;
use crate::domain::time::Timestamp;
use crate::server::db::scan::Scan;
use crate::server::paper::{Fonts, pdf};

#[derive(Default)]
struct Counted {
    entries: i64,
    first: Option<(i64, Timestamp)>,
    last: Option<(i64, Timestamp)>,
    actions: BTreeMap<String, i64>,
    /// Who, and how many decisions of each verdict.
    makers: BTreeMap<String, BTreeMap<String, i64>>,
    reasons: BTreeMap<(String, String), i64>,
    /// Acts that were refused or failed.
    refused: BTreeMap<String, i64>,
}

/// Writes the summary. Blocking. Returns how many entries it tells of.
pub fn write(scan: &mut Scan, fonts: &Fonts, plan: &Plan, out: &mut impl Write) -> Result<u64, Broken> {
    let mut counted = Counted::default();
    scan.entries::<Broken>(&plan.filter, plan.size, |line| {
        let unreadable = || Broken::Log(format!("entry {} is unreadable", line.seq));
        let body: Body<'_> = serde_json::from_str(line.body).map_err(|_| unreadable())?;
        let at: Timestamp = body.at.parse().map_err(|_| unreadable())?;
        counted.add(&body, at);
        Ok(())
    })?;
    let bytes = pdf(fonts, &counted.paper(plan)).map_err(|error| Broken::Log(error.to_string()))?;
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
        let (verdict, reason) = (body.facts.verdict.text().into_owned(), body.facts.reason.text().into_owned());
        if body.action == "decision.made" {
            let verdicts = self.makers.entry(body.actor.shown().into_owned()).or_default();
            *verdicts.entry(verdict.clone()).or_default() += 1;
            *self.reasons.entry((verdict, reason)).or_default() += 1;
        }
    }

    fn paper(&self, plan: &Plan) -> Paper {
        let place =
            |place: Option<(i64, Timestamp)>| place.map(|(seq, at)| format!("{seq}, {} UTC", at.to_minute_text()));
        let number = |n: &i64| n.to_string();
        let table = |summary: &str, name: &'static str, rows: &BTreeMap<String, i64>| {
            let rows = rows.iter().map(|(what, n)| vec![words(&what.replace('.', " ")).into(), number(n).into()]);
            Block::table(summary, &[(name, 80), ("Entries", 20)], rows)
        };
        let key = plan.signing.first().map(|key: &SignerKey| key.verifier().to_string());
        let makers = self.makers.iter().flat_map(|(who, verdicts)| {
            verdicts.iter().map(move |(verdict, n)| vec![who.clone().into(), words(verdict).into(), number(n).into()])
        });
        let reasons = self
            .reasons
            .iter()
            .map(|((verdict, code), n)| vec![words(verdict).into(), plan.reasons.label(code).into(), number(n).into()]);
        let blocks = vec![
            Block::heading(1, "What this is of"),
            facts([
                ("Filter", Some(plan.filter.text())),
                ("Log as of", Some(format!("{} entries", plan.size))),
                ("Entries that fit", Some(self.entries.to_string())),
                ("First", place(self.first)),
                ("Last", place(self.last)),
            ]),
            Block::text(
                "These pages count what the log says. They prove nothing: the zip of the same filter holds the entries with all that is \
                 needed to check them, and says how (VERIFY.md).",
            ),
            Block::heading(1, "Decisions"),
            Block::table(
                "Decisions by reviewer and verdict",
                &[("Reviewer, named as at the time", 50), ("Verdict", 30), ("Decisions", 20)],
                makers,
            ),
            Block::heading(2, "Reasons"),
            Block::table(
                "Decisions by verdict and reason",
                &[("Verdict", 25), ("Reason", 55), ("Decisions", 20)],
                reasons,
            ),
            Block::heading(1, "Entries by act"),
            table("Entries by what was done", "Act", &self.actions),
            Block::heading(2, "Refused and failed"),
            table("Entries of acts that were refused or failed", "Act and outcome", &self.refused),
            Block::heading(1, "Checkpoint"),
            Block::text("What was signed over the log. Compare it with the checkpoint that you hold."),
            Block::Code(plan.note.clone()),
            Block::text("The key that signs:"),
            Block::Code(key.unwrap_or_default()),
        ];
        Paper {
            title: "Summary of the audit log".into(),
            about: format!("Counts of the audit log, {}", plan.filter.text()),
            // Not the time of export: the same bytes for the same filter.
            made_at: self.last.map_or(Timestamp::from_micros(0), |(_, at)| at),
            foot: format!("log as of {} entries", plan.size),
            blocks,
            attached: vec![],
        }
    }
}
