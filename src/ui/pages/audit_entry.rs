//! One entry of the log: what it says, what it changed, and the proof that it stands under a signed checkpoint.
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::audit::{action_of, object_page};
use crate::api;
use crate::domain::log::EntryPage;
use crate::domain::text::words;
use crate::ui::keys::{click, on_key};
use crate::ui::live::live;
use crate::ui::parts::badge::{Badge, Key};
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::load;
use crate::ui::parts::time::Utc;

#[component]
pub fn AuditEntry() -> impl IntoView {
    let params = use_params_map();
    let seq = Memo::new(move |_| {
        params.with(|params| params.get("seq").and_then(|seq| seq.parse::<i64>().ok()).unwrap_or(-1))
    });
    let page = Resource::new(move || seq.get(), api::audit::audit_entry);
    // Until its proof is there; not again and again, for each look is an entry itself.
    live().on_change(move |topic, id| {
        let waits = page.with_untracked(|page| matches!(page, Some(Ok(page)) if page.proof.is_none()));
        if topic == "log" && id == "checkpoint" && waits {
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
    let (tone, action) = action_of(&entry);
    let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
    let actor: Vec<(String, String)> = members(body.get("actor"));
    let facts: Vec<(String, String)> = members(body.get("facts"));
    let href = object_page(&entry);
    let object = format!("{} {}", entry.object_kind, entry.object_id);
    let step = |seq: i64| format!("/audit/entries/{seq}");
    view! {
        <div class="evidence single entry">
            <section class="panel">
                <header><h2>{format!("Entry {} of {size}", entry.seq)}</h2><Badge tone text=action /><span class="grow"></span>
                    {previous.map(|seq| view! { <a class="button" id="previous" href=step(seq) rel="prev">"Before"<Key of="previous-row" /></a> })}
                    {following.map(|seq| view! { <a class="button" id="following" href=step(seq) rel="next">"After"<Key of="next-row" /></a> })}</header>
                <dl class="facts">
                    <dt>"Time, UTC"</dt><dd><Utc at=entry.at /></dd>
                    <dt>"Who"</dt><dd>{entry.actor_name.clone()}</dd>
                    {actor.into_iter().filter(|(name, _)| !matches!(name.as_str(), "name" | "kind")).map(|(name, value)| view! { <dt>{words(&name)}</dt><dd class="mono">{value}</dd> }).collect_view()}
                    <dt>"About"</dt><dd class="mono">{match href { Some(href) => view! { <a href=href>{object}</a> }.into_any(), None => object.into_any() }}</dd>
                    <dt>"Outcome"</dt><dd>{words(&entry.outcome)}</dd>
                    {facts.into_iter().filter(|(name, _)| !matches!(name.as_str(), "before" | "after")).map(|(name, value)| view! { <dt>{words(&name)}</dt><dd class="mono" dir="auto">{value}</dd> }).collect_view()}
                </dl>
            </section>
            {(!entry.personal.is_empty() || !erased.is_empty()).then(|| view! {
                <section class="panel">
                    <header><h2>"Personal values"</h2><span class="muted small">"kept beside the entry, which holds only a salted hash of each"</span></header>
                    <dl class="facts">
                        {entry.personal.clone().into_iter().map(|(name, value)| view! { <dt>{words(&name)}</dt><dd dir="auto">{value}</dd> }).collect_view()}
                        {erased.into_iter().map(|name| view! { <dt>{words(&name)}</dt><dd class="muted">"erased; the entry and its proof stay as they were"</dd> }).collect_view()}
                    </dl>
                </section>
            })}
            {(!changes.is_empty()).then(|| view! {
                <section class="panel">
                    <header><h2>"Before and after"</h2></header>
                    <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows"><thead><tr><th scope="col">"What"</th><th scope="col">"Before"</th><th scope="col">"After"</th></tr></thead>
                    <tbody>{changes.into_iter().map(|(name, before, after)| view! { <tr><th scope="row">{words(&name)}</th><td><del class="mono">{before}</del></td><td><ins class="mono">{after}</ins></td></tr> }).collect_view()}</tbody></table></div>
                </section>
            })}
            <section class="panel">
                <header><h2>"Proof"</h2></header>
                {match proof {
                    Some(proof) => view! {
                        <p>{format!("{hashes} hashes lead from this entry to the root that was signed. Kept with the bytes below, they prove without us that it stood in the log.")}</p>
                        <details><summary>"Show the proof (c2sp.org/tlog-proof)"</summary><pre class="mono small">{proof}</pre></details>
                    }.into_any(),
                    None => view! { <p class="muted">"The next checkpoint, within a minute, brings its proof."</p> }.into_any(),
                }}
                <dl class="facts"><dt>"Leaf hash"</dt><dd class="mono">{entry.hash}</dd></dl>
                <details><summary>"Show the bytes that are hashed"</summary><pre class="mono small">{entry.body}</pre></details>
            </section>
        </div>
    }.into_any()
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
