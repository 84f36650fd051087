//! Notes that reviewers write for each other about an inquiry, a case or an account.
use serde::{Deserialize, Serialize};

use super::id::{NoteId, ReviewerId};
use super::time::Timestamp;

/// Longest note, in characters.
pub const LONGEST: usize = 5000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub id: NoteId,
    pub author_id: ReviewerId,
    pub author_name: String,
    pub body: String,
    /// Never included in a file that leaves the desk.
    pub restricted: bool,
    pub at: Timestamp,
    pub struck_at: Option<Timestamp>,
}

/// A note that mentions the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    pub note: Note,
    /// `inquiry`, `case` or `account`.
    pub kind: String,
    pub subject: String,
    /// Name of the person, business or case.
    pub name: Option<String>,
    pub read_at: Option<Timestamp>,
}

/// The reviewers that a note mentions: `@Maya Okafor`, or the part of an e-mail address before the @.
pub fn mentioned<'a>(
    body: &str,
    everybody: impl IntoIterator<Item = (&'a ReviewerId, &'a str, &'a str)>,
) -> Vec<ReviewerId> {
    let folded = body.to_lowercase();
    everybody
        .into_iter()
        .filter(|(_, name, email)| {
            let short = email.split('@').next().unwrap_or_default();
            [*name, short].iter().any(|called| {
                let called = format!("@{}", called.to_lowercase());
                called.len() > 2
                    && folded.match_indices(&called).any(|(at, _)| {
                        let after = folded[at + called.len()..].chars().next();
                        after.is_none_or(|next| !next.is_alphanumeric())
                    })
            })
        })
        .map(|(id, ..)| *id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn who_is_called_by_name_or_address_is_mentioned() {
        let (maya, jo) = (ReviewerId(Uuid::from_u128(1)), ReviewerId(Uuid::from_u128(2)));
        let all = [(&maya, "Maya Okafor", "maya@desk.example"), (&jo, "Jo", "jo@desk.example")];
        assert_eq!(mentioned("ask @Maya Okafor, she knows", all), vec![maya]);
        assert_eq!(mentioned("@maya and @JO: look", all), vec![maya, jo]);
        assert_eq!(mentioned("@john @mayas maya@desk.example", all), vec![]);
    }
}
