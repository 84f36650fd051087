//! The states loading, loaded and failed, the same on every page. The placeholder has the size of the content, so
//! nothing moves when it arrives.
use leptos::prelude::*;
use leptos::server_fn::error::ServerFnUrlError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::failure::Failure;
use crate::api::ApiError;
use crate::ui::query::use_query;
use crate::ui::resource::ApiResource;

/// Renders a resource once it is loaded. While it is fetched again, the old content stays.
pub fn load<T, D>(resource: ApiResource<T>, rows: usize, draw: D) -> impl IntoView
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

/// Runs `back` when a reviewer who was signed out returns to this page after signing in elsewhere.
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

/// The error in the address, where the server puts it when a form was posted without wasm.
pub fn error_in_address(path: &'static str) -> Signal<Option<ApiError>> {
    let query = use_query();
    Signal::derive(move || {
        query.with(|query| {
            let named = query.get("__path").is_some_and(|named| named == path);
            if named { query.get("__err").map(|text| ServerFnUrlError::<ApiError>::decode_err(&text)) } else { None }
        })
    })
}
