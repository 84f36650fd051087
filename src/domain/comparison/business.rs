//! Names of businesses.
//!
//! Sources: the Entity Legal Forms code list (ISO 20275, GLEIF, CC0) for forms and their abbreviations; the Company, Limited
//! Liability Partnership and Business (Names and Trading Disclosures) Regulations 2015 (UK), schedule 3, for `&` and `and`, a
//! leading `the`, and punctuation.
use unicode_normalization::UnicodeNormalization;

use super::empty_value::nothing;
use super::normal::{Letter, Text, Word};
use super::outcome::{Compared, Outcome, Side, hidden};
use super::spelling::same_letters;
use super::words::{
    DIVIDED_ELSEWHERE, Spelled, TOGETHER_OR_APART, WordMatch, align, divided_alike, mixed, other_script,
};

/// Legal forms, one per line. `|` separates the spellings of one form, without blanks and points. What several
/// countries share comes first, and the form of each of them after a `/`.
const FORMS: &str = "\
ltd|limited|ltee|limitee
plc|publiclimitedcompany
llc|limitedliabilitycompany
llp|limitedliabilitypartnership
lp|limitedpartnership
inc|incorporated
corp|corporation
co|company
coltd|companylimited|colimited|companyltd
ptyltd|proprietarylimited|ptylimited|proprietaryltd
privatelimited|privateltd/pteltd|ptelimited/pvtltd|pvtlimited
sdnbhd|sendirianberhad
bhd|berhad
gmbh|gesellschaftmitbeschraenkterhaftung|gesellschaftmitbeschrankterhaftung|mbh
gmbhcokg|gmbhcompagniekg
ug|ughaftungsbeschraenkt|ughaftungsbeschrankt|unternehmergesellschaft
ag|aktiengesellschaft
kg|kommanditgesellschaft
ohg|offenehandelsgesellschaft
ev|eingetragenerverein
eg|eingetragenegenossenschaft
se|societaseuropaea
sa/societeanonyme/sociedadanonima/sociedadeanonima/spolkaakcyjna
sadecv|sociedadanonimadecapitalvariable
sarl|societearesponsabilitelimitee
sas/societeparactionssimplifiee/sociedadporaccionessimplificada
sasu|societeparactionssimplifieeunipersonnelle
sci|societecivileimmobiliere
sl|sociedadlimitada|srllimitada
slu|sociedadlimitadaunipersonal
srl/societaaresponsabilitalimitata/societateacuraspunderelimitata|societatecuraspunderelimitata/sociedadderesponsabilidadlimitada
spa|societaperazioni
ltda|limitada
bv|beslotenvennootschap|beslotenvennootschapmetbeperkteaansprakelijkheid
nv|naamlozevennootschap
vof|vennootschaponderfirma
ab|aktiebolag
as/aktieselskab/aksjeselskap/anonimsirketi/akciovaspolecnost
asa|allmennaksjeselskap
aps|anpartsselskab
oy|osakeyhtio
oyj|julkinenosakeyhtio
spzoo|spolkazograniczonaodpowiedzialnoscia|spzograniczonaodpowiedzialnoscia
sro/spolecnostsrucenimomezenym/spolocnostsrucenimobmedzenym
kft|korlatoltfelelossegutarsasag
zrt|zartkoruenmukodoreszvenytarsasag
doo|drustvosogranicenomodgovornoscu
ooo|ооо|обществосограниченнойответственностью
ao|ао|акционерноеобщество|jsc|jointstockcompany
oao|оао|ojsc|openjointstockcompany|открытоеакционерноеобщество
pao|пао|pjsc|publicjointstockcompany|публичноеакционерноеобщество
zao|зао|закрытоеакционерноеобщество
kk|kabushikikaisha|株式会社
pt|perseroanterbatas
cv|commanditairevennootschap
eood|еоод
ead|еад
ltdsti|limitedsirketi";

/// Words in names that are often abbreviated.
const SHORT: &[(&str, &str)] = &[
    ("intl", "international"),
    ("int", "international"),
    ("bros", "brothers"),
    ("mfg", "manufacturing"),
    ("assoc", "associates"),
    ("svcs", "services"),
    ("svc", "service"),
    ("dept", "department"),
    ("natl", "national"),
    ("co", "company"),
    ("corp", "corporation"),
    // British and American spelling.
    ("organisation", "organization"),
    ("centre", "center"),
    ("labour", "labor"),
];

