//! The list of cases. As in the queue, filters are in the address and rows never move by themselves.
use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use maud::{Markup, html};

use crate::api;
use crate::domain::case::CaseFilter;
use crate::domain::id::ReviewerId;
use crate::domain::page_data::case::{CaseRow, CasesPage};
use crate::domain::preference::Preferences;
use crate::domain::reviewer::Permission;
use crate::domain::search_link::SearchPlace;
use crate::domain::time::Timestamp;
use crate::ui::context::{may, preferences};
use crate::ui::keys::{focus, on_key};
use crate::ui::leptos_ext::deferred::Deferred;
use crate::ui::leptos_ext::static_html::{reactive_html, static_html};
use crate::ui::live::live;
use crate::ui::parts::badge::{Key, assignee, badge, cap, name_tone};
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::load;
use crate::ui::parts::search::Search;
use crate::ui::parts::search::search_text;
use crate::ui::parts::selection::{BulkProgress, SelectedRow, Selection};
use crate::ui::parts::table::{
    DUES, Empty, Narrow, Pages, apply, chip, choice, encoded, fixed, kept, people, query, same,
};
use crate::ui::parts::time::{due, since};
use crate::ui::query::use_query;
use crate::ui::resource::fetched;

const SORTS: [(&str, &str); 2] = [("oldest", "Oldest first"), ("due", "Due first")];

fn address(filter: &CaseFilter) -> String {
    format!("/cases{}", query(&filter.pairs()))
}

#[component]
pub fn Cases() -> impl IntoView {
    let params = use_query();
    let filter = Memo::new(move |_| params.with(|params| CaseFilter::from_pairs(|name| params.get(name))));
    let page = fetched(move || filter.get(), api::case::cases);
    let words = RwSignal::new(None::<String>);
    let changed = RwSignal::new(BTreeSet::<String>::new());
    let show = Callback::new(move |()| {
        changed.set(BTreeSet::new());
        page.refetch();
    });
    let hand = Selection::new(show);
    let giving = RwSignal::new(false);
    live().on_change(move |topic, id| {
        if topic == "case" && !hand.touched(id) {
            changed.update(|ids| {
                ids.insert(id.to_owned());
            });
        }
    });
    Effect::new(move |_| {
        filter.track();
        changed.set(BTreeSet::new());
        hand.forget();
        giving.set(false);
    });
    let navigate = StoredValue::new(use_navigate());
    on_key(&["Lists", "Cases"], move |key| {
        match key {
            "Enter" => {
                if let (Some(id), true) = (hand.current(), may(Permission::ReadEvidence)) {
                    navigate.with_value(|navigate| {
                        navigate(&format!("/cases/{id}"), leptos_router::NavigateOptions::default());
                    });
                }
            }
            "/" => return focus("#search"),
            "." => show.run(()),
            "a" => give(hand, giving),
            "Escape" if giving.get_untracked() => giving.set(false),
            other => return hand.key(other),
        }
        true
    });
    view! {
        <Bar title="Cases">
            <span class="grow"></span>
            <Deferred>
            <Search place=SearchPlace::Cases label="Search by case name, ID or subject" hint="Name, ID or subject"
                title="Names and IDs match from the start. Searches are recorded."
                in_address=Signal::derive(move || filter.get().search) words />
            </Deferred>
        </Bar>
        {load(page, 12, move |page| {
            hand.rows(page.page.rows.iter().map(line).collect());
            words.set(page.searched.clone());
            draw(page, filter.get_untracked(), hand, giving, changed, show)
        })}
    }
}

fn line(row: &CaseRow) -> SelectedRow {
    SelectedRow { id: row.id.to_string(), name: row.name.clone(), version: 0 }
}

/// Assigns the selected cases: to the analyst who asks, or to an analyst whom an admin chooses.
fn give(hand: Selection, giving: RwSignal<bool>) {
    if hand.targets().is_empty() || hand.busy() {
        return;
    }
    if may(Permission::Decide) {
        hand.run("assigned to you".to_owned(), hand.targets(), None, |line| api::case::take_case(line.id.clone()));
    } else if may(Permission::Assign) {
        giving.set(true);
        request_animation_frame(|| {
            focus(".asked button");
        });
    }
}

