//! The review queue: filters are in the address, rows never move by themselves.
use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use maud::{Markup, html};

use crate::api;
use crate::domain::inquiry::InquiryStatus;
use crate::domain::page_data::queue::QueuePage;
use crate::domain::preference::Preferences;
use crate::domain::queue::{QueueFilter, Sort};
use crate::domain::reviewer::Permission;
use crate::domain::rule::SIGNALS;
use crate::domain::search_link::SearchPlace;
use crate::domain::time::Timestamp;
use crate::ui::context::{may, preferences};
use crate::ui::keys::{click, focus, on_key};
use crate::ui::leptos_ext::deferred::Deferred;
use crate::ui::leptos_ext::static_html::{reactive_html, static_html};
use crate::ui::live::live;
use crate::ui::pages::queue::view::{Columns, SaveView};
use crate::ui::parts::badge::{Key, cap};
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::load;
use crate::ui::parts::search::Search;
use crate::ui::parts::search::search_text;
use crate::ui::parts::table::{DUES, Empty, Narrow, Pages, apply, chip, choice, fixed, kept, people, query, same};
use crate::ui::parts::time::ago;
use crate::ui::query::{Query, use_query};
use crate::ui::resource::fetched;
use actions::{Bulk, QueueActions};
use row::Rows;

pub mod actions;
pub mod inquiry_panel;
pub mod row;
pub mod view;

const AGES: [(&str, &str); 4] = [("4", "4 hours"), ("24", "1 day"), ("72", "3 days"), ("168", "1 week")];

/// Signals that the filter offers.
fn offered() -> Vec<(String, String)> {
    SIGNALS
        .iter()
        .filter(|signal| signal.offered)
        .map(|signal| (signal.label.to_owned(), signal.label.to_owned()))
        .collect()
}

pub fn address(filter: &QueueFilter) -> String {
    format!("/queue{}", query(&filter.pairs()))
}

#[component]
pub fn Queue() -> impl IntoView {
    let params = use_query();
    // Without filters in the address, the queue opens with those that the reader saved as their start.
    let start = preferences().with_untracked(|mine| mine.start.clone());
    let filter = Memo::new(move |_| {
        params.with(|params| {
            let typed = QueueFilter::from_pairs(|name| params.get(name));
            match &start {
                Some(start) if typed == QueueFilter::default() && params.get("all").is_none() => from_address(start),
                _ => typed,
            }
        })
    });
    let page = fetched(move || filter.get(), api::queue::queue);
    let words = RwSignal::new(None::<String>);

    // Changes are only announced: the reader decides when rows change.
    let changed = RwSignal::new(BTreeSet::<String>::new());
    let show = Callback::new(move |()| {
        changed.set(BTreeSet::new());
        page.refetch();
    });
    let doing = QueueActions::new(show);
    live().on_change(move |topic, id| {
        let ours = doing.hand.touched(id);
        if !ours && (topic == "inquiry" || topic == "decision") {
            changed.update(|ids| {
                ids.insert(id.to_owned());
            });
        }
    });
    Effect::new(move |_| {
        filter.track();
        changed.set(BTreeSet::new());
        doing.forget();
    });

    let navigate = StoredValue::new(use_navigate());
    let next = Action::new(move |filter: &QueueFilter| api::queue::claim_next(filter.clone()));
    let dealt = RwSignal::new(None::<String>);
    Effect::new(move |_| match next.value().get() {
        Some(Ok(Some(id))) => navigate
            .with_value(|navigate| navigate(&format!("/inquiries/{id}"), leptos_router::NavigateOptions::default())),
        Some(Ok(None)) => {
            dealt.set(Some("No unclaimed inquiries. New ones appear here when Persona sends them.".to_owned()))
        }
        Some(Err(error)) => dealt.set(Some(error.to_string())),
        None => {}
    });

    on_key(&["Lists", "Queue"], move |key| {
        match key {
            "Enter" => {
                if let (Some(id), true) = (doing.hand.current(), may(Permission::ReadEvidence)) {
                    navigate.with_value(|navigate| {
                        navigate(&format!("/inquiries/{id}"), leptos_router::NavigateOptions::default());
                    });
                }
            }
            "/" => return focus("#search"),
            "." => show.run(()),
            "n" => return click("#claim-next"),
            // If the key opened the menu, focus its field; if it closed the menu, there is no field to focus.
            "b" => {
                let _ = click("#save-view") && focus("#view-name");
            }
            "o" => {
                let _ = click("#columns") && focus("#columns + * input");
            }
            other => return doing.key(other),
        }
        true
    });

    view! {
        <Bar title="Review queue">
            <span class="grow"></span>
            <Deferred>
            <Search place=SearchPlace::Queue label="Search by name, ID, e-mail, phone or document number" hint="Name, ID, e-mail, document"
                title="Names and IDs match from the start; e-mail, phone and document number must match exactly. Searches are recorded."
                in_address=Signal::derive(move || filter.get().search) words />
            </Deferred>
            {may(Permission::Decide).then(|| view! {
                <button type="button" class="primary" id="claim-next" disabled=move || next.pending().get()
                    on:click=move |_| { dealt.set(None); next.dispatch(filter.get_untracked()); }>"Claim next"<Key of="claim-next" /></button>
            })}
        </Bar>
        <div role="status">{move || dealt.get().map(|text| view! { <p class="banner" data-tone="info">{text}</p> })}</div>
        {load(page, 12, move |page| {
            doing.rows(&page.page.rows);
            words.set(page.searched.clone());
            draw(page, filter.get_untracked(), changed, doing, show)
        })}
    }
}

