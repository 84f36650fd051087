//! Countries by code or English name, and regions of countries that write them as codes.
use super::countries::COUNTRIES;
use super::normal::{Text, plain_words};
use super::spelling::bare;
use super::{Compared, Outcome, hidden};

/// Compares two countries, each an alpha-2 or alpha-3 code or a name.
pub fn country(a: &str, b: &str) -> Compared {
    let (x, y) = (Text::new(a), Text::new(b));
    let outcome = match (code(a), code(b)) {
        (Some(m), Some(n)) if m == n => {
            let same = x.letters.iter().map(|l| l.c).eq(y.letters.iter().map(|l| l.c));
            Outcome::written(if same { Vec::new() } else { vec!["the same country by code and name".to_owned()] })
        }
        (Some(_), Some(_)) => Outcome::differs(""),
        _ if !x.letters.is_empty() && x.letters.iter().map(|l| l.c).eq(y.letters.iter().map(|l| l.c)) => Outcome::Same,
        _ => Outcome::not_comparable("a country that is not known by this code or name"),
    };
    Compared::marked(hidden(&x, &y, outcome), &x, &y)
}

fn lines() -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
    COUNTRIES.lines().filter_map(|line| {
        let mut parts = line.splitn(4, ' ');
        Some((parts.next()?, parts.next()?, parts.next()?, parts.next()?))
    })
}

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
    if key.is_empty() {
        return None;
    }
    let same = |name: &str| {
        let words = name.split(' ').filter(|word| !matches!(*word, "and" | "The"));
        key.chars().eq(words.flat_map(letters).filter(|c| c.is_alphanumeric()))
    };
    let by_code = lines().find(|(two, three, ..)| two.eq_ignore_ascii_case(&key) || three.eq_ignore_ascii_case(&key));
    let by_name = || lines().find(|(.., names)| names.split('|').any(same));
    by_code.or_else(by_name).map(|(two, ..)| two)
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().flat_map(char::to_lowercase).map(|c| bare(c).unwrap_or(c))
}

/// The calling code of a country.
pub(super) fn calling_code(raw: &str) -> Option<&'static str> {
    let code = code(raw)?;
    lines().find(|(two, ..)| *two == code).map(|(_, _, calling, _)| calling).filter(|calling| *calling != "0")
}

/// The calling code that digits begin with.
pub(super) fn calling_code_of(digits: &str) -> Option<&'static str> {
    lines()
        .map(|(_, _, calling, _)| calling)
        .filter(|calling| *calling != "0" && digits.starts_with(calling))
        .max_by_key(|calling| calling.len())
}

/// States and provinces as their post offices write them: USPS Publication 28 appendix B, Canada Post Addressing Guidelines,
/// Australia Post addressing guidelines (AS 4590).
const REGIONS: &str = "al alabama|ak alaska|az arizona|ar arkansas|ca california|co colorado|ct connecticut|de delaware|\
    dc district of columbia|fl florida|ga georgia|hi hawaii|id idaho|il illinois|in indiana|ia iowa|ks kansas|ky kentucky|\
    la louisiana|me maine|md maryland|ma massachusetts|mi michigan|mn minnesota|ms mississippi|mo missouri|mt montana|\
    ne nebraska|nv nevada|nh new hampshire|nj new jersey|nm new mexico|ny new york|nc north carolina|nd north dakota|oh ohio|\
    ok oklahoma|or oregon|pa pennsylvania|ri rhode island|sc south carolina|sd south dakota|tn tennessee|tx texas|ut utah|\
    vt vermont|va virginia|wa washington|wv west virginia|wi wisconsin|wy wyoming|pr puerto rico|\
    ab alberta|bc british columbia|mb manitoba|nb new brunswick|nl newfoundland and labrador|ns nova scotia|\
    nt northwest territories|nu nunavut|on ontario|pe prince edward island|qc quebec|sk saskatchewan|yt yukon|\
    nsw new south wales|vic victoria|qld queensland|sa south australia|wa western australia|tas tasmania|\
    act australian capital territory|nt northern territory";

/// The code of a state or province, from its code or name in small letters without accents.
pub(super) fn region(words: &str) -> Option<&'static str> {
    let words: String = letters(words).collect();
    REGIONS
        .split('|')
        .filter_map(|entry| entry.split_once(' '))
        .find(|(code, name)| *code == words || *name == words)
        .map(|(code, _)| code)
}
