use axum::body::Body;
use axum::http::{Request, StatusCode};
use countersign::server::clock::ServerClock;
use countersign::server::{jobs, run};
use persona_sandbox as sandbox;
use serde_json::json;

use crate::desk::{Desk, send};
use crate::filled::Filled;
use crate::flow;

flow! {
    async fn persona_unreachable_at_start_is_no_reason_not_to_start(desk: Desk) {
        let mut desk = desk;
        let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
        let config = run::sandbox_config(&desk.database_url, nowhere, crate::desk::SECRET).unwrap();
        let app = run::open(config, desk.clock.clone()).await.unwrap();
        let walks = jobs::sync::all(&app, |_| {}).await.unwrap();
        assert!(walks[0].failure.is_some());
        assert!(app.persona.health().down());
        let analyst = desk.analyst().await;
        assert_eq!(analyst.get("/queue").await.status, StatusCode::OK);
    }

    async fn forms_that_do_not_fit_are_answered_and_change_nothing(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let version = desk.inquiry(&analyst, &id).await["version"].to_string();
        let long = "x".repeat(2001);
        let huge = "x".repeat(300 * 1024);
        let bad: [&[(&str, &str)]; 7] = [
            &[("inquiry", &id)],
            &[("inquiry", &id), ("version", "many"), ("verdict", "approve"), ("reason", "discrepancy-explained"), ("comment", "")],
            &[("inquiry", &id), ("version", &version), ("verdict", "bless"), ("reason", "discrepancy-explained"), ("comment", "")],
            &[("inquiry", &id), ("version", &version), ("verdict", "approve"), ("reason", "because"), ("comment", "")],
            &[("inquiry", &id), ("version", &version), ("verdict", "approve"), ("reason", "discrepancy-explained"), ("comment", &long)],
            &[("inquiry", "../../etc"), ("version", &version), ("verdict", "approve"), ("reason", "discrepancy-explained"), ("comment", "")],
            &[("inquiry", &id), ("version", &version), ("verdict", "approve"), ("reason", "discrepancy-explained"), ("comment", &huge)],
        ];
        for fields in bad {
            let reply = analyst.submit("decide", fields).await;
            assert!(reply.status.is_client_error(), "{} {:?}", reply.status, fields.iter().map(|(name, value)| (name, value.len())).collect::<Vec<_>>());
            let text = reply.text();
            assert!(!text.contains("sqlx") && !text.contains("src/") && !text.to_lowercase().contains("select "), "{text}");
        }
        assert!(desk.entries("decision.made", &id).await.is_empty());
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty());
    }

    async fn what_cannot_be_read_is_the_senders_mistake(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        for who in [&analyst, &desk.nobody()] {
            for (kind, body) in [("application/json", "{"), ("application/json", ""), ("application/json", "[1]"), ("text/plain", "x")] {
                for name in ["queue", "sign-in", "decide"] {
                    let request = Request::post(format!("/api/{name}"))
                        .header("cookie", &who.cookie)
                        .header("content-type", kind)
                        .header("accept", "application/json")
                        .header("sec-fetch-site", "same-origin");
                    let reply = send(&who.router, request.body(Body::from(body)).unwrap()).await;
                    assert!(reply.status.is_client_error(), "{name} {kind} {body}: {}", reply.status);
                }
            }
        }
    }

    async fn odd_addresses_are_answered(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        for path in ["/queue?status=%00&after=zzz", "/queue?after=2026-01-01T00:00:00Z~x", "/cases?after=~", "/audit", "/decisions?state=nonsense", "/login?next=//evil.example"] {
            let status = analyst.get(path).await.status;
            assert!(status.is_success() || status == StatusCode::FORBIDDEN, "{path}: {status}");
        }
        assert_eq!(analyst.call("nothing", json!({})).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn what_is_wrong_at_start_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken =
        run::listen(&listener.local_addr().unwrap().to_string(), "LEPTOS_SITE_ADDR").await.err().unwrap().to_string();
    assert!(taken.contains("cannot listen on") && taken.contains("LEPTOS_SITE_ADDR"), "{taken}");
    let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    let config = |url: &str| run::sandbox_config(url, nowhere, "not-used").unwrap();
    let missing = format!("sqlite:{}/no/such/folder/x.db", folder.path().display());
    let error = run::open(config(&missing), ServerClock::System).await.err().unwrap().to_string();
    assert!(error.contains("cannot be opened"), "{error}");
    let error = run::open(config("postgres://user:hunter2@127.0.0.1:9/x"), ServerClock::System)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("cannot be opened") && !error.contains("hunter2"), "{error}");
    let foreign = folder.path().join("notes.txt");
    std::fs::write(&foreign, "this is not a database, and long enough to be read as one. ".repeat(40)).unwrap();
    let error = run::open(config(&format!("sqlite:{}", foreign.display())), ServerClock::System)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("cannot be"), "{error}");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = sandbox::Options { file: Some(foreign), ..sandbox::Options::default() };
    assert!(sandbox::start(listener, options).await.is_err());
}
