//! Compares dates by value, in the notations of forms and documents.
//!
//! Sources: ISO 8601; ICAO Doc 9303 part 3, 3.8 and 4.8 (`12 APR/AVR 91`, `YYMMDD`, unknown parts as 00, XX or fillers); CLDR for
//! the order of the parts and for month names.
use super::normal::{Text, plain_words};
use super::outcome::{Compared, Outcome, Side, hidden};

/// One reading of a date. An unknown part is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    year: u32,
    /// The year has only two digits.
    short: bool,
    month: Option<u32>,
    day: Option<u32>,
}

/// Months in English, German, French, Spanish, Italian, Portuguese, Dutch, Nordic languages, Polish, Indonesian, Turkish and
/// Russian. A word is a month when it begins exactly one month's names, with three letters or more.
/// `Listopad` is October in Croatian and November in Polish and Czech, `lip` June or July: without the language neither counts.
const MONTHS: [&str; 12] = [
    "january januar janvier enero gennaio janeiro januari jaenner janner styczen stycznia ocak январь января",
    "february februar fevrier febrero febbraio fevereiro februari feber luty lutego subat февраль февраля",
    "march maerz marz mars marzo marco maart marts marzec marca maret mart март марта",
    "april avril abril aprile kwiecien kwietnia nisan апрель апреля",
    "may mai mayo maggio maio mei maj maja mayis май мая",
    "june juni juin junio giugno junho czerwiec czerwca haziran июнь июня",
    "july juli juillet julio luglio julho lipiec lipca temmuz июль июля",
    "august aout agosto augustus sierpien sierpnia agustus agustos август августа",
    "september septembre septiembre settembre setembro wrzesien wrzesnia eylul сентябрь сентября",
    "october oktober octobre octubre ottobre outubro pazdziernik pazdziernika ekim октябрь октября",
    "november novembre noviembre novembro nopember kasim ноябрь ноября",
    "december dezember decembre diciembre dicembre dezembro desember grudzien grudnia aralik декабрь декабря",
];

fn month(word: &str) -> Option<u32> {
    // Turkish has an i without a dot, and a capital one with a dot.
    let plain = |c| if c == 'ı' { 'i' } else { super::spelling::bare(c).unwrap_or(c) };
    let bare: String = word.chars().filter(|c| *c != '\u{307}').map(plain).collect();
    if bare.chars().count() < 3 || bare == "lip" {
        return None;
    }
    let mut fits = (1..).zip(MONTHS).filter(|(_, names)| names.split(' ').any(|name| name.starts_with(&bare)));
    let first = fits.next()?.0;
    fits.next().is_none().then_some(first)
}

/// Splits digits and letters: `12APR1991`.
fn pieces(raw: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in plain_words(&raw.replace("<<", "xx").replace('<', " ")) {
        let mut last = None;
        for c in word.chars() {
            let kind = c.is_ascii_digit();
            match all.last_mut() {
                Some(piece) if last == Some(kind) => piece.push(c),
                _ => all.push(c.to_string()),
            }
            last = Some(kind);
        }
    }
    // Ordinals, `de` and the time of a time stamp say nothing about the day.
    let noise = ["st", "nd", "rd", "th", "de", "of", "den", "del", "er", "г", "года"];
    all.retain(|piece| !noise.contains(&piece.as_str()));
    if all.len() > 3 && all.get(3).is_some_and(|piece| piece == "t") {
        all.truncate(3);
    }
    all
}

/// `YYMMDD` of a machine-readable zone with fillers for what is unknown: `91<<<<`.
fn of_a_zone(raw: &str) -> Option<Date> {
    let fits = raw.len() == 6
        && raw.contains('<')
        && !raw.starts_with('<')
        && raw.bytes().all(|b| b == b'<' || b.is_ascii_digit());
    let part = |from: usize| raw.get(from..from + 2).map(|part| part.replace("<<", "00"));
    if fits { of(&part(0)?, Digits(&part(2)?), &part(4)?) } else { None }
}

/// The readings of a date: none when it is not a date, several when the order of its parts is unclear.
fn readings(raw: &str) -> Vec<Date> {
    if let Some(date) = of_a_zone(raw.trim()) {
        return vec![date];
    }
    let pieces = pieces(raw);
    let names: Vec<u32> = pieces.iter().filter_map(|piece| month(piece)).collect();
    let numbers: Vec<&str> = pieces.iter().map(String::as_str).filter(|piece| number(piece).is_some()).collect();
    if names.windows(2).any(|two| two[0] != two[1]) || names.len() + numbers.len() != pieces.len() {
        return Vec::new();
    }
    let all: Vec<Option<Date>> = match (names.first(), numbers.as_slice()) {
        (Some(name), [day, year]) if day.len() <= 2 => vec![of(year, Known(*name), day)],
        (Some(name), [year, day]) => vec![of(year, Known(*name), day)],
        (Some(name), [year]) if year.len() == 4 => vec![of(year, Known(*name), "00")],
        (None, [year, month, day]) if year.len() == 4 => vec![of(year, Digits(month), day)],
        (None, [first, second, year]) if year.len() == 4 || raw.contains('.') => {
            let day_first = of(year, Digits(second), first);
            // With dots, the day comes first wherever the year comes last.
            if raw.contains('.') { vec![day_first] } else { vec![day_first, of(year, Digits(first), second)] }
        }
        (None, [first, second, third]) => {
            vec![of(third, Digits(second), first), of(third, Digits(first), second), of(first, Digits(second), third)]
        }
        (None, [year, month]) if year.len() == 4 && month.len() <= 2 => vec![of(year, Digits(month), "00")],
        (None, [month, year]) if year.len() == 4 && month.len() <= 2 => vec![of(year, Digits(month), "00")],
        (None, [year]) if year.len() == 4 => vec![of(year, Digits("00"), "00")],
        (None, [whole]) if whole.is_ascii() && (whole.len() == 8 || whole.len() == 6) => {
            let (head, tail) = (whole.len() - 4, whole.len() - 2);
            vec![of(&whole[..head], Digits(&whole[head..tail]), &whole[tail..])]
        }
        _ => Vec::new(),
    };
    let all: Vec<Date> = all.into_iter().flatten().collect();
    let valid: Vec<Date> = all.iter().copied().filter(|date| date.exists()).collect();
    let mut all = if valid.is_empty() { all.into_iter().take(1).collect() } else { valid };
    all.dedup();
    all
}

