//! The panels of evidence on the page of an inquiry.
use leptos::prelude::*;
use maud::{Markup, html};

use crate::domain::account::attribute::{AttributeKind, others_in_words};
use crate::domain::document::{Document, Unread};
use crate::domain::evidence::{Evidence, Tone};
use crate::domain::id::AccountId;
use crate::domain::inquiry::{Field, InquirySession, in_persona};
use crate::domain::outcome::CheckOutcome;
use crate::domain::page_data::inquiry::{CaseRef, RelationRef};
use crate::domain::picture::{FileKind, Labelled, MOST_SHEETS, Sheets};
use crate::domain::relation::{NodeState, RelationsRead};
use crate::domain::text::{counted, words};
use crate::domain::verification::{Check, Verification, Weight};
use crate::ui::context::preferences;
use crate::ui::leptos_ext::static_html::{inline_html, static_html};
use crate::ui::pages::inquiry::report::{all_listed, behavior, listed};
use crate::ui::parts::badge::{Key, badge, key, name_tone};
use crate::ui::parts::image_viewer::{Look, Missed, Shot, Viewer};
use crate::ui::parts::panel::{heading, heading_with, none};
use crate::ui::parts::time::at;

#[component]
pub fn Pictures(
    inquiry: String,
    files: Vec<Labelled>,
    unread: Vec<Unread>,
    label: Option<String>,
    /// Whether pictures of documents are hidden from this reader now.
    hidden: bool,
    sheets: Vec<Sheets>,
    viewer: Viewer,
) -> impl IntoView {
    let none = files.is_empty() && unread.is_empty();
    let mine = preferences();
    let (veiled, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| hidden && file.picture.prints());
    let mut shots: Vec<Shot> = Vec::new();
    let (mut named, mut longer) = (Vec::new(), Vec::new());
    for file in files {
        let known = sheets.iter().find(|one| one.object_id == file.picture.object_id && one.part == file.picture.part);
        match (file.picture.kind, known.map(|known| (known.pages, known.why.clone()))) {
            (FileKind::Picture, _) => shots.push(Shot::new(&inquiry, file, None)),
            (FileKind::Pdf, Some((Some(pages), _))) => {
                for n in 1..=pages.min(MOST_SHEETS) {
                    let label = format!("{}, page {n} of {pages}", file.label);
                    shots.push(Shot::new(&inquiry, Labelled { label, ..file.clone() }, Some(n)));
                }
                if pages > MOST_SHEETS {
                    longer.push((file, pages - MOST_SHEETS));
                }
            }
            (FileKind::Pdf, None) => {
                let label = format!("{}, page 1; the number of pages is not known yet", file.label);
                shots.push(Shot::new(&inquiry, Labelled { label, ..file }, Some(1)));
            }
            (_, why) => named.push((file, why.and_then(|(_, why)| why))),
        }
    }
    let any = !shots.is_empty();
    let rest = (!named.is_empty() || !longer.is_empty() || !unread.is_empty()).then(|| {
        let html = static_html(|| {
            html! {
                @for (file, why) in &named { (named_file(&inquiry, file, why.as_deref())) }
                @for (file, more) in &longer { li { span.strong { (file.label) } ": " (more) " more pages. " (in_persona_link(&inquiry)) } }
                @for unread in &unread { (not_read(&inquiry, unread)) }
            }
        });
        view! { <ul class="files" {..html}></ul> }
    });
    view! {
        <section class="panel" id="documents">
            <header><h2>"Documents"</h2>{label.map(|label| inline_html(|| badge(Tone::Plain, &label)))}
                <span class="grow"></span><span class="muted small">"Viewing is recorded in the audit log"</span>
                {any.then(|| view! { <button type="button" id="look-closely" on:click=move |_| viewer.open(0)>"Open viewer"<Key of="picture" /></button> })}</header>
            {none.then(|| view! { <p class="muted">"No pictures were taken."</p> })}
            <div class="pictures" class:blurred=move || mine.with(|mine| mine.blur) tabindex="0" role="region" aria-label="Pictures">
                {shots.clone().into_iter().enumerate().map(|(n, shot)| {
                    let missed = Missed::new(&shot);
                    let href = shot.src.clone();
                    // The reader looks at the first two first, so they load first.
                    let (loading, priority) = if n < 2 { ("eager", Some("high")) } else { ("lazy", None) };
                    view! {
                        <figure data-part=shot.part.clone()>
                            // Without JavaScript, the link opens the picture alone.
                            <a href=href rel="external" aria-label=format!("Open in the viewer: {}", shot.label)
                                on:click=move |event| { event.prevent_default(); viewer.open(n); }>
                                <img node_ref=missed.image src=shot.small alt=format!("Picture: {}", shot.label) loading=loading fetchpriority=priority decoding="async" on:error=move |_| missed.ask() />
                            </a>
                            <figcaption>{shot.label}{move || missed.why().map(|why| format!(": {why}"))}</figcaption>
                        </figure>
                    }
                }).collect_view()}
                {veiled.into_iter().map(|file| view! {
                    <figure data-part=file.picture.part.code().into_owned() class="veiled">
                        <a href="#hidden-values" rel="external">"Hidden: give a purpose to see it"</a>
                        <figcaption>{file.label}</figcaption>
                    </figure>
                }).collect_view()}
            </div>
            {rest}
            <Look shots viewer />
        </section>
    }
}

