//! The panels of evidence on the page of an inquiry.
use leptos::prelude::*;

use crate::domain::account::AttributeKind;
use crate::domain::desk::{CaseRef, RelationRef};
use crate::domain::evidence::{Evidence, Tone};
use crate::domain::id::AccountId;
use crate::domain::inquiry::{Field, InquirySession};
use crate::domain::report::Report;
use crate::domain::text::words;
use crate::domain::verification::{Check, Verification, Weight};
use crate::ui::app::preferences;
use crate::ui::parts::badge::{Badge, Key, name_tone};
use crate::ui::parts::time::At;
use crate::ui::parts::viewer::{Look, Shot, Viewer};

#[component]
pub fn Pictures(inquiry: String, evidence: Evidence, label: Option<String>, viewer: Viewer) -> impl IntoView {
    let pictures = evidence.pictures();
    let none = pictures.is_empty();
    let mine = preferences();
    let shots: Vec<Shot> = pictures
        .iter()
        .map(|picture| Shot {
            src: format!("/documents/{}/{}?inquiry={inquiry}", picture.object_id, picture.part.as_str()),
            label: picture.part.label().to_string(),
        })
        .collect();
    view! {
        <section class="panel" id="documents">
            <header><h2>"Documents"</h2>{label.map(|label| view! { <Badge tone=Tone::Plain text=label /> })}
                <span class="grow"></span><span class="muted small">"Viewing is recorded in the audit log"</span>
                {(!none).then(|| view! { <button type="button" id="look-closely" on:click=move |_| viewer.open(0)>"Look closely"<Key of="picture" /></button> })}</header>
            {none.then(|| view! { <p class="muted">"No pictures were taken."</p> })}
            <div class="pictures" class:blurred=move || mine.with(|mine| mine.blur) tabindex="0" role="region" aria-label="Pictures">
                {pictures.into_iter().zip(shots.clone()).enumerate().map(|(n, (picture, shot))| {
                    let broken = RwSignal::new(false);
                    let href = shot.src.clone();
                    // The first two are what is looked at first.
                    let (loading, priority) = if n < 2 { ("eager", Some("high")) } else { ("lazy", None) };
                    view! {
                        <figure data-part=picture.part.as_str()>
                            // Without JavaScript the picture opens by itself.
                            <a href=href rel="external" aria-label=format!("Look at it closely: {}", shot.label)
                                on:click=move |event| { event.prevent_default(); viewer.open(n); }>
                                <img src=shot.src alt=format!("{} of the person or document", shot.label) loading=loading fetchpriority=priority decoding="async" on:error=move |_| broken.set(true) />
                            </a>
                            <figcaption>{shot.label}{move || broken.get().then_some(": cannot be shown; Persona does not give it out now")}</figcaption>
                        </figure>
                    }
                }).collect_view()}
            </div>
            <Look shots viewer />
        </section>
    }
}

fn check_line(check: &Check) -> AnyView {
    let (mark, tone, spoken) = match check.weight() {
        Weight::Failed => ("✕", "bad", "failed"),
        Weight::Hint => ("!", "warn", "failed, not required"),
        Weight::Passed => ("✓", "good", "passed"),
        Weight::Skipped => ("–", "plain", "not applicable"),
    };
    view! {
        <li data-tone=tone>
            <span class="mark" aria-hidden="true">{mark}</span>
            <span>{check.label()}<span class="hidden">", "{spoken}</span></span>
            <span class="muted small right">{check.reasons_label()}</span>
        </li>
    }
    .into_any()
}

/// Checks that stand unfolded: those that failed, and never fewer than a few.
const FEWEST_SHOWN: usize = 3;
const MOST_SHOWN: usize = 20;

