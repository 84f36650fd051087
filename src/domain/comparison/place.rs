//! Countries by code or English name, and regions of countries that write them as codes.
use std::collections::HashMap;
use std::sync::LazyLock;

use super::countries::COUNTRIES;
use super::empty_value::no_country;
use super::normal::{Text, plain_words};
use super::outcome::{Compared, Outcome, hidden};
use super::spelling::bare;

/// Compares two countries, each an alpha-2 or alpha-3 code or a name.
pub fn country(a: &str, b: &str) -> Compared {
    let (x, y) = (Text::new(a), Text::new(b));
    let outcome = match (code(a), code(b)) {
        _ if no_country(a, &x) || no_country(b, &y) => Outcome::not_comparable("no country is named"),
        (Some(m), Some(n)) if m == n => {
            let same = x.letters.iter().map(|l| l.c).eq(y.letters.iter().map(|l| l.c));
            Outcome::written(if same { Vec::new() } else { vec!["country written as a code and as a name".to_owned()] })
        }
        (Some(_), Some(_)) => Outcome::differs(""),
        _ if !x.letters.is_empty() && x.letters.iter().map(|l| l.c).eq(y.letters.iter().map(|l| l.c)) => Outcome::Same,
        _ => Outcome::not_comparable("a country code or name that is not known"),
    };
    Compared::marked(hidden(&x, &y, outcome), &x, &y)
}

/// A country: its codes of two and three letters, its calling code, and its names.
type Country = (&'static str, &'static str, &'static str, &'static str);

static LINES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let country = |line: &'static str| {
        let mut parts = line.splitn(4, ' ');
        Some((parts.next()?, parts.next()?, parts.next()?, parts.next()?))
    };
    COUNTRIES.lines().filter_map(country).collect()
});

/// Two-letter codes by code and by name, in lower case. When a code is a name as well, it counts as the code.
static BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    for (two, three, ..) in LINES.iter() {
        known.entry(two.to_lowercase()).or_insert(*two);
        known.entry(three.to_lowercase()).or_insert(*two);
    }
    for (two, .., names) in LINES.iter() {
        for name in names.split('|') {
            let words = name.split(' ').filter(|word| !matches!(*word, "and" | "The"));
            let key = words.flat_map(letters).filter(|c| c.is_alphanumeric()).collect::<String>();
            known.entry(key).or_insert(*two);
        }
    }
    known
});

/// The alpha-2 code of a country.
pub fn code(raw: &str) -> Option<&'static str> {
    let words = plain_words(raw);
    let key: String = words
        .iter()
        .filter(|word| !matches!(word.as_str(), "and" | "the"))
        .map(|word| if word == "saint" { "st" } else { word })
        .flat_map(str::chars)
        .map(|c| bare(c).unwrap_or(c))
        .collect();
    BY_NAME.get(&key).copied().filter(|_| !key.is_empty())
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().flat_map(char::to_lowercase).map(|c| bare(c).unwrap_or(c))
}

/// The calling code of a country.
pub(super) fn calling_code(raw: &str) -> Option<&'static str> {
    let code = code(raw)?;
    LINES.iter().find(|(two, ..)| *two == code).map(|(_, _, calling, _)| *calling).filter(|calling| *calling != "0")
}

/// The calling code that digits begin with.
pub(super) fn calling_code_of(digits: &str) -> Option<&'static str> {
    LINES
        .iter()
        .map(|(_, _, calling, _)| *calling)
        .filter(|calling| *calling != "0" && digits.starts_with(calling))
        .max_by_key(|calling| calling.len())
}

/// States and provinces as their post offices write them: USPS Publication 28 appendix B, Canada Post Addressing Guidelines,
/// Australia Post addressing guidelines (AS 4590).
const REGIONS: &str = "\
    US al alabama|US ak alaska|US az arizona|US ar arkansas|US ca california|US co colorado|US ct connecticut|US de delaware|\
    US dc district of columbia|US fl florida|US ga georgia|US hi hawaii|US id idaho|US il illinois|US in indiana|US ia iowa|\
    US ks kansas|US ky kentucky|US la louisiana|US me maine|US md maryland|US ma massachusetts|US mi michigan|US mn minnesota|\
    US ms mississippi|US mo missouri|US mt montana|US ne nebraska|US nv nevada|US nh new hampshire|US nj new jersey|\
    US nm new mexico|US ny new york|US nc north carolina|US nd north dakota|US oh ohio|US ok oklahoma|US or oregon|\
    US pa pennsylvania|US ri rhode island|US sc south carolina|US sd south dakota|US tn tennessee|US tx texas|US ut utah|\
    US vt vermont|US va virginia|US wa washington|US wv west virginia|US wi wisconsin|US wy wyoming|US pr puerto rico|\
    CA ab alberta|CA bc british columbia|CA mb manitoba|CA nb new brunswick|CA nl newfoundland and labrador|CA ns nova scotia|\
    CA nt northwest territories|CA nu nunavut|CA on ontario|CA pe prince edward island|CA qc quebec|CA sk saskatchewan|\
    CA yt yukon|\
    AU nsw new south wales|AU vic victoria|AU qld queensland|AU sa south australia|AU wa western australia|AU tas tasmania|\
    AU act australian capital territory|AU nt northern territory|\
    AE az abu dhabi|AE aj ajman|AE fu fujairah|AE sh sharjah|AE du dubai|AE rk ras al khaimah|AE uq umm al quwain";

