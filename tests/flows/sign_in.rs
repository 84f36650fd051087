use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use countersign::server::usecase::reviewer::{Keeper, disable};
use countersign::server::{App, db};
use http_body_util::BodyExt;
use serde_json::json;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::desk::Desk;
use crate::flow;

flow! {
    async fn the_right_password_opens_a_session_under_a_new_id(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        assert_eq!(analyst.get("/queue").await.status, StatusCode::OK);
        let reply = desk.try_sign_in("analyst@desk.example", desk.password("analyst@desk.example")).await;
        let set = reply.header("set-cookie");
        for part in ["__Host-id=", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(set.contains(part), "{part} in {set}");
        }
        assert_ne!(reply.cookie(), analyst.cookie);
        assert_eq!(reply.header("location"), "/queue");
        assert_eq!(desk.entries("session.opened", &me(&analyst).await).await.len(), 2);
    }

    async fn over_plain_http_from_another_machine_the_form_says_why_nobody_can_sign_in(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        const WHY: &str = "Browsers keep a sign-in only over https";
        let anybody = desk.nobody();
        let opened = anybody.get_as("/login?next=%2Fqueue", &[("host", "desk.test:5104"), ("accept", "text/html")]).await;
        assert_eq!(opened.header("location"), "/login?unencrypted=1&next=%2Fqueue");
        let form = anybody.get_as(&opened.header("location"), &[("host", "desk.test:5104"), ("accept", "text/html")]).await;
        assert!(form.text().contains(WHY) && form.text().contains("value=\"/queue\""), "{}", form.text());
        // Whoever posts all the same is told, and no session is opened that the browser would drop.
        let body = crate::desk::encoded(&[("email", "analyst@desk.example"), ("password", desk.password("analyst@desk.example")), ("next", "/queue")]);
        let post = |host: &'static str, origin: &'static str| {
            Request::post("/api/sign-in")
                .header("host", host)
                .header("origin", origin)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "text/html")
                .body(Body::from(body.clone()))
                .unwrap()
        };
        let refused = crate::desk::send(&desk.router, post("desk.test:5104", "http://desk.test:5104")).await;
        assert_eq!((refused.header("location").as_str(), refused.cookie().as_str()), ("/login?unencrypted=1&next=%2Fqueue", ""));
        let opened = crate::desk::send(&desk.router, post("desk.test", "https://desk.test")).await;
        assert!(!opened.cookie().is_empty(), "behind a proxy with a certificate: {}", opened.header("location"));
        for fine in [&[("host", "127.0.0.1:3000")][..], &[("host", "desk.test"), ("sec-fetch-site", "none")]] {
            let form = anybody.get_as("/login", fine).await;
            assert!(form.status == StatusCode::OK && !form.text().contains(WHY), "{fine:?}");
        }
    }

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
        assert!(!desk.entries("session.refused", &id_of(&desk, "analyst@desk.example").await).await.is_empty());
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
        // It is known for this account, and for no other; and has tries of its own, and not without end.
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
        let id = id_of(&desk, "analyst@desk.example").await;
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
        // Strangers have used up what all of them share, and tried the named account without end.
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

    async fn a_password_is_the_same_however_it_is_typed(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let right = desk.password("analyst@desk.example").to_owned();
        let (composed, taken_apart) = ("fünf grüne Kessel", "fu\u{308}nf gru\u{308}ne Kessel");
        let fields = [("old", right.as_str()), ("new", taken_apart)];
        assert_eq!(analyst.submit("change-password", &fields).await.status, StatusCode::OK);
        assert!(!desk.try_sign_in("analyst@desk.example", composed).await.cookie().is_empty());
        assert!(!desk.try_sign_in("analyst@desk.example", taken_apart).await.cookie().is_empty());
        // As an earlier version hashed it: the text as it was typed.
        use argon2::PasswordHasher;
        let hash = argon2::Argon2::default().hash_password(taken_apart.as_bytes()).unwrap().to_string();
        reset_to(&desk.app, &id_of(&desk, "analyst@desk.example").await, hash).await;
        assert!(!desk.try_sign_in("analyst@desk.example", taken_apart).await.cookie().is_empty());
        assert!(desk.try_sign_in("analyst@desk.example", composed).await.cookie().is_empty());
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

    async fn a_page_that_nobody_uses_keeps_no_session_open(desk: Desk) {
        let mut desk = desk.filled().await;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        assert_eq!(analyst.submit("claim", &[("inquiry", &id)]).await.status, StatusCode::OK);
        let mut last = StatusCode::OK;
        // What an open page asks for by itself.
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
        let who = me(&analyst).await;
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
        let id = id_of(&desk, "analyst@desk.example").await;
        let (stays, signed_out) = (stream(&other).await, stream(&analyst).await);
        analyst.post_plain("sign-out", "/queue", &[]).await;
        assert!(ends(signed_out).await < Duration::from_secs(1));
        // On another replica, which does not tell this one.
        let replica = desk.another().await;
        disable(&replica, Keeper::shell(), countersign::domain::id::ReviewerId(id.parse().unwrap())).await.unwrap();
        assert!(ends(stays).await < Duration::from_secs(1));
        let expires = stream(&admin).await;
        desk.clock.advance(Duration::from_secs(16 * 60));
        assert!(ends(expires).await < Duration::from_secs(1));
        assert_eq!(admin.get("/live").await.status, StatusCode::UNAUTHORIZED);
        replica.db.close().await;
    }

    async fn a_reset_while_a_password_is_hashed_counts(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = me(&analyst).await;
        let old = desk.password("analyst@desk.example").to_owned();
        // What is hashed waits for its turn.
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
        let id = me(&analyst).await;
        let old = desk.password("analyst@desk.example").to_owned();
        // What is hashed waits for its turn.
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
        let analyst = desk.analyst().await;
        let id = me(&analyst).await;
        let old = desk.password("analyst@desk.example").to_owned();
        // What is hashed waits for its turn.
        let turns = u32::try_from(desk.app.hashing.available_permits()).unwrap();
        let turns = desk.app.hashing.acquire_many(turns).await.unwrap();
        let disabled = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let id = countersign::domain::id::ReviewerId(id.parse().unwrap());
            disable(&desk.app, Keeper::shell(), id).await.unwrap();
            drop(turns);
        };
        let (reply, ()) = tokio::join!(desk.try_sign_in("analyst@desk.example", &old), disabled);
        assert!(reply.cookie().is_empty());
    }

    async fn signing_out_ends_the_session(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let reply = analyst.post_plain("sign-out", "/queue", &[]).await;
        assert_eq!(reply.header("location"), "/login");
        assert!(reply.header("clear-site-data").contains("cache"));
        assert_eq!(analyst.get("/queue").await.status, StatusCode::SEE_OTHER);
        assert_eq!(analyst.call("frame", serde_json::json!({})).await.status, StatusCode::UNAUTHORIZED);
    }

    async fn disabling_a_reviewer_ends_what_they_have_open(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let admin = desk.admin().await;
        let id = id_of(&desk, "analyst@desk.example").await;
        assert_eq!(admin.submit("reviewer-disable", &[("id", &id)]).await.status, StatusCode::OK);
        assert_eq!(analyst.call("queue", serde_json::json!({"filter": {}})).await.status, StatusCode::UNAUTHORIZED);
        assert!(desk.try_sign_in("analyst@desk.example", desk.password("analyst@desk.example")).await.cookie().is_empty());
        admin.submit("reviewer-enable", &[("id", &id)]).await;
        assert!(!desk.try_sign_in("analyst@desk.example", desk.password("analyst@desk.example")).await.cookie().is_empty());
        let own = id_of(&desk, "admin@desk.example").await;
        assert_eq!(admin.submit("reviewer-disable", &[("id", &own)]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "the last admin stays");
    }

    async fn a_new_password_ends_the_other_sessions(desk: Desk) {
        let mut desk = desk;
        let here = desk.analyst().await;
        let there = desk.sign_in("analyst@desk.example").await;
        let old = desk.password("analyst@desk.example").to_owned();
        let weak = here.submit("change-password", &[("old", &old), ("new", "short")]).await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
        let wrong = here.submit("change-password", &[("old", "nonsense"), ("new", "seven green kettles sing")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(here.submit("change-password", &[("old", &old), ("new", "seven green kettles sing")]).await.status, StatusCode::OK);
        assert_eq!(here.get("/queue").await.status, StatusCode::OK);
        assert_eq!(there.get("/queue").await.status, StatusCode::SEE_OTHER);
        assert!(desk.try_sign_in("analyst@desk.example", &old).await.cookie().is_empty());
    }
}

/// The line of live changes, from the second word on.
/// A try in a browser that nobody knows, from an address.
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

async fn stream(visitor: &crate::desk::Visitor) -> Body {
    let request = Request::get("/live").header(header::COOKIE, &visitor.cookie).body(Body::empty()).unwrap();
    let reply = visitor.router.clone().oneshot(request).await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    reply.into_body()
}

/// How long until a stream ends.
async fn ends(mut stream: Body) -> Duration {
    let began = std::time::Instant::now();
    let end = async { while stream.frame().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(10), end).await.map_or(Duration::MAX, |()| began.elapsed())
}

/// What a reset does once its new password is hashed.
async fn reset_to(app: &App, id: &str, hash: impl Into<String>) {
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

async fn id_of(desk: &Desk, email: &str) -> String {
    let mut conn = desk.app.read().await.unwrap();
    let found = db::reviewer::by_email(&mut conn, email).await.unwrap();
    found.unwrap().0.id.to_string()
}

async fn me(visitor: &crate::desk::Visitor) -> String {
    visitor.call("account", serde_json::json!({})).await.json()["me"]["id"].as_str().unwrap().to_owned()
}
