//! How long records are retained: clocks, holds, proposals that wait for a second person or their day, and erasures.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::Form;

use self::action::{RetentionActions, rule_text};
use crate::api;
use crate::api::retention::{CancelRetention, ConfirmRetention, EndRelationship, HoldRecords, ReleaseRecords};
use crate::domain::evidence::Tone;
use crate::domain::retention::{
    AccountRecords, PROFILES, ProposalKind, ProposalStage, RetentionPage, RetentionProposal,
};
use crate::domain::reviewer::Permission;
use crate::domain::time::Timestamp;
use crate::ui::context::may;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::inline_html;
use crate::ui::pages::retention::preview::Looked;
use crate::ui::parts::badge::badge;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::{error_in_address, load};
use crate::ui::parts::table::{Empty, query};
use crate::ui::parts::time;
use crate::ui::query::use_query;
use crate::ui::resource::fetched;

mod action;
pub mod preview;

#[component]
pub fn Retention() -> impl IntoView {
    let asked = use_query();
    let page = fetched(
        move || asked.with(|query| (query.get("account"), query.get("ended_on"), query.get("profile"))),
        |(account, ended_on, profile)| api::retention::retention(account, ended_on, profile),
    );
    let actions = RetentionActions {
        end: FormAction::new(),
        hold: FormAction::new(),
        release: FormAction::new(),
        confirm: FormAction::new(),
        cancel: FormAction::new(),
    };
    Effect::new(move |_| {
        // All of them are read, because the effect only follows signals that it has read.
        let done = [
            actions.end.value().get().is_some(),
            actions.hold.value().get().is_some(),
            actions.release.value().get().is_some(),
            actions.confirm.value().get().is_some(),
            actions.cancel.value().get().is_some(),
        ];
        if done.contains(&true) {
            page.refetch();
        }
    });
    view! {
        <Bar title="Retention"><span class="grow"></span></Bar>
        {load(page, 6, move |page| draw(page, actions))}
    }
}

/// Address at which the page shows what would be erased of an account.
fn preview_of(account: &str) -> String {
    format!("/admin/retention{}", query(&[("account", Some(account))]))
}

