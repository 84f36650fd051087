//! Dates of documents: expired, issued later than given, or not understood.
use crate::domain::evidence::{Signal, Tone};
use crate::domain::inquiry::Field;
use crate::domain::retention::Day;
use crate::domain::time::Timestamp;

/// Signals of dates: expired before it was given, issued after it was submitted, or a date that cannot be read. Persona
/// uses many names for these dates, and each of them counts.
pub(super) fn dated(label: &str, facts: &[Field], given: Timestamp) -> Vec<Signal> {
    let mut all: Vec<Signal> = Vec::new();
    let mut add = |label: String| {
        if all.iter().all(|known| known.label != label) {
            all.push(Signal { tone: Tone::Warn, label });
        }
    };
    let given = Day::of(given);
    let until = || facts.iter().filter(|fact| is_until(&plain_key(&fact.key)));
    let own = until().any(|fact| !fact.key.starts_with(PAGES));
    for fact in until() {
        let printed = printed(fact);
        match day(printed, ("-28", "-12-31")) {
            Some(day) if day < given => add(format!("{label} past its expiry date, {printed}")),
            Some(_) => {}
            // A date read from the pages does not matter if it is also given in a field.
            None if own && fact.key.starts_with(PAGES) => {}
            None => add(format!("{label}: expiry date not understood")),
        }
    }
    for fact in facts.iter().filter(|fact| is_issued(&plain_key(&fact.key))) {
        let printed = printed(fact);
        // In some time zone it is the next day already.
        if day(printed, ("-01", "-01-01")).is_some_and(|day| day > given.plus_days(1)) {
            add(format!("{label} issued after it was submitted, {printed}"));
        }
    }
    all
}

/// Prefix of what was read from the pages of a document. Page and match follow the value.
const PAGES: &str = "read from the pages";

fn printed(fact: &Field) -> &str {
    let value = fact.value.trim();
    if fact.key.starts_with(PAGES) { value.split(", page ").next().unwrap_or(value) } else { value }
}

/// Parses a day. A month alone or a year alone gets the given suffix; of a time, only the day counts.
pub(super) fn day(printed: &str, (month, year): (&str, &str)) -> Option<Day> {
    let digits = printed.bytes().all(|b| b.is_ascii_digit());
    match printed.len() {
        4 if digits => Day::parse(&format!("{printed}{year}")),
        9..=13 if digits => {
            let number = printed.parse::<i64>().ok()?;
            let seconds = if printed.len() > 10 { number / 1000 } else { number };
            Some(Day::of(Timestamp::from_micros(seconds.checked_mul(1_000_000)?)))
        }
        7 => Day::parse(&format!("{printed}{month}")),
        _ => Day::parse(printed.get(..10).unwrap_or(printed)),
    }
}

fn plain_key(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a key is that of an expiry date.
fn is_until(key: &str) -> bool {
    const ENDS: [&str; 8] = ["date", "at", "atts", "on", "day", "expiry", "expires", "until"];
    const UNTIL: [&str; 8] =
        ["validuntildate", "validuntil", "validto", "validtodate", "validthru", "validthrough", "goodthru", "notafter"];
    key.contains("expir") && ENDS.iter().any(|end| key.ends_with(end)) || UNTIL.iter().any(|end| key.ends_with(end))
}

/// Whether a key is that of a date of issue.
fn is_issued(key: &str) -> bool {
    const ISSUED: [&str; 9] = [
        "issuedate",
        "issuedondate",
        "issuingdate",
        "issuancedate",
        "dateofissue",
        "issuedat",
        "issuedon",
        "validfrom",
        "validfromdate",
    ];
    ISSUED.iter().any(|end| key.ends_with(end))
}
