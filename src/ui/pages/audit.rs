//! The audit log: who did what, when and why; and its download.
use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;

use crate::api;
use crate::domain::audit::Entry;
use crate::domain::decision::State;
use crate::domain::desk::{AuditFilter, AuditPage};
use crate::domain::evidence::Tone;
use crate::domain::reason::reason;
use crate::domain::reviewer::Need;
use crate::domain::text::words;
use crate::ui::app::may;
use crate::ui::keys::{focus, on_key};
use crate::ui::parts::badge::{Badge, Key, state_tone};
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::load;
use crate::ui::parts::table::{Empty, Pages, query};
use crate::ui::parts::time::At;

#[component]
pub fn Audit() -> impl IntoView {
    let params = use_query_map();
    let filter = Memo::new(move |_| {
        params.with(|params| {
            let get = |name: &str| params.get(name).filter(|value| !value.is_empty());
            AuditFilter { action: get("action"), actor: get("actor"), object: get("object"), before: get("before") }
        })
    });
    let page = Resource::new(move || filter.get(), api::audit::audit);
    on_key(|key| key == "/" && focus("#object"));
    view! {
        <Bar title="Audit log">
            <span class="grow"></span>
            <Form method="GET" action="/audit" attr:class="search" attr:role="search">
                <label class="hidden" for="object">"Find the entries about one ID"</label>
                <input id="object" name="object" type="search" maxlength="128" placeholder="ID of an inquiry, case or reviewer" prop:value=move || filter.get().object.unwrap_or_default() value=filter.get_untracked().object.unwrap_or_default() />
                <Key key="/" />
            </Form>
            {may(Need::ExportAudit).then(|| view! { <a class="button primary" href="/audit/export" rel="external" download="">"Export decision log"</a> })}
        </Bar>
        {load(page, 14, move |page| draw(page, filter.get_untracked()))}
    }
}

fn draw(page: AuditPage, filter: AuditFilter) -> AnyView {
    let address = |before: Option<&str>| {
        format!(
            "/audit{}",
            query(&[
                ("action", filter.action.as_deref()),
                ("actor", filter.actor.as_deref()),
                ("object", filter.object.as_deref()),
                ("before", before)
            ])
        )
    };
    let first = filter.before.is_some().then(|| address(None));
    let next = page.next.map(|seq| address(Some(&seq.to_string())));
    let count = |prefix: &str| {
        page.actions.iter().filter(|(action, _)| action.starts_with(prefix)).map(|(_, n)| n).sum::<i64>()
    };
    let (made, confirmed, denied) =
        (count("decision.made"), count("decision.confirmed"), count("access.denied") + count("session.refused"));
    let shown = page.entries.len();
    let narrowed = filter.action.is_some() || filter.actor.is_some() || filter.object.is_some();
    let object = filter.object.clone();
    let mut actions: Vec<(String, String)> = vec![("decision".into(), "All about decisions".into())];
    actions.extend(
        page.actions.iter().map(|(action, n)| (action.clone(), format!("{} ({n})", words(action).replace('.', " ")))),
    );
    view! {
        <div class="tiles">
            <div class="tile wide"><p class="strong">{format!("{} entries, without a gap", page.size)}</p>
                <p class="muted small">"Each entry is written in the same database commit as what it records; the database refuses to change or delete one. Every row shows the hash of its entry."</p></div>
            <div class="tile"><p class="muted">"Decisions made"</p><p class="figure num">{made}</p></div>
            <div class="tile"><p class="muted">"Confirmed by Persona"</p><p class="figure num">{confirmed}</p></div>
            <div class="tile"><p class="muted">"Refused attempts"</p><p class="figure num">{denied}</p></div>
        </div>
        <div class="filters">
            <Form method="GET" action="/audit" attr:class="narrow">
                {object.map(|object| view! { <input type="hidden" name="object" value=object /> })}
                <Pick name="action" label="Action" all="Any action" options=actions chosen=filter.action.clone() />
                <Pick name="actor" label="Reviewer" all="Anyone" options=page.actors.iter().map(|a| (a.clone(), a.clone())).collect() chosen=filter.actor.clone() />
                <button type="submit">"Apply"</button>
                {narrowed.then(|| view! { <a href="/audit">"Clear"</a> })}
            </Form>
        </div>
        {if page.entries.is_empty() {
            view! { <Empty title="No entries fit" hint="Take a filter away." /> }.into_any()
        } else {
            view! {
                <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows audit">
                    <caption class="hidden">"Audit entries, newest first"</caption>
                    <thead><tr><th scope="col">"Entry"</th><th scope="col">"Time, UTC"</th><th scope="col">"Who"</th><th scope="col">"Action"</th><th scope="col">"About"</th><th scope="col">"Reason"</th><th scope="col">"Comment"</th><th scope="col">"Persona"</th><th scope="col">"Leaf hash"</th></tr></thead>
                    <tbody>{page.entries.into_iter().map(|entry| {
                        let name = page.names.get(&entry.object_id).cloned();
                        let state = entry.fact("decision").and_then(|id| page.deliveries.get(&id).copied());
                        view! { <Row entry name state /> }
                    }).collect_view()}</tbody>
                </table></div>
            }.into_any()
        }}
        <Pages first next note=format!("{shown} entries, newest first") />
    }.into_any()
}