fn in_persona_link(inquiry: &str) -> Markup {
    html! { a href=(in_persona(inquiry)) rel="external noopener noreferrer" { "Open the inquiry in Persona" } }
}

/// A file that the page cannot show: its name, and why it is not shown.
fn named_file(inquiry: &str, file: &Labelled, why: Option<&str>) -> Markup {
    html! {
        li data-part=(file.picture.part.code()) {
            span.strong { (file.label) }
            @if let Some(name) = &file.picture.name { " " span.mono dir="auto" { (name) } }
            @match why {
                Some(why) => { ": A PDF, which cannot be shown here. " (why) " " }
                None => { ": " (file.picture.kind.why()) " " }
            }
            (in_persona_link(inquiry))
        }
    }
}

fn not_read(inquiry: &str, unread: &Unread) -> Markup {
    html! {
        li data-tone="warn" {
            (badge(Tone::Warn, "Not read")) " "
            (words(&unread.what)) " " span.mono { (unread.id) }
            @match &unread.why {
                Some(why) => { ": " (why) ". " }
                None => { ": Persona lists it with this inquiry but did not return it. " }
            }
            (in_persona_link(inquiry))
        }
    }
}

fn check_line(check: &Check) -> Markup {
    let (mark, tone, spoken) = match check.weight() {
        Weight::Failed => ("✕", "bad", "failed"),
        Weight::Hint => ("!", "warn", "failed, not required"),
        Weight::Doubtful => ("!", "warn", "passed, with doubts"),
        Weight::Unknown => ("?", "warn", "status unknown"),
        Weight::Passed => ("✓", "good", "passed"),
        Weight::Skipped => ("–", "plain", "not applicable"),
    };
    html! {
        li data-tone=(tone) {
            span.mark aria-hidden="true" { (mark) }
            span { (check.label()) span.hidden { ", " (spoken) } }
            span.muted.small.right {
                // Persona's own status, because the desk does not know what it means.
                @if check.weight() == Weight::Unknown { "unknown status “" (String::from(check.status.clone())) "” " }
                @if check.weight() == Weight::Doubtful { "passed; " (check.doubts().join(", ")) " " }
                (check.reasons_label())
            }
            @if !check.metadata.is_empty() {
                details.block { summary.small.muted { "What was compared" } (listed(&check.metadata)) }
            }
        }
    }
}

