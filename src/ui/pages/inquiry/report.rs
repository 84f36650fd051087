//! Reports and behaviour on the page of an inquiry.
use maud::{Markup, html};

use crate::domain::document::Unread;
use crate::domain::evidence::{Evidence, Tone};
use crate::domain::inquiry::Field;
use crate::domain::report::assess::Meaning;
use crate::domain::report::{Match, Report};
use crate::domain::text::{counted, words};
use crate::ui::parts::badge::badge;
use crate::ui::parts::panel::{heading, none};

pub fn reports(reports: &[Report], unread: &[Unread]) -> Markup {
    let lost = unread.iter().filter(|unread| unread.what.contains("report")).count();
    html! {
        (heading("Reports"))
        @if lost > 0 {
            p { (badge(Tone::Warn, &format!("{} not read", counted(lost, "report", "reports")))) " They are listed under “Documents”." }
        } @else if reports.is_empty() {
            (none("No report was run."))
        }
        @for report in reports { (one_report(report)) }
    }
}

/// The most facts that are shown unfolded.
const MOST_FACTS: usize = 16;

/// A link from Persona's data, for the reader to follow. The browser sends the other site no referrer.
fn outside(label: &str, url: &str) -> Markup {
    html! { a href=(url) rel="external noopener noreferrer" dir="auto" { (label) } }
}

fn value(text: &str) -> Markup {
    if text.starts_with("https://") || text.starts_with("http://") {
        outside(text, text)
    } else {
        html! { (text) }
    }
}

pub fn listed(fields: &[Field]) -> Markup {
    html! {
        dl.facts {
            @for fact in fields { dt { (words(&fact.key.replace('.', " "))) } dd dir="auto" { (value(&fact.value)) } }
        }
    }
}

/// All fields, folded if there are many.
pub fn all_listed(fields: &[Field]) -> Markup {
    html! {
        @if fields.len() > MOST_FACTS {
            details { summary { (fields.len()) " values" } (listed(fields)) }
        } @else if !fields.is_empty() {
            (listed(fields))
        }
    }
}

pub fn one_report(report: &Report) -> Markup {
    let assessed = report.assess();
    // For a screening, the signal would only repeat the result.
    let signals =
        assessed.signals.iter().filter(|signal| report.meaning() != Meaning::Screening && signal.tone != Tone::Plain);
    html! {
        div.report data-kind=(report.kind) {
            h3 {
                (report.title()) " " (badge(assessed.tone, &assessed.text))
                @if let Some(term) = &report.term { span.muted.small dir="auto" { "searched for " (term) } }
                @if report.dismissed > 0 { span.muted.small { (report.dismissed) " dismissed earlier" } }
            }
            @for signal in signals { (badge(signal.tone, &signal.label)) " " }
            @for found in &report.matches { (one_match(found)) }
            (all_listed(&report.facts))
        }
    }
}

fn one_match(found: &Match) -> Markup {
    html! {
        div.match {
            p {
                span.strong dir="auto" { (found.name) } " " span.muted { (found.source) }
                @if let Some(what) = &found.what { " " (badge(Tone::Warn, &words(what))) }
                @if let Some(how) = &found.dismissed { " " (badge(Tone::Info, how)) }
            }
            p.small.muted {
                @if !found.birthdates.is_empty() { "Born " (found.birthdates.join(", ")) ". " }
                @if !found.countries.is_empty() { (found.countries.join(", ")) ". " }
            }
            ul.small {
                @for line in &found.detail { li dir="auto" { (line) } }
                @for link in &found.links { li { (outside(&link.label, &link.url)) " " span.muted dir="auto" { (link.url) } } }
            }
        }
    }
}

/// What Persona reports about the applicant's behaviour; empty if it reports nothing.
pub fn behavior(evidence: &Evidence) -> Markup {
    let of_sessions: Vec<Field> = evidence.sessions.iter().flat_map(|session| session.signals.clone()).collect();
    html! {
        @if !evidence.behavior.is_empty() || !of_sessions.is_empty() {
            h3 { "Behaviour, as reported by Persona" }
            (all_listed(&evidence.behavior))
            (all_listed(&of_sessions))
        }
    }
}
