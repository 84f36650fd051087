//! Pages of a list, and filters that are links: they work without wasm, and the address says what is shown.
use leptos::prelude::*;

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
