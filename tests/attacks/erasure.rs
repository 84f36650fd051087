//! One person who wants evidence erased: a customer's records, or the traces of their own work.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::domain::decision::Subject;
use countersign::domain::reviewer::Role;
use countersign::server::db::{self, Db};
use countersign::server::usecase::erasure::erase_due;
use countersign::server::usecase::log_check::{self, Scope};
use serde_json::json;

use crate::desk::{Desk, On, Visitor};
use crate::filled::Filled;
use crate::retention::{declined, found, propose, tomorrow, waiting, years_pass};
use crate::standin::{World, case};
use crate::{flow, world_flow};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A customer whose retention would have ended long ago, an admin and an auditor.
async fn customer(desk: &mut Desk) -> (String, String, Visitor, Visitor) {
    let analyst = desk.analyst().await;
    desk.admin().await;
    desk.auditor().await;
    let (_, account) = declined(desk, &analyst).await;
    let ended = tomorrow(desk);
    years_pass(desk);
    (account, ended, desk.sign_in("admin@desk.example").await, desk.sign_in("auditor@desk.example").await)
}

async fn confirm(by: &Visitor, proposal: &str) -> StatusCode {
    by.submit("retention-confirm", &[("proposal", proposal)]).await.status
}

/// A new, open inquiry of the account arrives.
async fn comes_back(desk: &Desk, account: &str) {
    let at = desk.app.now().to_millis_text();
    let inquiry = json!({"data": {"type": "inquiry", "id": "inq_comesBackAfterYears000000000", "attributes": {
        "status": "needs_review", "tags": [], "created-at": at, "updated-at": at, "fields": {}},
        "relationships": {"account": {"data": {"type": "account", "id": account}}}}, "included": []});
    let event = json!({"data": {"type": "event", "id": "evt_comesBack", "attributes": {
        "name": "inquiry.marked-for-review", "created-at": at, "payload": inquiry}}});
    assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
    countersign::server::jobs::apply_webhooks::run(&desk.app).await.unwrap();
}

async fn there(desk: &Desk, account: &str) -> bool {
    let mut conn = desk.app.read().await.unwrap();
    countersign::server::db::erasure::standing(&mut conn, account, desk.app.now()).await.unwrap().inquiries > 0
}

world_flow! {
    async fn what_a_case_was_decided_on_does_not_keep_an_account_that_is_erased(on: On) {
        const HIT: &str = "MALLORY LISTED OF OTHER";
        let mut world = World::of(&case("world-case.json"));
        let other = json!({"type": "account", "id": "act_other"});
        world.add(json!({"type": "account", "id": "act_other", "attributes": {"created-at": "2026-11-01T09:00:00.000Z", "fields": {}}}));
        world.add(json!({"type": "report/watchlist", "id": "rep_other", "attributes": {"status": "ready", "has-match": true, "term": "OTHER",
            "created-at": "2026-11-20T09:31:00.000Z", "matched-lists": [{"name": "OFAC", "entities": [{"name": HIT}]}]},
            "relationships": {"inquiry": {"data": null}, "account": {"data": other}}}));
        world.change("case_monitor", |one| one["relationships"]["accounts"]["data"].as_array_mut().unwrap().push(other));
        let mut desk = world.desk(on).await;
        let (maya, _, _) = (desk.analyst().await, desk.admin().await, desk.auditor().await);
        let subject = Subject::Case("case_monitor".parse().unwrap());
        let page = maya.call("case", json!({"id": "case_monitor"})).await.json();
        let seen = page["version"].as_i64().unwrap();
        let fields = [("case", "case_monitor"), ("version", &seen.to_string()), ("status", "Closed"), ("reason", "work-done"), ("comment", "")];
        assert_eq!(maya.submit("set-status", &fields).await.status, StatusCode::OK);
        let body = async |desk: &Desk| {
            let mut conn = desk.app.read().await.unwrap();
            db::snapshot::body(&mut conn, &subject, seen).await.unwrap()
        };
        assert!(body(&desk).await.unwrap().contains(HIT), "it was decided on that");

        let ended = tomorrow(&desk);
        years_pass(&desk);
        let (admin, auditor) = (desk.sign_in("admin@desk.example").await, desk.sign_in("auditor@desk.example").await);
        let proposed = propose(&admin, "act_other", &ended).await;
        assert_eq!(proposed.status, StatusCode::OK, "{}", proposed.text());
        assert_eq!(confirm(&auditor, &waiting(&auditor).await).await, StatusCode::OK);
        desk.clock.advance(DAY * 15);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 1);
        assert_eq!(body(&desk).await, None);
        assert_eq!(found(&desk, HIT).await, 0, "gone from the database");
        let told = desk.entries("evidence.erased", "case_monitor").await.remove(0);
        let made = desk.entries("decision.made", "case_monitor").await.remove(0);
        assert_eq!((told.fact("version"), told.fact("evidence")), (Some(seen.to_string()), made.fact("evidence")), "the fingerprint stays");
        assert_eq!(log_check::run(&desk.app, Scope::All).await.unwrap().unwrap().fault, None);
        // Evidence that an SQL statement removed, without a log entry, still counts as a difference.
        let by_hand = "UPDATE snapshots SET version = version + 1";
        desk.by_hand(by_hand, by_hand).await;
        assert!(log_check::run(&desk.app, Scope::All).await.unwrap().unwrap().fault.is_some());
    }
}

