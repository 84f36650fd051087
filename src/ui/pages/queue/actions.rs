//! Actions on rows of the queue without opening them, and what each action asks for first.
use leptos::prelude::*;

use crate::api;
use crate::domain::claim::LONGEST_REASON;
use crate::domain::id::ReviewerId;
use crate::domain::page_data::queue::QueueRow;
use crate::domain::queue::{LONGEST_TAG, QueueAct};
use crate::domain::reviewer::Permission;
use crate::ui::context::may;
use crate::ui::field::holds;
use crate::ui::keys::{composing, focus};
use crate::ui::parts::badge::Key;
use crate::ui::parts::selection::{BulkProgress, SelectedRow, Selection, UndoAction};

/// The input or confirmation that an action needs first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ActionInput {
    Snooze,
    Tag,
    Escalate,
    Mark,
    Assign,
}

#[derive(Debug, Clone, Copy)]
pub struct QueueActions {
    pub hand: Selection,
    asking: RwSignal<Option<ActionInput>>,
}

impl QueueActions {
    pub fn new(show: Callback<()>) -> Self {
        Self { hand: Selection::new(show), asking: RwSignal::new(None) }
    }

    pub fn rows(self, rows: &[QueueRow]) {
        let line = |row: &QueueRow| SelectedRow {
            id: row.id.to_string(),
            name: row.subject.clone().unwrap_or_else(|| row.id.to_string()),
            version: row.version,
        };
        self.hand.rows(rows.iter().map(line).collect());
    }

    pub fn forget(self) {
        self.hand.forget();
        self.asking.set(None);
    }

    /// Handles the keys that act on rows. Returns whether the key was one of them.
    pub fn key(self, key: &str) -> bool {
        match key {
            "Escape" if self.asking.get_untracked().is_some() => self.asking.set(None),
            _ if self.hand.key(key) => {}
            _ if !may(Permission::Decide) => return false,
            "c" => self.begin("claimed", Some(QueueAct::Release), |_| QueueAct::Claim),
            "u" => self.begin("released", Some(QueueAct::Claim), |_| QueueAct::Release),
            "s" => self.ask(ActionInput::Snooze),
            "t" => self.ask(ActionInput::Tag),
            "e" => self.ask(ActionInput::Escalate),
            "m" => self.ask(ActionInput::Mark),
            _ => return false,
        }
        true
    }

    fn ask(self, what: ActionInput) {
        if self.hand.targets().is_empty() || self.hand.busy() {
            return;
        }
        self.asking.set(Some(what));
        // After the field has been drawn.
        request_animation_frame(move || {
            let _ = focus("#asked") || focus(".asked button");
        });
    }

    fn begin(self, what: &str, back: Option<QueueAct>, act: impl Fn(&SelectedRow) -> QueueAct + 'static) {
        self.asking.set(None);
        let back = back.map(|back| {
            UndoAction::new(move |lines| {
                let back = back.clone();
                self.hand.run("undone".to_owned(), lines, None, move |line| {
                    let (id, act) = (line.id.clone(), back.clone());
                    async move { api::queue::do_to(id, act).await }
                });
            })
        });
        self.hand.run(what.to_owned(), self.hand.targets(), back, move |line| {
            let (id, act) = (line.id.clone(), act(line));
            async move { api::queue::do_to(id, act).await }
        });
    }
}

/// The bar of actions, what they ask for, and their results.
#[component]
pub fn Bulk(doing: QueueActions, analysts: Vec<(ReviewerId, String)>) -> impl IntoView {
    let hand = doing.hand;
    let (n, running) = (move || hand.count(), hand.running());
    let decides = may(Permission::Decide);
    let analysts = StoredValue::new(analysts);
    view! {
        <Show when=move || { n() > 0 }>
            <div class="bulk" role="toolbar" aria-label="Actions for selected rows">
                <span class="strong num">{move || format!("{} selected", n())}</span>
                {decides.then(|| view! {
                    <button type="button" disabled=move || running.get() on:click=move |_| { doing.key("c"); }>"Claim"<Key of="claim" /></button>
                    <button type="button" disabled=move || running.get() on:click=move |_| { doing.key("u"); }>"Release"<Key of="release" /></button>
                    <button type="button" disabled=move || running.get() on:click=move |_| doing.ask(ActionInput::Snooze)>"Snooze"<Key of="snooze" /></button>
                    <button type="button" disabled=move || running.get() on:click=move |_| doing.ask(ActionInput::Tag)>"Tag"<Key of="tag" /></button>
                    <button type="button" disabled=move || running.get() on:click=move |_| doing.ask(ActionInput::Escalate)>"Escalate"<Key of="escalate" /></button>
                    <button type="button" disabled=move || running.get() on:click=move |_| doing.ask(ActionInput::Mark)>"Mark for review"<Key of="mark-rows" /></button>
                })}
                {may(Permission::Assign).then(|| view! {
                    <button type="button" disabled=move || running.get() on:click=move |_| doing.ask(ActionInput::Assign)>"Assign"</button>
                })}
                <span class="grow"></span>
                <button type="button" class="quiet" on:click=move |_| hand.choose_none()>"Clear selection"</button>
            </div>
        </Show>
        {move || doing.asking.get().map(|asking| view! { <Asked asking doing analysts=analysts.get_value() /> })}
        <BulkProgress hand />
    }
}

