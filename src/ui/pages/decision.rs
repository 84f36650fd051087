//! The list of decisions: those that are not complete, and the outcomes of earlier ones.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use maud::{Markup, html};

use crate::api;
use crate::api::blind::BlindNext;
use crate::api::decision::{ReleaseHeld, WithdrawHeld};
use crate::domain::decision::Decision;
use crate::domain::decision::state::State;
use crate::domain::id::ReviewerId;
use crate::domain::page_data::decision::DecisionsPage;
use crate::domain::reason::Reasons;
use crate::domain::reviewer::Permission;
use crate::domain::text::words;
use crate::domain::time::Timestamp;
use crate::ui::context::{may, reasons};
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::keys::on_key;
use crate::ui::leptos_ext::static_html::static_html;
use crate::ui::live::live;
use crate::ui::parts::badge::{Key, badge, state_tone};
use crate::ui::parts::decision_status::href;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::{error_in_address, load};
use crate::ui::parts::table::Empty;
use crate::ui::parts::time::{ago, left};
use crate::ui::query::use_query;
use crate::ui::resource::fetched;

pub mod inquiry;
pub mod returned;

#[component]
pub fn Decisions() -> impl IntoView {
    let params = use_query();
    let state = Memo::new(move |_| params.with(|params| params.get("state").and_then(|text| State::parse(&text))));
    let page = fetched(move || state.get(), api::decision::decisions);
    let changed = RwSignal::new(0_u32);
    live().on_change(move |topic, _| {
        if topic == "decision" {
            changed.update(|n| *n += 1);
        }
    });
    on_key(&["Lists"], move |key| {
        if key == "." {
            changed.set(0);
            page.refetch();
        }
        key == "."
    });
    let next = FormAction::<BlindNext>::new();
    view! {
        <Bar title="Decisions">
            <span class="grow"></span>
            <span role="status">{move || (changed.get() > 0).then(|| view! {
                <button class="chip" type="button" on:click=move |_| { changed.set(0); page.refetch(); }>"Show changes"<Key of="show" /></button>
            })}</span>
        </Bar>
        {load(page, 10, move |page| draw(page, state.get_untracked(), next))}
    }
}

fn draw(page: DecisionsPage, chosen: Option<State>, next: FormAction<BlindNext>) -> AnyView {
    let now = page.now;
    let all: i64 = page.counts.iter().map(|(_, n)| n).sum();
    let errors = [ReleaseHeld::PATH, WithdrawHeld::PATH].map(error_in_address);
    let error = Signal::derive(move || errors.iter().find_map(|error| error.get()));
    view! {
        <FormError error />
        <div class="filters">
            <nav class="chips" aria-label="State">
                <a class="chip" href="/decisions" aria-current=chosen.is_none().then_some("page")>"All"<span class="count">{all}</span></a>
                {State::ALL.into_iter().map(|state| {
                    let n = page.counts.iter().find(|(each, _)| *each == state).map_or(0, |(_, n)| *n);
                    view! { <a class="chip" href=format!("/decisions?state={}", state.as_str()) aria-current=(chosen == Some(state)).then_some("page")>{words(state.as_str())}<span class="count">{n}</span></a> }
                }).collect_view()}
            </nav>
            <span class="grow"></span>
            <span class="muted">{match (page.backlog, page.oldest_waiting) {
                (0, _) => "No decision is waiting for delivery".to_owned(),
                (n, at) => format!("{n} in delivery{}", at.map(|at| format!(", the oldest for {}", crate::domain::time::span(now.since(at)))).unwrap_or_default()),
            }}</span>
        </div>
        {(page.blind > 0).then(|| view! {
            <ServerForm action=next attr:class="banner row" attr:data-tone="info">
                <span>{if page.blind == 1 { "One decision of a colleague is waiting".to_owned() } else { format!("{} decisions of colleagues are waiting", page.blind) }}" for a blind review: you judge the inquiry without seeing the verdict."</span>
                <span class="grow"></span>
                <button type="submit" id="blind-next">"Start a blind review"</button>
            </ServerForm>
        })}
        {if page.decisions.is_empty() {
            view! { <Empty title="No decisions here" hint="Decisions are made on the page of an inquiry or a case." /> }.into_any()
        } else {
            let reasons = reasons();
            let lines = static_html(|| html! { @for decision in &page.decisions { (line(decision, &reasons, now, page.me)) } });
            view! {
                <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows">
                    <caption class="hidden">"Decisions, newest first"</caption>
                    <thead><tr><th scope="col">"Subject"</th><th scope="col">"Verdict"</th><th scope="col">"Reason"</th><th scope="col">"Comment"</th><th scope="col">"Reviewer"</th><th scope="col">"Persona"</th><th scope="col" class="right">"Made"</th></tr></thead>
                    <tbody {..lines}></tbody>
                </table></div>
            }.into_any()
        }}
    }.into_any()
}

fn line(decision: &Decision, reasons: &Reasons, now: Timestamp, me: ReviewerId) -> Markup {
    let href = href(decision);
    let calls = decision.state == State::AwaitingCountersign && decision.reviewer_id != me && may(Permission::Decide);
    html! {
        tr {
            th scope="row" {
                @if may(Permission::ReadEvidence) {
                    a.strong href=(href) dir="auto" { (decision.subject_name) }
                } @else {
                    span.strong dir="auto" { (decision.subject_name) }
                }
                span.mono.muted.id { (decision.subject.id()) }
            }
            td { (decision.verdict.label()) }
            td { (reasons.label(&decision.reason)) }
            td.muted.clip dir="auto" { (decision.comment) }
            td { (decision.reviewer_name) }
            td {
                (badge(state_tone(decision.state), &decision.state.to_string()))
                @if calls { a.small.block href={ (href) "#decision" } { "Review and countersign" } }
                @if let Some(name) = &decision.checker_name {
                    span.muted.small.block { @if decision.state == State::Refused { "refused by " } @else { "countersigned by " } (name) }
                }
                @if let Some(name) = &decision.held_for {
                    span.small.block { "held: the account of " (name) " was disabled before this was sent" }
                    @if may(Permission::ManageReviewers) {
                        form.narrow method="post" action=(ReleaseHeld::PATH) {
                            input type="hidden" name="decision" value=(decision.id);
                            button type="submit" aria-label={ "Send the decision on " (decision.subject_name) } { "Send" }
                        }
                        form.narrow method="post" action=(WithdrawHeld::PATH) {
                            input type="hidden" name="decision" value=(decision.id);
                            button type="submit" aria-label={ "Withdraw the decision on " (decision.subject_name) } { "Withdraw" }
                        }
                    } @else {
                        span.muted.small.block { "an admin can send or withdraw it" }
                    }
                }
                @if let Some(accounts) = &decision.accounts { span.small.block { "accounts: " (accounts) } }
                @if let Some(at) = decision.next_attempt_at.filter(|at| *at > now) { span.muted.small.block { (left(at, now)) } }
                @if let Some(answer) = decision.answer.as_ref().filter(|_| decision.state != State::Confirmed) {
                    span.muted.small.block { (answer) }
                }
            }
            td.right { (ago(decision.made_at, now)) }
        }
    }
}
