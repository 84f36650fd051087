//! Answers from Persona in shapes that it does not publish: the desk names whatever it cannot assess, and never shows
//! it as green.
use std::collections::BTreeMap;

use axum::http::StatusCode;
use countersign::server::jobs;
use serde_json::{Value, json};

use crate::desk::{Desk, On, Visitor};
use crate::standin::World;

const GREEN: &str = "All checks passed";

/// A world of inquiries, each with its expected labels.
#[derive(Default)]
struct Shapes {
    world: World,
    number: usize,
    wanted: BTreeMap<String, Vec<&'static str>>,
}

fn merge(into: &mut Value, from: &Value) {
    for (key, value) in from.as_object().into_iter().flatten() {
        into[key] = value.clone();
    }
}

fn check(name: &str, status: &str, more: Value) -> Value {
    let mut check = json!({"name": name, "status": status, "reasons": [], "requirement": "required", "metadata": {}});
    merge(&mut check, &more);
    check
}

impl Shapes {
    fn id(&mut self, prefix: &str) -> String {
        self.number += 1;
        format!("{prefix}_{}", self.number)
    }

    /// Adds an object and returns its reference for a relation.
    fn part(&mut self, kind: &str, prefix: &str, attributes: &Value, relationships: Value) -> Value {
        let id = self.id(prefix);
        self.world.add(json!({"type": kind, "id": id, "attributes": attributes, "relationships": relationships}));
        json!({"type": kind, "id": id})
    }

    /// A passport that passed, with these attributes changed.
    fn passport(&mut self, more: Value) -> Value {
        let mut attributes = json!({"status": "passed", "created-at": "2026-11-28T09:02:00.000Z", "country-code": "GB",
            "id-class": "pp", "name-first": "ANNA", "name-last": "SMITH",
            "checks": [check("id_entity_detection", "passed", json!({}))]});
        merge(&mut attributes, &more);
        self.part("verification/government-id", "ver", &attributes, json!({}))
    }

    fn report(&mut self, kind: &str, more: Value) -> Value {
        let mut attributes = json!({"status": "ready", "has-match": false, "created-at": "2026-11-28T09:04:00.000Z"});
        merge(&mut attributes, &more);
        self.part(kind, "rep", &attributes, json!({}))
    }

