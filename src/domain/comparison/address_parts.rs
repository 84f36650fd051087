//! An address taken apart: flat, house number, street, place, postcode, region, country.
use super::address_fields::Address;
use super::address_words::{
    AddressField, Token, divided, is_id, is_noise, joined, numbered, ordinal, take_where, tight, tokens, unit_at,
};
use super::empty_value::says_nothing;
use super::normal::{Letter, Text};
use super::place::{Region, code, is_region, regions};
use super::postcode::find_postcode;
use super::street::{DesignatorKind, grown, is_short_street_word, is_street_word};
use super::words::starts_with_digit;

/// The parts of an address; a missing part is empty.
#[derive(Debug, Default)]
pub(super) struct AddressParts {
    pub units: Vec<(DesignatorKind, String, Vec<Letter>)>,
    pub house: String,
    pub house_letters: Vec<Letter>,
    pub street: Vec<Token>,
    pub postcode: String,
    pub postcode_letters: Vec<Letter>,
    /// The city, and in a one-line address everything else that names a place.
    pub place: Vec<Token>,
    pub region: Vec<Token>,
    /// The states or provinces that the region can mean.
    pub regions: Vec<Region>,
    pub country: Option<&'static str>,
    /// The country, also when only another field gives it.
    pub within: Option<&'static str>,
    /// Whether a needed part is only given as `Unknown` or the like.
    pub unknown: bool,
    pub line: bool,
}

impl AddressParts {
    pub fn new(address: &Address, raw: &str, text: &Text) -> Self {
        let mut tokens = tokens(address, raw, text);
        let mut parts = Self { line: address.is_line(), ..Self::default() };
        parts.leave_out_unknown(address, &mut tokens);
        parts.country = address.country.and_then(code);
        take_where(&mut tokens, |token| token.field == AddressField::Country);
        if parts.line {
            parts.take_country(&mut tokens);
        }
        parts.within = parts.country.or_else(|| address.within.and_then(code));
        parts.take_postcode(&mut tokens);
        parts.region = take_where(&mut tokens, |token| token.field == AddressField::Region);
        parts.place = take_where(&mut tokens, |token| token.field == AddressField::City);
        parts.take_boxes_and_units(&mut tokens);
        parts.take_street(tokens);
        if parts.line {
            parts.take_region();
        }
        let named = joined(&parts.region);
        parts.regions = regions(&named, parts.within);
        if parts.regions.is_empty() {
            // A region of another country than that of the address: a contradiction.
            parts.regions = regions(&named, None);
        }
        parts
    }

    /// Removes parts that mean “no value”. Without a second line or a postcode, the rest is compared; without street or
    /// city, it is not known where the person lives.
    fn leave_out_unknown(&mut self, address: &Address, tokens: &mut Vec<Token>) {
        let mut start = 0;
        for (field, of) in address.parts() {
            let end = start + of.len();
            if of.len() < 40 && says_nothing(&Text::new(of)) {
                tokens.retain(|token| !token.letters.iter().any(|letter| (start..end).contains(&letter.start)));
                self.unknown |= matches!(field, 0 | 3 | 6);
            }
            start = end + 2;
        }
    }

    /// Whether it says nothing more precise than a place.
    pub fn is_place_only(&self) -> bool {
        self.street.is_empty() && self.house.is_empty() && self.units.is_empty() && self.postcode.is_empty()
    }

