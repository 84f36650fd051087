//! The connection to Persona: its health, what was received, and what could not be read.
use leptos::prelude::*;
use maud::{Markup, html};

use crate::api;
use crate::api::connection::SyncNow;
use crate::domain::evidence::Tone;
use crate::domain::page_data::connection::{ConnectionPage, refused_list};
use crate::domain::reviewer::Permission;
use crate::domain::text::words;
use crate::domain::time::span;
use crate::ui::context::may;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::static_html;
use crate::ui::live::live;
use crate::ui::parts::badge::badge;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::load;
use crate::ui::parts::panel::{Panel, heading, none};
use crate::ui::parts::suspension::suspended;
use crate::ui::parts::time::{ago, at};
use crate::ui::resource::fetched;

#[component]
pub fn Connection() -> impl IntoView {
    let page = fetched(|| (), |()| api::connection::connection());
    let sync = FormAction::<SyncNow>::new();
    live().on_change(move |topic, _| {
        if topic == "connection" || topic == "log" {
            page.refetch();
        }
    });
    view! {
        <Bar title="Persona connection">
            <span class="grow"></span>
            {may(Permission::ManageConnection).then(|| view! { <ServerForm action=sync><button type="submit">"Full resync"</button></ServerForm> })}
        </Bar>
        <div role="status">{move || sync.value().get().map(|result| match result {
            Ok(()) => view! { <p class="banner" data-tone="info">"Reading Persona's lists. The progress is shown below."</p> }.into_any(),
            Err(error) => view! { <p class="banner" data-tone="bad">{error.to_string()}</p> }.into_any(),
        })}</div>
        {load(page, 8, draw)}
    }
}

fn millis(n: u64) -> String {
    if n < 1000 { format!("{n} ms") } else { crate::domain::time::span(std::time::Duration::from_millis(n)) }
}

fn draw(page: ConnectionPage) -> AnyView {
    view! {
        <div class="evidence single">
            {page.suspension.as_ref().map(|found| view! { <div class="banner" data-tone="bad" {..static_html(|| suspended(found, page.now))}></div> })}
            {page.beside.iter().map(|(host, seen)| view! {
                <p class="banner" data-tone="bad">{format!(
                    "Another desk uses the same SQLite file; it was last seen {} ago on {host}. Both do the same work, so it is done twice: stop one of them, or use PostgreSQL.",
                    span(page.now.since(*seen)),
                )}</p>
            }).collect_view()}
            <Panel html=static_html(|| health(&page)) />
            <Panel html=static_html(|| lists(&page)) />
            <Panel html=static_html(|| events(&page)) />
            <Panel html=static_html(|| dead_letters(&page)) />
        </div>
    }
    .into_any()
}

