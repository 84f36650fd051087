//! One inquiry on one page: evidence, decision, one-time links, timeline. One file, because all panels share one state,
//! and an action in any panel fetches the whole page again.
use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

use self::state::InquiryState;
use crate::api;
use crate::api::decision::Decide;
use crate::api::decision::returned::EndReturn;
use crate::api::link::RequestLink;
use crate::domain::decision::state::State;
use crate::domain::evidence::{Evidence, Tone};
use crate::domain::masking::Topic;
use crate::domain::news::News;
use crate::domain::page_data::inquiry::InquiryPage;
use crate::domain::queue::QueueFilter;
use crate::domain::reviewer::Permission;
use crate::ui::context::{last_made, may, preferences};
use crate::ui::form::FormAction;
use crate::ui::keys::{click, focus, on_key};
use crate::ui::leptos_ext::deferred::Deferred;
use crate::ui::leptos_ext::static_html::{inline_html, static_html};
use crate::ui::live::{Fetching, live};
use crate::ui::pages::case_file::CaseFile;
use crate::ui::pages::decision::inquiry::decision;
use crate::ui::pages::inquiry::claim::Claiming;
use crate::ui::pages::inquiry::evidence::{ALL_FIELDS, Pictures, checks, fields, relations, sessions};
use crate::ui::pages::inquiry::link::Links;
use crate::ui::pages::inquiry::news::Hearing;
use crate::ui::pages::inquiry::report::reports;
use crate::ui::pages::queue::inquiry_panel::{QueuePanel, QueuePanelState};
use crate::ui::parts::badge::{self, Key, badge, signals, state_tone};
use crate::ui::parts::change::Changed;
use crate::ui::parts::checklist::Ticking;
use crate::ui::parts::compare::{Comparisons, Resolvable, Resolving};
use crate::ui::parts::confirm::{Asking, Confirm};
use crate::ui::parts::decision_form::DraftForm;
use crate::ui::parts::decision_status::DecisionActions;
use crate::ui::parts::image_viewer::Viewer;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::load;
use crate::ui::parts::note::{Notes, Writing};
use crate::ui::parts::panel::Panel;
use crate::ui::parts::reveal::{Hidden, Revealing};
use crate::ui::parts::time::{ago, since};
use crate::ui::parts::timeline::Timeline;
use crate::ui::resource::fetched;

pub mod claim;
pub mod evidence;
pub mod link;
pub mod news;
pub mod report;
pub mod state;

#[component]
pub fn Inquiry() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    // Each inquiry gets its own component: text typed for the last one must not be sent with this one.
    move || view! { <One id=id.get() /> }
}

