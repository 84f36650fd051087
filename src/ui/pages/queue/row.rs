//! The rows of the queue: static HTML, so that fifty rows cost no more than their text. The selection follows clicks.
use leptos::prelude::*;
use maud::{Markup, html};

use super::actions::QueueActions;
use crate::domain::page_data::queue::QueueRow;
use crate::domain::preference::{COLUMNS, Preferences};
use crate::domain::reviewer::Permission;
use crate::domain::text::words;
use crate::domain::time::{Timestamp, span};
use crate::ui::context::{may, preferences};
use crate::ui::leptos_ext::static_html::static_html;
use crate::ui::parts::badge::assignee;
use crate::ui::parts::badge::{badge, signals, state_tone, status};
use crate::ui::parts::selection::Selection;
use crate::ui::parts::table::encoded;
use crate::ui::parts::time::{due, since};

#[component]
pub fn Rows(rows: Vec<QueueRow>, now: Timestamp, doing: QueueActions, order: &'static str) -> impl IntoView {
    let mine = preferences();
    // The style sheet hides columns: a reactive value in each cell would exist 500 times.
    let class = move || mine.with(shown);
    let hand = doing.hand;
    let acts = may(Permission::Decide) || may(Permission::Assign);
    let opens = may(Permission::ReadEvidence);
    let lines = static_html(|| {
        html! {
            @for (n, row) in rows.iter().enumerate() { (line(row, n, now, hand, (acts, opens))) }
        }
    });
    hand.marks();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Table">
            <table class=class>
                <caption class="hidden">{format!("Inquiries, {}", order.to_lowercase())}</caption>
                <thead><tr>
                    {acts.then(|| view! { <th scope="col" class="c-select"><input type="checkbox" id="select-all" aria-label="Select all rows" prop:checked=move || hand.all() on:change=move |_| hand.toggle_all() /></th> })}
                    <th scope="col" class="c-subject">"Subject"</th>
                    {COLUMNS.iter().map(|(name, label)| view! {
                        <th scope="col" class=format!("c-{name}{}", if matches!(*name, "waiting" | "due") { " right" } else { "" })>{*label}</th>
                    }).collect_view()}
                </tr></thead>
                <tbody on:click=move |event| hand.clicked(&event) {..lines}></tbody>
            </table>
        </div>
    }
}

/// Classes of the table for the columns and the row height that the reader has chosen.
fn shown(mine: &Preferences) -> String {
    let dense = if mine.dense { " dense" } else { "" };
    mine.hidden.iter().fold(format!("rows queue{dense}"), |class, name| format!("{class} no-{name}"))
}

fn line(row: &QueueRow, n: usize, now: Timestamp, hand: Selection, (acts, opens): (bool, bool)) -> Markup {
    let name = row.subject.as_deref().unwrap_or(if row.redacted { "Redacted" } else { "No name submitted" });
    let id = row.id.as_str();
    let chosen = hand.has(id);
    html! {
        tr id={ "row-" (n) } .at[hand.is_cursor(n)] .chosen[chosen] .unnamed[row.subject.is_none()] {
            @if acts {
                td.c-select { input type="checkbox" aria-label={ "Select " (name) } checked[chosen]; }
            }
            th.c-subject scope="row" {
                @if opens {
                    a.strong href={ "/inquiries/" (id) } dir="auto" { (name) }
                } @else {
                    span.strong dir="auto" { (name) }
                }
                span.mono.muted.id { (id) }
            }
            @for (column, _) in COLUMNS { (cell(column, row, now)) }
        }
    }
}

fn cell(column: &str, row: &QueueRow, now: Timestamp) -> Markup {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".to_owned());
    match column {
        "signals" => html! {
            td.c-signals title=(row.signals.iter().map(|signal| signal.label.as_str()).collect::<Vec<_>>().join(", ")) {
                @if row.evidence_known { (signals(&row.signals, 2)) } @else { span.muted { "reading evidence…" } }
            }
        },
        "template" => html! { td.c-template { (or_none(&row.template)) } },
        "country" => html! { td.c-country { (or_none(&row.country)) } },
        "relations" => html! {
            td.c-relations.muted.num { @if row.linked > 0 { (row.linked) " linked" } @else { "—" } }
        },
        "tags" => html! {
            td.c-tags { @for tag in &row.tags { a.tag href={ "/queue?tag=" (encoded(tag)) } { (tag) } } }
        },
        "status" => html! {
            td.c-status {
                @if let Some((verdict, state, by)) = &row.on_its_way {
                    span title={ (by) ": " (words(verdict).to_lowercase()) } {
                        (badge(state_tone(*state), &format!("{}, {state}", words(verdict))))
                    }
                } @else {
                    (status(&row.status))
                }
                @if let Some((until, change)) = row.snoozed {
                    span.muted.small.block title={ (until.to_minute_text()) " UTC" } {
                        @if change { "snoozed until the next update" } @else { "snoozed for " (span(until.since(now))) }
                    }
                }
            }
        },
        "assignee" => html! {
            td.c-assignee {
                (assignee(row.assignee.as_deref(), row.mine, None))
                @if let Some(by) = &row.claimed_by { span.muted.small.block { (by) " has claimed it" } }
            }
        },
        "waiting" => html! { td.c-waiting.right { (since(row.waiting_since, now)) } },
        _ => html! { td.c-due.right { (due(row.due_at, now, row.status.decidable())) } },
    }
}
