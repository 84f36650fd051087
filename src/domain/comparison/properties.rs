//! Properties of the comparison of any two values, tested on generated values: always the same ones, from a fixed seed.
//! One file, because the tests draw their values from one generator and the same lists.
use super::*;
use unicode_normalization::UnicodeNormalization;

/// A generator of numbers (Marsaglia's xorshift), so that every run tests the same values.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.next(all.len())]
    }

    /// Any text: naughty pieces, letters of many scripts, controls.
    fn text(&mut self) -> String {
        let pieces = self.next(6);
        (0..pieces)
            .map(|_| match self.next(3) {
                0 => self.pick(NAUGHTY).to_owned(),
                1 => self.pick(GIVEN).to_owned(),
                _ => (0..self.next(5)).filter_map(|_| char::from_u32(self.next(0x30000) as u32)).collect(),
            })
            .collect()
    }
}

const GIVEN: &[&str] = &[
    "Emma",
    "José",
    "Jürgen",
    "Anne-Marie",
    "Søren",
    "İpek",
    "Иван",
    "राम",
    "محمد",
    "Mary Ann",
    "J.",
    "李",
    "민수",
    "Þór",
    "Ελένη",
];
const MIDDLE: &[&str] = &["Jane", "Петрович", "Q.", "Rose", "van", "Łukasz"];
const FAMILY: &[&str] = &[
    "Daniels",
    "O'Connor",
    "Müller",
    "van der Berg",
    "García Márquez",
    "Сидоров",
    "शर्मा",
    "al-Rashid",
    "Weiß",
    "Å",
    "Kim",
];
const CITIES: &[&str] = &["Leeds", "Sankt Gallen", "Saint Louis", "København", "São Paulo", "Frankfurt am Main"];
const STREETS: &[&str] = &[
    "12 High Street",
    "Hauptstraße 5",
    "4/12 Station Rd",
    "Calle Mayor 5",
    "10 5th Ave",
    "Rose Cottage, Mill Lane",
    "PO Box 5",
];
/// In the manner of the Big List of Naughty Strings.
const NAUGHTY: &[&str] = &[
    "",
    " ",
    "\0",
    "undefined",
    "<script>",
    "<<",
    "<<<<",
    "'",
    "''''",
    "-",
    "--",
    ",",
    ", ,",
    "#",
    "/",
    "#/#",
    "@",
    "@@",
    "\u{202e}",
    "\u{feff}",
    "\u{200d}",
    "\u{300}",
    "\u{300}\u{301}\u{302}",
    "🇬🇧",
    "👩‍👩‍👧",
    "ﷺ",
    "ﬃ",
    "½",
    "１２３",
    "٣",
    "\u{1100}\u{1161}\u{11a8}",
    "\u{11a8}",
    "ﾞ",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻",
    "İ",
    "ı",
    "ß",
    "ẞ",
    "ŉ",
    "\u{e0041}",
    "00000000",
    "99999999999999999999999",
    "1991-04-12",
    "+",
    "+0",
    "00",
    "(0)",
    "12 APR",
    "Flat",
    "Flat 4",
    "Unit #",
    "LS1 4AP",
    "Ltd",
    "GmbH & Co. KG",
    "DE",
    "D",
    "P.O. Box",
    "3rd floor",
    "a/b/c",
    "1/2/3",
    "\u{fdfa}",
    "\u{115f}",
    "𝕁𝕠𝕤𝕖",
    "ÅÅ",
    "ü",
    "ue",
    "\r\n\t",
];

fn all(a: &str, b: &str) -> Vec<Compared> {
    let name_of = |text| Name { given: Some(text), ..Name::default() };
    let line = |text| Address { line: Some(text), ..Address::default() };
    let street = |text| Address { street_1: Some(text), city: Some("Leeds"), ..Address::default() };
    let number = |text| Number { number: text, class: Some("pp"), country: Some("GB") };
    let family = |text| Name { given: Some("Emma"), family: Some(text), native: Some(text), ..Name::default() };
    vec![
        name(&name_of(a), &name_of(b)),
        name(&family(a), &family(b)),
        name(&name_of(a), &family(b)),
        address(&line(a), &line(b)),
        address(&street(a), &street(b)),
        address(&line(a), &street(b)),
        document_number(&number(a), &number(b)),
        registration_number(&number(a), &number(b)),
        date(a, b),
        phone(a, b, Some("GB")),
        email(a, b),
        country(a, b),
        business(a, b),
        text(a, b),
    ]
}

