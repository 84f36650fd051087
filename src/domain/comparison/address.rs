//! Addresses, part by part. One file, because each part adds to the same outcome and marks.
//!
//! Sources: UPU S42 (the parts of an address), USPS Publication 28, Royal Mail, Australia Post (AS 4590: flat before
//! the slash) and ÖNORM A 1080 (door after the slash).
use super::address_fields::Address;
use super::address_parts::AddressParts;
use super::address_words::{Token, joined};
use super::normal::{Letter, Text};
use super::outcome::{Compared, Marks, Outcome, Side, hidden, marks};
use super::place::{Regions, same_region};
use super::postcode::with_country;
use super::street::{DesignatorKind, is_lettered, is_named, word};
use super::words::{Spelled, align, other_script, other_script_of};

/// What has been found so far.
struct Findings {
    outcome: Outcome,
    marks: Marks,
}

impl Findings {
    fn add(&mut self, outcome: Outcome, a: &[Letter], b: &[Letter]) {
        if matches!(outcome, Outcome::Differs { .. }) {
            let more = marks(a, b);
            self.marks.submitted.extend(more.submitted);
            self.marks.document.extend(more.document);
        }
        let old = std::mem::replace(&mut self.outcome, Outcome::Same);
        self.outcome = old.and(outcome);
    }

    /// A part that may be missing on one side.
    fn part(
        &mut self,
        noun: &str,
        a: (&str, &[Letter]),
        b: (&str, &[Letter]),
        compare: impl Fn(&str, &str) -> Outcome,
    ) {
        let outcome = match (a.0.is_empty(), b.0.is_empty()) {
            (true, true) => return,
            (true, false) => Outcome::lacks(Side::Submitted, format!("has no {noun}")),
            (false, true) => Outcome::lacks(Side::Document, format!("has no {noun}")),
            (false, false) if a.0 == b.0 => return,
            (false, false) => compare(a.0, b.0),
        };
        self.add(outcome, a.1, b.1);
    }
}

