//! The audit log: who did what, when and why; whether it is intact; and its downloads.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::Form;
use maud::{Markup, html};

use crate::api;
use crate::api::audit::CheckNow;
use crate::domain::audit::Entry;
use crate::domain::decision::state::State;
use crate::domain::evidence::Tone;
use crate::domain::log::AuditPage;
use crate::domain::log::filter::AuditFilter;
use crate::domain::reason::{Reasons, VERDICTS};
use crate::domain::reviewer::Permission;
use crate::domain::text::words;
use crate::ui::context::{may, reasons};
use crate::ui::field::holds;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::keys::{click, focus, on_key};
use crate::ui::leptos_ext::static_html::static_html;
use crate::ui::live::live;
use crate::ui::parts::badge::{Key, badge, state_tone};
use crate::ui::parts::integrity::IntegrityBanner;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::{error_in_address, load};
use crate::ui::parts::table::{Empty, Pages, apply, choice, kept, query, same};
use crate::ui::parts::time::utc;
use crate::ui::query::use_query;
use crate::ui::resource::fetched;

pub mod entry;
pub mod verify;

#[component]
pub fn Audit() -> impl IntoView {
    let params = use_query();
    let filter = Memo::new(move |_| {
        params.with(|params| {
            let get = |name: &str| params.get(name).filter(|value| !value.is_empty());
            AuditFilter {
                action: get("action"),
                actor: get("actor"),
                object: get("object"),
                outcome: get("outcome"),
                from: get("from"),
                to: get("to"),
                before: get("before"),
                decision: get("decision"),
                customer: get("customer"),
                request: get("request"),
                verdict: get("verdict"),
                reason: get("reason"),
                state: get("state"),
            }
        })
    });
    let page = fetched(move || filter.get(), api::audit::audit);
    let check = FormAction::<CheckNow>::new();
    let refused = error_in_address(CheckNow::PATH);
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
                <input id="object" name="object" type="search" maxlength="128" placeholder="Any ID, or an entry number" {..holds(move || filter.get().object.unwrap_or_default())} value=filter.get_untracked().object.unwrap_or_default() />
                <Key of="search" />
            </Form>
            <ServerForm action=check><button id="check-now" type="submit" disabled=move || check.pending().get()>"Verify now"<Key of="verify" /></button></ServerForm>
            <a class="button" href="/audit/verify">"Verify a file"</a>
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
    let (given, denied) =
        (count("countersign.given"), count("access.denied") + count("session.refused") + count("disclosure.refused"));
    let (made, confirmed) = (count("decision.made"), count("decision.confirmed"));
    let shown = page.entries.len();
    let mut actions: Vec<(String, String)> = vec![("decision".into(), "All entries about decisions".into())];
    actions.extend(
        page.actions.iter().map(|(action, n)| (action.clone(), format!("{} ({n})", words(action).replace('.', " ")))),
    );
    let outcomes = ["ok", "denied", "failed"].map(|outcome| (outcome.to_owned(), words(outcome))).to_vec();
    let verdicts = VERDICTS.map(|code| (code.to_owned(), words(code))).to_vec();
    let reasons = reasons();
    let codes: Vec<(String, String)> =
        reasons.listed().into_iter().map(|(one, _)| (one.code.to_owned(), one.label.to_owned())).collect();
    let states = State::ALL.map(|state| (state.as_str().to_owned(), words(state.as_str()))).to_vec();
    let through = page.signed;
    let tiles = static_html(|| {
        html! {
            (tile("Entries", page.size, Some("numbered without a gap")))
            (tile("Decisions confirmed", confirmed, Some(&format!("by Persona, of {made} decisions made"))))
            (tile("Countersigned", given, Some(&format!("{} refused by the second reviewer", count("countersign.refused")))))
            (tile("Refused attempts", denied, Some("sign-ins and pages")))
        }
    });
    let choices = static_html(|| {
        html! {
            (kept("object", filter.object.as_deref()))
            (choice("action", "Action", "Any action", &actions, filter.action.as_deref()))
            (choice("actor", "Reviewer", "Anyone", &same(&page.actors), filter.actor.as_deref()))
            (choice("outcome", "Outcome", "Any outcome", &outcomes, filter.outcome.as_deref()))
            (choice("verdict", "Verdict", "Any verdict", &verdicts, filter.verdict.as_deref()))
            (choice("reason", "Reason", "Any reason", &codes, filter.reason.as_deref()))
            (choice("state", "Current state of the decision", "Any state", &states, filter.state.as_deref()))
            (found("decision", "Decision ID, as in Persona’s comment", filter.decision.as_deref()))
            (found("customer", "Account ID or reference", filter.customer.as_deref()))
            (found("request", "Persona request ID", filter.request.as_deref()))
            label.day { "From " input type="date" name="from" value=[filter.from.as_deref()]; }
            label.day { "to " input type="date" name="to" value=[filter.to.as_deref()]; }
            (apply(filter.is_narrowed().then_some("/audit")))
        }
    });
    let lines = static_html(|| {
        html! {
            @for entry in &page.entries {
                (line(entry, &reasons, page.names.get(&entry.object_id), entry.fact("decision").and_then(|id| page.deliveries.get(&id).copied())))
            }
        }
    });
    view! {
        <div class="tiles" {..tiles}></div>
        <div class="filters">
            <Form method="GET" action="/audit" attr:class="narrow"><div class="as-one" {..choices}></div></Form>
            <span class="grow"></span>
            {may(Permission::ExportAudit).then(|| view! { <Export filter=filter.clone() through /> })}
        </div>
        {if page.entries.is_empty() {
            view! { <Empty title="No matching entries" hint="Remove a filter, or search for another ID." /> }.into_any()
        } else {
            view! {
                <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows audit">
                    <caption class="hidden">"Audit entries, newest first"</caption>
                    <thead><tr><th scope="col">"Entry"</th><th scope="col">"Time, UTC"</th><th scope="col">"Who"</th><th scope="col">"Action"</th><th scope="col">"About"</th><th scope="col">"Reason"</th><th scope="col">"Comment"</th><th scope="col">"Persona"</th><th scope="col">"Leaf hash"</th></tr></thead>
                    <tbody {..lines}></tbody>
                </table></div>
            }.into_any()
        }}
        <Pages first next note=format!("{shown} entries, newest first") />
    }.into_any()
}

