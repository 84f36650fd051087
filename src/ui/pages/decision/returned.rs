//! Decisions of the reader that were returned: open work until the reader decides again, releases or dismisses it.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use maud::{Markup, html};

use crate::api;
use crate::api::decision::returned::EndReturn;
use crate::domain::decision::state::State;
use crate::domain::decision::{Decision, Subject};
use crate::domain::page_data::decision::ReturnedPage;
use crate::domain::time::Timestamp;
use crate::ui::context::reasons;
use crate::ui::keys::on_key;
use crate::ui::leptos_ext::static_html::static_html;
use crate::ui::live::live;
use crate::ui::parts::decision_returned::why;
use crate::ui::parts::decision_status::href;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::{error_in_address, load};
use crate::ui::parts::table::Empty;
use crate::ui::parts::time::ago;
use crate::ui::resource::fetched;

#[component]
pub fn Returned() -> impl IntoView {
    let page = fetched(|| (), |()| api::decision::returned::returned());
    live().on_change(move |topic, _| {
        if topic == "returned" {
            page.refetch();
        }
    });
    on_key(&["Lists"], move |key| {
        if key == "." {
            page.refetch();
        }
        key == "."
    });
    let error = error_in_address(EndReturn::PATH);
    view! {
        <Bar title="Returned to you"><span class="grow"></span></Bar>
        <FormError error />
        {load(page, 6, draw)}
    }
}

fn draw(page: ReturnedPage) -> AnyView {
    if page.decisions.is_empty() {
        return view! { <Empty title="No returned decisions" hint="A decision of yours appears here if a second reviewer refuses it, if Persona rejects it, or if it was not sent because the evidence changed. It stays until you decide again, release it or dismiss it." /> }.into_any();
    }
    let all = static_html(|| html! { @for decision in &page.decisions { (one(decision, page.now)) } });
    view! { <div class="evidence single"><ul class="plain stack" {..all}></ul></div> }.into_any()
}

fn one(decision: &Decision, now: Timestamp) -> Markup {
    html! {
        li.panel {
            p.row.wrap {
                a.strong href={ (href(decision)) "#decision" } dir="auto" { (decision.subject_name) }
                span.mono.muted { (decision.subject.id()) }
                span.grow {}
                @if let Some(at) = decision.checked_at.or(decision.settled_at) { span.muted.small { (ago(at, now)) } }
            }
            p { (why(decision)) span.muted { " Reason of the decision: " (reasons().label(&decision.reason)) "." } }
            @if let Some(why) = decision.refusal.as_ref().filter(|_| decision.state == State::Refused) { p.quote dir="auto" { (why) } }
            div.row.wrap {
                a.button href={ (href(decision)) "#decision" } { "Decide again" }
                @if matches!(decision.subject, Subject::Inquiry(_)) { (let_go(decision, "release", "Release")) }
                (let_go(decision, "dismiss", "Dismiss"))
            }
        }
    }
}

fn let_go(decision: &Decision, how: &str, label: &str) -> Markup {
    html! {
        form.narrow method="post" action=(EndReturn::PATH) {
            input type="hidden" name="decision" value=(decision.id);
            input type="hidden" name="how" value=(how);
            button type="submit" aria-label={ (label) ": " (decision.subject_name) } { (label) }
        }
    }
}
