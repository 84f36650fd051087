//! Proposals: changes that would loosen rules or policy, and wait for a second person.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::api::rule::{CancelChange, ConfirmChange};
use crate::domain::page_data::rule::RulesPage;
use crate::domain::reviewer::Permission;
use crate::ui::context::may;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::inline_html;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::load_state::error_in_address;
use crate::ui::parts::time;

#[component]
pub fn Proposals(
    page: RulesPage,
    confirm: FormAction<ConfirmChange>,
    cancel: FormAction<CancelChange>,
) -> impl IntoView {
    let confirms = may(Permission::ConfirmChanges);
    let (of_confirm, of_cancel) = (error_in_address(ConfirmChange::PATH), error_in_address(CancelChange::PATH));
    let error = Signal::derive(move || {
        let said = [confirm.value().get().and_then(Result::err), cancel.value().get().and_then(Result::err)];
        said.into_iter().flatten().next().or_else(|| of_confirm.get()).or_else(|| of_cancel.get())
    });
    let none = page.proposals.is_empty();
    let rows = page.proposals.into_iter().map(move |one| {
        let of_cancel = one.id.clone();
        let (confirm_label, cancel_label) = (format!("Confirm: {}", one.said), format!("Cancel: {}", one.said));
        view! {
            <tr>
                <th scope="row" class="strong">{one.said}</th>
                <td>{one.by}", "{inline_html(|| time::at(one.at))}</td>
                <td>{match one.alone_at {
                    Some(at) if one.agreed_by.is_some() => view! { {one.agreed_by}" agreed, but could also use the account that proposed it. It takes effect on "{inline_html(|| time::at(at))} }.into_any(),
                    Some(at) => view! { "No one else can confirm it. It takes effect on "{inline_html(|| time::at(at))} }.into_any(),
                    None if one.own => view! { "You proposed it. Another person has to confirm it" }.into_any(),
                    None => view! { "Waits for a second person" }.into_any(),
                }}</td>
                {confirms.then(|| view! { <td class="right"><div class="actions">
                    {(!one.own).then(|| view! { <ServerForm action=confirm><input type="hidden" name="proposal" value=one.id /><button type="submit" aria-label=confirm_label>"Confirm"</button></ServerForm> })}
                    <ServerForm action=cancel><input type="hidden" name="proposal" value=of_cancel /><button type="submit" aria-label=cancel_label>"Cancel"</button></ServerForm>
                </div></td> })}
            </tr>
        }
    });
    view! {
        <section class="panel" id="rule-proposals" hidden=move || none && error.with(Option::is_none)>
            <header><h2>"Proposed: not in effect yet"</h2></header>
            <p class="muted">"A change that would let more decisions pass with one reviewer takes effect when another admin or an auditor confirms it. If there is no such person, it takes effect after 24 hours, and the log says that one admin did it alone. An admin who could also use the proposer's account, for example because they invited that admin, has to agree; it then takes effect after 24 hours."</p>
            <FormError error />
            <div class="scroll" tabindex="0" role="region" aria-label="Proposed changes"><table class="rows stacked">
                <thead><tr><th scope="col">"What"</th><th scope="col">"Proposed by"</th><th scope="col">"State"</th>{confirms.then(|| view! { <th scope="col"><span class="hidden">"Actions"</span></th> })}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table></div>
        </section>
    }
}
