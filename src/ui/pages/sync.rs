//! The connection to Persona: is it well, what came in, what could not be read.
use leptos::prelude::*;

use crate::api;
use crate::api::sync::SyncNow;
use crate::domain::desk::ConnectionPage;
use crate::domain::evidence::Tone;
use crate::domain::reviewer::Need;
use crate::domain::text::words;
use crate::ui::app::may;
use crate::ui::live::live;
use crate::ui::parts::badge::Badge;
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::load;
use crate::ui::parts::time::{Ago, At};

#[component]
pub fn Connection() -> impl IntoView {
    let page = Resource::new(|| (), |()| api::sync::connection());
    let sync = ServerAction::<SyncNow>::new();
    live().on_change(move |topic, _| {
        if topic == "connection" {
            page.refetch();
        }
    });
    view! {
        <Bar title="Persona connection">
            <span class="grow"></span>
            {may(Need::ManageConnection).then(|| view! { <ActionForm action=sync><button type="submit">"Read everything again"</button></ActionForm> })}
        </Bar>
        <div role="status">{move || sync.value().get().map(|result| match result {
            Ok(()) => view! { <p class="banner" data-tone="info">"Reading Persona's lists; progress stands below."</p> }.into_any(),
            Err(error) => view! { <p class="banner" data-tone="bad">{error.to_string()}</p> }.into_any(),
        })}</div>
        {load(page, 8, draw)}
    }
}

fn millis(n: u64) -> String {
    if n < 1000 { format!("{n} ms") } else { crate::domain::time::span(std::time::Duration::from_millis(n)) }
}

fn draw(page: ConnectionPage) -> AnyView {
    let now = page.now;
    let down = page.failed_at.is_some() && page.failed_at >= page.answered_at;
    view! {
        <div class="evidence single">
            <section class="panel">
                <header><h2>"Health"</h2>
                    {if down { view! { <Badge tone=Tone::Bad text="Persona does not answer" /> }.into_any() }
                     else if page.answered_at.is_some() { view! { <Badge tone=Tone::Good text="Persona answers" /> }.into_any() }
                     else { view! { <Badge tone=Tone::Plain text="Not called yet" /> }.into_any() }}</header>
                <dl class="facts">
                    <dt>"Environment"</dt><dd>{page.environment}</dd>
                    <dt>"Address"</dt><dd class="mono">{page.api_url}</dd>
                    <dt>"API version"</dt><dd class="mono">{page.version}</dd>
                    <dt>"Last answer"</dt><dd>{page.answered_at.map_or_else(|| "never".into_any(), |at| view! { <Ago at now /> }.into_any())}</dd>
                    {page.failed_at.map(|at| view! { <dt>"Last failure"</dt><dd><Ago at now />": "{page.failure.clone()}</dd> })}
                    {page.window.map(|(limit, left)| view! { <dt>"Rate limit"</dt><dd>{format!("{left} of {limit} calls left in this minute")}</dd> })}
                    <dt>"Last webhook"</dt><dd>{page.last_event_at.map_or_else(|| "none yet: is the webhook enabled in Persona's dashboard?".into_any(), |at| view! { <Ago at now /> }.into_any())}</dd>
                    {page.lag.map(|(median, worst)| view! { <dt>"Webhook lag"</dt><dd>{format!("{} in the middle, {} for the slowest of twenty", millis(median), millis(worst))}</dd> })}
                    <dt>"Missed webhooks"</dt><dd>{match page.gaps {
                        (0, _) => "none in the last day".into_any(),
                        (n, at) => view! { {format!("{n} in the last day, found in Persona’s list of events")}{at.map(|at| view! { "; the last one "<Ago at now /> })} }.into_any(),
                    }}</dd>
                    <dt>"Events compared"</dt><dd>{page.compared.map_or_else(|| "not yet".into_any(), |at| view! { <Ago at now />", with Persona’s list" }.into_any())}</dd>
                    <dt>"Relation keys"</dt><dd class="mono">{if page.relation_keys.is_empty() { "none: set PERSONA_RELATION_KEYS to draw relations".to_owned() } else { page.relation_keys.join(", ") }}</dd>
                </dl>
            </section>
            <section class="panel">
                <header><h2>"Lists read from Persona"</h2></header>
                {page.syncs.is_empty().then(|| view! { <p class="muted">"None yet."</p> })}
                <dl class="facts">{page.syncs.into_iter().map(|(name, at, how)| view! { <dt>{words(&name)}</dt><dd>{how}", "<Ago at now /></dd> }).collect_view()}</dl>
            </section>
            <section class="panel">
                <header><h2>"Webhook events"</h2></header>
                <dl class="facts">{page.events.into_iter().map(|(state, n)| view! { <dt>{words(&state)}</dt><dd class="num">{n}</dd> }).collect_view()}</dl>
                {(!page.failed_events.is_empty()).then(|| view! {
                    <h3>"Kept, but could not be applied"</h3>
                    <ul class="plain">{page.failed_events.into_iter().map(|(id, name, at, why)| view! { <li><span class="mono">{id}</span>" "{name}" "<Ago at now />": "{why}</li> }).collect_view()}</ul>
                })}
            </section>
            <section class="panel">
                <header><h2>"Dead letters"</h2></header>
                {page.dead_letters.is_empty().then(|| view! { <p class="muted">"None. Signed bodies that cannot be read would be kept here."</p> })}
                {(!page.dead_letters.is_empty()).then(|| view! {
                    <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows"><thead><tr><th scope="col">"Received"</th><th scope="col">"Why"</th><th scope="col" class="right">"Bytes"</th><th scope="col">"SHA-256"</th></tr></thead>
                    <tbody>{page.dead_letters.into_iter().map(|letter| view! {
                        <tr><td><At at=letter.received_at /></td><td>{letter.why}</td><td class="right num">{letter.size}</td><td class="mono">{letter.digest.chars().take(16).collect::<String>()}"…"</td></tr>
                    }).collect_view()}</tbody></table></div>
                })}
            </section>
        </div>
    }.into_any()
}
