//! Checks the rules of docs/architecture.md, section 2, by reading the source.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

mod cycles;
mod names;
mod places;
mod style;

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn files(folder: &str) -> Vec<(PathBuf, String)> {
    fn walk(path: &Path, into: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "css") {
                let text = fs::read_to_string(&path).unwrap();
                into.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(ROOT).join(folder), &mut found);
    assert!(!found.is_empty(), "{folder} is empty");
    found
}

/// Path of a file relative to the root of the repository, with slashes.
fn name_of(path: &Path) -> String {
    path.strip_prefix(ROOT).unwrap().to_string_lossy().replace('\\', "/")
}

/// Files with this extension, by path, in these files and folders; missing ones are left out.
fn root_files(places: &[&str], ending: &str) -> Vec<(String, String)> {
    fn walk(path: &Path, ending: &str, into: &mut Vec<(String, String)>) {
        if path.is_dir() {
            let mut entries: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
            entries.sort();
            entries.iter().for_each(|path| walk(path, ending, into));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            into.push((name_of(path), fs::read_to_string(path).unwrap()));
        }
    }
    let mut found = Vec::new();
    for place in places {
        let path = Path::new(ROOT).join(place);
        if path.exists() {
            walk(&path, ending, &mut found);
        }
    }
    found
}

/// The text without comments, so that a word in a sentence does not count as a use.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn nobody_in(folder: &str, but: &[&str], says: &[&str], because: &str) {
    for (path, text) in files(folder) {
        let name = path.strip_prefix(ROOT).unwrap().to_string_lossy().replace('\\', "/");
        if but.iter().any(|allowed| name.starts_with(allowed)) {
            continue;
        }
        for word in says {
            assert!(!code(&text).contains(word), "{name} says {word}: {because}");
        }
    }
}

#[test]
fn domain_uses_no_framework_and_nothing_of_ours() {
    let outside = [
        "crate::api",
        "crate::server",
        "crate::ui",
        "crate::sandbox",
        "leptos",
        "axum",
        "tokio",
        "sqlx",
        "reqwest",
        "web_sys",
    ];
    nobody_in("src/domain", &[], &outside, "facts and rules run anywhere and touch nothing");
}

#[test]
fn ui_never_names_the_server() {
    nobody_in("src/ui", &[], &["crate::server", "crate::sandbox", "sqlx", "axum"], "data comes through api");
}

#[test]
fn what_leptos_does_wrong_is_used_in_one_place() {
    nobody_in(
        "src/ui",
        &["src/ui/parts/title.rs"],
        &["leptos_meta::Title", "leptos_meta::{Title"],
        "it writes titles unescaped",
    );
    nobody_in("src/ui", &[], &["use_query_map"], "it decodes the query twice: ui/query.rs does it once");
}

#[test]
fn api_names_the_server_only_inside_bodies() {
    for (path, text) in files("src/api") {
        for line in code(&text).lines() {
            let outside_a_body = !line.starts_with(' ');
            assert!(!(outside_a_body && line.contains("crate::server")), "{}: {line}", path.display());
        }
    }
}

#[test]
fn sql_stands_in_one_folder_and_http_calls_in_another() {
    // The database's error type may pass through, but only server/db names it.
    nobody_in("src", &["src/server/db/"], &["sqlx::"], "all SQL stands in server/db");
    nobody_in(
        "src",
        &["src/server/persona/", "src/server/checkpoint_target/"],
        &["reqwest::"],
        "only server/persona calls Persona, and server/checkpoint_target the targets of checkpoints",
    );
    nobody_in(
        "src",
        &["src/server/db/audit_scan.rs", "src/server/db/reader.rs"],
        &["rusqlite::"],
        "it reads SQLite's rows in place",
    );
}

#[test]
fn settings_are_read_in_one_place() {
    nobody_in(
        "src",
        &["src/server/config.rs"],
        &["std::env::", "env::var"],
        "every setting stands in server/config.rs",
    );
}

#[test]
fn only_use_cases_begin_transactions_and_append_to_the_log() {
    nobody_in(
        "src/server",
        &["src/server/usecase/", "src/server/app.rs", "src/server/db/"],
        &[".begin(", ".write(|tx|", ".write(move |tx|", "audit::append"],
        "only usecase begins transactions",
    );
}

#[test]
fn requests_do_not_call_persona() {
    // What is known without a call. Pictures go through while a page waits for them: they are stored nowhere.
    const KNOWN: [&str; 5] = ["health", "relation_keys", "environment", "webhook_secrets", "api_key"];
    let calling = ["src/server/jobs/", "src/server/persona/", "src/server/http/document.rs", "src/server/run.rs"];
    for (path, text) in files("src/server").into_iter().chain(files("src/api")) {
        let name = name_of(&path);
        if calling.iter().any(|place| name.starts_with(place)) {
            continue;
        }
        let code = code(&text);
        for (at, found) in code.match_indices(".persona.") {
            let called = &code[at + found.len()..];
            assert!(
                KNOWN.iter().any(|known| called.starts_with(known)),
                "{name}: jobs call Persona: {}",
                &called[..20]
            );
        }
    }
}

#[test]
fn one_line_keeps_the_server_out_of_the_browser() {
    let count: usize = files("src").iter().map(|(_, text)| code(text).matches("feature = \"ssr\"").count()).sum();
    assert_eq!(count, 1, "that of the server, in lib.rs");
}

