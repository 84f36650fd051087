//! The list of cases, worked through as the queue is: filters are in the address, rows never move by themselves.
use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::api;
use crate::domain::case::CaseFilter;
use crate::domain::desk::{CaseRow, CasesPage};
use crate::domain::id::ReviewerId;
use crate::domain::reviewer::Need;
use crate::domain::text::initials;
use crate::domain::time::Timestamp;
use crate::ui::app::may;
use crate::ui::keys::{focus, on_key};
use crate::ui::live::live;
use crate::ui::parts::badge::{Badge, Key, name_tone};
use crate::ui::parts::frame::Bar;
use crate::ui::parts::hand::{Hand, Line, Went};
use crate::ui::parts::load::load;
use crate::ui::parts::table::{Choice, DUES, Empty, Pages, encoded, fixed, query};
use crate::ui::parts::time::{Due, Since};

const SORTS: [(&str, &str); 2] = [("oldest", "Oldest first"), ("due", "Due first")];

fn address(filter: &CaseFilter) -> String {
    format!("/cases{}", query(&filter.pairs()))
}

#[component]
pub fn Cases() -> impl IntoView {
    let params = use_query_map();
    let filter = Memo::new(move |_| params.with(|params| CaseFilter::from_pairs(|name| params.get(name))));
    let page = Resource::new(move || filter.get(), api::case::cases);
    let changed = RwSignal::new(BTreeSet::<String>::new());
    let show = Callback::new(move |()| {
        changed.set(BTreeSet::new());
        page.refetch();
    });
    let hand = Hand::new(show);
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
                if let (Some(id), true) = (hand.current(), may(Need::ReadEvidence)) {
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
            <Form method="GET" action="/cases" attr:class="search" attr:role="search">
                <label class="hidden" for="search">"Search by name of the case, ID or subject"</label>
                <input id="search" name="search" type="search" maxlength="100" placeholder="Name, ID or subject" title="Beginnings of names and IDs. What you look for is recorded." prop:value=move || filter.get().search.unwrap_or_default() value=filter.get_untracked().search.unwrap_or_default() />
                <input type="hidden" name="status" value="all" />
                <Key of="search" />
            </Form>
        </Bar>
        {load(page, 12, move |page| {
            hand.rows(page.page.rows.iter().map(line).collect());
            draw(page, filter.get_untracked(), hand, giving, changed, show)
        })}
    }
}

fn line(row: &CaseRow) -> Line {
    Line { id: row.id.to_string(), name: row.name.clone(), version: 0 }
}

/// Analysts take; admins are asked to whom.
fn give(hand: Hand, giving: RwSignal<bool>) {
    if hand.meant().is_empty() || hand.busy() {
        return;
    }
    if may(Need::Decide) {
        hand.run("assigned to you".to_owned(), hand.meant(), None, |line| api::case::take_case(line.id.clone()));
    } else if may(Need::Assign) {
        giving.set(true);
        request_animation_frame(|| {
            focus(".asked button");
        });
    }
}

