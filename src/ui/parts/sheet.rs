//! What is only read: plain HTML, put in place as a whole. A view of Leptos is made to change in any place, and so each of its
//! elements is code that browsers load, and work to take over; what nobody acts on and nothing moves in needs neither.
use leptos::html::ElementType;
use leptos::prelude::*;
use maud::{Markup, html};
use wasm_bindgen::JsCast;

use super::time::by_the_readers_clock;

/// A panel that is only read.
#[component]
pub fn Sheet(#[prop(optional)] id: Option<&'static str>, html: Markup) -> impl IntoView {
    let node = here();
    view! { <section class="panel" id=id node_ref=node inner_html=html.into_string()></section> }
}

/// What stands above a panel.
pub fn heading(title: &str, beside: &Markup) -> Markup {
    html! { header { h2 { (title) } span.grow {} (beside) } }
}

/// Said where something could stand and does not.
pub fn none(text: &str) -> Markup {
    html! { p.muted { (text) } }
}

/// For an element of plain HTML: its times stand by the reader's clock once the page knows it.
pub fn here<E>() -> NodeRef<E>
where
    E: ElementType + 'static,
    E::Output: AsRef<web_sys::Element> + Clone + JsCast + 'static,
{
    let node = NodeRef::<E>::new();
    Effect::new(move |_| {
        if let Some(element) = node.get() {
            by_the_readers_clock(element.as_ref());
        }
    });
    node
}
