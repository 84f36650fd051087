//! Notes of reviewers about an object: reading, writing and striking out.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use maud::html;

use super::failure::FormError;
use crate::api::note::{AddNote, StrikeNote};
use crate::domain::evidence::Tone;
use crate::domain::note::{LONGEST, Note};
use crate::domain::reviewer::Permission;
use crate::domain::time::Timestamp;
use crate::ui::context::{may, me};
use crate::ui::field::holds;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::static_html;
use crate::ui::parts::badge::{Key, badge};
use crate::ui::parts::load_state::error_in_address;
use crate::ui::parts::time::ago;

/// State that survives a re-render of the page: the note that is being written, and the requests under way.
#[derive(Clone, Copy)]
pub struct Writing {
    body: RwSignal<String>,
    restricted: RwSignal<bool>,
    add: FormAction<AddNote>,
    strike: FormAction<StrikeNote>,
}

impl Writing {
    pub fn new(reload: Callback<()>) -> Self {
        let writing = Self {
            body: RwSignal::new(String::new()),
            restricted: RwSignal::new(false),
            add: FormAction::new(),
            strike: FormAction::new(),
        };
        Effect::new(move |_| {
            if let Some(result) = writing.add.value().get() {
                if result.is_ok() {
                    writing.body.set(String::new());
                    writing.restricted.set(false);
                }
                reload.run(());
            }
        });
        Effect::new(move |_| {
            if writing.strike.value().get().is_some() {
                reload.run(());
            }
        });
        writing
    }

    /// Whether a request is under way.
    pub fn busy(self) -> bool {
        self.add.pending().get_untracked() || self.strike.pending().get_untracked()
    }
}

#[component]
pub fn Notes(kind: &'static str, subject: String, notes: Vec<Note>, writing: Writing, now: Timestamp) -> impl IntoView {
    let (added, struck) = (error_in_address(AddNote::PATH), error_in_address(StrikeNote::PATH));
    let error = Signal::derive(move || {
        let ours = writing
            .add
            .value()
            .get()
            .and_then(Result::err)
            .or_else(|| writing.strike.value().get().and_then(Result::err));
        ours.or_else(|| added.get()).or_else(|| struck.get())
    });
    let busy = writing.add.pending();
    let none = notes.is_empty();
    view! {
        <section class="panel" id="notes">
            <header><h2>"Notes"</h2><span class="grow"></span><span class="muted small">"Stored in the desk, never sent to Persona"</span></header>
            {may(Permission::Decide).then(|| view! {
                <ServerForm action=writing.add attr:class="decide">
                    <input type="hidden" name="kind" value=kind />
                    <input type="hidden" name="subject" value=subject />
                    <FormError error />
                    <label class="hidden" for="note">"Note"</label>
                    <textarea id="note" name="body" rows="2" maxlength=LONGEST.to_string() dir="auto" required
                        placeholder="Note for colleagues. Mention a colleague with @name."
                        {..holds(move || writing.body.get())}
                        on:input=move |event| writing.body.set(event_target_value(&event))
                    >{writing.body.get_untracked()}</textarea>
                    <div class="row">
                        <label class="check grow"><input type="checkbox" name="restricted" prop:checked=move || writing.restricted.get()
                            on:change=move |event| writing.restricted.set(event_target_checked(&event)) />"Restricted: left out of every file and export"</label>
                        <button type="submit" id="add-note" disabled=move || busy.get()>"Add"<Key of="note" /></button>
                    </div>
                </ServerForm>
            })}
            {none.then(|| view! { <p class="muted">"No notes yet."</p> })}
            <ul class="notes">
                {notes.into_iter().map(|note| view! { <li><One note writing now /></li> }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn One(note: Note, writing: Writing, now: Timestamp) -> impl IntoView {
    let mine = may(Permission::Decide) && me().is_some_and(|me| me.id == note.author_id) && note.struck_at.is_none();
    let said = static_html(|| {
        html! {
            @if note.struck_at.is_some() {
                s { (note.body) } span.muted.small { " struck out by its author" }
            } @else {
                (note.body)
            }
        }
    });
    let by = static_html(|| {
        html! {
            span.strong { (note.author_name) } (ago(note.at, now))
            @if note.restricted { (badge(Tone::Shared, "Restricted")) }
        }
    });
    view! {
        <div class="muted small row">
            <span class="row wrap grow" {..by}></span>
            {mine.then(|| view! {
                <ServerForm action=writing.strike>
                    <input type="hidden" name="note" value=note.id.to_string() />
                    <button type="submit" class="quiet small">"Strike out"</button>
                </ServerForm>
            })}
        </div>
        <p dir="auto" class="words" {..said}></p>
    }
}
