//! How a search is written in an address.
use serde::{Deserialize, Serialize};

/// The first character of a sign, which replaces the searched words in an address.
pub const SIGN: char = '~';

/// Where a search looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchPlace {
    Queue,
    Cases,
    Relations,
}

impl SearchPlace {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Cases => "cases",
            Self::Relations => "relations",
        }
    }

    /// The address of the page that shows the results. `search` is a sign or an id.
    pub fn address(self, search: &str) -> String {
        let status = if self == Self::Relations { "" } else { "status=all&" };
        let path = self.as_str();
        if search.is_empty() {
            return format!("/{path}?{}", status.trim_end_matches('&'));
        }
        format!("/{path}?{status}search={search}")
    }
}

pub fn is_sign(text: &str) -> bool {
    text.strip_prefix(SIGN).is_some_and(|rest| rest.len() >= 16 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether a text is a Persona id, which does not name a person.
pub fn is_id(text: &str) -> bool {
    let known = ["inq_", "act_", "case_", "ver_", "rep_", "iqse_", "doc_", "itmpl_"];
    known.iter().any(|start| text.starts_with(start))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_and_signs_stand_in_addresses_as_they_are() {
        for id in ["inq_9fKq2mW7", "act_1", "case_77"] {
            assert!(is_id(id) && !is_sign(id));
        }
        for words in ["Mara", "mara@post.example", "inq_ Mara", "act_1&x=Mara", "~Mara", "~0123456789abcdeg"] {
            assert!(!is_id(words) && !is_sign(words), "{words}");
        }
        assert!(is_sign("~0123456789abcdef01234567"));
        assert_eq!(SearchPlace::Queue.address("~00"), "/queue?status=all&search=~00");
        assert_eq!(SearchPlace::Relations.address(""), "/relations?");
    }
}
