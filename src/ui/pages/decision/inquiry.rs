//! The decision panel on the page of an inquiry: claim, checklist, verdict, and earlier decisions.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::super::inquiry::claim::{ClaimBar, bars};
use crate::api::decision::Decide;
use crate::domain::page_data::inquiry::InquiryPage;
use crate::domain::reviewer::Permission;
use crate::ui::context::may;
use crate::ui::pages::inquiry::state::InquiryState;
use crate::ui::parts::checklist::Checklist;
use crate::ui::parts::decision_form::{DecisionPanel, SavedDraft};
use crate::ui::parts::decision_returned::Returned;
use crate::ui::parts::decision_status::{DecisionStatus, OpenDecisions};
use crate::ui::parts::failure::FormError;
use crate::ui::parts::load_state::error_in_address;

pub fn decision(page: &InquiryPage, held: InquiryState) -> AnyView {
    let (now, inquiry) = (page.now, &page.inquiry);
    let id = inquiry.id.to_string();
    let on_its_way = page.decisions.iter().any(|decision| decision.state.open());
    let redacted = inquiry.redacted_at.is_some();
    let decidable = inquiry.status.decidable() && !redacted && !on_its_way;
    let reviewable = inquiry.status.reviewable() && !redacted && !on_its_way;
    let in_address = error_in_address(Decide::PATH);
    let error = Signal::derive(move || held.decide.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let decides = may(Permission::Decide);
    let open = decides && (decidable || reviewable);
    let barred = bars(page.claim.as_ref()) && (decidable || reviewable);
    // A colleague holds the claim or decided first: the error, and this reviewer's saved draft.
    let kept = || view! { <FormError error />{page.draft.clone().map(|draft| view! { <SavedDraft draft /> })} };
    view! {
        <section class="panel" id="decision">
            <h2>"Decision"</h2>
            {open.then(|| view! { <ClaimBar inquiry=id.clone() claim=page.claim.clone() claiming=held.claiming reload=held.reload now /> })}
            {(!page.checklist.is_empty()).then(|| view! { <Checklist inquiry=id.clone() version=page.version lines=page.checklist.clone() ticking=held.ticking offered=open && !barred now /> })}
            {page.returned.and_then(|id| page.decisions.iter().find(|decision| decision.id == id).cloned()).map(|decision| view! { <Returned decision action=held.let_go /> })}
            <OpenDecisions decisions=page.decisions.clone() version=page.version after=held.after now />
            {match (decides, open) {
                (true, true) if barred => kept().into_any(),
                (true, true) => view! { <DecisionPanel inquiry=id.clone() version=page.version decidable reviewable forecast=page.forecast.clone() typed=held.typed action=held.decide error /> }.into_any(),
                (true, false) if on_its_way => kept().into_any(),
                (true, false) => {
                    let why = if redacted {
                        "Redacted: there is nothing left to decide on.".to_owned()
                    } else {
                        format!("This inquiry is {}.", inquiry.status.label().to_lowercase())
                    };
                    view! { {kept()}<p class="muted">{why}</p> }.into_any()
                }
                (false, _) if on_its_way => ().into_any(),
                (false, _) => view! { <p class="muted">"Your role can only read. Analysts decide."</p> }.into_any(),
            }}
            {page.persona_down.then(|| view! { <p class="banner" data-tone="warn">"Persona does not answer. A decision is saved, and sent as soon as Persona answers again."</p> })}
            {page.decisions.iter().filter(|decision| !decision.state.open() && page.returned != Some(decision.id)).cloned().map(|decision| view! { <DecisionStatus decision now /> }).collect_view()}
        </section>
    }
    .into_any()
}
