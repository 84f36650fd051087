//! Decisions that were returned to their maker: the banner on every page when it happens, and the panel on the page
//! where the maker can decide again.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::failure::FormError;
use super::load_state::error_in_address;
use crate::api::ApiError;
use crate::api::decision::returned::EndReturn;
use crate::domain::decision::state::State;
use crate::domain::decision::{ASKED_SINCE, Decision};
use crate::domain::page_data::layout::Frame;
use crate::domain::reviewer::Permission;
use crate::ui::context::may;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::live::live;
use crate::ui::resource::ApiResource;

/// The banner that appears as soon as one of the reviewer's decisions is returned.
#[component]
pub fn CameBack(frame: ApiResource<Frame>) -> impl IntoView {
    let came = RwSignal::new(false);
    let mine = may(Permission::Decide);
    live().on_change(move |topic, _| {
        if topic == "returned" && mine {
            // The same topic is published when a return is dismissed or released, so only a growing number is news.
            let known = frame.with_untracked(|frame| Some(frame.as_ref()?.as_ref().ok()?.returned));
            leptos::task::spawn_local(async move {
                let Ok(frame) = crate::api::session::desk_frame().await else { return };
                if known.is_some_and(|known| frame.returned > known) {
                    came.try_set(true);
                }
            });
        }
    });
    view! {
        <div role="status">{move || came.get().then(|| view! {
            <p class="banner" data-tone="warn">
                "One of your decisions was returned to you: it was not sent, or it was refused or rejected. "
                <a href="/returned" on:click=move |_| came.set(false)>"Returned to you"</a>" "
                <button type="button" class="quiet" aria-label="Close" on:click=move |_| came.set(false)>"×"</button>
            </p>
        })}</div>
    }
}

/// Why a decision was returned to its maker.
pub fn why(decision: &Decision) -> String {
    let verdict = decision.verdict.label().to_lowercase();
    match decision.state {
        State::Withdrawn if decision.answer.as_deref() == Some(ASKED_SINCE) => {
            format!(
                "“{verdict}” was not sent: {ASKED_SINCE}. Decide again. The page shows what requires a second reviewer."
            )
        }
        State::Withdrawn => format!(
            "“{verdict}” was not sent: the evidence changed after you decided (on version {}). Check what changed.",
            decision.seen_version
        ),
        State::Rejected => match &decision.answer {
            Some(answer) => format!("Persona rejected “{verdict}”: {answer}."),
            None => format!("Persona rejected “{verdict}”. Look at it in Persona, then decide again."),
        },
        _ => {
            let who = decision.checker_name.as_deref().unwrap_or("The second reviewer");
            format!("{who} did not countersign “{verdict}”:")
        }
    }
}

/// The panel on the page of the subject: why the decision was returned, and the buttons to release or dismiss it.
#[component]
pub fn Returned(decision: Decision, action: FormAction<EndReturn>) -> impl IntoView {
    let in_address = error_in_address(EndReturn::PATH);
    let error: Signal<Option<ApiError>> =
        Signal::derive(move || action.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = action.pending();
    let why = why(&decision);
    let inquiry = matches!(decision.subject, crate::domain::decision::Subject::Inquiry(_));
    view! {
        <div class="decision-status returned" data-state="refused">
            <FormError error />
            <p><span class="strong">"Returned to you. "</span>{why}</p>
            {decision.refusal.filter(|_| decision.state == State::Refused).map(|why| view! { <p class="quote" dir="auto">{why}</p> })}
            <p class="muted small">"Decide again below. Or end it without a new decision: “Release” also ends your claim and your assignment, “Dismiss” leaves them as they are."</p>
            <ServerForm action=action attr:class="row">
                <input type="hidden" name="decision" value=decision.id.to_string() />
                {inquiry.then(|| view! { <button type="submit" name="how" value="release" disabled=move || busy.get()>"Release"</button> })}
                <button type="submit" name="how" value="dismiss" disabled=move || busy.get()>"Dismiss"</button>
            </ServerForm>
        </div>
    }
}
