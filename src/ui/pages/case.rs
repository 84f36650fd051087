//! One case: its contents, its assignee and its status.
use std::sync::Arc;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_params_map;
use maud::{Markup, html};

use self::state::CaseState;
use crate::api;
use crate::api::case::TakeCase;
use crate::api::decision::SetStatus;
use crate::api::decision::returned::EndReturn;
use crate::domain::case::{AssignmentEnd, Case, Comment};
use crate::domain::decision::state::State;
use crate::domain::document::Unread;
use crate::domain::evidence::Tone;
use crate::domain::id::AccountId;
use crate::domain::page_data::case::CasePage;
use crate::domain::page_data::inquiry::InquiryRef;
use crate::domain::reviewer::Permission;
use crate::domain::text::{counted, words};
use crate::domain::time::Timestamp;
use crate::ui::context::may;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::keys::{click, focus, on_key};
use crate::ui::leptos_ext::deferred::Deferred;
use crate::ui::leptos_ext::static_html::{inline_html, static_html};
use crate::ui::live::{Fetching, live};
use crate::ui::pages::case::status::standing;
use crate::ui::pages::inquiry::evidence::{fields, one_verification};
use crate::ui::pages::inquiry::report::one_report;
use crate::ui::parts::badge::{Key, assignee, badge, name_tone, signals, status};
use crate::ui::parts::decision_form::DraftForm;
use crate::ui::parts::decision_status::DecisionActions;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::{error_in_address, load};
use crate::ui::parts::note::{Notes, Writing};
use crate::ui::parts::panel::{Panel, heading, none};
use crate::ui::parts::reveal::{Hidden, Revealing};
use crate::ui::parts::table::encoded;
use crate::ui::parts::time::{ago, at, due};
use crate::ui::parts::timeline::Timeline;
use crate::ui::resource::fetched;

pub mod state;
pub mod status;

#[component]
pub fn Case() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    move || view! { <One id=id.get() /> }
}

#[component]
fn One(id: String) -> impl IntoView {
    let again = StoredValue::new(None::<bool>);
    let fetching = Fetching::new();
    let page = fetched(|| (), {
        let id = id.clone();
        move |()| fetching.watch(api::case::case(id.clone(), again.get_value()))
    });
    let action = FormAction::<SetStatus>::new();
    let take = FormAction::<TakeCase>::new();
    let changed = RwSignal::new(false);
    let fetch = move |by_itself: bool| {
        again.set_value(Some(by_itself));
        changed.set(false);
        page.refetch();
    };
    let (reload, show) = (Callback::new(move |()| fetch(true)), Callback::new(move |()| fetch(false)));
    fetching.again(reload);
    let typed = DraftForm::new();
    let after = DecisionActions::new(typed, reload);
    let version = StoredValue::new(0);
    typed.autosave("case", id.clone(), version);
    let (writing, revealing) =
        (Writing::new(reload), Revealing::new(reload, if may(Permission::Decide) { "review" } else { "audit" }));
    let let_go = FormAction::<EndReturn>::new();
    Effect::new(move |_| {
        if let_go.value().get().is_some() {
            reload.run(());
        }
    });
    let held = CaseState { typed, action, take, let_go, after, writing, revealing, version, changed, reload, show };
    Effect::new(move |_| {
        if let Some(result) = action.value().get() {
            if result.is_ok() {
                held.typed.clear();
            }
            reload.run(());
        }
    });
    Effect::new(move |_| {
        if take.value().get().is_some() {
            reload.run(());
        }
    });
    live().on_change(move |_, other| {
        // The reader's own action ends with a fetch anyway.
        let acting = action.pending().get_untracked()
            || take.pending().get_untracked()
            || let_go.pending().get_untracked()
            || after.busy()
            || writing.busy()
            || revealing.busy();
        if (other != id && other != "*") || acting || fetching.hears() {
            return;
        }
        let expected = page.with_untracked(|page| {
            let Some(Ok(page)) = page else { return false };
            let given = page.assignment.as_ref().is_some_and(|assignment| assignment.end.is_none());
            given || page.decisions.iter().any(|decision| decision.state.open() && decision.state != State::Unknown)
        });
        if expected { reload.run(()) } else { changed.set(true) }
    });
    on_key(&["Case"], move |key| match key {
        "a" => click("#take"),
        "n" => click("#next-case"),
        "." => {
            show.run(());
            true
        }
        "e" => focus("#reason"),
        "c" => focus("#comment"),
        "w" => focus("#note"),
        "v" => click("#reveal"),
        _ => false,
    });
    load(page, 8, move |page| draw(page, held))
}

