//! Log entries other than decisions: searches, the places where a session is used, expired claims, counted webhooks,
//! settings.
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use countersign::server::http::listen::Peer;
use countersign::server::jobs;
use countersign::server::usecase::reviewer;
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::{counters, session, setting};

use crate::desk::{Desk, send};
use crate::filled::Filled;
use crate::flow;

flow! {
    async fn a_search_is_recorded_once_and_its_words_are_a_commitment(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        for _ in 0..3 {
            assert_eq!(analyst.get("/queue?search=Whitfield").await.status, StatusCode::OK);
        }
        assert_eq!(analyst.get("/queue").await.status, StatusCode::OK);
        assert_eq!(analyst.get("/relations?search=Harbor").await.status, StatusCode::OK);
        let made = desk.entries("search.made", "queue").await;
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].personal.get("words").map(String::as_str), Some("whitfield"));
        assert!(!made[0].body.to_lowercase().contains("whitfield"));
        assert_eq!(desk.entries("search.made", "accounts").await.len(), 1);
    }

    async fn from_where_a_session_is_used_stands_in_the_log_once(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let visit = |agent: &'static str, address: &str| {
            let mut request = Request::get("/queue").header("cookie", &analyst.cookie).header("user-agent", agent);
            request = request.extension(Peer(format!("{address}:5000").parse().unwrap()));
            send(&analyst.router, request.body(Body::empty()).unwrap())
        };
        for _ in 0..2 {
            visit("A browser", "192.0.2.7").await;
        }
        let everybody = reviewer::account::all(&desk.app, &AccountManager::shell()).await.unwrap();
        let id = everybody[0].id.to_string();
        let used = desk.entries("session.used", &id).await;
        assert_eq!(used.len(), 1, "once for a session, whatever it does");
        assert_eq!(used[0].personal.get("address").map(String::as_str), Some("192.0.2.7"));
        assert!(used[0].body.contains("\"address\":\"") && !used[0].body.contains("192.0.2.7"));
        assert_eq!(used[0].fact("strength").as_deref(), Some("password"));
        visit("Another browser", "192.0.2.7").await;
        let used = desk.entries("session.used", &id).await;
        assert_eq!(used.len(), 2, "and again when it changes");
        assert!(used.iter().any(|entry| entry.personal.get("agent").is_some_and(|agent| agent == "Another browser")));
    }

    async fn a_claim_that_runs_out_is_told_whoever_notices(desk: Filled) {
        let mut desk = desk;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let ids = desk.queue(&maya, "needs_review").await;
        for id in &ids[..2] {
            assert_eq!(maya.submit("claim", &[("inquiry", id)]).await.status, StatusCode::OK);
        }
        desk.clock.advance(Duration::from_secs(200));
        assert_eq!(jo.submit("claim", &[("inquiry", &ids[0])]).await.status, StatusCode::OK);
        session::sweep(&desk.app).await.unwrap();
        for id in &ids[..2] {
            let expired = desk.entries("claim.expired", id).await;
            assert_eq!(expired.len(), 1, "{id}");
            assert_eq!(expired[0].fact("of").as_deref(), Some("Maya Okafor"));
        }
        assert_eq!(desk.entries("claim.taken", &ids[0]).await.len(), 2);
    }

    async fn webhooks_are_counted_and_refused_ones_too(desk: Filled) {
        counters::flush(&desk.app).await.unwrap();
        let before = desk.entries("webhook.counted", "events").await.len();
        desk.webhook(Some("t=1,v1=00"), b"{}").await;
        desk.webhook(None, b"{}").await;
        jobs::checkpoint::run(&desk.app).await.unwrap();
        let told = desk.entries("webhook.counted", "events").await;
        assert_eq!(told.len(), before + 1);
        let last = told.iter().max_by_key(|entry| entry.seq).unwrap();
        assert_eq!((last.fact("refused").as_deref(), last.outcome.as_str()), (Some("2"), "denied"));
        counters::flush(&desk.app).await.unwrap();
        assert_eq!(desk.entries("webhook.counted", "events").await.len(), before + 1, "nothing new, no entry");
    }

    async fn settings_are_told_when_they_change_and_no_secret_among_them(desk: Desk) {
        for _ in 0..2 {
            setting::begin(&desk.app).await.unwrap();
        }
        let changed = desk.entries("settings.changed", "countersign").await;
        assert_eq!(changed.len(), 1);
        assert!(changed[0].body.contains("\"persona_webhook_secrets\":\"1\""));
        assert!(!changed[0].body.contains("persona_sandbox_test"));
    }
}
