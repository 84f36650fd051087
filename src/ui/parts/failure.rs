//! Every way in which a page cannot be shown, each with what to do next.
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::api;
use crate::api::ApiError;
use crate::domain::reviewer::Permission;
use crate::ui::fetch::fetched;
use crate::ui::parts::table::query;
use crate::ui::parts::title::Title;

/// What stands in place of data that could not be had.
#[component]
pub fn Failure(error: ApiError) -> impl IntoView {
    match error {
        ApiError::NotFound(what) => view! { <NotFound what /> }.into_any(),
        ApiError::Unauthenticated => view! {
            <section class="blank" role="alert">
                <h1>"You are signed out"</h1>
                <p>"Your session ended, for safety, after a while without use. "<SignInAgain />" in another tab and come back: this page goes on where it was, with what you typed."</p>
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

/// In a tab of its own, because what was typed on this page would be gone with it; it leads to the same place.
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
            <p><a class="button" href="/queue">"To the review queue"</a></p>
        </section>
    }
}

/// Draws the refusal, and has the attempt recorded.
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
            <h1>"Your role may not see this"</h1>
            <p>"The attempt was recorded. If you need this for your work, ask an admin of your desk."</p>
            <p><a class="button" href="/">"Back to your work"</a></p>
        </section>
    }
}

/// One line about a form that was not accepted.
#[component]
pub fn FormError(#[prop(into)] error: Signal<Option<ApiError>>) -> impl IntoView {
    view! {
        <div class="form-error" role="alert">
            // A page that is drawn again may be gone before its error is: then there is nothing to say here any more.
            {move || error.try_get().flatten().map(|error| view! { <p>{error.to_string()}</p> })}
        </div>
    }
}
