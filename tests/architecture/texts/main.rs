//! `make texts`: prints each text that a user can meet, with its place: pages, errors, mails, PDF files, the verifier and
//! the command line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Files whose comments become help texts of the command line.
const HELP: &[&str] = &[
    "src/main.rs",
    "src/commands.rs",
    "src/server/config.rs",
    "src/server/demo.rs",
    "crates/persona-sandbox/src/command.rs",
];

/// The verifier's errors come from tlog.
const PLACES: &[&str] = &["src", "crates/tlog/src", "crates/witness/src"];

/// Folders without texts for users: SQL, and what is sent to Persona.
const SILENT: &[&str] = &["src/server/db/", "src/server/persona/"];

fn files(path: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
    Ok(())
}

/// Unit tests in files of their own, and tables of words that are only compared.
const TESTS: &[&str] = &["/tests.rs", "/pairs.rs", "/properties.rs", "/comparison/date.rs", "/topic/names.rs"];

/// The text of a string literal as a reader sees it; placeholders stay.
fn unquoted(literal: &str) -> Option<String> {
    let raw = literal.strip_prefix('r').map(|rest| rest.trim_matches('#'));
    let inner = raw.unwrap_or(literal).strip_prefix('"')?.strip_suffix('"')?;
    if raw.is_some() {
        return Some(inner.to_owned());
    }
    let mut text = String::new();
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\n')) => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            ('\\', Some('n')) => {
                chars.next();
                text.push(' ');
            }
            ('\\', Some('"' | '\\')) => text.extend(chars.next()),
            _ => text.push(c),
        }
    }
    Some(text)
}

/// Whether this is prose: two words, or one word that begins a label.
fn is_prose(text: &str) -> bool {
    let words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    let label = text.chars().next().is_some_and(char::is_uppercase) && text.chars().skip(1).any(char::is_lowercase);
    let code = ["SELECT ", "UPDATE ", "INSERT ", "default-src", "font-", "--", "; path"]
        .iter()
        .any(|word| text.contains(word));
    let markup = text.starts_with('<') || text.starts_with("M ") || text.starts_with('#');
    (words > 1 || label) && !code && !markup
}

/// Attributes of elements whose values nobody reads.
const UNREAD: &[&str] = &[
    "class",
    "id",
    "name",
    "type",
    "href",
    "action",
    "method",
    "rel",
    "role",
    "autocomplete",
    "style",
    "path",
    "rename_all",
];

fn texts(tokens: TokenStream, into: &mut Vec<(usize, String)>) {
    let mut tokens = tokens.into_iter().peekable();
    // The name before an equals sign, as in `class="row"`.
    let (mut name, mut attribute) = (String::new(), String::new());
    while let Some(token) = tokens.next() {
        let set = std::mem::take(&mut attribute);
        match token {
            TokenTree::Group(group) => texts(group.stream(), into),
            TokenTree::Literal(literal) => {
                let line = literal.span().start().line;
                let read = !UNREAD.contains(&set.as_str());
                let text = unquoted(&literal.to_string()).filter(|text| read && is_prose(text));
                into.extend(text.map(|text| (line, text)));
            }
            TokenTree::Punct(punct) if punct.as_char() == '=' => attribute = std::mem::take(&mut name),
            // Doc comments and other attributes are not for users, except the texts of errors.
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if tokens.peek().is_some_and(|next| next.to_string() == "!") {
                    tokens.next();
                }
                if let Some(TokenTree::Group(group)) = tokens.next_if(|next| matches!(next, TokenTree::Group(_)))
                    && group.stream().to_string().starts_with("error")
                {
                    texts(group.stream(), into);
                }
            }
            TokenTree::Ident(word)
                if word == "mod" && tokens.peek().is_some_and(|next| next.to_string() == "tests") =>
            {
                tokens.next();
                tokens.next();
            }
            TokenTree::Ident(word) => name = word.to_string(),
            TokenTree::Punct(_) => {}
        }
    }
}

fn print() -> Result<usize, String> {
    let mut all = Vec::new();
    for place in PLACES {
        files(&Path::new(ROOT).join(place), &mut all).map_err(|error| format!("{place}: {error}"))?;
    }
    all.push(Path::new(ROOT).join("crates/persona-sandbox/src/command.rs"));
    all.sort();
    let mut count = 0;
    for path in all {
        let name = path.strip_prefix(ROOT).unwrap_or(&path).to_string_lossy().into_owned();
        if SILENT.iter().any(|folder| name.starts_with(folder)) || TESTS.iter().any(|test| name.ends_with(test)) {
            continue;
        }
        let source = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        let mut found = Vec::new();
        texts(TokenStream::from_str(&source).map_err(|error| format!("{name}: {error}"))?, &mut found);
        if HELP.contains(&name.as_str()) {
            let help =
                source.lines().enumerate().filter_map(|(n, line)| Some((n + 1, line.trim().strip_prefix("/// ")?)));
            found.extend(help.map(|(line, text)| (line, text.to_owned())));
        }
        found.sort();
        count += found.len();
        for (line, text) in found {
            println!("{name}:{line}: {text}");
        }
    }
    Ok(count)
}

fn main() -> ExitCode {
    match print() {
        Ok(count) => {
            eprintln!("{count} texts");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
