//! Malformed answers and webhooks from Persona: the page names what is malformed, and shows everything else.
use axum::http::StatusCode;
use countersign::server::{db, jobs};
use serde_json::{Value, json};

use crate::desk::{Desk, On, Visitor};
use crate::standin::{World, case};
use crate::world_flow;

/// A case from `tests/cases` as it is sent. Parsing it would repair or refuse it.
fn wire(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    std::fs::read_to_string(path).unwrap()
}

async fn text(by: &Visitor, path: &str) -> String {
    let reply = by.get(path).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}");
    reply.text()
}

async fn statuses(desk: &Desk, ids: &[&str]) -> Vec<Option<String>> {
    let mut conn = desk.app.read().await.unwrap();
    let mut all = Vec::new();
    for id in ids {
        let row = countersign::server::db::inquiry::by_id(&mut conn, &id.parse().unwrap()).await.unwrap();
        all.push(row.map(|row| row.inquiry.status.to_string()));
    }
    all
}

fn inquiry(id: &str) -> Value {
    json!({"type": "inquiry", "id": id, "attributes": {"status": "needs_review",
        "created-at": "2026-11-20T09:00:00.000Z"}})
}

/// Result of reading a list, as the connection page shows it.
async fn how(desk: &Desk, list: &str) -> String {
    let mut conn = desk.app.read().await.unwrap();
    countersign::server::db::sync::get(&mut conn, list).await.unwrap().unwrap().1
}

/// Records as JSON, each malformed in its own way; `TYPE` is replaced by the type.
const ODD: [&str; 11] = [
    r#"null"#,
    r#""odd""#,
    r#"["odd"]"#,
    r#"{"type":"TYPE","id":12345,"attributes":{"status":"x","created-at":"2026-11-20T09:00:00.000Z"}}"#,
    r#"{"type":null,"id":"odd_1","attributes":{}}"#,
    r#"{"type":"TYPE","id":"odd_2","attributes":null}"#,
    r#"{"type":"TYPE","id":"odd_3","attributes":{"created-at":"2026-11-20T09:00:00.000Z","status":"x"},"relationships":null}"#,
    r#"{"type":"TYPE","id":"odd_4","attributes":{"status":"needs_review","created-at":"soon"}}"#,
    r#"{"type":"TYPE","id":"odd_5","attributes":[]}"#,
    r#"{"type":"TYPE","id":"../odd","attributes":{"status":"x","created-at":"2026-11-20T09:00:00.000Z"}}"#,
    r#"{"type":"TYPE","id":"odd_deep","attributes":{"status":"x","created-at":"2026-11-20T09:00:00.000Z","fields":DEEP}}"#,
];

fn odd(kind: &str) -> Vec<String> {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(300), "}".repeat(300));
    ODD.iter().map(|one| one.replace("TYPE", kind).replace("DEEP", &deep)).collect()
}

