//! Signing in. A plain form, so that the browser then loads the whole document again, with the reviewer's own layout.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::api::session::SignIn;
use crate::ui::context::start;
use crate::ui::parts::title::Title;
use crate::ui::query::use_query;

#[component]
pub fn Login() -> impl IntoView {
    let query = use_query();
    let failed = query.with_untracked(|query| query.get("failed").is_some());
    let set = query.with_untracked(|query| query.get("set").is_some());
    let unencrypted = query.with_untracked(|query| query.get("unencrypted").is_some());
    let next = query.with_untracked(|query| query.get("next")).unwrap_or_default();
    let environment = start().environment;
    view! {
        <Title text="Sign in" />
        <main class="login" id="main">
            <form method="post" action=SignIn::PATH class="panel">
                <div class="brand">
                    <img src="/brand/mark.svg" alt="" width="24" height="24" />
                    <span class="strong">"Countersign"</span>
                    <span class="badge" data-tone=if environment == "Production" { "bad" } else { "warn" }>{environment.clone()}</span>
                </div>
                <h1>"Sign in"</h1>
                {unencrypted.then(|| view! {
                    <p class="banner" data-tone="bad" role="alert">
                        "This address is not encrypted (http). Browsers store a sign-in only over https, so you cannot sign in here, and others on the network could read what you type. Open the desk at its https address. If there is none yet, the person who runs the desk has to put a proxy with a certificate in front of it; the README says how."
                    </p>
                })}
                {(set && !failed).then(|| view! { <p class="banner" data-tone="good" role="status">"Your password is set. Sign in with it."</p> })}
                {failed.then(|| view! {
                    <p class="banner" data-tone="bad" role="alert">
                        "Wrong e-mail or password, or too many attempts. Wait a moment, then try again, or ask an admin for a link to set a new password. In a browser that you have signed in with before, attempts by others do not count."
                    </p>
                })}
                <label for="email">"E-mail"</label>
                <input id="email" name="email" type="email" autocomplete="username" required maxlength="254" />
                <label for="password">"Password"</label>
                <input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256" />
                <input type="hidden" name="next" value=next />
                <button class="primary" type="submit">"Sign in"</button>
                <p class="muted small">"Sign-ins are recorded. You are signed out after at most 15 minutes of inactivity."</p>
            </form>
        </main>
    }
}
