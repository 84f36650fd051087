//! One person with several accounts, who wants them to count as several people.
use axum::http::StatusCode;
use countersign::domain::reviewer::Role;
use countersign::sandbox;
use countersign::server::usecase::reviewer::{Keeper, add};

use super::accounts::{PASSWORD, countersign, invite, join, redeem, sign_in, token, two};
use crate::desk::{Desk, On, Visitor};
use crate::flow;

const NEW: &str = "nine green kettles sing";

/// A link for a new password, as the admin who resets gets it.
async fn reset(by: &Visitor, id: &str) -> (String, bool) {
    let reply = by.submit("reviewer-reset", &[("id", id)]).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    (token(reply.json()["link"].as_str().unwrap()), reply.json()["waits"] == true)
}

async fn confirm(by: &Visitor, id: &str) -> StatusCode {
    by.submit("reviewer-confirm", &[("id", id)]).await.status
}

/// Somebody with a printed password, who changed it.
async fn from_shell(desk: &Desk, email: &str, name: &str, role: Role) -> Visitor {
    let (_, printed) = add(&desk.app, Keeper::shell(), email, name, role).await.unwrap();
    let first = sign_in(desk, email, &printed).await;
    let changed = first.submit("change-password", &[("old", &printed), ("new", PASSWORD)]).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    sign_in(desk, email, PASSWORD).await
}