fn draw(
    page: CasesPage,
    filter: CaseFilter,
    hand: Hand,
    giving: RwSignal<bool>,
    changed: RwSignal<BTreeSet<String>>,
    show: Callback<()>,
) -> AnyView {
    let now = page.now;
    let shown = page.page.rows.len();
    let chip = |status: Option<&str>| {
        address(&CaseFilter { status: status.map(str::to_owned), after: None, ..filter.clone() })
    };
    let here = |status: Option<&str>| (filter.status.as_deref() == status).then_some("page");
    let all: i64 = page.statuses.iter().map(|(_, n)| n).sum();
    let first = filter.after.is_some().then(|| address(&CaseFilter { after: None, ..filter.clone() }));
    let next =
        page.page.next.as_ref().map(|cursor| address(&CaseFilter { after: Some(cursor.to_text()), ..filter.clone() }));
    let people = [("me".to_owned(), "Mine".to_owned()), ("nobody".to_owned(), "Nobody’s".to_owned())]
        .into_iter()
        .chain(page.assignees.clone())
        .collect::<Vec<_>>();
    let same = |all: Vec<String>| all.into_iter().map(|each| (each.clone(), each)).collect::<Vec<_>>();
    let by_due = filter.by_due();
    let cleared =
        address(&CaseFilter { status: filter.status.clone(), sort: filter.sort.clone(), ..CaseFilter::default() });
    let order = if by_due { "due first" } else { "oldest first" };
    let (chips, searched, narrowed) = (page.statuses.clone(), filter.search.clone(), filter.narrowed());
    view! {
        <div class="filters">
            <nav class="chips" aria-label="Status">
                <a class="chip" href=chip(None) aria-current=here(None)>"Not resolved"<span class="count">{page.open}</span></a>
                {chips.into_iter().map(|(each, n)| view! {
                    <a class="chip" href=chip(Some(&each)) aria-current=here(Some(&each))>{each.clone()}<span class="count">{n}</span></a>
                }).collect_view()}
                <a class="chip" href=chip(Some("all")) aria-current=here(Some("all"))>"All"<span class="count">{all}</span></a>
            </nav>
        </div>
        <div class="filters">
            <Form method="GET" action="/cases" attr:class="narrow" attr:id="narrow">
                {filter.status.clone().map(|status| view! { <input type="hidden" name="status" value=status /> })}
                {filter.search.clone().map(|search| view! { <input type="hidden" name="search" value=search /> })}
                <Choice name="assignee" label="Assignee" all="Anybody’s" options=people chosen=filter.assignee.clone() />
                <Choice name="due" label="Due" all="Due any time" options=fixed(&DUES) chosen=filter.due.clone() />
                <Choice name="template" label="Template" all="Any template" options=same(page.templates) chosen=filter.template.clone() />
                <Choice name="tag" label="Tag" all="Any tag" options=same(page.tags) chosen=filter.tag.clone() />
                <Choice name="sort" label="Order" all="" options=fixed(&SORTS) chosen=Some(if by_due { "due" } else { "oldest" }.to_owned()) />
                <button type="submit">"Apply"</button>
                {narrowed.then(|| view! { <a href=cleared>"Clear"</a> })}
            </Form>
        </div>
        {searched.map(|search| view! { <p class="banner" data-tone="info">"Found for “"<span dir="auto">{search}</span>"” in all of them: beginnings of names and IDs. "<a href="/cases">"Back to the list"</a></p> })}
        <div class="announce" role="status">
            {move || {
                let n = changed.with(BTreeSet::len);
                (n > 0).then(|| view! {
                    <button class="chip" type="button" on:click=move |_| show.run(())>{format!("{n} changed, show")}<Key of="show" /></button>
                })
            }}
        </div>
        {if page.page.rows.is_empty() {
            let (title, hint) = if narrowed {
                ("Nothing fits these filters", "Take one away, or look at all statuses.")
            } else if all > 0 {
                ("Nothing to do here", "Every case of this kind is resolved; all of them stand under “All”.")
            } else {
                ("No cases", "Cases appear here as soon as Persona tells of them.")
            };
            view! { <Empty title hint /> }.into_any()
        } else {
            view! { <Rows rows=page.page.rows now hand order /> }.into_any()
        }}
        <div class="dock"><Bulk hand giving analysts=page.analysts /></div>
        <footer class="keys">
            <span><Key of="next-row" /><Key of="previous-row" />" move"</span><span><kbd>"Enter"</kbd>" open"</span>
            {may(Need::Decide).then(|| view! { <span><Key of="cases-select" />" select"</span><span><Key of="cases-assign" />" assign to me"</span> })}
            <span><Key of="help" />" all keys"</span>
        </footer>
        <Pages first next note=format!("{shown} cases, {order}") />
    }.into_any()
}