fn flipped(outcome: &Outcome) -> Outcome {
    let Outcome::Incomplete { lacks } = outcome else { return outcome.clone() };
    let flip = |side| match side {
        Side::Submitted => Side::Document,
        Side::Document => Side::Submitted,
        Side::Both => Side::Both,
    };
    Outcome::Incomplete {
        lacks: lacks.iter().map(|lack| Lack { side: flip(lack.side), what: lack.what.clone() }).collect(),
    }
}

#[test]
fn nothing_panics_and_ranges_fit() {
    let mut numbers = Numbers(42);
    for _ in 0..1000 {
        let (a, b) = (numbers.text(), numbers.text());
        for compared in all(&a, &b) {
            assert!(!compared.sentence().is_empty());
            if compared.agrees() {
                assert_eq!(compared.marks, Marks::default());
            }
        }
        let (x, y) = (
            Name { given: Some(&a), family: Some(&b), ..Name::default() },
            Name { given: Some(&b), family: Some(&a), ..Name::default() },
        );
        let compared = name(&x, &y);
        for (ranges, whole) in [(&compared.marks.submitted, x.text()), (&compared.marks.document, y.text())] {
            assert!(
                ranges.iter().all(|range| whole.get(range.clone()).is_some_and(|part| !part.is_empty())),
                "{whole:?} {ranges:?}"
            );
            assert!(ranges.windows(2).all(|two| two[0].end <= two[1].start));
        }
        let compared = text(&a, &b);
        for (ranges, whole) in [(&compared.marks.submitted, &a), (&compared.marks.document, &b)] {
            assert!(ranges.iter().all(|range| whole.get(range.clone()).is_some()));
        }
        let (x, y) =
            (Address { line: Some(&a), ..Address::default() }, Address { line: Some(&b), ..Address::default() });
        let compared = address(&x, &y);
        for (ranges, whole) in [(&compared.marks.submitted, x.text()), (&compared.marks.document, y.text())] {
            assert!(ranges.iter().all(|range| whole.get(range.clone()).is_some()), "{whole:?} {ranges:?}");
            assert!(ranges.windows(2).all(|two| two[0].end <= two[1].start), "{whole:?} {ranges:?}");
        }
    }
}

#[test]
fn the_order_of_the_two_sides_does_not_matter() {
    let mut numbers = Numbers(7);
    for _ in 0..1000 {
        let (a, b) = (numbers.text(), numbers.text());
        // Without the two that compare one way of writing with another.
        for (_, (there, back)) in all(&a, &b).iter().zip(all(&b, &a)).enumerate().filter(|(at, _)| ![2, 5].contains(at))
        {
            assert_eq!(
                there.outcome.rank(),
                back.outcome.rank(),
                "{a:?} ~ {b:?}: {} / {}",
                there.sentence(),
                back.sentence()
            );
        }
    }
    for (a, b) in [("Emma", "Emma Daniels"), ("J. Smith", "John Smith"), ("Jürgen", "Juergen")] {
        let of = |text| Name { given: Some(text), ..Name::default() };
        let (there, back) = (name(&of(a), &of(b)), name(&of(b), &of(a)));
        assert_eq!(flipped(&there.outcome), back.outcome);
        assert_eq!(there.marks.submitted, back.marks.document);
    }
}