#[test]
fn every_route_states_who_may() {
    let (_, app) = files("src/ui").into_iter().find(|(path, _)| path.ends_with("ui/app.rs")).unwrap();
    // Only the component that requires an access uses Leptos' own Route.
    assert_eq!(code(&app).matches("<Route ").count(), 1);
    assert!(code(&app).contains("P: Guarded"), "a page without an access is no route");
    nobody_in("src/ui/pages", &[], &["<Route ", "<ParentRoute "], "routes stand in ui/app.rs");
    for (path, text) in files("src/api") {
        let functions = code(&text).matches("#[server(").count();
        let guards = code(&text).matches("crate::server::http::guard::").count();
        assert_eq!(functions, guards, "{}: each server function begins with the guard", path.display());
    }
}

#[test]
fn server_functions_that_change_something_take_forms_and_never_get() {
    nobody_in("src/api", &[], &["GetUrl", "GetCbor"], "a GET changes nothing");
}

#[test]
fn no_page_writes_the_path_of_an_endpoint() {
    nobody_in("src/ui", &[], &["\"/api/"], "the server function has it: `Decide::PATH`");
}

#[test]
fn raw_colours_stand_in_the_tokens_only() {
    nobody_in("style", &["style/tokens.css"], &[": #", "rgb(", "hsl("], "colours come from tokens");
}

#[test]
fn styles_have_the_places_of_what_they_style() {
    let (ui, styles) = (files("src/ui"), root_css());
    for style in &styles {
        let place = style.trim_end_matches(".css");
        let ends = [format!("{place}.rs"), format!("{place}/mod.rs")];
        let found = ui.iter().any(|(path, _)| ends.iter().any(|end| name_of(path) == format!("src/ui/{end}")));
        assert!(found, "style/{style} styles nothing of src/ui");
    }
    assert!(styles.len() > 10, "too few styles were read");
}

/// The styles of parts and pages, from `style/`.
fn root_css() -> Vec<String> {
    let main = fs::read_to_string(Path::new(ROOT).join("style/main.css")).unwrap();
    let paths = main.lines().filter_map(|line| line.strip_prefix("@import \"./")?.split('"').next());
    paths.filter(|path| path.contains('/')).map(str::to_owned).collect()
}

#[test]
fn the_two_copies_of_leptos_settings_agree() {
    let read = |name: &str| {
        let text = fs::read_to_string(Path::new(ROOT).join(name)).unwrap();
        let file: toml::Table = text.parse().expect(name);
        file["package"]["metadata"]["leptos"].as_table().unwrap().clone()
    };
    let (cargo, own) = (read("Cargo.toml"), read("Leptos.toml"));
    for (key, value) in &own {
        // The site is next to the program; cargo-leptos uses a different folder for it.
        if key != "site-root" && key != "env" {
            assert_eq!(cargo.get(key), Some(value), "{key}");
        }
    }
}

#[test]
fn migrations_have_the_same_names_on_both_databases() {
    let names = |folder: &str| {
        let mut names: Vec<_> = fs::read_dir(Path::new(ROOT).join("migrations").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn each_attack_that_the_list_names_is_a_test() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../attacks/");
    let list = std::fs::read_to_string(format!("{folder}README.md")).unwrap();
    let found = |line: &&str| ["| F", "| A", "| B"].iter().any(|letter| line.starts_with(letter));
    let rows: Vec<&str> = list.lines().filter(found).collect();
    for finding in (1..=15)
        .map(|n| format!("F{n}"))
        .chain((1..=6).map(|n| format!("A{n}")))
        .chain((1..=11).map(|n| format!("B{n}")))
    {
        let names = |row: &&&str| {
            row.split('|')
                .nth(1)
                .unwrap_or_default()
                .split(',')
                .any(|name| name.trim().trim_end_matches(char::is_lowercase) == finding)
        };
        assert!(rows.iter().any(|row| names(&row)), "{finding} is missing");
    }
    for row in rows {
        let named: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{row} names no test");
        for name in named {
            let (file, test) = name.split_once("::").unwrap();
            let path =
                if file.starts_with("tests/") { format!("{}/{file}.rs", ROOT) } else { format!("{folder}{file}.rs") };
            let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{name}: there is no {path}"));
            assert!(text.contains(&format!("fn {test}")), "{name} does not exist");
        }
    }
}

/// `make planted` takes too long for every run; this test finds places in the source that have moved.
#[test]
fn each_planted_bug_still_has_its_place() {
    let root = ROOT;
    let bugs = fs::read_to_string(format!("{root}/tests/planted/bugs.json")).unwrap();
    let bugs: Vec<serde_json::Value> = serde_json::from_str(&bugs).unwrap();
    assert!(bugs.len() > 20);
    for bug in bugs {
        let text = |key: &str| bug.get(key).and_then(serde_json::Value::as_str);
        let (name, file) = (text("name").unwrap(), text("file").unwrap());
        let source = fs::read_to_string(format!("{root}/{file}")).unwrap();
        for find in ["find", "find2"].into_iter().filter_map(text) {
            assert_eq!(source.matches(find).count(), 1, "{name}: how often {file} says {find}");
        }
    }
}
