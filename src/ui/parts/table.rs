//! Pages of a list, and filters that are links: they work without wasm, and the address says what is shown.
use leptos::prelude::*;

use crate::ui::keys::click;

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

/// `?a=1&b=2` of those that have a value.
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

/// First page, next page.
#[component]
pub fn Pages(first: Option<String>, next: Option<String>, #[prop(into)] note: String) -> impl IntoView {
    view! {
        <nav class="pages" aria-label="Pages">
            <span class="muted">{note}</span>
            <span class="grow"></span>
            {first.map(|href| view! { <a class="button" href=href>"First page"</a> })}
            {next.map(|href| view! { <a class="button" href=href rel="next">"Next page"</a> })}
        </nav>
    }
}

/// What can be due, as the address has it and in words.
pub const DUES: [(&str, &str); 4] =
    [("overdue", "Overdue"), ("4", "Due within 4 hours"), ("24", "Due within a day"), ("72", "Due within 3 days")];

/// Options that are the same for everybody.
pub fn fixed(options: &[(&str, &str)]) -> Vec<(String, String)> {
    options.iter().map(|(value, text)| ((*value).to_owned(), (*text).to_owned())).collect()
}

/// A select that stands out while it narrows something down, and applies itself: it stands in a form called `narrow`.
#[component]
pub fn Choice(
    name: &'static str,
    label: &'static str,
    all: &'static str,
    options: Vec<(String, String)>,
    chosen: Option<String>,
) -> impl IntoView {
    let on = chosen.is_some() && !all.is_empty();
    // What was chosen stands here even when nothing has it any more.
    let missing = chosen.clone().filter(|chosen| !options.iter().any(|(value, _)| value == chosen));
    view! {
        <label><span class="hidden">{label}</span>
            <select name=name class:on=on on:change=move |_| { click("#narrow button"); }>
                {(!all.is_empty()).then(|| view! { <option value="">{all}</option> })}
                {missing.map(|value| view! { <option value=value.clone() selected=true>{value.clone()}</option> })}
                {options.into_iter().map(|(value, text)| {
                    let selected = chosen.as_ref() == Some(&value);
                    view! { <option value=value selected=selected>{text}</option> }
                }).collect_view()}
            </select>
        </label>
    }
}

#[component]
pub fn Empty(#[prop(into)] title: String, #[prop(into)] hint: String) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="strong">{title}</p>
            <p class="muted">{hint}</p>
        </div>
    }
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
