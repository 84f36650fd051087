//! The start page: sends each role to its first page.
use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::domain::reviewer::Role;
use crate::ui::context::me;

#[component]
pub fn Home() -> impl IntoView {
    let path = match me().map(|me| me.role) {
        Some(Role::Analyst) => "/queue",
        Some(Role::Auditor) => "/audit",
        Some(Role::Admin) => "/admin/reviewers",
        None => "/login",
    };
    view! { <Redirect path /> }
}
