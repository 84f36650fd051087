//! The phrases of docs/style.md that are not used: in comments, in texts of the program, in the documents.
use crate::{files, root_files};

/// A phrase as its words in lower case, and what to write instead.
struct Banned {
    words: &'static [&'static str],
    instead: &'static str,
}

const BANNED: &[Banned] = &[
    Banned { words: &["stands"], instead: "is, exists, is listed" },
    Banned { words: &["stood"], instead: "was, existed, was listed" },
    Banned { words: &["is", "told"], instead: "is published, is sent; name who acts" },
    Banned { words: &["are", "told"], instead: "are published, are sent; name who acts" },
    Banned { words: &["told", "of"], instead: "reported, published" },
    Banned { words: &["tells", "of"], instead: "reports, says" },
    Banned { words: &["tell", "of"], instead: "report, say" },
    Banned { words: &["whoever"], instead: "the reviewer who, the client that" },
    Banned { words: &["who", "waits"], instead: "a reviewer who waits, an inquiry that waits" },
    Banned { words: &["anew"], instead: "again" },
    Banned { words: &["once", "more"], instead: "again" },
    Banned { words: &["beside"], instead: "next to, besides, in parallel" },
    Banned { words: &["is", "kept"], instead: "is stored, is saved" },
    Banned { words: &["was", "kept"], instead: "was stored, was saved" },
    Banned { words: &["nobody"], instead: "no reviewer, no one" },
    Banned { words: &["somebody"], instead: "a colleague, the applicant, someone" },
    Banned { words: &["how-manieth"], instead: "number of" },
    Banned { words: &["by", "hand"], instead: "manually" },
];

/// Texts that are written into the log, into evidence or into an export, and are therefore frozen, and the places that
/// compare them. Each is a whole fragment of the line.
const FROZEN: &[&str] = &[
    // Facts and actors of entries.
    "one admin did it: nobody could confirm it",
    "\"Nobody signed in\"",
    "nobody: all rules were taken away",
    "of 100 decisions once more, blind",
    "what Persona is told",
    // Faults that are recorded with the log.
    "a personal value is kept for it",
    "is not the one that stands in it",
    "the log was made anew, or shown to it differently",
    // Evidence that is stored, and labels of signals, which rules of an organisation name.
    "a name stands twice, with different values",
    "nobody has looked again",
    "Account of somebody with another birthdate",
    "that finds nobody",
    "names somebody whose name is not known of the person",
    "acting for somebody else: yes",
];

/// The comments and the string literals of a line that hold more than one word.
fn prose(line: &str, css: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line;
    let opening = if css { "/*" } else { "//" };
    let mut literal = String::new();
    let mut quoted = false;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        if quoted {
            match c {
                '"' if before != '\\' => {
                    quoted = false;
                    found.push(std::mem::take(&mut literal));
                }
                c => literal.push(c),
            }
        } else if rest.starts_with(opening) && before != ':' {
            found.push(rest[opening.len()..].to_owned());
            return found;
        } else if c == '"' && before != '\'' {
            quoted = true;
        }
        before = if before == '\\' && c == '\\' { ' ' } else { c };
        rest = &rest[c.len_utf8()..];
    }
    if quoted {
        found.push(literal);
    }
    found.retain(|text| text.trim().contains(' '));
    found
}

/// Words in lower case, without what is quoted as code.
fn words(text: &str) -> Vec<String> {
    let plain: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" code ");
    let letters = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '’' || c == '\'';
    plain.split(|c| !letters(c)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn banned(text: &str) -> Option<&'static Banned> {
    let words = words(text);
    BANNED.iter().find(|banned| words.windows(banned.words.len()).any(|window| window == banned.words))
}

fn look(name: &str, line: &str, number: usize, text: &str, into: &mut Vec<String>) {
    if FROZEN.iter().any(|frozen| line.contains(frozen)) {
        return;
    }
    if let Some(banned) = banned(text) {
        into.push(format!("{name}:{number}: “{}” → {}: {}", banned.words.join(" "), banned.instead, text.trim()));
    }
}

#[test]
fn comments_and_texts_use_plain_words() {
    let mut found = Vec::new();
    for folder in ["src", "crates", "style"] {
        for (path, text) in files(folder) {
            let name = crate::name_of(&path);
            let css = name.ends_with(".css");
            for (number, line) in text.lines().enumerate() {
                for text in prose(line, css) {
                    look(&name, line, number + 1, &text, &mut found);
                }
            }
        }
    }
    assert!(found.is_empty(), "{} texts with phrases of docs/style.md:\n{}", found.len(), found.join("\n"));
}

#[test]
fn documents_use_plain_words() {
    let mut found = Vec::new();
    // The list of findings quotes what was found, and the style guide what is not used.
    let but = ["docs/findings.md", "docs/style.md"];
    for (name, text) in root_files(&["README.md", "CONTRIBUTING.md", "docs"], "md") {
        if but.contains(&name.as_str()) {
            continue;
        }
        let mut code = false;
        for (number, line) in text.lines().enumerate() {
            code ^= line.trim_start().starts_with("```");
            if !code && !line.starts_with("    ") {
                look(&name, line, number + 1, line, &mut found);
            }
        }
    }
    assert!(found.is_empty(), "{} lines with phrases of docs/style.md:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_check_finds_what_it_is_for() {
    assert!(banned("Where the entry stands in the log").is_some());
    assert!(banned("`stands` is a code").is_none());
    assert!(banned("It is told again").is_some());
    let texts = prose(r#"    let a = "two words"; // "quoted" and a comment"#, false);
    assert_eq!(texts, ["two words", " \"quoted\" and a comment"]);
    assert_eq!(prose(r#"let url = "https://x.test/a b";"#, false), ["https://x.test/a b"]);
}
