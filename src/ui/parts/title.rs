//! The title of the document.
use leptos::prelude::*;
use leptos_meta::Title as MetaTitle;
use maud::html;

/// Adds the product's name to each title and makes it safe to write into HTML. `leptos_meta` 0.8.7 writes a title into the
/// server's HTML without escaping it, and titles hold names that applicants typed.
#[component]
pub fn TitleFormat() -> impl IntoView {
    view! { <MetaTitle formatter=|text: String| formatted(&text) /> }
}

/// Sets the title while the page that draws it is shown.
#[component]
pub fn Title(#[prop(into)] text: String) -> impl IntoView {
    view! { <MetaTitle text /> }
}

fn formatted(text: &str) -> String {
    let title = if text.is_empty() { "Countersign".to_owned() } else { format!("{text} · Countersign") };
    // The browser sets `document.title`, which takes text; the server writes HTML. The target decides, because the function
    // runs outside of any owner that could be asked.
    if cfg!(target_arch = "wasm32") { title } else { html! { (title) }.into_string() }
}

#[cfg(test)]
mod tests {
    use super::formatted;

    #[test]
    fn a_title_holds_no_markup() {
        assert_eq!(
            formatted("</title><meta http-equiv=\"refresh\"> & co"),
            "&lt;/title&gt;&lt;meta http-equiv=&quot;refresh&quot;&gt; &amp; co · Countersign"
        );
        assert_eq!(formatted(""), "Countersign");
    }
}