#[component]
pub fn Checks(verifications: Vec<Verification>) -> impl IntoView {
    let count = |weight| verifications.iter().flat_map(|v| &v.checks).filter(|check| check.weight() == weight).count();
    let (failed, hints, passed) = (count(Weight::Failed), count(Weight::Hint), count(Weight::Passed));
    view! {
        <section class="panel" id="checks">
            <header><h2>"Checks"</h2><span class="grow"></span>
                {(failed > 0).then(|| view! { <Badge tone=Tone::Bad text=format!("{failed} failed") /> })}
                {(hints > 0).then(|| view! { <Badge tone=Tone::Warn text=format!("{hints} to look at") /> })}
                <Badge tone=Tone::Good text=format!("{passed} passed") />
            </header>
            {verifications.is_empty().then(|| view! { <p class="muted">"No verification was done."</p> })}
            {verifications.into_iter().map(|verification| {
                let tone = if verification.passed() { Tone::Good } else if verification.failed() { Tone::Bad } else { Tone::Plain };
                let mut checks = verification.checks.clone();
                checks.sort_by_key(Check::weight);
                let failed = |checks: &[Check]| checks.iter().filter(|check| matches!(check.weight(), Weight::Failed | Weight::Hint)).count();
                let shown = failed(&checks).clamp(FEWEST_SHOWN, MOST_SHOWN).min(checks.len());
                let folded = checks.split_off(shown);
                let (shown, more) = (checks, match (folded.len(), failed(&folded)) {
                    (n, 0) => format!("{n} more"),
                    (n, failed) => format!("{n} more, {failed} of them failed"),
                });
                let n = folded.len();
                view! {
                    <div class="verification">
                        <h3>{verification.label()}" "<Badge tone=tone text=words(&verification.status) /></h3>
                        <ul class="checks">{shown.iter().map(check_line).collect_view()}</ul>
                        {(n > 0).then(|| view! {
                            <details><summary>{more}</summary><ul class="checks">{folded.iter().map(check_line).collect_view()}</ul></details>
                        })}
                        <Facts facts=verification.facts.clone() />
                    </div>
                }
            }).collect_view()}
        </section>
    }
}

/// Everything that was read, for whoever wants it.
#[component]
fn Facts(facts: Vec<Field>) -> impl IntoView {
    (!facts.is_empty()).then(|| view! {
        <details><summary>{format!("{} values read", facts.len())}</summary>
            <dl class="facts">
                {facts.into_iter().map(|fact| view! { <dt>{words(&fact.key)}</dt><dd dir="auto">{fact.value}</dd> }).collect_view()}
            </dl>
        </details>
    })
}

#[component]
pub fn Reports(reports: Vec<Report>) -> impl IntoView {
    view! {
        <section class="panel" id="reports">
            <header><h2>"Reports"</h2></header>
            {reports.is_empty().then(|| view! { <p class="muted">"No report was run."</p> })}
            {reports.into_iter().map(|report| {
                let (tone, text) = match (report.has_match, report.status.as_str()) {
                    (true, _) => (Tone::Bad, format!("{} {}", report.matches.len(), if report.matches.len() == 1 { "match" } else { "matches" })),
                    (false, "ready") => (Tone::Good, "No match".to_owned()),
                    (false, other) => (Tone::Plain, words(other)),
                };
                let dismissed = report.dismissed;
                view! {
                    <div class="report">
                        <h3>{report.label()}" "<Badge tone text />
                            {report.term.clone().map(|term| view! { <span class="muted small" dir="auto">"searched for "{term}</span> })}
                            {(dismissed > 0).then(|| view! { <span class="muted small">{format!("{dismissed} dismissed earlier")}</span> })}</h3>
                        {report.matches.into_iter().map(|found| view! {
                            <div class="match">
                                <p><span class="strong" dir="auto">{found.name}</span>" "<span class="muted">{found.source}</span>
                                    {found.what.map(|what| view! { " "<Badge tone=Tone::Warn text=words(&what) /> })}</p>
                                <p class="small muted">
                                    {(!found.birthdates.is_empty()).then(|| format!("Born {}. ", found.birthdates.join(", ")))}
                                    {(!found.countries.is_empty()).then(|| format!("{}. ", found.countries.join(", ")))}
                                </p>
                                <ul class="small">{found.detail.into_iter().map(|line| view! { <li dir="auto">{line}</li> }).collect_view()}</ul>
                            </div>
                        }).collect_view()}
                    </div>
                }
            }).collect_view()}
        </section>
    }
}