/// The malformed records, with a good one before, between and after them.
fn page(kind: &str, good: impl Fn(usize) -> String) -> String {
    let odd = odd(kind);
    let mut all = vec![good(0)];
    for (n, one) in odd.into_iter().enumerate() {
        all.push(one);
        all.push(good(n + 1));
    }
    format!(r#"{{"data":[{}],"links":null}}"#, all.join(","))
}

world_flow! {
    async fn half_a_pair_in_a_webhook_costs_that_letter_only(on: On) {
        let mut desk = World::default().desk(on).await;
        let body = wire("lone-surrogate-webhook.json");
        assert!(body.contains(r"An\ud83dna"));
        assert_eq!(desk.signed_webhook(body.as_bytes()).await.status, StatusCode::ACCEPTED);
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        assert_eq!(statuses(&desk, &["inq_z11aq3Yx1GfB9lOQuw5m4gWF"]).await, [Some("needs_review".to_owned())]);
        let analyst = desk.analyst().await;
        let found = analyst.call("queue", json!({"filter": {}})).await.json();
        assert_eq!(found["page"]["rows"][0]["subject"], "An\u{fffd}na Surrogate");
        let admin = desk.admin().await;
        assert!(!text(&admin, "/admin/persona").await.contains("could not be applied"));
        // Also if the id of the event itself contains one.
        let body = body.replace("evt_EQgvuFRUCJexCDPf9QWEJKdg", r"evt_\udc00x");
        assert_eq!(desk.signed_webhook(body.as_bytes()).await.status, StatusCode::ACCEPTED);
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        let mut conn = desk.app.read().await.unwrap();
        let counts = countersign::server::db::webhook::counts(&mut conn).await.unwrap();
        assert_eq!(counts, [("applied".to_owned(), 2)]);
    }

    async fn half_a_pair_in_an_answer_costs_that_letter_only(on: On) {
        let id = "inq_zqDGC3dOJeC4lzNwyvQaHxhy";
        let body = wire("lone-surrogate-inquiry.json");
        assert!(body.contains(r"An\ud83dna"));
        let mut world = World::default();
        world.answer(&format!("/inquiries/{id}"), 200, body.clone());
        // The list has the same letter, and another inquiry after it.
        let (_, data) = body.split_once(r#"{"data": "#).unwrap();
        let (data, _) = data.split_once(r#", "included""#).unwrap();
        let behind = inquiry("inq_behind");
        world.answer("/inquiries", 200, format!(r#"{{"data":[{data},{behind}],"links":{{"next":null}}}}"#));
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        let html = text(&analyst, &format!("/inquiries/{id}")).await;
        assert!(html.contains("An\u{fffd}na"), "the letter is shown as lost");
        assert!(html.contains("Government ID") && html.contains("passed"), "all else was read");
        assert_eq!(statuses(&desk, &[id, "inq_behind"]).await.iter().flatten().count(), 2);
    }

    async fn one_odd_record_does_not_hide_the_others(on: On) {
        let mut world = World::default();
        world.answer("/inquiries", 200, wire("list-with-one-odd-record.json"));
        let mut desk = world.desk(on).await;
        assert_eq!(statuses(&desk, &["inq_good1", "inq_odd", "inq_good2"]).await, [
            Some("needs_review".to_owned()), None, Some("needs_review".to_owned())
        ]);
        let admin = desk.admin().await;
        let html = text(&admin, "/admin/persona").await;
        assert!(html.contains("1 not understood (inq_odd: no attributes), 2 read"), "{html}");
        // The list was read to its end, and is not read again at once.
        assert_eq!(jobs::sync::due(&desk.app).await.unwrap(), 0);
    }

    async fn a_list_that_fails_hides_none_of_the_others(on: On) {
        for failing in ["/accounts", "/cases"] {
            let mut world = World::of(&case("world-case.json"));
            world.add(inquiry("inq_behind"));
            world.answer(failing, 500, "{}");
            let (desk, world) = world.watched(on).await;
            let desk = desk.filled().await;
            assert_eq!(statuses(&desk, &["inq_behind"]).await, [Some("needs_review".to_owned())], "{failing}");
            let list = failing.trim_start_matches('/');
            assert_eq!(how(&desk, list).await, "0 read, then: failed on their side (500)");
            let others = ["/accounts", "/cases", "/inquiries"].into_iter().filter(|path| *path != failing);
            let asked = |path: &str| world.asked(path);
            let before: Vec<usize> = others.clone().map(asked).collect();
            assert!(before.iter().all(|n| *n > 0), "{failing}: {before:?}");
            // Only the list that failed is requested again.
            let failed = asked(failing);
            jobs::sync::due(&desk.app).await.unwrap();
            assert_eq!(asked(failing), failed + 1);
            assert_eq!(others.map(asked).collect::<Vec<_>>(), before, "{failing}");
        }
    }

    async fn what_was_made_in_years_to_come_stays_the_same_however_often_it_is_read(on: On) {
        let mut whole = case("world-case.json");
        whole["objects"]["case_monitor"]["attributes"]["created-at"] = "2099-01-01T00:00:00.000Z".into();
        let mut world = World::of(&whole);
        let mut ahead = inquiry("inq_ahead");
        ahead["attributes"]["created-at"] = "2099-01-01T00:00:00.000Z".into();
        world.add(ahead.clone());
        let desk = world.desk(on).await;
        let versions = async || {
            let mut conn = desk.app.read().await.unwrap();
            let inquiry = db::inquiry::by_id(&mut conn, &"inq_ahead".parse().unwrap()).await.unwrap().unwrap();
            let held = db::case::by_id(&mut conn, &"case_monitor".parse().unwrap()).await.unwrap().unwrap();
            (inquiry.version, inquiry.inquiry.created_at, held.version, held.case.created_at)
        };
        let before = versions().await;
        for n in 0..3 {
            desk.clock.advance(std::time::Duration::from_secs(3600));
            jobs::sync::run(&desk.app).await.unwrap();
            let body = json!({"data": {"type": "event", "id": format!("evt_ahead{n}"), "attributes": {"name": "inquiry.updated",
                "created-at": desk.app.now().to_millis_text(), "payload": {"data": ahead}}}});
            assert_eq!(desk.signed_webhook(body.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
            desk.settle().await;
            desk.clock.advance(std::time::Duration::from_secs(30));
            desk.settle().await;
            assert_eq!(versions().await, before, "{n}");
        }
    }

    async fn a_limit_that_is_reached_ends_the_walk(on: On) {
        let mut world = World::of(&case("world-case.json"));
        world.answer("/inquiries", 429, "{}");
        let (desk, world) = world.watched(on).await;
        jobs::sync::run(&desk.app).await.unwrap();
        assert_eq!((world.asked("/inquiries"), world.asked("/accounts"), world.asked("/cases")), (1, 0, 0));
    }

    async fn however_odd_they_are_in_whatever_list(on: On) {
        let mut world = World::default();
        let good = |n: usize| inquiry(&format!("inq_good{n}")).to_string();
        world.answer("/inquiries", 200, page("inquiry", good));
        let account = |n: usize| json!({"type": "account", "id": format!("act_good{n}"), "attributes": {
            "created-at": "2026-11-20T09:00:00.000Z"}}).to_string();
        world.answer("/accounts", 200, page("account", account));
        let held = |n: usize| json!({"type": "case", "id": format!("case_good{n}"), "attributes": {"status": "Open",
            "created-at": "2026-11-20T09:00:00.000Z"}}).to_string();
        world.answer("/cases", 200, page("case", held));
        let desk = world.desk(on).await;
        for list in ["waiting inquiries", "inquiries", "accounts", "cases"] {
            let how = how(&desk, list).await;
            assert!(how.starts_with(&format!("{} not understood (", ODD.len())), "{list}: {how}");
            assert!(how.ends_with("12 read"), "{list}: {how}");
        }
    }

    async fn an_odd_part_does_not_hide_the_inquiry(on: On) {
        let mut world = World::default();
        let mut whole = inquiry("inq_whole");
        whole["relationships"] = json!({
            "verifications": {"data": [{"type": "verification/selfie", "id": "ver_good"}, {"type": "verification/selfie", "id": "ver_odd"}]},
            "reports": {"data": [{"type": "report/watchlist", "id": "rep_odd"}]},
            "sessions": {"data": [{"type": "inquiry-session", "id": "iqse_forbidden"}, {"type": "inquiry-session", "id": "iqse_good"}]}});
        let session = |id: &str| json!({"type": "inquiry-session", "id": id, "attributes": {"status": "active"}});
        let included = json!([
            {"type": "verification/selfie", "id": "ver_good", "attributes": {"status": "passed", "checks": []}},
            {"type": "verification/selfie", "id": "ver_odd", "attributes": null},
            {"type": "report/watchlist", "id": "rep_odd", "attributes": {"status": "ready"}, "relationships": 7},
            session("iqse_forbidden"), session("iqse_good"), null]);
        world.answer("/inquiries/inq_whole", 200, json!({"data": whole, "included": included}).to_string());
        world.answer("/inquiry-sessions/iqse_forbidden", 403,
            r#"{"errors":[{"title":"Forbidden","details":"API key is missing permission: inquiry-session.read"}]}"#);
        world.answer("/inquiry-sessions/iqse_good", 200, json!({"data": session("iqse_good"), "included": null}).to_string());
        world.add(whole);
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        let page = desk.inquiry(&analyst, "inq_whole").await;
        assert_eq!(page["evidence_error"], Value::Null);
        let evidence = &page["evidence"];
        assert_eq!((evidence["verifications"].as_array().unwrap().len(), evidence["sessions"].as_array().unwrap().len()), (1, 1));
        let html = text(&analyst, "/inquiries/inq_whole").await;
        for named in ["ver_odd", "rep_odd", "iqse_forbidden", "not understood (no attributes)",
            "not permitted for this key (Forbidden: API key is missing permission: inquiry-session.read)"] {
            assert!(html.contains(named), "{named}: {html}");
        }
        let labels: Vec<_> = page["signals"].as_array().unwrap().iter().map(|signal| signal["label"].as_str().unwrap()).collect();
        for label in ["Verification not read", "Report not read", "Session not read"] {
            assert!(labels.contains(&label), "{labels:?}");
        }
    }

    async fn a_list_that_leads_back_to_itself_ends_with_a_word(on: On) {
        let mut world = World::default();
        let circle = |next: &str| json!({"data": [inquiry("inq_good1")], "links": {"prev": null, "next": next}}).to_string();
        world.answer("/inquiries", 200, circle("/api/v1/inquiries?page%5Bafter%5D=inq_good1"));
        // Two pages that link to each other.
        world.answer("/accounts", 200, json!({"data": [], "links": {"next": "/api/v1/accounts/more"}}).to_string());
        world.answer("/accounts/more", 200, json!({"data": [], "links": {"next": "/api/v1/accounts"}}).to_string());
        world.answer("/events", 200, json!({"data": [], "links": {"next": "/api/v1/events?page%5Bafter%5D=x"}}).to_string());
        let (desk, world) = world.watched(on).await;
        jobs::sync::run(&desk.app).await.unwrap();
        jobs::reconcile::run(&desk.app).await.unwrap();
        assert!(world.asked("/inquiries") <= 4 && world.asked("/accounts") <= 2 && world.asked("/events") <= 2);
        for list in ["inquiries", "accounts"] {
            let how = how(&desk, list).await;
            assert!(how.contains("read, then: ") && how.contains("leads back to one that was read"), "{list}: {how}");
        }
        assert_eq!(statuses(&desk, &["inq_good1"]).await.iter().flatten().count(), 1);
        // The next list is read nevertheless.
        assert_eq!(how(&desk, "cases").await, "0 read");
    }

    async fn a_long_number_keeps_its_digits(on: On) {
        let mut world = World::default();
        let data = |rest: &str| format!(r#"{{"type":"inquiry","id":"inq_long","attributes":{{"status":"needs_review",
            "created-at":"2026-11-20T09:00:00.000Z","fields":{{"monthly-volume":{{"type":"number","value":12345678901234567890123}},
            "share":0.12345678901234567891,"huge":1e400}}}}{rest}}}"#);
        let of = r#","relationships":{"verifications":{"data":[{"type":"verification/selfie","id":"ver_long"}]}}"#;
        let included = r#"[{"type":"verification/selfie","id":"ver_long","attributes":{"status":"passed","checks":[],
            "ledger-total":98765432109876543210987}}]"#;
        world.answer("/inquiries/inq_long", 200, format!(r#"{{"data":{},"included":{included}}}"#, data(of)));
        world.answer("/inquiries", 200, format!(r#"{{"data":[{}],"links":{{}}}}"#, data("")));
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        let html = text(&analyst, "/inquiries/inq_long").await;
        for digits in ["12345678901234567890123", "98765432109876543210987", "0.12345678901234567891", "1e400"] {
            assert!(html.contains(digits), "{digits}");
        }
    }

    async fn an_odd_relation_or_event_is_not_lost(on: On) {
        let mut world = World::default();
        world.add(json!({"type": "account", "id": "act_from", "attributes": {"account-type-name": "Person",
            "created-at": "2026-11-20T09:00:00.000Z"}, "relationships": {}}));
        let mut about = inquiry("inq_from");
        about["relationships"] = json!({"account": {"data": {"type": "account", "id": "act_from"}}});
        world.add(about);
        let to = json!({"type": "account", "id": "act_to", "attributes": {"created-at": "2026-11-20T09:00:00.000Z"}});
        let page = json!({"data": [{"type": "account", "id": "act_odd", "attributes": null}, to], "links": {}}).to_string();
        world.answer("/accounts/act_from/relations", 200, page);
        let event = |at: &str, id: &str| json!({"type": "event", "id": id, "attributes": {"name": "inquiry.approved", "created-at": at,
            "payload": {"data": inquiry("inq_from")}}});
        let events = json!({"data": [event("soon", "evt_odd"), null], "links": {}}).to_string();
        world.answer("/events", 200, events);
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        let html = text(&analyst, "/accounts/act_from/relations").await;
        assert!(html.contains("act_to"), "the good one is there: {html}");
        assert!(html.contains("not understood: act_odd: no attributes"), "{html}");
        for _ in 0..2 {
            jobs::reconcile::run(&desk.app).await.unwrap();
        }
        let admin = desk.admin().await;
        let html = text(&admin, "/admin/persona").await;
        assert!(html.contains("created-at:"), "an event that cannot be read is laid aside once: {html}");
        let mut conn = desk.app.read().await.unwrap();
        assert_eq!(countersign::server::db::webhook::dead_letters(&mut conn, 9).await.unwrap().len(), 2);
    }
}

#[test]
fn the_cases_are_what_they_were() {
    // Prevents a well-meant "repair" of the record that is malformed on purpose.
    assert_eq!(case("list-with-one-odd-record.json")["data"][1]["attributes"], Value::Null);
}