#[component]
fn One(id: String) -> impl IntoView {
    // The version that was on the page when the reader asked to see what changed.
    let seen = StoredValue::new(None::<i64>);
    let (opened, again) = (StoredValue::new(0), StoredValue::new(None::<bool>));
    let fetching = Fetching::new();
    let page = fetched(|| (), {
        let id = id.clone();
        move |()| fetching.watch(api::inquiry::inquiry(id.clone(), seen.get_value(), again.get_value()))
    });
    let decide = FormAction::<Decide>::new();
    let link = FormAction::<RequestLink>::new();
    let let_go = FormAction::<EndReturn>::new();
    let (changed, told) = (RwSignal::new(false), RwSignal::new(Vec::new()));
    let version = StoredValue::new(0);
    let fetch = move |by_itself: bool| {
        again.set_value(Some(by_itself));
        changed.set(false);
        told.set(Vec::new());
        page.refetch();
    };
    let reload = Callback::new(move |()| fetch(true));
    let show = Callback::new(move |()| {
        // The change was announced but not shown, so the page now lists what changed.
        seen.set_value(Some(opened.get_value()));
        fetch(false);
    });
    fetching.again(reload);
    let typed = DraftForm::new();
    let (after, claiming) = (DecisionActions::new(typed, reload), Claiming::new(reload));
    typed.autosave("inquiry", id.clone(), version);
    let (writing, revealing) =
        (Writing::new(reload), Revealing::new(reload, if may(Permission::Decide) { "review" } else { "audit" }));
    let placing = QueuePanelState::new(reload);
    let held = InquiryState {
        typed,
        decide,
        after,
        claiming,
        link,
        let_go,
        writing,
        placing,
        ticking: Ticking::new(reload),
        resolving: Resolving::new(reload),
        viewer: Viewer::new(),
        revealing,
        version,
        shown: StoredValue::new(None),
        changed,
        opened,
        told,
        reload,
        show,
    };

    let navigate = StoredValue::new(use_navigate());
    let mine = preferences();
    Effect::new(move |_| {
        if let Some(result) = decide.value().get() {
            if let Ok(made) = &result {
                held.typed.clear();
                seen.set_value(None);
                if mine.with_untracked(|mine| mine.onward) {
                    last_made().set(Some(made.clone()));
                    onward(navigate);
                }
            } else if seen.get_value().is_none() {
                // The list of changes stays on the page, whatever version the draft is saved with from now on.
                seen.set_value(Some(opened.get_value()));
            }
            // Whether the decision was refused or not, the page shows the current state.
            reload.run(());
        }
    });
    // A decision that was refused because of an unticked item may be possible now.
    Effect::new(move |_| {
        if held.ticking.0.value().get().is_some() {
            decide.value().set(None);
        }
    });
    Effect::new(move |_| {
        if link.value().get().is_some() || let_go.value().get().is_some() {
            reload.run(());
        }
    });
    let hearing = Hearing::new(id.clone(), held, page, seen);
    let mine = id.clone();
    live().on_change(move |_, id| {
        // The reader's own action ends with a fetch anyway.
        let acting =
            decide.pending().get_untracked() || link.pending().get_untracked() || let_go.pending().get_untracked();
        let acting = acting
            || after.busy()
            || claiming.busy()
            || writing.busy()
            || placing.busy()
            || held.resolving.busy()
            || held.ticking.busy()
            || revealing.busy();
        if (id != mine && id != "*") || acting || fetching.hears() {
            return;
        }
        let expected = page.with_untracked(|page| {
            let Some(Ok(page)) = page else { return false };
            let in_delivery =
                page.decisions.iter().any(|decision| decision.state.open() && decision.state != State::Unknown);
            page.evidence_pending || in_delivery || page.links.iter().any(|link| link.state == "requested")
        });
        // Show what the reader waits for; only announce anything else.
        if expected { reload.run(()) } else { hearing.ask() }
    });

    let asking = Asking::new();
    on_key(&["Inquiry"], move |key| match key {
        "a" => asking.ask("#approve", "Approve"),
        "d" => asking.ask("#decline", "Decline"),
        "m" => asking.ask("#mark", "Mark for review"),
        "u" => click("#undo"),
        "s" => asking.ask("#countersign", "Countersign"),
        "r" => asking.ask("#refuse", "Refuse to countersign"),
        "x" => click("#claim") || click("#release"),
        "e" => focus("#reason"),
        "c" => focus("#comment"),
        "w" => focus("#note"),
        "v" => click("#reveal"),
        "l" => click("#new-link"),
        "g" => click("#open-graph"),
        "p" => click("#look-closely"),
        "z" => click("#put-off") && focus("#put-off"),
        "." => {
            show.run(());
            true
        }
        "n" => click("#next-inquiry"),
        _ => false,
    });
    view! { {load(page, 10, move |page| draw(page, held))}<Confirm asking /> }
}

/// Claims the next inquiry and opens it. If there is none, the page stays open.
fn onward(navigate: StoredValue<impl Fn(&str, leptos_router::NavigateOptions) + Clone + Send + Sync + 'static>) {
    leptos::task::spawn_local(async move {
        if let Ok(Some(next)) = api::queue::claim_next(QueueFilter::default()).await {
            navigate.try_with_value(|navigate| {
                navigate(&format!("/inquiries/{next}"), leptos_router::NavigateOptions::default())
            });
        }
    });
}