fn draw(
    page: CasesPage,
    filter: CaseFilter,
    hand: Selection,
    giving: RwSignal<bool>,
    changed: RwSignal<BTreeSet<String>>,
    show: Callback<()>,
) -> AnyView {
    let now = page.now;
    let shown = page.page.rows.len();
    let all: i64 = page.statuses.iter().map(|(_, n)| n).sum();
    let first = filter.after.is_some().then(|| address(&CaseFilter { after: None, ..filter.clone() }));
    let next =
        page.page.next.as_ref().map(|cursor| address(&CaseFilter { after: Some(cursor.to_text()), ..filter.clone() }));
    let by_due = filter.by_due();
    let cleared =
        address(&CaseFilter { status: filter.status.clone(), sort: filter.sort.clone(), ..CaseFilter::default() });
    let order = if by_due { "due first" } else { "oldest first" };
    let of_status = |status: Option<&str>| {
        address(&CaseFilter { status: status.map(str::to_owned), after: None, ..filter.clone() })
    };
    let here = filter.status.as_deref();
    let chips = static_html(|| {
        html! {
            (chip(&of_status(None), here.is_none(), "Not resolved", page.open))
            @for (each, n) in &page.statuses { (chip(&of_status(Some(each)), here == Some(each), each, *n)) }
            (chip(&of_status(Some("all")), here == Some("all"), "All", all))
        }
    });
    let searched = page.searched.clone().or_else(|| filter.search.as_deref().map(search_text));
    let narrowed = filter.narrowed();
    let clear = narrowed.then_some(cleared);
    let choices = static_html(|| html! { (choices(&page, &filter)) (apply(clear.as_deref())) });
    let mine = preferences();
    view! {
        <div class="filters"><nav class="chips" aria-label="Status" {..chips}></nav></div>
        <Narrow action="/cases" html=choices />
        {searched.map(|search| view! { <p class="banner" data-tone="info">"Results for “"<span dir="auto">{search}</span>"”. Names and IDs match from the start. "<a href="/cases">"Back to the list"</a></p> })}
        <div class="announce" role="status">
            {move || {
                let n = changed.with(BTreeSet::len);
                (n > 0).then(|| view! {
                    <button class="chip" type="button" on:click=move |_| show.run(())>{format!("Show changes ({n})")}<Key of="show" /></button>
                })
            }}
        </div>
        {page.forbidden.as_ref().map(|why| view! {
            <p class="banner" data-tone="warn" role="status">{format!("Persona’s list of cases is {why}. This page shows only cases that webhooks reported.")}</p>
        })}
        {page.page.emptied.then(|| view! { <p class="banner" data-tone="info" role="status">"The page that you were on is now empty. This is the last page."</p> })}
        {if page.page.rows.is_empty() {
            let (title, hint) = if page.forbidden.is_some() && all == 0 {
                ("Cases were not read", "There may be cases in Persona. Ask an admin to look at Persona connection.")
            } else if narrowed {
                ("No matching cases", "Remove a filter, or show all statuses.")
            } else if all > 0 {
                ("No unresolved cases", "Resolved cases are listed under “All”.")
            } else {
                ("No cases", "Cases appear here when Persona sends them.")
            };
            view! { <Empty title hint /> }.into_any()
        } else {
            view! { <Rows rows=page.page.rows now hand order /> }.into_any()
        }}
        <div class="dock"><Bulk hand giving analysts=page.analysts /></div>
        <footer class="keys" {..reactive_html(move || mine.with(hints))}></footer>
        <Pages first next note=format!("{shown} cases, {order}") />
    }.into_any()
}

fn hints(mine: &Preferences) -> Markup {
    html! {
        span { (cap(mine, "next-row")) (cap(mine, "previous-row")) " move" } span { kbd { "Enter" } " open" }
        @if may(Permission::Decide) {
            span { (cap(mine, "cases-select")) " select" } span { (cap(mine, "cases-assign")) " assign to me" }
        }
        span { (cap(mine, "help")) " all keys" }
    }
}

fn choices(page: &CasesPage, filter: &CaseFilter) -> Markup {
    let people = people(page.assignees.clone());
    html! {
        (kept("status", filter.status.as_deref()))
        (kept("search", filter.search.as_deref()))
        (choice("assignee", "Assignee", "Any assignee", &people, filter.assignee.as_deref()))
        (choice("due", "Due", "Due any time", &fixed(&DUES), filter.due.as_deref()))
        (choice("template", "Template", "Any template", &same(&page.templates), filter.template.as_deref()))
        (choice("tag", "Tag", "Any tag", &same(&page.tags), filter.tag.as_deref()))
        (choice("sort", "Order", "", &fixed(&SORTS), Some(if filter.by_due() { "due" } else { "oldest" })))
    }
}