flow! {
    async fn resetting_the_other_admin_is_no_way_to_be_alone(desk: Desk) {
        let mut desk = desk.filled().await;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let two_ = join(&desk, &anna, "two@desk.example", "Puppet Two", "analyst").await;
        let ben = desk.id_of("ben@desk.example").await;
        // Twice, so that the second reset does not hide the first.
        reset(&anna, &ben).await;
        let (link, _) = reset(&anna, &ben).await;
        let (id, decision, refused) = two(&desk, &one, &two_).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        redeem(&desk, &link, NEW).await;
        let mine = sign_in(&desk, "ben@desk.example", NEW).await;
        let two_id = desk.id_of("two@desk.example").await;
        assert_eq!(confirm(&mine, &two_id).await, StatusCode::UNPROCESSABLE_ENTITY, "through it she could vouch for herself");
        assert_eq!(countersign(&desk, &two_, &id, &decision).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        desk.clock.advance(std::time::Duration::from_secs(31 * 24 * 3600));
        let two_ = sign_in(&desk, "two@desk.example", PASSWORD).await;
        desk.inquiry(&two_, &id).await;
        let given = countersign(&desk, &two_, &id, &decision).await;
        assert_eq!(given.status, StatusCode::OK, "after a month it is an installation with one admin: {}", given.text());
        assert!(given.json()["accounts"].is_string());
    }

    async fn nobody_confirms_an_account_before_its_owner_uses_it_and_changes_open_it_again(desk: Desk) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        let ben = desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        let link = invite(&anna, "one@desk.example", "Puppet One", "analyst").await;
        let id = desk.id_of("one@desk.example").await;
        assert_eq!(confirm(&ben, &id).await, StatusCode::UNPROCESSABLE_ENTITY, "the link is open");
        redeem(&desk, &link, PASSWORD).await;
        assert_eq!(confirm(&ben, &id).await, StatusCode::UNPROCESSABLE_ENTITY, "nobody has signed in");
        sign_in(&desk, "one@desk.example", PASSWORD).await;
        assert_eq!(confirm(&ben, &id).await, StatusCode::OK);
        assert_eq!(confirm(&ben, &id).await, StatusCode::UNPROCESSABLE_ENTITY, "it is confirmed");
        assert_eq!(anna.submit("reviewer-role", &[("id", &id), ("role", "auditor")]).await.status, StatusCode::OK);
        assert_eq!(confirm(&ben, &id).await, StatusCode::OK, "another role opens it again");
        let (link, _) = reset(&anna, &id).await;
        assert_eq!(confirm(&ben, &id).await, StatusCode::UNPROCESSABLE_ENTITY, "a new link is open");
        // As it was where an account could be confirmed while its link was open.
        desk.by_hand("UPDATE reviewers SET confirmed_by = 'x', confirmed_at = created_at", "UPDATE reviewers SET confirmed_by = 'x', confirmed_at = created_at").await;
        assert_eq!(ben.submit("reviewer-reset-confirm", &[("id", &id)]).await.status, StatusCode::OK);
        assert_eq!(redeem(&desk, &link, NEW).await.header("location"), "/login?set=1");
        sign_in(&desk, "one@desk.example", NEW).await;
        assert_eq!(confirm(&ben, &id).await, StatusCode::OK, "whoever used the link opened it again");
    }

    async fn a_link_for_the_password_of_an_admin_or_auditor_waits_for_a_second_person(desk: Desk) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        let ben = desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.auditor().await;
        let auditor = desk.id_of("auditor@desk.example").await;
        let (link, waits) = reset(&anna, &auditor).await;
        assert!(waits);
        assert!(redeem(&desk, &link, NEW).await.header("location").ends_with("?failed=gone"));
        assert!(desk.nobody().get(&format!("/invitation/{link}")).await.text().contains("has still to confirm it"));
        let puppet = join(&desk, &anna, "two@desk.example", "Puppet Two", "admin").await;
        for by in [&anna, &puppet] {
            let own = by.submit("reviewer-reset-confirm", &[("id", &auditor)]).await;
            assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", own.text());
        }
        assert_eq!(desk.entries("password.reset_refused", &auditor).await.len(), 2);
        assert!(ben.get("/admin/reviewers").await.text().contains("Confirm the new link"));
        let plain = ben.post_plain("reviewer-reset-confirm", "/admin/reviewers", &[("id", &auditor)]).await;
        assert_eq!(plain.status, StatusCode::FOUND);
        assert_eq!(desk.entries("password.reset_confirmed", &auditor).await.len(), 1);
        assert_eq!(redeem(&desk, &link, NEW).await.header("location"), "/login?set=1");
        // Where nobody could confirm it, the log says so.
        let (_, waits) = reset(&anna, &desk.id_of("two@desk.example").await).await;
        assert!(waits, "Ben could");
        assert_eq!(anna.submit("reviewer-disable", &[("id", &desk.id_of("ben@desk.example").await)]).await.status, StatusCode::OK);
        assert_eq!(anna.submit("reviewer-disable", &[("id", &auditor)]).await.status, StatusCode::OK);
        let two_id = desk.id_of("two@desk.example").await;
        let (_, waits) = reset(&anna, &two_id).await;
        assert!(!waits);
        let told = desk.entries("password.reset", &two_id).await;
        assert!(told.iter().any(|entry| entry.fact("second").is_some_and(|said| said.starts_with("none"))));
    }

    async fn an_auditor_of_another_hand_confirms(desk: Desk) {
        let mut desk = desk.filled().await;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        let auditor = desk.auditor().await;
        desk.rule(&anna, "Declines", "decline").await;
        let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let two_ = join(&desk, &anna, "two@desk.example", "Puppet Two", "analyst").await;
        let (id, decision, refused) = two(&desk, &one, &two_).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "there is somebody to ask: {}", refused.text());
        assert!(auditor.get("/admin/reviewers").await.text().contains("Confirm the account of Puppet Two"));
        assert!(!auditor.get("/admin/reviewers").await.text().contains("Disable Puppet Two"), "and nothing else");
        assert_eq!(confirm(&auditor, &desk.id_of("two@desk.example").await).await, StatusCode::OK);
        assert_eq!(countersign(&desk, &two_, &id, &decision).await.status, StatusCode::OK);
    }

    async fn an_account_from_the_shell_beside_one_from_the_page_is_said(desk: Desk) {
        let desk = desk.filled().await;
        let anna = from_shell(&desk, "anna@desk.example", "Anna Admin", Role::Admin).await;
        let ben = from_shell(&desk, "ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let shelly = from_shell(&desk, "s@desk.example", "Shelly Analyst", Role::Analyst).await;
        let (_, _, given) = two(&desk, &one, &shelly).await;
        assert_eq!(given.status, StatusCode::OK, "{}", given.text());
        assert_eq!(given.json()["accounts"], "one made by Anna Admin, one from the command line, neither confirmed by a second admin");
        assert_eq!(confirm(&ben, &desk.id_of("s@desk.example").await).await, StatusCode::OK);
        desk.settle().await;
        let (_, _, given) = two(&desk, &one, &shelly).await;
        assert!(given.status == StatusCode::OK && given.json()["accounts"].is_null(), "{}", given.text());
    }

    async fn whoever_used_a_link_signs_in_while_strangers_guess(desk: Desk) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        let link = invite(&anna, "new@desk.example", "New Person", "analyst").await;
        for _ in 0..12 {
            desk.try_sign_in("new@desk.example", "wrong wrong wrong").await;
        }
        let set = redeem(&desk, &link, PASSWORD).await;
        assert!(desk.try_sign_in("new@desk.example", PASSWORD).await.cookie().is_empty(), "a stranger's browser waits");
        assert!(!desk.try_sign_in_at(&set.device(), "new@desk.example", PASSWORD).await.cookie().is_empty());
    }
}

/// With the setting that lets one hand never pass.
async fn refused_by_the_setting(on: On) {
    let options = sandbox::Options { inquiries: 40, requests_per_minute: 100_000, ..sandbox::Options::default() };
    let desk = Desk::configured(on, options, |config| config.refuse_one_hand = true).await.filled().await;
    let anna = from_shell(&desk, "anna@desk.example", "Anna Admin", Role::Admin).await;
    desk.rule(&anna, "Declines", "decline").await;
    let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
    let two_ = join(&desk, &anna, "two@desk.example", "Puppet Two", "analyst").await;
    let shelly = from_shell(&desk, "s@desk.example", "Shelly Analyst", Role::Analyst).await;
    let (id, decision, refused) = two(&desk, &one, &two_).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    let refused = countersign(&desk, &shelly, &id, &decision).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert_eq!(desk.entries("countersign.denied", &decision).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_by_the_setting_sqlite() {
    refused_by_the_setting(On::Sqlite).await;
}