fn draw(page: RetentionPage, actions: RetentionActions) -> AnyView {
    let (manages, confirms) = (may(Permission::ManageRetention), may(Permission::ConfirmRetention));
    let now = page.now;
    let paths =
        [EndRelationship::PATH, HoldRecords::PATH, ReleaseRecords::PATH, ConfirmRetention::PATH, CancelRetention::PATH];
    let in_address = paths.map(error_in_address);
    let error = Signal::derive(move || {
        let said = [
            actions.end.value().get().and_then(Result::err),
            actions.hold.value().get().and_then(Result::err),
            actions.release.value().get().and_then(Result::err),
            actions.confirm.value().get().and_then(Result::err),
            actions.cancel.value().get().and_then(Result::err),
        ];
        said.into_iter().flatten().next().or_else(|| in_address.iter().find_map(|error| error.get()))
    });
    let (open, ended): (Vec<RetentionProposal>, Vec<RetentionProposal>) =
        page.proposals.into_iter().partition(|proposal| proposal.stage.open());
    let me = page.me;
    let alone = page.confirmers < 2;
    let nobody_waits = open.is_empty();
    view! {
        <div class="evidence single">
            <FormError error />
            {page.no_preview.map(|why| view! { <p class="banner" data-tone="bad" role="alert">{why}</p> })}
            {page.preview.map(|preview| view! { <Looked preview actions manages grace_days=page.grace_days /> })}
            <section class="panel" id="proposals">
                <header><h2>"Waiting for confirmation or for the day of erasure"</h2></header>
                <p class="muted">{format!("A change that would erase records soon is proposed by one person and confirmed by another, an admin or an auditor. It then waits {} days, in which any admin or auditor can cancel it.", page.grace_days)}</p>
                {alone.then(|| view! { <p class="banner" data-tone="warn" role="status">"Nothing can be confirmed: there is only one admin or auditor. Add a second admin or an auditor under Reviewers."</p> })}
                {nobody_waits.then(|| view! { <Empty title="No open proposals" hint="No erasure is proposed or confirmed." /> })}
                {(!nobody_waits).then(|| view! {
                    <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows stacked">
                        <caption class="hidden">"Proposals"</caption>
                        <thead><tr><th scope="col">"Account"</th><th scope="col">"What"</th><th scope="col">"State"</th><th scope="col">"Proposed by"</th><th scope="col">"Confirmed by"</th><th scope="col">"Erased on"</th><th scope="col"><span class="hidden">"Actions"</span></th></tr></thead>
                        <tbody>{open.into_iter().map(|proposal| {
                            let own = proposal.proposer_id == Some(me);
                            view! { <Waiting proposal actions confirms own /> }
                        }).collect_view()}</tbody>
                    </table></div>
                })}
            </section>
            <section class="panel">
                <header><h2>"Retention periods and holds"</h2></header>
                <p class="muted">"The retention period starts when the relationship ends. When it is over and the records are not on hold, the desk erases evidence, comments and names. Entries of the audit log remain, without their personal values. Nothing is erased while an inquiry of the account is open: while it waits for a review, or while someone works on it."</p>
                {page.rows.is_empty().then(|| view! { <Empty title="No retention periods" hint="Records of accounts whose relationship has not ended are not erased." /> })}
                {(!page.rows.is_empty()).then(|| view! {
                    <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows">
                        <caption class="hidden">"Retention periods and holds"</caption>
                        <thead><tr><th scope="col">"Account"</th><th scope="col">"State"</th><th scope="col">"Ended"</th><th scope="col">"Retained until"</th><th scope="col">"Profile"</th><th scope="col">"Hold"</th>{confirms.then(|| view! { <th scope="col"><span class="hidden">"Actions"</span></th> })}</tr></thead>
                        <tbody>{page.rows.into_iter().map(|kept| view! { <Row kept now actions confirms /> }).collect_view()}</tbody>
                    </table></div>
                })}
            </section>
            <section class="panel narrow-panel">
                <header><h2>"End of a relationship"</h2></header>
                <p class="muted">"First you see what would be erased, and when."</p>
                <Form method="GET" action="/admin/retention" attr:class="stack">
                    <label for="account">"Account"</label>
                    <input id="account" name="account" type="text" class="mono" required maxlength="128" autocomplete="off" placeholder="act_…" />
                    <label for="ended_on">"Last day of the relationship"</label>
                    <input id="ended_on" name="ended_on" type="date" required />
                    <label for="profile">"Retention profile"</label>
                    <select id="profile" name="profile">{PROFILES.into_iter().map(|profile| view! { <option value=profile.code>{format!("{}: {} years ({})", profile.name, profile.years, profile.source)}</option> }).collect_view()}</select>
                    <button class="primary" type="submit">"Preview"</button>
                </Form>
            </section>
            {confirms.then(|| view! {
                <section class="panel narrow-panel">
                    <header><h2>"Hold records"</h2></header>
                    <p class="muted">"A hold prevents the erasure of an account’s records, even if their retention period is over or an erasure was confirmed. It takes two people to lift a hold."</p>
                    <ServerForm action=actions.hold attr:class="stack">
                        <label for="hold-account">"Account"</label>
                        <input id="hold-account" name="account" type="text" class="mono" required maxlength="128" autocomplete="off" placeholder="act_…" />
                        <label for="hold-reason">"Reason, for example a court order or an investigation"</label>
                        <input id="hold-reason" name="reason" type="text" required maxlength="500" autocomplete="off" />
                        <button type="submit">"Put on hold"</button>
                    </ServerForm>
                </section>
            })}
            {(!ended.is_empty()).then(|| view! { <Ended ended /> })}
        </div>
    }.into_any()
}

#[component]
fn Waiting(proposal: RetentionProposal, actions: RetentionActions, confirms: bool, own: bool) -> impl IntoView {
    let what = what(&proposal);
    let (tone, state) = match proposal.stage {
        ProposalStage::Proposed => (Tone::Warn, "awaits confirmation".to_owned()),
        _ => (Tone::Bad, "confirmed".to_owned()),
    };
    let confirmable = proposal.stage == ProposalStage::Proposed && !own;
    let id = proposal.id.to_string();
    let (of_cancel, account) = (id.clone(), proposal.account.clone());
    let runs = match (&proposal.runs_on, proposal.stage) {
        (None, _) => "erases nothing".to_owned(),
        (Some(day), ProposalStage::Proposed) => format!("{day}, if confirmed now"),
        (Some(day), _) => day.clone(),
    };
    view! {
        <tr>
            <th scope="row"><span dir="auto">{proposal.name.clone()}</span>" "<span class="mono muted">{account.clone()}</span></th>
            <td>{what}</td>
            <td>{inline_html(move || badge(tone, &state))}</td>
            <td>{proposal.proposed_by.clone()}{inline_html(|| time::at(proposal.proposed_at))}</td>
            <td>{proposal.confirmed_by.clone()}{proposal.confirmed_at.map(|at| inline_html(|| time::at(at)))}</td>
            <td class="num">{runs}</td>
            <td class="right">
                <a class="button" href=preview_of(&account)>"What is erased"</a>
                {(confirms && confirmable).then(|| view! { <ServerForm action=actions.confirm><input type="hidden" name="proposal" value=id /><button class="primary" type="submit" aria-label=format!("Confirm for {account}")>"Confirm"</button></ServerForm> })}
                {confirms.then(|| view! { <ServerForm action=actions.cancel><input type="hidden" name="proposal" value=of_cancel /><button type="submit" aria-label=format!("Cancel for {}", proposal.account)>"Cancel"</button></ServerForm> })}
                {(own && proposal.stage == ProposalStage::Proposed).then(|| view! { <p class="muted small">"You proposed it. Another person has to confirm it."</p> })}
            </td>
        </tr>
    }
}

