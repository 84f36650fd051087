//! An attacker who can write to the database: the desk compares what they change with the log, and names it.
use std::process::Command;

use axum::http::StatusCode;
use countersign::server::db::Db;
use countersign::server::usecase::log_check::{self, Scope};

use crate::attacks::restricted::found;
use crate::desk::{Desk, Visitor};
use crate::filled::Filled;
use crate::flow;
use crate::log::tamper;
use crate::paper::attached;

flow! {
    async fn each_field_of_a_decision_that_sql_changes_is_named(desk: Filled) {
        let mut desk = desk;
        let (_maya, auditor, id, decision) = countersigned(&mut desk).await;
        assert_eq!(log_check::run(&desk.app, Scope::All).await.unwrap().unwrap().fault, None);
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
            ("wanted_by = '[\"Other\"]'".to_owned(), "rules that require a second reviewer:"),
            ("checker_name = 'Ben Lyst'".to_owned(), "second reviewer:"),
            (format!("checker_id = {other}"), "second reviewer's account:"),
            (format!("checked_at = {time}"), "time of the second review:"),
            ("accounts = 'x'".to_owned(), "accounts of maker and checker:"),
            (format!("released_by = 'Ben', released_at = {time}"), "admin who sent the held decision:"),
            ("subject_id = 'inq_another'".to_owned(), "subject:"),
        ];
        for (set, field) in cases {
            named(&desk, &auditor, (&id, &decision), "decisions", &format!("UPDATE decisions SET {set}"), field).await;
        }
        for (set, field) in [("attempts = 7", "attempts:"), ("request_id = 'req_x'", "Persona's request:")] {
            named(&desk, &auditor, (&id, &decision), "deliveries", &format!("UPDATE deliveries SET {set}"), field).await;
        }
    }

    async fn evidence_that_sql_changes_is_named(desk: Filled) {
        let mut desk = desk;
        let (_maya, auditor, id, decision) = countersigned(&mut desk).await;
        let cases = [
            ("UPDATE snapshots SET body = replace(body, '19', '18')", "evidence:"),
            ("UPDATE snapshots SET fingerprint = 'x'", "fingerprint stored with the evidence:"),
            ("UPDATE snapshots SET decided = 0", "evidence:"),
            ("UPDATE snapshots SET version = version + 50", "evidence:"),
            ("UPDATE snapshots SET subject_kind = 'case'", "evidence:"),
            ("DELETE FROM snapshots", "evidence:"),
        ];
        for (set, field) in cases {
            named(&desk, &auditor, (&id, &decision), "snapshots", set, field).await;
        }
    }

    async fn a_decision_that_is_gone_or_that_nobody_made_is_named(desk: Filled) {
        let mut desk = desk;
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
        let wrong = log_check::run(&desk.app, Scope::All).await.unwrap().unwrap();
        assert_eq!(wrong.fault_at.as_deref(), Some("decision 01a00000-0000-7000-8000-000000000001"), "{wrong:?}");
        assert!(wrong.fault.unwrap().contains("the log says nothing, the table says a decision"));
        assert!(case_file(&auditor, &id).await.contains("thelogsaysnothing"));
        let refused = desk.decide(&maya, &desk.queue(&maya, "needs_review").await[1], "approve", "discrepancy-explained", "").await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "decisions stop");
        assert!(auditor.get("/audit").await.text().contains("Damaged at decision 01a00000"));
    }

    async fn what_makes_entries_findable_is_held_against_them(desk: Filled) {
        let mut desk = desk;
        countersigned(&mut desk).await;
        assert_eq!(log_check::run(&desk.app, Scope::All).await.unwrap().unwrap().fault, None);
        for harm in ["UPDATE audit_index SET reason = 'other'", "DELETE FROM audit_index WHERE reason = 'other'"] {
            tamper(&desk, harm).await;
            let wrong = log_check::run(&desk.app, Scope::All).await.unwrap().unwrap();
            assert!(wrong.fault.as_deref().is_some_and(|why| why.contains("the index by which it is found")), "{wrong:?}");
        }
    }

    async fn a_resolved_difference_that_sql_changes_is_named(desk: Filled) {
        let mut desk = desk;
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

    async fn the_bytes_of_the_evidence_make_its_fingerprint_again(desk: Filled) {
        let mut desk = desk;
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
        // A file for the person contains what is printed, and no more.
        let complaint = auditor.get(&format!("/inquiries/{id}/case-file?purpose=complaint")).await;
        assert!(!String::from_utf8_lossy(&complaint.body).contains(&format!("evidence/{fingerprint}")));

        let zip = auditor.get("/audit/export?format=evidence").await;
        assert_eq!((zip.status, zip.header("content-type").as_str()), (StatusCode::OK, "application/zip"));
        std::fs::write(folder.path().join("evidence.zip"), &zip.body).unwrap();
        assert!(run("python3", &["-m", "zipfile", "-e", "evidence.zip", "."]).0);
        let (fine, said) = run("sha256sum", &["-c", "SHA256SUMS"]);
        assert!(fine && said.contains(&format!("evidence/{fingerprint}.json: OK")), "{said}");
        // Compared with the log: the changed evidence fails.
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
        assert!(without.contains("erased, or not stored"), "{without}");
    }
}

/// Text of a case file, without the gaps that typesetting adds.
async fn case_file(by: &Visitor, id: &str) -> String {
    let file = by.get(&format!("/inquiries/{id}/case-file?purpose=audit")).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.text());
    found(&file.body).replace([' ', '\n'], "")
}

/// A countersigned decline that Persona confirmed. Returns the maker, an auditor, the inquiry and the decision.
pub async fn countersigned(desk: &mut Desk) -> (Visitor, Visitor, String, String) {
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

/// Changes a row, checks that a log check and the case file name the change, and restores the row.
async fn named(desk: &Desk, auditor: &Visitor, (id, decision): (&str, &str), table: &str, set: &str, field: &str) {
    tamper(desk, &format!("CREATE TABLE saved AS SELECT * FROM {table}")).await;
    tamper(desk, set).await;
    let wrong = log_check::run(&desk.app, Scope::All).await.unwrap().unwrap();
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
    let healed = log_check::run(&desk.app, Scope::All).await.unwrap().unwrap();
    assert_eq!(healed.fault, None, "{set}");
    assert!(!case_file(auditor, id).await.contains("THISFILEDIFFERSFROMTHELOG"), "{set}");
}
