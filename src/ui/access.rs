//! Who may see which page, and what a reader sees instead.
use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_location;

use super::context::me;
use super::parts::failure::Forbidden;
use crate::domain::reviewer::Permission;

/// Who may see a page. Every route states it: the component that creates routes has no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    Only(Permission),
}

/// A page whose code the browser loads when the page is first opened, and who may see it. A page without this trait
/// cannot be a route.
pub trait Guarded: LazyRoute + Sync {
    const ACCESS: Access;
}

/// Returns what is rendered instead of a page that this reviewer may not see. It only decides what is shown: each
/// server function checks the permission again.
pub fn refused(access: Access) -> Option<AnyView> {
    match (access, me()) {
        (Access::Anyone, _) => None,
        (Access::Only(need), Some(me)) if me.may(need) => None,
        (Access::Only(need), Some(_)) => Some(view! { <Forbidden need /> }.into_any()),
        (Access::Only(_), None) => Some(view! { <SignInFirst /> }.into_any()),
    }
}

#[component]
pub fn SignInFirst() -> impl IntoView {
    let location = use_location();
    let here = format!(
        "{}{}",
        location.pathname.get_untracked(),
        location.search.with_untracked(|search| if search.is_empty() { String::new() } else { format!("?{search}") })
    );
    let next = here
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_./".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect::<String>();
    view! { <Redirect path=format!("/login?next={next}") /> }
}
