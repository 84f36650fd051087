//! The terms that an inquiry is found by, and what a typed search means. Names are found by the beginnings of their
//! words in any spelling; masked values only as a whole.
use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::comparison::{Searched, Spelling, begins_letter, composed, phone_forms};

/// Longest word that is stored for searching, in characters. A longer one is found by its beginning.
const LONGEST_WORD: usize = 64;
/// Maximum number of words by which one name is found. No person and no firm has as many. A form with thousands of
/// words is found by the first ones, and does not slow others down.
const MOST_WORDS: usize = 4000;
/// Number of letters of a word that are beginnings of their own, in scripts that write names without spaces.
const MOST_BEGINNINGS: usize = 24;

/// One condition on the terms of an inquiry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Term {
    Is(String),
    Begins(String),
}

fn word_term(word: &str) -> String {
    format!("word:{}", word.chars().take(LONGEST_WORD).collect::<String>())
}

/// The term of an id or reference: one word, whatever it contains.
pub fn id_term(id: &str) -> String {
    word_term(&id.to_lowercase())
}

/// Number of neighbouring words that may be written as one: `van der Berg` and one to spare.
const TOGETHER: usize = 4;
/// A typed name has no more words than this.
const MOST_TYPED: usize = 5;
/// A name whose words are written together has no more words than this.
const MOST_TOGETHER: usize = 12;

/// Removes the numbers of hidden characters from a name as it is shown, `Rob[U+00AD]ert`: the comparison drops such
/// characters.
fn unmarked(name: &str) -> String {
    let mut parts = name.split("[U+");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((number, rest)) if number.len() >= 4 && number.bytes().all(|b| b.is_ascii_hexdigit()) => {
                plain.push_str(rest);
            }
            _ => {
                plain.push_str("[U+");
                plain.push_str(part);
            }
        }
    }
    plain
}

/// Neighbouring words joined into one: position of the first, number of words, and the joined word.
fn runs(words: &[Searched], how: Spelling) -> Vec<(usize, usize, String)> {
    if words.len() > MOST_TOGETHER {
        return Vec::new();
    }
    let run = |from: usize, many: usize| -> Option<(usize, usize, String)> {
        let all = words.get(from..from + many)?;
        Some((from, many, all.iter().map(|word| word.whole(how)).collect()))
    };
    (2..=TOGETHER).flat_map(|many| (0..words.len()).filter_map(move |from| run(from, many))).collect()
}

/// Every word by whose beginning a name is found.
pub fn name_terms(name: &str) -> BTreeSet<String> {
    let mut words = Searched::all(&unmarked(name));
    words.truncate(MOST_WORDS);
    let mut found = BTreeSet::new();
    for how in [Spelling::Plain, Spelling::Zone] {
        let mut add = |word: &str| {
            if !word.is_empty() {
                found.insert(word_term(word));
                // A search for Müller also finds MUELLER.
                found.extend(without_zone_spelling(word).map(|word| word_term(&word)));
            }
        };
        for word in &words {
            add(&word.whole(how));
            word.parts(how).iter().for_each(|part| add(part));
        }
        joined(&words, how).iter().for_each(|word| add(word));
        // Mc Carthy is found as McCarthy, and van der Berg as Vanderberg.
        runs(&words, how).iter().for_each(|(_, _, word)| add(word));
        // The whole name as one word, too: 山田太郎 is 山田 太郎.
        let run: String = words.iter().filter(|word| word.runs_on()).map(|word| word.whole(how)).collect();
        for (at, c) in run.char_indices().take(MOST_BEGINNINGS) {
            if begins_letter(c) {
                add(run.get(at..).unwrap_or_default());
            }
        }
    }
    found
}

/// The word with plain letters for what a machine-readable zone writes for ä, ö, ü and å (ae, oe, ue, aa).
fn without_zone_spelling(word: &str) -> Option<String> {
    let mut plain = word.to_owned();
    for (zone, letter) in [("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a")] {
        plain = plain.replace(zone, letter);
    }
    (plain != word).then_some(plain)
}

/// Words with hyphens between them, joined: Anne-Marie is ANNEMARIE in a machine-readable zone.
fn joined(words: &[Searched], how: Spelling) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut run = String::new();
    let mut several = false;
    for word in words {
        if word.hyphen {
            several = true;
        } else {
            if several {
                all.push(run);
            }
            (run, several) = (String::new(), false);
        }
        run.push_str(&word.whole(how));
    }
    if several {
        all.push(run);
    }
    all
}

/// Prefix of the digest of a masked value. The database stores the digest under a key.
pub const WHOLE: &str = "whole:";

/// The digest of a masked value: found by those who know the whole value, and readable by no one.
fn secret(kind: &str, value: &str) -> String {
    let digest = Sha256::digest(format!("{kind}:{value}"));
    format!("{WHOLE}{}", hex::encode(digest.get(..16).unwrap_or_default()))
}

/// The term of an e-mail address, also from a mail header or a link.
pub fn email_term(text: &str) -> Option<String> {
    let text = composed(text).trim().to_lowercase();
    let inside = text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inside, _)| inside);
    let address = inside.unwrap_or(&text).trim().trim_start_matches("mailto:");
    address.contains('@').then(|| secret("email", address))
}

/// Every form under which a phone number is found. `country` is where the person lives.
pub fn phone_terms(text: &str, country: Option<&str>) -> Vec<String> {
    let Some(forms) = phone_forms(text, country) else { return Vec::new() };
    let national = forms.national.trim_start_matches('0');
    let mut all = vec![secret("phone", national)];
    all.extend(forms.international.as_deref().map(|number| secret("phone", number)));
    if !forms.written {
        all.push(secret("phone without country", national));
    }
    all
}

