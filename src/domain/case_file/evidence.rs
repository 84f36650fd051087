//! The evidence in a case file or an answer to an access request.
use crate::domain::comparison::Outcome;
use crate::domain::evidence::{Evidence, Tone};
use crate::domain::inquiry::InquirySession;
use crate::domain::pdf::{Block, Cell};
use crate::domain::picture::Labelled;
use crate::domain::report::Report;
use crate::domain::report::assess::Meaning;
use crate::domain::text::words;
use crate::domain::time::Timestamp;
use crate::domain::verification::{Verification, Weight};

/// The evidence, most important first. `result` gives the result of a report in words for the reader.
pub fn evidence(seen: &Evidence, result: impl Fn(&Report) -> String) -> Vec<Block> {
    let mut blocks = vec![Block::heading(3, "Submitted data, compared with document and database")];
    let dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let rows = seen.comparisons().into_iter().map(|line| {
        let (says, tone) = match &line.outcome {
            Some(outcome @ (Outcome::Same | Outcome::SameWrittenDifferently { .. })) => {
                (outcome.sentence(), Tone::Good)
            }
            Some(outcome @ Outcome::Differs { .. }) => (outcome.sentence(), Tone::Bad),
            Some(outcome) => (outcome.sentence(), Tone::Warn),
            None => ("–".to_owned(), Tone::Plain),
        };
        vec![
            line.title().into(),
            dash(&line.submitted).into(),
            dash(&line.document).into(),
            dash(&line.database).into(),
            Cell::toned(says, tone),
        ]
    });
    let columns = [("Field", 14), ("Submitted", 25), ("Document", 25), ("Database", 18), ("Compared", 18)];
    blocks.push(Block::table("Submitted values next to those of document and database", &columns, rows));
    blocks.push(Block::heading(3, "Verifications"));
    if seen.verifications.is_empty() {
        blocks.push(Block::text("None."));
    }
    for verification in &seen.verifications {
        blocks.extend(verified(verification));
    }
    for document in &seen.documents {
        blocks.push(Block::heading(4, format!("{}: {}", document.label(), words(&document.status))));
        if !document.facts.is_empty() {
            let lines = document.facts.iter().map(|field| (words(&field.key), field.value.clone()));
            blocks.push(Block::Facts(lines.collect()));
        }
    }
    let files = seen.files();
    if !files.is_empty() {
        blocks.push(Block::text(format!("Files, stored at Persona and not copied here: {}", named(&files))));
    }
    blocks.extend(seen.unread.iter().map(|unread| {
        let why = unread.why.as_ref().map_or("Persona names it as part of the inquiry", String::as_str);
        Block::Notice(format!("Not read: {} {}: {why}.", unread.what, unread.id))
    }));
    blocks.push(Block::heading(3, "Reports"));
    if seen.reports.is_empty() {
        blocks.push(Block::text("None."));
    }
    for report in &seen.reports {
        let when = report.completed_at.map_or_else(|| report.status.clone(), Timestamp::to_minute_text);
        let dismissed = if report.dismissed > 0 { format!(", {} dismissed", report.dismissed) } else { String::new() };
        blocks.push(Block::heading(4, format!("{}: {}{dismissed} ({when})", report.title(), result(report))));
        // Signals of a screening only repeat its result.
        let assessed = report.assess().signals.into_iter().filter(|_| report.meaning() != Meaning::Screening);
        let says: Vec<String> = assessed.map(|signal| signal.label).collect();
        if !says.is_empty() {
            blocks.push(Block::text(format!("{}.", says.join("; "))));
        }
        if !report.facts.is_empty() {
            let lines = report.facts.iter().map(|fact| (words(&fact.key.replace('.', " ")), fact.value.clone()));
            blocks.push(Block::Facts(lines.collect()));
        }
        if !report.matches.is_empty() {
            let columns = [("Name", 26), ("Source", 26), ("Born", 14), ("Countries", 14), ("Details", 24)];
            let rows = report.matches.iter().map(|hit| {
                let links = hit.links.iter().map(|link| format!("{}: {}", link.label, link.url));
                let what = hit.what.iter().chain(&hit.detail).cloned().chain(links).collect::<Vec<_>>().join("\n");
                let cells = [hit.name.clone(), hit.source.clone(), hit.birthdates.join(", "), hit.countries.join(", ")];
                cells.into_iter().chain([what]).map(Cell::from).collect()
            });
            blocks.push(Block::table(format!("Hits of the report {}", report.title()), &columns, rows));
        }
    }
    if !seen.behavior.is_empty() {
        blocks.push(Block::heading(3, "Behaviour, as reported by Persona"));
        let lines = seen.behavior.iter().map(|field| (words(&field.key.replace('.', " ")), field.value.clone()));
        blocks.push(Block::Facts(lines.collect()));
    }
    blocks.push(Block::heading(3, "Sessions"));
    blocks.push(sessions(&seen.sessions));
    blocks
}