/// Refreshes by itself when the log changes. The table does not, so that rows never move while they are read.
#[component]
fn Banner() -> impl IntoView {
    let known = fetched(|| (), |()| api::audit::state_of_log());
    live().on_change(move |topic, _| {
        if topic == "log" {
            known.refetch();
        }
    });
    load(known, 2, |integrity| view! { <div class="tiles one"><IntegrityBanner integrity /></div> }.into_any())
}

/// Links that export the entries of the current filter, in one of several formats.
#[component]
fn Export(filter: AuditFilter, through: Option<i64>) -> impl IntoView {
    let address = |format: &str, size: Option<i64>| {
        let size = size.map(|size| size.to_string());
        let mut pairs = filter.pairs().to_vec();
        pairs.extend([("format", Some(format)), ("through", size.as_deref())]);
        format!("/audit/export{}", query(&pairs))
    };
    let what = if filter.is_narrowed() { "The entries that match the filter" } else { "The whole log" };
    let [zip, csv, xlsx, pdf, jsonl] = ["zip", "csv", "xlsx", "pdf", "jsonl"].map(|format| address(format, None));
    let [rows, sheet, evidence] = ["decisions-csv", "decisions-xlsx", "evidence"].map(|format| address(format, None));
    view! {
        <a class="button primary" href=zip.clone() rel="external" download="">"Export decision log"</a>
        <details class="forms">
            <summary class="button">"More formats"</summary>
            <div class="sheet">
                <p class="muted small">{what}". The export is recorded in the log with the hash of the file."</p>
                <ul class="plain">
                    <li><a href=zip rel="external" download="">"Zip"</a><span class="muted small">" with entries, proofs, a table and instructions, to verify without the desk"</span></li>
                    {through.map(|size| view! { <li><a href=address("zip", Some(size)) rel="external" download="">{format!("Zip as of entry {}", size - 1)}</a><span class="muted small">" identical bytes each time"</span></li> })}
                    <li><a href=rows rel="external" download="">"Decisions, CSV"</a><span class="muted small">" one row for each decision: maker, checker, outcome, times"</span></li>
                    <li><a href=sheet rel="external" download="">"Decisions, XLSX"</a><span class="muted small">" the same, as a spreadsheet"</span></li>
                    <li><a href=csv rel="external" download="">"CSV"</a><span class="muted small">" one row for each entry about a decision"</span></li>
                    <li><a href=xlsx rel="external" download="">"XLSX"</a><span class="muted small">" the same, as a spreadsheet"</span></li>
                    <li><a href=evidence rel="external" download="">"Evidence"</a><span class="muted small">" the exact bytes of the evidence that decisions were made on, in a zip file"</span></li>
                    <li><a href=pdf rel="external" download="">"PDF"</a><span class="muted small">" a summary to read"</span></li>
                    <li><a href=jsonl rel="external" download="">"JSON lines"</a><span class="muted small">" entries, byte for byte"</span></li>
                </ul>
            </div>
        </details>
    }
}

