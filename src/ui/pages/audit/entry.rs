//! One entry of the log: what it says, what it changed, and the proof that a signed checkpoint covers it.
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use maud::{Markup, html};

use super::{action_of, object_page};
use crate::api;
use crate::domain::audit::Entry;
use crate::domain::log::EntryPage;
use crate::domain::text::words;
use crate::ui::keys::{click, on_key};
use crate::ui::leptos_ext::static_html::static_html;
use crate::ui::live::live;
use crate::ui::parts::badge::{badge, key};
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::load;
use crate::ui::parts::panel::{Panel, heading, none};
use crate::ui::parts::time::utc;
use crate::ui::resource::fetched;

#[component]
pub fn AuditEntry() -> impl IntoView {
    let params = use_params_map();
    let seq = Memo::new(move |_| {
        params.with(|params| params.get("seq").and_then(|seq| seq.parse::<i64>().ok()).unwrap_or(-1))
    });
    let again = StoredValue::new(None::<bool>);
    let page = fetched(
        move || seq.get(),
        move |seq| api::audit::audit_entry(seq, again.try_update_value(Option::take).flatten()),
    );
    // Fetch again after each checkpoint, until the entry has a proof.
    live().on_change(move |topic, id| {
        let waits = page.with_untracked(|page| matches!(page, Some(Ok(page)) if page.proof.is_none()));
        if topic == "log" && id == "checkpoint" && waits {
            again.set_value(Some(true));
            page.refetch();
        }
    });
    on_key(&["Lists"], |key| match key {
        "k" | "ArrowLeft" => click("#previous"),
        "j" | "ArrowRight" => click("#following"),
        _ => false,
    });
    view! {
        <Bar title="Audit entry"><span class="grow"></span><a class="button" href="/audit">"Back to the log"</a></Bar>
        {load(page, 8, draw)}
    }
}

fn draw(page: EntryPage) -> AnyView {
    let EntryPage { entry, erased, changes, proof, hashes, size, previous, following } = page;
    let personal = static_html(|| {
        html! {
            header { h2 { "Personal values" } span.muted.small { "stored next to the entry, which contains only a salted hash of each value" } }
            dl.facts {
                @for (name, value) in &entry.personal { dt { (words(name)) } dd dir="auto" { (value) } }
                @for name in &erased { dt { (words(name)) } dd.muted { "erased; the entry and its proof are unchanged" } }
            }
        }
    });
    let shows_personal = !entry.personal.is_empty() || !erased.is_empty();
    view! {
        <div class="evidence single entry">
            <Panel html=static_html(|| what(&entry, size, previous, following)) />
            {shows_personal.then(|| view! { <Panel html=personal /> })}
            {(!changes.is_empty()).then(|| view! { <Panel html=static_html(|| before_and_after(&changes)) /> })}
            <Panel html=static_html(|| proven(&entry, proof.as_deref(), hashes)) />
        </div>
    }
    .into_any()
}

fn what(entry: &Entry, size: i64, previous: Option<i64>, following: Option<i64>) -> Markup {
    let (tone, action) = action_of(entry);
    let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
    let object = format!("{} {}", entry.object_kind, entry.object_id);
    html! {
        header {
            h2 { "Entry " (entry.seq) " of " (size) } (badge(tone, &action)) span.grow {}
            @if let Some(seq) = previous { a.button #previous href={ "/audit/entries/" (seq) } rel="prev" { "Previous" (key("previous-row")) } }
            @if let Some(seq) = following { a.button #following href={ "/audit/entries/" (seq) } rel="next" { "Next" (key("next-row")) } }
        }
        dl.facts {
            dt { "Time, UTC" } dd { (utc(entry.at)) }
            dt { "Who" } dd { (entry.actor_name) }
            @for (name, value) in members(body.get("actor")).iter().filter(|(name, _)| !matches!(name.as_str(), "name" | "kind")) {
                dt { (words(name)) } dd.mono { (value) }
            }
            dt { "About" }
            dd.mono { @if let Some(href) = object_page(entry) { a href=(href) { (object) } } @else { (object) } }
            dt { "Outcome" } dd { (words(&entry.outcome)) }
            @for (name, value) in members(body.get("facts")).iter().filter(|(name, _)| !matches!(name.as_str(), "before" | "after")) {
                dt { (words(name)) } dd.mono dir="auto" { (value) }
            }
        }
    }
}

fn before_and_after(changes: &[(String, String, String)]) -> Markup {
    html! {
        (heading("Before and after"))
        div.scroll tabindex="0" role="region" aria-label="Table" {
            table.rows {
                thead { tr { th scope="col" { "What" } th scope="col" { "Before" } th scope="col" { "After" } } }
                tbody {
                    @for (name, before, after) in changes {
                        tr { th scope="row" { (words(name)) } td { del.mono { (before) } } td { ins.mono { (after) } } }
                    }
                }
            }
        }
    }
}

fn proven(entry: &Entry, proof: Option<&str>, hashes: usize) -> Markup {
    html! {
        (heading("Proof"))
        @if let Some(proof) = proof {
            p { (hashes) " hashes lead from this entry to the signed root. Save them together with the bytes below: they prove, without the desk, that the log contained this entry." }
            details { summary { "Show the proof (c2sp.org/tlog-proof)" } pre.mono.small { (proof) } }
        } @else {
            (none("No proof yet. The next checkpoint, within a minute, adds it."))
        }
        dl.facts { dt { "Leaf hash" } dd.mono { (entry.hash) } }
        details { summary { "Show the hashed bytes" } pre.mono.small { (entry.body) } }
    }
}

fn members(value: Option<&serde_json::Value>) -> Vec<(String, String)> {
    let map = value.and_then(serde_json::Value::as_object);
    let shown = |value: &serde_json::Value| match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    map.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), shown(value)?))).collect()
}
