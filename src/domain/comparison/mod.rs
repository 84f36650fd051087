//! Compares what an applicant submitted with what a document says: the same, written differently, incomplete, or
//! different.
//!
//! Pure rules on text, independent of all other modules. A green result (`Outcome::agrees`) needs every part of both
//! sides; a part that only one side has makes `Incomplete`, a part that contradicts makes `Differs`. The rules and their
//! sources are in `docs/comparison.md`.
mod address;
mod address_fields;
mod address_parts;
mod address_words;
mod business;
mod contact;
mod countries;
mod date;
mod empty_value;
mod mrz;
mod name;
mod name_rows;
mod name_rules;
mod name_words;
mod normal;
mod number;
mod outcome;
mod place;
mod postcode;
mod search_word;
mod spelling;
mod street;
mod words;

#[cfg(test)]
mod pairs;
#[cfg(test)]
mod properties;

pub use address::address;
pub use address_fields::Address;
pub use business::business;
pub use contact::{email, phone};
pub use date::date;
pub use name::{Name, NameReading};
pub use name_rules::name;
pub use number::{Number, document_number, registration_number};
pub use outcome::{Compared, Lack, Marks, Outcome, Side};
pub use place::{code as country_code, country};
pub use search_word::{PhoneForms, Searched, Spelling, begins_letter, composed, phone_forms};

use normal::Text;
pub(super) use normal::is_hidden;
use outcome::hidden;

/// Compares two free texts, word by word in their order.
pub fn text(a: &str, b: &str) -> Compared {
    let (a, b) = (Text::new(a), Text::new(b));
    let outcome = empty_value::nothing(&a, &b).unwrap_or_else(|| words::sequence(&a, &b));
    Compared::marked(hidden(&a, &b, outcome), &a, &b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Name<'_> {
        Name { given: Some(text), ..Name::default() }
    }

    #[test]
    fn sentences_are_short_and_plain() {
        let of = |a, b| name(&whole(a), &whole(b)).sentence();
        assert_eq!(of("Emma Daniels", "EMMA DANIELS"), "Same");
        assert_eq!(of("Jürgen Müller", "JUERGEN MUELLER"), "Same, written differently: ü as UE");
        assert_eq!(of("Emma", "EMMA DANIELS"), "Incomplete: the submitted data lacks “daniels”");
        assert_eq!(of("Emma Daniels", "EMMA DANIELL"), "Differs");
        assert_eq!(of("毛泽东", "Mao Zedong"), "Not comparable: different scripts, Chinese characters and Latin");
        let doc = Name { family: Some("DANIELS"), ..whole("EMMA") };
        assert_eq!(name(&whole("Emma"), &doc).sentence(), "Incomplete: the submitted data has no family name");
    }

    #[test]
    fn results_survive_a_way_through_json() {
        for (a, b) in [("Emma", "EMMA"), ("Jürgen", "JUERGEN"), ("Emma", "Emma Jane"), ("Emma", "Anna"), ("Emma", "李")]
        {
            let compared = name(&whole(a), &whole(b));
            let json = serde_json::to_string(&compared).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Compared>(&json).ok(), Some(compared));
        }
    }

    #[test]
    fn letters_that_differ_are_marked_in_the_original() {
        let marks = name(&whole("Zoë Daniels"), &whole("ZOE DANIELL")).marks;
        assert_eq!((marks.submitted, marks.document), (vec![11..12; 1], vec![10..11; 1]));
    }
}
