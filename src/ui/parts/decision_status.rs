//! A decision after it was made: its progress, withdrawing it, the second reviewer's answer, and resolving an unknown
//! outcome.
use std::time::Duration;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use maud::html;

use super::badge::{Key, badge, state_tone};
use super::decision_form::DraftForm;
use super::failure::FormError;
use super::load_state::error_in_address;
use super::time::{ago, left};
use crate::api::decision::{Countersign, Settle, Withdraw};
use crate::domain::decision::state::State;
use crate::domain::decision::{Decision, LONGEST_COMMENT, Subject};
use crate::domain::reviewer::Permission;
use crate::domain::time::Timestamp;
use crate::ui::context::{may, me, reasons};
use crate::ui::field::holds;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::static_html;

/// The actions on decisions that were made. This state survives a re-render of the page.
#[derive(Clone, Copy)]
pub struct DecisionActions {
    pub withdraw: FormAction<Withdraw>,
    pub countersign: FormAction<Countersign>,
    pub settle: FormAction<Settle>,
    /// The second reviewer's reason to refuse, while it is typed.
    pub why: RwSignal<String>,
    pub look: RwSignal<String>,
}

impl DecisionActions {
    /// `reload` runs after each action, also after one that was refused, so that the page shows the current state.
    pub fn new(typed: DraftForm, reload: Callback<()>) -> Self {
        let after = Self {
            withdraw: FormAction::new(),
            countersign: FormAction::new(),
            settle: FormAction::new(),
            why: RwSignal::new(String::new()),
            look: RwSignal::new(String::new()),
        };
        Effect::new(move |_| {
            if let Some(result) = after.withdraw.value().get() {
                if result.is_ok() {
                    // Reason and comment come back as a draft.
                    typed.forget();
                }
                reload.run(());
            }
        });
        Effect::new(move |_| {
            if let Some(result) = after.countersign.value().get() {
                if result.is_ok() {
                    after.why.set(String::new());
                }
                reload.run(());
            }
        });
        Effect::new(move |_| {
            if let Some(result) = after.settle.value().get() {
                if result.is_ok() {
                    after.look.set(String::new());
                }
                reload.run(());
            }
        });
        after
    }

    /// Whether a request is under way.
    pub fn busy(self) -> bool {
        self.withdraw.pending().get_untracked()
            || self.countersign.pending().get_untracked()
            || self.settle.pending().get_untracked()
    }
}

/// The open decisions, each with the actions that are possible on it.
#[component]
pub fn OpenDecisions(decisions: Vec<Decision>, version: i64, after: DecisionActions, now: Timestamp) -> impl IntoView {
    let errors = [error_in_address(Withdraw::PATH), error_in_address(Countersign::PATH)];
    let error = Signal::derive(move || {
        let here = after.withdraw.value().get().and_then(Result::err);
        here.or_else(|| after.countersign.value().get().and_then(Result::err))
            .or_else(|| errors.iter().find_map(|error| error.get()))
    });
    let decides = may(Permission::Decide);
    view! {
        <FormError error />
        {decisions.into_iter().filter(|decision| decision.state.open()).map(|decision| {
            let mine = me().is_some_and(|me| me.id == decision.reviewer_id);
            let awaiting = decision.state == State::AwaitingCountersign;
            let undoable = decision.state == State::Proposed && (mine || decision.checker_name.is_some());
            let hold_until = decision.hold_until.filter(|until| undoable && *until > now);
            let id = decision.id.to_string();
            view! {
                <DecisionStatus decision=decision.clone() now />
                {(decides).then(|| hold_until.map(|until| view! { <Undo id=id.clone() until now action=after.withdraw /> }))}
                {(decides && awaiting && mine).then(|| view! { <TakeBack id=id.clone() action=after.withdraw /> })}
                {(decides && awaiting && !mine).then(|| view! { <CountersignPanel decision=decision.clone() version after /> })}
                {(decides && decision.state == State::Unknown).then(|| view! { <SettlePanel decision after /> })}
            }
        }).collect_view()}
    }
}

/// One decision, with its progress or its outcome.
#[component]
pub fn DecisionStatus(decision: Decision, now: Timestamp) -> impl IntoView {
    let why = reasons().label(&decision.reason);
    let state = decision.state;
    let told = match state {
        State::Proposed => "not sent yet",
        State::AwaitingCountersign => "a second reviewer has to countersign it; nothing is sent before that",
        State::Refused => "returned to its maker",
        State::Withdrawn => "withdrawn before it was sent",
        State::Queued | State::Sending => "waiting for Persona",
        State::Confirmed => "confirmed by Persona",
        State::Rejected => "rejected by Persona",
        State::Superseded => "already decided in Persona by someone else",
        State::Unknown => "outcome unknown; a reviewer has to check in Persona",
    };
    let html = static_html(|| {
        html! {
            p { span.strong { (decision.verdict.label()) } " " (badge(state_tone(state), &state.to_string())) }
            p.muted.small { (decision.reviewer_name) ", " (ago(decision.made_at, now)) " · " (why) }
            @if !decision.comment.is_empty() { p.quote dir="auto" { (decision.comment) } }
            @if let Some(name) = &decision.checker_name {
                p.muted.small {
                    @if state == State::Refused { "Refused by " } @else { "Countersigned by " } (name)
                    @if let Some(at) = decision.checked_at { ", " (ago(at, now)) }
                }
            }
            @if let Some(name) = &decision.held_for { p.small { "Held: the account of " (name) " was disabled before this was sent. An admin can send or withdraw it." } }
            @if let Some(accounts) = &decision.accounts { p.small { "Accounts of maker and checker: " (accounts) } }
            @if let Some(why) = &decision.refusal { p.quote dir="auto" { (why) } }
            @if state == State::AwaitingCountersign { p.muted.small { "Rule: " (decision.wanted_by.join(", ")) } }
            p.muted.small {
                (told)
                @if decision.attempts > 1 && state.open() { ", " (decision.attempts) " attempts" }
                @if let Some(at) = decision.next_attempt_at.filter(|at| *at > now && state == State::Queued) { ", next attempt: " (left(at, now)) }
                @if let Some(answer) = decision.answer.as_ref().filter(|_| state != State::Confirmed) { " · " (answer) }
            }
        }
    });
    view! { <div class="decision-status" data-state=state.as_str() {..html}></div> }
}

