//! Strangers who guess passwords, or who prevent others from signing in.
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use countersign::server::db;
use sha2::{Digest, Sha256};

use crate::desk::Desk;
use crate::flow;

flow! {
    async fn known_and_unknown_addresses_get_the_same_answer(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        let known = desk.try_sign_in("analyst@desk.example", "not the password at all").await;
        let unknown = desk.try_sign_in("nobody@desk.example", "not the password at all").await;
        assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
        assert_eq!(known.header("location"), unknown.header("location"));
        let names = |reply: &crate::desk::Reply| reply.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&known), names(&unknown));
        assert!(known.cookie().is_empty());
        let page = desk.nobody().get(&known.header("location")).await;
        assert!(page.text().contains("Wrong e-mail or password"));
    }

    async fn a_password_that_is_guessed_first_is_not_taken(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let old = desk.password("analyst@desk.example").to_owned();
        for easy in ["qwertyuiopasdfgh", "iloveyouiloveyou", "letmeinletmeinletmein", "abcdefghijklmnop", "analyst@desk.example1"] {
            let reply = analyst.submit("change-password", &[("old", &old), ("new", easy)]).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{easy}: {}", reply.text());
        }
        assert!(desk.entries("password.changed", &desk.id_of("analyst@desk.example").await).await.is_empty());
    }

    async fn guessing_is_slowed_down_and_lets_go_again(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        for _ in 0..7 {
            desk.try_sign_in("analyst@desk.example", "wrong wrong wrong").await;
        }
        let right = desk.password("analyst@desk.example").to_owned();
        assert!(desk.try_sign_in("analyst@desk.example", &right).await.cookie().is_empty(), "blocked for a moment");
        desk.clock.advance(Duration::from_secs(60));
        assert!(!desk.try_sign_in("analyst@desk.example", &right).await.cookie().is_empty());
        assert!(!desk.entries("session.refused", &desk.id_of("analyst@desk.example").await).await.is_empty());
    }

    async fn guesses_made_at_once_are_as_many_as_they_are(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        let guesses = (0..30).map(|_| desk.try_sign_in("analyst@desk.example", "wrong wrong wrong"));
        futures::future::join_all(guesses).await;
        let now = desk.app.now();
        let subject = hex::encode(Sha256::digest("sign-in analyst@desk.example"));
        let one_more = desk.app.write(move |tx| {
            Box::pin(async move { Ok(db::sign_in::one_more(tx, &subject, now, now.minus(Duration::from_secs(60))).await?) })
        });
        assert_eq!(one_more.await.unwrap().0, 31);
    }

    async fn a_stranger_locks_nobody_out_of_a_browser_that_is_known(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        let right = desk.password("analyst@desk.example").to_owned();
        let device = desk.try_sign_in("analyst@desk.example", &right).await.device();
        assert!(!device.is_empty());
        for _ in 0..10 {
            desk.try_sign_in("analyst@desk.example", "wrong wrong wrong").await;
        }
        assert!(desk.try_sign_in("analyst@desk.example", &right).await.cookie().is_empty(), "strangers are slowed down");
        let made_up = format!("__Host-device={}", "0".repeat(64));
        assert!(desk.try_sign_in_at(&made_up, "analyst@desk.example", &right).await.cookie().is_empty());
        assert!(!desk.try_sign_in_at(&device, "analyst@desk.example", &right).await.cookie().is_empty());
        // The browser is known for this account and for no other. It has attempts of its own, but not without limit.
        desk.second_analyst().await;
        for _ in 0..6 {
            desk.try_sign_in_at(&device, "analyst@desk.example", "wrong wrong wrong").await;
        }
        assert!(desk.try_sign_in_at(&device, "analyst@desk.example", &right).await.cookie().is_empty());
        desk.clock.advance(Duration::from_secs(60));
        assert!(!desk.try_sign_in_at(&device, "analyst@desk.example", &right).await.cookie().is_empty());
    }

    async fn strangers_wait_for_one_another_and_keep_nobody_else_waiting(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        let right = desk.password("analyst@desk.example").to_owned();
        let device = desk.try_sign_in("analyst@desk.example", &right).await.device();
        let turns = u32::try_from(desk.app.hashing.available_permits()).unwrap();
        let turns = desk.app.hashing.acquire_many(turns).await.unwrap();
        let strangers = futures::future::join_all((0..40).map(|n| {
            let (router, email) = (desk.router.clone(), format!("nobody{n}@desk.example"));
            async move {
                let stranger = crate::desk::Visitor { router, cookie: String::new() };
                stranger.post_plain("sign-in", "/login", &[("email", &email), ("password", "wrong wrong wrong")]).await
            }
        }));
        let owner = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            drop(turns);
            desk.try_sign_in_at(&device, "analyst@desk.example", &right).await
        };
        let (strangers, owner) = tokio::join!(strangers, owner);
        assert!(!owner.cookie().is_empty());
        let busy = strangers.iter().filter(|reply| reply.header("location").contains("__err")).count();
        assert_eq!(busy, 8, "32 may wait");
    }

    async fn refused_sign_ins_are_counted_and_not_told_one_by_one(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        let id = desk.id_of("analyst@desk.example").await;
        for n in 0..9 {
            desk.try_sign_in("analyst@desk.example", "wrong wrong wrong").await;
            desk.try_sign_in(&format!("nobody{n}@desk.example"), "wrong wrong wrong").await;
        }
        for object in [id.as_str(), "unknown"] {
            let told = desk.entries("session.refused", object).await;
            assert_eq!(told.iter().map(|entry| entry.fact("count")).collect::<Vec<_>>(), [Some("1".to_owned())], "{object}");
        }
        desk.clock.advance(Duration::from_secs(11 * 60));
        countersign::server::usecase::session::sweep(&desk.app).await.unwrap();
        for object in [id.as_str(), "unknown"] {
            let mut told = desk.entries("session.refused", object).await;
            told.sort_by_key(|entry| entry.seq);
            assert_eq!(told.last().unwrap().fact("count").as_deref(), Some("8"), "{object}");
            assert_eq!(told.len(), 2);
        }
    }

    async fn one_address_has_a_budget_of_tries_and_a_known_browser_needs_none(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        let right = desk.password("analyst@desk.example").to_owned();
        let device = desk.try_sign_in("analyst@desk.example", &right).await.device();
        let mut busy = 0;
        for n in 0..65 {
            let reply = desk.try_sign_in(&format!("nobody{n}@desk.example"), "wrong wrong wrong").await;
            busy += usize::from(reply.header("location").contains("__err"));
        }
        assert_eq!(busy, 5, "60 in ten minutes; sign-ins that were right cost nothing");
        assert!(!desk.try_sign_in_at(&device, "analyst@desk.example", &right).await.cookie().is_empty());
        desk.clock.advance(Duration::from_secs(11 * 60));
        assert!(!desk.try_sign_in("analyst@desk.example", &right).await.cookie().is_empty());
    }

    async fn strangers_lock_no_new_browser_out_of_an_address_that_is_known(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        desk.second_analyst().await;
        let (right, jos) = (desk.password("analyst@desk.example").to_owned(), desk.password("jo@desk.example").to_owned());
        let office = "203.0.113.7";
        assert!(!from(&desk, office, "analyst@desk.example", &right).await.cookie().is_empty());
        // Strangers have used up the attempts that they all share, and tried the named account many times.
        let all = hex::encode(Sha256::digest("all "));
        let spent = |at: String| format!("INSERT INTO sign_in_tries (subject, tries, since, blocked_until) VALUES ('{all}', 601, '{at}', '{at}')
            ON CONFLICT (subject) DO UPDATE SET tries = 601, since = excluded.since");
        let spent = spent(desk.app.now().to_text());
        desk.by_hand(&spent, &spent).await;
        for _ in 0..6 {
            assert!(from(&desk, "198.51.100.9", "analyst@desk.example", "wrong wrong wrong").await.header("location").contains("__err"));
        }
        assert!(!from(&desk, office, "analyst@desk.example", &right).await.cookie().is_empty(), "a new browser where she is known");
        assert!(!from(&desk, "203.0.113.8", "analyst@desk.example", &right).await.header("location").contains("queue"), "not elsewhere");
        assert!(from(&desk, office, "jo@desk.example", &jos).await.cookie().is_empty(), "and not somebody else there");
        // Guesses from there are slowed down as well.
        for _ in 0..6 {
            from(&desk, office, "analyst@desk.example", "wrong wrong wrong").await;
        }
        assert!(from(&desk, office, "analyst@desk.example", &right).await.cookie().is_empty());
        desk.clock.advance(Duration::from_secs(60));
        assert!(!from(&desk, office, "analyst@desk.example", &right).await.cookie().is_empty());
    }

    async fn one_address_spends_no_more_than_its_own(desk: Desk) {
        let address = hex::encode(Sha256::digest("address 198.51.100.9"));
        let at = desk.app.now().to_text();
        let spent = format!("INSERT INTO sign_in_tries (subject, tries, since, blocked_until) VALUES ('{address}', 60, '{at}', '{at}')");
        desk.by_hand(&spent, &spent).await;
        for _ in 0..5 {
            assert!(from(&desk, "198.51.100.9", "nobody@desk.example", "wrong wrong wrong").await.header("location").contains("__err"));
        }
        let all = hex::encode(Sha256::digest("all "));
        let query = format!("SELECT COUNT(*) FROM sign_in_tries WHERE subject = '{all}'");
        let shared: i64 = match &desk.app.db {
            countersign::server::db::Db::Sqlite { write, .. } => sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(write).await.unwrap(),
            countersign::server::db::Db::Postgres(pool) => sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(pool).await.unwrap(),
        };
        assert_eq!(shared, 0, "what is refused for its address does not count for all");
    }

    async fn guessing_at_an_open_desk_is_slowed_down_and_recorded(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = me(&analyst).await;
        let right = desk.password("analyst@desk.example").to_owned();
        for _ in 0..6 {
            let fields = [("old", "wrong wrong wrong"), ("new", "seven green kettles sing")];
            assert_eq!(analyst.submit("change-password", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(desk.entries("password.refused", &id).await.len(), 6);
        let fields = [("old", right.as_str()), ("new", "seven green kettles sing")];
        let blocked = analyst.submit("change-password", &fields).await;
        assert!(blocked.text().contains("too often"), "{}", blocked.text());
        desk.clock.advance(Duration::from_secs(120));
        assert_eq!(analyst.submit("change-password", &fields).await.status, StatusCode::OK);
    }
}

/// An attempt from an address, in an unknown browser.
async fn from(desk: &Desk, address: &str, email: &str, password: &str) -> crate::desk::Reply {
    let body = crate::desk::encoded(&[("email", email), ("password", password), ("next", "/queue")]);
    let request = axum::http::Request::post("/api/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,application/xhtml+xml")
        .header("referer", "http://127.0.0.1:3000/login")
        .header("sec-fetch-site", "same-origin")
        .extension(countersign::server::http::listen::Peer(format!("{address}:5000").parse().unwrap()));
    crate::desk::send(&desk.router, request.body(Body::from(body)).unwrap()).await
}

async fn me(visitor: &crate::desk::Visitor) -> String {
    visitor.call("account", serde_json::json!({})).await.json()["me"]["id"].as_str().unwrap().to_owned()
}