#[component]
fn Rows(rows: Vec<CaseRow>, now: Timestamp, hand: Hand, order: &'static str) -> impl IntoView {
    let acts = may(Need::Decide) || may(Need::Assign);
    let opens = may(Need::ReadEvidence);
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows queue cases">
            <caption class="hidden">{format!("Cases, {order}")}</caption>
            <thead><tr>
                {acts.then(|| view! { <th scope="col" class="c-select"><input type="checkbox" id="select-all" aria-label="Select all rows" prop:checked=move || hand.all() on:change=move |_| hand.toggle_all() /></th> })}
                <th scope="col" class="c-subject">"Case"</th><th scope="col" class="c-about">"Subject"</th><th scope="col" class="c-tags">"Tags"</th><th scope="col" class="c-status">"Status"</th>
                <th scope="col" class="c-assignee">"Assignee"</th><th scope="col" class="c-held right">"Inquiries"</th><th scope="col" class="c-waiting right">"Open since"</th><th scope="col" class="c-due right">"Due"</th>
            </tr></thead>
            <tbody>{rows.into_iter().enumerate().map(|(n, row)| {
                let (href, id) = (format!("/cases/{}", row.id), StoredValue::new(row.id.to_string()));
                let chosen = move || id.with_value(|id| hand.chosen(id));
                let select = format!("Select {}", row.name);
                view! {
                    <tr id=format!("row-{n}") class:at=move || hand.is_at(n) class:chosen=chosen>
                        {acts.then(|| view! { <td class="c-select"><input type="checkbox" aria-label=select prop:checked=chosen on:click=move |event| hand.toggle(n, event.shift_key()) /></td> })}
                        <th scope="row" class="c-subject">{if opens { view! { <a class="strong" href=href dir="auto">{row.name}</a> }.into_any() } else { view! { <span class="strong" dir="auto">{row.name}</span> }.into_any() }}
                            <span class="mono muted id">{row.id.to_string()}</span></th>
                        <td class="c-about" dir="auto">{row.subject.unwrap_or_else(|| "—".to_owned())}</td>
                        <td class="c-tags">{row.tags.into_iter().map(|tag| view! { <a class="tag" href=format!("/cases?tag={}", encoded(&tag))>{tag.clone()}</a> }).collect_view()}</td>
                        <td class="c-status"><Badge tone=name_tone(&row.status) text=row.status.clone() /></td>
                        <td class="c-assignee"><Whose name=row.assignee mine=row.mine coming=row.being_assigned /></td>
                        <td class="c-held right num">{row.inquiries}</td>
                        <td class="c-waiting right"><Since at=row.created_at now /></td>
                        <td class="c-due right">{row.due_at.map_or_else(|| view! { <span class="muted">"—"</span> }.into_any(), |at| view! { <Due at now open=!row.resolved /> }.into_any())}</td>
                    </tr>
                }
            }).collect_view()}</tbody>
        </table></div>
    }
}

/// Whose a case is, and whose it is about to be.
#[component]
pub fn Whose(name: Option<String>, mine: bool, coming: Option<String>) -> impl IntoView {
    let whose = match name {
        Some(name) if mine => view! { <span class="person mine" title=name.clone()>{initials(&name)}</span><span class="small">"You"</span> }.into_any(),
        Some(name) => view! { <span class="person" title=name.clone() aria-hidden="true">{initials(&name)}</span><span class="small">{name}</span> }.into_any(),
        None => view! { <span class="muted">"Nobody"</span> }.into_any(),
    };
    view! { {whose}{coming.map(|email| view! { <span class="muted small block">{format!("on its way to {email}")}</span> })} }
}

/// What is done to the selected rows.
#[component]
fn Bulk(hand: Hand, giving: RwSignal<bool>, analysts: Vec<(ReviewerId, String)>) -> impl IntoView {
    let running = hand.running();
    let analysts = StoredValue::new(analysts);
    let label = if may(Need::Decide) { "Assign to me" } else { "Assign" };
    view! {
        <Show when=move || { hand.count() > 0 }>
            <div class="bulk" role="toolbar" aria-label="Acts on the selected rows">
                <span class="strong num">{move || format!("{} selected", hand.count())}</span>
                <button type="button" disabled=move || running.get() on:click=move |_| give(hand, giving)>{label}<Key of="cases-assign" /></button>
                <span class="grow"></span>
                <button type="button" class="quiet" on:click=move |_| hand.choose_none()>"Select none"</button>
            </div>
        </Show>
        {move || giving.get().then(|| {
            let to = move |id: String, name: String| {
                giving.set(false);
                hand.run(format!("assigned to {name}"), hand.meant(), None, move |line| api::case::assign_case(line.id.clone(), id.clone()));
            };
            let whom = match hand.meant().as_slice() {
                [one] => one.name.clone(),
                many => format!("{} cases", many.len()),
            };
            let label = whom.clone();
            view! {
                <div class="asked" role="group" aria-label=label>
                    <span class="strong" dir="auto">{whom}</span><span>"To"</span>
                    {analysts.get_value().into_iter().map(|(id, name)| {
                        let shown = name.clone();
                        view! { <button type="button" on:click=move |_| to(id.to_string(), name.clone())>{shown}</button> }
                    }).collect_view()}
                    <span class="grow"></span>
                    <button type="button" class="quiet" on:click=move |_| { giving.set(false); hand.step(0); }>"Cancel"</button>
                </div>
            }
        })}
        <Went hand />
    }
}