/// Withdraws a decision within the undo window. The bar shows the time left; the text says it, for screen readers, too.
#[component]
fn Undo(id: String, until: Timestamp, now: Timestamp, action: FormAction<Withdraw>) -> impl IntoView {
    let whole = until.since(now).as_secs_f64().ceil().max(1.0);
    let left = RwSignal::new(until.since(now).as_secs_f64());
    Effect::new(move |_| {
        let step = Duration::from_millis(250);
        let ticking =
            set_interval_with_handle(move || left.update(|left| *left = (*left - step.as_secs_f64()).max(0.0)), step);
        if let Ok(ticking) = ticking {
            on_cleanup(move || ticking.clear());
        }
    });
    let busy = action.pending();
    view! {
        <ServerForm action=action attr:class="undo">
            <input type="hidden" name="decision" value=id />
            <progress max=whole.to_string() value=move || left.get().to_string() aria-label="Time left to withdraw"></progress>
            <button type="submit" id="undo" disabled=move || { busy.get() || left.get() <= 0.0 }>
                {move || if left.get() > 0.0 { format!("Withdraw ({:.0} s)", left.get().ceil()) } else { "Sending…".to_owned() }}
                <Key of="undo" />
            </button>
        </ServerForm>
    }
}

#[component]
fn TakeBack(id: String, action: FormAction<Withdraw>) -> impl IntoView {
    let busy = action.pending();
    view! {
        <ServerForm action=action attr:class="undo">
            <input type="hidden" name="decision" value=id />
            <button type="submit" id="undo" disabled=move || busy.get()>"Withdraw"<Key of="undo" /></button>
        </ServerForm>
    }
}

/// The form of the second reviewer. They can countersign only the version of the evidence that the maker saw.
#[component]
fn CountersignPanel(decision: Decision, version: i64, after: DecisionActions) -> impl IntoView {
    let busy = after.countersign.pending();
    let moved = decision.seen_version != version;
    let maker = decision.reviewer_name.clone();
    view! {
        <ServerForm action=after.countersign attr:class="decide" attr:id="countersign-form">
            <input type="hidden" name="decision" value=decision.id.to_string() />
            <input type="hidden" name="version" value=version />
            {moved.then(|| view! { <p class="banner" data-tone="warn">{format!("The evidence changed since {maker} decided (version {} then, {version} now). Refuse the decision, so that it can be made again.", decision.seen_version)}</p> })}
            {(!moved).then(|| view! { <p class="small">{format!("Review the evidence yourself. Your name is recorded in the log next to {maker}’s.")}</p> })}
            <label for="why">"Why you refuse (not needed to countersign)"</label>
            <textarea id="why" name="why" rows="3" maxlength=LONGEST_COMMENT.to_string() dir="auto"
                {..holds(move || after.why.get())}
                on:input=move |event| after.why.set(event_target_value(&event))
            >{after.why.get_untracked()}</textarea>
            <div class="verdicts">
                <button class="approve" type="submit" name="said" value="countersign" id="countersign" disabled=move || busy.get() || moved>"Countersign"<Key of="countersign" /></button>
                <button class="decline" type="submit" name="said" value="refuse" id="refuse" disabled=move || busy.get()>"Refuse"<Key of="refuse" /></button>
            </div>
        </ServerForm>
    }
}

/// The form for a decision whose outcome is unknown: a reviewer states what they found in Persona.
#[component]
fn SettlePanel(decision: Decision, after: DecisionActions) -> impl IntoView {
    let in_address = error_in_address(Settle::PATH);
    let error = Signal::derive(move || after.settle.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = after.settle.pending();
    view! {
        <ServerForm action=after.settle attr:class="decide" attr:id="settle">
            <input type="hidden" name="decision" value=decision.id.to_string() />
            <FormError error />
            <p>"Persona gave no clear answer"{decision.answer.map(|answer| format!(": {answer}"))}". Check in Persona's dashboard whether it has this decision. Until you record the outcome, nothing else can be decided here."</p>
            <label for="look">"What you saw there"</label>
            <textarea id="look" name="look" rows="3" maxlength=LONGEST_COMMENT.to_string() dir="auto" required
                {..holds(move || after.look.get())}
                on:input=move |event| after.look.set(event_target_value(&event))
            >{after.look.get_untracked()}</textarea>
            <div class="verdicts">
                <button type="submit" name="outcome" value="there" disabled=move || busy.get()>"It is in Persona"</button>
                <button type="submit" name="outcome" value="not-there" disabled=move || busy.get()>"It is not in Persona"</button>
            </div>
        </ServerForm>
    }
}

/// The address of a decision's subject.
pub fn href(decision: &Decision) -> String {
    match &decision.subject {
        Subject::Inquiry(id) => format!("/inquiries/{id}"),
        Subject::Case(id) => format!("/cases/{id}"),
    }
}