    fn take_country(&mut self, tokens: &mut Vec<Token>) {
        let last = tokens.last().map_or(0, |token| token.segment);
        let of_last = tokens
            .iter()
            .filter(|token| token.segment == last)
            .map(|token| token.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        if last > 0 && (!is_region(&of_last) || of_last.len() > 3) {
            self.country = code(&of_last);
            if self.country.is_some() {
                tokens.retain(|token| token.segment != last);
            }
        } else if let Some(token) = tokens.last().filter(|token| tokens.len() > 3 && token.text.chars().count() > 3) {
            // Without commas, only a one-word name of a country is taken for the country.
            self.country = code(&token.text);
            if self.country.is_some() {
                tokens.pop();
            }
        }
    }

    fn take_postcode(&mut self, tokens: &mut Vec<Token>) {
        let given = take_where(tokens, |token| token.field == AddressField::Postcode);
        let found = if given.is_empty() && self.line { find_postcode(tokens) } else { None };
        let taken: Vec<Token> = match found {
            Some((from, to)) => tokens.drain(from..to).collect(),
            None => given,
        };
        self.postcode = taken.iter().map(|token| token.text.as_str()).collect();
        self.postcode_letters = taken.into_iter().flat_map(|token| token.letters).collect();
    }

    fn take_boxes_and_units(&mut self, tokens: &mut Vec<Token>) {
        let mut at = 0;
        while at < tokens.len() {
            let Some((kind, from, number, to)) = unit_at(tokens, at, self.within) else {
                at += 1;
                continue;
            };
            let taken: Vec<Token> = tokens.drain(from..to).collect();
            let first = number - from;
            let text = if first == 0 {
                taken.first().map(|token| numbered(&token.text).to_owned()).unwrap_or_default()
            } else {
                taken.iter().skip(first).enumerate().map(|(at, token)| divided(token, at > 0)).collect()
            };
            self.units.push((kind, text, taken.into_iter().flat_map(|token| token.letters).collect()));
            at = from;
        }
        // A second line of the street that is only a number is a flat.
        let segments: Vec<usize> =
            tokens.iter().filter(|token| token.field == AddressField::Street).map(|token| token.segment).collect();
        if let Some(first) = segments.first() {
            let lone: Vec<usize> = segments
                .iter()
                .copied()
                .filter(|s| s != first && tokens.iter().filter(|t| t.segment == *s).all(|t| is_id(&t.text)))
                .collect();
            let taken = take_where(tokens, |token| lone.contains(&token.segment));
            if !taken.is_empty() {
                let all: Vec<&str> = taken.iter().map(|token| ordinal(&token.text)).collect();
                // 1 and 2 are not 12, and 4 and b are 4b.
                let letters = |text: &&str| text.chars().all(char::is_alphabetic);
                let text = all.join(if all.iter().skip(1).all(letters) { "" } else { " " });
                self.units.push((
                    DesignatorKind::Unit,
                    text,
                    taken.into_iter().flat_map(|token| token.letters).collect(),
                ));
            }
        }
        self.units.sort_by_key(|(kind, ..)| *kind);
    }

    fn take_street(&mut self, mut tokens: Vec<Token>) {
        if self.line {
            let segments = tokens.last().map_or(0, |token| token.segment) + 1;
            let has = |segment: usize, test: &dyn Fn(&Token) -> bool| {
                tokens.iter().any(|token| token.segment == segment && test(token))
            };
            let numbered = (0..segments).find(|s| has(*s, &|token| starts_with_digit(&token.text)));
            let last_of = |segment: usize| {
                tokens.iter().rev().find(|token| token.segment == segment).map(|token| token.text.as_str())
            };
            let short =
                |segment: usize| last_of(segment).is_some_and(|word| is_short_street_word(word) && !is_region(word));
            let named = || (0..segments).find(|s| has(*s, &|token| is_street_word(&token.text)) || short(*s));
            let street = numbered.or_else(named);
            // A house number may be alone before its street, `12, High Street`, or after it, `Calle Mayor, 5`.
            let number = |token: &Token| starts_with_digit(&token.text) || is_noise(&token.text);
            let alone = |s: usize| tokens.iter().filter(|token| token.segment == s).all(number);
            let street = street.map(|s| {
                if alone(s) && (s == 0 || !has(0, &|token| !starts_with_digit(&token.text))) { s + 1 } else { s }
            });
            let boxed = self.units.iter().any(|(kind, ..)| *kind == DesignatorKind::Box);
            let last = street.filter(|_| !boxed || named().is_some());
            self.place = take_where(&mut tokens, |token| last.is_none_or(|last| token.segment > last));
        }
        let before_number = |at: usize| tokens.get(at + 1).is_some_and(|next| starts_with_digit(&next.text));
        let noise: Vec<bool> =
            tokens.iter().enumerate().map(|(at, token)| is_noise(&token.text) && before_number(at)).collect();
        let mut noise = noise.into_iter();
        tokens.retain(|_| !noise.next().unwrap_or_default());
        self.take_house(&mut tokens);
        for token in tokens {
            match grown(&token.letters) {
                Some(at) => {
                    let (name, kind) = token.letters.split_at(at);
                    for letters in [name, kind] {
                        let text = letters.iter().map(|letter| letter.c).collect();
                        self.street.push(Token { letters: letters.to_vec(), text, ..token.clone() });
                    }
                }
                None => self.street.push(token),
            }
        }
    }

    fn take_house(&mut self, tokens: &mut Vec<Token>) {
        let is_number = |token: &Token| starts_with_digit(&token.text) && ordinal(&token.text) == token.text;
        let first = tokens.first().is_some_and(is_number).then_some(0);
        let Some(from) = first.or_else(|| tokens.iter().rposition(is_number)) else { return };
        let mut to = from + 1;
        // Numbers with a hyphen or slash between them are one: 12-14, 4/12, 1-2-3.
        while tokens.get(to).is_some_and(|token| tight(token) && is_id(&token.text)) {
            to += 1;
        }
        let mut from = from;
        while from > 0
            && tokens.get(from).is_some_and(tight)
            && tokens.get(from - 1).is_some_and(|token| is_id(&token.text))
        {
            from -= 1;
        }
        // `50 10 20` is number 10-20 in street 50 of Colombia.
        let number = |at: Option<usize>| at.and_then(|at| tokens.get(at)).is_some_and(is_number);
        if self.within == Some("CO") && to == from + 1 && number(from.checked_sub(1)) && number(from.checked_sub(2)) {
            if let Some(token) = tokens.get_mut(from) {
                token.gap = "-".to_owned();
            }
            from -= 1;
        }
        let letter = |token: &Token| {
            let suffix = matches!(token.text.as_str(), "a" | "b" | "c" | "d" | "f" | "g" | "h");
            (token.text.len() == 1 && token.text.is_ascii() && (suffix || to + 1 == tokens.len()))
                || matches!(token.text.as_str(), "bis" | "ter" | "quater")
        };
        if tokens.get(to).is_some_and(|token| token.segment == tokens[from].segment && letter(token)) {
            to += 1;
        }
        for token in tokens.drain(from..to) {
            let part = divided(&token, !self.house.is_empty());
            self.house.push_str(&part);
            self.house_letters.extend(token.letters);
        }
    }

    /// A state at the end of a line that names a city before it.
    fn take_region(&mut self) {
        for many in 1..=3.min(self.place.len().saturating_sub(1)) {
            let at = self.place.len() - many;
            if is_region(&joined(&self.place[at..])) {
                self.region = self.place.split_off(at);
                return;
            }
        }
    }
}
