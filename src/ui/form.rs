//! Forms that are sent without leaving the page. Without scripts, browsers submit them the ordinary way.
use std::fmt;
use std::sync::Arc;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::de::DeserializeOwned;

use crate::api::ApiError;

/// A server function that a form is sent to, and its answer. Leptos' own action parses the form into the function's
/// arguments and serializes them again, with separate code for each function, although the request is the same form.
pub struct FormAction<F: ServerFn>
where
    F::Output: 'static,
{
    answer: RwSignal<Option<Result<F::Output, ApiError>>>,
    pending: RwSignal<bool>,
    /// Requests under way: several forms can use the same function.
    under_way: StoredValue<usize>,
    version: RwSignal<usize>,
}

impl<F: ServerFn> Clone for FormAction<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: ServerFn> Copy for FormAction<F> {}

impl<F: ServerFn> fmt::Debug for FormAction<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(F::PATH)
    }
}

impl<F> Default for FormAction<F>
where
    F: ServerFn<Error = ApiError>,
    F::Output: DeserializeOwned + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<F> FormAction<F>
where
    F: ServerFn<Error = ApiError>,
    F::Output: DeserializeOwned + Send + Sync + 'static,
{
    pub fn new() -> Self {
        Self {
            answer: RwSignal::new(None),
            pending: RwSignal::new(false),
            under_way: StoredValue::new(0),
            version: RwSignal::new(0),
        }
    }

    /// The answer to the last submission; `None` until the first one completes.
    pub fn value(self) -> RwSignal<Option<Result<F::Output, ApiError>>> {
        self.answer
    }

    pub fn pending(self) -> RwSignal<bool> {
        self.pending
    }

    /// The number of completed submissions.
    pub fn version(self) -> RwSignal<usize> {
        self.version
    }

    fn answered(self, answer: Result<Vec<u8>, ApiError>) {
        let answer = answer.and_then(|body| serde_json::from_slice(&body).map_err(|_| ApiError::Unreadable));
        // The reviewer may have left the page by now.
        self.answer.try_set(Some(answer));
        self.version.try_update(|n| *n += 1);
        let left = self.under_way.try_update_value(|n| {
            *n = n.saturating_sub(1);
            *n
        });
        self.pending.try_set(left != Some(0));
    }
}

/// A form that is sent to a server function.
#[component]
pub fn ServerForm<F>(action: FormAction<F>, children: Children) -> impl IntoView
where
    F: ServerFn<Error = ApiError> + 'static,
    F::Output: DeserializeOwned + Send + Sync + 'static,
{
    let begin = move |body: String| {
        action.under_way.update_value(|n| *n += 1);
        action.pending.set(true);
        send(F::PATH, body, Box::new(move |answer| action.answered(answer)));
    };
    form(F::PATH, Arc::new(begin), children)
}

fn form(path: &'static str, begin: Arc<dyn Fn(String) + Send + Sync>, children: Children) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        if event.default_prevented() {
            return;
        }
        event.prevent_default();
        if let Some(body) = filled_in(&event) {
            begin(body);
        }
    };
    view! { <form method="post" action=path on:submit=submit>{children()}</form> }
}

/// Encodes the form as browsers do, including the button that was pressed.
fn filled_in(event: &SubmitEvent) -> Option<String> {
    use wasm_bindgen::JsCast;
    use web_sys::{FormData, HtmlFormElement, UrlSearchParams};
    let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
    let filled = FormData::new_with_form(&form).ok()?;
    let pressed = event.submitter();
    let name = pressed.as_ref().and_then(|button| button.get_attribute("name"));
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        let value = pressed.and_then(|button| button.get_attribute("value")).unwrap_or_default();
        filled.append_with_str(&name, &value).ok()?;
    }
    UrlSearchParams::new_with_str_sequence_sequence(&filled).ok().map(|params| String::from(params.to_string()))
}

type Then = Box<dyn FnOnce(Result<Vec<u8>, ApiError>)>;

#[cfg(feature = "hydrate")]
fn send(path: &'static str, body: String, then: Then) {
    leptos::task::spawn_local(async move { then(post(path, body).await) });
}

/// Only browsers send forms.
#[cfg(not(feature = "hydrate"))]
fn send(_: &'static str, _: String, then: Then) {
    then(Err(ApiError::Unreachable));
}

#[cfg(feature = "hydrate")]
async fn post(path: &str, body: String) -> Result<Vec<u8>, ApiError> {
    use leptos::server_fn::error::FromServerFnError;
    use leptos::server_fn::redirect::{REDIRECT_HEADER, call_redirect_hook};
    let away = |_| ApiError::Unreachable;
    let request = gloo_net::http::Request::post(path)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Accept", "application/json")
        .body(body)
        .map_err(away)?;
    let answer = request.send().await.map_err(away)?;
    let read = answer.binary().await.map_err(away)?;
    if answer.status() >= 400 {
        return Err(ApiError::de(read.into()));
    }
    if let (true, Some(to)) = (answer.headers().has(REDIRECT_HEADER), answer.headers().get("location")) {
        call_redirect_hook(&to);
    }
    Ok(read)
}