#[test]
fn a_name_is_the_same_as_itself_in_any_form_and_case() {
    let mut numbers = Numbers(11);
    for _ in 0..2000 {
        let (given, family) = (numbers.pick(GIVEN), numbers.pick(FAMILY));
        let there = Name { given: Some(given), family: Some(family), ..Name::default() };
        let forms: [fn(&str) -> String; 5] = [
            |t| t.nfc().collect(),
            |t| t.nfd().collect(),
            |t| t.nfkc().collect(),
            |t| t.nfkd().collect(),
            |t| t.to_uppercase(),
        ];
        for form in forms {
            let (g, f) = (form(given), form(family));
            let compared = name(&there, &Name { given: Some(&g), family: Some(&f), ..Name::default() });
            assert!(compared.agrees(), "{given} {family} ~ {g} {f}: {}", compared.sentence());
        }
    }
}

#[test]
fn forms_and_case_do_not_change_an_outcome() {
    let mut numbers = Numbers(13);
    for _ in 0..2000 {
        let (a, b) = (numbers.pick(GIVEN), numbers.pick(GIVEN));
        let (c, d) = (numbers.pick(FAMILY), numbers.pick(FAMILY));
        let rank = |a: &str, c: &str| {
            let (x, y) = (
                Name { given: Some(a), family: Some(c), ..Name::default() },
                Name { given: Some(b), family: Some(d), ..Name::default() },
            );
            name(&x, &y).outcome.rank()
        };
        let first = rank(a, c);
        let nfd = |t: &str| t.nfd().collect::<String>();
        assert_eq!(first, rank(&nfd(a), &nfd(c)), "{a} {c} ~ {b} {d}");
        assert_eq!(first, rank(&nfd(&a.nfkd().collect::<String>()), &nfd(c)));
    }
}

#[test]
fn one_more_agreeing_part_of_a_name_never_lowers_the_result() {
    let mut numbers = Numbers(17);
    for _ in 0..3000 {
        let (ga, gb) = (numbers.pick(GIVEN), numbers.pick(GIVEN));
        let (fa, fb) = (numbers.pick(FAMILY), numbers.pick(FAMILY));
        let middle = numbers.pick(MIDDLE);
        let a = Name { given: Some(ga), family: Some(fa), ..Name::default() };
        let b = Name { given: Some(gb), family: Some(fb), ..Name::default() };
        let before = name(&a, &b).outcome;
        let after = name(&Name { middle: Some(middle), ..a }, &Name { middle: Some(middle), ..b }).outcome;
        // Two scripts side by side cannot be compared; a part in one of them makes both comparable.
        let comparable = !matches!(before, Outcome::NotComparable { .. });
        assert!(
            !comparable || after.rank() >= before.rank(),
            "{a:?} {b:?} + {middle}: {} → {}",
            before.sentence(),
            after.sentence()
        );
        let alone =
            name(&Name { given: Some(ga), ..Name::default() }, &Name { given: Some(gb), ..Name::default() }).outcome;
        let family = name(&a, &Name { family: Some(fa), ..b }).outcome;
        let comparable = !matches!(alone, Outcome::NotComparable { .. });
        assert!(
            !comparable || family.rank() >= alone.rank(),
            "{ga} {gb} + {fa}: {} → {}",
            alone.sentence(),
            family.sentence()
        );
    }
}

#[test]
fn one_more_contradicting_part_of_a_name_never_raises_the_result() {
    let mut numbers = Numbers(19);
    for _ in 0..3000 {
        let (ga, gb) = (numbers.pick(GIVEN), numbers.pick(GIVEN));
        let (fa, fb) = (numbers.pick(FAMILY), numbers.pick(FAMILY));
        let a = Name { given: Some(ga), family: Some(fa), ..Name::default() };
        let b = Name { given: Some(gb), family: Some(fb), ..Name::default() };
        let before = name(&a, &b).outcome;
        let after = name(&Name { middle: Some("Xanthippe"), ..a }, &Name { middle: Some("Zygmunt"), ..b }).outcome;
        let comparable = !matches!(before, Outcome::NotComparable { .. });
        assert!(
            !comparable || after.rank() <= before.rank(),
            "{a:?} {b:?}: {} → {}",
            before.sentence(),
            after.sentence()
        );
        assert!(!after.agrees());
    }
}

