//! One inquiry on one page: evidence, decision, one-time links, timeline.
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

use crate::api;
use crate::api::decision::Decide;
use crate::api::link::RequestLink;
use crate::domain::decision::State;
use crate::domain::desk::InquiryPage;
use crate::domain::evidence::Tone;
use crate::domain::inquiry::InquiryStatus;
use crate::domain::queue::QueueFilter;
use crate::domain::reviewer::Need;
use crate::ui::app::{last_made, may, preferences};
use crate::ui::fetch::fetched;
use crate::ui::keys::{click, focus, on_key};
use crate::ui::live::{Fetching, live};
use crate::ui::pages::inquiry_claim::{ClaimBar, Claiming, bars};
use crate::ui::pages::inquiry_evidence::{Checks, Fields, Pictures, Relations, Reports, Sessions};
use crate::ui::pages::inquiry_file::CaseFile;
use crate::ui::pages::inquiry_link::Links;
use crate::ui::pages::inquiry_place::{Place, Placing};
use crate::ui::parts::badge::{Badge, Key, Status, signals};
use crate::ui::parts::change::Changed;
use crate::ui::parts::checklist::{Checklist, Ticking};
use crate::ui::parts::compare::{Comparisons, Resolvable, Resolving};
use crate::ui::parts::decision::{DecisionPanel, KeptDraft, Typed};
use crate::ui::parts::failure::FormError;
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::{error_in_address, load};
use crate::ui::parts::note::{Notes, Writing};
use crate::ui::parts::reveal::{Hidden, Revealing};
use crate::ui::parts::time::{Ago, Since};
use crate::ui::parts::timeline::Timeline;
use crate::ui::parts::travel::{After, Open, Travel};
use crate::ui::parts::viewer::Viewer;
use crate::ui::send::Sending;

/// What outlives a redraw of the page.
#[derive(Clone, Copy)]
struct Held {
    typed: Typed,
    decide: Sending<Decide>,
    after: After,
    claiming: Claiming,
    link: Sending<RequestLink>,
    writing: Writing,
    placing: Placing,
    ticking: Ticking,
    resolving: Resolving,
    viewer: Viewer,
    revealing: Revealing,
    /// The version of the evidence on the page.
    version: StoredValue<i64>,
    /// Something changed at Persona while the page was being read.
    changed: RwSignal<bool>,
    reload: Callback<()>,
}

#[component]
pub fn Inquiry() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    // A new inquiry is a new page: what was typed for the last one must not be sent with this one.
    move || view! { <One id=id.get() /> }
}

#[component]
fn One(id: String) -> impl IntoView {
    // The version that was on the page when the reader asked for what changed.
    let seen = StoredValue::new(None::<i64>);
    let fetching = Fetching::new();
    let page = fetched(|| (), {
        let id = id.clone();
        move |()| fetching.watch(api::inquiry::inquiry(id.clone(), seen.get_value()))
    });
    let decide = Sending::<Decide>::new();
    let link = Sending::<RequestLink>::new();
    let changed = RwSignal::new(false);
    let reload = Callback::new(move |()| {
        // Announced, and so not seen yet: the page says what it was.
        let shown = page.with_untracked(|page| page.as_ref()?.as_ref().ok().map(|page| page.version));
        if changed.get_untracked() {
            seen.set_value(shown);
        }
        changed.set(false);
        page.refetch();
    });
    fetching.again(reload);
    let typed = Typed::new();
    let (after, claiming) = (After::new(typed, reload), Claiming::new(reload));
    let version = StoredValue::new(0);
    typed.autosave("inquiry", id.clone(), version);
    let (writing, revealing) =
        (Writing::new(reload), Revealing::new(reload, if may(Need::Decide) { "review" } else { "audit" }));
    let placing = Placing::new(reload);
    let held = Held {
        typed,
        decide,
        after,
        claiming,
        link,
        writing,
        placing,
        ticking: Ticking::new(reload),
        resolving: Resolving::new(reload),
        viewer: Viewer::new(),
        revealing,
        version,
        changed,
        reload,
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
            }
            // Refused or not, the page shows how things stand now.
            reload.run(());
        }
    });
    // What was refused because something was not ticked may be possible now.
    Effect::new(move |_| {
        if held.ticking.0.value().get().is_some() {
            decide.value().set(None);
        }
    });
    Effect::new(move |_| {
        if link.value().get().is_some() {
            reload.run(());
        }
    });
    let mine = id.clone();
    live().on_change(move |_, id| {
        // What the reader does ends with a fetch, too.
        let acting = decide.pending().get_untracked() || link.pending().get_untracked();
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
            let travelling =
                page.decisions.iter().any(|decision| decision.state.open() && decision.state != State::Unknown);
            page.evidence_pending || travelling || page.links.iter().any(|link| link.state == "requested")
        });
        // What the reader waits for is shown; anything else is only announced.
        if expected { reload.run(()) } else { changed.set(true) }
    });

    on_key(&["Inquiry"], move |key| match key {
        "a" => click("#approve"),
        "d" => click("#decline"),
        "m" => click("#mark"),
        "u" => click("#undo"),
        "s" => click("#countersign"),
        "r" => click("#refuse"),
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
            reload.run(());
            true
        }
        "n" => {
            let next = page.with_untracked(|page| page.as_ref()?.as_ref().ok()?.next.clone());
            if let Some(next) = next {
                navigate.with_value(|navigate| {
                    navigate(&format!("/inquiries/{next}"), leptos_router::NavigateOptions::default())
                });
            }
            true
        }
        _ => false,
    });
    load(page, 10, move |page| draw(page, held))
}