/// The form that asks for what an action needs.
#[component]
fn Asked(asking: ActionInput, doing: QueueActions, analysts: Vec<(ReviewerId, String)>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let lines = doing.hand.targets();
    let whom = match lines.as_slice() {
        [one] => one.name.clone(),
        many => format!("{} inquiries", many.len()),
    };
    let snooze = move |hours: Option<u32>| {
        let what = hours.map_or("snoozed until the next update".to_owned(), |hours| format!("snoozed for {hours} h"));
        doing.begin(&what, Some(QueueAct::Wake), move |_| QueueAct::Snooze { hours });
    };
    let send = move || {
        let text = typed.get_untracked();
        if text.trim().is_empty() {
            focus("#asked");
            return;
        }
        match asking {
            ActionInput::Tag => {
                let tag = text.trim().to_lowercase();
                let back = QueueAct::Untag { tag: tag.clone() };
                doing.begin(&format!("tagged “{tag}”"), Some(back), move |_| QueueAct::Tag { tag: tag.clone() });
            }
            _ => doing.begin("escalated", None, move |_| QueueAct::Escalate { reason: text.clone() }),
        }
    };
    let escape = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && !composing(&event) {
            event.prevent_default();
            doing.asking.set(None);
            doing.hand.step(0);
        }
    };
    let body = match asking {
        ActionInput::Snooze => view! {
            <span>"Snooze for"</span>
            {[(1, "1 hour"), (4, "4 hours"), (24, "1 day"), (72, "3 days"), (168, "1 week")].into_iter().map(|(hours, label)| view! {
                <button type="button" on:click=move |_| snooze(Some(hours))>{label}</button>
            }).collect_view()}
            <button type="button" on:click=move |_| snooze(None)>"Until Persona updates it"</button>
        }.into_any(),
        ActionInput::Tag | ActionInput::Escalate => {
            let (label, most, verb) = if asking == ActionInput::Tag { ("Tag", LONGEST_TAG, "Tag") } else { ("Reason for escalating", LONGEST_REASON, "Escalate") };
            view! {
                <label for="asked">{label}</label>
                <input id="asked" type="text" maxlength=most.to_string() autocomplete="off" {..holds(move || typed.get())}
                    on:input=move |event| typed.set(event_target_value(&event))
                    on:keydown=move |event| if event.key() == "Enter" && !composing(&event) { event.prevent_default(); send(); } />
                <button type="button" class="primary" on:click=move |_| send()>{verb}</button>
            }.into_any()
        }
        ActionInput::Mark => view! {
            <span>"Mark for review in Persona. This is a decision: it is recorded with your name and the reason “Needs a second look”."</span>
            <button type="button" class="primary" on:click=move |_| doing.begin("marked for review", None, |line| QueueAct::MarkForReview { version: line.version })>"Mark for review"</button>
        }.into_any(),
        ActionInput::Assign => {
            let to = move |id: String, name: String| {
                let what = if name.is_empty() { "unassigned".to_owned() } else { format!("assigned to {name}") };
                doing.asking.set(None);
                doing.hand.run(what, doing.hand.targets(), None, move |line| api::queue::assign(line.id.clone(), id.clone()));
            };
            view! {
                <span>"Assign to"</span>
                {analysts.into_iter().map(|(id, name)| {
                    let shown = name.clone();
                    view! { <button type="button" on:click=move |_| to(id.to_string(), name.clone())>{shown}</button> }
                }).collect_view()}
                <button type="button" on:click=move |_| to(String::new(), String::new())>"Unassign"</button>
            }.into_any()
        }
    };
    let label = whom.clone();
    view! {
        <div class="asked" role="group" aria-label=label on:keydown=escape>
            <span class="strong" dir="auto">{whom}</span>
            {body}
            <span class="grow"></span>
            <button type="button" class="quiet" on:click=move |_| { doing.asking.set(None); doing.hand.step(0); }>"Cancel"</button>
        </div>
    }
}
