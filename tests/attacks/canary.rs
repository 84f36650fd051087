//! Text that is markup, a formula, a template or half a character, in every field that Persona sends or a reviewer
//! types: no page, answer, file or log entry contains it unescaped.
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Desk, On, Visitor};
use crate::standin::{World, case};
use crate::world_flow;

/// Placeholder for half of a UTF-16 surrogate pair, which a Rust string cannot hold; the world replaces it.
const HALF: &str = "HALF-A-PAIR";
const MARKUP: [&str; 4] = ["</title><b>", "\"><img", "<script>", "</script>"];
const OVERRIDE: char = '\u{202e}';
const NUL: char = '\0';

/// Starts like a formula; `n` distinguishes the places.
fn canary(n: usize) -> String {
    format!(
        "=1+1 canary{n} </title><b>\"><img src=x></script><script>${{7*7}}{{{{7*7}}}}{OVERRIDE}{NUL}{HALF}\r\nset-cookie: a=b"
    )
}

/// Attributes that determine how an object is read, not what a page shows of it.
fn decides(key: &str) -> bool {
    let kept = [
        "status",
        "type",
        "id",
        "url",
        "urls",
        "class",
        "match-status",
        "country-code",
        "kind",
        "sources",
        "requirement",
    ];
    kept.contains(&key)
        || key.ends_with("-at")
        || key.ends_with("-id")
        || key.ends_with("-url")
        || key.ends_with("-urls")
        || key.ends_with("-ts")
}

/// Replaces every text by the canary; dates remain parsable.
fn poison(value: &mut Value, key: &str, n: &mut usize) {
    match value {
        Value::String(text) if !decides(key) && text.parse::<f64>().is_err() && !text.starts_with("http") => {
            *text = canary(*n);
            *n += 1;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, key, n)),
        Value::Object(map) => map.iter_mut().for_each(|(key, item)| {
            // The type of a field determines how its value is written.
            if key != "type" {
                poison(item, key, n);
            }
        }),
        _ => {}
    }
}

/// A world in which every text is the canary, and the number of them.
fn world(name: &str) -> (World, usize) {
    let mut world = case(name);
    let mut n = 0;
    for object in world["objects"].as_object_mut().unwrap().values_mut() {
        poison(&mut object["attributes"], "", &mut n);
    }
    let mut world = World::of(&world);
    world.instead(HALF, "\\ud83d");
    (world, n)
}

/// Text that a browser would interpret as markup, or display in another order.
fn raw(html: &str) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    // The page's data is in scripts, where only the end of a script is markup.
    let mut shown = String::new();
    for (n, part) in html.split("<script").enumerate() {
        let rest = if n == 0 { part } else { part.split_once("</script>").map_or("", |(_, rest)| rest) };
        shown.push_str(rest);
    }
    found.extend(["</title><b>", "\"><img src=x", "<img src=x"].iter().filter(|markup| html.contains(**markup)));
    if html.matches("<script").count() != html.matches("</script>").count() {
        found.push("a script that the page does not have");
    }
    if shown.contains(OVERRIDE) {
        found.push("a sign that reverses text");
    }
    if html.contains(NUL) {
        found.push("NUL");
    }
    found
}

async fn page(by: &Visitor, path: &str) -> Option<String> {
    let reply = by.get(path).await;
    for (name, value) in &reply.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        assert!(!value.contains("canary"), "{path}: {name}: {value}");
    }
    if reply.status != StatusCode::OK {
        return None;
    }
    let html = reply.text();
    let found = raw(&html);
    let near = html
        .find("canary")
        .map(|at| html.get(at.saturating_sub(200)..).unwrap_or_default().chars().take(500).collect::<String>());
    assert!(found.is_empty(), "{path}: {found:?}, near {near:?}");
    Some(html)
}

/// The cells of a file as a spreadsheet reads them: none starts like a formula, also if lines are split at semicolons.
fn no_formula(path: &str, csv: &str) -> usize {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv.as_bytes());
    let mut seen = 0;
    for record in reader.records() {
        for cell in &record.unwrap() {
            seen += usize::from(cell.contains("canary"));
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{path}: {cell}");
        }
    }
    seen
}

