//! How decisions look: the panel that makes one, and the state of those made.
use leptos::prelude::*;

use super::badge::{Badge, Key, state_tone};
use super::failure::FormError;
use super::load::error_in_address;
use super::time::{Ago, Left};
use crate::api::ApiError;
use crate::api::decision::{Decide, Settle};
use crate::domain::decision::{Decision, LONGEST_COMMENT, State, reason, reasons_for};
use crate::domain::desk::Draft;
use crate::domain::time::Timestamp;

/// One decision on its way, or at its end.
#[component]
pub fn Travel(decision: Decision, now: Timestamp) -> impl IntoView {
    let why = reason(&decision.reason).map_or_else(|| decision.reason.clone(), |reason| reason.label.to_owned());
    let state = decision.state;
    let told = match state {
        State::Queued | State::Sending => "waits for Persona",
        State::Confirmed => "Persona has it",
        State::Rejected => "Persona said no",
        State::Unknown => "no answer; a person has to look",
    };
    view! {
        <div class="travel" data-state=state.as_str()>
            <p>
                <span class="strong">{decision.verdict.label()}</span>" "
                <Badge tone=state_tone(state) text=state.to_string() />
            </p>
            <p class="muted small">{decision.reviewer_name}", "<Ago at=decision.made_at now />" · "{why}</p>
            {(!decision.comment.is_empty()).then(|| view! { <p class="quote" dir="auto">{decision.comment}</p> })}
            <p class="muted small">
                {told}
                {(decision.attempts > 1 && state.open()).then(|| format!(", {} attempts", decision.attempts))}
                {decision.next_attempt_at.filter(|at| *at > now).map(|at| view! { ", next one: "<Left at now /> })}
                {decision.answer.filter(|_| state != State::Confirmed).map(|answer| format!(" · {answer}"))}
            </p>
        </div>
    }
}

/// For a decision of which nobody could tell whether Persona has it: what a person found out there.
#[component]
pub fn SettlePanel(decision: Decision, typed: Typed, action: ServerAction<Settle>) -> impl IntoView {
    let in_address = error_in_address("/api/settle");
    let error = Signal::derive(move || action.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = action.pending();
    view! {
        <ActionForm action=action attr:class="decide" attr:id="settle">
            <input type="hidden" name="decision" value=decision.id.to_string() />
            <FormError error />
            <p>"Persona gave no answer that settles it"{decision.answer.map(|answer| format!(": {answer}"))}". Look in Persona's dashboard whether this decision stands there; until then nothing else can be decided here."</p>
            <label for="look">"What you saw there"</label>
            <textarea id="look" name="look" rows="3" maxlength=LONGEST_COMMENT.to_string() dir="auto" required
                prop:value=move || typed.comment.get()
                on:input=move |event| typed.comment.set(event_target_value(&event))
            >{typed.comment.get_untracked()}</textarea>
            <div class="verdicts">
                <button type="submit" name="outcome" value="there" disabled=move || busy.get()>"It stands in Persona"</button>
                <button type="submit" name="outcome" value="not-there" disabled=move || busy.get()>"It does not"</button>
            </div>
        </ActionForm>
    }
}

/// What the panel keeps while the page around it is drawn again: nothing typed is lost.
#[derive(Debug, Clone, Copy)]
pub struct Typed {
    pub reason: RwSignal<String>,
    pub comment: RwSignal<String>,
    /// Set once the draft that the server kept has been taken over.
    seeded: RwSignal<bool>,
}

impl Typed {
    pub fn new() -> Self {
        Self {
            reason: RwSignal::new(String::new()),
            comment: RwSignal::new(String::new()),
            seeded: RwSignal::new(false),
        }
    }

    /// Takes a draft over, once, and never over something typed since.
    pub fn seed(self, draft: Option<&Draft>) {
        if self.seeded.get_untracked() {
            return;
        }
        self.seeded.set(true);
        if let Some(draft) = draft
            && self.comment.with_untracked(String::is_empty)
        {
            self.reason.set(draft.reason.clone());
            self.comment.set(draft.comment.clone());
        }
    }

    pub fn clear(self) {
        self.reason.set(String::new());
        self.comment.set(String::new());
    }
}

impl Default for Typed {
    fn default() -> Self {
        Self::new()
    }
}

/// Reason and comment, for any verdict.
#[component]
pub fn ReasonAndComment(
    typed: Typed,
    groups: Vec<(&'static str, &'static str)>,
    comment: &'static str,
) -> impl IntoView {
    let draft = typed.reason.get_untracked();
    view! {
        <label for="reason">"Reason"</label>
        <select id="reason" name="reason" required on:change=move |event| typed.reason.set(event_target_value(&event))>
            <option value="">"Choose a reason"</option>
            {groups.into_iter().map(|(verdict, label)| {
                let draft = draft.clone();
                view! {
                    <optgroup label=label>
                        {reasons_for(verdict).map(|reason| view! { <option value=reason.code selected=reason.code == draft>{reason.label}</option> }).collect_view()}
                    </optgroup>
                }
            }).collect_view()}
        </select>
        <label for="comment">{comment}</label>
        <textarea id="comment" name="comment" rows="4" maxlength=LONGEST_COMMENT.to_string() dir="auto"
            placeholder="What did you see, and why does it decide the matter?"
            prop:value=move || typed.comment.get()
            on:input=move |event| typed.comment.set(event_target_value(&event))
        >{typed.comment.get_untracked()}</textarea>
    }
}

/// Approve, decline, mark for review: one form, so that it works without wasm.
#[component]
pub fn DecisionPanel(
    inquiry: String,
    version: i64,
    decidable: bool,
    reviewable: bool,
    typed: Typed,
    action: ServerAction<Decide>,
    error: Signal<Option<ApiError>>,
) -> impl IntoView {
    let in_address = error_in_address("/api/decide");
    let shown = Signal::derive(move || error.get().or_else(|| in_address.get()));
    let mut groups = Vec::new();
    if decidable {
        groups.extend([("approve", "To approve"), ("decline", "To decline")]);
    }
    if reviewable {
        groups.push(("mark-for-review", "To mark for review"));
    }
    let busy = action.pending();
    view! {
        <ActionForm action=action attr:class="decide" attr:id="decide">
            <input type="hidden" name="inquiry" value=inquiry />
            <input type="hidden" name="version" value=version />
            <FormError error=shown />
            <div class="verdicts">
                {decidable.then(|| view! {
                    <button class="approve" type="submit" name="verdict" value="approve" id="approve" disabled=move || busy.get()>"Approve"<Key key="a" /></button>
                    <button class="decline" type="submit" name="verdict" value="decline" id="decline" disabled=move || busy.get()>"Decline"<Key key="d" /></button>
                })}
                {reviewable.then(|| view! {
                    <button class="wide" type="submit" name="verdict" value="mark-for-review" id="mark" disabled=move || busy.get()>"Mark for review"<Key key="m" /></button>
                })}
            </div>
            <ReasonAndComment typed groups comment="Comment, sent to Persona" />
            <p class="muted small" role="status">{move || if busy.get() { "Saving your decision…" } else { "Your name and decision number go to Persona with the comment. A decline needs one." }}</p>
        </ActionForm>
    }
}
