//! Whatever is printed beside the log is held against it, and an auditor finds what they look for.
use std::process::Command;

use axum::http::StatusCode;
use countersign::server::db::Db;
use countersign::server::usecase::check::{self, Scope};
use serde_json::json;

use crate::attacks::restricted::found;
use crate::desk::{Desk, Visitor};
use crate::flow;
use crate::log::tamper;
use crate::paper::attached;

/// What a case file says, without the gaps that setting text leaves.
async fn case_file(by: &Visitor, id: &str) -> String {
    let file = by.get(&format!("/inquiries/{id}/case-file?purpose=audit")).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.text());
    found(&file.body).replace([' ', '\n'], "")
}

/// A decline that was countersigned and that Persona confirmed: who decided, an auditor, the inquiry and the decision.
async fn countersigned(desk: &mut Desk) -> (Visitor, Visitor, String, String) {
    let admin = desk.admin().await;
    desk.rule(&admin, "Declines", "decline").await;
    let (maya, jo, auditor) = (desk.analyst().await, desk.second_analyst().await, desk.auditor().await);
    let id = desk.queue(&maya, "needs_review").await.remove(0);
    let made = desk.decide(&maya, &id, "decline", "document-expired", "Expired in May").await.json();
    let decision = made["id"].as_str().unwrap().to_owned();
    let version = desk.inquiry(&jo, &id).await["version"].to_string();
    let said = [("decision", decision.as_str()), ("version", &version), ("said", "countersign"), ("why", "")];
    assert_eq!(jo.submit("countersign", &said).await.status, StatusCode::OK);
    desk.settle().await;
    (maya, auditor, id, decision)
}

/// Changes a row, sees that a check and the case file name what was changed, and brings the row back.
async fn named(desk: &Desk, auditor: &Visitor, (id, decision): (&str, &str), table: &str, set: &str, field: &str) {
    tamper(desk, &format!("CREATE TABLE saved AS SELECT * FROM {table}")).await;
    tamper(desk, set).await;
    let wrong = check::run(&desk.app, Scope::All).await.unwrap().unwrap();
    assert_eq!(wrong.fault_at.as_deref(), Some(format!("decision {decision}").as_str()), "{set}: {wrong:?}");
    let fault = wrong.fault.unwrap();
    assert!(fault.contains(field), "{set}: {fault}");
    assert!(!fault.contains("Expired in May") && !fault.contains("forged words"), "words are not repeated: {fault}");
    let file = case_file(auditor, id).await;
    assert!(file.contains("THISFILEDIFFERSFROMTHELOG"), "{set}");
    assert!(file.contains(&field.replace(' ', "")), "{set}: {field}");
    let (off, on) = match &desk.app.db {
        Db::Sqlite { .. } => ("PRAGMA foreign_keys = OFF;", "; PRAGMA foreign_keys = ON"),
        Db::Postgres(_) => ("", ""),
    };
    let back = format!("{off} DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved; DROP TABLE saved{on}");
    tamper(desk, &back).await;
    let healed = check::run(&desk.app, Scope::All).await.unwrap().unwrap();
    assert_eq!(healed.fault, None, "{set}");
    assert!(!case_file(auditor, id).await.contains("THISFILEDIFFERSFROMTHELOG"), "{set}");
}

