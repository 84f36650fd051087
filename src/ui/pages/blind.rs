//! Blind review: a reviewer judges a colleague's decision again, on the same evidence and without seeing the verdict.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_params_map;

use crate::api;
use crate::api::blind::{BlindNext, GiveBlind};
use crate::domain::masking::Topic;
use crate::domain::page_data::blind::{BlindPage, BlindResult};
use crate::domain::text::words;
use crate::ui::context::reasons;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::keys::{click, focus, on_key};
use crate::ui::leptos_ext::static_html::{inline_html, static_html};
use crate::ui::pages::inquiry::evidence::{ALL_FIELDS, Pictures, checks, fields, sessions};
use crate::ui::pages::inquiry::report::reports;
use crate::ui::parts::badge::Key;
use crate::ui::parts::compare::Comparisons;
use crate::ui::parts::confirm::{Asking, Confirm};
use crate::ui::parts::decision_form::{DraftForm, ReasonAndComment};
use crate::ui::parts::failure::FormError;
use crate::ui::parts::image_viewer::Viewer;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::{error_in_address, load};
use crate::ui::parts::panel::Panel;
use crate::ui::parts::reveal::{Hidden, Revealing};
use crate::ui::parts::time::ago;
use crate::ui::resource::fetched;

/// State that survives a redraw of the page.
#[derive(Clone, Copy)]
struct BlindState {
    typed: DraftForm,
    give: FormAction<GiveBlind>,
    next: FormAction<BlindNext>,
    revealing: Revealing,
    viewer: Viewer,
}

#[component]
pub fn Blind() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    move || view! { <One id=id.get() /> }
}

#[component]
fn One(id: String) -> impl IntoView {
    let page = fetched(|| (), move |()| api::blind::blind(id.clone()));
    let reload = Callback::new(move |()| page.refetch());
    let give = FormAction::<GiveBlind>::new();
    let held = BlindState {
        typed: DraftForm::new(),
        give,
        next: FormAction::new(),
        revealing: Revealing::new(reload, "quality"),
        viewer: Viewer::new(),
    };
    Effect::new(move |_| {
        if matches!(give.value().get(), Some(Ok(()))) {
            reload.run(());
        }
    });
    let asking = Asking::new();
    on_key(&["Inquiry"], move |key| match key {
        "a" => asking.ask("#approve", "Approve"),
        "d" => asking.ask("#decline", "Decline"),
        "m" => asking.ask("#mark", "Mark for review"),
        "e" => focus("#reason"),
        "c" => focus("#comment"),
        "v" => click("#reveal"),
        "p" => click("#look-closely"),
        "n" => click("#blind-next"),
        _ => false,
    });
    view! { {load(page, 10, move |page| draw(page, held))}<Confirm asking /> }
}

fn draw(page: BlindPage, held: BlindState) -> AnyView {
    let (now, evidence) = (page.now, page.evidence);
    let id = page.inquiry.to_string();
    let pictures = page.hidden.contains(&Topic::Picture);
    let name = page.name.unwrap_or_else(|| "No name submitted".to_owned());
    view! {
        <Bar title=name tab="Blind review" trail=("/decisions", "Decisions")>
            <span class="muted">"Blind review"</span>
            <span class="grow"></span>
            <span class="muted">{page.decided_at.map(|at| view! { "Decided "{inline_html(|| ago(at, now))}", " })}"Evidence version "{page.version}</span>
        </Bar>
        <div class="inquiry">
            <div class="evidence">
                <Hidden kind="inquiry" subject=id.clone() hidden=page.hidden revealing=held.revealing />
                <Pictures inquiry=id files=evidence.files() unread=evidence.unread.clone() label=page.document_label hidden=pictures sheets=page.sheets viewer=held.viewer />
                <div class="pair">
                    <Comparisons lines=page.comparisons now />
                    <Panel id="checks" html=static_html(|| checks(&evidence, &page.not_passed)) />
                </div>
                <Panel id="reports" html=static_html(|| reports(&evidence.reports, &evidence.unread)) />
                <Panel id="sessions" html=static_html(|| sessions(&evidence)) />
                <Panel id="fields" html=static_html(|| fields(ALL_FIELDS, &evidence.inquiry.fields)) />
            </div>
            <aside class="side-panels" aria-label="Your verdict">
                <section class="panel" id="decision">
                    <h2>"Your verdict"</h2>
                    {match page.result {
                        Some(result) => view! { <Both result /> }.into_any(),
                        None => view! { <Verdict decision=page.id.to_string() held /> }.into_any(),
                    }}
                    <ServerForm action=held.next attr:class="row">
                        <button type="submit" id="blind-next">"Open the next one"<Key of="next" /></button>
                    </ServerForm>
                </section>
            </aside>
        </div>
    }
    .into_any()
}

#[component]
fn Verdict(decision: String, held: BlindState) -> impl IntoView {
    let in_address = error_in_address(GiveBlind::PATH);
    let error = Signal::derive(move || held.give.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = held.give.pending();
    let groups = vec![("approve", "To approve"), ("decline", "To decline"), ("mark-for-review", "To mark for review")];
    view! {
        <ServerForm action=held.give attr:class="decide" attr:id="blind">
            <input type="hidden" name="decision" value=decision />
            <FormError error />
            <p class="small">"A colleague has decided this inquiry. You do not see the verdict, so that two people judge independently. Nothing is sent to Persona."</p>
            <div class="verdicts">
                <button class="approve" type="submit" name="verdict" value="approve" id="approve" disabled=move || busy.get()>"Would approve"<Key of="approve" /></button>
                <button class="decline" type="submit" name="verdict" value="decline" id="decline" disabled=move || busy.get()>"Would decline"<Key of="decline" /></button>
                <button class="wide" type="submit" name="verdict" value="mark-for-review" id="mark" disabled=move || busy.get()>"Could not tell"<Key of="mark" /></button>
            </div>
            <ReasonAndComment typed=held.typed groups comment="Comment, recorded in the desk's log" keys=("reason", "comment") />
        </ServerForm>
    }
}

/// Both verdicts, shown when both reviewers have given theirs.
#[component]
fn Both(result: BlindResult) -> impl IntoView {
    let first = result.first;
    let same = first.verdict.as_str() == result.verdict;
    let why = |code: &str| reasons().label(code);
    let link = format!("/inquiries/{}", first.subject.id());
    view! {
        <p class="banner" data-tone=if same { "good" } else { "warn" } role="status">
            {if same { "You agree with your colleague." } else { "You and your colleague disagree. Discuss the inquiry." }}
        </p>
        <dl class="facts">
            <dt>"You"</dt><dd>{words(&result.verdict)}", "{why(&result.reason).to_lowercase()}</dd>
            {(!result.comment.is_empty()).then(|| view! { <dt>"Comment"</dt><dd dir="auto">{result.comment}</dd> })}
            <dt>{first.reviewer_name.clone()}</dt><dd>{first.verdict.label()}", "{why(&first.reason).to_lowercase()}</dd>
            {(!first.comment.is_empty()).then(|| view! { <dt>"Comment"</dt><dd dir="auto">{first.comment.clone()}</dd> })}
        </dl>
        {(!result.counts).then(|| view! { <p class="muted small">"You had opened the inquiry after it was decided, so the statistics do not count this review."</p> })}
        <p><a href=link>"Open the inquiry"</a></p>
    }
}