#[test]
fn parts_of_an_address_move_the_result_the_same_way() {
    let mut numbers = Numbers(23);
    for _ in 0..1000 {
        let (sa, sb) = (numbers.pick(STREETS), numbers.pick(STREETS));
        let (ca, cb) = (numbers.pick(CITIES), numbers.pick(CITIES));
        let a = Address { street_1: Some(sa), city: Some(ca), ..Address::default() };
        let b = Address { street_1: Some(sb), city: Some(cb), ..Address::default() };
        let before = address(&a, &b).outcome;
        let with = |a: Address, b: Address| address(&a, &b).outcome;
        let agreeing = [
            with(Address { postal_code: Some("LS1 4AP"), ..a }, Address { postal_code: Some("ls14ap"), ..b }),
            with(Address { street_2: Some("Flat 4"), ..a }, Address { street_2: Some("Apt 4"), ..b }),
            with(Address { subdivision: Some("Oregon"), ..a }, Address { subdivision: Some("OR"), ..b }),
        ];
        for after in agreeing {
            // The same in other words is no worse than the same.
            let floor = before.rank().min(3);
            assert!(after.rank() >= floor, "{a:?} {b:?}: {} → {}", before.sentence(), after.sentence());
        }
        let contradicting = [
            with(Address { postal_code: Some("LS1 4AP"), ..a }, Address { postal_code: Some("LS1 4AQ"), ..b }),
            with(Address { street_2: Some("Flat 4"), ..a }, Address { street_2: Some("Flat 5"), ..b }),
            with(Address { country: Some("GB"), ..a }, Address { country: Some("FR"), ..b }),
        ];
        for after in contradicting {
            assert_eq!(after.rank(), 0, "{a:?} {b:?}: {}", after.sentence());
        }
    }
}

#[test]
fn marks_ignore_case_and_equal_spellings() {
    let of = |text| Name { given: Some(text), ..Name::default() };
    assert_eq!(name(&of("Sinead O'Connor"), &of("SINEAD OCONNOR")).marks, Marks::default());
    let there = name(&of("Jürgen Müller"), &of("JUERGEN MUELLNER"));
    assert!(there.marks.submitted.is_empty());
    assert_eq!(there.marks.document, vec![13..14]);
}

#[test]
fn a_lost_letter_is_never_green() {
    let mut numbers = Numbers(29);
    for _ in 0..500 {
        let (one, other) = (numbers.text(), numbers.text());
        let lost = format!("{one}\u{fffd}{other}");
        for with in [&lost, &one, &format!("{one}{other}")] {
            for compared in all(&lost, with).into_iter().chain(all(with, &lost)) {
                assert!(!compared.agrees(), "{lost:?} ~ {with:?}: {}", compared.sentence());
            }
        }
    }
}

#[test]
fn what_stands_for_no_value_is_never_green() {
    let mut numbers = Numbers(31);
    let none =
        ["Unknown", "N/A", "n.a.", "[REDACTED]", "0", "000000000", "XXX", "xxxxxxxx", "not available", "not known"];
    for word in none {
        for other in none.into_iter().map(str::to_owned).chain((0..50).map(|_| numbers.text())) {
            for compared in all(word, &other).into_iter().chain(all(&other, word)) {
                assert!(!compared.agrees(), "{word:?} ~ {other:?}: {}", compared.sentence());
            }
        }
        // And another contradiction is still reported.
        let of = |family| Name { given: Some(word), family: Some(family), ..Name::default() };
        assert_eq!(name(&of("Smith"), &of("Jones")).outcome.rank(), 0, "{word}");
        let address_in = |code| Address { street_1: Some(word), postal_code: Some(code), ..Address::default() };
        assert!(!address(&address_in("LS1 4AB"), &address_in("LS1 4AB")).agrees(), "{word}");
        assert_eq!(address(&address_in("LS1 4AB"), &address_in("YO1 4AB")).outcome.rank(), 0, "{word}");
    }
}