fn health(page: &ConnectionPage) -> Markup {
    let now = page.now;
    let refuses = page.refused_calls.is_some()
        || page.events_refused.is_some()
        || page.syncs.iter().any(|(.., how)| refused_list(how).is_some());
    let state = match (page.failed_at.is_some() && page.failed_at >= page.answered_at, page.answered_at) {
        (true, _) => badge(Tone::Bad, "Persona does not answer"),
        // Refusals are read from the database: another replica, or this one before a restart, may have made the call.
        _ if refuses => badge(Tone::Bad, "Persona refuses some of the desk’s requests"),
        (false, Some(_)) => badge(Tone::Good, "Persona answers"),
        (false, None) => badge(Tone::Plain, "Not called yet"),
    };
    html! {
        header { h2 { "Health" } (state) }
        dl.facts {
            dt { "Environment" } dd { (page.environment) }
            dt { "Address" } dd.mono { (page.api_url) }
            dt { "API version" } dd.mono { (page.version) }
            dt { "Last answer" } dd { @if let Some(at) = page.answered_at { (ago(at, now)) } @else { "never" } }
            @if let Some(at) = page.failed_at {
                dt { "Last failure" } dd { (ago(at, now)) ": " @if let Some(why) = &page.failure { (why) } }
            }
            @if let Some((limit, left)) = page.window { dt { "Rate limit" } dd { (left) " of " (limit) " calls left in this minute" } }
            @if let Some(refused) = &page.refused_calls {
                dt { "Changes" }
                dd {
                    (badge(Tone::Bad, "Refused")) " Persona refuses what the desk sends: " (refused.why) ", " (ago(refused.at, now)) ". "
                    @match refused.waiting {
                        0 => { "No change is waiting." }
                        1 => { "One change is waiting. It is sent again within minutes, or at once with “Full resync”." }
                        n => { (n) " changes are waiting. They are sent again within minutes, or at once with “Full resync”." }
                    }
                }
            }
            dt { "Last webhook" }
            dd { @if let Some(at) = page.last_event_at { (ago(at, now)) } @else { "none yet: is the webhook enabled in Persona's dashboard?" } }
            @if let Some((median, worst)) = page.lag {
                dt { "Webhook lag" } dd { (millis(median)) " median, " (millis(worst)) " 95th percentile" }
            }
            dt { "Refused webhooks" }
            dd { (refusals(page)) }
            dt { "Missed webhooks" }
            dd {
                @if page.gaps.0 == 0 { "none in the last day" } @else {
                    (page.gaps.0) " in the last day, found in Persona’s list of events"
                    @if let Some(at) = page.gaps.1 { "; the last one " (ago(at, now)) }
                }
            }
            dt { "Events compared" }
            dd {
                @if let Some(at) = page.compared { (ago(at, now)) ", with Persona’s list" } @else { "not yet" }
                @if let Some(why) = &page.events_refused { " " (badge(Tone::Bad, "Refused")) " The list is " (why) }
            }
            dt { "Relation keys" }
            dd.mono {
                @if page.relation_keys.is_empty() { "none: set PERSONA_RELATION_KEYS, so that the desk reads relations" } @else { (page.relation_keys.join(", ")) }
            }
        }
    }
}

/// Refused webhooks by cause, each with advice.
fn refusals(page: &ConnectionPage) -> Markup {
    html! {
        @if page.refused.is_empty() { "none in the last day" } @else {
            ul.plain {
                @for refused in &page.refused {
                    li { span.num { (refused.number) } " " (refused.label()) ", the last one " (ago(refused.last_at, page.now)) ". " span.muted { (refused.advice()) } }
                }
            }
        }
    }
}

fn lists(page: &ConnectionPage) -> Markup {
    html! {
        (heading("Lists read from Persona"))
        @if page.syncs.is_empty() { (none("None yet.")) }
        dl.facts {
            @for (name, at, how) in &page.syncs {
                dt { (words(name)) }
                dd {
                    @if refused_list(how).is_some() { (badge(Tone::Bad, "Refused")) " " }
                    @if how.contains("not understood") { (badge(Tone::Warn, "Not understood")) " " }
                    (how) ", " (ago(*at, page.now))
                }
            }
        }
    }
}

fn events(page: &ConnectionPage) -> Markup {
    html! {
        (heading("Events, from webhooks and from Persona’s list"))
        dl.facts { @for (state, n) in &page.events { dt { (words(state)) } dd.num { (n) } } }
        @if !page.failed_events.is_empty() {
            h3 { "Stored, but could not be applied" }
            ul.plain {
                @for (id, name, at, why) in &page.failed_events {
                    li { span.mono { (id) } " " (name) " " (ago(*at, page.now)) ": " @if let Some(why) = why { (why) } }
                }
            }
        }
    }
}

fn dead_letters(page: &ConnectionPage) -> Markup {
    html! {
        (heading("Unreadable webhook events"))
        @if page.dead_letters.is_empty() {
            (none("No unreadable webhook events. Signed events that the desk cannot read are listed here."))
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Table" {
                table.rows {
                    thead { tr { th scope="col" { "Received" } th scope="col" { "Why" } th.right scope="col" { "Bytes" } th scope="col" { "SHA-256" } } }
                    tbody {
                        @for letter in &page.dead_letters {
                            tr {
                                td { (at(letter.received_at)) } td { (letter.why) } td.right.num { (letter.size) }
                                td.mono { (letter.digest.chars().take(16).collect::<String>()) "…" }
                            }
                        }
                    }
                }
            }
        }
    }
}
