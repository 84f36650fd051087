//! Sessions that continue after they should have ended.
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::disable;
use countersign::server::{App, db};
use http_body_util::BodyExt;
use serde_json::json;

use crate::desk::Desk;
use crate::filled::Filled;
use crate::flow;
use tower::ServiceExt;

flow! {
    async fn a_planted_session_id_is_not_taken_over(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let again = analyst
            .post_plain("sign-in", "/login", &[("email", "analyst@desk.example"), ("password", desk.password("analyst@desk.example"))])
            .await;
        assert!(!again.cookie().is_empty());
        assert_ne!(again.cookie(), analyst.cookie);
        assert_eq!(analyst.get("/queue").await.status, StatusCode::SEE_OTHER, "the old id is dead");
    }

    async fn a_session_ends_by_rest_and_by_age(desk: Desk) {
        let mut desk = desk;
        let resting = desk.analyst().await;
        desk.clock.advance(Duration::from_secs(16 * 60));
        assert_eq!(resting.get("/queue").await.status, StatusCode::SEE_OTHER);
        let busy = desk.sign_in("analyst@desk.example").await;
        for _ in 0..47 {
            desk.clock.advance(Duration::from_secs(10 * 60));
            assert_eq!(busy.get("/queue").await.status, StatusCode::OK);
        }
        desk.clock.advance(Duration::from_secs(11 * 60));
        assert_eq!(busy.get("/queue").await.status, StatusCode::SEE_OTHER, "eight hours are over");
    }

    async fn a_page_that_nobody_uses_keeps_no_session_open(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        assert_eq!(analyst.submit("claim", &[("inquiry", &id)]).await.status, StatusCode::OK);
        let mut last = StatusCode::OK;
        // Calls that an open page makes without the reviewer.
        for minute in 1..=20 {
            desk.clock.advance(Duration::from_secs(60));
            let draft = json!({"kind": "inquiry", "id": &id, "version": 1, "reason": "", "comment": format!("{minute}")});
            for (name, arguments) in [
                ("frame", json!({})),
                ("views", json!({})),
                ("queue", json!({"filter": {"status": "needs_review"}})),
                ("inquiry", json!({"id": &id})),
                ("claim-renew", json!({"inquiry": &id})),
                ("draft-save", draft),
                ("session-left", json!({})),
            ] {
                last = analyst.call(name, arguments).await.status;
                assert_eq!(last == StatusCode::UNAUTHORIZED, minute >= 15, "{name} after {minute} minutes: {last}");
            }
            let fetched = analyst.get_as("/queue", &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")]).await;
            let reloaded = analyst.get_as("/queue", &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]).await;
            for reply in [fetched, reloaded] {
                assert_eq!(reply.status == StatusCode::OK, minute < 15, "a page without a person, after {minute} minutes");
            }
        }
        assert_eq!(last, StatusCode::UNAUTHORIZED);
    }

    async fn what_a_person_does_keeps_a_session_open(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let person: [&[(&str, &str)]; 2] =
            [&[("sec-fetch-mode", "navigate"), ("sec-fetch-user", "?1")], &[("accept", "text/html")]];
        for headers in person {
            desk.clock.advance(Duration::from_secs(14 * 60));
            assert_eq!(analyst.get_as("/queue", headers).await.status, StatusCode::OK, "{headers:?}");
        }
        desk.clock.advance(Duration::from_secs(14 * 60));
        let who = desk.id_of("analyst@desk.example").await;
        let left = analyst.call("active", json!({})).await.json();
        assert_eq!(left, json!({"reviewer": who, "seconds": 900, "step": 60, "by_age": false}));
        desk.clock.advance(Duration::from_secs(14 * 60));
        let left = analyst.call("session-left", json!({})).await.json()["seconds"].as_i64().unwrap();
        assert!((59..=60).contains(&left), "{left}");
        desk.clock.advance(Duration::from_secs(2 * 60));
        assert_eq!(analyst.call("active", json!({})).await.status, StatusCode::UNAUTHORIZED, "too late");
        let analyst = desk.sign_in("analyst@desk.example").await;
        for _ in 0..47 {
            desk.clock.advance(Duration::from_secs(10 * 60));
            assert_eq!(analyst.call("active", json!({})).await.status, StatusCode::OK);
        }
        let left = analyst.call("session-left", json!({})).await.json();
        assert_eq!(left, json!({"reviewer": who, "seconds": 600, "step": 60, "by_age": true}));
        desk.clock.advance(Duration::from_secs(11 * 60));
        assert_eq!(analyst.call("active", json!({})).await.status, StatusCode::UNAUTHORIZED, "eight hours are over");
    }

    async fn a_live_stream_ends_with_its_session_on_every_replica(desk: Desk) {
        let mut desk = desk;
        let admin = desk.admin().await;
        let analyst = desk.analyst().await;
        let other = desk.sign_in("analyst@desk.example").await;
        let id = desk.id_of("analyst@desk.example").await;
        let (stays, signed_out) = (stream(&other).await, stream(&analyst).await);
        analyst.post_plain("sign-out", "/queue", &[]).await;
        assert!(ends(signed_out).await < Duration::from_secs(1));
        // On another replica, which does not notify this one.
        let replica = desk.another().await;
        disable(&replica, AccountManager::shell(), countersign::domain::id::ReviewerId(id.parse().unwrap())).await.unwrap();
        assert!(ends(stays).await < Duration::from_secs(1));
        let expires = stream(&admin).await;
        desk.clock.advance(Duration::from_secs(16 * 60));
        assert!(ends(expires).await < Duration::from_secs(1));
        assert_eq!(admin.get("/live").await.status, StatusCode::UNAUTHORIZED);
        replica.db.close().await;
    }

    async fn a_reset_while_a_password_is_hashed_counts(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        let id = desk.id_of("analyst@desk.example").await;
        let old = desk.password("analyst@desk.example").to_owned();
        // Waits for its turn to hash a password.
        let turns = u32::try_from(desk.app.hashing.available_permits()).unwrap();
        let turns = desk.app.hashing.acquire_many(turns).await.unwrap();
        let reset = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            reset_to(&desk.app, &id, "of a reset").await;
            drop(turns);
        };
        let (reply, ()) = tokio::join!(desk.try_sign_in("analyst@desk.example", &old), reset);
        assert!(reply.cookie().is_empty(), "the old password was right when it was asked for, and is not any more");
        assert_eq!(desk.entries("session.opened", &id).await.len(), 1);
    }

    async fn a_reset_while_a_new_password_is_hashed_counts(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.id_of("analyst@desk.example").await;
        let old = desk.password("analyst@desk.example").to_owned();
        // Waits for its turn to hash a password.
        let turns = u32::try_from(desk.app.hashing.available_permits()).unwrap();
        let turns = desk.app.hashing.acquire_many(turns).await.unwrap();
        let reset = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            reset_to(&desk.app, &id, "of a reset").await;
            drop(turns);
        };
        let fields = [("old", old.as_str()), ("new", "seven green kettles sing")];
        let (reply, ()) = tokio::join!(analyst.submit("change-password", &fields), reset);
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        let mut conn = desk.app.read().await.unwrap();
        let kept = db::reviewer::by_email(&mut conn, "analyst@desk.example").await.unwrap().unwrap();
        assert_eq!(kept.1, "of a reset");
        assert!(desk.entries("password.changed", &id).await.is_empty());
    }

    async fn disabling_while_a_password_is_hashed_counts(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        let id = desk.id_of("analyst@desk.example").await;
        let old = desk.password("analyst@desk.example").to_owned();
        // Waits for its turn to hash a password.
        let turns = u32::try_from(desk.app.hashing.available_permits()).unwrap();
        let turns = desk.app.hashing.acquire_many(turns).await.unwrap();
        let disabled = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let id = countersign::domain::id::ReviewerId(id.parse().unwrap());
            disable(&desk.app, AccountManager::shell(), id).await.unwrap();
            drop(turns);
        };
        let (reply, ()) = tokio::join!(desk.try_sign_in("analyst@desk.example", &old), disabled);
        assert!(reply.cookie().is_empty());
    }

    async fn disabling_a_reviewer_ends_what_they_have_open(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let admin = desk.admin().await;
        let id = desk.id_of("analyst@desk.example").await;
        assert_eq!(admin.submit("reviewer-disable", &[("id", &id)]).await.status, StatusCode::OK);
        assert_eq!(analyst.call("queue", serde_json::json!({"filter": {}})).await.status, StatusCode::UNAUTHORIZED);
        assert!(desk.try_sign_in("analyst@desk.example", desk.password("analyst@desk.example")).await.cookie().is_empty());
        let enabled = admin.submit("reviewer-enable", &[("id", &id)]).await.json();
        // The old password does not open the account.
        assert!(desk.try_sign_in("analyst@desk.example", desk.password("analyst@desk.example")).await.cookie().is_empty());
        let token = crate::attacks::accounts::token(enabled["link"].as_str().unwrap());
        let set = crate::attacks::accounts::redeem(&desk, &token, "seven green kettles sing").await;
        assert_eq!(set.header("location"), "/login?set=1");
        assert!(!desk.try_sign_in("analyst@desk.example", "seven green kettles sing").await.cookie().is_empty());
        assert_eq!(admin.submit("reviewer-enable", &[("id", &id)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(desk.entries("reviewer.enabled", &id).await.len(), 1);
        assert_eq!(desk.entries("password.reset", &id).await.len(), 1);
        let own = desk.id_of("admin@desk.example").await;
        assert_eq!(admin.submit("reviewer-disable", &[("id", &own)]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "the last admin stays");
    }
}

async fn stream(visitor: &crate::desk::Visitor) -> Body {
    let request = Request::get("/live").header(header::COOKIE, &visitor.cookie).body(Body::empty()).unwrap();
    let reply = visitor.router.clone().oneshot(request).await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    reply.into_body()
}

/// Time until a stream ends.
async fn ends(mut stream: Body) -> Duration {
    let began = std::time::Instant::now();
    let end = async { while stream.frame().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(10), end).await.map_or(Duration::MAX, |()| began.elapsed())
}

/// The part of a reset that follows the hashing of the new password.
pub async fn reset_to(app: &App, id: &str, hash: impl Into<String>) {
    let hash = hash.into();
    let id = countersign::domain::id::ReviewerId(id.parse().unwrap());
    app.write(move |tx| {
        Box::pin(async move {
            db::reviewer::set_password(tx, id, &hash).await?;
            Ok(db::session::end_others(tx, id, None).await.map(|_| ())?)
        })
    })
    .await
    .unwrap();
}
