//! Names: each file is named by words of docs/glossary.md, and a type name means one thing.
use std::collections::{BTreeMap, BTreeSet};

use crate::{files, name_of, root_files};

/// Names that every module may define for itself.
const IDIOMS: [&str; 2] = ["Row", "Error"];

/// Words of file names that are terms of Rust, of the web or of this repository's layout.
const OF_THE_TRADE: &str = "access account app api audit body browser case check client codec commands config count countries date db desk domain \
    document evidence export field files http id index inquiry keys leptos lib link log main mod mrz name normal number page password pages parts \
    picture pdf persona process properties query router rules run search server session sessions sql sync table tests text time title topic ui \
    usecase verify view zip";

#[test]
fn a_type_name_means_one_thing() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in files("src") {
        let name = name_of(&path);
        if !name.ends_with(".rs") {
            continue;
        }
        let code = &text[..text.find("\nmod tests {").unwrap_or(text.len())];
        for line in code.lines() {
            let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub"));
            let kind = words.next().unwrap_or_default();
            if !["struct", "enum", "trait", "type"].contains(&kind) {
                continue;
            }
            let named: String = words.next().unwrap_or_default().chars().take_while(|c| c.is_alphanumeric()).collect();
            let associated = line.starts_with(' ') && kind == "type";
            if !associated && named.chars().next().is_some_and(char::is_uppercase) && !IDIOMS.contains(&named.as_str())
            {
                found.entry(named).or_default().insert(name.clone());
            }
        }
    }
    let shared: Vec<String> = found
        .iter()
        .filter(|(_, files)| files.len() > 1)
        .map(|(name, files)| format!("{name}: {}", files.iter().cloned().collect::<Vec<_>>().join(", ")))
        .collect();
    assert!(shared.is_empty(), "type names in several modules: name what is new differently\n{}", shared.join("\n"));
}

#[test]
fn files_are_named_by_the_glossary() {
    let (_, glossary) = root_files(&["docs/glossary.md"], "md").remove(0);
    let letters = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase).filter(|word| !word.is_empty()).collect()
    };
    let mut known = letters(OF_THE_TRADE);
    // The first column of each table holds the words.
    for row in glossary.lines().filter(|line| line.starts_with("| ")) {
        known.extend(letters(row.split('|').nth(1).unwrap_or_default()));
    }
    let mut unlisted = Vec::new();
    for (path, _) in files("src") {
        let name = name_of(&path);
        if !name.ends_with(".rs") {
            continue;
        }
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let singular = |word: &str| word.strip_suffix("es").or(word.strip_suffix('s')).map(str::to_owned);
        let listed = |word: &str| {
            known.contains(word)
                || word.strip_suffix("ies").is_some_and(|stem| known.contains(&format!("{stem}y")))
                || word.strip_suffix('s').is_some_and(|one| known.contains(one))
                || singular(word).is_some_and(|one| known.contains(&one))
        };
        if !stem.split('_').all(listed) {
            unlisted.push(name);
        }
    }
    let what = "files whose names the glossary does not have: add the noun there first, or rename the file";
    assert!(unlisted.is_empty(), "{what}\n{}", unlisted.join("\n"));
}