/// A state or province: its country and its code.
pub(super) type Region = (&'static str, &'static str);

/// The states or provinces that a code or a name in lower case without accents can mean, within a country when that is
/// known: WA is Washington and Western Australia.
pub(super) fn regions(words: &str, country: Option<&str>) -> Vec<Region> {
    static ALL: LazyLock<Vec<(&str, &str, &str)>> = LazyLock::new(|| {
        let region = |entry: &'static str| {
            let mut parts = entry.splitn(3, ' ');
            Some((parts.next()?, parts.next()?, parts.next()?))
        };
        REGIONS.split('|').filter_map(region).collect()
    });
    let words: String = letters(words).collect();
    ALL.iter()
        .filter(|(of, code, name)| (*code == words || *name == words) && country.is_none_or(|country| country == *of))
        .map(|(of, code, _)| (*of, *code))
        .collect()
}

/// Subdivisions of all countries, one country per line: code and names of each (ISO 3166-2; names of the CLDR 48, in
/// English and in the language of the country, and the usual own names of Austria, Brazil, Germany, Italy, Mexico,
/// Spain and Switzerland).
const SUBDIVISIONS: &str = include_str!("subdivisions.tsv");

/// Countries whose codes are all on one level, so that two of them exclude each other; elsewhere, a province is part of
/// a region.
const ONE_LEVEL: &[&str] = &[
    "AR", "AT", "AU", "BR", "CA", "CH", "CO", "DE", "IN", "JP", "KR", "MX", "MY", "NG", "PE", "SE", "TH", "TR", "US",
    "VE", "ZA",
];

/// How two spellings of a region relate to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Regions {
    Same,
    Another,
    /// One of them is not known, or the country is not.
    Open,
}

/// Compares a region's code with a name, `RM` with `Roma`, within a country when that is known.
pub(super) fn same_region(a: &str, b: &str, country: Option<&str>) -> Regions {
    let (of_a, of_b) = (subdivisions(a, country), subdivisions(b, country));
    if of_a.iter().any(|one| of_b.contains(one)) {
        return Regions::Same;
    }
    let kind = |code: &str| code.bytes().all(|b| b.is_ascii_digit());
    let exclude = |country: &str| {
        ONE_LEVEL.contains(&country)
            // Regions of Italy have digits, provinces letters.
            || (country == "IT" && of_a.iter().chain(&of_b).all(|(_, code)| !kind(code)))
    };
    match country {
        Some(country) if !of_a.is_empty() && !of_b.is_empty() && exclude(country) => Regions::Another,
        _ => Regions::Open,
    }
}

/// Subdivisions by their codes, and by their names in lower case without accents, spaces and marks.
struct Subdivisions {
    codes: HashMap<&'static str, Vec<Region>>,
    names: HashMap<String, Vec<Region>>,
}

fn plain(text: &str) -> String {
    letters(text).filter(|c| c.is_alphanumeric()).collect()
}

static KNOWN: LazyLock<Subdivisions> = LazyLock::new(|| {
    let mut known = Subdivisions { codes: HashMap::new(), names: HashMap::new() };
    for (of, entries) in SUBDIVISIONS.lines().filter_map(|line| line.split_once('\t')) {
        for (code, names) in entries.split('\t').filter_map(|entry| entry.split_once(' ')) {
            known.codes.entry(code).or_default().push((of, code));
            for name in names.split('|') {
                known.names.entry(plain(name)).or_default().push((of, code));
            }
        }
    }
    known
});

/// The subdivisions that a code, with or without its country before it, or a name can mean.
fn subdivisions(words: &str, country: Option<&str>) -> Vec<Region> {
    let key = plain(words);
    let of_code = |code: &str| KNOWN.codes.get(code).into_iter().flatten().copied();
    let named = KNOWN.names.get(&key).into_iter().flatten().copied();
    // `de-by`: the code within the country before it.
    let own = key.split_at_checked(2).into_iter();
    let own = own.flat_map(|(of, code)| of_code(code).filter(move |(country, _)| country.eq_ignore_ascii_case(of)));
    let mut found: Vec<Region> = of_code(&key).chain(named).chain(own).collect();
    found.retain(|(of, _)| country.is_none_or(|country| country == *of));
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether words name a state or province.
pub(super) fn is_region(words: &str) -> bool {
    !regions(words, None).is_empty()
}
