//! One person with several accounts, who wants them to count as several people.
use axum::http::StatusCode;
use countersign::domain::reviewer::Role;
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use serde_json::json;

use super::accounts::{PASSWORD, countersign, invite, join, owned, redeem, redeem_with, sign_in, token, two, vouch};
use crate::desk::{Desk, On, Visitor};
use crate::filled::Filled;
use crate::flow;
use crate::retention::{declined, propose, tomorrow, waiting, years_pass};

const NEW: &str = "nine green kettles sing";

/// A link for a new password, as the admin who resets it receives it.
async fn reset(by: &Visitor, id: &str) -> (String, bool) {
    let reply = by.submit("reviewer-reset", &[("id", id)]).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    (token(reply.json()["link"].as_str().unwrap()), reply.json()["waits"] == true)
}

/// An admin may not send a link for the password of another admin or auditor whom no third person could confirm.
async fn refuses_reset(by: &Visitor, id: &str) {
    let reply = by.submit("reviewer-reset", &[("id", id)]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text());
    assert!(reply.text().contains("reset-password"), "{}", reply.text());
}

async fn confirm(by: &Visitor, id: &str) -> StatusCode {
    by.submit("reviewer-confirm", &[("id", id)]).await.status
}

/// A reviewer who had a printed password and changed it.
async fn from_shell(desk: &Desk, email: &str, name: &str, role: Role) -> Visitor {
    let (_, printed) = add(&desk.app, AccountManager::shell(), email, name, role).await.unwrap();
    let first = sign_in(desk, email, &printed).await;
    let changed = first.submit("change-password", &[("old", &printed), ("new", PASSWORD)]).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    sign_in(desk, email, PASSWORD).await
}

/// Signs in as a colleague through the link for their new password, which only an admin has.
async fn become_them(desk: &Desk, by: &Visitor, email: &str) -> Visitor {
    let (link, waits) = reset(by, &desk.id_of(email).await).await;
    assert!(!waits, "an analyst's");
    redeem(desk, &link, NEW).await;
    sign_in(desk, email, NEW).await
}

/// Returns an account to the person whose name it has. An honest colleague witnesses the first sign-in.
async fn give_back(desk: &Desk, by: &Visitor, honest: &Visitor, email: &str) -> Visitor {
    let id = desk.id_of(email).await;
    let (link, waits) = reset(by, &id).await;
    if waits {
        assert_eq!(honest.submit("reviewer-reset-confirm", &[("id", &id)]).await.status, StatusCode::OK);
    }
    assert_eq!(redeem(desk, &link, PASSWORD).await.header("location"), "/login?set=1");
    sign_in(desk, email, PASSWORD).await;
    owned(desk, honest, email, PASSWORD).await
}