flow! {
    async fn one_admin_alone_erases_nothing(desk: Filled) {
        let mut desk = desk;
        let (account, ended, admin, _) = customer(&mut desk).await;
        assert_eq!(propose(&admin, &account, &ended).await.status, StatusCode::OK);
        let proposal = waiting(&admin).await;
        let own = admin.submit("retention-confirm", &[("proposal", &proposal)]).await;
        assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", own.text());
        assert_eq!(desk.entries("retention.refused", &account).await.len(), 1, "the attempt stands in the log");
        desk.clock.advance(DAY * 400);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0);
        assert!(there(&desk, &account).await);
        // An SQL statement that forges the confirmation is refused as well.
        let forged = "UPDATE retention_proposals SET state = 'confirmed', confirmer_id = proposer_id, confirmer_name = 'x', confirmed_at = proposed_at";
        let refused = match &desk.app.db {
            Db::Sqlite { write, .. } => sqlx::query(forged).execute(write).await.is_err(),
            Db::Postgres(pool) => sqlx::query(forged).execute(pool).await.is_err(),
        };
        assert!(refused, "proposer and confirmer are one person");
    }

    async fn a_customer_with_open_work_is_not_erased(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        desk.auditor().await;
        let mut open = None;
        for id in desk.queue(&analyst, "needs_review").await {
            open = open.or(desk.inquiry(&analyst, &id).await["inquiry"]["account_id"].as_str().map(str::to_owned));
        }
        let account = open.unwrap();
        for day in ["1990-01-01", "2015-03-01"] {
            let refused = propose(&admin, &account, day).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
            assert!(refused.text().contains("while an inquiry of the account is open"), "{}", refused.text());
        }
        assert_eq!(desk.entries("retention.refused", &account).await.len(), 2);
        let page = admin.get(&format!("/admin/retention?account={account}&ended_on=2015-03-01&profile=eu-amlr")).await.text();
        assert!(page.contains("while an inquiry of the account is open") && !page.contains(">Propose<"), "the preview says so");
    }

    async fn a_last_day_before_the_newest_decision_is_refused(desk: Filled) {
        let mut desk = desk;
        let (account, _, admin, _) = customer(&mut desk).await;
        let refused = propose(&admin, &account, "1990-01-01").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("cannot have ended before"), "{}", refused.text());
    }

    async fn a_customer_who_comes_back_is_not_erased(desk: Filled) {
        let mut desk = desk;
        let (account, ended, admin, auditor) = customer(&mut desk).await;
        assert_eq!(propose(&admin, &account, &ended).await.status, StatusCode::OK);
        let proposal = waiting(&auditor).await;
        comes_back(&desk, &account).await;
        assert_eq!(confirm(&auditor, &proposal).await, StatusCode::UNPROCESSABLE_ENTITY, "at confirming");
        assert_eq!(admin.submit("retention-cancel", &[("proposal", &proposal)]).await.status, StatusCode::OK);
        assert_eq!(desk.entries("retention.refused", &account).await.len(), 1);
    }

    async fn a_customer_who_comes_back_during_the_grace_time_is_not_erased(desk: Filled) {
        let mut desk = desk;
        let (account, ended, admin, auditor) = customer(&mut desk).await;
        assert_eq!(propose(&admin, &account, &ended).await.status, StatusCode::OK);
        assert_eq!(confirm(&auditor, &waiting(&auditor).await).await, StatusCode::OK);
        comes_back(&desk, &account).await;
        desk.clock.advance(DAY * 15);
        for _ in 0..3 {
            assert_eq!(erase_due(&desk.app).await.unwrap(), 0, "at the moment of erasing");
        }
        assert!(there(&desk, &account).await);
        assert_eq!(desk.entries("retention.refused", &account).await.len(), 1, "said once, and the clock is stopped");
        let auditor = desk.sign_in("auditor@desk.example").await;
        let page = auditor.get("/admin/retention").await.text();
        assert!(page.contains(">stopped<") && page.contains("while an inquiry of the account is open"));
    }

    async fn a_hold_wins_over_a_confirmed_erasure(desk: Filled) {
        let mut desk = desk;
        let (account, ended, admin, auditor) = customer(&mut desk).await;
        assert_eq!(propose(&admin, &account, &ended).await.status, StatusCode::OK);
        assert_eq!(confirm(&auditor, &waiting(&auditor).await).await, StatusCode::OK);
        let held = auditor.submit("retention-hold", &[("account", &account), ("reason", "court order 12")]).await;
        assert_eq!(held.status, StatusCode::OK);
        desk.clock.advance(DAY * 30);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0);
        let (admin, auditor) = (desk.sign_in("admin@desk.example").await, desk.sign_in("auditor@desk.example").await);
        // No one can lift it alone, and lifting it starts a new waiting time.
        assert_eq!(admin.submit("retention-release", &[("account", &account)]).await.status, StatusCode::OK);
        let release = waiting(&auditor).await;
        assert_eq!(confirm(&admin, &release).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0);
        assert_eq!(confirm(&auditor, &release).await, StatusCode::OK);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0, "another grace time");
        // Until then the lifting can be cancelled, and the hold applies again.
        assert_eq!(admin.submit("retention-cancel", &[("proposal", &release)]).await.status, StatusCode::OK);
        desk.clock.advance(DAY * 30);
        assert_eq!(erase_due(&desk.app).await.unwrap(), 0);
        assert!(there(&desk, &account).await);
    }

    async fn records_are_held_before_any_clock_runs(desk: Filled) {
        let mut desk = desk;
        let (analyst, auditor) = (desk.analyst().await, desk.auditor().await);
        let (_, account) = declined(&desk, &analyst).await;
        let empty = auditor.submit("retention-hold", &[("account", &account), ("reason", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields = [("account", account.as_str()), ("reason", "investigation 7")];
        assert_eq!(auditor.submit("retention-hold", &fields).await.status, StatusCode::OK);
        assert_eq!(auditor.submit("retention-hold", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "held already");
        let page = auditor.get("/admin/retention").await.text();
        assert!(page.contains("on hold") && page.contains("investigation 7"));
    }

    async fn a_hold_set_in_the_moment_of_erasing_is_kept_or_told_that_it_came_too_late(desk: Filled) {
        let mut desk = desk;
        let (account, ended, admin, auditor) = customer(&mut desk).await;
        assert_eq!(propose(&admin, &account, &ended).await.status, StatusCode::OK);
        assert_eq!(confirm(&auditor, &waiting(&auditor).await).await, StatusCode::OK);
        desk.clock.advance(DAY * 14);
        let auditor = desk.sign_in("auditor@desk.example").await;
        let fields = [("account", account.as_str()), ("reason", "court order 12")];
        let other = desk.another().await;
        let (held, one, two) =
            tokio::join!(auditor.submit("retention-hold", &fields), erase_due(&desk.app), erase_due(&other));
        let erased = one.unwrap() + two.unwrap();
        match held.status {
            StatusCode::OK => assert!(erased == 0 && there(&desk, &account).await, "held, and erased all the same"),
            _ => assert!(erased == 1 && held.text().contains("has been erased"), "{} {}", held.status, held.text()),
        }
    }

    async fn two_confirmations_at_once_are_one(desk: Filled) {
        let mut desk = desk;
        let (account, ended, admin, auditor) = customer(&mut desk).await;
        let second = desk.reviewer("admin2@desk.example", "Ida Berg", Role::Admin).await;
        assert_eq!(propose(&admin, &account, &ended).await.status, StatusCode::OK);
        let proposal = waiting(&auditor).await;
        let fields = [("proposal", proposal.as_str())];
        let (one, two, cancelled) = tokio::join!(
            confirm(&auditor, &proposal),
            confirm(&second, &proposal),
            admin.submit("retention-cancel", &fields)
        );
        let confirmed = [one, two].into_iter().filter(|status| *status == StatusCode::OK).count();
        assert!(confirmed <= 1 && (confirmed == 1 || cancelled.status == StatusCode::OK), "{one} {two} {}", cancelled.status);
        assert_eq!(desk.entries("retention.confirmed", &account).await.len(), confirmed);
    }
}