fn draw(page: InquiryPage, held: InquiryState) -> AnyView {
    let now = page.now;
    let id = page.inquiry.id.to_string();
    let inquiry = &page.inquiry;
    let name = inquiry
        .subject()
        .unwrap_or_else(|| if inquiry.redacted_at.is_some() { "Redacted".into() } else { "No name submitted".into() });
    held.typed.seed(page.draft.as_ref());
    held.version.set_value(page.version);
    if page.opened {
        held.opened.set_value(page.version);
    }
    held.shown.set_value(Some(News::from(&page)));
    let redacted = inquiry.redacted_at.is_some();
    let offered = may(Permission::Decide) && !redacted && !inquiry.status.decided();
    if offered && !page.opened {
        // The page fetched this version by itself, so the reader has not opened it and must ask for it before deciding.
        held.changed.set(true);
    }
    let next = page.next.clone();
    let (shown_id, status, waiting) = (id.clone(), inquiry.status.clone(), inquiry.waiting_since());
    let decided = status.decided();
    let resolvable =
        offered.then(|| Resolvable { inquiry: id.clone(), version: page.version, resolving: held.resolving });
    let on_its_way = page.decisions.iter().find(|decision| decision.state.open());
    let on_its_way = on_its_way
        .map(|decision| (state_tone(decision.state), format!("{}, {}", decision.verdict.label(), decision.state)));
    let page = Arc::new(page);
    let inquiry = &page.inquiry;
    view! {
        <Bar title=name tab=format!("Inquiry {shown_id}") trail=("/queue", "Review queue")>
            <span class="mono muted">{shown_id}</span>
            {inline_html(|| badge::status(&status))}
            {on_its_way.map(|(tone, text)| inline_html(|| badge(tone, &text)))}
            {redacted.then(|| inline_html(|| badge(Tone::Plain, "Redacted")))}
            <span class="grow"></span>
            {(!decided).then(|| view! { <span class="muted">"Waiting "{inline_html(|| since(waiting, now))}</span> })}
            {next.map(|next| view! { <a class="button" id="next-inquiry" href=format!("/inquiries/{next}")>"Next"<Key of="next" /></a> })}
        </Bar>
        <div class="announce" role="status">
            {move || held.changed.get().then(|| view! {
                <p class="banner" data-tone="info">
                    "This inquiry changed since you opened it. "{held.told.get().join(" ")}" What you typed is not lost. "
                    <button type="button" on:click=move |_| held.show.run(())>"Show the change"<Key of="change" /></button>
                </p>
            })}
            {move || (!held.changed.get() && !held.told.with(Vec::is_empty)).then(|| view! {
                <p class="banner" data-tone="warn" id="claimed">{held.told.get().join(" ")}" "
                    <button type="button" class="quiet" aria-label="Close" on:click=move |_| held.told.set(Vec::new())>"×"</button></p>
            })}
        </div>
        <nav class="sections" aria-label="On this page">
            <a href="#decision" rel="external">"Decision"</a><a href="#documents" rel="external">"Documents"</a><a href="#identity" rel="external">"Identity"</a>
            <a href="#checks" rel="external">"Checks"</a><a href="#reports" rel="external">"Reports"</a>
            <a href="#relations" rel="external">"Relations"</a><a href="#sessions" rel="external">"Sessions"</a>
            <a href="#notes" rel="external">"Notes"</a>
            <a href="#timeline" rel="external">"Timeline"</a>
            <span class="grow"></span>
            <span class="muted small">"As of "{inline_html(|| ago(page.as_of, now))}", evidence version "{page.version}</span>
        </nav>
        <div class="inquiry">
            <div class="evidence">
                {page.changes.clone().map(|changes| view! { <Changed changes /> })}
                <Hidden kind="inquiry" subject=id.clone() hidden=page.hidden.clone() revealing=held.revealing />
                {(!page.signals.is_empty()).then(|| view! { <p class="signal-line" {..static_html(|| signals(&page.signals, 12))}></p> })}
                {match (&page.evidence, page.evidence_error.clone(), page.evidence_pending) {
                    (Some(evidence), error, _) => view! {
                        {error.map(|why| view! { <p class="banner" data-tone="warn">{format!("Persona: {why}. This is the evidence that was read last.")}</p> })}
                        <Deferred clone:id clone:page><Pictures inquiry=id files=page.evidence.as_ref().map(Evidence::files).unwrap_or_default() unread=page.evidence.as_ref().map(|evidence| evidence.unread.clone()).unwrap_or_default() label=page.document_label.clone() hidden=page.hidden.contains(&Topic::Picture) sheets=page.sheets.clone() viewer=held.viewer /></Deferred>
                        <div class="pair">
                            <Deferred clone:page><Comparisons lines=page.comparisons.clone() now resolvable /></Deferred>
                            <Panel id="checks" html=static_html(|| checks(evidence, &page.not_passed)) />
                        </div>
                        <Panel id="reports" html=static_html(|| reports(&evidence.reports, &evidence.unread)) />
                        <Panel id="relations" html=static_html(|| relations(inquiry.account_id.as_ref(), &page.relations, &page.relations_read, &page.cases, &page.shared)) />
                        <Panel id="sessions" html=static_html(|| sessions(evidence)) />
                    }.into_any(),
                    (None, _, _) if redacted => view! {
                        <section class="panel empty"><p>"Persona has redacted this inquiry: its personal data was removed at Persona and here."</p></section>
                    }.into_any(),
                    (None, Some(why), pending) => view! {
                        <section class="panel empty" role="alert">
                            <p class="strong">"The evidence could not be read from Persona"</p>
                            <p class="muted">{why}{if pending { "; the desk keeps trying." } else { "." }}</p>
                            <p><a class="button" href="" rel="external">"Try again"</a></p>
                        </section>
                    }.into_any(),
                    (None, None, _) => view! {
                        <section class="panel empty" role="status">
                            <p class="strong">"Reading the evidence from Persona"</p>
                            <p class="muted">"It appears here automatically. Without JavaScript, reload the page."</p>
                        </section>
                    }.into_any(),
                }}
                <Panel id="fields" html=static_html(|| fields(ALL_FIELDS, &inquiry.fields)) />
            </div>
            <aside class="side-panels" aria-label="Decision and history">
                <Deferred clone:page>{decision(&page, held)}</Deferred>
                <Deferred clone:page><QueuePanel page=(*page).clone() placing=held.placing offered /></Deferred>
                <Deferred clone:page clone:id><Notes kind="inquiry" subject=id notes=page.notes.clone() writing=held.writing now /></Deferred>
                <Deferred clone:page clone:id>
                    <Links inquiry=id.clone() links=page.links.clone() action=held.link offered=offered && page.inquiry.status.takes_link() now />
                    {may(Permission::ExportEvidence).then(|| view! { <CaseFile inquiry=id /> })}
                </Deferred>
                <Deferred clone:page clone:id><Timeline kind="inquiry" subject=id line=page.timeline.clone() now /></Deferred>
            </aside>
        </div>
    }.into_any()
}