async fn typed(by: &Visitor, id: &str, version: &str) {
    let n = canary(9000).replace(HALF, "");
    for (name, fields) in [
        ("note-add", vec![("kind", "inquiry"), ("subject", id), ("body", n.as_str())]),
        ("queue-act", vec![("act", "tag"), ("ids", id), ("tag", n.as_str())]),
        ("view-save", vec![("name", n.as_str()), ("filter", "status=all")]),
        (
            "draft-save",
            vec![
                ("kind", "inquiry"),
                ("subject", id),
                ("verdict", "decline"),
                ("reason", "other"),
                ("comment", n.as_str()),
            ],
        ),
        (
            "decide",
            vec![
                ("inquiry", id),
                ("version", version),
                ("verdict", "decline"),
                ("reason", "other"),
                ("comment", n.as_str()),
            ],
        ),
    ] {
        let answer = by.submit(name, &fields).await;
        assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{name}: {}", answer.text());
    }
}

async fn everywhere(desk: &mut Desk, ids: &[(&str, &str)]) {
    let roles = [desk.analyst().await, desk.auditor().await, desk.admin().await];
    for (kind, id) in ids.iter().filter(|(kind, _)| *kind == "inquiries") {
        roles[0].get(&format!("/{kind}/{id}")).await;
        let version = desk.inquiry(&roles[0], id).await["version"].to_string();
        typed(&roles[0], id, &version).await;
    }
    desk.settle().await;
    let mut pages: Vec<String> =
        ["/queue?status=all", "/cases?status=all", "/relations", "/decisions", "/audit", "/account", "/returned"]
            .iter()
            .chain(&[
                "/admin/persona",
                "/admin/rules",
                "/admin/figures",
                "/admin/reviewers",
                "/admin/retention",
                "/admin/reasons",
            ])
            .map(|path| (*path).to_owned())
            .collect();
    for (kind, id) in ids {
        pages.push(format!("/{kind}/{id}"));
        pages.push(format!("/{kind}/{id}/relations"));
        pages.push(format!("/audit?object={id}"));
    }
    let mut conn = desk.app.read().await.unwrap();
    let newest = countersign::server::db::audit::page(&mut conn, &Default::default(), None, 60).await.unwrap();
    drop(conn);
    pages.extend(newest.iter().map(|entry| format!("/audit/entries/{}", entry.seq)));
    let mut shown = 0;
    for by in &roles {
        for path in &pages {
            if let Some(html) = page(by, path).await {
                shown += usize::from(html.contains("canary"));
            }
        }
        for (name, arguments) in [
            ("queue", json!({"filter": {"status": "all"}})),
            ("cases", json!({"filter": {"status": "all"}})),
            ("inquiry", json!({"id": ids[0].1})),
            ("decisions", json!({})),
        ] {
            let answer = by.call(name, arguments).await;
            if answer.status == StatusCode::OK {
                assert!(answer.header("content-type").starts_with("application/json"), "{name}");
                answer.json();
            }
        }
    }
    assert!(shown > 5, "the pages show what was sent: {shown}");
    let auditor = &roles[1];
    for format in ["csv", "decisions-csv"] {
        let path = format!("/audit/export?format={format}");
        let reply = auditor.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        if format == "csv" {
            let typed = ids.iter().any(|(kind, _)| *kind == "inquiries");
            assert_eq!(no_formula(&path, &reply.text()) > 0, typed, "{path}: what was typed is in it");
        }
        assert!(!reply.text().contains(NUL), "{path}");
    }
    for line in auditor.get("/audit/export?format=jsonl").await.text().lines() {
        serde_json::from_str::<Value>(line).unwrap();
        assert!(!line.contains(NUL) && !line.contains('\r'), "{line}");
    }
    let xlsx = auditor.get("/audit/export?format=xlsx").await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&xlsx.body[..])).unwrap();
    for n in 0..zip.len() {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut zip.by_index(n).unwrap(), &mut text).unwrap();
        assert!(
            MARKUP.iter().all(|markup| !text.contains(markup)) && !text.contains("<f>"),
            "a workbook's sheet holds markup or a formula"
        );
    }
    for (kind, id) in ids.iter().filter(|(kind, _)| *kind == "inquiries") {
        let reply = auditor.get(&format!("/{kind}/{id}/case-file?purpose=audit")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert!(reply.body.starts_with(b"%PDF"));
    }
}

world_flow! {
    async fn what_persona_sends_of_people_is_never_raw(on: On) {
        let (world, n) = world("world-inverted.json");
        assert!(n > 50, "{n} places");
        let mut desk = world.desk(on).await;
        everywhere(&mut desk, &[("inquiries", "inq_good"), ("inquiries", "inq_bad"), ("inquiries", "inq_pep")]).await;
    }

    async fn what_persona_sends_of_businesses_is_never_raw(on: On) {
        let (world, n) = world("world-case.json");
        assert!(n > 20, "{n} places");
        let mut desk = world.desk(on).await;
        everywhere(&mut desk, &[("cases", "case_monitor"), ("accounts", "act_biz")]).await;
    }
}