/// Deals the next inquiry and opens it; when nothing waits, the page stays.
fn onward(navigate: StoredValue<impl Fn(&str, leptos_router::NavigateOptions) + Clone + Send + Sync + 'static>) {
    leptos::task::spawn_local(async move {
        if let Ok(Some(next)) = api::queue::claim_next(QueueFilter::default()).await {
            navigate.try_with_value(|navigate| {
                navigate(&format!("/inquiries/{next}"), leptos_router::NavigateOptions::default())
            });
        }
    });
}

fn draw(page: InquiryPage, held: Held) -> AnyView {
    let now = page.now;
    let inquiry = page.inquiry.clone();
    let id = inquiry.id.to_string();
    let name = inquiry
        .subject()
        .unwrap_or_else(|| if inquiry.redacted_at.is_some() { "Redacted".into() } else { "No name submitted".into() });
    held.typed.seed(page.draft.as_ref());
    held.version.set_value(page.version);
    let on_its_way = page.decisions.iter().any(|decision| decision.state.open());
    let redacted = inquiry.redacted_at.is_some();
    let decidable = inquiry.status.decidable() && !redacted && !on_its_way;
    let reviewable =
        !inquiry.status.decided() && inquiry.status != InquiryStatus::NeedsReview && !redacted && !on_its_way;
    let evidence = page.evidence.clone();
    let next = page.next.clone();
    let in_address = error_in_address("/api/decide");
    let error = Signal::derive(move || held.decide.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let may_decide = may(Need::Decide);
    let barred = bars(page.claim.as_ref()) && (decidable || reviewable);
    let travels = page.decisions.clone();
    let (shown_id, status, waiting) = (id.clone(), inquiry.status.clone(), inquiry.waiting_since());
    view! {
        <Bar title=name trail=("/queue", "Review queue")>
            <span class="mono muted">{shown_id}</span>
            <Status status />
            {redacted.then(|| view! { <Badge tone=Tone::Plain text="Redacted" /> })}
            <span class="grow"></span>
            <span class="muted">"Waiting "<Since at=waiting now /></span>
            {next.map(|next| view! { <a class="button" href=format!("/inquiries/{next}")>"Next"<Key of="next" /></a> })}
        </Bar>
        <div class="announce" role="status">
            {move || held.changed.get().then(|| view! {
                <p class="banner" data-tone="info">
                    "Something changed at Persona since you opened this. What you typed stays. "
                    <button type="button" on:click=move |_| held.reload.run(())>"Show the change"<Key of="change" /></button>
                </p>
            })}
        </div>
        <nav class="sections" aria-label="On this page">
            <a href="#decision" rel="external">"Decision"</a><a href="#documents" rel="external">"Documents"</a><a href="#identity" rel="external">"Identity"</a>
            <a href="#checks" rel="external">"Checks"</a><a href="#reports" rel="external">"Reports"</a>
            <a href="#relations" rel="external">"Relations"</a><a href="#sessions" rel="external">"Sessions"</a>
            <a href="#notes" rel="external">"Notes"</a>
            <a href="#timeline" rel="external">"Timeline"</a>
            <span class="grow"></span>
            <span class="muted small">"As of "<Ago at=page.as_of now />", evidence version "{page.version}</span>
        </nav>
        <div class="inquiry">
            <div class="evidence">
                {page.changes.clone().map(|changes| view! { <Changed changes /> })}
                <Hidden kind="inquiry" subject=id.clone() hidden=page.hidden.clone() revealing=held.revealing />
                <p class="signal-line" inner_html=signals(&page.signals, 12).into_string()></p>
                {match (evidence, page.evidence_error.clone(), page.evidence_pending) {
                    (Some(evidence), error, _) => view! {
                        {error.map(|why| view! { <p class="banner" data-tone="warn">{format!("Persona: {why}. This is the last that was read.")}</p> })}
                        <Pictures inquiry=id.clone() evidence=evidence.clone() label=page.document_label.clone() viewer=held.viewer />
                        <div class="pair">
                            <Comparisons lines=page.comparisons.clone() now resolvable=(may_decide && !redacted && !inquiry.status.decided()).then(|| Resolvable { inquiry: id.clone(), version: page.version, resolving: held.resolving }) />
                            <Checks verifications=evidence.verifications.clone() />
                        </div>
                        <Reports reports=evidence.reports.clone() />
                        <Relations account=inquiry.account_id.clone() relations=page.relations.clone() cases=page.cases.clone() shared=page.shared.clone() />
                        <Sessions sessions=evidence.sessions.clone() />
                    }.into_any(),
                    (None, _, _) if redacted => view! {
                        <section class="panel empty"><p>"Persona has redacted this inquiry: its personal data is gone there and here."</p></section>
                    }.into_any(),
                    (None, Some(why), pending) => view! {
                        <section class="panel empty" role="alert">
                            <p class="strong">"The evidence could not be read from Persona"</p>
                            <p class="muted">{why}{if pending { "; the desk goes on trying." } else { "." }}</p>
                            <p><a class="button" href="" rel="external">"Try again"</a></p>
                        </section>
                    }.into_any(),
                    (None, None, _) => view! {
                        <section class="panel empty" role="status">
                            <p class="strong">"Reading the evidence from Persona"</p>
                            <p class="muted">"It appears here by itself. Without JavaScript, reload the page."</p>
                        </section>
                    }.into_any(),
                }}
                <Fields fields=inquiry.fields.clone() />
            </div>
            <aside class="side-panels" aria-label="Decision and history">
                <section class="panel" id="decision">
                    <h2>"Decision"</h2>
                    {(may_decide && (decidable || reviewable)).then(|| view! { <ClaimBar inquiry=id.clone() claim=page.claim.clone() claiming=held.claiming reload=held.reload now /> })}
                    {(!page.checklist.is_empty()).then(|| view! { <Checklist inquiry=id.clone() version=page.version lines=page.checklist.clone() ticking=held.ticking offered=may_decide && (decidable || reviewable) && !barred now /> })}
                    <Open decisions=travels.clone() version=page.version after=held.after now />
                    {if may_decide && barred {
                        view! { <FormError error />{page.draft.clone().map(|draft| view! { <KeptDraft draft /> })} }.into_any()
                    } else if may_decide && (decidable || reviewable) {
                        view! { <DecisionPanel inquiry=id.clone() version=page.version decidable reviewable typed=held.typed action=held.decide error /> }.into_any()
                    } else if may_decide && on_its_way {
                        // Somebody was faster: why, and the words of who was not.
                        view! { <FormError error />{page.draft.clone().map(|draft| view! { <KeptDraft draft /> })} }.into_any()
                    } else if may_decide {
                        view! { <FormError error /><p class="muted">{if redacted { "Redacted: there is nothing left to decide on.".to_owned() } else { format!("This inquiry is {}.", inquiry.status.label().to_lowercase()) }}</p> }.into_any()
                    } else if !may_decide && !on_its_way {
                        view! { <p class="muted">"Your role reads; analysts decide."</p> }.into_any()
                    } else { ().into_any() }}
                    {page.persona_down.then(|| view! { <p class="banner" data-tone="warn">"Persona does not answer. A decision is kept and sent as soon as it does."</p> })}
                    {travels.iter().filter(|decision| !decision.state.open()).cloned().map(|decision| view! { <Travel decision now /> }).collect_view()}
                </section>
                <Place page=page.clone() placing=held.placing offered=may_decide && !redacted && !inquiry.status.decided() />
                <Notes kind="inquiry" subject=id.clone() notes=page.notes.clone() writing=held.writing now />
                <Links inquiry=id.clone() links=page.links.clone() action=held.link offered=may_decide && !redacted && !inquiry.status.decided() now />
                {may(Need::ExportEvidence).then(|| view! { <CaseFile inquiry=id /> })}
                <Timeline kind="inquiry" subject=page.inquiry.id.to_string() line=page.timeline.clone() now />
            </aside>
        </div>
    }.into_any()
}