#[component]
fn Rows(rows: Vec<CaseRow>, now: Timestamp, hand: Selection, order: &'static str) -> impl IntoView {
    let acts = may(Permission::Decide) || may(Permission::Assign);
    let opens = may(Permission::ReadEvidence);
    let lines = static_html(|| {
        html! {
            @for (n, row) in rows.iter().enumerate() { (one(row, n, now, hand, (acts, opens))) }
        }
    });
    hand.marks();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows queue cases">
            <caption class="hidden">{format!("Cases, {order}")}</caption>
            <thead><tr>
                {acts.then(|| view! { <th scope="col" class="c-select"><input type="checkbox" id="select-all" aria-label="Select all rows" prop:checked=move || hand.all() on:change=move |_| hand.toggle_all() /></th> })}
                <th scope="col" class="c-subject">"Case"</th><th scope="col" class="c-about">"Subject"</th><th scope="col" class="c-tags">"Tags"</th><th scope="col" class="c-status">"Status"</th>
                <th scope="col" class="c-assignee">"Assignee"</th><th scope="col" class="c-held right">"Inquiries"</th><th scope="col" class="c-waiting right">"Open since"</th><th scope="col" class="c-due right">"Due"</th>
            </tr></thead>
            <tbody on:click=move |event| hand.clicked(&event) {..lines}></tbody>
        </table></div>
    }
}

fn one(row: &CaseRow, n: usize, now: Timestamp, hand: Selection, (acts, opens): (bool, bool)) -> Markup {
    let id = row.id.as_str();
    let chosen = hand.has(id);
    html! {
        tr id={ "row-" (n) } .at[hand.is_cursor(n)] .chosen[chosen] {
            @if acts {
                td.c-select { input type="checkbox" aria-label={ "Select " (row.name) } checked[chosen]; }
            }
            th.c-subject scope="row" {
                @if opens {
                    a.strong href={ "/cases/" (id) } dir="auto" { (row.name) }
                } @else {
                    span.strong dir="auto" { (row.name) }
                }
                " " span.mono.muted.id { (id) }
            }
            td.c-about dir="auto" { (row.subject.as_deref().unwrap_or("—")) }
            td.c-tags { @for tag in &row.tags { a.tag href={ "/cases?tag=" (encoded(tag)) } { (tag) } } }
            td.c-status { (badge(name_tone(&row.status), &row.status)) }
            td.c-assignee { (assignee(row.assignee.as_deref(), row.mine, row.being_assigned.as_deref())) }
            td.c-held.right.num { (row.inquiries) }
            td.c-waiting.right { (since(row.created_at, now)) }
            td.c-due.right {
                @if let Some(at) = row.due_at { (due(at, now, !row.resolved)) } @else { span.muted { "—" } }
            }
        }
    }
}

/// The bar of actions for the selected rows.
#[component]
fn Bulk(hand: Selection, giving: RwSignal<bool>, analysts: Vec<(ReviewerId, String)>) -> impl IntoView {
    let running = hand.running();
    let analysts = StoredValue::new(analysts);
    let label = if may(Permission::Decide) { "Assign to me" } else { "Assign" };
    view! {
        <Show when=move || { hand.count() > 0 }>
            <div class="bulk" role="toolbar" aria-label="Actions for selected rows">
                <span class="strong num">{move || format!("{} selected", hand.count())}</span>
                <button type="button" disabled=move || running.get() on:click=move |_| give(hand, giving)>{label}<Key of="cases-assign" /></button>
                <span class="grow"></span>
                <button type="button" class="quiet" on:click=move |_| hand.choose_none()>"Clear selection"</button>
            </div>
        </Show>
        {move || giving.get().then(|| {
            let to = move |id: String, name: String| {
                giving.set(false);
                hand.run(format!("assigned to {name}"), hand.targets(), None, move |line| api::case::assign_case(line.id.clone(), id.clone()));
            };
            let whom = match hand.targets().as_slice() {
                [one] => one.name.clone(),
                many => format!("{} cases", many.len()),
            };
            let label = whom.clone();
            view! {
                <div class="asked" role="group" aria-label=label>
                    <span class="strong" dir="auto">{whom}</span><span>"Assign to"</span>
                    {analysts.get_value().into_iter().map(|(id, name)| {
                        let shown = name.clone();
                        view! { <button type="button" on:click=move |_| to(id.to_string(), name.clone())>{shown}</button> }
                    }).collect_view()}
                    <span class="grow"></span>
                    <button type="button" class="quiet" on:click=move |_| { giving.set(false); hand.step(0); }>"Cancel"</button>
                </div>
            }
        })}
        <BulkProgress hand />
    }
}
