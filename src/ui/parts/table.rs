//! Paging and filters of a list. Both are links: they work without wasm, and the address contains what is shown.
use leptos::prelude::*;
use leptos_router::components::Form;
use maud::{Markup, html};

use crate::ui::keys::click;
use crate::ui::leptos_ext::static_html::{StaticHtml, static_html};
use crate::ui::parts::panel::none;

/// Percent-encodes a value for a query string.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// Returns `?a=1&b=2` from the pairs that have a value.
pub fn query(pairs: &[(&str, Option<&str>)]) -> String {
    let joined = pairs
        .iter()
        .filter_map(|(name, value)| {
            value.filter(|value| !value.is_empty()).map(|value| format!("{name}={}", encoded(value)))
        })
        .collect::<Vec<_>>()
        .join("&");
    if joined.is_empty() { String::new() } else { format!("?{joined}") }
}

/// Links to the first page and the next page.
#[component]
pub fn Pages(first: Option<String>, next: Option<String>, #[prop(into)] note: String) -> impl IntoView {
    let html = static_html(|| {
        html! {
            span.muted { (note) }
            span.grow {}
            @if let Some(href) = first { a.button href=(href) { "First page" } }
            @if let Some(href) = next { a.button href=(href) rel="next" { "Next page" } }
        }
    });
    view! { <nav class="pages" aria-label="Pages" {..html}></nav> }
}

/// A link to one of several lists, with the number of its entries.
pub fn chip(href: &str, here: bool, label: &str, n: i64) -> Markup {
    html! { a.chip href=(href) aria-current=[here.then_some("page")] { (label) span.count { (n) } } }
}

/// The due filters: the value in the address, and the label.
pub const DUES: [(&str, &str); 4] =
    [("overdue", "Overdue"), ("4", "Due within 4 hours"), ("24", "Due within a day"), ("72", "Due within 3 days")];

/// Options that do not depend on data.
pub fn fixed(options: &[(&str, &str)]) -> Vec<(String, String)> {
    options.iter().map(|(value, text)| ((*value).to_owned(), (*text).to_owned())).collect()
}

/// Options whose label is their value.
pub fn same<T: AsRef<str>>(all: &[T]) -> Vec<(String, String)> {
    all.iter().map(|each| (each.as_ref().to_owned(), each.as_ref().to_owned())).collect()
}

/// Options of the assignee filter.
pub fn people(others: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut all = fixed(&[("me", "Mine"), ("nobody", "Unassigned")]);
    all.extend(others);
    all
}

/// A select that is highlighted while it filters the list.
pub fn choice(name: &str, label: &str, all: &str, options: &[(String, String)], chosen: Option<&str>) -> Markup {
    // The chosen value stays listed even when no row has it any more.
    let missing = chosen.filter(|chosen| !options.iter().any(|(value, _)| value == chosen));
    html! {
        label {
            span.hidden { (label) }
            select name=(name) .on[chosen.is_some() && !all.is_empty()] {
                @if !all.is_empty() { option value="" { (all) } }
                @if let Some(value) = missing { option value=(value) selected { (value) } }
                @for (value, text) in options { option value=(value) selected[chosen == Some(value)] { (text) } }
            }
        }
    }
}

pub fn kept(name: &str, value: Option<&str>) -> Markup {
    html! { @if let Some(value) = value { input type="hidden" name=(name) value=(value); } }
}

/// The filters of a list. A choice applies at once; without scripts there is a button.
#[component]
pub fn Narrow(action: &'static str, html: StaticHtml) -> impl IntoView {
    view! {
        <div class="filters" on:change=move |_| { click("#narrow button"); }>
            <Form method="GET" action attr:class="narrow" attr:id="narrow"><div class="as-one" {..html}></div></Form>
        </div>
    }
}

/// The button that applies the filters, and the link that clears them.
pub fn apply(clear: Option<&str>) -> Markup {
    html! {
        button type="submit" { "Apply" }
        @if let Some(href) = clear { a href=(href) { "Clear" } }
    }
}

/// The empty state of a list.
pub fn empty(title: &str, hint: &str) -> Markup {
    html! { div.empty { p.strong { (title) } (none(hint)) } }
}

/// The empty state of a list, as a component.
#[component]
pub fn Empty(#[prop(into)] title: String, #[prop(into)] hint: String) -> impl IntoView {
    view! { <div {..static_html(|| empty(&title, &hint))}></div> }
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn only_what_has_a_value_stands_in_the_address() {
        assert_eq!(query(&[("a", Some("x y")), ("b", None), ("c", Some(""))]), "?a=x%20y");
        assert_eq!(query(&[("a", None)]), "");
    }
}