#[component]
pub fn Relations(
    account: Option<AccountId>,
    relations: Vec<RelationRef>,
    cases: Vec<CaseRef>,
    shared: Vec<(AttributeKind, u32)>,
) -> impl IntoView {
    let none = relations.is_empty();
    view! {
        <section class="panel" id="relations">
            <header><h2>"Relations"</h2><span class="grow"></span>
                {account.map(|account| view! {
                    <a class="button" href=format!("/accounts/{account}")>"Open account"</a>
                    <a class="button" id="open-graph" href=format!("/accounts/{account}/relations")>"Open graph"<Key of="graph" /></a>
                })}
            </header>
            {none.then(|| view! { <p class="muted">"None known yet. Opening the graph asks Persona."</p> })}
            <RelationList relations />
            {(!shared.is_empty()).then(|| view! {
                <p>{shared.into_iter().map(|(kind, others)| view! { <Badge tone=Tone::Shared text=format!("{} with {others}", kind.label()) />" " }).collect_view()}</p>
            })}
            {(!cases.is_empty()).then(|| view! {
                <p class="cases-of"><span class="muted">"Cases "</span>
                    {cases.into_iter().map(|case| view! { <a href=format!("/cases/{}", case.id)>{case.name}</a>" "<Badge tone=name_tone(&case.status) text=case.status.clone() />" " }).collect_view()}</p>
            })}
        </section>
    }
}

#[component]
pub fn RelationList(relations: Vec<RelationRef>) -> impl IntoView {
    view! {
        <ul class="relations">
            {relations.into_iter().map(|relation| view! {
                <li>
                    <a href=format!("/accounts/{}", relation.account) dir="auto">{relation.name}</a>" "
                    <span class="muted">{relation.label}</span>" "
                    {relation.status.map(|status| view! { <Badge tone=if relation.declined { Tone::Bad } else { name_tone(&status) } text=words(&status) /> })}
                </li>
            }).collect_view()}
        </ul>
    }
}

#[component]
pub fn Sessions(sessions: Vec<InquirySession>) -> impl IntoView {
    view! {
        <section class="panel" id="sessions">
            <header><h2>"Sessions"</h2></header>
            {sessions.is_empty().then(|| view! { <p class="muted">"Nobody has opened this inquiry yet."</p> })}
            <div class="scroll" tabindex="0" role="region" aria-label="Table">
            {(!sessions.is_empty()).then(|| view! {
                <table class="rows small-rows">
                    <thead><tr><th scope="col">"Started"</th><th scope="col">"Device"</th><th scope="col">"Browser"</th><th scope="col">"Network"</th><th scope="col">"Where"</th><th scope="col">"Fingerprint"</th></tr></thead>
                    <tbody>{sessions.into_iter().map(|session| {
                        let flags = session.network_flags.clone();
                        let threat = session.threat_level.clone().filter(|level| level != "low" && level != "unknown");
                        view! {
                            <tr>
                                <td>{session.started_at.map(|at| view! { <At at /> })}</td>
                                <td>{session.device}<span class="muted small block">{session.system}</span></td>
                                <td>{session.browser}</td>
                                <td><span class="mono">{session.ip_address}</span>
                                    <span class="muted small block">{[session.connection, session.provider].into_iter().flatten().collect::<Vec<_>>().join(", ")}</span>
                                    {flags.into_iter().map(|flag| view! { <Badge tone=Tone::Warn text=flag />" " }).collect_view()}
                                    {threat.map(|level| view! { <Badge tone=Tone::Warn text=format!("threat {level}") /> })}</td>
                                <td>{[session.region, session.country].into_iter().flatten().collect::<Vec<_>>().join(", ")}</td>
                                <td class="mono small">{session.device_fingerprint.map(|print| print.chars().take(10).collect::<String>())}</td>
                            </tr>
                        }
                    }).collect_view()}</tbody>
                </table>
            })}
            </div>
        </section>
    }
}

/// All submitted fields, whatever the template calls them.
#[component]
pub fn Fields(fields: Vec<Field>, #[prop(default = "All submitted fields")] title: &'static str) -> impl IntoView {
    view! {
        <section class="panel" id="fields">
            <header><h2>{title}</h2><span class="grow"></span><span class="muted small">{fields.len()}</span></header>
            {fields.is_empty().then(|| view! { <p class="muted">"There is nothing in them."</p> })}
            <dl class="facts">
                {fields.into_iter().map(|field| view! { <dt>{words(&field.key.replace('.', " "))}</dt><dd dir="auto">{field.value}</dd> }).collect_view()}
            </dl>
        </section>
    }
}
