//! The lines of the queue.
use leptos::prelude::*;

use super::queue_act::Doing;
use crate::domain::desk::QueueRow;
use crate::domain::preference::{COLUMNS, Preferences};
use crate::domain::reviewer::Need;
use crate::domain::text::{initials, words};
use crate::domain::time::{Timestamp, span};
use crate::ui::app::{may, preferences};
use crate::ui::parts::badge::{Badge, Signals, Status, state_tone};
use crate::ui::parts::time::{Due, Since};

#[component]
pub fn Rows(rows: Vec<QueueRow>, now: Timestamp, doing: Doing, order: &'static str) -> impl IntoView {
    let mine = preferences();
    // A column that is left out is left out by the sheet of styles: something to watch in each cell would be there 500 times.
    let class = move || mine.with(shown);
    let acts = may(Need::Decide) || may(Need::Assign);
    let rows = StoredValue::new(rows);
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Table">
            <table class=class>
                <caption class="hidden">{format!("Inquiries, {}", order.to_lowercase())}</caption>
                <thead><tr>
                    {acts.then(|| view! { <th scope="col" class="c-select"><input type="checkbox" id="select-all" aria-label="Select all rows" prop:checked=move || doing.hand.all() on:change=move |_| doing.hand.toggle_all() /></th> })}
                    <th scope="col" class="c-subject">"Subject"</th>
                    {COLUMNS.iter().map(|(name, label)| view! {
                        <th scope="col" class=format!("c-{name}{}", if matches!(*name, "waiting" | "due") { " right" } else { "" })>{*label}</th>
                    }).collect_view()}
                </tr></thead>
                <tbody>
                    {rows.with_value(|rows| rows.iter().enumerate().map(|(n, row)| view! { <Row row=row.clone() n now doing acts /> }).collect_view())}
                </tbody>
            </table>
        </div>
    }
}

/// The class of the table, for the columns and the height of rows that its reader has chosen.
fn shown(mine: &Preferences) -> String {
    let dense = if mine.dense { " dense" } else { "" };
    mine.hidden.iter().fold(format!("rows queue{dense}"), |class, name| format!("{class} no-{name}"))
}

#[component]
fn Row(row: QueueRow, n: usize, now: Timestamp, doing: Doing, acts: bool) -> impl IntoView {
    let name = row
        .subject
        .clone()
        .unwrap_or_else(|| if row.redacted { "Redacted".to_owned() } else { "No name submitted".to_owned() });
    let named = row.subject.is_some();
    let href = format!("/inquiries/{}", row.id);
    let title = if may(Need::ReadEvidence) {
        view! { <a class="strong" href=href dir="auto">{name.clone()}</a> }.into_any()
    } else {
        view! { <span class="strong" dir="auto">{name.clone()}</span> }.into_any()
    };
    let id = StoredValue::new(row.id.to_string());
    let chosen = move || id.with_value(|id| doing.hand.chosen(id));
    let select = format!("Select {name}");
    let cells = COLUMNS.iter().map(|(column, _)| cell(column, &row, now)).collect_view();
    view! {
        <tr id=format!("row-{n}") class:at=move || doing.hand.is_at(n) class:chosen=chosen class:unnamed=!named>
            {acts.then(|| view! {
                <td class="c-select"><input type="checkbox" aria-label=select prop:checked=chosen
                    on:click=move |event| doing.hand.toggle(n, event.shift_key()) /></td>
            })}
            <th scope="row" class="c-subject">{title}<span class="mono muted id">{row.id.to_string()}</span></th>
            {cells}
        </tr>
    }
}

fn cell(column: &'static str, row: &QueueRow, now: Timestamp) -> AnyView {
    match column {
        "signals" => {
            let all = row.signals.iter().map(|signal| signal.label.clone()).collect::<Vec<_>>().join(", ");
            view! { <td class="c-signals" title=all>
                {if row.evidence_known {
                    view! { <Signals signals=row.signals.clone() most=2 /> }.into_any()
                } else {
                    view! { <span class="muted">"reading evidence…"</span> }.into_any()
                }}
            </td> }
            .into_any()
        }
        "template" => view! { <td class="c-template">{row.template.clone().unwrap_or_else(|| "—".to_owned())}</td> }.into_any(),
        "country" => view! { <td class="c-country">{row.country.clone().unwrap_or_else(|| "—".to_owned())}</td> }.into_any(),
        "relations" => view! { <td class="c-relations muted num">{if row.linked > 0 { format!("{} linked", row.linked) } else { "—".to_owned() }}</td> }.into_any(),
        "tags" => view! {
            <td class="c-tags">{row.tags.iter().map(|tag| view! { <a class="tag" href=format!("/queue?tag={}", crate::ui::parts::table::encoded(tag))>{tag.clone()}</a> }).collect_view()}</td>
        }
        .into_any(),
        "status" => view! {
            <td class="c-status">
                {match row.on_its_way.clone() {
                    Some((verdict, state, by)) => view! {
                        <span title=format!("{by}: {}", words(&verdict).to_lowercase())><Badge tone=state_tone(state) text=format!("{}, {state}", words(&verdict)) /></span>
                    }.into_any(),
                    None => view! { <Status status=row.status.clone() /> }.into_any(),
                }}
                {row.snoozed.map(|(until, change)| view! {
                    <span class="muted small block" title=format!("{} UTC", until.to_minute_text())>{if change { "snoozed until a change".to_owned() } else { format!("snoozed for {}", span(until.since(now))) }}</span>
                })}
            </td>
        }
        .into_any(),
        "assignee" => {
            let working = row.claimed_by.clone().map(|by| view! { <span class="muted small block">{by}" is at it"</span> });
            let whose = match &row.assignee {
                Some(name) if row.mine => view! { <span class="person mine" title=name.clone()>{initials(name)}</span><span class="small">"You"</span> }.into_any(),
                Some(name) => view! { <span class="person" title=name.clone() aria-hidden="true">{initials(name)}</span><span class="small">{name.clone()}</span> }.into_any(),
                None => view! { <span class="muted">"Nobody"</span> }.into_any(),
            };
            view! { <td class="c-assignee">{whose}{working}</td> }.into_any()
        }
        "waiting" => view! { <td class="c-waiting right"><Since at=row.waiting_since now /></td> }.into_any(),
        _ => {
            view! { <td class="c-due right"><Due at=row.due_at now open=!row.status.decided() /></td> }
            .into_any()
        }
    }
}