/// Compares two addresses. Marks refer to `Address::text` of each.
pub fn address(a: &Address, b: &Address) -> Compared {
    let (raw_a, raw_b) = (a.text(), b.text());
    let (text_a, text_b) = (Text::new(&raw_a), Text::new(&raw_b));
    if text_a.letters.is_empty() || text_b.letters.is_empty() {
        return Compared::plain(Outcome::not_comparable("there is no address"));
    }
    if let Some(why) = other_script(&text_a, &text_b) {
        return Compared::plain(Outcome::not_comparable(why));
    }
    let (mut x, mut y) = (AddressParts::new(a, &raw_a, &text_a), AddressParts::new(b, &raw_b, &text_b));
    if with_country(&x.postcode, &y.postcode, x.within.or(y.within)) {
        let short = if x.postcode.len() < y.postcode.len() { &x.postcode } else { &y.postcode };
        let short = short.clone();
        x.postcode.clone_from(&short);
        y.postcode = short;
    }
    if x.is_place_only() || y.is_place_only() {
        return Compared::plain(Outcome::not_comparable("only a place, without street or postcode"));
    }
    let mut found = Findings { outcome: Outcome::Same, marks: Marks::default() };
    if x.unknown || y.unknown {
        found.add(Outcome::not_comparable("a street or city is not known"), &[], &[]);
    }
    let in_one = slash(&x, &y, &mut found);
    if !in_one {
        units(&x, &y, &mut found);
        found.part("house number", (&x.house, &x.house_letters), (&y.house, &y.house_letters), |_, _| {
            Outcome::differs("another house number")
        });
    }
    // In a line without commas, nothing shows where the street ends.
    let country = x.within.or(y.within);
    let open = (x.line && x.place.is_empty()) || (y.line && y.place.is_empty());
    if open {
        let all = |parts: &AddressParts| [parts.street.clone(), parts.place.clone(), parts.region.clone()].concat();
        row(&mut found, "street or place", country, &all(&x), &all(&y), |_| None);
    } else {
        row(&mut found, "street", country, &x.street, &y.street, |_| None);
        places(&mut found, &x, &y, country);
    }
    found.part("postcode", (&x.postcode, &x.postcode_letters), (&y.postcode, &y.postcode_letters), |a, b| {
        postcode(a, b, country)
    });
    let placed =
        |parts: &AddressParts| !parts.place.is_empty() || !parts.region.is_empty() || !parts.postcode.is_empty();
    if !placed(&x) && !placed(&y) {
        found.add(Outcome::lacks(Side::Both, "have neither place nor postcode"), &[], &[]);
    }
    if x.street.is_empty() && y.street.is_empty() && !x.units.iter().any(|(kind, ..)| *kind == DesignatorKind::Box) {
        found.add(Outcome::lacks(Side::Both, "have no street"), &[], &[]);
    }
    // A postcode that agrees leaves no doubt about the country; a city of the same name does.
    let sure = !x.postcode.is_empty() && x.postcode == y.postcode;
    match (x.country, y.country) {
        (None, Some(_)) if !sure => found.add(Outcome::lacks(Side::Submitted, "has no country"), &[], &[]),
        (Some(_), None) if !sure => found.add(Outcome::lacks(Side::Document, "has no country"), &[], &[]),
        (None, Some(_)) | (Some(_), None) => found.add(Outcome::written(vec!["country left out".to_owned()]), &[], &[]),
        _ => {}
    }
    if let (Some(m), Some(n)) = (x.country, y.country)
        && m != n
    {
        found.add(Outcome::differs("another country"), &[], &[]);
    }
    let same = text_a.letters.iter().map(|l| l.c).eq(text_b.letters.iter().map(|l| l.c))
        && text_a.words.len() == text_b.words.len();
    if found.outcome == Outcome::Same && !same {
        found.outcome = Outcome::written(vec!["parts in another form or order".to_owned()]);
    }
    let outcome = hidden(&text_a, &text_b, found.outcome);
    if outcome.agrees() {
        return Compared::plain(outcome);
    }
    for ranges in [&mut found.marks.submitted, &mut found.marks.document] {
        ranges.sort_by_key(|range| (range.start, range.end));
        ranges.dedup_by(|next, last| next.start < last.end);
    }
    Compared { outcome, marks: found.marks }
}

/// Whether one side has a Spanish floor and door in one, `3º B`, and the other has the two apart. Two numbers are not
/// joined: 1 and 2 are not 12.
fn floor_and_door(x: &AddressParts, y: &AddressParts) -> bool {
    let [(DesignatorKind::Unit, door, _), (DesignatorKind::Floor, floor, _)] = x.units.as_slice() else { return false };
    let [(DesignatorKind::Unit, both, _)] = y.units.as_slice() else { return false };
    let letter = door.chars().count() == 1 && door.chars().all(char::is_alphabetic);
    x.within.or(y.within) == Some("ES") && letter && both.strip_suffix(door.as_str()) == Some(floor.as_str())
}

fn units(x: &AddressParts, y: &AddressParts, found: &mut Findings) {
    if floor_and_door(x, y) || floor_and_door(y, x) {
        found.add(Outcome::written(vec!["floor and door written as one".to_owned()]), &[], &[]);
        return;
    }
    for kind in [DesignatorKind::Unit, DesignatorKind::Floor, DesignatorKind::Building, DesignatorKind::Box] {
        let of = |parts: &AddressParts| {
            let all = parts.units.iter().filter(|(of, ..)| *of == kind);
            let (mut text, mut letters) = (String::new(), Vec::new());
            for (_, number, of) in all {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(number);
                letters.extend_from_slice(of);
            }
            (text, letters)
        };
        let (a, b) = (of(x), of(y));
        found.part(kind.noun(), (&a.0, &a.1), (&b.0, &b.1), |_, _| {
            Outcome::differs(&format!("another {}", kind.noun()))
        });
    }
}

