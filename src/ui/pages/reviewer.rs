//! The accounts of reviewers at the desk.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::api;
use crate::api::reviewer::{
    AddReviewer, ChangeRole, ConfirmReset, ConfirmReviewer, DisableReviewer, EnableReviewer, ResetReviewer,
};
use crate::domain::evidence::Tone;
use crate::domain::id::ReviewerId;
use crate::domain::page_data::reviewer::{Invited, ReviewerRow, ReviewersPage};
use crate::domain::reviewer::{Permission, Role};
use crate::ui::context::may;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::inline_html;
use crate::ui::parts::badge::badge;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::{error_in_address, load};
use crate::ui::parts::time::at;
use crate::ui::resource::fetched;

#[derive(Clone, Copy)]
struct ReviewerActions {
    add: FormAction<AddReviewer>,
    reset: FormAction<ResetReviewer>,
    role: FormAction<ChangeRole>,
    confirm: FormAction<ConfirmReviewer>,
    link: FormAction<ConfirmReset>,
    disable: FormAction<DisableReviewer>,
    enable: FormAction<EnableReviewer>,
}

#[component]
pub fn Reviewers() -> impl IntoView {
    let page = fetched(|| (), |()| api::reviewer::reviewers());
    let actions = ReviewerActions {
        add: FormAction::new(),
        reset: FormAction::new(),
        role: FormAction::new(),
        confirm: FormAction::new(),
        link: FormAction::new(),
        disable: FormAction::new(),
        enable: FormAction::new(),
    };
    Effect::new(move |_| {
        // All of them are read, because the effect only follows signals that it has read.
        let done = [
            actions.add.value().get().is_some_and(|result| result.is_ok()),
            actions.reset.value().get().is_some_and(|result| result.is_ok()),
            actions.role.value().get().is_some(),
            actions.confirm.value().get().is_some(),
            actions.link.value().get().is_some(),
            actions.disable.value().get().is_some(),
            actions.enable.value().get().is_some_and(|result| result.is_ok()),
        ];
        if done.contains(&true) {
            page.refetch();
        }
    });
    view! {
        <Bar title="Reviewers"><span class="grow"></span></Bar>
        {move || {
            // Each result holds the link that its form created.
            let made = [actions.reset.value().get(), actions.add.value().get(), actions.enable.value().get(), actions.confirm.value().get()];
            made.into_iter().flatten().filter_map(Result::ok).map(|invited| view! { <Fresh invited /> }).collect_view()
        }}
        {load(page, 6, move |page| draw(page, actions))}
    }
}

/// A new link, which is shown only this once.
#[component]
fn Fresh(invited: Invited) -> impl IntoView {
    view! {
        <div class="banner" data-tone="good" role="status" id="fresh">
            <p>{if invited.confirms {
                format!("The account of {} is confirmed when they open this link, enter their current password and choose a new one. Give the link to them yourself, and to no one else.", invited.name)
            } else {
                format!("{} sets a password through this link and signs in as {}.", invited.name, invited.email)
            }}</p>
            <p>"Shown only now: "<code>{invited.link}</code></p>
            {invited.waits.then(|| view! { <p>"It does not work until another admin or an auditor confirms it here, because it sets the password of a person who can confirm what you do."</p> })}
            <p class="small">"It works once, until "{inline_html(|| at(invited.expires_at))}". "{(!invited.confirms).then_some("Send it through a channel that you trust: anyone who opens it can set the password.")}</p>
        </div>
    }
}