fn draw(page: CasePage, held: CaseState) -> AnyView {
    let now = page.now;
    let case = page.case.clone();
    held.typed.seed(page.draft.as_ref());
    held.version.set_value(page.version);
    if may(Permission::Decide) && !page.opened && page.case.redacted_at.is_none() {
        // The page fetched this version by itself, so the reader has not opened it and must ask for it before deciding.
        held.changed.set(true);
    }
    let (id, named, resolution) = (case.id.to_string(), case.status.clone(), case.resolution.clone());
    let (about, next, as_of) = (id.clone(), page.next.clone(), page.as_of);
    let page = Arc::new(page);
    view! {
        <Bar title=case.name.clone() tab=format!("Case {}", case.id) trail=("/cases", "Cases")>
            <span class="mono muted">{id}</span>
            {inline_html(|| badge(name_tone(&named), &named))}
            {resolution.map(|resolution| view! { <span class="muted">"resolved as "{resolution}</span> })}
            <span class="grow"></span>
            {next.map(|next| view! { <a class="button" id="next-case" href=format!("/cases/{next}")>"Next"<Key of="case-next" /></a> })}
            <span class="muted small">"Last changed "{inline_html(|| ago(as_of, now))}</span>
        </Bar>
        <div class="announce" role="status">
            {move || held.changed.get().then(|| view! {
                <p class="banner" data-tone="info">"This case changed since you opened it. What you typed is not lost. "
                    <button type="button" on:click=move |_| held.show.run(())>"Show the change"<Key of="case-change" /></button></p>
            })}
        </div>
        <div class="inquiry">
            <div class="evidence">
                <Hidden kind="case" subject=case.id.to_string() hidden=page.hidden.clone() revealing=held.revealing />
                <Panel html=static_html(|| inquiries(&page.inquiries)) />
                <Panel html=static_html(|| accounts(&page.accounts)) />
                {(!page.reports.is_empty() || tells_of_accounts(&case)).then(|| view! { <Panel id="reports" html=static_html(|| reports(&page)) /> })}
                {(!case.verifications.is_empty()).then(|| view! { <Panel id="checks" html=static_html(|| verifications(&page)) /> })}
                {(!case.transactions.is_empty() || !case.attachments.is_empty()).then(|| view! { <Panel id="held" html=static_html(|| elsewhere(&case)) /> })}
                {(!case.comments.is_empty()).then(|| view! { <Panel html=static_html(|| comments(&case.comments, now)) /> })}
                <Panel id="fields" html=static_html(|| fields("Fields of the case", &case.fields)) />
            </div>
            <aside class="side-panels" aria-label="Status and history">
                <Deferred clone:page><About page=(*page).clone() held /></Deferred>
                <Deferred clone:page>{standing(&page, held)}</Deferred>
                <Deferred clone:page><Notes kind="case" subject=about notes=page.notes.clone() writing=held.writing now /></Deferred>
                <Deferred clone:page><Timeline kind="case" subject=page.case.id.to_string() line=page.timeline.clone() now /></Deferred>
            </aside>
        </div>
    }.into_any()
}

/// The assignee, the due time, and the button with which an analyst takes the case.
#[component]
fn About(page: CasePage, held: CaseState) -> impl IntoView {
    let now = page.now;
    let case = page.case;
    let coming =
        page.assignment.clone().filter(|assignment| assignment.end.is_none()).map(|assignment| assignment.email);
    let takes = may(Permission::Decide) && !page.mine && coming.is_none() && case.redacted_at.is_none();
    let in_address = error_in_address(TakeCase::PATH);
    let error = Signal::derive(move || held.take.value().get().and_then(Result::err).or_else(|| in_address.get()));
    // Persona's answer to the last assignment, unless the form already shows an error.
    let failed = page.assignment.and_then(|assignment| match assignment.end {
        Some(AssignmentEnd::Failed(why)) => Some((assignment.email, why, assignment.requested_at)),
        _ => None,
    });
    let busy = held.take.pending();
    let facts = static_html(|| {
        html! {
            @if let Some(at) = case.due_at { dt { "Due" } dd { (due(at, now, case.resolved_at.is_none())) } }
            dt { "Assignee" } dd.whose { (assignee(page.assignee.as_deref(), page.mine, coming.as_deref())) }
            @if let Some(at) = case.assigned_at { dt { "Assigned" } dd { (ago(at, now)) } }
            dt { "Created" } dd { (at(case.created_at)) }
            @if let Some(resolved) = case.resolved_at { dt { "Resolved" } dd { (at(resolved)) } }
            @if let Some(id) = &case.template_id { dt { "Template" } dd.mono.small { (id.as_str()) } }
            @if !case.tags.is_empty() {
                dt { "Tags" }
                dd.tags { @for tag in &case.tags { a.tag href={ "/cases?status=all&tag=" (encoded(tag)) } { (tag) } } }
            }
        }
    });
    view! {
        <section class="panel" id="about">
            <h2>"About this case"</h2>
            <dl class="facts" {..facts}></dl>
            <FormError error />
            {failed.map(|(email, why, at)| view! {
                <Show when=move || error.with(Option::is_none)>
                    <p class="banner" data-tone="warn">{format!("Persona did not assign it to {email}: {why}. ")}{inline_html(|| ago(at, now))}</p>
                </Show>
            })}
            {takes.then(|| view! {
                <ServerForm action=held.take attr:class="decide">
                    <input type="hidden" name="case" value=case.id.to_string() />
                    <button type="submit" id="take" disabled=move || busy.get()>"Assign to me"<Key of="case-take" /></button>
                </ServerForm>
            })}
        </section>
    }
}