/// Parses a filter from the query of an address.
pub fn from_address(text: &str) -> QueueFilter {
    let query = Query::parse(text);
    QueueFilter::from_pairs(|name| query.get(name))
}

fn draw(
    page: QueuePage,
    filter: QueueFilter,
    changed: RwSignal<BTreeSet<String>>,
    doing: QueueActions,
    show: Callback<()>,
) -> AnyView {
    let now = page.now;
    let total = page.total;
    let status = filter.status.clone().unwrap_or_else(|| InquiryStatus::NeedsReview.to_string());
    let all: i64 = page.statuses.iter().map(|(_, n)| n).sum();
    let mut statuses = page.statuses.clone();
    statuses
        .sort_by_key(|(status, _)| InquiryStatus::KNOWN.iter().position(|known| known == status).unwrap_or(usize::MAX));
    let first = filter.after.is_some().then(|| address(&QueueFilter { after: None, ..filter.clone() }));
    let next =
        page.page.next.as_ref().map(|cursor| address(&QueueFilter { after: Some(cursor.to_text()), ..filter.clone() }));
    let synced = page.synced.clone();
    let shown = page.page.rows.len();
    let narrowed = filter.narrowed();
    let sort = filter.chosen_sort();
    let counted = match (total, page.more) {
        (n, true) => format!("more than {n} inquiries"),
        (1, _) => "1 inquiry".to_owned(),
        (n, _) => format!("{n} inquiries"),
    };
    let of_status = |each: &str| address(&QueueFilter { status: Some(each.to_owned()), after: None, ..filter.clone() });
    let chips = static_html(|| {
        html! {
            @for (each, n) in &statuses {
                (chip(&of_status(each.as_str()), each.as_str() == status, &each.label(), *n))
            }
            (chip(&of_status("all"), status == "all", "All", all))
        }
    });
    let clear = narrowed.then(|| format!("/queue?all=1&status={status}"));
    let choices = static_html(|| html! { (choices(&page, &filter, &status)) (apply(clear.as_deref())) });
    let mine = preferences();
    let searched = page.searched.clone().or_else(|| filter.search.as_deref().map(search_text));
    let kept = filter.clone();
    view! {
        <div class="filters">
            <nav class="chips" aria-label="Status" {..chips}></nav>
            <span class="grow"></span>
            <span class="muted num" id="counted">{counted}</span>
            <Deferred><SaveView filter=kept /><Columns /></Deferred>
        </div>
        <Deferred><Narrow action="/queue" html=choices /></Deferred>
        {searched.map(|search| view! { <p class="banner" data-tone="info">"Results for “"<span dir="auto">{search}</span>"”. Names and IDs match from the start; e-mail, phone and document number must match exactly. "<a href="/queue?all=1">"Back to the queue"</a></p> })}
        <div class="announce" role="status">
            {move || {
                let n = changed.with(BTreeSet::len);
                (n > 0).then(|| view! {
                    <button class="chip" type="button" on:click=move |_| show.run(())>{format!("Show changes ({n})")}<Key of="show" /></button>
                })
            }}
        </div>
        {page.page.emptied.then(|| view! { <p class="banner" data-tone="info" role="status">"The page that you were on is now empty. This is the last page."</p> })}
        {if page.page.rows.is_empty() && page.page.next.is_some() {
            view! { <Empty title="No inquiries on this page" hint="There are more on the next page." /> }.into_any()
        } else if page.page.rows.is_empty() {
            let (title, hint) = match (narrowed, synced.is_some()) {
                (true, _) => ("No matching inquiries", "Change or remove the search or a filter."),
                (false, true) => ("The queue is empty", "New inquiries appear here when Persona sends them."),
                (false, false) => ("Still reading from Persona", "The desk is reading Persona's lists for the first time, which fills the queue. Reload the page in a moment."),
            };
            view! { <Empty title hint /> }.into_any()
        } else {
            view! { <Deferred><Rows rows=page.page.rows now doing order=sort.label() /></Deferred> }.into_any()
        }}
        // Below the rows, so that none moves when it appears or disappears.
        <div class="dock"><Deferred><Bulk doing analysts=page.analysts /></Deferred></div>
        <footer class="keys" {..reactive_html(move || mine.with(|mine| hints(mine, synced.as_ref(), now)))}></footer>
        <Pages first next note=format!("{shown} shown") />
    }.into_any()
}

