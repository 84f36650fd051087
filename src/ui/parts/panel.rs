//! A panel that is only read, and what stands in many of them.
use leptos::prelude::*;
use maud::{Markup, html};

use crate::ui::plain::Plain;

#[component]
pub fn Panel(#[prop(optional)] id: Option<&'static str>, html: Plain) -> impl IntoView {
    view! { <section class="panel" id={id} {..html}></section> }
}

/// What stands above a panel.
pub fn heading(title: &str) -> Markup {
    heading_with(title, &Markup::default())
}

/// The same, with something at its other end.
pub fn heading_with(title: &str, beside: &Markup) -> Markup {
    html! { header { h2 { (title) } span.grow {} (beside) } }
}

/// Said where something could stand and does not.
pub fn none(text: &str) -> Markup {
    html! { p.muted { (text) } }
}
