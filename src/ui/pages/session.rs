//! One's own account: sessions and password.
use leptos::prelude::*;

use crate::api;
use crate::api::session::ChangePassword;
use crate::domain::desk::OwnAccount as Own;
use crate::domain::evidence::Tone;
use crate::ui::fetch::fetched;
use crate::ui::pages::session_looks::Looks;
use crate::ui::parts::badge::badge;
use crate::ui::parts::failure::FormError;
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::{error_in_address, load};
use crate::ui::parts::time::ago;
use crate::ui::plain::inline;
use crate::ui::send::{SendForm, Sending};

#[component]
pub fn OwnAccount() -> impl IntoView {
    let page = fetched(|| (), |()| api::session::my_account());
    let change = Sending::<ChangePassword>::new();
    Effect::new(move |_| {
        if change.value().get().is_some_and(|result| result.is_ok()) {
            page.refetch();
        }
    });
    view! {
        <Bar title="Your account"><span class="grow"></span></Bar>
        {load(page, 4, move |page| draw(page, change))}
    }
}

fn draw(page: Own, change: Sending<ChangePassword>) -> AnyView {
    let now = page.now;
    let in_address = error_in_address("/api/change-password");
    let error = Signal::derive(move || change.value().get().and_then(Result::err).or_else(|| in_address.get()));
    let done = move || change.value().get().is_some_and(|result| result.is_ok());
    let must_change = page.me.must_change;
    view! {
        <div class="evidence single">
            {must_change.then(|| view! { <p class="banner" data-tone="warn" role="status" id="must-change">"The password that you signed in with was printed on a screen. Set one of your own below: nothing else can be done before."</p> })}
            <section class="panel">
                <header><h2>{page.me.name.clone()}</h2>{inline(|| badge(Tone::Plain, page.me.role.label()))}</header>
                <dl class="facts"><dt>"E-mail"</dt><dd>{page.me.email.clone()}</dd></dl>
            </section>
            <section class="panel">
                <header><h2>"Your sessions"</h2></header>
                <ul class="plain">{page.sessions.into_iter().enumerate().map(|(n, at)| view! {
                    <li>"Began "{inline(|| ago(at, now))}{(n == 0).then_some(", this one")}</li>
                }).collect_view()}</ul>
            </section>
            <section class="panel">
                <header><h2>"Change your password"</h2></header>
                <SendForm action=change attr:class="stack">
                    <FormError error />
                    <div role="status">{move || done().then(|| view! { <p class="banner" data-tone="good">"Your password is changed; your other sessions have ended. "{must_change.then(|| view! { <a href="/" rel="external">"Go on"</a> })}</p> })}</div>
                    <label for="old">"Current password"</label>
                    <input id="old" name="old" type="password" autocomplete="current-password" required maxlength="256" />
                    <label for="new">"New password"</label>
                    <input id="new" name="new" type="password" autocomplete="new-password" required minlength="15" maxlength="256" aria-describedby="new-hint" />
                    <p id="new-hint" class="muted small">"15 characters or more; a few words in a row do well. Your other sessions end."</p>
                    <button type="submit">"Change password"</button>
                </SendForm>
            </section>
            {(!must_change).then(|| view! { <Looks /> })}
        </div>
    }.into_any()
}