fn hints(mine: &Preferences, synced: Option<&(Timestamp, String)>, now: Timestamp) -> Markup {
    html! {
        span { (cap(mine, "next-row")) (cap(mine, "previous-row")) " move" } span { kbd { "Enter" } " open" }
        @if may(Permission::Decide) {
            span { (cap(mine, "select")) " select" } span { (cap(mine, "claim")) " claim" }
            span { (cap(mine, "snooze")) " snooze" } span { (cap(mine, "tag")) " tag" }
        }
        span { (cap(mine, "help")) " all keys" } span { kbd { "Ctrl K" } " go anywhere" }
        span.grow {}
        @if let Some((at, how)) = synced { span.muted { "Persona's lists were read " (ago(*at, now)) ": " (how) } }
    }
}

fn choices(page: &QueuePage, filter: &QueueFilter, status: &str) -> Markup {
    let people = people(page.analysts.iter().map(|(id, name)| (id.to_string(), name.clone())));
    let sorts = Sort::ALL.iter().map(|sort| (sort.as_str().to_owned(), sort.label().to_owned())).collect::<Vec<_>>();
    html! {
        (kept("status", Some(status)))
        (kept("search", filter.search.as_deref()))
        (kept("account", filter.account.as_deref()))
        (kept("snoozed", filter.snoozed.as_deref()))
        (choice("template", "Template", "Any template", &page.templates, filter.template.as_deref()))
        (choice("signal", "Signal", "Any signal", &offered(), filter.signal.as_deref()))
        (choice("country", "Country", "Any country", &same(&page.countries), filter.country.as_deref()))
        (choice("assignee", "Assignee", "Any assignee", &people, filter.assignee.as_deref()))
        (choice("tag", "Tag", "Any tag", &same(&page.tags), filter.tag.as_deref()))
        (choice("age", "Waiting for more than", "Any age", &fixed(&AGES), filter.age.as_deref()))
        (choice("due", "Due", "Due any time", &fixed(&DUES), filter.due.as_deref()))
        @if status != "all" { (choice("sort", "Order", "", &sorts, Some(filter.chosen_sort().as_str()))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_its_address() {
        let filter = QueueFilter {
            signal: Some("Watchlist hit".into()),
            tag: Some("zweite prüfung".into()),
            ..QueueFilter::default()
        };
        let text = address(&filter);
        assert_eq!(from_address(text.trim_start_matches("/queue?")), filter);
        assert_eq!(from_address("due=4&sort=due").due.as_deref(), Some("4"));
    }
}