/// A document that no verification checked.
fn one_document(document: &Document) -> Markup {
    let tone = if document.processed() { Tone::Plain } else { Tone::Warn };
    html! {
        div.verification {
            h3 { (document.label()) ", not checked by a verification " (badge(tone, &words(&document.status))) }
            (all_listed(&document.facts))
        }
    }
}

/// Bounds for the number of checks that are shown unfolded: as many as did not simply pass, which come first.
const FEWEST_SHOWN: usize = 3;
const MOST_SHOWN: usize = 20;

/// `not_passed` is worked out before values are hidden, because a hidden value cannot be compared.
pub fn checks(evidence: &Evidence, not_passed: &[String]) -> Markup {
    let verifications = &evidence.verifications;
    let count = |weight| verifications.iter().flat_map(|v| &v.checks).filter(|check| check.weight() == weight).count();
    let counts = [
        (Tone::Bad, count(Weight::Failed), "failed"),
        (Tone::Warn, count(Weight::Hint) + count(Weight::Doubtful), "to review"),
        (Tone::Warn, count(Weight::Unknown), "of unknown status"),
        (Tone::Good, count(Weight::Passed), "passed"),
    ];
    let counts = html! {
        @for (tone, n, what) in counts { @if n > 0 { (badge(tone, &format!("{n} {what}"))) } }
    };
    html! {
        (heading_with("Checks", &counts))
        @if verifications.is_empty() { (none("No verification was done.")) }
        @else if !not_passed.is_empty() { p.small.muted { (CheckOutcome::NotPassed { why: not_passed.to_vec() }.text()) } }
        @if let Some(earlier) = evidence.earlier_text() { p.small.muted #earlier { (earlier) } }
        @for verification in verifications { (one_verification(verification, evidence.is_superseded(verification))) }
        @for document in &evidence.documents { (one_document(document)) }
    }
}

pub fn one_verification(verification: &Verification, superseded: bool) -> Markup {
    let tone = verification.standing().map_or(Tone::Good, |against| against.tone);
    let status = if verification.status.is_empty() { "Status unknown".to_owned() } else { words(&verification.status) };
    let mut checks = verification.checks.clone();
    checks.sort_by_key(Check::weight);
    let failed = |checks: &[Check]| {
        checks
            .iter()
            .filter(|check| {
                matches!(check.weight(), Weight::Failed | Weight::Hint | Weight::Doubtful | Weight::Unknown)
            })
            .count()
    };
    let shown = failed(&checks).clamp(FEWEST_SHOWN, MOST_SHOWN).min(checks.len());
    let folded = checks.split_off(shown);
    html! {
        div.verification {
            h3 {
                (verification.label()) @if let Some(country) = &verification.country { ", " (country) } " " (badge(tone, &status))
                @if superseded { " " (badge(Tone::Plain, "earlier attempt, a later one passed")) }
            }
            ul.checks { @for check in &checks { (check_line(check)) } }
            @if !folded.is_empty() {
                details {
                    summary {
                        (folded.len()) " more"
                        @if failed(&folded) > 0 { ", " (failed(&folded)) " of them to review" }
                    }
                    ul.checks { @for check in &folded { (check_line(check)) } }
                }
            }
            // All extracted values, folded.
            @if !verification.facts.is_empty() {
                details {
                    summary { (verification.facts.len()) " extracted values" }
                    (listed(&verification.facts))
                }
            }
        }
    }
}

pub fn relations(
    account: Option<&AccountId>,
    relations: &[RelationRef],
    read: &RelationsRead,
    cases: &[CaseRef],
    shared: &[(AttributeKind, u32)],
) -> Markup {
    let open = account.map(|account| {
        html! {
            a.button href={ "/accounts/" (account.as_str()) } { "Open account" }
            a.button #open-graph href={ "/accounts/" (account.as_str()) "/relations" } { "Open graph" (key("graph")) }
        }
    });
    html! {
        (heading_with("Relations", &open.unwrap_or_default()))
        @match read {
            RelationsRead::Read => @if relations.is_empty() { (none("No relations.")) },
            RelationsRead::NotYet => p { (badge(Tone::Warn, "Relations have not been read from Persona yet")) },
            RelationsRead::Failed(why) => p { (badge(Tone::Warn, "Relations could not be read")) " " span.muted.small { (why) } },
        }
        (relation_list(relations))
        @if !shared.is_empty() {
            p { @for (kind, others) in shared { (badge(Tone::Shared, &format!("{} with {}", kind.label(), others_in_words(*others)))) " " } }
        }
        @if !cases.is_empty() {
            p.cases-of {
                span.muted { "Cases " }
                @for case in cases {
                    a href={ "/cases/" (case.id.as_str()) } { (case.name) } " " (badge(name_tone(&case.status), &case.status)) " "
                }
            }
        }
    }
}

/// The number of relations that are shown unfolded, as many as are read at a glance. Declined ones are never folded.
const UNFOLDED: usize = 12;

pub fn relation_list(relations: &[RelationRef]) -> Markup {
    let declined = relations.iter().take_while(|one| one.declined).count();
    let (first, more) = relations.split_at(UNFOLDED.max(declined).min(relations.len()));
    html! {
        ul.relations { @for relation in first { (related(relation)) } }
        @if !more.is_empty() {
            details {
                summary { (counted(more.len(), "more relation", "more relations")) }
                ul.relations { @for relation in more { (related(relation)) } }
            }
        }
    }
}

fn related(relation: &RelationRef) -> Markup {
    html! {
        li {
            @if relation.state == NodeState::Unknown {
                span.mono { (relation.name) } " " (badge(Tone::Plain, "Not known here")) " "
            } @else {
                a href={ "/accounts/" (relation.account.as_str()) } dir="auto" { (relation.name) } " "
            }
            span.muted { (relation.label) } " "
            @if let Some(status) = &relation.status {
                (badge(if relation.declined { Tone::Bad } else { name_tone(status) }, &words(status)))
            }
        }
    }
}

pub fn sessions(evidence: &Evidence) -> Markup {
    let sessions = &evidence.sessions;
    const COLUMNS: [&str; 6] = ["Started", "Device", "Browser", "IP address", "Location", "Fingerprint"];
    html! {
        (heading("Sessions"))
        @if sessions.is_empty() {
            (none("The applicant has not opened this inquiry yet."))
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Table" {
                table.rows.small-rows {
                    thead { tr { @for column in COLUMNS { th scope="col" { (column) } } } }
                    tbody { @for session in sessions { (one_session(session)) } }
                }
            }
        }
        (behavior(evidence))
    }
}

