//! Whether the log is intact, as far as it is known: what was checked, what is signed, and who outside can say so.
use leptos::prelude::*;

use crate::domain::evidence::Tone;
use crate::domain::log::{Integrity, PublishedCheckpoint, Signed};
use crate::ui::parts::badge::badge;
use crate::ui::parts::suspended;
use crate::ui::parts::time::ago;
use crate::ui::plain::{inline, plain};

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
        (_, Some(suspension), _) => view! { <div class="banner" data-tone="bad" {..plain(|| suspended::suspended(suspension, now))}></div> }.into_any(),
        (Some(fault), None, _) => view! {
            <p class="strong" data-tone="bad">{format!("✕ Damaged at {}", fault.at)}</p>
            <p class="small">{fault.why.clone()}". Found "{inline(|| ago(fault.found_at, now))}". Decisions are stopped until a check finds the log whole again: bring the database back from a backup, then verify."</p>
        }
        .into_any(),
        (None, None, Some(at)) => view! {
            <p class="strong" data-tone="good">{if through > 0 { format!("✓ Intact through entry {}", through - 1) } else { "✓ Intact".to_owned() }}</p>
            <p class="muted small">"checked "{inline(|| ago(at, now))}{(size > through).then(|| format!(", {} newer", size - through))}</p>
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
            {(suspension.is_some() && fault.is_some()).then(|| view! { <p data-tone="bad">"The log is damaged as well: verify it once a whole copy is back."</p> })}
            <div class="small" {..plain(|| suspended::resumed(&resumed, now))}></div>
            {checkpoint.map(|signed| view! { <Root signed now /> })}
            {targets.into_iter().map(|target| view! { <Target target now /> }).collect_view()}
            {suspension.is_none().then(|| view! {
                <details class="small"><summary>"What holders of checkpoints said when they were last asked"</summary>
                    <div {..plain(|| suspended::asked(&asked, now))}></div>
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
        <details class="small"><summary>"signed "{inline(|| ago(signed.at, now))}{format!(" by {}", signed.key)}</summary>
            <p class="muted">"The log's key, for the auditor who checks a file:"</p><pre class="mono key">{signed.verifier}</pre>
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
                Some(at) => view! { {format!("holds {size} entries, ")}{inline(|| ago(at, now))} }.into_any(),
                None => view! { <span class="muted">"holds none yet"</span> }.into_any(),
            }}
            {failure.map(|why| view! { " "{inline(|| badge(Tone::Bad, &why))} })}
        </p>
    }
}