fn sessions(sessions: &[InquirySession]) -> Block {
    if sessions.is_empty() {
        return Block::text("None.");
    }
    let columns = [("Started (UTC)", 20), ("Device", 30), ("Network", 34), ("Risk indicators", 20)];
    let some =
        |parts: &[&Option<String>]| parts.iter().filter_map(|part| part.as_deref()).collect::<Vec<_>>().join(", ");
    let rows = sessions.iter().map(|session| {
        let against: Vec<String> = session.against().into_iter().map(|signal| signal.label).collect();
        vec![
            session.started_at.map_or_else(|| "–".to_owned(), Timestamp::to_minute_text).into(),
            some(&[&session.device, &session.system, &session.browser]).into(),
            some(&[&session.ip_address, &session.region, &session.country, &session.provider]).into(),
            if against.is_empty() { "–".into() } else { Cell::toned(against.join(", "), Tone::Warn) },
        ]
    });
    Block::table("Sessions of the person", &columns, rows)
}

fn verified(verification: &Verification) -> Vec<Block> {
    let when = verification.completed_at.map(|at| format!(", {}", at.to_minute_text())).unwrap_or_default();
    let country = verification.country.as_ref().map(|country| format!(", {country}")).unwrap_or_default();
    let mut blocks =
        vec![Block::heading(4, format!("{}{country}: {}{when}", verification.label(), words(&verification.status)))];
    if !verification.facts.is_empty() {
        let lines = verification.facts.iter().map(|field| (words(&field.key), field.value.clone()));
        blocks.push(Block::Facts(lines.collect()));
    }
    let mut checks: Vec<_> = verification.checks.iter().collect();
    checks.sort_by_key(|check| check.weight());
    let rows = checks.into_iter().map(|check| {
        let (says, tone) = match check.weight() {
            Weight::Failed => ("failed, required", Tone::Bad),
            Weight::Hint => ("failed, not required", Tone::Warn),
            Weight::Doubtful => ("passed, with doubts", Tone::Warn),
            Weight::Unknown => ("status unknown", Tone::Warn),
            Weight::Passed => ("passed", Tone::Good),
            Weight::Skipped => ("not applicable", Tone::Plain),
        };
        let why: Vec<String> =
            std::iter::once(check.reasons_label()).filter(|why| !why.is_empty()).chain(check.doubts()).collect();
        vec![check.label().into(), Cell::toned(says, tone), why.join("; ").into()]
    });
    if !verification.checks.is_empty() {
        let columns = [("Check", 44), ("Result", 20), ("Why, in Persona's words", 36)];
        blocks.push(Block::table(format!("Checks of the verification {}", verification.label()), &columns, rows));
    }
    blocks
}

/// The labels of the files, with the reason when the page cannot show one.
fn named(files: &[Labelled]) -> String {
    let one = |Labelled { picture, label }: &Labelled| match (&picture.name, picture.kind.drawn()) {
        (_, true) => label.clone(),
        (Some(name), false) => format!("{label} ({name}; {})", picture.kind.short()),
        (None, false) => format!("{label} ({})", picture.kind.short()),
    };
    files.iter().map(one).collect::<Vec<_>>().join("; ")
}