flow! {
    async fn each_field_of_a_decision_that_sql_changes_is_named(desk: Desk) {
        let mut desk = desk.filled().await;
        let (_maya, auditor, id, decision) = countersigned(&mut desk).await;
        assert_eq!(check::run(&desk.app, Scope::All).await.unwrap().unwrap().fault, None);
        let time = "'2026-01-01T00:00:00.000000Z'";
        let other = "(SELECT id FROM reviewers WHERE email = 'auditor@desk.example')";
        let cases = [
            ("reason = 'face-mismatch'".to_owned(), "reason:"),
            ("comment = 'forged words'".to_owned(), "comment:"),
            ("comment = ''".to_owned(), "comment:"),
            ("reviewer_name = 'Ben Lyst'".to_owned(), "reviewer:"),
            (format!("reviewer_id = {other}"), "reviewer's account:"),
            ("verdict = 'approve'".to_owned(), "verdict:"),
            ("verdict = 'set-status', case_status = 'Done'".to_owned(), "case status:"),
            ("seen_version = 99".to_owned(), "version of the evidence:"),
            ("fingerprint = 'x'".to_owned(), "fingerprint of the evidence:"),
            ("state = 'rejected'".to_owned(), "state:"),
            (format!("made_at = {time}"), "time of the decision:"),
            (format!("settled_at = {time}"), "time of the outcome:"),
            ("rules_version = 77".to_owned(), "version of the rules:"),
            ("wanted_by = '[\"Other\"]'".to_owned(), "rules that want a second reviewer:"),
            ("checker_name = 'Ben Lyst'".to_owned(), "second reviewer:"),
            (format!("checker_id = {other}"), "second reviewer's account:"),
            (format!("checked_at = {time}"), "time of the second review:"),
            ("accounts = 'x'".to_owned(), "what is said of the accounts:"),
            (format!("released_by = 'Ben', released_at = {time}"), "who had it sent:"),
            ("subject_id = 'inq_another'".to_owned(), "subject:"),
        ];
        for (set, field) in cases {
            named(&desk, &auditor, (&id, &decision), "decisions", &format!("UPDATE decisions SET {set}"), field).await;
        }
        for (set, field) in [("attempts = 7", "attempts:"), ("request_id = 'req_x'", "Persona's request:")] {
            named(&desk, &auditor, (&id, &decision), "deliveries", &format!("UPDATE deliveries SET {set}"), field).await;
        }
    }

    async fn evidence_that_sql_changes_is_named(desk: Desk) {
        let mut desk = desk.filled().await;
        let (_maya, auditor, id, decision) = countersigned(&mut desk).await;
        let cases = [
            ("UPDATE snapshots SET body = replace(body, '19', '18')", "evidence:"),
            ("UPDATE snapshots SET fingerprint = 'x'", "fingerprint kept with the evidence:"),
            ("UPDATE snapshots SET decided = 0", "evidence:"),
            ("UPDATE snapshots SET version = version + 50", "evidence:"),
            ("UPDATE snapshots SET subject_kind = 'case'", "evidence:"),
            ("DELETE FROM snapshots", "evidence:"),
        ];
        for (set, field) in cases {
            named(&desk, &auditor, (&id, &decision), "snapshots", set, field).await;
        }
    }

    async fn a_decision_that_is_gone_or_that_nobody_made_is_named(desk: Desk) {
        let mut desk = desk.filled().await;
        let (maya, auditor, id, decision) = countersigned(&mut desk).await;
        tamper(&desk, "CREATE TABLE saved AS SELECT * FROM decisions").await;
        tamper(&desk, "UPDATE decisions SET subject_id = 'inq_x'").await;
        let file = case_file(&auditor, &id).await;
        assert!(file.contains("THISFILEDIFFERSFROMTHELOG") && file.contains(&decision[..8]), "what the log has is not left out");
        tamper(&desk, "UPDATE decisions SET subject_id = (SELECT s.subject_id FROM saved s WHERE s.id = decisions.id)").await;
        let copied = "INSERT INTO decisions (id, subject_kind, subject_id, subject_name, verdict, reason, comment, reviewer_id, reviewer_name,
                seen_version, fingerprint, state, made_at, rules_version, wanted_by)
            SELECT REPLACED, subject_kind, subject_id, subject_name, 'approve', 'checks-passed', '', reviewer_id, reviewer_name,
                999, fingerprint, 'withdrawn', made_at, 0, wanted_by FROM saved";
        let new = match &desk.app.db {
            Db::Sqlite { .. } => "x'01a00000000070008000000000000001'",
            Db::Postgres(_) => "CAST('01a00000-0000-7000-8000-000000000001' AS uuid)",
        };
        tamper(&desk, &copied.replace("REPLACED", new)).await;
        let wrong = check::run(&desk.app, Scope::All).await.unwrap().unwrap();
        assert_eq!(wrong.fault_at.as_deref(), Some("decision 01a00000-0000-7000-8000-000000000001"), "{wrong:?}");
        assert!(wrong.fault.unwrap().contains("the log says nothing, the table says a decision"));
        assert!(case_file(&auditor, &id).await.contains("thelogsaysnothing"));
        let refused = desk.decide(&maya, &desk.queue(&maya, "needs_review").await[1], "approve", "discrepancy-explained", "").await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "decisions stop");
        assert!(auditor.get("/audit").await.text().contains("Damaged at decision 01a00000"));
    }

    async fn what_makes_entries_findable_is_held_against_them(desk: Desk) {
        let mut desk = desk.filled().await;
        countersigned(&mut desk).await;
        assert_eq!(check::run(&desk.app, Scope::All).await.unwrap().unwrap().fault, None);
        for harm in ["UPDATE audit_index SET reason = 'other'", "DELETE FROM audit_index WHERE reason = 'other'"] {
            tamper(&desk, harm).await;
            let wrong = check::run(&desk.app, Scope::All).await.unwrap().unwrap();
            assert!(wrong.fault.as_deref().is_some_and(|why| why.contains("the index by which it is found")), "{wrong:?}");
        }
    }

    async fn a_resolved_difference_that_sql_changes_is_named(desk: Desk) {
        let mut desk = desk.filled().await;
        let (maya, auditor) = (desk.analyst().await, desk.auditor().await);
        let mut resolved = None;
        for id in desk.queue(&maya, "needs_review").await {
            let page = desk.inquiry(&maya, &id).await;
            for line in page["comparisons"].as_array().unwrap() {
                let field = line["label"].as_str().unwrap().to_owned();
                let version = page["version"].to_string();
                let form = [("inquiry", id.as_str()), ("version", &version), ("field", &field), ("resolution", "typing-error"), ("comment", "typed it")];
                if maya.submit("discrepancy-resolve", &form).await.status == StatusCode::OK {
                    resolved = Some(id.clone());
                }
            }
            if resolved.is_some() {
                break;
            }
        }
        let id = resolved.expect("the sandbox has a difference");
        assert!(!case_file(&auditor, &id).await.contains("THISFILEDIFFERS"));
        for set in ["resolution = 'misread'", "comment = 'forged'", "reviewer_name = 'Ben'"] {
            tamper(&desk, &format!("CREATE TABLE saved AS SELECT * FROM discrepancies; UPDATE discrepancies SET {set}")).await;
            assert!(case_file(&auditor, &id).await.contains("THISFILEDIFFERSFROMTHELOG"), "{set}");
            tamper(&desk, "DELETE FROM discrepancies; INSERT INTO discrepancies SELECT * FROM saved; DROP TABLE saved").await;
        }
    }

    async fn the_bytes_of_the_evidence_make_its_fingerprint_again(desk: Desk) {
        let mut desk = desk.filled().await;
        let (_maya, auditor, id, decision) = countersigned(&mut desk).await;
        let fingerprint = desk.entries("decision.made", &id).await[0].fact("evidence").unwrap();
        let file = auditor.get(&format!("/inquiries/{id}/case-file?purpose=audit")).await;
        let body = attached(&file.body, &format!("evidence/{fingerprint}.json"));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("evidence.json"), &body).unwrap();
        let run = |program: &str, arguments: &[&str]| {
            let done = Command::new(program).args(arguments).current_dir(folder.path()).output().unwrap();
            (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
        };
        let (fine, sum) = run("sha256sum", &["evidence.json"]);
        assert!(fine && sum.starts_with(&fingerprint), "{sum} {fingerprint}");
        // What a person may read of themselves holds what is printed, and no more.
        let complaint = auditor.get(&format!("/inquiries/{id}/case-file?purpose=complaint")).await;
        assert!(!String::from_utf8_lossy(&complaint.body).contains(&format!("evidence/{fingerprint}")));

        let zip = auditor.get("/audit/export?format=evidence").await;
        assert_eq!((zip.status, zip.header("content-type").as_str()), (StatusCode::OK, "application/zip"));
        std::fs::write(folder.path().join("evidence.zip"), &zip.body).unwrap();
        assert!(run("python3", &["-m", "zipfile", "-e", "evidence.zip", "."]).0);
        let (fine, said) = run("sha256sum", &["-c", "SHA256SUMS"]);
        assert!(fine && said.contains(&format!("evidence/{fingerprint}.json: OK")), "{said}");
        // By the log: what was changed in the database fails.
        tamper(&desk, "UPDATE snapshots SET body = replace(body, '19', '18')").await;
        std::fs::write(folder.path().join("evidence.zip"), auditor.get("/audit/export?format=evidence").await.body).unwrap();
        assert!(run("python3", &["-m", "zipfile", "-e", "evidence.zip", "."]).0);
        assert!(!run("sha256sum", &["-c", "SHA256SUMS"]).0);
        let without = std::fs::read_to_string(folder.path().join("WITHOUT.txt")).unwrap();
        assert!(without.contains(&decision) && without.contains("NOT WHAT THE LOG SAYS"), "{without}");
        tamper(&desk, "DELETE FROM snapshots").await;
        std::fs::write(folder.path().join("evidence.zip"), auditor.get("/audit/export?format=evidence").await.body).unwrap();
        assert!(run("python3", &["-m", "zipfile", "-e", "evidence.zip", "."]).0);
        let without = std::fs::read_to_string(folder.path().join("WITHOUT.txt")).unwrap();
        assert!(without.contains("erased, or not kept"), "{without}");
    }

    async fn an_auditor_finds_entries_by_whatever_they_know(desk: Desk) {
        let mut desk = desk.filled().await;
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
        // Everything about a customer, decisions or not, by its ID and by its reference; without scripts as well.
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
        // The same leaves as a file.
        let lines = auditor.get(&format!("/audit/export?format=jsonl&decision={decision}&verdict=decline")).await.text();
        assert_eq!(lines.lines().count(), 3, "{lines}");
    }

    async fn pages_of_what_was_found_go_on_where_the_last_one_ended(desk: Desk) {
        let mut desk = desk.filled().await;
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

    async fn each_decision_is_a_row_of_its_own(desk: Desk) {
        let mut desk = desk.filled().await;
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