/// Compares a flat and a house number in one, `4/12`, with the two apart: which is which depends on the country.
fn slash(x: &AddressParts, y: &AddressParts, found: &mut Findings) -> bool {
    let apart = |parts: &AddressParts| match parts.units.as_slice() {
        [(DesignatorKind::Unit, unit, _)] if !parts.house.contains('/') => Some(unit.clone()),
        _ => None,
    };
    let (joined, other, unit) = if x.house.contains('/') && x.units.is_empty() {
        (x, y, apart(y))
    } else if y.house.contains('/') && y.units.is_empty() {
        (y, x, apart(x))
    } else {
        return false;
    };
    let (Some((left, right)), Some(unit)) = (joined.house.split_once('/'), unit) else { return false };
    let unit_first = left == unit && right == other.house;
    let house_first = left == other.house && right == unit;
    let outcome = match joined.within.or(other.within) {
        Some("AU" | "NZ") if unit_first => Outcome::written(vec!["flat number before the slash".to_owned()]),
        Some("AT" | "PL" | "CZ" | "SK" | "DE" | "CH" | "IT" | "SE" | "FI" | "TR") if house_first => {
            Outcome::written(vec!["flat number after the slash".to_owned()])
        }
        None if unit_first || house_first => {
            Outcome::lacks(Side::Both, "have no country, so the flat number may be before or after the slash")
        }
        _ => return false,
    };
    found.add(outcome, &[], &[]);
    true
}

fn postcode(a: &str, b: &str, country: Option<&str>) -> Outcome {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if long.len() == 9 && short.len() == 5 && digits(long) && long.starts_with(short) {
        return Outcome::written(vec!["ZIP+4".to_owned()]);
    }
    let british = !digits(short) && long.len() == short.len() + 3;
    let elsewhere = match country {
        Some("NL") => digits(short) && (short.len(), long.len()) == (4, 6),
        Some("PT") => digits(long) && (short.len(), long.len()) == (4, 7),
        Some("IE") => !digits(short) && (short.len(), long.len()) == (3, 7),
        _ => false,
    };
    if (british || elsewhere) && long.starts_with(short) {
        let side = if a.len() < b.len() { Side::Submitted } else { Side::Document };
        return Outcome::lacks(side, "has only the first half of the postcode");
    }
    if long.strip_suffix(short).is_some_and(|before| before.bytes().all(|b| b.is_ascii_alphabetic())) {
        let side = if a.len() < b.len() { Side::Submitted } else { Side::Document };
        return Outcome::lacks(side, "lacks the letters before the postcode");
    }
    Outcome::differs("another postcode")
}

fn letters(tokens: &[Token]) -> Vec<Letter> {
    tokens.iter().flat_map(|token| token.letters.iter().copied()).collect()
}

