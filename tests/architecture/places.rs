//! The places that the documents name: each path exists, and each `a::b` is in the code.
use std::path::Path;

use crate::{files, root_files};

/// The text between backquotes outside blocks of code.
fn quoted(text: &str) -> Vec<(usize, String)> {
    let (mut found, mut block) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate() {
        block ^= line.trim_start().starts_with("```");
        if !block {
            found.extend(line.split('`').skip(1).step_by(2).map(|word| (number + 1, word.to_owned())));
        }
    }
    found
}

/// A path from the root of the repository, and not a pattern or an example.
fn is_path(word: &str) -> bool {
    const ROOTS: [&str; 12] = [
        "src/",
        "crates/",
        "tests/",
        "docs/",
        "style/",
        "migrations/",
        "end2end/",
        "benches/",
        "scripts/",
        "xtask/",
        ".ci/",
        "public/",
    ];
    let plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    ROOTS.iter().any(|root| word.starts_with(root)) && word.chars().all(plain)
}

/// A name of this crate, such as `server::app::App`: its parts.
fn name(word: &str) -> Option<Vec<&str>> {
    const ROOMS: [&str; 4] = ["server", "domain", "api", "ui"];
    let word = word.trim_end_matches("()").trim_start_matches("crate::");
    let parts: Vec<&str> = word.split("::").collect();
    let plain = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    (parts.len() > 1 && ROOMS.contains(&parts[0]) && parts.iter().all(plain)).then_some(parts)
}

/// The source of the deepest module that a name leads to, and the rest of the name.
fn source<'a>(parts: &'a [&'a str]) -> Option<(String, &'a [&'a str])> {
    let root = Path::new(crate::ROOT).join("src");
    (1..=parts.len()).rev().find_map(|n| {
        let module = parts[..n].iter().fold(root.clone(), |path, part| path.join(part));
        let file = [module.with_extension("rs"), module.join("mod.rs")].into_iter().find(|file| file.is_file())?;
        Some((std::fs::read_to_string(file).unwrap(), &parts[n..]))
    })
}

/// Whether a source defines a name: as an item, or as a field, a variant or an entry of a list.
fn defines(text: &str, name: &str) -> bool {
    const ITEMS: [&str; 9] = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod", "macro_rules!"];
    let starts = |rest: &str| {
        rest.strip_prefix(name).is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    text.lines().map(str::trim_start).filter(|line| !line.starts_with("//")).any(|line| {
        let item = ITEMS.iter().any(|item| line.split(&format!("{item} ")).skip(1).any(starts));
        let bare = line.trim_start_matches("pub ");
        let member = starts(bare) && bare[name.len()..].starts_with(['(', '{', ',', ':', ' ', '!']);
        item || member
    })
}

#[test]
fn what_the_documents_name_exists() {
    let root = Path::new(crate::ROOT);
    let places = ["README.md", "CONTRIBUTING.md", "docs"];
    // Findings name files as they were when they were found; decision records as they were when it was decided.
    let past = |name: &str| name == "docs/findings.md" || name.starts_with("docs/decisions/");
    let all: String = files("src").into_iter().map(|(_, text)| text).collect();
    let (mut wrong, mut looked) = (Vec::new(), 0);
    for (document, text) in root_files(&places, "md").into_iter().filter(|(name, _)| !past(name)) {
        for (line, word) in quoted(&text) {
            if is_path(&word) {
                looked += 1;
                if !root.join(&word).exists() {
                    wrong.push(format!("{document}:{line}: {word} does not exist"));
                }
            } else if let Some(parts) = name(&word) {
                looked += 1;
                let there = source(&parts).is_some_and(|(text, rest)| {
                    // A module can export a type that another file defines, with its methods.
                    let exported = text.contains("pub use ") && rest.first().is_some_and(|name| text.contains(name));
                    rest.iter().all(|part| defines(&text, part) || exported && defines(&all, part))
                });
                if !there {
                    wrong.push(format!("{document}:{line}: {word} is not in the code"));
                }
            }
        }
    }
    assert!(looked > 20, "only {looked} places are named");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
