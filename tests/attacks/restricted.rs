//! A restricted note (a suspicion, legal advice) is in no file that leaves the desk, because telling its subject of a
//! report is a crime. What reviewers write for one another is in no file for the person.
use axum::http::StatusCode;
use countersign::domain::case_file::PURPOSES;
use serde_json::json;

use crate::filled::Filled;
use crate::flow;

const CANARY: &str = "CANARYRESTRICTED";
const OPEN: &str = "CANARYUNRESTRICTED";

/// Everything that a reader of the file could find: the text of its pages and every attached or compressed stream.
pub fn found(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if let Ok(document) = lopdf::Document::load_mem(bytes) {
        let pages: Vec<u32> = document.get_pages().keys().copied().collect();
        text.push_str(&document.extract_text(&pages).unwrap_or_default().replace(['\n', ' '], ""));
        for stream in document.objects.values().filter_map(|object| object.as_stream().ok()) {
            text.push_str(&String::from_utf8_lossy(&stream.decompressed_content().unwrap_or_default()));
        }
    }
    text
}

flow! {
    async fn a_file_for_the_person_holds_no_word_that_reviewers_wrote_for_one_another(desk: Filled) {
        let mut desk = desk;
        let admin = desk.admin().await;
        desk.rule(&admin, "CANARYRULE", "decline").await;
        let (maya, jo, auditor) = (desk.analyst().await, desk.second_analyst().await, desk.auditor().await);
        let mut differing = None;
        for id in desk.queue(&maya, "needs_review").await {
            let page = desk.inquiry(&maya, &id).await;
            let lines = page["comparisons"].as_array().unwrap().clone();
            if let Some(line) = lines.into_iter().find(|line| line["outcome"]["outcome"] == "differs") {
                differing = Some((id, page["version"].to_string(), line["label"].as_str().unwrap().to_owned()));
                break;
            }
        }
        let (id, version, field) = differing.expect("the seed has an inquiry whose document says something else");
        let how = [("inquiry", id.as_str()), ("version", version.as_str()), ("field", field.as_str()), ("resolution", "explained"), ("comment", "CANARYDIFFERENCE")];
        assert_eq!(maya.submit("discrepancy-resolve", &how).await.status, StatusCode::OK);
        let made = desk.decide(&maya, &id, "decline", "document-expired", "CANARYCOMMENT").await.json();
        assert_eq!(made["state"], "awaiting_countersign", "{made}");
        desk.inquiry(&jo, &id).await;
        let refuse = [("decision", made["id"].as_str().unwrap()), ("version", version.as_str()), ("said", "refuse"), ("why", "CANARYREFUSAL")];
        let refused = jo.submit("countersign", &refuse).await;
        assert_eq!(refused.status, StatusCode::OK, "{}", refused.text());
        desk.settle().await;
        let ours = ["CANARYCOMMENT", "CANARYREFUSAL", "CANARYDIFFERENCE", "CANARYRULE", "Okafor", "Lindqvist"];
        for (purpose, _) in PURPOSES {
            for reader in [&maya, &auditor] {
                let file = reader.get(&format!("/inquiries/{id}/case-file?purpose={purpose}")).await;
                assert_eq!(file.status, StatusCode::OK);
                let text = found(&file.body);
                for word in ours {
                    assert_eq!(text.contains(word), !matches!(purpose, "complaint" | "access"), "{purpose}: {word}");
                }
                assert!(text.contains("Documentexpired") || text.contains("Document expired"), "{purpose}: the reason is theirs to know");
            }
        }
    }

    async fn a_restricted_note_is_in_no_file(desk: Filled) {
        let mut desk = desk;
        let (analyst, auditor) = (desk.analyst().await, desk.auditor().await);
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let account = desk.inquiry(&analyst, &id).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
        for (kind, subject) in [("inquiry", &id), ("account", &account)] {
            let note = |body: &'static str| [("kind", kind), ("subject", subject.as_str()), ("body", body)];
            assert_eq!(analyst.submit("note-add", &note(OPEN)).await.status, StatusCode::OK);
            let mut restricted = note(CANARY).to_vec();
            restricted.push(("restricted", "on"));
            assert_eq!(analyst.submit("note-add", &restricted).await.status, StatusCode::OK);
        }
        let escalate = json!({"inquiry": id, "act": {"act": "escalate", "reason": CANARY}});
        assert_eq!(analyst.call("queue-act", escalate).await.status, StatusCode::OK);
        // A reviewer who works on the inquiry can read it.
        assert!(desk.inquiry(&analyst, &id).await["notes"].to_string().contains(CANARY));
        let entries = desk.entries("note.added", &id).await;
        assert_eq!(entries.len(), 2);

        let files = |format: &str| format!("/audit/export?format={format}");
        let mut paths: Vec<String> = ["zip", "jsonl", "csv", "xlsx", "pdf", "decisions-csv", "decisions-xlsx", "evidence"].into_iter().map(files).collect();
        paths.extend(["", "?comments=read"].map(|query| format!("/accounts/{account}/access-request{query}")));
        paths.extend(PURPOSES.map(|(code, _)| format!("/inquiries/{id}/case-file?purpose={code}")));
        let mut open = 0;
        for path in &paths {
            for reader in [&analyst, &auditor] {
                let file = reader.get(path).await;
                if file.status != StatusCode::OK {
                    assert!(file.status.is_client_error(), "{path}: {}", file.status);
                    continue;
                }
                let text = found(&file.body);
                assert!(!text.contains(CANARY), "{path} holds the restricted note");
                open += usize::from(text.contains(OPEN));
            }
        }
        assert!(open >= (PURPOSES.len() - 2) * 2, "only {open} files hold the other note: the test cannot see into them");
        // A file for the person does not even reveal that a restricted note exists.
        let restricted = &entries.iter().find(|entry| entry.body.contains("\"restricted\":true")).unwrap().hash;
        for (purpose, told) in [("court", true), ("access", false), ("complaint", false)] {
            let file = analyst.get(&format!("/inquiries/{id}/case-file?purpose={purpose}")).await;
            assert_eq!(found(&file.body).contains(&restricted[..12]), told, "{purpose}");
        }
        // The log is complete nevertheless.
        assert_eq!(auditor.call("audit-check", json!({})).await.status, StatusCode::OK);
    }
}
