//! The review queue: who waits longest stands first. Filters are in the address; rows never move by themselves.
use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::api;
use crate::domain::desk::{QueueFilter, QueuePage, QueueRow};
use crate::domain::inquiry::InquiryStatus;
use crate::domain::reviewer::Need;
use crate::domain::text::words;
use crate::domain::time::Timestamp;
use crate::ui::app::may;
use crate::ui::keys::{focus, on_key};
use crate::ui::live::live;
use crate::ui::parts::badge::{Badge, Key, Signals, Status, state_tone};
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::load;
use crate::ui::parts::table::{Empty, Pages, query};
use crate::ui::parts::time::{Ago, Since};

const SIGNALS: [&str; 12] = [
    "Watchlist hit",
    "PEP",
    "Adverse media",
    "Document tampering",
    "Expired document",
    "Selfie mismatch",
    "Name mismatch",
    "Birthdate mismatch",
    "Address mismatch",
    "Shared device",
    "Shared phone",
    "VPN",
];

fn address(filter: &QueueFilter, after: Option<&str>) -> String {
    let pairs = [
        ("status", filter.status.as_deref()),
        ("template", filter.template.as_deref()),
        ("signal", filter.signal.as_deref()),
        ("country", filter.country.as_deref()),
        ("search", filter.search.as_deref()),
        ("after", after),
    ];
    format!("/queue{}", query(&pairs))
}

#[component]
pub fn Queue() -> impl IntoView {
    let params = use_query_map();
    let filter = Memo::new(move |_| {
        params.with(|params| {
            let get = |name: &str| params.get(name).filter(|value| !value.is_empty());
            QueueFilter {
                status: get("status"),
                template: get("template"),
                signal: get("signal"),
                country: get("country"),
                search: get("search"),
                after: get("after"),
            }
        })
    });
    let page = Resource::new(move || filter.get(), api::inquiry::queue);

    // Announced, never moved: the reader decides when rows change.
    let changed = RwSignal::new(BTreeSet::<String>::new());
    live().on_change(move |topic, id| {
        if topic == "inquiry" || topic == "decision" {
            changed.update(|ids| {
                ids.insert(id.to_owned());
            });
        }
    });
    let show = move || {
        changed.set(BTreeSet::new());
        page.refetch();
    };
    Effect::new(move |_| {
        filter.track();
        changed.set(BTreeSet::new());
    });

    let at = RwSignal::new(0_usize);
    let navigate = StoredValue::new(use_navigate());
    // What the rows are, for the keys: a resource may only be read where it is drawn.
    let ids = StoredValue::new(Vec::<String>::new());
    on_key(move |key| {
        let rows = ids.with_value(Vec::len);
        match key {
            "j" => at.update(|at| *at = (*at + 1).min(rows.saturating_sub(1))),
            "k" => at.update(|at| *at = at.saturating_sub(1)),
            "Enter" => {
                let id = ids.with_value(|ids| ids.get(at.get_untracked()).cloned());
                if let (Some(id), true) = (id, may(Need::ReadEvidence)) {
                    navigate.with_value(|navigate| {
                        navigate(&format!("/inquiries/{id}"), leptos_router::NavigateOptions::default());
                    });
                }
            }
            "/" => return focus("#search"),
            "." => show(),
            _ => return false,
        }
        if matches!(key, "j" | "k") {
            focus(&format!("#row-{} a", at.get_untracked()));
        }
        true
    });

    view! {
        <Bar title="Review queue">
            <span class="grow"></span>
            <Form method="GET" action="/queue" attr:class="search" attr:role="search">
                <label class="hidden" for="search">"Search by name or ID"</label>
                <input id="search" name="search" type="search" maxlength="100" placeholder="Search name, ID" prop:value=move || filter.get().search.unwrap_or_default() value=filter.get_untracked().search.unwrap_or_default() />
                <input type="hidden" name="status" value="all" />
                <Key key="/" />
            </Form>
        </Bar>
        {load(page, 12, move |page| {
            ids.set_value(page.page.rows.iter().map(|row| row.id.to_string()).collect());
            table(page, filter.get_untracked(), changed, at, show)
        })}
    }
}