fn inquiries(inquiries: &[InquiryRef]) -> Markup {
    html! {
        (heading("Inquiries"))
        @if inquiries.is_empty() { (none("None attached.")) }
        ul.plain {
            @for inquiry in inquiries {
                li {
                    a.strong href={ "/inquiries/" (inquiry.id.as_str()) } dir="auto" { (inquiry.subject.as_deref().unwrap_or(inquiry.id.as_str())) } " "
                    (status(&inquiry.status)) " " (signals(&inquiry.signals, 3))
                }
            }
        }
    }
}

fn accounts(accounts: &[(AccountId, Option<String>)]) -> Markup {
    html! {
        (heading("Accounts"))
        @if accounts.is_empty() { (none("None attached.")) }
        ul.plain {
            @for (id, name) in accounts {
                li {
                    @match name {
                        Some(name) => a href={ "/accounts/" (id.as_str()) } dir="auto" { (name) },
                        None => { span.mono { (id.as_str()) } " " (badge(Tone::Plain, "Not known here")) }
                    }
                }
            }
        }
    }
}

fn comments(comments: &[Comment], now: Timestamp) -> Markup {
    html! {
        (heading("Comments in Persona"))
        @for comment in comments {
            div.quote {
                p dir="auto" { (comment.message) }
                p.muted.small { @if let Some(by) = &comment.by { (by) } " " @if let Some(at) = comment.at { (ago(at, now)) } }
            }
        }
    }
}

/// A part of the case that was not read, and the reason if it is known.
fn not_read(page: &CasePage, what: &str, id: &str) -> Markup {
    let why = page.case.evidence.as_ref().and_then(|evidence| evidence.unread.iter().find(|unread| unread.id == id));
    html! {
        div.report {
            span.strong { (what) } " " span.mono { (id) } " " (badge(Tone::Warn, "Not read")) " "
            span.muted {
                @match (why, &page.reading) {
                    (Some(Unread { why: Some(why), .. }), _) => { (why) ". Look at it in Persona." }
                    (Some(_), _) => "Persona lists it as part of this case but did not return it. Look at it in Persona.",
                    (None, Some(why)) => { (why) "." }
                    (None, None) => "Look at it in Persona.",
                }
            }
        }
    }
}

/// Whether the case has reports of its accounts, or reports of them that were not read.
fn tells_of_accounts(case: &Case) -> bool {
    case.evidence.as_ref().is_some_and(|evidence| {
        evidence.reports.iter().any(|report| report.beside.is_some())
            || evidence.unread.iter().any(Unread::is_of_account)
    })
}

fn reports(page: &CasePage) -> Markup {
    let own = page.case.evidence.as_ref().map(|evidence| evidence.reports.as_slice()).unwrap_or_default();
    html! {
        (heading("Reports"))
        @for held in &page.reports {
            @if let (Some(found), Some(inquiry)) = (&held.found, &held.inquiry) {
                p {
                    a.strong href={ "/inquiries/" (inquiry.as_str()) "#reports" } { (found.label) } " " (badge(found.tone, &found.result)) " "
                    @if let Some(completed) = found.completed_at { (at(completed)) } " "
                    span.mono.muted.small { (held.id.as_str()) }
                }
            } @else if let Some(report) = own.iter().find(|report| report.id == held.id) {
                (one_report(report))
            } @else {
                (not_read(page, "Report", held.id.as_str()))
            }
        }
        @for report in own.iter().filter(|report| report.beside.is_some()) { (one_report(report)) }
        @for unread in page.case.evidence.iter().flat_map(|held| &held.unread).filter(|one| one.is_of_account()) {
            (not_read(page, &words(&unread.what), &unread.id))
        }
    }
}

fn verifications(page: &CasePage) -> Markup {
    let own = page.case.evidence.as_ref().map(|evidence| evidence.verifications.as_slice()).unwrap_or_default();
    html! {
        (heading("Verifications"))
        @for id in &page.case.verifications {
            @if let Some(verification) = own.iter().find(|one| one.id == *id) {
                (one_verification(verification, false))
                @if !verification.pictures.is_empty() {
                    p.muted { (counted(verification.pictures.len(), "file", "files")) ", visible only in Persona." }
                }
            } @else {
                (not_read(page, "Verification", id.as_str()))
            }
        }
    }
}

/// Parts of the case that only Persona shows.
fn elsewhere(case: &Case) -> Markup {
    html! {
        (heading("Only in Persona"))
        ul.plain {
            @for file in &case.attachments { li { "Attachment " span.strong dir="auto" { (file) } } }
            @for id in &case.transactions { li { "Transaction " span.mono { (id.as_str()) } } }
        }
    }
}
