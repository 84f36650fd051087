//! The claim on an inquiry: taking it, renewing it while the page is open, releasing it, and taking it over.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;

use crate::api;
use crate::api::claim::{ReleaseClaim, TakeClaim};
use crate::domain::claim::{Claim, LONGEST_REASON, RENEW};
use crate::domain::time::Timestamp;
use crate::ui::context::me;
use crate::ui::field::holds;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::inline_html;
use crate::ui::parts::badge::Key;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::load_state::error_in_address;
use crate::ui::parts::time::{ago, left};

#[derive(Clone, Copy)]
pub struct Claiming {
    pub take: FormAction<TakeClaim>,
    pub release: FormAction<ReleaseClaim>,
    pub reason: RwSignal<String>,
}

impl Claiming {
    pub fn new(reload: Callback<()>) -> Self {
        let claiming =
            Self { take: FormAction::new(), release: FormAction::new(), reason: RwSignal::new(String::new()) };
        Effect::new(move |_| {
            if let Some(result) = claiming.take.value().get() {
                if result.is_ok() {
                    claiming.reason.set(String::new());
                }
                reload.run(());
            }
        });
        Effect::new(move |_| {
            if claiming.release.value().get().is_some() {
                reload.run(());
            }
        });
        claiming
    }

    /// Whether a claim or a release is under way.
    pub fn busy(self) -> bool {
        self.take.pending().get_untracked() || self.release.pending().get_untracked()
    }
}

/// Whether this claim keeps the reader from deciding.
pub fn bars(claim: Option<&Claim>) -> bool {
    claim.is_some_and(|claim| me().is_some_and(|me| me.id != claim.by))
}

#[component]
pub fn ClaimBar(
    inquiry: String,
    claim: Option<Claim>,
    claiming: Claiming,
    reload: Callback<()>,
    now: Timestamp,
) -> impl IntoView {
    let in_address = error_in_address(TakeClaim::PATH);
    let error = Signal::derive(move || claiming.take.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = Signal::derive(move || claiming.take.pending().get() || claiming.release.pending().get());
    let mine = claim.as_ref().is_some_and(|claim| me().is_some_and(|me| me.id == claim.by));
    if mine {
        let id = inquiry.clone();
        Effect::new(move |_| {
            let id = id.clone();
            let renewing = set_interval_with_handle(
                move || {
                    let id = id.clone();
                    spawn_local(async move {
                        // The claim expired or was taken over: the page has to say so.
                        if matches!(api::claim::renew_claim(id).await, Ok(false)) {
                            reload.run(());
                        }
                    });
                },
                RENEW,
            );
            if let Ok(renewing) = renewing {
                on_cleanup(move || renewing.clear());
            }
        });
    }
    view! {
        <div class="claim" data-mine=mine.to_string()>
            <FormError error />
            {match claim {
                None => view! {
                    <ServerForm action=claiming.take attr:class="row">
                        <input type="hidden" name="inquiry" value=inquiry />
                        <span class="muted grow">"Not claimed"</span>
                        <button type="submit" id="claim" disabled=move || busy.get()>"Claim"<Key of="hold" /></button>
                    </ServerForm>
                }.into_any(),
                Some(claim) if mine => view! {
                    <ServerForm action=claiming.release attr:class="row">
                        <input type="hidden" name="inquiry" value=inquiry />
                        <span class="grow"><span class="strong">"Claimed by you"</span><span class="muted small block">"Renewed while this page is open; "{inline_html(|| left(claim.until, now))}" if you close it"</span></span>
                        <button type="submit" id="release" disabled=move || busy.get()>"Release"<Key of="hold" /></button>
                    </ServerForm>
                }.into_any(),
                Some(claim) => view! {
                    <ServerForm action=claiming.take attr:class="decide">
                        <input type="hidden" name="inquiry" value=inquiry />
                        <p><span class="strong">"Claimed by "{claim.by_name.clone()}</span><span class="muted small block">"Since "{inline_html(|| ago(claim.since, now))}"; expires in "{crate::domain::time::span(claim.until.since(now))}" unless their page stays open"</span></p>
                        <label for="takeover">"Reason for taking over"</label>
                        <input id="takeover" name="reason" type="text" required maxlength=LONGEST_REASON.to_string()
                            {..holds(move || claiming.reason.get())}
                            on:input=move |event| claiming.reason.set(event_target_value(&event)) />
                        <button type="submit" disabled=move || busy.get()>"Take over"</button>
                    </ServerForm>
                }.into_any(),
            }}
        </div>
    }
}
