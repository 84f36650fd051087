use axum::http::StatusCode;
use countersign::domain::access_request::LEFT_OUT;
use countersign::domain::export::{parse_proof, seq_of};
use sha2::{Digest, Sha256};
use tlog::merkle::{included, leaf};
use tlog::signed_note::{Checkpoint, Note, SignerKey};

use crate::filled::Filled;
use crate::flow;

flow! {
    async fn a_case_file_is_taken_for_a_purpose_and_recorded_with_its_hash(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin, auditor) = (desk.analyst().await, desk.admin().await, desk.auditor().await);
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.inquiry(&analyst, &id).await;
        desk.decide(&analyst, &id, "decline", "document-not-genuine", "the hologram is printed").await;
        desk.settle().await;
        let path = format!("/inquiries/{id}/case-file");
        assert_eq!(admin.get(&format!("{path}?purpose=audit")).await.status, StatusCode::FORBIDDEN);
        for none in ["", "?purpose=", "?purpose=curiosity"] {
            assert_eq!(auditor.get(&format!("{path}{none}")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{none}");
        }
        assert_eq!(auditor.get("/inquiries/inq_none/case-file?purpose=audit").await.status, StatusCode::NOT_FOUND);
        assert!(desk.entries("case_file.exported", &id).await.is_empty());

        for visitor in [&analyst, &auditor] {
            let file = visitor.get(&format!("{path}?purpose=court")).await;
            assert_eq!((file.status, file.header("content-type").as_str()), (StatusCode::OK, "application/pdf"));
            look("case-file", &file.body);
            assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"case-file-{id}.pdf\""));
            assert!(file.body.starts_with(b"%PDF-1.7"));
            // The attachments can be verified alone: every entry is in the tree of the checkpoint that its proof
            // contains.
            let mut proved = 0;
            for line in attached(&file.body, "entries.jsonl").lines() {
                let seq = seq_of(line.as_bytes()).unwrap();
                let text = attached(&file.body, &format!("proofs/{seq}.tlog-proof"));
                let (index, hashes, note) = parse_proof(&text).unwrap();
                let note: Note = note.parse().unwrap();
                assert!(note.is_signed_by(&SignerKey::of_log("test.example/log", &[7; 32]).verifier()));
                let checkpoint = Checkpoint::parse(&note.text).unwrap();
                assert_eq!(i64::try_from(index).unwrap(), seq);
                assert!(included(index, checkpoint.size, leaf(line.as_bytes()), &hashes, &checkpoint.root), "entry {seq}");
                proved += 1;
            }
            assert!(proved >= 3, "looked at, decided, confirmed: {proved}");
            let entry = desk.entries("case_file.exported", &id).await.remove(0);
            assert_eq!(entry.fact("sha256"), Some(hex::encode(Sha256::digest(&file.body))));
            assert_eq!((entry.fact("purpose").as_deref(), entry.fact("decisions").as_deref()), (Some("court"), Some("1")));
        }
        // The summary of the log is the same file for the same checkpoint.
        let size = auditor.call("audit-integrity", serde_json::json!({})).await.json()["checkpoint"]["size"].clone();
        let summary = format!("/audit/export?format=pdf&through={size}");
        let (one, two) = (auditor.get(&summary).await, auditor.get(&summary).await);
        assert_eq!((one.status, one.header("content-type").as_str()), (StatusCode::OK, "application/pdf"));
        look("summary", &one.body);
        assert!(one.body == two.body);
    }

    async fn a_person_gets_what_is_theirs_and_nothing_of_others(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        let mut found = None;
        for id in desk.queue(&analyst, "needs_review").await {
            let page = desk.inquiry(&analyst, &id).await;
            if let Some(account) = page["inquiry"]["account_id"].as_str() {
                found = Some((id.clone(), account.to_owned()));
                break;
            }
        }
        let (id, account) = found.unwrap();
        desk.decide(&analyst, &id, "decline", "document-not-genuine", "her brother Tariq sent it").await;
        desk.settle().await;
        let note = [("kind", "inquiry"), ("subject", id.as_str()), ("body", "reported today"), ("restricted", "on")];
        assert_eq!(analyst.submit("note-add", &note).await.status, StatusCode::OK);
        assert_eq!(analyst.get(&format!("/inquiries/{id}/case-file?purpose=court")).await.status, StatusCode::OK);
        let path = format!("/accounts/{account}/access-request");
        assert_eq!(admin.get(&path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(analyst.get("/accounts/act_none/access-request").await.status, StatusCode::NOT_FOUND);
        for (query, told) in [("", false), ("?comments=yes", false), ("?comments=read", true)] {
            let file = analyst.get(&format!("{path}{query}")).await;
            assert_eq!(file.status, StatusCode::OK);
            look("access-request", &file.body);
            let data = attached(&file.body, "data.json");
            assert_eq!(data.contains("Tariq"), told, "{query}");
            assert!(!data.contains("Maya Okafor"), "no reviewer is named");
            for tells in ["reported today", "Note added", "Case file"] {
                assert!(!data.contains(tells), "{tells} could tell of a suspicion");
            }
            assert!(data.contains("Decision made"));
            assert!(data.contains(&account) && data.contains(&id) && data.contains("Document not genuine"));
            assert!(data.contains(LEFT_OUT[0]));
        }
        assert_eq!(desk.entries("access.answered", &account).await.len(), 3);
    }
}

/// Saves a PDF in the folder that PAPERS names, for inspection by a person or by other programs.
fn look(name: &str, pdf: &[u8]) {
    if let Some(folder) = std::env::var_os("PAPERS") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.pdf")), pdf).unwrap();
    }
}

/// Extracts a file from a PDF. krilla writes streams that it compresses with an extra filter; PDF readers undo it.
pub fn attached(pdf: &[u8], name: &str) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let spec = document.objects.values().filter_map(|object| object.as_dict().ok()).find(|dict| {
        dict.get(b"F").and_then(lopdf::Object::as_str).is_ok_and(|path| path == name.as_bytes()) && dict.has(b"EF")
    });
    let held = spec.unwrap().get(b"EF").unwrap().as_dict().unwrap().get(b"F").unwrap().as_reference().unwrap();
    let stream = document.get_object(held).unwrap().as_stream().unwrap();
    String::from_utf8(stream.decompressed_content().unwrap_or_else(|_| stream.content.clone())).unwrap()
}
