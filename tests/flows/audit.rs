use axum::http::StatusCode;
use countersign::domain::audit::commitment;
use countersign::server::db::{self, Db};
use serde_json::json;
use tlog::merkle;

use crate::desk::Desk;
use crate::filled::Filled;
use crate::flow;

flow! {
    async fn the_log_has_no_gap_and_every_leaf_fits_its_body(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let ids = desk.queue(&analyst, "needs_review").await;
        let tasks: Vec<_> = ids.iter().take(8).map(|id| desk.decide(&analyst, id, "approve", "discrepancy-explained", "Same person")).collect();
        for reply in futures::future::join_all(tasks).await {
            assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        }
        desk.settle().await;
        let mut conn = desk.app.read().await.unwrap();
        let mut entries = db::audit::page(&mut conn, &Default::default(), None, 10_000).await.unwrap();
        entries.reverse();
        assert_eq!(i64::try_from(entries.len()).unwrap(), db::audit::size(&mut conn).await.unwrap());
        for (seq, entry) in (0_i64..).zip(&entries) {
            assert_eq!(entry.seq, seq);
            assert_eq!(entry.hash, hex::encode(merkle::leaf(entry.body.as_bytes())), "entry {seq}");
            let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap();
            assert_eq!(body["seq"], seq);
            assert_eq!(body.to_string(), entry.body, "canonical: keys sorted, no blanks");
        }
        let made: Vec<_> = entries.iter().filter(|entry| entry.action == "decision.made").collect();
        assert_eq!(made.len(), 8);
    }

    async fn the_database_refuses_to_change_or_delete_an_entry(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        let statements = [
            "UPDATE audit_entries SET actor_name = 'nobody' WHERE seq = 0",
            "DELETE FROM audit_entries WHERE seq = 0",
            "UPDATE audit_head SET size = 0",
            "DELETE FROM audit_head",
        ];
        for statement in statements {
            let refused = match &desk.app.db {
                Db::Sqlite { write, .. } => sqlx::query(statement).execute(write).await.is_err(),
                Db::Postgres(pool) => sqlx::query(statement).execute(pool).await.is_err(),
            };
            assert!(refused, "{statement}");
        }
        if let Db::Postgres(pool) = &desk.app.db {
            assert!(sqlx::query("TRUNCATE audit_entries CASCADE").execute(pool).await.is_err());
        }
    }

    async fn an_act_that_fails_leaves_no_entry_and_no_gap(desk: Desk) {
        let before = size(&desk).await;
        let failed = desk
            .app
            .write(|tx| {
                Box::pin(async move {
                    let draft = countersign::domain::audit::Draft::new("test.written", countersign::domain::audit::Actor::System { part: "test" }, "test", "one");
                    let at = countersign::domain::time::Timestamp::from_micros(0);
                    db::audit::append(tx, |seq| draft.clone().seal(seq, at, "0", &Default::default()), &Default::default()).await?;
                    Err::<(), _>(countersign::server::Error::NotFound("anything"))
                })
            })
            .await;
        assert!(failed.is_err());
        assert_eq!(size(&desk).await, before);
    }

    async fn erasing_a_personal_value_leaves_the_entry_as_it_is(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.decide(&analyst, &id, "approve", "discrepancy-explained", "Same face as in May").await;
        let entry = desk.entries("decision.made", &id).await.remove(0);
        let (salt, value): (Vec<u8>, String) = match &desk.app.db {
            Db::Sqlite { write, .. } => sqlx::query_as("SELECT salt, value FROM audit_personal WHERE seq = $1").bind(entry.seq).fetch_one(write).await.unwrap(),
            Db::Postgres(pool) => sqlx::query_as("SELECT salt, value FROM audit_personal WHERE seq = $1").bind(entry.seq).fetch_one(pool).await.unwrap(),
        };
        let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap();
        assert_eq!(body["commit"]["comment"], hex::encode(commitment(&salt.try_into().unwrap(), &value)));
        match &desk.app.db {
            Db::Sqlite { write, .. } => { sqlx::query("DELETE FROM audit_personal WHERE seq = $1").bind(entry.seq).execute(write).await.unwrap(); }
            Db::Postgres(pool) => { sqlx::query("DELETE FROM audit_personal WHERE seq = $1").bind(entry.seq).execute(pool).await.unwrap(); }
        }
        let after = desk.entries("decision.made", &id).await.remove(0);
        assert_eq!((after.body, after.hash), (entry.body, entry.hash));
        assert!(after.personal.is_empty());
    }

    async fn looking_at_an_inquiry_and_its_pictures_is_recorded(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let page = desk.inquiry(&analyst, &id).await;
        desk.inquiry(&analyst, &id).await;
        assert_eq!(desk.entries("inquiry.viewed", &id).await.len(), 1, "looking again at once is one look");
        let pictures: Vec<_> = page["evidence"]["verifications"].as_array().unwrap().iter().flat_map(|v| v["pictures"].as_array().unwrap().clone()).collect();
        let picture = &pictures[0];
        let form = [("kind", "inquiry"), ("subject", id.as_str()), ("topics", "picture"), ("purpose", "review")];
        assert_eq!(analyst.submit("reveal", &form).await.status, StatusCode::OK);
        let path = format!("/documents/{}/{}?inquiry={id}", picture["object_id"].as_str().unwrap(), picture["part"].as_str().unwrap());
        let reply = analyst.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("content-type"), "image/png");
        assert!(reply.header("content-security-policy").contains("sandbox"));
        assert!(reply.body.starts_with(b"\x89PNG"));
        let small = analyst.get(&format!("{path}&size=small")).await;
        assert_eq!((small.status, small.header("content-type").as_str()), (StatusCode::OK, "image/jpeg"));
        assert!(small.body.starts_with(b"\xff\xd8") && small.body.len() < reply.body.len() / 2, "{}", small.body.len());
        let sizes: Vec<_> = desk.entries("picture.viewed", &id).await.iter().map(|entry| entry.fact("size")).collect();
        assert_eq!(sizes, [Some("small".to_owned()), Some("whole".to_owned())], "newest first");
        assert_eq!(analyst.get(&format!("{path}&size=huge")).await.status, StatusCode::BAD_REQUEST);
        for wrong in [format!("/documents/ver_none/front?inquiry={id}"), path.replace(&id, "inq_other"), path.replace("front", "secret")] {
            assert_eq!(analyst.get(&wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
    }

    async fn an_auditor_sees_who_did_what_and_why(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let auditor = desk.auditor().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.decide(&analyst, &id, "decline", "document-not-genuine", "The hologram is printed").await;
        desk.settle().await;
        let page = auditor.call("audit", json!({"filter": {"object": id}})).await.json();
        let actions: Vec<_> = page["entries"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["decision.confirmed", "decision.made", "inquiry.viewed"]);
        let html = auditor.get(&format!("/audit?object={id}")).await.text();
        for shown in ["Maya Okafor", "Document not genuine", "The hologram is printed", "confirmed"] {
            assert!(html.contains(shown), "{shown}");
        }
        assert!(!desk.entries("audit.read", "log").await.is_empty(), "reading the log is recorded too");
    }
}

async fn size(desk: &Desk) -> i64 {
    let mut conn = desk.app.read().await.unwrap();
    db::audit::size(&mut conn).await.unwrap()
}