fn what(proposal: &RetentionProposal) -> String {
    match (proposal.kind, &proposal.clock, &proposal.hold) {
        (ProposalKind::End, Some(clock), _) => format!("Relationship ended {}, {}", clock.ended_on, rule_text(clock)),
        (ProposalKind::End, None, _) => "Relationship ended".to_owned(),
        (ProposalKind::Release, _, hold) => format!("Lift the hold: {}", hold.clone().unwrap_or_default()),
    }
}

#[component]
fn Ended(ended: Vec<RetentionProposal>) -> impl IntoView {
    view! {
        <section class="panel">
            <header><h2>"Ended proposals"</h2></header>
            <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows">
                <caption class="hidden">"Ended proposals"</caption>
                <thead><tr><th scope="col">"Account"</th><th scope="col">"What"</th><th scope="col">"State"</th><th scope="col">"Proposed by"</th><th scope="col">"Confirmed by"</th><th scope="col">"Ended by"</th></tr></thead>
                <tbody>{ended.into_iter().map(|proposal| view! {
                    <tr>
                        <th scope="row"><span class="mono">{proposal.account.clone()}</span></th>
                        <td>{what(&proposal)}</td>
                        <td>{proposal.stage.as_str()}{proposal.why.clone().map(|why| format!(": {why}"))}</td>
                        <td>{proposal.proposed_by.clone()}</td>
                        <td>{proposal.confirmed_by.clone()}</td>
                        <td>{proposal.ended_by.clone()}{proposal.ended_at.map(|at| view! { " "{inline_html(|| time::at(at))} })}</td>
                    </tr>
                }).collect_view()}</tbody>
            </table></div>
        </section>
    }
}

#[component]
fn Row(kept: AccountRecords, now: Timestamp, actions: RetentionActions, confirms: bool) -> impl IntoView {
    let state = kept.state(now);
    let tone = match state {
        "erased" | "no retention period" => Tone::Plain,
        "on hold" => Tone::Info,
        "due" | "confirmed" | "stopped" => Tone::Warn,
        _ => Tone::Good,
    };
    let (account, open) = (kept.account.clone(), kept.erased_at.is_none());
    let (held, of_release) = (kept.hold.is_some(), account.clone());
    let clock = kept.clock.clone();
    view! {
        <tr>
            <th scope="row"><span dir="auto">{kept.name.clone()}</span>" "
                {if open { view! { <a class="mono" href=preview_of(&account)>{account.clone()}</a> }.into_any() } else { view! { <span class="mono muted">{account.clone()}</span> }.into_any() }}</th>
            <td>{inline_html(|| badge(tone, state))}
                {kept.runs_at.filter(|at| open && !held && *at > now).map(|at| view! { " not before "{inline_html(|| time::at(at))} })}
                {kept.refused.clone().filter(|_| open && clock.is_none()).map(|why| view! { <p class="small">{why}</p> })}
                {kept.failure.clone().filter(|_| open).map(|(why, again)| view! { <p class="small">"The erasure failed. "{why}" Next attempt: "{inline_html(|| time::at(again))}</p> })}
                {kept.redacted_early.then(|| view! { " "{inline_html(|| badge(Tone::Bad, "redacted in Persona before its retention ended: only the desk's record is left"))} })}
                {kept.erased_at.map(|at| view! { " "{inline_html(|| time::at(at))} })}
                {kept.certificate.clone().map(|seq| view! { ", "<a href=format!("/audit/entries/{seq}")>"certificate"</a> })}</td>
            <td class="num">{clock.as_ref().map(|clock| clock.ended_on.clone())}</td>
            <td class="num">{clock.as_ref().map(|clock| clock.due_on.clone())}</td>
            <td>{clock.as_ref().map(rule_text)}</td>
            <td>{kept.hold.clone().map(|why| format!("{why} ({})", kept.held_by.clone().unwrap_or_default()))}</td>
            {confirms.then(|| view! { <td class="right">{match (open, held) {
                (true, true) => view! { <ServerForm action=actions.release><input type="hidden" name="account" value=of_release /><button type="submit">"Propose lifting the hold"</button></ServerForm> }.into_any(),
                (true, false) => view! { <ServerForm action=actions.hold attr:class="narrow"><input type="hidden" name="account" value=account.clone() /><label class="hidden" for=format!("hold-{account}")>"Reason for the hold"</label><input id=format!("hold-{account}") name="reason" type="text" required maxlength="500" placeholder="Reason" /><button type="submit">"Put on hold"</button></ServerForm> }.into_any(),
                (false, _) => ().into_any(),
            }}</td> })}
        </tr>
    }
}
