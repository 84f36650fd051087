//! The query of the address, decoded once. `leptos_router` 0.8.17 decodes its query map twice, so `%2541` becomes `A`
//! and an encoded `&` ends a value.
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Names and values in the order of the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Parses the text after the `?`, with or without the `?` itself.
    pub fn parse(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of this name.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }
}

/// The query of the current page. The memo follows the address.
pub fn use_query() -> Memo<Query> {
    let location = use_location();
    Memo::new(move |_| location.search.with(|search| Query::parse(search)))
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn a_value_is_decoded_once() {
        let query = Query::parse("?search=Jos%C3%A9+%26+Co&percent=100%25&twice=%2541nna&broken=%zz&empty=");
        let get = |name| query.get(name);
        assert_eq!(get("search").as_deref(), Some("José & Co"));
        assert_eq!(get("percent").as_deref(), Some("100%"));
        assert_eq!(get("twice").as_deref(), Some("%41nna"));
        assert_eq!(get("broken").as_deref(), Some("%zz"));
        assert_eq!(get("empty").as_deref(), Some(""));
        assert_eq!(get("missing"), None);
    }
}
