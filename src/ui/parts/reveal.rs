//! Masked values on a page, and the form that reveals them for a purpose, which is recorded.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::badge::Key;
use super::failure::FormError;
use crate::api::note::Reveal;
use crate::domain::masking::{PURPOSES, Topic};
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::parts::load_state::error_in_address;

/// State that survives a re-render of the page.
#[derive(Clone, Copy)]
pub struct Revealing {
    action: FormAction<Reveal>,
    purpose: RwSignal<String>,
    /// The topics of a subject that were masked since the page was opened. A topic keeps its place after it is
    /// revealed, so that a second click on the same spot does not reveal another one.
    offered: StoredValue<(String, Vec<Topic>)>,
}

impl Revealing {
    /// `purpose` is selected at first: the one for which the page is mostly read.
    pub fn new(reload: Callback<()>, purpose: &'static str) -> Self {
        let revealing = Self {
            action: FormAction::new(),
            purpose: RwSignal::new(purpose.to_owned()),
            offered: StoredValue::default(),
        };
        Effect::new(move |_| {
            if revealing.action.value().get().is_some() {
                reload.run(());
            }
        });
        revealing
    }

    fn offer(self, subject: &str, hidden: &[Topic]) -> Vec<Topic> {
        let offered = self.offered.try_update_value(|(of, topics)| {
            if of != subject {
                subject.clone_into(of);
                topics.clear();
            }
            topics.extend(hidden);
            topics.sort_unstable();
            topics.dedup();
            topics.clone()
        });
        offered.unwrap_or_else(|| hidden.to_vec())
    }

    pub fn busy(self) -> bool {
        self.action.pending().get_untracked()
    }
}

#[component]
pub fn Hidden(kind: &'static str, subject: String, hidden: Vec<Topic>, revealing: Revealing) -> impl IntoView {
    let in_address = error_in_address(Reveal::PATH);
    let error =
        Signal::derive(move || revealing.action.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = revealing.action.pending();
    let offered = revealing.offer(&subject, &hidden);
    let chosen = revealing.purpose.get_untracked();
    (!hidden.is_empty()).then(|| view! {
        <ServerForm action=revealing.action attr:class="hidden-values" attr:id="hidden-values">
            <input type="hidden" name="kind" value=kind />
            <input type="hidden" name="subject" value=subject />
            <FormError error />
            <label for="purpose-of-reveal">"Show hidden values. Purpose:"</label>
            <select id="purpose-of-reveal" name="purpose" on:change=move |event| revealing.purpose.set(event_target_value(&event))>
                {PURPOSES.into_iter().map(|(code, label)| view! { <option value=code selected=code == chosen>{label.to_lowercase()}</option> }).collect_view()}
            </select>
            {offered.into_iter().map(|topic| {
                let shown = !hidden.contains(&topic);
                view! {
                    <button type="submit" class="chip" name="topics" value=topic.as_str() disabled=move || shown || busy.get()>
                        {shown.then_some("✓ ")}{topic.label()}{shown.then(|| view! { <span class="hidden">" (shown)"</span> })}
                    </button>
                }
            }).collect_view()}
            <button type="submit" id="reveal" name="topics" value="all" disabled=move || busy.get()>"Show all"<Key of="reveal" /></button>
            <span class="muted small">"Recorded. Shown to you for 30 minutes."</span>
        </ServerForm>
    })
}