fn draw(page: ReviewersPage, actions: ReviewerActions) -> AnyView {
    let (manages, confirms) = (may(Permission::ManageReviewers), may(Permission::ConfirmChanges));
    let of_add = error_in_address(AddReviewer::PATH);
    let paths = [
        ResetReviewer::PATH,
        ChangeRole::PATH,
        ConfirmReviewer::PATH,
        ConfirmReset::PATH,
        DisableReviewer::PATH,
        EnableReviewer::PATH,
    ];
    let in_address = paths.map(error_in_address);
    let add_error = Signal::derive(move || actions.add.value().get().and_then(Result::err).or_else(|| of_add.get()));
    let row_error = Signal::derive(move || {
        let of = |result: Option<Result<(), api::ApiError>>| result.and_then(Result::err);
        let said = [
            actions.reset.value().get().and_then(Result::err),
            of(actions.role.value().get()),
            actions.confirm.value().get().and_then(Result::err),
            of(actions.link.value().get()),
            of(actions.disable.value().get()),
            actions.enable.value().get().and_then(Result::err),
        ];
        said.into_iter().flatten().next().or_else(|| in_address.iter().find_map(|error| error.get()))
    });
    let me = page.me;
    let alone = page.admins < 2;
    let confirmable = page.reviewers.iter().any(|row| row.confirmable);
    view! {
        {(page.held > 0).then(|| view! { <p class="banner" data-tone="warn" role="status">{if page.held == 1 { "One decision is held, because its reviewer was disabled before it was sent. ".to_owned() } else { format!("{} decisions are held, because their reviewers were disabled before they were sent. ", page.held) }}<a href="/decisions?state=queued">"Send or withdraw"</a></p> })}
        {page.fresh.map(|invited| view! { <Fresh invited /> })}
        <FormError error=row_error />
        {alone.then(|| view! { <p class="banner" data-tone="info">"There is only one admin. The accounts that this admin adds can be confirmed by an auditor or a second admin whose account someone else created, for example with the command “countersign reviewer add”. If there is no such person, and one of these accounts countersigns a decision of another, the log records with that decision that one admin created both accounts."</p> })}
        {confirmable.then(|| view! { <p class="banner" data-tone="info" id="confirming">"“Confirm this account” creates a link. Give it to the owner of the account yourself: they open it, enter their password and choose a new one. Then the account is confirmed."</p> })}
        <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows stacked">
            <caption class="hidden">"Reviewers"</caption>
            <thead><tr><th scope="col">"Name"</th><th scope="col">"E-mail"</th><th scope="col">"Role"</th><th scope="col">"Account"</th><th scope="col">"Last sign-in"</th><th scope="col">"State"</th>{(manages || confirms).then(|| view! { <th scope="col"><span class="hidden">"Actions"</span></th> })}</tr></thead>
            <tbody>{page.reviewers.into_iter().map(|row| view! { <Row row me manages confirms actions /> }).collect_view()}</tbody>
        </table></div>
        {manages.then(|| view! {
            <section class="panel narrow-panel">
                <header><h2>"Add a reviewer"</h2></header>
                <ServerForm action=actions.add attr:class="stack">
                    <FormError error=add_error />
                    <label for="name">"Name, as shown on every decision"</label>
                    <input id="name" name="name" type="text" required maxlength="100" autocomplete="off" />
                    <label for="email">"E-mail"</label>
                    <input id="email" name="email" type="email" required maxlength="254" autocomplete="off" />
                    <label for="role">"Role"</label>
                    <select id="role" name="role">
                        {Role::ALL.into_iter().map(|role| view! { <option value=role.as_str()>{match role {
                            Role::Analyst => "Analyst: works the queue and decides",
                            Role::Admin => "Admin: manages reviewers, rules, retention and the Persona connection",
                            Role::Auditor => "Auditor: reads everything, exports the log",
                        }}</option> }).collect_view()}
                    </select>
                    <p class="muted small">"You get a link through which they set their own password. You never see the password."</p>
                    <button class="primary" type="submit">"Add reviewer"</button>
                </ServerForm>
            </section>
        })}
    }.into_any()
}

/// Who created an account, reset its password and confirmed it.
fn provenance(row: &ReviewerRow) -> String {
    let mut said = format!("created by {}", row.created_by);
    if let Some(by) = &row.reset_by {
        said.push_str(&format!(", password reset by {by}"));
    }
    match &row.confirmed_by {
        Some(by) => said.push_str(&format!(", confirmed by {by}")),
        None => said.push_str(", not confirmed"),
    }
    said
}

