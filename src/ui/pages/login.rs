//! Signing in. A plain form: the whole document is loaded anew afterwards, with the reviewer's own frame.
use leptos::prelude::*;

use crate::ui::app::start;
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
            <form method="post" action="/api/sign-in" class="panel">
                <div class="brand">
                    <img src="/brand/mark.svg" alt="" width="24" height="24" />
                    <span class="strong">"Countersign"</span>
                    <span class="badge" data-tone=if environment == "Production" { "bad" } else { "warn" }>{environment.clone()}</span>
                </div>
                <h1>"Sign in"</h1>
                {unencrypted.then(|| view! {
                    <p class="banner" data-tone="bad" role="alert">
                        "This address is not encrypted (http). Browsers keep a sign-in only over https, so nobody can sign in here, and what you type could be read on the way. Open the desk at its https address. If there is none yet, whoever runs the desk has to put a proxy with a certificate in front of it; the README says how."
                    </p>
                })}
                {(set && !failed).then(|| view! { <p class="banner" data-tone="good" role="status">"Your password is set. Sign in with it."</p> })}
                {failed.then(|| view! {
                    <p class="banner" data-tone="bad" role="alert">
                        "Wrong e-mail or password, or too many tries. Wait a moment, then try again; an admin can make you a link for a new password. In a browser that you have signed in with before, tries of others do not count."
                    </p>
                })}
                <label for="email">"E-mail"</label>
                <input id="email" name="email" type="email" autocomplete="username" required maxlength="254" />
                <label for="password">"Password"</label>
                <input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256" />
                <input type="hidden" name="next" value=next />
                <button class="primary" type="submit">"Sign in"</button>
                <p class="muted small">"Each sign-in is recorded. After 15 minutes without use you are signed out."</p>
            </form>
        </main>
    }
}