/// The legal form of a firm.
struct Form {
    /// Its line in the table, and the position of its country in that line; 0 is what the countries share.
    line: usize,
    country: usize,
    shown: String,
}

struct Firm {
    words: Vec<Word>,
    form: Option<Form>,
    the: bool,
    /// Whether it contains `and` as a word.
    and: bool,
    /// How often it contains `and` or `&`.
    ands: usize,
}

impl Firm {
    fn new(raw: &str, text: &Text) -> Self {
        let mut words = text.words.clone();
        let is = |word: &Word, list: &[&str]| list.contains(&spelled(&[text.word(word)]).as_str());
        let the = words.len() > 1 && words.first().is_some_and(|word| is(word, &["the"]));
        if the {
            words.remove(0);
        }
        let form = form(text, &mut words);
        let before = words.len();
        words.retain(|word| !is_and(&spelled(&[text.word(word)])) || before == 1);
        let and = before > words.len();
        // An `&` in the legal form, as in `GmbH & Co. KG`, is not part of the name; one before it is.
        let (from, last) = (start(text, words.first()), words.last().map_or(0, |word| end(text, word)));
        let to = text.words.iter().map(|word| start(text, Some(word))).find(|at| *at >= last).unwrap_or(last);
        let signs = raw.get(from..to).map_or(0, |name| name.matches(['&', '＆']).count());
        let ands = before - words.len() + signs;
        Self { words, form, the, and, ands }
    }
}

fn is_and(word: &str) -> bool {
    matches!(word, "and" | "und" | "et" | "og" | "och" | "en")
}

fn start(text: &Text, word: Option<&Word>) -> usize {
    word.and_then(|word| text.word(word).first()).map_or(0, |letter| letter.start)
}

fn end(text: &Text, word: &Word) -> usize {
    text.word(word).last().map_or(0, |letter| letter.end)
}

/// The first sign that the other side lacks at that position. Signs are part of a firm's name: C++ and C# are two
/// firms.
fn other_sign(a: &str, b: &str) -> Option<char> {
    const SIGNS: [char; 7] = ['+', '#', '$', '%', '@', '€', '£'];
    let of = |raw: &str| raw.nfkc().filter(|c| SIGNS.contains(c)).collect::<Vec<char>>();
    let (x, y) = (of(a), of(b));
    let place = (0..x.len().max(y.len())).find(|at| x.get(*at) != y.get(*at))?;
    x.get(place).or_else(|| y.get(place)).copied()
}

fn spelled(words: &[Spelled]) -> String {
    words.iter().flat_map(|word| word.iter()).map(|letter| super::spelling::plain(letter.c)).collect()
}

/// Removes the legal form from the words: the longest one at the end, else at the beginning.
fn form(text: &Text, words: &mut Vec<Word>) -> Option<Form> {
    let known = |some: &[Word]| {
        let letters: Vec<Spelled> = some.iter().map(|word| text.word(word)).collect();
        let shown: Vec<String> = letters.iter().map(|word| spelled(&[word])).collect();
        // `GmbH und Co. KG` is `GmbH & Co. KG`.
        let inside = |at: usize| at > 0 && at + 1 < shown.len();
        let counted = shown.iter().enumerate().filter(|(at, word)| !(inside(*at) && is_and(word)));
        let key = counted.map(|(_, word)| word.as_str()).collect::<String>().replace('ß', "ss");
        let (line, country) = FORMS.lines().enumerate().find_map(|(line, forms)| {
            forms.split('/').position(|one| one.split('|').any(|form| form == key)).map(|country| (line, country))
        })?;
        Some(Form { line, country, shown: shown.join(" ") })
    };
    let most = words.len().saturating_sub(1).min(7);
    for many in (1..=most).rev() {
        let at = words.len() - many;
        if let Some(found) = known(&words[at..]) {
            words.truncate(at);
            return Some(found);
        }
    }
    for many in (1..=most).rev() {
        if let Some(found) = known(&words[..many]) {
            words.drain(..many);
            return Some(found);
        }
    }
    None
}

