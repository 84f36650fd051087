//! An auditor's search of the log finds the right entries.

use axum::http::StatusCode;
use serde_json::json;

use crate::attacks::sql::countersigned;
use crate::filled::Filled;
use crate::flow;
use crate::log::tamper;

flow! {
    async fn an_auditor_finds_entries_by_whatever_they_know(desk: Filled) {
        let mut desk = desk;
        let (maya, auditor, id, decision) = countersigned(&mut desk).await;
        let other = desk.queue(&maya, "needs_review").await.remove(0);
        desk.decide(&maya, &other, "approve", "discrepancy-explained", "").await;
        let account = desk.inquiry(&maya, &id).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
        tamper(&desk, &format!("UPDATE accounts SET reference_id = 'customer=&7' WHERE id = '{account}'")).await;
        let request = desk.entries("decision.confirmed", &id).await[0].fact("persona_request").unwrap();
        let life = ["decision.confirmed", "countersign.given", "decision.made"];
        let comment = format!("Countersign decision {decision} by Maya Okafor, countersigned by Jo Lindqvist");
        let effects = desk.effects(&id).await;
        assert!(effects[0]["comment"].as_str().unwrap().ends_with(&comment), "as Persona has it: {effects:?}");
        let cases: [(serde_json::Value, &[&str]); 11] = [
            (json!({"decision": decision}), &life),
            (json!({"decision": comment}), &life),
            (json!({"object": decision}), &life),
            (json!({"request": request}), &["decision.confirmed"]),
            (json!({"verdict": "decline"}), &life),
            (json!({"reason": "document-expired", "state": "confirmed"}), &life),
            (json!({"verdict": "decline", "reason": "document-expired", "state": "confirmed", "customer": account}), &life),
            (json!({"verdict": "approve", "reason": "document-expired"}), &[]),
            (json!({"verdict": "decline", "state": "refused"}), &[]),
            (json!({"state": "queued"}), &["decision.made"]),
            (json!({"decision": decision, "actor": "Jo Lindqvist"}), &["countersign.given"]),
        ];
        for (filter, actions) in cases {
            let page = auditor.call("audit", json!({"filter": filter})).await.json();
            let got: Vec<_> = page["entries"].as_array().unwrap_or_else(|| panic!("{filter}: {page}")).iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect();
            assert_eq!(got, actions, "{filter}");
        }
        // Everything about a customer, with or without a decision, by account ID and by reference; also without
        // scripts.
        for named in [account.as_str(), "customer=&7"] {
            let page = auditor.call("audit", json!({"filter": {"customer": named}})).await.json();
            let entries = page["entries"].as_array().unwrap();
            assert!(entries.iter().any(|entry| entry["action"] == "inquiry.viewed") && entries.iter().any(|entry| entry["action"] == "decision.made"), "{named}");
            assert!(entries.iter().all(|entry| entry["object_id"] != other.as_str()), "{named}");
        }
        let html = auditor.get(&format!("/audit?customer=customer%3D%267&verdict=decline&decision={decision}")).await.text();
        assert!(html.contains("Maya Okafor") && html.contains("value=\"customer=&amp;7\"") && html.contains(&decision));
        assert!(desk.entries("audit.read", "log").await.iter().all(|entry| !entry.body.contains("customer=&7")), "a reference can be an address");
        for wrong in ["decision=01a2", "verdict=perhaps", "state=done"] {
            let page = auditor.get(&format!("/audit?{wrong}")).await;
            assert!(page.text().contains(wrong.split('=').next_back().unwrap()), "{wrong}");
            assert!(auditor.get(&format!("/audit/export?{wrong}")).await.status.is_client_error(), "{wrong}");
        }
        // The same entries as a file.
        let lines = auditor.get(&format!("/audit/export?format=jsonl&decision={decision}&verdict=decline")).await.text();
        assert_eq!(lines.lines().count(), 3, "{lines}");
    }

    async fn pages_of_what_was_found_go_on_where_the_last_one_ended(desk: Filled) {
        let mut desk = desk;
        let (maya, auditor) = (desk.analyst().await, desk.auditor().await);
        let made = desk.decide(&maya, &desk.queue(&maya, "needs_review").await[0], "approve", "discrepancy-explained", "").await.json();
        let decision = made["id"].as_str().unwrap().to_owned();
        desk.app.write(move |tx| Box::pin(async move {
            for n in 0..120_i64 {
                let draft = countersign::domain::audit::Draft::new("decision.released", countersign::domain::audit::Actor::System { part: "test" }, "inquiry", format!("inq_{n}"))
                    .fact("decision", decision.clone()).fact("verdict", "decline").fact("reason", "other");
                let now = countersign::domain::time::Timestamp::from_micros(1_795_000_000_000_000);
                countersign::server::db::audit::append(tx, |seq| draft.clone().seal(seq, now, "0.1.0", &Default::default()), &Default::default()).await?;
            }
            Ok(())
        })).await.unwrap();
        for filter in [json!({"verdict": "decline"}), json!({"reason": "other", "verdict": "decline"}), json!({"decision": made["id"], "reason": "other"})] {
            let (mut seen, mut before) = (Vec::new(), serde_json::Value::Null);
            loop {
                let mut filter = filter.clone();
                filter["before"] = before.as_i64().map_or(serde_json::Value::Null, |seq| json!(seq.to_string()));
                let page = auditor.call("audit", json!({"filter": filter})).await.json();
                seen.extend(page["entries"].as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()));
                before = page["next"].clone();
                if before.is_null() {
                    break;
                }
            }
            assert_eq!(seen.len(), 120, "{filter}");
            assert!(seen.is_sorted_by(|a, b| a > b));
        }
    }

    async fn each_decision_is_a_row_of_its_own(desk: Filled) {
        let mut desk = desk;
        let (maya, auditor, id, decision) = countersigned(&mut desk).await;
        let formula = desk.reviewer("formula@desk.example", "=1+1", countersign::domain::reviewer::Role::Analyst).await;
        let other = desk.queue(&maya, "needs_review").await.remove(0);
        desk.decide(&formula, &other, "approve", "discrepancy-explained", "").await;
        let csv = auditor.get("/audit/export?format=decisions-csv").await;
        assert_eq!((csv.status, csv.header("content-type").as_str()), (StatusCode::OK, "text/csv; charset=utf-8"));
        let text = csv.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        let cell = |line: &str, name: &str| {
            let place = lines[0].split(',').position(|column| column == name).unwrap();
            line.split(',').nth(place).unwrap().to_owned()
        };
        let confirmed = lines.iter().find(|line| line.starts_with(&decision)).unwrap();
        let want = [("object_id", id.as_str()), ("maker", "Maya Okafor"), ("checker", "Jo Lindqvist"), ("second_review", "countersigned"),
            ("state", "confirmed"), ("verdict", "decline"), ("reason_code", "document-expired"), ("reason", "Document expired")];
        for (name, value) in want {
            assert_eq!(cell(confirmed, name), value, "{name}");
        }
        for name in ["made_utc", "checked_utc", "sent_utc", "confirmed_utc", "persona_request_id", "evidence_sha256"] {
            assert!(!cell(confirmed, name).is_empty(), "{name}");
        }
        let open = lines.iter().find(|line| line.contains(&other)).unwrap();
        assert_eq!((cell(open, "state").as_str(), cell(open, "confirmed_utc").as_str()), ("on_its_way", ""));
        assert!(open.contains("\"'=1+1\""), "a formula is defused: {open}");
        let sheet = auditor.get("/audit/export?format=decisions-xlsx&state=confirmed").await;
        assert_eq!(sheet.status, StatusCode::OK);
        assert!(sheet.body.starts_with(b"PK"));
        let narrowed = auditor.get("/audit/export?format=decisions-csv&verdict=approve").await.text();
        assert_eq!(narrowed.lines().count(), 2, "{narrowed}");
        assert_eq!(desk.entries("audit.exported", "log").await[0].fact("format").as_deref(), Some("decisions-csv"));
    }
}
