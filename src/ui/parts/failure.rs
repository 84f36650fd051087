//! What is shown when a page cannot be shown: each kind of error, with what to do next.
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::api;
use crate::api::ApiError;
use crate::domain::reviewer::Permission;
use crate::ui::parts::table::query;
use crate::ui::parts::title::Title;
use crate::ui::resource::fetched;

/// The error that is shown in place of data that could not be fetched.
#[component]
pub fn Failure(error: ApiError) -> impl IntoView {
    match error {
        ApiError::NotFound(what) => view! { <NotFound what /> }.into_any(),
        ApiError::Unauthenticated => view! {
            <section class="blank" role="alert">
                <h1>"You are signed out"</h1>
                <p>"For security, your session ended after a period of inactivity. "<SignInAgain />" in another tab and come back. This page continues where you left it, with what you typed."</p>
            </section>
        }.into_any(),
        ApiError::Forbidden(_) => view! { <NotAllowed /> }.into_any(),
        other => view! {
            <section class="blank" role="alert">
                <h1>"This could not be shown"</h1>
                <p>{other.to_string()}</p>
                <p><a class="button" href="" rel="external">"Try again"</a></p>
            </section>
        }.into_any(),
    }
}

/// A link to sign in again. It opens a new tab, because leaving this page would lose what was typed; after signing in,
/// the tab shows the same address.
#[component]
pub fn SignInAgain() -> impl IntoView {
    let at = use_location();
    let href = move || {
        let (path, search) = (at.pathname.get(), at.search.get());
        let place = if search.is_empty() { path } else { format!("{path}?{}", search.trim_start_matches('?')) };
        format!("/login{}", query(&[("next", Some(&place))]))
    };
    view! { <a href=href target="_blank" rel="external">"Sign in again"</a> }
}

#[component]
pub fn NotFound(what: String) -> impl IntoView {
    view! {
        <Title text="Not found" />
        <section class="blank">
            <h1>{format!("There is no such {what}")}</h1>
            <p>"The address may be mistyped, or it belongs to another Persona organisation or environment."</p>
            <p><a class="button" href="/queue">"Go to the review queue"</a></p>
        </section>
    }
}

/// Shows the refusal, and has the server record the attempt.
#[component]
pub fn Forbidden(need: Permission) -> impl IntoView {
    let knock = fetched(|| (), move |()| api::session::knock(need));
    view! {
        <Title text="Not allowed" />
        <Suspense>{move || Suspend::new(async move { knock.await.ok() })}</Suspense>
        <NotAllowed />
    }
}

#[component]
fn NotAllowed() -> impl IntoView {
    view! {
        <section class="blank">
            <h1>"Your role cannot see this"</h1>
            <p>"The attempt was recorded. If you need this for your work, ask an admin of your desk."</p>
            <p><a class="button" href="/">"Go back to your work"</a></p>
        </section>
    }
}

/// The error message of a form that was not accepted.
#[component]
pub fn FormError(#[prop(into)] error: Signal<Option<ApiError>>) -> impl IntoView {
    view! {
        <div class="form-error" role="alert">
            // On a re-render the page may be removed before its error signal: then there is nothing to show any more.
            {move || error.try_get().flatten().map(|error| view! { <p>{error.to_string()}</p> })}
        </div>
    }
}
