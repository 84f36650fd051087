//! The search field. Its text is sent as a form and not in an address, because browsers and proxies store addresses.
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::badge::Key;
use super::failure::FormError;
use crate::api::search::Find;
use crate::domain::search_link::{SearchPlace, is_sign};
use crate::ui::field::holds_unless_typing;
use crate::ui::form::{FormAction, ServerForm};
use crate::ui::parts::load_state::error_in_address;

/// `words` is the search text, as soon as the page knows it; `in_address` is what the address has in its place.
#[component]
pub fn Search(
    place: SearchPlace,
    label: &'static str,
    hint: &'static str,
    title: &'static str,
    #[prop(into)] in_address: Signal<Option<String>>,
    words: RwSignal<Option<String>>,
) -> impl IntoView {
    let action = FormAction::<Find>::new();
    let failed = error_in_address(Find::PATH);
    let error = Signal::derive(move || action.value().get().and_then(Result::err).or_else(|| failed.get()));
    let held = move || match in_address.get() {
        Some(text) if is_sign(&text) => words.get().unwrap_or_default(),
        text => text.unwrap_or_default(),
    };
    view! {
        <ServerForm action attr:class="search" attr:role="search">
            <input type="hidden" name="place" value=place.as_str() />
            <label class="hidden" for="search">{label}</label>
            <input id="search" name="search" type="search" maxlength="100" placeholder=hint title={title} {..holds_unless_typing(held)} value=untrack(held) />
            <Key of="search" />
            <FormError error />
        </ServerForm>
    }
}

/// The search text, or what the page shows if the desk no longer knows it.
pub fn search_text(search: &str) -> String {
    if is_sign(search) { "an expired search; type it again".to_owned() } else { search.to_owned() }
}
