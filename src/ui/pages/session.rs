//! The reader's own account: sessions and password.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::api;
use crate::api::session::{ChangePassword, EndSession};
use crate::domain::evidence::Tone;
use crate::domain::page_data::session::OwnAccount as Own;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::leptos_ext::static_html::inline_html;
use crate::ui::pages::display_settings::Looks;
use crate::ui::parts::badge::badge;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::{error_in_address, load};
use crate::ui::parts::time::ago;
use crate::ui::resource::fetched;

#[component]
pub fn OwnAccount() -> impl IntoView {
    let page = fetched(|| (), |()| api::session::my_account());
    let change = FormAction::<ChangePassword>::new();
    let end = FormAction::<EndSession>::new();
    Effect::new(move |_| {
        let done = change.value().get().is_some_and(|result| result.is_ok());
        if end.value().get().is_some() || done {
            page.refetch();
        }
    });
    view! {
        <Bar title="Your account"><span class="grow"></span></Bar>
        {load(page, 4, move |page| draw(page, change, end))}
    }
}

fn draw(page: Own, change: FormAction<ChangePassword>, end: FormAction<EndSession>) -> AnyView {
    let now = page.now;
    let in_address = error_in_address(ChangePassword::PATH);
    let error = Signal::derive(move || change.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let done = move || change.value().get().is_some_and(|result| result.is_ok());
    let must_change = page.me.must_change;
    let end_in_address = error_in_address(EndSession::PATH);
    let not_ended = Signal::derive(move || end.value().get().and_then(Result::err).or_else(|| end_in_address.get()));
    view! {
        <div class="evidence single">
            {must_change.then(|| view! { <p class="banner" data-tone="warn" role="status" id="must-change">"Someone else may know the password that you signed in with. Set a new one below. You cannot do anything else before that."</p> })}
            <section class="panel">
                <header><h2>{page.me.name.clone()}</h2>{inline_html(|| badge(Tone::Plain, page.me.role.label()))}</header>
                <dl class="facts"><dt>"E-mail"</dt><dd>{page.me.email.clone()}</dd></dl>
            </section>
            <section class="panel">
                <header><h2>"Your sessions"</h2></header>
                <p>{match page.before {
                    Some(before) => view! { "Before this session you signed in "{inline_html(|| ago(before.at, now))}{from(before.address, before.agent)}". If that was not you, change your password." }.into_any(),
                    None => view! { "This is your first sign-in." }.into_any(),
                }}</p>
                <FormError error=not_ended />
                <ul class="plain">{page.sessions.into_iter().enumerate().map(|(n, session)| view! {
                    <li>
                        "Started "{inline_html(|| ago(session.began_at, now))}{from(session.address, session.agent)}
                        {if n == 0 { ", this session".into_any() } else { view! {
                            <ServerForm action=end><input type="hidden" name="mark" value=session.mark /><button type="submit" class="quiet">"End this session"</button></ServerForm>
                        }.into_any() }}
                    </li>
                }).collect_view()}</ul>
            </section>
            <section class="panel">
                <header><h2>"Change your password"</h2></header>
                <ServerForm action=change attr:class="stack">
                    <FormError error />
                    <div role="status">{move || done().then(|| view! { <p class="banner" data-tone="good">"Your password is changed; your other sessions have ended. "{must_change.then(|| view! { <a href="/" rel="external">"Continue"</a> })}</p> })}</div>
                    <label for="old">"Current password"</label>
                    <input id="old" name="old" type="password" autocomplete="current-password" required maxlength="256" />
                    <label for="new">"New password"</label>
                    <input id="new" name="new" type="password" autocomplete="new-password" required minlength="15" maxlength="256" aria-describedby="new-hint" />
                    <p id="new-hint" class="muted small">"15 characters or more, for example several words in a row. Your other sessions end."</p>
                    <button type="submit">"Change password"</button>
                </ServerForm>
            </section>
            {(!must_change).then(|| view! { <Looks /> })}
        </div>
    }.into_any()
}

/// The address and the browser of a sign-in, as far as the log still has them.
fn from(address: Option<String>, agent: Option<String>) -> String {
    let address = address.map(|address| format!(" from {address}")).unwrap_or_default();
    let agent = agent.map(|agent| format!(" with {agent}")).unwrap_or_default();
    format!("{address}{agent}")
}
