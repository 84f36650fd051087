//! The inquiry in the queue: due time, assignee, tags and snooze; and forms to snooze, tag or escalate it.
use leptos::prelude::*;

use crate::api;
use crate::api::ApiError;
use crate::domain::claim::LONGEST_REASON;
use crate::domain::page_data::inquiry::InquiryPage;
use crate::domain::queue::{LONGEST_TAG, QueueAct};
use crate::domain::time::{Timestamp, span};
use crate::ui::field::holds;
use crate::ui::keys::composing;
use crate::ui::leptos_ext::static_html::inline_html;
use crate::ui::parts::badge::Key;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::table::encoded;
use crate::ui::parts::time::left;

/// State that survives a redraw of the page.
#[derive(Clone, Copy)]
pub struct QueuePanelState {
    act: Action<(String, QueueAct), Result<(), ApiError>>,
    typed: RwSignal<String>,
    why: RwSignal<String>,
    open: RwSignal<bool>,
}

impl QueuePanelState {
    pub fn new(reload: Callback<()>) -> Self {
        let act = Action::new(|(id, act): &(String, QueueAct)| api::queue::do_to(id.clone(), act.clone()));
        let empty = || RwSignal::new(String::new());
        let placing = Self { act, typed: empty(), why: empty(), open: RwSignal::new(false) };
        Effect::new(move |_| {
            if let Some(result) = act.value().get() {
                if result.is_ok() {
                    placing.typed.set(String::new());
                    placing.why.set(String::new());
                    placing.open.set(false);
                }
                reload.run(());
            }
        });
        placing
    }

    pub fn busy(self) -> bool {
        self.act.pending().get_untracked()
    }
}

#[component]
pub fn QueuePanel(page: InquiryPage, placing: QueuePanelState, offered: bool) -> impl IntoView {
    let now = page.now;
    let id = StoredValue::new(page.inquiry.id.to_string());
    let busy = placing.act.pending();
    let go = move |act: QueueAct| {
        placing.act.dispatch((id.get_value(), act));
    };
    let error = Signal::derive(move || placing.act.value().get().and_then(Result::err));
    let tag = move || {
        let tag = placing.typed.get_untracked();
        if !tag.trim().is_empty() {
            go(QueueAct::Tag { tag });
        }
    };
    let escalate = move || {
        let reason = placing.why.get_untracked();
        if !reason.trim().is_empty() {
            go(QueueAct::Escalate { reason });
        }
    };
    // An inquiry that cannot be decided is never overdue.
    let open = page.inquiry.status.decidable();
    let (tags, snoozed) = (page.tags.clone(), page.snoozed);
    view! {
        <section class="panel" id="place">
            <h2>"In the queue"</h2>
            <FormError error />
            <dl class="facts">
                {open.then(|| view! { <dt>"Due"</dt><dd data-tone=(page.due_at <= now).then_some("bad")>{inline_html(|| left(page.due_at, now))}</dd> })}
                <dt>"Assignee"</dt><dd>{page.assignee.clone().unwrap_or_else(|| "Unassigned".to_owned())}</dd>
                {snoozed.map(|(until, change)| view! { <dt>"Snoozed"</dt><dd>{asleep(until, change, now)}</dd> })}
                <dt>"Tags"</dt>
                <dd class="tags">
                    {tags.is_empty().then_some("None")}
                    {tags.into_iter().map(|tag| {
                        let (href, label, gone) = (format!("/queue?tag={}&status=all", encoded(&tag)), format!("Remove the tag {tag}"), tag.clone());
                        view! {
                            <span class="tag"><a href=href>{tag}</a>
                            {offered.then(|| view! { <button type="button" class="quiet" aria-label=label disabled=move || busy.get() on:click=move |_| go(QueueAct::Untag { tag: gone.clone() })>"×"</button> })}</span>
                        }
                    }).collect_view()}
                </dd>
            </dl>
            {offered.then(|| view! {
                <button type="button" class="quiet" id="put-off" aria-expanded=move || placing.open.get().to_string() aria-controls="putting-off"
                    on:click=move |_| placing.open.update(|open| *open = !*open)>"Snooze, tag or escalate"<Key of="put-off" /></button>
                <Show when=move || placing.open.get()>
                    <div class="stack" id="putting-off">
                        <span class="muted small">"Snooze for"</span>
                        <div class="row wrap">
                            {[(4, "4 hours"), (24, "1 day"), (72, "3 days"), (168, "1 week")].into_iter().map(|(hours, label)| view! {
                                <button type="button" disabled=move || busy.get() on:click=move |_| go(QueueAct::Snooze { hours: Some(hours) })>{label}</button>
                            }).collect_view()}
                            <button type="button" disabled=move || busy.get() on:click=move |_| go(QueueAct::Snooze { hours: None })>"Until Persona updates it"</button>
                            {snoozed.is_some().then(|| view! { <button type="button" disabled=move || busy.get() on:click=move |_| go(QueueAct::Wake)>"End snooze"</button> })}
                        </div>
                        <label for="new-tag">"Tag"</label>
                        <div class="row">
                            <input id="new-tag" type="text" maxlength=LONGEST_TAG.to_string() autocomplete="off" {..holds(move || placing.typed.get())}
                                on:input=move |event| placing.typed.set(event_target_value(&event))
                                on:keydown=move |event| if event.key() == "Enter" && !composing(&event) { event.prevent_default(); tag(); } />
                            <button type="button" disabled=move || busy.get() on:click=move |_| tag()>"Tag"</button>
                        </div>
                        <label for="escalation">"Reason for escalating"</label>
                        <div class="row">
                            <input id="escalation" type="text" maxlength=LONGEST_REASON.to_string() autocomplete="off" {..holds(move || placing.why.get())}
                                on:input=move |event| placing.why.set(event_target_value(&event))
                                on:keydown=move |event| if event.key() == "Enter" && !composing(&event) { event.prevent_default(); escalate(); } />
                            <button type="button" disabled=move || busy.get() on:click=move |_| escalate()>"Escalate"</button>
                        </div>
                    </div>
                </Show>
            })}
        </section>
    }
}

fn asleep(until: Timestamp, change: bool, now: Timestamp) -> String {
    let rest = span(until.since(now));
    if change { format!("until Persona updates it, at most {rest}") } else { format!("for {rest}") }
}
