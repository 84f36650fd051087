//! The audit log: who did what, when and why; whether it is intact; and its downloads.
use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;

use crate::api;
use crate::api::audit::CheckNow;
use crate::domain::audit::Entry;
use crate::domain::decision::State;
use crate::domain::evidence::Tone;
use crate::domain::log::{AuditFilter, AuditPage};
use crate::domain::reviewer::Need;
use crate::domain::text::words;
use crate::ui::app::{may, reasons};
use crate::ui::keys::{click, focus, on_key};
use crate::ui::live::live;
use crate::ui::parts::badge::{Badge, Key, state_tone};
use crate::ui::parts::frame::Bar;
use crate::ui::parts::integrity::IntegrityBanner;
use crate::ui::parts::load::{error_in_address, load};
use crate::ui::parts::table::{Empty, Pages, query};
use crate::ui::parts::time::Utc;

#[component]
pub fn Audit() -> impl IntoView {
    let params = use_query_map();
    let filter = Memo::new(move |_| {
        params.with(|params| {
            let get = |name: &str| params.get(name).filter(|value| !value.is_empty());
            let [action, actor, object, outcome] = ["action", "actor", "object", "outcome"].map(get);
            AuditFilter { action, actor, object, outcome, from: get("from"), to: get("to"), before: get("before") }
        })
    });
    let page = Resource::new(move || filter.get(), api::audit::audit);
    let check = ServerAction::<CheckNow>::new();
    let refused = error_in_address("/api/audit-check");
    on_key(&["Lists", "Audit log"], |key| match key {
        "/" => focus("#object"),
        "v" => click("#check-now"),
        _ => false,
    });
    view! {
        <Bar title="Audit log">
            <span class="grow"></span>
            <Form method="GET" action="/audit" attr:class="search" attr:role="search">
                <label class="hidden" for="object">"Find the entries about one ID, or one entry by its number"</label>
                <input id="object" name="object" type="search" maxlength="128" placeholder="ID, or number of an entry" prop:value=move || filter.get().object.unwrap_or_default() value=filter.get_untracked().object.unwrap_or_default() />
                <Key of="search" />
            </Form>
            <ActionForm action=check><button id="check-now" type="submit" disabled=move || check.pending().get()>"Verify now"<Key of="verify" /></button></ActionForm>
            <a class="button" href="/audit/verify">"Check a file"</a>
        </Bar>
        <div role="status">{move || check.value().get().and_then(Result::err).or_else(|| refused.get()).map(|error| view! { <p class="banner" data-tone="bad">{error.to_string()}</p> })}</div>
        <Banner />
        {load(page, 14, move |page| draw(page, filter.get_untracked()))}
    }
}

