//! An admin who wants to act in other people's names, and strangers with a link or a printed password.
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use countersign::domain::reviewer::Role;
use countersign::server::db::{self, Db};
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use serde_json::{Value, json};

use crate::desk::{Desk, Reply, Visitor, encoded, send};
use crate::filled::Filled;
use crate::flow;
use crate::retention::{declined, found, propose, tomorrow, waiting, years_pass};

pub const PASSWORD: &str = "seven green kettles sing";

pub fn token(link: &str) -> String {
    link.rsplit_once('/').unwrap().1.to_owned()
}

pub async fn invite(admin: &Visitor, email: &str, name: &str, role: &str) -> String {
    let reply = admin.submit("reviewer-add", &[("email", email), ("name", name), ("role", role)]).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    token(reply.json()["link"].as_str().unwrap())
}

/// Posts the form as a browser does from a page that sends no referrer.
pub async fn redeem(desk: &Desk, token: &str, password: &str) -> Reply {
    redeem_with(desk, token, "", password).await
}

/// The same for a link that confirms an account, with the current password.
pub async fn redeem_with(desk: &Desk, token: &str, current: &str, password: &str) -> Reply {
    let fields = [("token", token), ("email", "x"), ("current", current), ("password", password), ("again", password)];
    let request = Request::post("/api/redeem")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,application/xhtml+xml")
        .header("origin", "null")
        .header("sec-fetch-site", "same-origin");
    send(&desk.router, request.body(Body::from(encoded(&fields))).unwrap()).await
}

pub async fn sign_in(desk: &Desk, email: &str, password: &str) -> Visitor {
    let cookie = desk.try_sign_in(email, password).await.cookie();
    assert!(!cookie.is_empty(), "{email}");
    Visitor { router: desk.router.clone(), cookie }
}

/// A reviewer who was invited, set a password and signed in.
pub async fn join(desk: &Desk, admin: &Visitor, email: &str, name: &str, role: &str) -> Visitor {
    let token = invite(admin, email, name, role).await;
    assert_eq!(redeem(desk, &token, PASSWORD).await.header("location"), "/login?set=1");
    sign_in(desk, email, PASSWORD).await
}

/// A link by which the owner of an account confirms it, as the admin who vouches for the owner receives it.
pub async fn vouch(by: &Visitor, id: &str) -> String {
    let reply = by.submit("reviewer-confirm", &[("id", id)]).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.json()["confirms"], true);
    token(reply.json()["link"].as_str().unwrap())
}

/// The owner of an account receives the link and sets a password that the creator of the account does not know.
pub async fn owned(desk: &Desk, by: &Visitor, email: &str, current: &str) -> Visitor {
    const OWN: &str = "twelve tall poplars lean";
    let link = vouch(by, &desk.id_of(email).await).await;
    let reply = redeem_with(desk, &link, current, OWN).await;
    assert_eq!(reply.header("location"), "/login?set=1", "{} {}", reply.status, reply.text());
    sign_in(desk, email, OWN).await
}

/// A decline by `maker` that `checker` is asked to countersign.
pub async fn two(desk: &Desk, maker: &Visitor, checker: &Visitor) -> (String, String, Reply) {
    let id = desk.queue(maker, "needs_review").await.remove(0);
    let made = desk.decide(maker, &id, "decline", "document-expired", "Expired in May").await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let decision = made.json()["id"].as_str().unwrap().to_owned();
    let reply = countersign(desk, checker, &id, &decision).await;
    (id, decision, reply)
}

pub async fn countersign(desk: &Desk, by: &Visitor, id: &str, decision: &str) -> Reply {
    let version = desk.inquiry(by, id).await["version"].to_string();
    by.submit("countersign", &[("decision", decision), ("version", &version), ("said", "countersign"), ("why", "")])
        .await
}

async fn admins(desk: &Desk) -> usize {
    let mut conn = desk.app.read().await.unwrap();
    let all = db::reviewer::all(&mut conn).await.unwrap();
    all.iter().filter(|reviewer| reviewer.role == Role::Admin && reviewer.disabled_at.is_none()).count()
}