/// A text field for an ID in the filter form.
fn found(name: &str, label: &str, value: Option<&str>) -> Markup {
    html! {
        label {
            span.hidden { (label) }
            input.id type="text" name=(name) maxlength="200" placeholder=(label) title=(label) value=[value] autocomplete="off" spellcheck="false";
        }
    }
}

fn tile(title: &str, figure: i64, hint: Option<&str>) -> Markup {
    html! {
        div.tile {
            p.muted { (title) } p.figure.num { (figure) }
            @if let Some(hint) = hint { p.muted.small { (hint) } }
        }
    }
}

/// Returns the tone of an entry's action and the name that the page shows for it.
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

/// Address of the page about an entry's object, if it has one.
pub fn object_page(entry: &Entry) -> Option<String> {
    match entry.object_kind.as_str() {
        "inquiry" => Some(format!("/inquiries/{}", entry.object_id)),
        "case" => Some(format!("/cases/{}", entry.object_id)),
        "account" => Some(format!("/accounts/{}", entry.object_id)),
        _ => None,
    }
}

fn line(entry: &Entry, reasons: &Reasons, name: Option<&String>, state: Option<State>) -> Markup {
    let (tone, action) = action_of(entry);
    let why = entry.fact("reason").map(|code| reasons.label(&code));
    let note = entry.fact("why").or_else(|| entry.fact("need")).or_else(|| entry.fact("answer"));
    let about = name
        .cloned()
        .unwrap_or_else(|| format!("{} {}", entry.object_kind, entry.object_id.chars().take(18).collect::<String>()));
    html! {
        tr id={ "entry-" (entry.seq) } {
            td.mono.num { a href={ "/audit/entries/" (entry.seq) } aria-label={ "Entry " (entry.seq) } { (entry.seq) } }
            td { (utc(entry.at)) }
            td { (entry.actor_name) }
            td { (badge(tone, &action)) }
            td dir="auto" { @if let Some(href) = object_page(entry) { a href=(href) { (about) } } @else { span.muted { (about) } } }
            td { @if let Some(why) = why.or(note) { (why) } }
            td.muted.clip dir="auto" { @if let Some(comment) = entry.personal.get("comment") { (comment) } }
            td { @if let Some(state) = state { (badge(state_tone(state), &state.to_string())) } }
            td.mono { (entry.hash.chars().take(8).collect::<String>()) "…" }
        }
    }
}