/// Compares two rows of words. `allowed` gives the reason by which further words on only one side are accepted.
fn row(
    found: &mut Findings,
    noun: &str,
    country: Option<&str>,
    a: &[Token],
    b: &[Token],
    allowed: impl Fn(Side) -> Option<String>,
) {
    let (all_a, all_b) = (letters(a), letters(b));
    let lacking = |side: Side, words: &str| match allowed(side) {
        Some(reason) => Outcome::written(vec![reason]),
        None => Outcome::lacks(
            side,
            if words.is_empty() { format!("has no {noun}") } else { format!("lacks “{words}” in the {noun}") },
        ),
    };
    let outcome = match (a.is_empty(), b.is_empty()) {
        (true, true) => return,
        (true, false) => lacking(Side::Submitted, ""),
        (false, true) => lacking(Side::Document, ""),
        (false, false) => {
            let (x, y): (Vec<Spelled>, Vec<Spelled>) = (slices(a), slices(b));
            let named = is_named(&x) && is_named(&y);
            let aligned = align(&x, &y, |x, y| word(x, y, country, named));
            let of = |tokens: &[Token], places: &[usize]| {
                places
                    .iter()
                    .filter_map(|place| tokens.get(*place))
                    .map(|token| token.text.as_str())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            match (aligned.extra_a.is_empty(), aligned.extra_b.is_empty()) {
                (true, true) if is_lettered(&x, &y) => Outcome::lacks(
                    Side::Both,
                    "have a letter and a direction (E and East), which are different streets in some cities",
                ),
                (true, true) => Outcome::written(aligned.reasons),
                (true, false) => lacking(Side::Submitted, &of(b, &aligned.extra_b)),
                (false, true) => lacking(Side::Document, &of(a, &aligned.extra_a)),
                (false, false) => {
                    let words_a: Vec<Spelled> = aligned.extra_a.iter().map(|at| x[*at]).collect();
                    let words_b: Vec<Spelled> = aligned.extra_b.iter().map(|at| y[*at]).collect();
                    // Two streets in different scripts are not comparable, as whole addresses would be.
                    other_script_of(&words_a, &words_b)
                        .map_or_else(|| Outcome::differs(&format!("another {noun}")), Outcome::not_comparable)
                }
            }
        }
    };
    found.add(outcome, &all_a, &all_b);
}

fn slices(tokens: &[Token]) -> Vec<Spelled<'_>> {
    tokens.iter().map(|token| token.letters.as_slice()).collect()
}

/// Whether a region is written as a code: `LA`, `ENG`, `NG-LA`.
fn is_code(region: &[Token]) -> bool {
    region.iter().map(|token| token.text.chars().count()).sum::<usize>() <= 5
        && region.iter().all(|token| token.text.chars().count() <= 3)
}

/// Compares city and region. A postcode that agrees gives the place, so a further word for the place may be missing.
fn places(found: &mut Findings, x: &AddressParts, y: &AddressParts, country: Option<&str>) {
    let sure = !x.postcode.is_empty() && x.postcode == y.postcode;
    let left_out = |what: &'static str| move |_: Side| sure.then(|| format!("{what} left out"));
    let coded = !x.regions.is_empty() && !y.regions.is_empty();
    if coded || (!x.line && !y.line) {
        let both = !x.place.is_empty() && !y.place.is_empty();
        row(
            found,
            "city",
            country,
            &x.place,
            &y.place,
            |side| if both { left_out("part of the place")(side) } else { None },
        );
        if coded {
            let outcome = match x.regions.iter().any(|region| y.regions.contains(region)) {
                true if x.regions.len() == y.regions.len() => return,
                // WA against Washington.
                true => Outcome::lacks(Side::Both, "name a region that exists in two countries"),
                false => Outcome::differs("another region"),
            };
            found.add(outcome, &letters(&x.region), &letters(&y.region));
            return;
        }
        let (a, b) = (joined(&x.region), joined(&y.region));
        if !a.is_empty() && !b.is_empty() && a != b {
            let outcome = match same_region(&a, &b, country) {
                // A code can mean several regions of the world.
                Regions::Same if sure || country.is_some() => {
                    Some(Outcome::written(vec!["region written as a code and as a name".to_owned()]))
                }
                Regions::Another => Some(Outcome::differs("another region")),
                _ if is_code(&x.region) != is_code(&y.region) => {
                    Some(Outcome::lacks(Side::Both, "give the region in different forms"))
                }
                _ => None,
            };
            if let Some(outcome) = outcome {
                found.add(outcome, &letters(&x.region), &letters(&y.region));
                return;
            }
        }
        row(found, "region", country, &x.region, &y.region, left_out("region"));
    } else {
        let all = |parts: &AddressParts| [parts.place.clone(), parts.region.clone()].concat();
        let (a, b) = (all(x), all(y));
        let both = !a.is_empty() && !b.is_empty();
        row(found, "place", country, &a, &b, |side| if both { left_out("part of the place")(side) } else { None });
    }
}