fn one_session(session: &InquirySession) -> Markup {
    let both = |one: &Option<String>, other: &Option<String>| {
        [one, other].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    html! {
        tr {
            td { @if let Some(started) = session.started_at { (at(started)) } }
            td { @if let Some(device) = &session.device { (device) } span.muted.small.block { @if let Some(system) = &session.system { (system) } } }
            td { @if let Some(browser) = &session.browser { (browser) } }
            td {
                span.mono { @if let Some(ip_address) = &session.ip_address { (ip_address) } }
                span.muted.small.block { (both(&session.connection, &session.provider)) }
                @for signal in session.against() { (badge(signal.tone, &signal.label)) " " }
            }
            td { (both(&session.region, &session.country)) }
            td.mono.small { @if let Some(print) = &session.device_fingerprint { (print.chars().take(10).collect::<String>()) } }
        }
    }
}

pub const ALL_FIELDS: &str = "All submitted fields";

/// A panel of fields, under the names that the template gives them.
pub fn fields(title: &str, fields: &[Field]) -> Markup {
    html! {
        (heading_with(title, &html! { span.muted.small { (fields.len()) } }))
        @if fields.is_empty() { (none("No fields.")) }
        dl.facts {
            @for field in fields { dt { (words(&field.key.replace('.', " "))) } dd dir="auto" { (field.value) } }
        }
    }
}