async fn proposed_rules(by: &Visitor) -> Vec<String> {
    let page = by.call("rules", json!({})).await.json();
    page["proposals"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

flow! {
    async fn an_admin_whom_another_made_does_not_decide_without_that_one(desk: Filled) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        let ben = join(&desk, &anna, "ben@desk.example", "Ben Admin", "admin").await;
        desk.rule(&anna, "Declines", "decline").await;
        let one = join(&desk, &ben, "one@desk.example", "Puppet One", "analyst").await;
        let two_ = join(&desk, &ben, "two@desk.example", "Puppet Two", "analyst").await;
        let (id, decision, refused) = two(&desk, &one, &two_).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "Anna is there, and nobody acts for her: {}", refused.text());
        assert!(refused.text().contains("Ben Admin"), "{}", refused.text());
        let whose = desk.id_of("one@desk.example").await;
        assert_eq!(confirm(&ben, &whose).await, StatusCode::UNPROCESSABLE_ENTITY, "his own");
        let one = owned(&desk, &anna, "one@desk.example", PASSWORD).await;
        let reply = countersign(&desk, &two_, &id, &decision).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "Ben could act through the account that made it");
        // What is made since is not Ben's alone. Anna made his account, so it is recorded that it may be hers.
        let taken = one.submit("withdraw", &[("decision", &decision)]).await;
        assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
        let (.., signed) = two(&desk, &one, &two_).await;
        assert_eq!(signed.status, StatusCode::OK, "{}", signed.text());
        assert_eq!(signed.json()["accounts"], "both could be used by Anna Admin, not confirmed by an independent second admin");
    }

    async fn resetting_the_other_admin_is_no_way_to_be_alone(desk: Filled) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let two_ = join(&desk, &anna, "two@desk.example", "Puppet Two", "analyst").await;
        let ben = desk.id_of("ben@desk.example").await;
        let month = std::time::Duration::from_secs(31 * 24 * 3600);
        let (id, decision, refused) = two(&desk, &one, &two_).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        // Neither as an admin nor right after a change of role.
        let role = async |role| {
            let anna = desk.sign_in("anna@desk.example").await;
            assert_eq!(anna.submit("reviewer-role", &[("id", &ben), ("role", role)]).await.status, StatusCode::OK);
            anna
        };
        refuses_reset(&anna, &ben).await;
        refuses_reset(&role("analyst").await, &ben).await;
        // A month later Ben is an analyst for her to reset. What he was before still counts when he is an admin again.
        desk.clock.advance(month);
        let anna = desk.sign_in("anna@desk.example").await;
        let (link, _) = reset(&anna, &ben).await;
        redeem(&desk, &link, NEW).await;
        role("admin").await;
        let mine = sign_in(&desk, "ben@desk.example", NEW).await;
        let two_id = desk.id_of("two@desk.example").await;
        assert_eq!(confirm(&mine, &two_id).await, StatusCode::UNPROCESSABLE_ENTITY, "through it she could vouch for herself");
        let two_ = sign_in(&desk, "two@desk.example", PASSWORD).await;
        desk.inquiry(&two_, &id).await;
        let still = countersign(&desk, &two_, &id, &decision).await;
        assert_eq!(still.status, StatusCode::UNPROCESSABLE_ENTITY, "Ben is there, and once was a second person: {}", still.text());
        let anna = desk.sign_in("anna@desk.example").await;
        assert_eq!(anna.submit("reviewer-disable", &[("id", &ben)]).await.status, StatusCode::OK);
        desk.clock.advance(std::time::Duration::from_secs(31 * 24 * 3600));
        let two_ = sign_in(&desk, "two@desk.example", PASSWORD).await;
        desk.inquiry(&two_, &id).await;
        let given = countersign(&desk, &two_, &id, &decision).await;
        assert_eq!(given.status, StatusCode::OK, "a month after Ben left it is an installation with one admin: {}", given.text());
        assert!(given.json()["accounts"].is_string());
    }

    async fn resetting_the_analysts_of_the_other_admin_is_no_way_to_be_both(desk: Filled) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        let ben = desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        for (email, name) in [("one@desk.example", "Xia Chen"), ("two@desk.example", "Yan Roy")] {
            join(&desk, &anna, email, name, "analyst").await;
        }
        let one = become_them(&desk, &ben, "one@desk.example").await;
        let two_ = become_them(&desk, &ben, "two@desk.example").await;
        let (id, decision, refused) = two(&desk, &one, &two_).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        let said = refused.text();
        assert!(said.contains("Anna Admin") && said.contains("Ben Admin"), "{said}");
        // The operator's reset takes Ben's away, and Ben can vouch that Anna does not use the account.
        let shell = AccountManager::shell();
        let (printed, _) = countersign::server::usecase::reviewer::reset_password(&desk.app, shell, "two@desk.example").await.unwrap();
        let first = sign_in(&desk, "two@desk.example", &printed).await;
        assert_eq!(first.submit("change-password", &[("old", &printed), ("new", PASSWORD)]).await.status, StatusCode::OK);
        sign_in(&desk, "two@desk.example", PASSWORD).await;
        let two_ = owned(&desk, &ben, "two@desk.example", PASSWORD).await;
        desk.inquiry(&two_, &id).await;
        let signed = countersign(&desk, &two_, &id, &decision).await;
        assert_eq!(signed.status, StatusCode::OK, "Ben vouches that Anna is not Yan: {}", signed.text());
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
        let link = vouch(&ben, &id).await;
        assert_eq!(anna.submit("reviewer-role", &[("id", &id), ("role", "auditor")]).await.status, StatusCode::OK);
        assert!(redeem_with(&desk, &link, PASSWORD, NEW).await.header("location").ends_with("?failed=gone"), "not for this role");
        owned(&desk, &ben, "one@desk.example", PASSWORD).await;
        assert_eq!(confirm(&ben, &id).await, StatusCode::UNPROCESSABLE_ENTITY, "it is confirmed");
        assert_eq!(anna.submit("reviewer-role", &[("id", &id), ("role", "analyst")]).await.status, StatusCode::OK);
        assert_eq!(confirm(&ben, &id).await, StatusCode::OK, "another role opens it again");
        assert_eq!(anna.submit("reviewer-role", &[("id", &id), ("role", "auditor")]).await.status, StatusCode::OK);
        let (link, _) = reset(&anna, &id).await;
        assert_eq!(confirm(&ben, &id).await, StatusCode::UNPROCESSABLE_ENTITY, "a new link is open");
        // The state from when an account could be confirmed while its link was open.
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
        assert!(desk.nobody().get(&format!("/invitation/{link}")).await.text().contains("has not confirmed it yet"));
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
        // If no one could confirm it, the log says so.
        let (_, waits) = reset(&anna, &desk.id_of("two@desk.example").await).await;
        assert!(waits, "Ben could");
        assert_eq!(anna.submit("reviewer-disable", &[("id", &desk.id_of("ben@desk.example").await)]).await.status, StatusCode::OK);
        assert_eq!(anna.submit("reviewer-disable", &[("id", &auditor)]).await.status, StatusCode::OK);
        let two_id = desk.id_of("two@desk.example").await;
        let (_, waits) = reset(&anna, &two_id).await;
        assert!(waits, "whoever was disabled a moment ago could have");
        desk.clock.advance(std::time::Duration::from_secs(31 * 24 * 3600));
        let anna = desk.sign_in("anna@desk.example").await;
        let (_, waits) = reset(&anna, &two_id).await;
        assert!(!waits);
        let told = desk.entries("password.reset", &two_id).await;
        assert!(told.iter().any(|entry| entry.fact("second").is_some_and(|said| said.starts_with("none"))));
    }

    async fn an_auditor_of_another_hand_confirms(desk: Filled) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        let auditor = desk.auditor().await;
        desk.rule(&anna, "Declines", "decline").await;
        let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let two_ = join(&desk, &anna, "two@desk.example", "Puppet Two", "analyst").await;
        let (id, decision, refused) = two(&desk, &one, &two_).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "there is somebody to ask: {}", refused.text());
        assert!(auditor.get("/admin/reviewers").await.text().contains("Confirm the account of Puppet Two"));
        assert!(!auditor.get("/admin/reviewers").await.text().contains("Disable Puppet Two"), "and nothing else");
        let two_ = owned(&desk, &auditor, "two@desk.example", PASSWORD).await;
        desk.inquiry(&two_, &id).await;
        assert_eq!(countersign(&desk, &two_, &id, &decision).await.status, StatusCode::OK);
    }

    async fn an_account_from_the_shell_beside_one_from_the_page_is_said(desk: Filled) {
        let anna = from_shell(&desk, "anna@desk.example", "Anna Admin", Role::Admin).await;
        let ben = from_shell(&desk, "ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let shelly = from_shell(&desk, "s@desk.example", "Shelly Analyst", Role::Analyst).await;
        let (_, _, given) = two(&desk, &one, &shelly).await;
        assert_eq!(given.status, StatusCode::OK, "{}", given.text());
        assert_eq!(given.json()["accounts"], "one made by Anna Admin, one from the command line, neither confirmed by a second admin");
        let shelly = owned(&desk, &ben, "s@desk.example", PASSWORD).await;
        desk.settle().await;
        let (_, _, given) = two(&desk, &one, &shelly).await;
        assert!(given.status == StatusCode::OK && given.json()["accounts"].is_null(), "{}", given.text());
    }

    async fn an_account_that_is_given_back_does_not_change_who_decided(desk: Filled) {
        let mut desk = desk;
        let ada = desk.reviewer("ada@desk.example", "Ada Admin", Role::Admin).await;
        let cy = desk.auditor().await;
        desk.rule(&ada, "Declines", "decline").await;
        desk.reviewer("xia@desk.example", "Xia Analyst", Role::Analyst).await;
        desk.reviewer("yan@desk.example", "Yan Analyst", Role::Analyst).await;
        let honest = desk.reviewer("zoe@desk.example", "Zoe Analyst", Role::Analyst).await;
        let as_xia = become_them(&desk, &ada, "xia@desk.example").await;
        let as_yan = become_them(&desk, &ada, "yan@desk.example").await;
        let (id, decision, refused) = two(&desk, &as_xia, &as_yan).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        give_back(&desk, &ada, &cy, "xia@desk.example").await;
        let refused = countersign(&desk, &as_yan, &id, &decision).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "she decided it: {}", refused.text());
        assert_eq!(refused.json()["Refused"]["OneHand"]["by"], "Ada Admin", "{}", refused.text());
        assert_eq!(desk.entries("countersign.denied", &decision).await.len(), 2);
        let given = countersign(&desk, &honest, &id, &decision).await;
        assert!(given.status == StatusCode::OK && given.json()["accounts"].is_null(), "{}", given.text());
        // In the other direction a different person acts now, no matter who had the account before.
        desk.settle().await;
        let (id, decision, refused) = two(&desk, &as_yan, &become_them(&desk, &ada, "xia@desk.example").await).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        let xia = give_back(&desk, &ada, &cy, "xia@desk.example").await;
        assert_eq!(countersign(&desk, &xia, &id, &decision).await.status, StatusCode::OK);
    }

    async fn confirming_an_admin_does_not_clear_the_accounts_that_somebody_else_made_through_theirs(desk: Filled) {
        let mut desk = desk;
        let ada = desk.reviewer("ada@desk.example", "Ada Admin", Role::Admin).await;
        let cy = desk.auditor().await;
        desk.rule(&ada, "Declines", "decline").await;
        let as_erin = join(&desk, &ada, "erin@desk.example", "Erin Admin", "admin").await;
        let sam = join(&desk, &as_erin, "sam@desk.example", "Sam Oduya", "analyst").await;
        let adele = join(&desk, &as_erin, "adele@desk.example", "Adele Brun", "admin").await;
        let tess = join(&desk, &ada, "tess@desk.example", "Tess Aoki", "analyst").await;
        owned(&desk, &cy, "erin@desk.example", PASSWORD).await;
        let (id, decision, refused) = two(&desk, &tess, &sam).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        let version = ada.call("rules", json!({})).await.json()["current"]["version"].to_string();
        let removed = ada.submit("rule-remove", &[("version", &version), ("name", "Declines")]).await;
        assert_eq!(removed.status, StatusCode::OK, "{}", removed.text());
        let proposal = proposed_rules(&ada).await.remove(0);
        let refused = adele.submit("rule-confirm", &[("proposal", &proposal)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        let tess_id = desk.id_of("tess@desk.example").await;
        assert_eq!(confirm(&adele, &tess_id).await, StatusCode::UNPROCESSABLE_ENTITY, "she made it herself");
        // A reset has the same effect as an invitation.
        let as_erin = {
            let (link, waits) = reset(&ada, &desk.id_of("erin@desk.example").await).await;
            assert!(waits);
            let id = desk.id_of("erin@desk.example").await;
            assert_eq!(cy.submit("reviewer-reset-confirm", &[("id", &id)]).await.status, StatusCode::OK);
            redeem(&desk, &link, NEW).await;
            sign_in(&desk, "erin@desk.example", NEW).await
        };
        let uma = join(&desk, &as_erin, "uma@desk.example", "Uma Reyes", "analyst").await;
        owned(&desk, &cy, "erin@desk.example", NEW).await;
        assert_eq!(countersign(&desk, &uma, &id, &decision).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let sam = owned(&desk, &cy, "sam@desk.example", PASSWORD).await;
        let passed = countersign(&desk, &sam, &id, &decision).await;
        assert_eq!(passed.status, StatusCode::OK, "the auditor knows him: {}", passed.text());
    }

    async fn a_reset_counts_until_the_next_one(desk: Filled) {
        let mut desk = desk;
        let ada = desk.reviewer("ada@desk.example", "Ada Admin", Role::Admin).await;
        desk.reviewer("ben@desk.example", "Ben Admin", Role::Admin).await;
        desk.rule(&ada, "Declines", "decline").await;
        let ben = desk.id_of("ben@desk.example").await;
        refuses_reset(&ada, &ben).await;
        // The operator can, and is not counted as a person who could act through the account.
        let shell = AccountManager::shell();
        let (printed, _) = countersign::server::usecase::reviewer::reset_password(&desk.app, shell, "ben@desk.example").await.unwrap();
        let first = sign_in(&desk, "ben@desk.example", &printed).await;
        assert_eq!(first.submit("change-password", &[("old", &printed), ("new", PASSWORD)]).await.status, StatusCode::OK);
        desk.clock.advance(std::time::Duration::from_secs(31 * 24 * 3600));
        let ada = desk.sign_in("ada@desk.example").await;
        let one = join(&desk, &ada, "one@desk.example", "Puppet One", "analyst").await;
        let two_ = join(&desk, &ada, "two@desk.example", "Puppet Two", "analyst").await;
        let (_, _, refused) = two(&desk, &one, &two_).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "Ben could confirm them: {}", refused.text());
        assert!(!vouch(&sign_in(&desk, "ben@desk.example", PASSWORD).await, &desk.id_of("two@desk.example").await).await.is_empty());
    }

    async fn an_account_that_is_given_back_does_not_change_who_proposed_looser_rules(desk: Desk) {
        let mut desk = desk;
        let ada = desk.reviewer("ada@desk.example", "Ada Admin", Role::Admin).await;
        desk.auditor().await;
        desk.rule(&ada, "Declines", "decline").await;
        let as_yan = join(&desk, &ada, "yan@desk.example", "Yan Admin", "admin").await;
        let version = ada.call("rules", json!({})).await.json()["current"]["version"].to_string();
        let removed = as_yan.submit("rule-remove", &[("version", &version), ("name", "Declines")]).await;
        assert_eq!(removed.status, StatusCode::OK, "{}", removed.text());
        let proposal = proposed_rules(&ada).await.remove(0);
        let fields = [("proposal", proposal.as_str())];
        assert_eq!(ada.submit("rule-confirm", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        // A link for cy's password counts as hers as well, no matter who uses the account that created it when it is
        // confirmed.
        let auditor = desk.id_of("auditor@desk.example").await;
        let bea = desk.reviewer("bea@desk.example", "Bea Admin", Role::Admin).await;
        assert!(reset(&as_yan, &auditor).await.1);
        give_back(&desk, &ada, &bea, "yan@desk.example").await;
        let refused = ada.submit("reviewer-reset-confirm", &[("id", &auditor)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        let refused = ada.submit("rule-confirm", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "she proposed it: {}", refused.text());
        assert_eq!(desk.entries("rules.confirm_refused", &proposal).await.len(), 2);

        // The proposal of a reviewer who may no longer propose does not count.
        let yan = desk.id_of("yan@desk.example").await;
        let as_role = async |role| ada.submit("reviewer-role", &[("id", &yan), ("role", role)]).await;
        assert_eq!(as_role("analyst").await.status, StatusCode::OK);
        let refused = bea.submit("rule-confirm", &fields).await;
        assert!(refused.text().contains("may not propose this any more"), "{}", refused.text());
        // A reviewer whose reset no one else saw cannot become an admin.
        let (link, waits) = reset(&ada, &yan).await;
        assert!(waits, "who was an admin a moment ago");
        assert_eq!(bea.submit("reviewer-reset-confirm", &[("id", &yan)]).await.status, StatusCode::OK);
        redeem(&desk, &link, NEW).await;
        sign_in(&desk, "yan@desk.example", NEW).await;
        for role in ["admin", "auditor"] {
            let refused = as_role(role).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        }
        owned(&desk, &bea, "yan@desk.example", NEW).await;
        assert_eq!(as_role("admin").await.status, StatusCode::OK);
        assert_eq!(bea.submit("rule-confirm", &fields).await.status, StatusCode::OK, "it is theirs, and another one agrees");
        assert!(proposed_rules(&ada).await.is_empty());
    }

    async fn an_account_that_is_given_back_does_not_change_who_proposed_an_erasure(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        desk.reviewer("ada@desk.example", "Ada Admin", Role::Admin).await;
        desk.auditor().await;
        let (_, account) = declined(&desk, &analyst).await;
        let ended = tomorrow(&desk);
        years_pass(&desk);
        let ada = desk.sign_in("ada@desk.example").await;
        let cy = desk.sign_in("auditor@desk.example").await;
        let as_yan = join(&desk, &ada, "yan@desk.example", "Yan Admin", "admin").await;
        assert_eq!(propose(&as_yan, &account, &ended).await.status, StatusCode::OK);
        let proposal = waiting(&ada).await;
        let agree = async |by: &Visitor| by.submit("retention-confirm", &[("proposal", &proposal)]).await;
        assert_eq!(agree(&ada).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        give_back(&desk, &ada, &cy, "yan@desk.example").await;
        let refused = agree(&ada).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "she proposed it: {}", refused.text());
        assert_eq!(desk.entries("retention.refused", &account).await.len(), 2);
        let yan = desk.id_of("yan@desk.example").await;
        assert_eq!(ada.submit("reviewer-disable", &[("id", &yan)]).await.status, StatusCode::OK);
        let refused = agree(&cy).await;
        assert!(refused.text().contains("may not propose this any more"), "{}", refused.text());
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

/// With the setting that never lets one person act twice.
async fn refused_by_the_setting(on: On) {
    let desk = Filled::configured(on, |config| config.refuse_one_hand = true).await;
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