#[component]
fn Pick(
    name: &'static str,
    label: &'static str,
    all: &'static str,
    options: Vec<(String, String)>,
    chosen: Option<String>,
) -> impl IntoView {
    view! {
        <label><span class="hidden">{label}</span><select name=name>
            <option value="">{all}</option>
            {options.into_iter().map(|(value, text)| {
                let selected = chosen.as_ref() == Some(&value);
                view! { <option value=value selected=selected>{text}</option> }
            }).collect_view()}
        </select></label>
    }
}

#[component]
fn Row(entry: Entry, name: Option<String>, state: Option<State>) -> impl IntoView {
    let verdict = entry.fact("verdict");
    let tone = match (verdict.as_deref(), entry.outcome.as_str()) {
        (_, "denied" | "failed") => Tone::Bad,
        (Some("approve"), _) => Tone::Good,
        (Some("decline"), _) => Tone::Bad,
        (Some("mark-for-review"), _) => Tone::Warn,
        (Some("set-status"), _) => Tone::Info,
        _ => Tone::Plain,
    };
    let action = match (entry.action.as_str(), verdict) {
        ("decision.made", Some(verdict)) => words(&verdict).to_lowercase(),
        (action, Some(verdict)) => {
            format!("{}: {}", words(action).replace('.', " ").to_lowercase(), words(&verdict).to_lowercase())
        }
        (action, None) => words(action).replace('.', " ").to_lowercase(),
    };
    let why = entry.fact("reason").map(|code| reason(&code).map_or(code.clone(), |reason| reason.label.to_owned()));
    let note = entry.fact("why").or_else(|| entry.fact("need")).or_else(|| entry.fact("answer"));
    let href = match entry.object_kind.as_str() {
        "inquiry" => Some(format!("/inquiries/{}", entry.object_id)),
        "case" => Some(format!("/cases/{}", entry.object_id)),
        "account" => Some(format!("/accounts/{}", entry.object_id)),
        _ => None,
    };
    let about = name
        .unwrap_or_else(|| format!("{} {}", entry.object_kind, entry.object_id.chars().take(18).collect::<String>()));
    let short: String = entry.hash.chars().take(8).collect();
    let comment = entry.personal.get("comment").cloned();
    view! {
        <tr id=format!("entry-{}", entry.seq)>
            <td class="mono num">{entry.seq}</td>
            <td><At at=entry.at /></td>
            <td>{entry.actor_name}</td>
            <td><Badge tone text=action /></td>
            <td dir="auto">{match href { Some(href) => view! { <a href=href>{about}</a> }.into_any(), None => view! { <span class="muted">{about}</span> }.into_any() }}</td>
            <td>{why.or(note)}</td>
            <td class="muted clip" dir="auto">{comment}</td>
            <td>{state.map(|state| view! { <Badge tone=state_tone(state) text=state.to_string() /> })}</td>
            <td><details class="leaf"><summary class="mono">{format!("{short}…")}</summary><pre class="mono small">{entry.hash}"\n"{entry.body}</pre></details></td>
        </tr>
    }
}
