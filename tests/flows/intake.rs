use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::db::Db;
use countersign::server::jobs;
use serde_json::{Value, json};

use crate::desk::{Desk, SECRET, sign};
use crate::filled::Filled;
use crate::flow;
use crate::log::tamper;

fn event(id: &str, name: &str, created_at: &str, inquiry: &Value) -> Vec<u8> {
    json!({"data": {"type": "event", "id": id, "attributes": {"name": name, "created-at": created_at, "payload": {"data": inquiry}}}})
        .to_string()
        .into_bytes()
}

fn inquiry(id: &str, status: &str, updated_at: &str) -> Value {
    json!({"type": "inquiry", "id": id, "attributes": {"status": status, "created-at": "2026-11-20T09:14:02.000Z", "updated-at": updated_at,
        "fields": {"name-first": {"type": "string", "value": "Mara"}}}, "relationships": {}})
}

async fn status(desk: &Desk, id: &str) -> Option<String> {
    let mut conn = desk.app.read().await.unwrap();
    let id = id.parse().unwrap();
    let row = countersign::server::db::inquiry::by_id(&mut conn, &id).await.unwrap();
    row.map(|row| row.inquiry.status.to_string())
}

flow! {
    async fn an_event_is_durable_before_it_is_answered_and_applied_afterwards(desk: Desk) {
        let body = event("evt_1", "inquiry.created", "2026-11-20T09:14:02.612Z", &inquiry("inq_new1", "created", "2026-11-20T09:14:02.000Z"));
        assert_eq!(desk.signed_webhook(&body).await.status, StatusCode::ACCEPTED);
        assert_eq!(status(&desk, "inq_new1").await, None);
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        assert_eq!(status(&desk, "inq_new1").await.as_deref(), Some("created"));
    }

    async fn an_event_dated_far_ahead_is_ordered_by_when_it_came(desk: Desk) {
        let far = "9999-12-31T23:59:59.000Z";
        let later = |seconds| desk.app.now().plus(Duration::from_secs(seconds)).to_text();
        let kept = async |id: &str, at: &str, status: &str, updated: &str| {
            assert_eq!(desk.signed_webhook(&event(id, &format!("inquiry.{status}"), at, &inquiry("inq_new1", status, updated))).await.status, StatusCode::ACCEPTED);
            jobs::apply_webhooks::run(&desk.app).await.unwrap();
        };
        // Times in the future: of the event, of its object, and of both.
        for (n, at, updated) in [(1, far, "2026-11-20T09:14:02.000Z"), (2, "2026-11-20T09:14:05.000Z", far), (3, far, far)] {
            desk.clock.advance(Duration::from_secs(600));
            let at = if n == 2 { later(0) } else { at.to_owned() };
            kept(&format!("evt_far{n}"), &at, "completed", updated).await;
            assert_eq!(status(&desk, "inq_new1").await.as_deref(), Some("completed"), "{n}: it counts");
            let (at, of) = (later(60), later(60));
            kept(&format!("evt_true{n}"), &at, "created", &of).await;
            assert_eq!(status(&desk, "inq_new1").await.as_deref(), Some("created"), "{n}: nothing gets past it");
            let said = desk.entries("webhook.ahead", &format!("evt_far{n}")).await;
            assert_eq!(said.first().and_then(|entry| entry.fact("said")).is_some(), n != 2, "{n}");
        }
    }

    async fn the_same_event_twice_is_one(desk: Desk) {
        let body = event("evt_1", "inquiry.created", "2026-11-20T09:14:02.612Z", &inquiry("inq_new1", "created", "2026-11-20T09:14:02.000Z"));
        for _ in 0..3 {
            assert_eq!(desk.signed_webhook(&body).await.status, StatusCode::ACCEPTED);
        }
        let mut conn = desk.app.read().await.unwrap();
        assert_eq!(countersign::server::db::webhook::counts(&mut conn).await.unwrap(), [("received".to_owned(), 1)]);
    }

    async fn a_late_event_does_not_undo_a_newer_one(desk: Desk) {
        let steps = [
            ("evt_3", "inquiry.approved", "2026-11-20T10:00:00.500Z", "approved", "2026-11-20T10:00:00.000Z"),
            ("evt_1", "inquiry.started", "2026-11-20T09:20:00.500Z", "pending", "2026-11-20T09:20:00.000Z"),
            ("evt_2", "inquiry.completed", "2026-11-20T09:30:00Z", "completed", "2026-11-20T09:30:00.000Z"),
        ];
        for (id, name, created, state, updated) in steps {
            let body = event(id, name, created, &inquiry("inq_new1", state, updated));
            assert_eq!(desk.signed_webhook(&body).await.status, StatusCode::ACCEPTED);
            jobs::apply_webhooks::run(&desk.app).await.unwrap();
        }
        assert_eq!(status(&desk, "inq_new1").await.as_deref(), Some("approved"));
    }

    async fn within_one_second_the_order_still_holds(desk: Desk) {
        // As texts without trailing zeros, these two times would be in the wrong order.
        for (id, created, state) in [("evt_2", "2026-11-20T10:00:00.512Z", "declined"), ("evt_1", "2026-11-20T10:00:00.5Z", "approved")] {
            let body = event(id, "inquiry.approved", created, &inquiry("inq_new1", state, "2026-11-20T10:00:00.000Z"));
            desk.signed_webhook(&body).await;
            jobs::apply_webhooks::run(&desk.app).await.unwrap();
        }
        assert_eq!(status(&desk, "inq_new1").await.as_deref(), Some("declined"));
    }

    async fn unsigned_wrongly_signed_and_old_bodies_are_refused_and_leave_nothing(desk: Desk) {
        let body = event("evt_1", "inquiry.created", "2026-11-20T09:14:02.612Z", &inquiry("inq_new1", "created", "2026-11-20T09:14:02.000Z"));
        let now = desk.app.now().seconds();
        let other = sign("wbhsec_other", now, &body);
        let old = sign(SECRET, now - 301, &body);
        let (sizes, entries) = (counts(&desk).await, size(&desk).await);
        for signature in [None, Some(other.as_str()), Some(old.as_str()), Some("t=1,v1=zz"), Some("")] {
            assert_eq!(desk.webhook(signature, &body).await.status, StatusCode::UNAUTHORIZED, "{signature:?}");
        }
        assert_eq!((counts(&desk).await, size(&desk).await), (sizes, entries));
    }

    async fn a_signed_body_that_cannot_be_read_is_kept_for_a_person(desk: Desk) {
        let mut desk = desk;
        for body in [&b"{\"data\":"[..], b"[]", b"{\"data\":{\"id\":\"evt_1\"}}", b"\xff\xfe"] {
            assert_eq!(desk.signed_webhook(body).await.status, StatusCode::ACCEPTED);
            assert_eq!(desk.signed_webhook(body).await.status, StatusCode::ACCEPTED, "a second time as well");
        }
        let admin = desk.admin().await;
        let page = admin.call("connection", json!({})).await.json();
        assert_eq!(page["dead_letters"].as_array().unwrap().len(), 4);
        assert!(admin.get("/admin/persona").await.text().contains("not JSON"));
    }

    async fn a_body_over_a_mebibyte_is_refused(desk: Desk) {
        let body = vec![b'x'; (1 << 20) + 1];
        assert_eq!(desk.signed_webhook(&body).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        let fits = vec![b'x'; 1 << 20];
        assert_eq!(desk.signed_webhook(&fits).await.status, StatusCode::ACCEPTED, "kept as a dead letter");
    }

    async fn unknown_names_values_and_keys_are_kept_and_never_fatal(desk: Desk) {
        let mut strange = inquiry("inq_new1", "on_hold", "2026-11-20T09:14:02.000Z");
        strange["attributes"]["brand-new"] = json!({"deep": [1, 2, {"x": null}]});
        let bodies = [
            event("evt_1", "inquiry.teleported", "2026-11-20T09:14:02.612Z", &strange),
            event("evt_2", "spaceship.landed", "2026-11-20T09:14:03.612Z", &json!({"type": "spaceship", "id": "shp_1"})),
            event("evt_3", "verification.passed", "2026-11-20T09:14:04Z", &json!({"type": "verification/telepathy", "id": "ver_1", "attributes": {}})),
        ];
        for body in &bodies {
            assert_eq!(desk.signed_webhook(body).await.status, StatusCode::ACCEPTED);
        }
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        assert_eq!(counts(&desk).await, [("applied".to_owned(), 3)]);
        assert_eq!(status(&desk, "inq_new1").await.as_deref(), Some("on_hold"));
    }

    async fn a_nul_in_a_text_holds_nothing_up(desk: Desk) {
        let mut odd = inquiry("inq_nul", "created", "2026-11-20T09:14:02.000Z");
        odd["attributes"]["fields"]["name-first"]["value"] = json!("Ma\u{0}ra");
        let next = inquiry("inq_next", "created", "2026-11-20T09:14:03.000Z");
        desk.signed_webhook(&event("evt_1", "inquiry.created", "2026-11-20T09:14:02.612Z", &odd)).await;
        desk.signed_webhook(&event("evt_2", "inquiry.created", "2026-11-20T09:14:03.612Z", &next)).await;
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        assert_eq!(status(&desk, "inq_nul").await.as_deref(), Some("created"));
        assert_eq!(status(&desk, "inq_next").await.as_deref(), Some("created"));
    }

    async fn a_name_of_thousands_of_words_holds_nobody_up(desk: Desk) {
        let mut desk = desk;
        let word = |n: usize| ["b", "c", "d", "f", "g", "h"].iter().enumerate().map(|(at, c)| format!("{c}{}", char::from(b'a' + u8::try_from(n / 26_usize.pow(u32::try_from(at).unwrap() % 4) % 26).unwrap()))).collect::<String>();
        let name: String = (0..17_000).map(word).collect::<Vec<_>>().join(" ");
        for n in 0..4 {
            let mut long = inquiry(&format!("inq_long{n}"), "created", "2026-11-20T09:14:02.000Z");
            long["attributes"]["fields"]["name-first"]["value"] = json!(name);
            desk.signed_webhook(&event(&format!("evt_{n}"), "inquiry.created", "2026-11-20T09:14:02.612Z", &long)).await;
        }
        let behind = inquiry("inq_behind", "needs_review", "2026-11-20T09:14:03.000Z");
        desk.signed_webhook(&event("evt_5", "inquiry.created", "2026-11-20T09:14:03.612Z", &behind)).await;
        let report = json!({"type": "report/watchlist", "id": "rep_1", "attributes": {"has-match": true}, "relationships": {
            "inquiry": {"data": {"type": "inquiry", "id": "inq_behind"}}, "account": {"data": null}}});
        desk.signed_webhook(&event("evt_6", "report/watchlist.matched", "2026-11-20T09:14:04.612Z", &report)).await;
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        assert_eq!(counts(&desk).await, [("applied".to_owned(), 6)]);
        assert_eq!(status(&desk, "inq_long3").await.as_deref(), Some("created"));
        let analyst = desk.analyst().await;
        let found = analyst.call("queue", json!({"filter": {"status": "all", "search": word(1)}})).await.json();
        assert_eq!(found["total"], 4, "found by the first of its words");
        // The name changes, so the old search terms are removed.
        let short = inquiry("inq_long0", "created", "2026-11-20T09:15:00.000Z");
        desk.signed_webhook(&event("evt_7", "inquiry.created", "2026-11-20T09:15:00.612Z", &short)).await;
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        let found = analyst.call("queue", json!({"filter": {"status": "all", "search": word(1)}})).await.json();
        assert_eq!(found["total"], 3);
    }

    async fn events_that_cannot_be_applied_hold_up_none_behind_them(desk: Desk) {
        // SQLite refuses the row; PostgreSQL reports a temporary problem.
        let refuse = match &desk.app.db {
            Db::Sqlite { .. } => "CREATE TRIGGER no BEFORE INSERT ON inquiries WHEN NEW.id LIKE 'inq_bad%' BEGIN SELECT RAISE(ABORT, 'no'); END",
            Db::Postgres(_) => "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.id LIKE 'inq_bad%' THEN RAISE EXCEPTION 'no' USING ERRCODE = 'lock_not_available'; END IF; RETURN NEW; END $$;
                CREATE TRIGGER no BEFORE INSERT ON inquiries FOR EACH ROW EXECUTE FUNCTION no()",
        };
        tamper(&desk, refuse).await;
        for n in 0..120 {
            let bad = inquiry(&format!("inq_bad{n}"), "created", "2026-11-20T09:14:02.000Z");
            desk.signed_webhook(&event(&format!("evt_bad{n}"), "inquiry.created", "2026-11-20T09:14:02.612Z", &bad)).await;
        }
        let good = inquiry("inq_good", "created", "2026-11-20T09:14:03.000Z");
        desk.signed_webhook(&event("evt_good", "inquiry.created", "2026-11-20T09:14:03.612Z", &good)).await;
        let ran = jobs::apply_webhooks::run(&desk.app).await;
        assert_eq!(status(&desk, "inq_good").await.as_deref(), Some("created"), "in the same run");
        let (waiting, applied) = match &desk.app.db {
            // It would be refused again, so the desk sets it aside at once for a person.
            Db::Sqlite { .. } => ("failed", 1),
            Db::Postgres(_) => ("received", 1),
        };
        assert_eq!(ran.is_ok(), waiting == "failed");
        let mut found = counts(&desk).await;
        found.sort();
        assert_eq!(found, [("applied".to_owned(), applied), (waiting.to_owned(), 120)]);
    }

    async fn camel_and_snake_case_webhooks_are_read(desk: Desk) {
        let body = json!({"data": {"type": "event", "id": "evt_1", "attributes": {"name": "inquiry.created", "createdAt": "2026-11-20T09:14:02.612Z",
            "payload": {"data": {"type": "inquiry", "id": "inq_camel", "attributes": {"status": "created", "createdAt": "2026-11-20T09:14:02.000Z", "referenceId": "r"}}}}}});
        desk.signed_webhook(body.to_string().as_bytes()).await;
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        assert_eq!(status(&desk, "inq_camel").await.as_deref(), Some("created"));
    }

    async fn a_new_inquiry_gets_its_evidence_and_its_signals(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let all = analyst.call("queue", json!({"filter": {"status": "all"}})).await.json();
        assert_eq!(all["total"], 40);
        let rows = all["page"]["rows"].as_array().unwrap();
        let labels: Vec<&str> = rows.iter().flat_map(|row| row["signals"].as_array().unwrap()).filter_map(|signal| signal["label"].as_str()).collect();
        for wanted in ["Watchlist hit", "PEP", "Expired document", "All checks passed", "VPN"] {
            assert!(labels.contains(&wanted), "{wanted} in {labels:?}");
        }
        assert!(labels.iter().any(|label| label.starts_with("Shared device")), "{labels:?}");
        assert!(rows.iter().all(|row| row["template"].is_string()));
        desk.clock.advance(Duration::from_secs(1));
    }

    async fn a_person_can_look_before_persona_was_asked(desk: Desk) {
        let mut desk = desk;
        jobs::sync::run(&desk.app).await.unwrap();
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let worker = desk.app.clone();
        let fetching = tokio::spawn(async move {
            worker.wake.evidence.notified().await;
            jobs::evidence::run(&worker).await.unwrap();
        });
        let page = desk.inquiry(&analyst, &id).await;
        assert!(page["evidence"].is_object(), "the page waits a moment for the job");
        fetching.await.unwrap();
    }
}

async fn counts(desk: &Desk) -> Vec<(String, i64)> {
    let mut conn = desk.app.read().await.unwrap();
    countersign::server::db::webhook::counts(&mut conn).await.unwrap()
}

async fn size(desk: &Desk) -> i64 {
    let mut conn = desk.app.read().await.unwrap();
    countersign::server::db::audit::size(&mut conn).await.unwrap()
}