/// What a typed phone number can mean; empty if it is not one.
fn phone_ways(text: &str) -> Vec<String> {
    let text = composed(text);
    let text = text.trim().trim_start_matches("tel:");
    let sign = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-().‐‑–/".contains(c);
    if !text.chars().all(sign) || text.chars().filter(char::is_ascii_digit).count() < 6 {
        return Vec::new();
    }
    let Some(forms) = phone_forms(text, None) else { return Vec::new() };
    let national = forms.national.trim_start_matches('0');
    match forms.international {
        // Another country's number with the same digits is another number.
        Some(number) => vec![secret("phone", &number), secret("phone without country", national)],
        None => vec![secret("phone", national)],
    }
}

pub fn document_term(text: &str) -> Option<String> {
    let plain: String = composed(text).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    (plain.len() >= 4).then(|| secret("document", &plain))
}

fn id_like(word: &str) -> bool {
    word.contains('_') || word.chars().any(|c| c.is_ascii_digit())
}

/// The id of an inquiry, case or account in an address copied from Persona's dashboard or from the desk.
pub fn pasted(text: &str) -> Option<&str> {
    const KINDS: [&str; 3] = ["inq_", "case_", "act_"];
    if !text.contains('/') {
        return None;
    }
    let token = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-');
    text.split(token).rfind(|part| KINDS.iter().any(|kind| part.len() > kind.len() && part.starts_with(kind)))
}

/// The ways to understand a typed search, the narrowest first.
pub fn understood(search: &str) -> Vec<Vec<Term>> {
    let search = search.trim();
    let mut ways: Vec<Vec<Term>> = Vec::new();
    let mut add = |way: Vec<Term>| {
        if !way.is_empty() && !ways.contains(&way) {
            ways.push(way);
        }
    };
    if let Some(id) = pasted(search) {
        add(vec![Term::Is(id_term(id))]);
    }
    let whole = email_term(search).into_iter().chain(phone_ways(search)).chain(document_term(search));
    whole.for_each(|term| add(vec![Term::Is(term)]));
    let begins = |words: Vec<String>| -> Vec<Term> {
        words.iter().filter(|word| !word.is_empty()).map(|word| Term::Begins(word_term(word))).collect()
    };
    if search.split_whitespace().any(id_like) {
        let mut way = Vec::new();
        for word in search.split_whitespace() {
            if id_like(word) {
                way.push(Term::Begins(id_term(word)));
            } else {
                way.extend(begins(Searched::all(word).iter().map(|word| word.whole(Spelling::Plain)).collect()));
            }
        }
        add(way);
    }
    let words = Searched::all(search);
    for how in [Spelling::Plain, Spelling::Zone] {
        add(begins(words.iter().map(|word| word.whole(how)).collect()));
        add(begins(words.iter().flat_map(|word| word.parts(how)).collect()));
        // A name that was entered without its hyphens.
        if words.iter().any(|word| word.hyphen) {
            let mut one: Vec<String> = Vec::new();
            for word in &words {
                match one.last_mut() {
                    Some(last) if word.hyphen => last.push_str(&word.whole(how)),
                    _ => one.push(word.whole(how)),
                }
            }
            add(begins(one));
        }
        // Or with its words written together; each way is a query, so only for as many words as a name has.
        let together = if words.len() <= MOST_TYPED { runs(&words, how) } else { Vec::new() };
        for (from, many, run) in together {
            let whole = |part: &[Searched]| part.iter().map(|word| word.whole(how)).collect::<Vec<_>>();
            let (before, after) = (words.get(..from), words.get(from + many..));
            let one = [whole(before.unwrap_or_default()), vec![run], whole(after.unwrap_or_default())].concat();
            add(begins(one));
        }
        // Or without its spaces, in scripts that have none.
        if words.len() > 1 && words.iter().all(Searched::runs_on) {
            add(begins(vec![words.iter().map(|word| word.whole(how)).collect()]));
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(search: &str, name: &str) -> bool {
        let terms = name_terms(name);
        understood(search).iter().any(|way| {
            way.iter().all(|term| match term {
                Term::Is(text) => terms.contains(text),
                Term::Begins(text) => terms.iter().any(|term| term.starts_with(text)),
            })
        })
    }

    #[test]
    fn a_name_is_found_as_it_is_compared() {
        for (search, name) in [
            ("robert", "Rob\u{ad}ert Smith"),
            ("robert", "Rob[U+00AD]ert Smith"),
            ("zwjanna", "zwj[U+200B]anna"),
            ("anna", "An[U+E0041]na"),
            ("mc carthy", "Joe McCarthy"),
            ("mccarthy", "Joe Mc Carthy"),
            ("joe mc carthy", "Joe McCarthy"),
            ("joe mccarthy", "Joe Mc Carthy"),
            ("van der berg", "Willem Vanderberg"),
            ("vanderberg", "Willem van der Berg"),
            ("willem van der berg", "Willem Vanderberg"),
            ("فاطمه", "فاطمة حسن"),
            ("فاطمة", "فاطمه حسن"),
            ("ali", "Əli Məmmədov"),
            ("eli", "Əli Məmmədov"),
            ("Əli", "ALI MAMMADOV"),
        ] {
            assert!(finds(search, name), "{search} finds {name}");
        }
        for (search, name) in [("mc donald", "Joe McCarthy"), ("annab", "Anna Smith"), ("erbert", "Rob Ert")] {
            assert!(!finds(search, name), "{search} does not find {name}");
        }
        assert_eq!(unmarked("a [U+] [U+zz12] [U+00AD"), "a [U+] [U+zz12] [U+00AD");
    }
}
