//! A read-only panel, and elements that many panels share.
use leptos::prelude::*;
use maud::{Markup, html};

use crate::ui::leptos_ext::static_html::StaticHtml;

#[component]
pub fn Panel(#[prop(optional)] id: Option<&'static str>, html: StaticHtml) -> impl IntoView {
    view! { <section class="panel" id={id} {..html}></section> }
}

/// The heading of a panel.
pub fn heading(title: &str) -> Markup {
    heading_with(title, &Markup::default())
}

/// The heading of a panel, with content at its other end.
pub fn heading_with(title: &str, beside: &Markup) -> Markup {
    html! { header { h2 { (title) } span.grow {} (beside) } }
}

/// The text of an empty panel or section.
pub fn none(text: &str) -> Markup {
    html! { p.muted { (text) } }
}