fn draw(page: AuditPage, filter: AuditFilter) -> AnyView {
    let address = |before: Option<&str>| {
        let mut pairs = filter.pairs().to_vec();
        pairs.push(("before", before));
        format!("/audit{}", query(&pairs))
    };
    let first = filter.before.is_some().then(|| address(None));
    let next = page.next.map(|seq| address(Some(&seq.to_string())));
    let count = |prefix: &str| {
        page.actions.iter().filter(|(action, _)| action.starts_with(prefix)).map(|(_, n)| n).sum::<i64>()
    };
    let (made, given, denied) =
        (count("decision.made"), count("countersign.given"), count("access.denied") + count("session.refused"));
    let shown = page.entries.len();
    let mut actions: Vec<(String, String)> = vec![("decision".into(), "All about decisions".into())];
    actions.extend(
        page.actions.iter().map(|(action, n)| (action.clone(), format!("{} ({n})", words(action).replace('.', " ")))),
    );
    let outcomes = ["ok", "denied", "failed"].map(|outcome| (outcome.to_owned(), words(outcome))).to_vec();
    let through = page.signed;
    let (typed, narrowed) = (filter.clone(), filter.is_narrowed());
    view! {
        <div class="tiles">
            <div class="tile"><p class="muted">"Entries"</p><p class="figure num">{page.size}</p><p class="muted small">"numbered without a gap"</p></div>
            <div class="tile"><p class="muted">"Decisions made"</p><p class="figure num">{made}</p></div>
            <div class="tile"><p class="muted">"Countersigned"</p><p class="figure num">{given}</p><p class="muted small">{format!("{} refused by the second reviewer", count("countersign.refused"))}</p></div>
            <div class="tile"><p class="muted">"Refused attempts"</p><p class="figure num">{denied}</p><p class="muted small">"sign-ins and pages"</p></div>
        </div>
        <div class="filters">
            <Form method="GET" action="/audit" attr:class="narrow">
                {typed.object.map(|object| view! { <input type="hidden" name="object" value=object /> })}
                <Pick name="action" label="Action" all="Any action" options=actions chosen=typed.action />
                <Pick name="actor" label="Reviewer" all="Anyone" options=page.actors.iter().map(|a| (a.clone(), a.clone())).collect() chosen=typed.actor />
                <Pick name="outcome" label="Outcome" all="Any outcome" options=outcomes chosen=typed.outcome />
                <label class="day">"From "<input type="date" name="from" value=typed.from /></label>
                <label class="day">"to "<input type="date" name="to" value=typed.to /></label>
                <button type="submit">"Apply"</button>
                {narrowed.then(|| view! { <a href="/audit">"Clear"</a> })}
            </Form>
            <span class="grow"></span>
            {may(Need::ExportAudit).then(|| view! { <Export filter=filter.clone() through /> })}
        </div>
        {if page.entries.is_empty() {
            view! { <Empty title="No entries fit" hint="Take a filter away, or look for another ID." /> }.into_any()
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

/// Looks again by itself while the page stays as it is: rows never move under the reader.
#[component]
fn Banner() -> impl IntoView {
    let known = Resource::new(|| (), |()| api::audit::state_of_log());
    live().on_change(move |topic, _| {
        if topic == "log" {
            known.refetch();
        }
    });
    load(known, 2, |integrity| view! { <div class="tiles one"><IntegrityBanner integrity /></div> }.into_any())
}

/// What leaves: the filter as it stands, in one of five forms.
#[component]
fn Export(filter: AuditFilter, through: Option<i64>) -> impl IntoView {
    let address = |format: &str, size: Option<i64>| {
        let size = size.map(|size| size.to_string());
        let mut pairs = filter.pairs().to_vec();
        pairs.extend([("format", Some(format)), ("through", size.as_deref())]);
        format!("/audit/export{}", query(&pairs))
    };
    let what = if filter.is_narrowed() { "The entries that fit the filter" } else { "The whole log" };
    let [zip, csv, xlsx, pdf, jsonl] = ["zip", "csv", "xlsx", "pdf", "jsonl"].map(|format| address(format, None));
    view! {
        <a class="button primary" href=zip.clone() rel="external" download="">"Export decision log"</a>
        <details class="forms">
            <summary class="button">"More forms"</summary>
            <div class="sheet">
                <p class="muted small">{what}", recorded in the log with the hash of the file."</p>
                <ul class="plain">
                    <li><a href=zip rel="external" download="">"Zip"</a><span class="muted small">" to check without us: entries, proofs, table, and how to"</span></li>
                    {through.map(|size| view! { <li><a href=address("zip", Some(size)) rel="external" download="">{format!("Zip as of entry {}", size - 1)}</a><span class="muted small">" the same bytes each time"</span></li> })}
                    <li><a href=csv rel="external" download="">"CSV"</a><span class="muted small">" decisions as a table"</span></li>
                    <li><a href=xlsx rel="external" download="">"XLSX"</a><span class="muted small">" the same for a spreadsheet"</span></li>
                    <li><a href=pdf rel="external" download="">"PDF"</a><span class="muted small">" a summary for reading"</span></li>
                    <li><a href=jsonl rel="external" download="">"JSON lines"</a><span class="muted small">" entries, byte for byte"</span></li>
                </ul>
            </div>
        </details>
    }
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

/// How an action is called on the page, and its colour.
pub fn action_of(entry: &Entry) -> (Tone, String) {
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
    (tone, action)
}

/// Where the page about an entry's object is.
pub fn object_page(entry: &Entry) -> Option<String> {
    match entry.object_kind.as_str() {
        "inquiry" => Some(format!("/inquiries/{}", entry.object_id)),
        "case" => Some(format!("/cases/{}", entry.object_id)),
        "account" => Some(format!("/accounts/{}", entry.object_id)),
        _ => None,
    }
}

#[component]
fn Row(entry: Entry, name: Option<String>, state: Option<State>) -> impl IntoView {
    let (tone, action) = action_of(&entry);
    let why = entry.fact("reason").map(|code| reasons().label(&code));
    let note = entry.fact("why").or_else(|| entry.fact("need")).or_else(|| entry.fact("answer"));
    let href = object_page(&entry);
    let about = name
        .unwrap_or_else(|| format!("{} {}", entry.object_kind, entry.object_id.chars().take(18).collect::<String>()));
    let short: String = entry.hash.chars().take(8).collect();
    let comment = entry.personal.get("comment").cloned();
    view! {
        <tr id=format!("entry-{}", entry.seq)>
            <td class="mono num"><a href=format!("/audit/entries/{}", entry.seq) aria-label=format!("Entry {}", entry.seq)>{entry.seq}</a></td>
            <td><Utc at=entry.at /></td>
            <td>{entry.actor_name}</td>
            <td><Badge tone text=action /></td>
            <td dir="auto">{match href { Some(href) => view! { <a href=href>{about}</a> }.into_any(), None => view! { <span class="muted">{about}</span> }.into_any() }}</td>
            <td>{why.or(note)}</td>
            <td class="muted clip" dir="auto">{comment}</td>
            <td>{state.map(|state| view! { <Badge tone=state_tone(state) text=state.to_string() /> })}</td>
            <td class="mono">{format!("{short}…")}</td>
        </tr>
    }
}