/// Compares two names of businesses. A further word makes another firm; a missing legal form leaves open which one it is.
pub fn business(a: &str, b: &str) -> Compared {
    let (text_a, text_b) = (Text::new(a), Text::new(b));
    let (x, y) = (Firm::new(a, &text_a), Firm::new(b, &text_b));
    if x.words.is_empty() || y.words.is_empty() {
        return Compared::plain(Outcome::not_comparable("there is no name"));
    }
    if let Some(outcome) = nothing(&text_a, &text_b) {
        return Compared::plain(outcome);
    }
    if let Some(why) = other_script(&text_a, &text_b) {
        return Compared::plain(Outcome::not_comparable(why));
    }
    let outcome = core(&text_a, &x, &text_b, &y);
    let outcome =
        match (&x.form, &y.form) {
            (Some(m), Some(n)) if m.line != n.line => outcome.and(Outcome::differs("another legal form")),
            (Some(m), Some(n)) if m.country != n.country && m.country > 0 && n.country > 0 => {
                outcome.and(Outcome::differs("a legal form of another country"))
            }
            (Some(m), Some(n)) if m.shown != n.shown && outcome.agrees() => {
                outcome.noting("legal form written differently".to_owned())
            }
            (None, Some(form)) => outcome
                .and(Outcome::lacks(Side::Submitted, format!("has no legal form ({})", form.shown.to_uppercase()))),
            (Some(form), None) => outcome
                .and(Outcome::lacks(Side::Document, format!("has no legal form ({})", form.shown.to_uppercase()))),
            _ => outcome,
        };
    let outcome = match other_sign(a, b) {
        Some(sign) => outcome.and(Outcome::differs(&format!("only one side has the sign {sign}"))),
        None if x.ands != y.ands => outcome.and(Outcome::differs("only one side has “and”")),
        None => outcome,
    };
    let outcome = if outcome.agrees() && x.the != y.the {
        outcome.noting("“The” at the beginning left out".to_owned())
    } else {
        outcome
    };
    let outcome = match outcome {
        Outcome::Differs { .. } => {
            mixed(&text_a, &text_b).map_or_else(|| outcome.clone(), |why| outcome.clone().noting(why))
        }
        other => other,
    };
    Compared::marked(hidden(&text_a, &text_b, outcome), &text_a, &text_b)
}

fn core(text_a: &Text, x: &Firm, text_b: &Text, y: &Firm) -> Outcome {
    let words = |text: &'_ Text, firm: &Firm| {
        firm.words.iter().map(|word| text.word(word).to_vec()).collect::<Vec<Vec<Letter>>>()
    };
    let (of_a, of_b) = (words(text_a, x), words(text_b, y));
    let (refs_a, refs_b): (Vec<Spelled>, Vec<Spelled>) =
        (of_a.iter().map(Vec::as_slice).collect(), of_b.iter().map(Vec::as_slice).collect());
    let mut reasons = match same_letters(&refs_a.concat(), &refs_b.concat(), false) {
        Some(mut reasons) if divided_alike(&refs_a, &refs_b) => {
            if x.words.len() != y.words.len() {
                reasons.push(TOGETHER_OR_APART.to_owned());
            }
            reasons
        }
        Some(_) => return Outcome::differs(DIVIDED_ELSEWHERE),
        None => {
            let found = align(&refs_a, &refs_b, word);
            if !found.extra_a.is_empty() || !found.extra_b.is_empty() {
                return Outcome::differs("");
            }
            found.reasons
        }
    };
    let apostrophes = |firm: &Firm| firm.words.iter().filter(|word| word.apostrophe).count();
    if apostrophes(x) != apostrophes(y) {
        reasons.push("apostrophe".to_owned());
    }
    if x.and != y.and {
        reasons.push("“and” written differently".to_owned());
    }
    Outcome::written(reasons)
}

fn word(x: Spelled, y: Spelled) -> WordMatch {
    if let Some(reasons) = same_letters(x, y, false) {
        return WordMatch::Same(reasons);
    }
    let (m, n) = (spelled(&[x]), spelled(&[y]));
    let short = SHORT.iter().any(|(s, l)| (*s == m && *l == n) || (*l == m && *s == n));
    if short { WordMatch::Same(vec!["an abbreviation".to_owned()]) } else { WordMatch::No }
}
