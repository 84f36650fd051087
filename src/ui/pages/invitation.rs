//! Setting one's own password through an invitation. Opening the page changes nothing, so that programs which open
//! links in e-mails do not use up the invitation.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_params_map;

use crate::api;
use crate::api::invitation::Redeem;
use crate::domain::reviewer::password::SHORTEST_PASSWORD;
use crate::ui::parts::load_state::load;
use crate::ui::parts::title::Title;
use crate::ui::query::use_query;
use crate::ui::resource::fetched;

#[component]
pub fn Invitation() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let failed = use_query().with_untracked(|query| query.get("failed"));
    let page = {
        let token = token.clone();
        fetched(move || token.clone(), api::invitation::invitation)
    };
    let why = failed.as_deref().and_then(|failed| match failed {
        "current" => Some("The current password is wrong, or was entered wrong too often. Wait a moment, then try again."),
        "differ" => Some("The two entries differ. Type the same password twice."),
        "weak" => Some("This password is too weak. Use 15 characters or more, without your own name and e-mail address, and not one that is easy to guess."),
        _ => None,
    });
    view! {
        <Title text="Set your password" />
        <main class="login" id="main">
            {load(page, 3, move |found| {
                let token = token.clone();
                match found {
                    None => view! {
                        <div class="panel">
                            <h1>"This link is not valid"</h1>
                            <p>"It was already used, a newer link was created, 24 hours have passed, or a second admin or an auditor has not confirmed it yet. Ask an admin."</p>
                            <p><a href="/login">"Sign in"</a></p>
                        </div>
                    }.into_any(),
                    Some(who) => view! {
                        <form method="post" action=Redeem::PATH class="panel">
                            <h1>{if who.confirms { "Confirm that this account is yours" } else { "Set your password" }}</h1>
                            <p>{format!("{}, you sign in as {}.", who.name, who.email)}</p>
                            {why.map(|why| view! { <p class="banner" data-tone="bad" role="alert">{why}</p> })}
                            <input type="hidden" name="token" value=token />
                            <input type="hidden" name="email" value=who.email autocomplete="username" />
                            {who.confirms.then(|| view! {
                                <p class="muted small">"The person who gave you this link vouches that this account is yours. Enter the password that you sign in with, and choose a new one that only you know."</p>
                                <label for="current">"Current password"</label>
                                <input id="current" name="current" type="password" autocomplete="current-password" required maxlength="256" />
                            })}
                            <label for="password">"New password"</label>
                            <input id="password" name="password" type="password" autocomplete="new-password" required minlength=SHORTEST_PASSWORD.to_string() maxlength="256" aria-describedby="hint" />
                            <label for="again">"Repeat the password"</label>
                            <input id="again" name="again" type="password" autocomplete="new-password" required maxlength="256" />
                            <p id="hint" class="muted small">"15 characters or more, for example several words in a row. Only you know it; an admin cannot see it."</p>
                            <button class="primary" type="submit">"Set the password"</button>
                        </form>
                    }.into_any(),
                }
            })}
        </main>
    }
}
