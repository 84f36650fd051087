//! The status panel on the page of a case: a form that sets a new status, and the outcomes of earlier changes.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::state::CaseState;
use crate::api::decision::SetStatus;
use crate::domain::case::LONGEST_STATUS;
use crate::domain::evidence::Tone;
use crate::domain::page_data::case::CasePage;
use crate::domain::reviewer::Permission;
use crate::ui::context::may;
use crate::ui::form::ServerForm;
use crate::ui::leptos_ext::static_html::{inline_html, static_html};
use crate::ui::parts::badge::badge;
use crate::ui::parts::decision_forecast::ahead;
use crate::ui::parts::decision_form::ReasonAndComment;
use crate::ui::parts::decision_returned::Returned;
use crate::ui::parts::decision_status::{DecisionStatus, OpenDecisions};
use crate::ui::parts::failure::FormError;
use crate::ui::parts::load_state::error_in_address;

pub fn standing(page: &CasePage, held: CaseState) -> AnyView {
    let (now, case) = (page.now, &page.case);
    let open = page.decisions.iter().any(|decision| decision.state.open());
    let in_address = error_in_address(SetStatus::PATH);
    let error = Signal::derive(move || held.action.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let busy = held.action.pending();
    let redacted = case.redacted_at.is_some();
    let offered = may(Permission::Decide) && !open && !redacted;
    let statuses = page.statuses.iter().map(|status| {
        let same = *status == case.status;
        let text = if same { format!("{status} (now)") } else { status.clone() };
        view! { <option value=status.clone() disabled=same>{text}</option> }
    });
    let (statuses, id, version) = (statuses.collect_view(), case.id.to_string(), page.version);
    let forecast = page.forecast.clone();
    view! {
        <section class="panel" id="decision">
            <h2>"Status"</h2>
            {page.returned.and_then(|id| page.decisions.iter().find(|decision| decision.id == id).cloned()).map(|decision| view! { <Returned decision action=held.let_go /> })}
            <OpenDecisions decisions=page.decisions.clone() version=page.version after=held.after now />
            {offered.then(|| view! {
                <ServerForm action=held.action attr:class="decide">
                    <input type="hidden" name="case" value=id />
                    <input type="hidden" name="version" value=version />
                    <FormError error />
                    <div id="ahead" {..static_html(|| ahead(&forecast))}></div>
                    <label for="status">"New status"</label>
                    <select id="status" name="status">{statuses}</select>
                    <label for="other">"Or another status of your template"</label>
                    <input id="other" name="other" type="text" maxlength=LONGEST_STATUS.to_string() />
                    <ReasonAndComment typed=held.typed groups=vec![("set-status", "To set a status")] comment="Comment, recorded in the desk's log" keys=("case-reason", "case-comment") />
                    <button class="primary" type="submit" disabled=move || busy.get()>"Set status"</button>
                    <p class="muted small">"Persona's API takes no comment here: reason and comment are recorded only in the desk's log."</p>
                </ServerForm>
            })}
            {page.persona_down.then(|| view! { <p class="banner" data-tone="warn">"Persona does not answer. The status is saved, and sent as soon as Persona answers again."</p> })}
            {page.decisions.iter().filter(|decision| !decision.state.open() && page.returned != Some(decision.id)).cloned().map(|decision| view! { <DecisionStatus decision now /> }).collect_view()}
            {(!offered && !open).then(|| view! { <p class="muted">{if may(Permission::Decide) { "Redacted: no status can be set." } else { "Your role can only read. Analysts set the status." }}</p> })}
            {redacted.then(|| inline_html(|| badge(Tone::Plain, "Redacted")))}
        </section>
    }
    .into_any()
}