    fn inquiry(&mut self, id: &str, attributes: Value, relationships: Value, wanted: &[&'static str]) {
        let mut all = json!({"status": "needs_review", "created-at": "2026-11-28T09:00:00.000Z", "fields": {
            "name-first": {"type": "string", "value": "Anna"}, "name-last": {"type": "string", "value": "Smith"}}});
        merge(&mut all, &attributes);
        self.world.add(json!({"type": "inquiry", "id": id, "attributes": all, "relationships": relationships}));
        self.wanted.insert(id.to_owned(), wanted.to_vec());
    }

    /// An inquiry whose only evidence is a passport with these attributes.
    fn passported(&mut self, id: &str, more: Value, wanted: &'static str) {
        let passport = self.passport(more);
        self.inquiry(id, json!({}), json!({"verifications": {"data": [passport]}}), &[wanted]);
    }

    /// A good passport, and a session with its network.
    fn session(&mut self, id: &str, attributes: Value, network: Value, wanted: &[&'static str]) {
        let passport = self.passport(json!({}));
        let network = if network.is_null() { Value::Null } else { self.part("network", "net", &network, json!({})) };
        let mut all = json!({"status": "expired", "started-at": "2026-11-28T09:01:00.000Z"});
        merge(&mut all, &attributes);
        let session = self.part("inquiry-session", "iqse", &all, json!({"network": {"data": network}}));
        let related = json!({"verifications": {"data": [passport]}, "sessions": {"data": [session]}});
        self.inquiry(id, json!({}), related, wanted);
    }

    /// Asks the desk about each inquiry: all expected labels are there, and an inquiry with an expected label is never
    /// green.
    async fn holds(self, on: On) -> (Desk, Visitor) {
        let Self { world, wanted, .. } = self;
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        for (id, wanted) in wanted {
            let page = desk.inquiry(&analyst, &id).await;
            let signals = page["signals"].as_array().unwrap().iter();
            let labels: Vec<&str> = signals.map(|signal| signal["label"].as_str().unwrap()).collect();
            if wanted.is_empty() {
                assert_eq!(labels, [GREEN], "{id}");
            } else {
                assert!(!labels.contains(&GREEN), "{id}: {labels:?}");
                assert!(wanted.iter().all(|wanted| labels.contains(wanted)), "{id}: {wanted:?} {labels:?}");
            }
        }
        (desk, analyst)
    }
}

async fn text(by: &Visitor, path: &str) -> String {
    let reply = by.get(path).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}");
    reply.text()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_is_judged_by_words_that_are_known() {
    let mut all = Shapes::default();
    let calm = json!({"threat-level": "low", "proxy-type": null, "service-type": "mobile"});
    all.session("inq_calm", json!({"threat-level": "low", "is-vpn": false, "ip-connection-type": "mobile"}), calm, &[]);
    let dark = json!({"proxy-type": "tor", "threat-level": "high", "is-vpn": true});
    all.session("inq_dark", json!({}), dark, &["Tor", "VPN", "Network threat high"]);
    all.session("inq_connection", json!({"ip-connection-type": "vpn"}), Value::Null, &["VPN"]);
    let unknown = "Network threat “unknown” not assessed";
    for (id, level, wanted) in [
        ("inq_medium", "medium", "Network threat medium"),
        ("inq_critical", "critical", "Network threat critical"),
        ("inq_capitals", "HIGH", "Network threat high"),
        ("inq_unknown", "unknown", unknown),
    ] {
        all.session(id, json!({"threat-level": level}), Value::Null, &[wanted]);
        all.session(&format!("{id}_network"), json!({}), json!({"threat-level": level}), &[wanted]);
    }
    let flags = json!({"is-vpn": "true", "is-tor": "true", "is-proxy": 1});
    all.session("inq_flags", flags, Value::Null, &["VPN", "Tor", "Proxy"]);
    all.session("inq_relay", json!({"is-relay": true}), Value::Null, &["is-relay “yes” not assessed"]);
    all.holds(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behaviour_in_any_shape_is_judged_or_not_assessed() {
    let mut all = Shapes::default();
    let signals = json!([{"name": "inquiry/bot-score", "value": "97%"},
        {"name": "user-agent-spoof-attempts", "value": "several"}, {"name": "devtools-open", "value": "true"}]);
    let wanted = ["Bot score “97%” not assessed", "Spoofed requests “several” not assessed", "Developer tools open"];
    all.session("inq_session", json!({"signals": signals}), Value::Null, &wanted);
    let other = "Signal “Signals of another shape” not assessed";
    all.session("inq_session_text", json!({"signals": "bot detected"}), Value::Null, &[other]);
    for (id, attributes, wanted) in [
        (
            "inq_quiet",
            json!({"behaviors": {"bot-score": 3, "behavior-threat-level": "low", "autofill-starts": 2}}),
            &[][..],
        ),
        ("inq_score", json!({"behaviors": {"bot-score": 0.97}}), &["Bot score “0.97” not assessed"]),
        ("inq_text", json!({"signals": "bot detected"}), &[other]),
        ("inq_list", json!({"behaviors": ["bot-score: 99"]}), &["Signal “Behaviors of another shape” not assessed"]),
        ("inq_key", json!({"behavior": {"bot-score": 99}}), &["Bot score 99"]),
        ("inq_risk", json!({"risk-signals": {"x": "high"}}), &["Signal “X” not assessed"]),
        ("inq_nested", json!({"behaviors": [{"name": "bot-score", "value": {"score": 99}}]}), &["Bot score 99"]),
        ("inq_severe", json!({"signals": [{"name": "threat-level", "value": "severe"}]}), &["Behaviour: high threat"]),
        ("inq_spelled", json!({"signals": [{"name": "Bot-Score", "value": 99}]}), &["Bot score 99"]),
    ] {
        let passport = all.passport(json!({}));
        all.inquiry(id, attributes, json!({"verifications": {"data": [passport]}}), wanted);
    }
    all.holds(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_check_says_is_not_green() {
    let mut all = Shapes::default();
    all.passported("inq_null", json!({"checks": null}), "Government ID: no check was run");
    all.passported("inq_none", json!({"checks": []}), "Government ID: no check was run");
    let skipped = json!([check("id_tamper_detection", "not_applicable", json!({}))]);
    all.passported("inq_skipped", json!({"checks": skipped}), "Government ID: no check was run");
    for (id, kind, wanted) in [
        ("inq_selfie", "verification/selfie", "Selfie: no check was run"),
        ("inq_document", "verification/document", "Document: no check was run"),
    ] {
        let (passport, other) =
            (all.passport(json!({})), all.part(kind, "ver", &json!({"status": "passed", "checks": []}), json!({})));
        all.inquiry(id, json!({}), json!({"verifications": {"data": [passport, other]}}), &[wanted]);
    }
    let failed = check("id_tamper_detection", "failed", json!({}));
    let unknown = "Unnamed check: status unknown";
    all.passported("inq_object", json!({"checks": {"0": failed}}), "Document tampering");
    all.passported("inq_texts", json!({"checks": ["id_tamper_detection: failed"]}), unknown);
    all.passported("inq_nested", json!({"checks": [null, [failed]]}), "Document tampering");
    all.passported("inq_word", json!({"checks": "failed"}), unknown);
    let of = |metadata: Value| json!({"checks": [check("id_x", "passed", json!({"metadata": metadata}))]});
    let empty = json!({"check-requirements": [{"name": "name_last", "match-score": 0, "match-result": ""}]});
    all.passported("inq_empty", of(empty), "X: Name last: match unknown (not given)");
    let nothing = json!({"check-requirements": [{"name": "name_last", "match-score": 0, "match-result": null}]});
    all.passported("inq_nothing", of(nothing), "X: Name last: match unknown (not given)");
    let mut many: serde_json::Map<String, Value> = (0..401).map(|n| (format!("f{n:03}"), json!(n))).collect();
    many.insert("zz".into(), json!([{"name": "name_last", "match-result": "none"}]));
    all.passported("inq_many", of(Value::Object(many)), "X: not all of its values assessed");
    let reason =
        json!({"checks": [check("id_x", "passed", json!({"reasons": ["document_tampered"], "category": "fraud"}))]});
    all.passported("inq_reason", reason, "X: category fraud, document tampered");
    all.passported("inq_good", json!({}), GREEN);
    all.wanted.insert("inq_good".into(), vec![]);
    all.holds(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relations_and_types_in_any_shape_give_a_part_or_are_named() {
    let mut all = Shapes::default();
    let hit = json!({"has-match": true, "matched-lists": [{"name": "OFAC SDN", "entities": [{"name": "ANNA SMITH"}]}]});
    for (id, kind, wanted) in [
        ("inq_capital", "Report/watchlist", "Watchlist hit"),
        ("inq_many", "reports/watchlist", "Watchlist hit"),
        ("inq_behind", "watchlist-report", "Watchlist report report not assessed"),
    ] {
        let (passport, report) = (all.passport(json!({})), all.report(kind, hit.clone()));
        let related = json!({"verifications": {"data": [passport]}, "reports": {"data": [report]}});
        all.inquiry(id, json!({}), related, &[wanted]);
    }
    let gone = json!({"type": "report/watchlist", "id": "rep_nowhere"});
    let mut lost = Vec::new();
    for (id, reports) in [
        ("inq_single", json!({"data": gone})),
        ("inq_number", json!({"data": [{"type": "report/watchlist", "id": 12345}]})),
        ("inq_null", json!({"data": [{"type": "report/watchlist", "id": null}]})),
        ("inq_bare", json!([gone])),
        ("inq_texts", json!({"data": ["rep_zz"]})),
        ("inq_links", json!({"links": {"related": "/x"}})),
    ] {
        let passport = all.passport(json!({}));
        let related = json!({"verifications": {"data": [passport]}, "reports": reports});
        all.inquiry(id, json!({}), related, &["Report not read"]);
        lost.push(id);
    }
    let (passport, selfie) = (all.passport(json!({})), json!({"type": "verification/selfie", "id": 7}));
    let related = json!({"verifications": {"data": [passport, selfie]}});
    all.inquiry("inq_selfie_number", json!({}), related, &["Verification not read"]);
    let failed = json!({"status": "failed", "checks": []});
    let selfie = all.part("Verification/selfie", "ver", &failed, json!({}));
    let passport = all.passport(json!({}));
    all.inquiry("inq_selfie", json!({}), json!({"verifications": {"data": [passport, selfie]}}), &["Selfie failed"]);
    let passport = all.passport(json!({}));
    let documents =
        json!({"data": [{"type": "document/generic", "id": 99}, {"type": "document/generic", "id": "doc_gone"}]});
    let related = json!({"verifications": {"data": [passport]}, "documents": documents});
    all.inquiry("inq_documents", json!({}), related, &["Document not read"]);
    // An object that is included but not related to the inquiry belongs to another person.
    let (own, passed) =
        (all.passport(json!({})), all.passport(json!({"checks": [check("id_tamper_detection", "failed", json!({}))]})));
    all.inquiry("inq_stranger", json!({}), json!({"verifications": {"data": [own, passed]}}), &["Document tampering"]);
    let stranger = json!({"type": "verification/government-id", "id": "ver_stranger", "attributes": {"status": "passed",
        "checks": [check("id_entity_detection", "passed", json!({}))]}});
    let whole = json!({"type": "inquiry", "id": "inq_empty", "attributes": {"status": "needs_review",
        "created-at": "2026-11-28T09:00:00.000Z"}, "relationships": {"verifications": {"data": []}}});
    all.world.add(whole.clone());
    all.world.answer("/inquiries/inq_empty", 200, json!({"data": whole, "included": [stranger]}).to_string());
    all.wanted.insert("inq_empty".into(), vec!["Verification not read"]);
    // More fields than the desk stores, and a field whose name is too long to store.
    let many: serde_json::Map<String, Value> =
        (0..700).map(|n| (format!("f{n}"), json!({"type": "string", "value": "x"}))).collect();
    for (id, fields) in [("inq_cut", Value::Object(many)), ("inq_long_key", json!({"k".repeat(400): "x"}))] {
        let passport = all.passport(json!({}));
        let related = json!({"verifications": {"data": [passport]}});
        all.inquiry(id, json!({"fields": fields}), related, &["Part of the inquiry not read"]);
    }
    let (_desk, analyst) = all.holds(On::Sqlite).await;
    for id in lost {
        let html = text(&analyst, &format!("/inquiries/{id}")).await;
        assert!(!html.contains("No report was run.") && html.contains("1 report not read"), "{id}");
    }
    let html = text(&analyst, "/inquiries/inq_number").await;
    assert!(html.contains("12345") && html.contains("named by an id that is no text"), "{html}");
    let html = text(&analyst, "/inquiries/inq_empty").await;
    assert!(html.contains("ver_stranger") && html.contains("sent along, and not named as related to it"), "{html}");
    assert!(text(&analyst, "/inquiries/inq_documents").await.contains("doc_gone"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_names_what_it_cannot_read_as_well() {
    let mut all = Shapes::default();
    let hit = json!({"has-match": true, "matched-lists": [{"name": "OFAC SDN", "entities": [{"name": "ANNA SMITH"}]}]});
    let report = all.report("Report/watchlist", hit);
    let failed = check("id_tamper_detection", "failed", json!({}));
    let passport = all.passport(json!({"checks": {"0": failed, "1": "passed"}}));
    all.world.add(json!({"type": "case", "id": "case_odd", "attributes": {"status": "Open", "name": "Odd",
        "created-at": "2026-11-28T09:00:00.000Z"}, "relationships": {"reports": {"data": [report, {"id": 9}]},
        "verifications": {"data": [passport]}, "accounts": {"data": []}, "inquiries": {"data": []}}}));
    let (desk, analyst) = all.holds(On::Sqlite).await;
    jobs::case::run(&desk.app).await.unwrap();
    let page = analyst.call("case", json!({"id": "case_odd"})).await.json();
    let evidence = &page["case"]["evidence"];
    assert_eq!(evidence["reports"][0]["kind"], "watchlist", "{page}");
    assert_eq!(evidence["verifications"][0]["checks"].as_array().unwrap().len(), 2, "{page}");
    assert_eq!(evidence["unread"][0]["id"], "9", "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_is_hidden_by_another() {
    let mut all = Shapes::default();
    let file = |name: &str| json!({"filename": name, "url": format!("http://x/files/{name}"), "byte-size": 10});
    let at = |name: &str| format!("http://x/files/{name}");
    let mut files = BTreeMap::new();
    // A document with a side that no verification shows, although the verification has as many files.
    let document = json!({"status": "processed", "front-photo": file("front.jpg"), "back-photo": file("back.jpg")});
    let document = all.part("document/government-id", "doc", &document, json!({}));
    let passport = json!({"status": "passed", "front-photo-url": at("front.jpg"), "selfie-photo-url": at("self.jpg"),
        "name-first": "ANNA", "name-last": "SMITH",
        "checks": [check("id_entity_detection", "passed", json!({}))]});
    let passport = all.part("verification/government-id", "ver", &passport, json!({"document": {"data": document}}));
    let related = json!({"verifications": {"data": [passport]}, "documents": {"data": [document]}});
    all.inquiry("inq_back", json!({}), related, &[]);
    files.insert("inq_back", 4);
    // Selfies are included with the inquiry.
    let selfie = json!({"status": "processed", "center-photo": file("c.jpg"), "left-photo": file("l.jpg"), "center-video": file("v.mp4")});
    let selfie = all.part("selfie/profile-and-center", "self", &selfie, json!({}));
    let passport = all.passport(json!({}));
    let related = json!({"verifications": {"data": [passport]}, "selfies": {"data": [selfie]}});
    all.inquiry("inq_selfie", json!({}), related, &[]);
    files.insert("inq_selfie", 3);
    let passport = all.passport(json!({}));
    let selfies = json!({"data": [{"type": "selfie/center-only", "id": "self_gone"}]});
    let related = json!({"verifications": {"data": [passport]}, "selfies": selfies});
    all.inquiry("inq_selfie_gone", json!({}), related, &["Selfie not read"]);
    // Files of a verification, with their number.
    for (id, attributes, count) in [
        (
            "inq_pages",
            json!({"files": [file("two.pdf"), file("b.jpg")], "files-normalized": [file("two-1.jpg"), file("two-2.jpg")]}),
            4,
        ),
        ("inq_pdf", json!({"files": [file("a.pdf")], "files-normalized": [file("a.jpg")]}), 2),
        (
            "inq_unlinked",
            json!({"front-photo": {"filename": "front.jpg", "url": null}, "back-photo": {"filename": "back.jpg"}}),
            2,
        ),
        (
            "inq_keys",
            json!({"signature-image-url": at("s.jpg"), "nfc-photo-url": at("n.jpg"), "selfie-video-url": at("v.mp4"),
            "left-video-url": at("l.mp4"), "video-urls": [at("w.mp4")]}),
            5,
        ),
        ("inq_two", json!({"selfie-photo-url": at("p1.jpg"), "selfie-photo": file("p2.jpg")}), 2),
        (
            "inq_object",
            json!({"files": {"0": file("a.jpg"), "1": file("b.jpg")}, "photo-urls": {"front": {"url": at("f.jpg")}}}),
            3,
        ),
        ("inq_empty_object", json!({"files": {}}), 1),
    ] {
        all.passported(id, attributes, GREEN);
        all.wanted.insert(id.into(), vec![]);
        files.insert(id, count);
    }
    let (_desk, analyst) = all.holds(On::Sqlite).await;
    for (id, count) in files {
        let form = [("kind", "inquiry"), ("subject", id), ("topics", "picture"), ("purpose", "review")];
        assert_eq!(analyst.submit("reveal", &form).await.status, StatusCode::OK);
        let html = text(&analyst, &format!("/inquiries/{id}")).await;
        let shown = html.matches("<figure data-part=").count() + html.matches("<li data-part=").count();
        assert_eq!(shown, count, "{id}: {html}");
    }
}
