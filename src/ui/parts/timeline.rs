//! The timeline of an object, newest first. Earlier events are fetched on request.
use leptos::prelude::*;
use maud::{Markup, html};

use super::failure::FormError;
use super::time::ago;
use crate::api;
use crate::domain::page_data::timeline::{Moment, Timeline as Line};
use crate::domain::time::Timestamp;
use crate::ui::leptos_ext::static_html::reactive_html;

#[component]
pub fn Timeline(kind: &'static str, subject: String, line: Line, now: Timestamp) -> impl IntoView {
    let shown = RwSignal::new(line);
    let subject = StoredValue::new(subject);
    let read_on = Action::new(move |(upto, n): &(i64, usize)| {
        api::timeline::moments_before(kind.to_owned(), subject.get_value(), *upto, *n)
    });
    Effect::new(move |_| {
        if let Some(Ok(earlier)) = read_on.value().get() {
            shown.update(|shown| {
                shown.more = earlier.more;
                shown.moments.extend(earlier.moments);
            });
        }
    });
    let error = Signal::derive(move || read_on.value().get().and_then(Result::err));
    let at = move || shown.with_untracked(|shown| (shown.upto, shown.moments.len()));
    let busy = read_on.pending();
    view! {
        <section class="panel" id="timeline">
            <header><h2>"Timeline"</h2></header>
            {move || shown.with(|shown| shown.moments.is_empty()).then(|| view! { <p class="muted">"No events yet."</p> })}
            <ol class="timeline" {..reactive_html(move || shown.with(|shown| moments(&shown.moments, now)))}></ol>
            <FormError error />
            {move || shown.with(|shown| shown.more).then(|| view! {
                <button type="button" class="quiet" disabled=move || busy.get() on:click=move |_| { read_on.dispatch(at()); }>
                    {move || if busy.get() { "Loading…" } else { "Show earlier events" }}
                </button>
            })}
        </section>
    }
}

fn moments(moments: &[Moment], now: Timestamp) -> Markup {
    html! {
        @for moment in moments {
            li { span.strong { (moment.who) } " " (moment.what) " " span.muted.small { (ago(moment.at, now)) } }
        }
    }
}