use Month::{Digits, Known};

enum Month<'a> {
    Known(u32),
    Digits(&'a str),
}

/// A number, or nothing where it is unknown: `00`, `XX`.
fn number(piece: &str) -> Option<Option<u32>> {
    if piece.len() <= 8 && piece.bytes().all(|b| b.is_ascii_digit()) {
        return Some(piece.parse().ok().filter(|n| *n > 0));
    }
    (piece == "xx" || piece == "xxxx").then_some(None)
}

fn of(year: &str, month: Month, day: &str) -> Option<Date> {
    let month = match month {
        Known(month) => Some(month),
        Digits(digits) => number(digits)?,
    };
    let short = year.len() <= 2;
    let year = number(year)?.or(short.then_some(0))?;
    Some(Date { year, short, month, day: number(day)? })
}

impl Date {
    fn exists(self) -> bool {
        let Some(month) = self.month else { return self.day.is_none_or(|day| day <= 31) };
        let leap = self.short
            || (self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400)));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => 0,
        };
        days > 0 && self.day.is_none_or(|day| day <= days)
    }

    fn same_year(self, other: Self) -> bool {
        if self.short || other.short { self.year % 100 == other.year % 100 } else { self.year == other.year }
    }

    /// Whether the year is hardly that of a living person in the Gregorian calendar: Buddhist, Hijri, Minguo calendars.
    fn of_another_calendar(self) -> bool {
        !self.short && !(1800..=2200).contains(&self.year)
    }

    /// Whether the year is the first or the last that a field can hold, which means “no date”.
    fn says_nothing(self) -> bool {
        !self.short && (self.year <= 1 || self.year >= 9999)
    }

    fn compare(self, other: Self) -> Outcome {
        if self.says_nothing() || other.says_nothing() {
            return Outcome::not_comparable("the first or last date of a calendar means “no date”");
        }
        if self.of_another_calendar() != other.of_another_calendar() {
            return Outcome::not_comparable("a year may be of another calendar");
        }
        let open = |x: Option<u32>, y: Option<u32>| x.is_none() || y.is_none() || x == y;
        if !self.same_year(other) || !open(self.month, other.month) || !open(self.day, other.day) {
            // Which day was meant by the 30th of February is not known.
            let exist = self.exists() && other.exists();
            if !exist && self.same_year(other) && self.month.is_some() && self.month == other.month {
                return Outcome::not_comparable("a date that does not exist");
            }
            let swapped = self.same_year(other) && self.month == other.day && self.day == other.month;
            return Outcome::differs(if swapped { "day and month are swapped" } else { "" });
        }
        if !self.exists() || !other.exists() {
            return Outcome::not_comparable("a date that does not exist");
        }
        let mut outcome = Outcome::Same;
        for (x, y, what) in [(self.month, other.month, "has no month"), (self.day, other.day, "has no day")] {
            match (x, y) {
                (None, None) => outcome = outcome.and(Outcome::lacks(Side::Both, what.replace("has", "have"))),
                (None, _) => outcome = outcome.and(Outcome::lacks(Side::Submitted, what)),
                (_, None) => outcome = outcome.and(Outcome::lacks(Side::Document, what)),
                _ => {}
            }
        }
        if self.short != other.short {
            let side = if self.short { Side::Submitted } else { Side::Document };
            outcome = outcome.and(Outcome::lacks(side, "has a two-digit year"));
        }
        outcome
    }
}

/// Compares two dates by value. A day and month that may be swapped are never green.
pub fn date(a: &str, b: &str) -> Compared {
    let (text_a, text_b) = (Text::new(a), Text::new(b));
    let (of_a, of_b) = (readings(a), readings(b));
    let alike = |x: &Text, y: &Text| {
        x.letters.iter().map(|l| l.c).eq(y.letters.iter().map(|l| l.c)) && x.words.len() == y.words.len()
    };
    let outcome = match (of_a.as_slice(), of_b.as_slice()) {
        ([], _) | (_, []) => Outcome::not_comparable("not a date that can be read"),
        ([x], [y]) => match x.compare(*y) {
            Outcome::Same if !alike(&text_a, &text_b) => Outcome::written(vec!["date in another form".to_owned()]),
            outcome => outcome,
        },
        _ if alike(&text_a, &text_b) => Outcome::Same,
        _ => {
            let best = of_a.iter().flat_map(|x| of_b.iter().map(|y| x.compare(*y))).max_by_key(Outcome::rank);
            match best {
                Some(Outcome::Differs { .. }) | None => Outcome::differs(""),
                Some(other @ Outcome::NotComparable { .. }) => other,
                Some(_) => {
                    let side = match (of_a.len() > 1, of_b.len() > 1) {
                        (true, true) => Side::Both,
                        (true, false) => Side::Submitted,
                        _ => Side::Document,
                    };
                    Outcome::lacks(side, "may have day and month in either order")
                }
            }
        }
    };
    Compared::marked(hidden(&text_a, &text_b, outcome), &text_a, &text_b)
}