flow! {
    async fn a_link_sets_a_password_once_and_is_kept_nowhere(desk: Desk) {
        let mut desk = desk;
        let admin = desk.admin().await;
        let token = invite(&admin, "New@Desk.Example", "New  Person", "analyst").await;
        assert_eq!(token.len(), 64, "256 bits");
        assert_eq!(found(&desk, &token).await, 0, "the database holds its hash only");
        let list = admin.call("reviewers", json!({})).await.text();
        assert!(!list.contains(&token) && list.contains("link_until"), "not shown a second time");
        // Opening the link does not use it up, and the page sends its address to no other site.
        for _ in 0..3 {
            let page = desk.nobody().get(&format!("/invitation/{token}")).await;
            assert_eq!(page.status, StatusCode::OK);
            assert_eq!(page.header("referrer-policy"), "no-referrer");
            assert!(page.text().contains("New Person, you sign in as new@desk.example"), "{}", page.text());
        }
        assert!(desk.try_sign_in("new@desk.example", PASSWORD).await.cookie().is_empty());
        assert!(redeem(&desk, &token, "short").await.header("location").ends_with("?failed=weak"));
        let page = desk.nobody().get(&format!("/invitation/{token}?failed=weak")).await.text();
        assert!(page.contains("This password is too weak"));
        let once = redeem(&desk, &token, PASSWORD).await;
        assert_eq!((once.status, once.header("location").as_str()), (StatusCode::FOUND, "/login?set=1"));
        sign_in(&desk, "new@desk.example", PASSWORD).await;
        assert!(redeem(&desk, &token, "another green kettle sings").await.header("location").ends_with("?failed=gone"));
        assert!(desk.try_sign_in("new@desk.example", "another green kettle sings").await.cookie().is_empty());
        assert!(desk.nobody().get(&format!("/invitation/{token}")).await.text().contains("This link is not valid"));
        for action in ["reviewer.added", "invitation.made", "invitation.redeemed"] {
            assert_eq!(desk.entries(action, &desk.id_of("new@desk.example").await).await.len(), 1, "{action}");
        }
    }

    async fn a_link_ends_after_a_day_and_with_the_next_one(desk: Desk) {
        let mut desk = desk;
        let admin = desk.admin().await;
        let first = invite(&admin, "new@desk.example", "New Person", "analyst").await;
        let id = desk.id_of("new@desk.example").await;
        let second = token(admin.submit("reviewer-reset", &[("id", &id)]).await.json()["link"].as_str().unwrap());
        assert!(redeem(&desk, &first, PASSWORD).await.header("location").ends_with("?failed=gone"));
        desk.clock.advance(Duration::from_secs(24 * 3600));
        assert!(redeem(&desk, &second, PASSWORD).await.header("location").ends_with("?failed=gone"));
    }

    async fn two_who_redeem_one_link_at_once_set_one_password(desk: Desk) {
        let mut desk = desk;
        let admin = desk.admin().await;
        let token = invite(&admin, "new@desk.example", "New Person", "analyst").await;
        let (one, two) = tokio::join!(redeem(&desk, &token, PASSWORD), redeem(&desk, &token, "eight green kettles sing"));
        let set = [&one, &two].into_iter().filter(|reply| reply.header("location") == "/login?set=1").count();
        assert_eq!(set, 1, "{} {}", one.header("location"), two.header("location"));
    }

    async fn without_scripts_the_link_is_shown_once_by_whichever_replica(desk: Desk) {
        let mut desk = desk;
        let admin = desk.admin().await;
        let fields = [("email", "new@desk.example"), ("name", "New Person"), ("role", "analyst")];
        let made = admin.post_plain("reviewer-add", "/admin/reviewers", &fields).await;
        assert_eq!(made.status, StatusCode::FOUND);
        let cookie = made.header("set-cookie").split(';').next().unwrap().to_owned();
        assert!(cookie.starts_with("__Host-link=") && made.header("set-cookie").contains("HttpOnly"), "{cookie}");
        // Another replica may answer the next page, so it cannot depend on this one's memory.
        let options = countersign::server::config::leptos_options(std::path::Path::new("site")).unwrap();
        let other = countersign::server::http::router::router(&desk.another().await, &options).unwrap();
        let page = async |cookies: String| {
            let request = Request::get("/admin/reviewers").header(header::COOKIE, cookies).header("accept", "text/html");
            send(&other, request.body(Body::empty()).unwrap()).await
        };
        let shown = page(format!("{}; {cookie}", admin.cookie)).await;
        assert!(shown.text().contains("Shown only now") && shown.text().contains("/invitation/"), "{}", shown.text());
        let forgotten = shown.headers.get_all("set-cookie").iter().any(|set| set.to_str().unwrap().contains("__Host-link=; Max-Age=0"));
        assert!(forgotten, "and the browser is told to forget it");
        assert!(!page(admin.cookie.clone()).await.text().contains("Shown only now"));
    }

    async fn a_printed_password_opens_nothing_but_its_own_change(desk: Filled) {
        let (_, printed) = add(&desk.app, AccountManager::shell(), "ops@desk.example", "Olga Moe", Role::Analyst).await.unwrap();
        let olga = sign_in(&desk, "ops@desk.example", &printed).await;
        for path in ["/", "/queue", "/decisions", "/accounts/act_1"] {
            let page = olga.get(path).await;
            assert_eq!((page.status, page.header("location").as_str()), (StatusCode::SEE_OTHER, "/account"), "{path}");
        }
        assert!(olga.get("/account").await.text().contains("Someone else may know the password"));
        for (call, body) in [("queue", json!({"filter": {}})), ("frame", json!({})), ("prefer", json!({"preferences": {}}))] {
            assert_eq!(olga.call(call, body).await.status, StatusCode::FORBIDDEN, "{call}");
        }
        for path in ["/live", "/documents/ver_1/front?inquiry=inq_1"] {
            assert_eq!(olga.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        // The page requests no data that this account may not have.
        let page = olga.get("/account").await.text();
        assert!(page.contains("must-change") && !page.contains("No webhook yet"), "the shell asks for counters");
        let same = olga.submit("change-password", &[("old", &printed), ("new", &printed)]).await;
        assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY, "the same again is no change");
        assert_eq!(olga.submit("change-password", &[("old", &printed), ("new", PASSWORD)]).await.status, StatusCode::OK);
        assert_eq!(olga.get("/queue").await.status, StatusCode::OK);
    }

    async fn one_admin_is_not_two_analysts(desk: Filled) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        let ben = desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let two_ = join(&desk, &anna, "two@desk.example", "Puppet Two", "analyst").await;
        let (id, decision, refused) = two(&desk, &one, &two_).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        assert!(refused.text().contains("Anna Admin"), "{}", refused.text());
        assert_eq!(desk.entries("countersign.denied", &decision).await.len(), 1, "the attempt stands in the log");
        // An SQL statement cannot forge it either.
        let forged = "UPDATE decisions SET state = 'queued', checker_name = 'x', checked_at = made_at,
             checker_id = (SELECT id FROM reviewers WHERE email = 'two@desk.example')";
        let error = match &desk.app.db {
            Db::Sqlite { write, .. } => sqlx::query(forged).execute(write).await.unwrap_err(),
            Db::Postgres(pool) => sqlx::query(forged).execute(pool).await.unwrap_err(),
        };
        assert!(error.to_string().contains("one person made"), "{error}");
        // She cannot vouch for accounts that she created, and neither can an admin whom she created.
        let two_id = desk.id_of("two@desk.example").await;
        let puppet = join(&desk, &anna, "three@desk.example", "Puppet Three", "admin").await;
        for admin in [&anna, &puppet] {
            let own = admin.submit("reviewer-confirm", &[("id", &two_id)]).await;
            assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", own.text());
        }
        assert!(ben.get("/admin/reviewers").await.text().contains("Confirm the account of Puppet Two"));
        // Anna knows the password and may use it before the owner does. Without the link this confirms nothing.
        let link = vouch(&ben, &two_id).await;
        let first = "fourteen brown hares leap";
        let known = sign_in(&desk, "two@desk.example", PASSWORD).await;
        for (old, new) in [(PASSWORD, first), (first, PASSWORD)] {
            assert_eq!(known.submit("change-password", &[("old", old), ("new", new)]).await.status, StatusCode::OK);
        }
        desk.inquiry(&known, &id).await;
        assert_eq!(countersign(&desk, &known, &id, &decision).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        // The admin who vouches does not know the password.
        let page = desk.nobody().get(&format!("/invitation/{link}")).await.text();
        assert!(page.contains("Confirm that this account is yours") && page.contains("Current password"), "{page}");
        for wrong in ["", "a wrong guess of theirs"] {
            let tried = redeem_with(&desk, &link, wrong, "twelve tall poplars lean").await;
            assert!(tried.header("location").ends_with("?failed=current"), "{}", tried.header("location"));
        }
        assert!(desk.entries("reviewer.confirmed", &two_id).await.is_empty());
        // A newer link replaces the older one.
        let owner = owned(&desk, &ben, "two@desk.example", PASSWORD).await;
        assert!(redeem_with(&desk, &link, PASSWORD, first).await.header("location").ends_with("?failed=gone"));
        let told = desk.entries("reviewer.confirmed", &two_id).await;
        assert_eq!((told.len(), told[0].fact("by").as_deref()), (1, Some("Ben Admin")));
        assert_eq!(known.call("frame", json!({})).await.status, StatusCode::UNAUTHORIZED);
        desk.inquiry(&owner, &id).await;
        let given = countersign(&desk, &owner, &id, &decision).await;
        assert_eq!(given.status, StatusCode::OK, "{}", given.text());
        assert_eq!(given.json()["accounts"], Value::Null);
    }

    async fn an_admin_who_was_given_another_role_still_counts(desk: Filled) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let two_ = join(&desk, &anna, "two@desk.example", "Puppet Two", "analyst").await;
        let ben = desk.id_of("ben@desk.example").await;
        assert_eq!(anna.submit("reviewer-role", &[("id", &ben), ("role", "auditor")]).await.status, StatusCode::OK);
        let (id, decision, refused) = two(&desk, &one, &two_).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        // And is disabled in addition.
        assert_eq!(anna.submit("reviewer-disable", &[("id", &ben)]).await.status, StatusCode::OK);
        assert_eq!(countersign(&desk, &two_, &id, &decision).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        desk.clock.advance(std::time::Duration::from_secs(31 * 24 * 3600));
        let two_ = sign_in(&desk, "two@desk.example", PASSWORD).await;
        desk.inquiry(&two_, &id).await;
        let given = countersign(&desk, &two_, &id, &decision).await;
        assert_eq!(given.status, StatusCode::OK, "after a month it is an installation with one admin: {}", given.text());
    }

    async fn an_account_is_confirmed_from_the_shell_by_an_admin_with_their_own_password(desk: Filled) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.analyst().await;
        join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let one = desk.id_of("one@desk.example").await;
        let id = countersign::domain::id::ReviewerId(one.parse().unwrap());
        let by = async |email: &str, password: &str| {
            let said = countersign::server::usecase::reviewer::confirm_from_shell(&desk.app, id, email, password).await;
            said.map(|fresh| fresh.token).map_err(|error| error.to_string())
        };
        assert!(by("ben@desk.example", "wrong wrong wrong").await.is_err_and(|why| why.contains("wrong")));
        assert!(by("nobody@desk.example", "wrong wrong wrong").await.is_err_and(|why| why.contains("wrong")));
        assert!(by("anna@desk.example", desk.password("anna@desk.example")).await.is_err_and(|why| why.contains("Another person")));
        assert!(by("analyst@desk.example", desk.password("analyst@desk.example")).await.is_err_and(|why| why.contains("enabled admin")));
        let link = by("ben@desk.example", desk.password("ben@desk.example")).await.unwrap();
        let told = desk.entries("reviewer.vouched", &one).await;
        assert_eq!((told.len(), told[0].actor_name.as_str()), (1, "Ben Admin"));
        assert_eq!(redeem_with(&desk, &link, PASSWORD, "twelve tall poplars lean").await.header("location"), "/login?set=1");
        let told = desk.entries("reviewer.confirmed", &one).await;
        assert_eq!((told.len(), told[0].fact("by").as_deref()), (1, Some("Ben Admin")));
    }

    async fn a_reset_counts_like_a_creation(desk: Filled) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        let ben = desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        join(&desk, &ben, "one@desk.example", "Real One", "analyst").await;
        let two_ = join(&desk, &anna, "two@desk.example", "Puppet Two", "analyst").await;
        let one_id = desk.id_of("one@desk.example").await;
        // Anna takes over the account that Ben created and she confirmed.
        owned(&desk, &anna, "one@desk.example", PASSWORD).await;
        let reply = anna.submit("reviewer-reset", &[("id", &one_id)]).await;
        assert!(desk.try_sign_in("one@desk.example", PASSWORD).await.cookie().is_empty(), "the old password counts no more");
        redeem(&desk, &token(reply.json()["link"].as_str().unwrap()), "nine green kettles sing").await;
        let one = sign_in(&desk, "one@desk.example", "nine green kettles sing").await;
        let (.., refused) = two(&desk, &one, &two_).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        assert_eq!(desk.entries("password.reset", &one_id).await.len(), 1);
    }

    async fn with_a_single_admin_it_is_said_wherever_the_decision_stands(desk: Filled) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let two_ = join(&desk, &anna, "two@desk.example", "Puppet Two", "analyst").await;
        let (id, _, given) = two(&desk, &one, &two_).await;
        assert_eq!(given.status, StatusCode::OK, "{}", given.text());
        let said = "both made by Anna Admin, not confirmed by a second admin";
        assert_eq!(given.json()["accounts"], said);
        assert_eq!(desk.entries("countersign.given", &id).await[0].fact("accounts").as_deref(), Some(said));
        for page in [format!("/inquiries/{id}"), "/decisions".to_owned()] {
            assert!(one.get(&page).await.text().contains(said), "{page}");
        }
        let file = one.get(&format!("/inquiries/{id}/case-file?purpose=audit")).await;
        if file.status == StatusCode::OK {
            let document = lopdf::Document::load_mem(&file.body).unwrap();
            let pages: Vec<u32> = document.get_pages().keys().copied().collect();
            let text = document.extract_text(&pages).unwrap_or_default().replace(['\n', ' '], "");
            assert!(text.contains("bothmadebyAnnaAdmin"), "the case file");
        }
    }

    async fn an_admin_made_by_the_proposer_confirms_no_erasure(desk: Filled) {
        let mut desk = desk;
        let (analyst, anna) = (desk.analyst().await, desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await);
        desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        join(&desk, &anna, "puppet@desk.example", "Puppet Admin", "admin").await;
        let (_, account) = declined(&desk, &analyst).await;
        let ended = tomorrow(&desk);
        years_pass(&desk);
        let anna = desk.sign_in("anna@desk.example").await;
        let puppet = sign_in(&desk, "puppet@desk.example", PASSWORD).await;
        assert_eq!(propose(&anna, &account, &ended).await.status, StatusCode::OK);
        let proposal = waiting(&anna).await;
        let refused = puppet.submit("retention-confirm", &[("proposal", &proposal)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        let ben = desk.sign_in("ben@desk.example").await;
        assert_eq!(ben.submit("retention-confirm", &[("proposal", &proposal)]).await.status, StatusCode::OK);
    }

    async fn names_and_addresses_are_given_once(desk: Desk) {
        let mut desk = desk;
        let admin = desk.admin().await;
        desk.analyst().await;
        for (email, name) in [
            ("other@desk.example", "maya  OKAFOR"), ("other@desk.example", " Ｍａｙａ Okafor"), ("other@desk.example", "Maya\u{a0}Okafor"),
            ("other@desk.example", "\u{41c}\u{430}\u{443}\u{430} Okafor"),
            ("ANALYST@desk.example", "Somebody Else"),
        ] {
            let reply = admin.submit("reviewer-add", &[("email", email), ("name", name), ("role", "analyst")]).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{email} {name}");
            assert!(reply.text().contains("already"), "{}", reply.text());
        }
        for name in ["Maya \u{41e}kafor", "Maya\u{200b} Okafor", "Maya Okafor\u{202e}"] {
            let reply = admin.submit("reviewer-add", &[("email", "other@desk.example"), ("name", name), ("role", "analyst")]).await;
            assert!(reply.status == StatusCode::UNPROCESSABLE_ENTITY && reply.text().to_lowercase().contains("type it again"), "{name:?} {}", reply.text());
        }
        let fields = |email: &'static str| [("email", email), ("name", "Twin Name"), ("role", "analyst")];
        let (one, two) = (fields("a@desk.example"), fields("b@desk.example"));
        let (one, two) = tokio::join!(admin.submit("reviewer-add", &one), admin.submit("reviewer-add", &two));
        assert_eq!([one.status, two.status].into_iter().filter(|status| *status == StatusCode::OK).count(), 1);
    }

    async fn nobody_changes_their_own_role_or_resets_themselves(desk: Desk) {
        let mut desk = desk;
        let admin = desk.admin().await;
        let analyst = desk.analyst().await;
        let own = desk.id_of("admin@desk.example").await;
        assert_eq!(admin.submit("reviewer-role", &[("id", &own), ("role", "analyst")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(admin.submit("reviewer-reset", &[("id", &own)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let theirs = desk.id_of("analyst@desk.example").await;
        assert_eq!(admin.submit("reviewer-role", &[("id", &theirs), ("role", "auditor")]).await.status, StatusCode::OK);
        assert_eq!(analyst.get("/queue").await.status, StatusCode::SEE_OTHER, "their sessions end");
        let entry = desk.entries("reviewer.role_changed", &theirs).await.remove(0);
        assert_eq!((entry.fact("before").as_deref(), entry.fact("after").as_deref()), (Some("analyst"), Some("auditor")));
    }

    async fn two_admins_who_remove_one_another_leave_one(desk: Desk) {
        let mut desk = desk;
        let one = desk.reviewer("a@x.example", "Admin A", Role::Admin).await;
        let other = desk.reviewer("b@x.example", "Admin B", Role::Admin).await;
        let (first, second) = (desk.id_of("a@x.example").await, desk.id_of("b@x.example").await);
        let (role, disable) = ([("id", second.as_str()), ("role", "auditor")], [("id", first.as_str())]);
        let (demoted, disabled) = tokio::join!(one.submit("reviewer-role", &role), other.submit("reviewer-disable", &disable));
        assert_eq!(admins(&desk).await, 1, "{} {}", demoted.status, disabled.status);
    }
}
