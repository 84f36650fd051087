//! The integrity of the audit log: what was checked, what is signed, and what the checkpoint targets have.
use leptos::prelude::*;

use crate::domain::evidence::Tone;
use crate::domain::log::{Integrity, PublishedCheckpoint, Signed};
use crate::ui::leptos_ext::static_html::{inline_html, static_html};
use crate::ui::parts::badge::badge;
use crate::ui::parts::suspension;
use crate::ui::parts::time::ago;

#[component]
pub fn IntegrityBanner(integrity: Integrity) -> impl IntoView {
    let now = integrity.now;
    let Integrity {
        size,
        through,
        checked_at,
        fault,
        running,
        checkpoint,
        targets,
        alarm,
        suspension,
        asked,
        resumed,
        ..
    } = integrity;
    let head = match (&fault, &suspension, checked_at) {
        (_, Some(suspension), _) => view! { <div class="banner" data-tone="bad" {..static_html(|| suspension::suspended(suspension, now))}></div> }.into_any(),
        (Some(fault), None, _) => view! {
            <p class="strong" data-tone="bad">{format!("✕ Damaged at {}", fault.at)}</p>
            <p class="small">{fault.why.clone()}". Found "{inline_html(|| ago(fault.found_at, now))}". Decisions are stopped until a check finds the log intact again. Restore the database from a backup, then verify the log."</p>
        }
        .into_any(),
        (None, None, Some(at)) => view! {
            <p class="strong" data-tone="good">{if through > 0 { format!("✓ Intact through entry {}", through - 1) } else { "✓ Intact".to_owned() }}</p>
            <p class="muted small">"checked "{inline_html(|| ago(at, now))}{(size > through).then(|| format!(", {} newer", size - through))}</p>
        }
        .into_any(),
        (None, None, None) => view! { <p class="strong">{format!("{size} entries, not checked yet")}</p> }.into_any(),
    };
    view! {
        <section class="tile wide integrity" aria-label="Integrity of the log">
            {head}
            {running.map(|check| view! {
                <p class="small"><label>"Checking: "<progress max=check.of.max(1) value=check.done></progress></label>{format!(" {} of {}", check.done, check.of)}</p>
            })}
            {(suspension.is_some() && fault.is_some()).then(|| view! { <p data-tone="bad">"The log is damaged as well. Verify it after an intact copy is restored."</p> })}
            <div class="small" {..static_html(|| suspension::resumed(&resumed, now))}></div>
            {checkpoint.map(|signed| view! { <Root signed now /> })}
            {targets.into_iter().map(|target| view! { <Target target now /> }).collect_view()}
            {suspension.is_none().then(|| view! {
                <details class="small"><summary>"Last answers of the checkpoint targets"</summary>
                    <div {..static_html(|| suspension::asked(&asked, now))}></div>
                </details>
            })}
            {alarm.map(|why| view! { <p class="small" data-tone="warn">{why}</p> })}
        </section>
    }
}

#[component]
fn Root(signed: Signed, now: crate::domain::time::Timestamp) -> impl IntoView {
    let (from, to) =
        (signed.root.chars().take(6).collect::<String>(), signed.root.chars().skip(60).collect::<String>());
    view! {
        <p class="mono small" title=signed.root.clone()>{format!("root {from}…{to} over {} entries", signed.size)}</p>
        <details class="small"><summary>"signed "{inline_html(|| ago(signed.at, now))}{format!(" by {}", signed.key)}</summary>
            <p class="muted">"The log's public key, for an auditor who verifies an export:"</p><pre class="mono key">{signed.verifier}</pre>
        </details>
    }
}

#[component]
fn Target(target: PublishedCheckpoint, now: crate::domain::time::Timestamp) -> impl IntoView {
    let PublishedCheckpoint { name, kind, size, at, failure } = target;
    view! {
        <p class="small">
            <span class="muted">{format!("{kind} ")}</span>{name}" "
            {match at {
                Some(at) => view! { {format!("has a checkpoint of {size} entries, ")}{inline_html(|| ago(at, now))} }.into_any(),
                None => view! { <span class="muted">"has no checkpoint yet"</span> }.into_any(),
            }}
            {failure.map(|why| view! { " "{inline_html(|| badge(Tone::Bad, &why))} })}
        </p>
    }
}