#[component]
fn Row(row: ReviewerRow, me: ReviewerId, manages: bool, confirms: bool, actions: ReviewerActions) -> impl IntoView {
    let said = provenance(&row);
    let ReviewerRow {
        reviewer, confirmable, link_until, link_waits, link_confirmable, last_sign_in, open_work, ..
    } = row;
    let id = reviewer.id.to_string();
    let (of_reset, of_role, of_confirm, of_link) = (id.clone(), id.clone(), id.clone(), id.clone());
    let active = reviewer.disabled_at.is_none();
    let own = reviewer.id == me;
    let (name, of_names) = (reviewer.name.clone(), reviewer.name.clone());
    let (reset_label, role_label, confirm_label, link_label) = (
        format!("Link for a new password of {name}"),
        format!("Role of {name}"),
        format!("Confirm the account of {name}"),
        format!("Confirm the link for a new password of {name}"),
    );
    let role = reviewer.role;
    view! {
        <tr>
            <th scope="row" class="strong">{of_names}{own.then(|| view! { <span class="muted">" (you)"</span> })}</th>
            <td>{reviewer.email}</td>
            <td>{role.label()}</td>
            <td>{inline_html(|| at(reviewer.created_at))}<span class="muted small block">{said}</span></td>
            <td>{match last_sign_in { Some(then) => inline_html(|| at(then)), None => view! { <span class="muted">"never"</span> }.into_any() }}</td>
            <td>{if active { inline_html(|| badge(Tone::Good, "Active")) } else { inline_html(|| badge(Tone::Plain, "Disabled")) }}
                {(!open_work.is_empty()).then(|| view! { <details class="small"><summary>{format!("open work: {}", open_work.len())}</summary><span class="mono">{open_work.join(", ")}</span></details> })}
                {reviewer.must_change.then(|| view! { " "{inline_html(|| badge(Tone::Warn, "must change the password"))} })}
                {link_until.map(|until| view! { <span class="muted small block">{if link_waits { "link waits for confirmation, until " } else { "link valid until " }}{inline_html(|| at(until))}</span> })}</td>
            {(manages || confirms).then(|| view! { <td class="right"><div class="actions">
                {link_confirmable.then(|| view! { <ServerForm action=actions.link><input type="hidden" name="id" value=of_link /><button type="submit" aria-label=link_label>"Confirm the new link"</button></ServerForm> })}
                {confirmable.then(|| view! { <ServerForm action=actions.confirm><input type="hidden" name="id" value=of_confirm /><button type="submit" aria-label=confirm_label aria-describedby="confirming">"Confirm this account"</button></ServerForm> })}
                {(manages && !own && active).then(|| view! { <ServerForm action=actions.reset><input type="hidden" name="id" value=of_reset /><button type="submit" aria-label=reset_label>"New link"</button></ServerForm> })}
                {(manages && !own).then(|| view! { <ServerForm action=actions.role attr:class="narrow"><input type="hidden" name="id" value=of_role />
                    <select name="role" aria-label=role_label>{Role::ALL.into_iter().map(|each| view! { <option value=each.as_str() selected=each == role>{each.label()}</option> }).collect_view()}</select>
                    <button type="submit">"Change role"</button></ServerForm> })}
                {manages.then(|| if active {
                    view! { <ServerForm action=actions.disable><input type="hidden" name="id" value=id /><button type="submit" aria-label=format!("Disable {name}")>"Disable"</button></ServerForm> }.into_any()
                } else {
                    view! { <ServerForm action=actions.enable><input type="hidden" name="id" value=id /><button type="submit" aria-label=format!("Enable {name}")>"Enable"</button></ServerForm> }.into_any()
                })}
            </div></td> })}
        </tr>
    }
}
