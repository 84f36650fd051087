//! Loading, loaded, failed: the same everywhere. What is loading has the size of what comes, so nothing jumps.
use leptos::prelude::*;
use leptos::server_fn::error::ServerFnUrlError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::failure::Failure;
use crate::api::ApiError;
use crate::ui::fetch::Fetched;
use crate::ui::query::use_query;

/// Draws a resource once it is there; while it is fetched again the old stays.
pub fn load<T, D>(resource: Fetched<T>, rows: usize, draw: D) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    D: Fn(T) -> AnyView + Clone + Send + Sync + 'static,
{
    view! {
        <Transition fallback=move || skeleton(rows)>
            {move || {
                let draw = draw.clone();
                Suspend::new(async move {
                    match resource.await {
                        Ok(found) => draw(found),
                        Err(error) => {
                            let out = error == ApiError::Unauthenticated;
                            let back = Callback::new(move |()| resource.refetch());
                            view! { <Failure error />{out.then(|| view! { <ComeBack back /> })} }.into_any()
                        }
                    }
                })
            }}
        </Transition>
    }
}

/// Who was signed out signs in elsewhere, and comes back to this page.
#[component]
fn ComeBack(back: Callback<()>) -> impl IntoView {
    Effect::new(move |_| {
        let listening = window_event_listener(leptos::ev::focus, move |_| back.run(()));
        on_cleanup(move || listening.remove());
    });
}

fn skeleton(rows: usize) -> impl IntoView {
    view! {
        <div class="skeleton" aria-busy="true" aria-label="Loading">
            {(0..rows).map(|_| view! { <div class="bone"></div> }).collect_view()}
        </div>
    }
}

/// An error that came back in the address, because a form was posted without wasm.
pub fn error_in_address(path: &'static str) -> Signal<Option<ApiError>> {
    let query = use_query();
    Signal::derive(move || {
        query.with(|query| {
            let named = query.get("__path").is_some_and(|named| named == path);
            if named { query.get("__err").map(|text| ServerFnUrlError::<ApiError>::decode_err(&text)) } else { None }
        })
    })
}