fn table(
    page: QueuePage,
    filter: QueueFilter,
    changed: RwSignal<BTreeSet<String>>,
    at: RwSignal<usize>,
    show: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let now = page.now;
    let total = page.total;
    let status = filter.status.clone().unwrap_or_else(|| InquiryStatus::NeedsReview.to_string());
    let all: i64 = page.statuses.iter().map(|(_, n)| n).sum();
    let mut statuses = page.statuses.clone();
    statuses
        .sort_by_key(|(status, _)| InquiryStatus::KNOWN.iter().position(|known| known == status).unwrap_or(usize::MAX));
    let first = filter.after.is_some().then(|| address(&filter, None));
    let next = page.page.next.as_ref().map(|cursor| address(&filter, Some(&cursor.to_text())));
    let synced = page.synced.clone();
    let shown = page.page.rows.len();
    let narrowed =
        filter.template.is_some() || filter.signal.is_some() || filter.country.is_some() || filter.search.is_some();
    let search = filter.search.clone();
    view! {
        <div class="filters">
            <nav class="chips" aria-label="Status">
                {statuses.into_iter().map(|(each, n)| {
                    let on = each.as_str() == status;
                    let href = address(&QueueFilter { status: Some(each.to_string()), after: None, ..filter.clone() }, None);
                    view! { <a class="chip" href=href aria-current=on.then_some("page")>{each.label()}<span class="count">{n}</span></a> }
                }).collect_view()}
                <a class="chip" href=address(&QueueFilter { status: Some("all".into()), ..filter.clone() }, None) aria-current=(status == "all").then_some("page")>"All"<span class="count">{all}</span></a>
            </nav>
            <Form method="GET" action="/queue" attr:class="narrow">
                <input type="hidden" name="status" value=status.clone() />
                {search.map(|search| view! { <input type="hidden" name="search" value=search /> })}
                <Choice name="template" label="Template" all="Any template" options=page.templates.clone() chosen=filter.template.clone() />
                <Choice name="signal" label="Signal" all="Any signal" options=SIGNALS.iter().map(|s| ((*s).to_owned(), (*s).to_owned())).collect() chosen=filter.signal.clone() />
                <Choice name="country" label="Country" all="Any country" options=page.countries.iter().map(|c| (c.clone(), c.clone())).collect() chosen=filter.country.clone() />
                <button type="submit">"Apply"</button>
                {narrowed.then(|| view! { <a href=format!("/queue?status={status}")>"Clear"</a> })}
            </Form>
            <span class="grow"></span>
            <span class="muted num">{format!("{total} {}, oldest first", if total == 1 { "inquiry" } else { "inquiries" })}</span>
            <span role="status">
                {move || {
                    let n = changed.with(BTreeSet::len);
                    (n > 0).then(|| view! {
                        <button class="chip" type="button" on:click=move |_| show()>{format!("{n} changed, show")}<Key key="." /></button>
                    })
                }}
            </span>
        </div>
        {if page.page.rows.is_empty() {
            let (title, hint) = match (narrowed, synced.is_some()) {
                (true, _) => ("Nothing fits these filters", "Take one away, or look at all statuses."),
                (false, true) => ("Nobody waits", "New inquiries appear here as soon as Persona tells of them."),
                (false, false) => ("Still reading from Persona", "The first walk over Persona's lists fills the queue; reload in a moment."),
            };
            view! { <Empty title hint /> }.into_any()
        } else {
            view! {
                <div class="scroll" tabindex="0" role="region" aria-label="Table">
                    <table class="rows queue">
                        <caption class="hidden">"Inquiries, oldest first"</caption>
                        <thead><tr>
                            <th scope="col">"Subject"</th><th scope="col">"Signals"</th><th scope="col">"Template"</th>
                            <th scope="col">"Country"</th><th scope="col">"Relations"</th><th scope="col">"Status"</th>
                            <th scope="col" class="right">"Waiting"</th>
                        </tr></thead>
                        <tbody>
                            {page.page.rows.into_iter().enumerate().map(|(n, row)| view! { <Row row n now at /> }).collect_view()}
                        </tbody>
                    </table>
                </div>
            }.into_any()
        }}
        <footer class="keys">
            <span><kbd>"j"</kbd><kbd>"k"</kbd>" move"</span><span><kbd>"Enter"</kbd>" open"</span>
            <span><kbd>"/"</kbd>" search"</span><span><kbd>"."</kbd>" show changes"</span>
            <span class="grow"></span>
            {synced.map(|(at, how)| view! { <span class="muted">"Persona's lists read "<Ago at now />": "{how}</span> })}
        </footer>
        <Pages first next note=format!("{shown} of {total}") />
    }.into_any()
}

#[component]
fn Choice(
    name: &'static str,
    label: &'static str,
    all: &'static str,
    options: Vec<(String, String)>,
    chosen: Option<String>,
) -> impl IntoView {
    view! {
        <label><span class="hidden">{label}</span>
            <select name=name>
                <option value="">{all}</option>
                {options.into_iter().map(|(value, text)| {
                    let selected = chosen.as_ref() == Some(&value);
                    view! { <option value=value selected=selected>{text}</option> }
                }).collect_view()}
            </select>
        </label>
    }
}

#[component]
fn Row(row: QueueRow, n: usize, now: Timestamp, at: RwSignal<usize>) -> impl IntoView {
    let name = row
        .subject
        .clone()
        .unwrap_or_else(|| if row.redacted { "Redacted".to_owned() } else { "No name submitted".to_owned() });
    let named = row.subject.is_some();
    let href = format!("/inquiries/{}", row.id);
    let title = if may(Need::ReadEvidence) {
        view! { <a class="strong" href=href dir="auto">{name}</a> }.into_any()
    } else {
        view! { <span class="strong" dir="auto">{name}</span> }.into_any()
    };
    view! {
        <tr id=format!("row-{n}") class:at=move || at.get() == n class:unnamed=!named>
            <th scope="row">{title}<span class="mono muted id">{row.id.to_string()}</span></th>
            <td>{if row.evidence_known {
                view! { <Signals signals=row.signals most=2 /> }.into_any()
            } else {
                view! { <span class="muted">"reading evidence…"</span> }.into_any()
            }}</td>
            <td>{row.template.unwrap_or_else(|| "—".to_owned())}</td>
            <td>{row.country.unwrap_or_else(|| "—".to_owned())}</td>
            <td class="muted num">{if row.linked > 0 { format!("{} linked", row.linked) } else { "—".to_owned() }}</td>
            <td>
                {match row.on_its_way {
                    Some((verdict, state, by)) => view! {
                        <span title=format!("{by}: {}", words(&verdict).to_lowercase())><Badge tone=state_tone(state) text=format!("{}, {state}", words(&verdict)) /></span>
                    }.into_any(),
                    None => view! { <Status status=row.status /> }.into_any(),
                }}
                {row.claimed_by.map(|by| view! { <span class="muted small block">"claimed by "{by}</span> })}
            </td>
            <td class="right"><Since at=row.waiting_since now /></td>
        </tr>
    }
}
