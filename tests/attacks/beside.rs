//! What is known about a person outside the inquiry that is decided: their account, their other inquiries, the people
//! with whom they share something.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::server::jobs;
use serde_json::{Value, json};

use super::alone::add_rule;
use super::leaver::{on as of, with_undo};
use crate::desk::{Desk, On, Visitor};
use crate::filled::Filled;
use crate::standin::{World, case};
use crate::{flow, world_flow};

pub(super) const NEAR: &[(&str, &str)] =
    &[("name", "Near declined"), ("verdict", "approve"), ("declined_relation", "on")];

pub(super) async fn rule(admin: &Visitor, fields: &[(&str, &str)]) {
    let made = add_rule(admin, fields).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
}

/// The second reviewer that the page announces before the decision.
pub(super) async fn forecast(desk: &Desk, by: &Visitor, id: &str) -> String {
    desk.inquiry(by, id).await["forecast"]["verdicts"].to_string()
}

/// An inquiry for which the rule asks no second reviewer.
async fn unasked(desk: &Desk, by: &Visitor, rule: &str) -> String {
    for id in desk.queue(by, "needs_review").await {
        if !forecast(desk, by, &id).await.contains(rule) {
            return id;
        }
    }
    panic!("the rule asks about all of them: the test shows nothing");
}

async fn submitted(desk: &Desk, id: &str) -> Value {
    let fields =
        desk.persona("GET", &format!("/inquiries/{id}"), Value::Null).await["data"]["attributes"]["fields"].clone();
    assert!(fields["phone-number"]["value"].is_string(), "{fields}");
    fields
}

flow! {
    async fn while_a_declined_inquiry_was_never_read_nobody_knows_whom_it_shares_something_with(desk: Filled) {
        let mut desk = desk;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, NEAR).await;
        let id = unasked(&desk, &analyst, "Near declined").await;
        let known = "(SELECT MIN(id) FROM inquiries WHERE status = 'declined')";
        let unread = format!("UPDATE inquiries SET evidence_at = NULL, evidence = NULL WHERE id = {known}");
        desk.by_hand(&unread, &unread).await;
        let made = desk.decide(&analyst, &id, "approve", "other", "Looks fine").await.json();
        assert_eq!(made["wanted_by"], json!(["Near declined (not all relations read)"]), "{made}");
        let wanted = format!("UPDATE inquiries SET evidence_wanted_at = '2026-01-01T00:00:00.000000Z' WHERE id = {known}");
        desk.by_hand(&wanted, &wanted).await;
        desk.settle().await;
        assert!(!forecast(&desk, &analyst, &id).await.contains("Near declined"), "it was read");
        let never = "DELETE FROM sync_states WHERE name IN ('inquiries', 'all inquiries')";
        desk.by_hand(never, never).await;
        assert!(forecast(&desk, &analyst, &id).await.contains("Near declined"), "there may be more");
    }

    async fn what_a_declined_person_entered_after_the_last_reading_is_shared(desk: Filled) {
        let mut desk = desk;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, NEAR).await;
        let id = unasked(&desk, &analyst, "Near declined").await;
        let phone = submitted(&desk, &id).await["phone-number"]["value"].clone();
        // Read while it is pending, as when a reviewer opens it. Then the applicant submits the next form, and a
        // workflow declines the inquiry.
        let created = "(SELECT MIN(id) FROM inquiries WHERE status IN ('created', 'pending') AND redacted_at IS NULL)";
        let other = crate::retention::text_in_row(&desk, &format!("SELECT id FROM inquiries WHERE id = {created}")).await;
        desk.inquiry(&analyst, &other).await;
        desk.settle().await;
        let page = desk.inquiry(&analyst, &other).await;
        let account = page["inquiry"]["account_id"].clone();
        let now = desk.app.now().to_millis_text();
        let declined = json!({"data": {"type": "inquiry", "id": other, "attributes": {"status": "declined", "created-at": page["inquiry"]["created_at"],
            "updated-at": now, "decisioned-at": now, "fields": {"phone-number": {"type": "string", "value": phone}}},
            "relationships": {"account": {"data": {"type": "account", "id": account}}}}, "included": []});
        let event = json!({"data": {"type": "event", "id": "evt_declined", "attributes": {
            "name": "inquiry.declined", "created-at": now, "payload": declined}}});
        assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        assert!(forecast(&desk, &analyst, &id).await.contains("Near declined"), "{}", forecast(&desk, &analyst, &id).await);
    }

    async fn an_account_shares_what_stands_on_itself(desk: Filled) {
        let mut desk = desk;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, NEAR).await;
        let id = unasked(&desk, &analyst, "Near declined").await;
        let phone = submitted(&desk, &id).await["phone-number"]["value"].clone();
        let made = json!({"data": {"attributes": {"reference-id": "imported", "fields": {"phone-number": phone}}}});
        let account = desk.persona("POST", "/accounts", made).await["data"]["id"].as_str().unwrap().to_owned();
        jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        // Blocked by a workflow, which the API cannot do.
        let blocked = format!("UPDATE accounts SET status = 'Declined' WHERE id = '{account}'");
        desk.by_hand(&blocked, &blocked).await;
        assert!(forecast(&desk, &analyst, &id).await.contains("Near declined"), "{}", forecast(&desk, &analyst, &id).await);
    }

    async fn redacting_one_inquiry_does_not_cut_what_the_others_of_its_account_share(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let mut waiting = desk.queue(&analyst, "needs_review").await;
        let (kept, gone) = (waiting.remove(0), waiting.remove(0));
        let page = desk.inquiry(&analyst, &kept).await;
        let account = page["inquiry"]["account_id"].as_str().unwrap().to_owned();
        // The other inquiry belongs to the same account, and is redacted while its evidence is being read.
        desk.persona("DELETE", &format!("/inquiries/{gone}"), Value::Null).await;
        let moved = format!("UPDATE inquiries SET account_id = '{account}', evidence_wanted_at = '2026-01-01T00:00:00.000000Z' WHERE id = '{gone}'");
        desk.by_hand(&moved, &moved).await;
        desk.settle().await;
        let mut conn = desk.app.read().await.unwrap();
        let shared = countersign::server::db::relation::near(&mut conn, &account.parse().unwrap(), None).await;
        assert!(shared.is_ok());
        drop(conn);
        let left = "SELECT CAST(COUNT(*) AS BIGINT) FROM account_attributes WHERE account_id = ";
        let left = crate::retention::found_in_rows(&desk, &format!("{left}'{account}'")).await;
        assert!(left > 0, "{}", desk.inquiry(&analyst, &gone).await["inquiry"]);
    }
}

world_flow! {
    async fn a_country_of_another_inquiry_of_the_account_is_one_of_this(on: On) {
        let mut whole = case("world-inverted.json");
        whole["objects"]["inq_good"]["relationships"]["account"] = json!({"data": {"type": "account", "id": "act_two"}});
        let mut world = World::of(&whole);
        world.add(json!({"type": "account", "id": "act_two", "attributes": {"created-at": "2026-11-20T09:00:00.000Z"}, "relationships": {}}));
        world.add(json!({"type": "inquiry", "id": "inq_first", "attributes": {"status": "needs_review", "created-at": "2026-11-27T09:00:00.000Z", "fields": {}},
            "relationships": {"account": {"data": {"type": "account", "id": "act_two"}},
                "verifications": {"data": [{"type": "verification/government-id", "id": "ver_ir"}]}}}));
        world.add(json!({"type": "verification/government-id", "id": "ver_ir", "attributes": {"status": "passed", "country-code": "IR",
            "created-at": "2026-11-27T09:02:00.000Z", "checks": []}, "relationships": {}}));
        let mut desk = world.desk(on).await;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, &[("name", "Country"), ("verdict", "approve"), ("countries", "IR")]).await;
        assert!(forecast(&desk, &analyst, "inq_first").await.contains("Country"));
        assert!(forecast(&desk, &analyst, "inq_good").await.contains("Country"), "{}", forecast(&desk, &analyst, "inq_good").await);
    }
}

/// A person's inquiry with a passport that passed and a search of lists, by the name that they typed, the name on the
/// passport, and the names that were searched for.
pub(super) fn person(world: &mut World, id: &str, typed: [&str; 2], shown: [&str; 2], searched: &[&str]) {
    let text = |value: &str| json!({"type": "string", "value": value});
    let fields = json!({"name-first": text(typed[0]), "name-last": text(typed[1]), "birthdate": text("1990-01-01")});
    let reports: Vec<Value> =
        (0..searched.len()).map(|n| json!({"type": "report/watchlist", "id": format!("rep_{id}{n}")})).collect();
    world.add(json!({"type": "inquiry", "id": format!("inq_{id}"), "attributes": {"status": "needs_review",
        "created-at": "2026-11-28T09:00:00.000Z", "fields": fields},
        "relationships": {"account": {"data": {"type": "account", "id": format!("act_{id}")}},
            "verifications": {"data": [{"type": "verification/government-id", "id": format!("ver_{id}")}]}, "reports": {"data": reports}}}));
    world.add(json!({"type": "account", "id": format!("act_{id}"), "attributes": {"created-at": "2026-11-20T09:00:00.000Z"}, "relationships": {}}));
    world.add(json!({"type": "verification/government-id", "id": format!("ver_{id}"), "attributes": {"status": "passed",
        "created-at": "2026-11-28T09:02:00.000Z", "name-first": shown[0], "name-last": shown[1], "birthdate": "1990-01-01",
        "checks": [{"name": "id_entity_detection", "status": "passed", "reasons": [], "requirement": "required"}]}, "relationships": {}}));
    for (n, term) in searched.iter().enumerate() {
        world.add(json!({"type": "report/watchlist", "id": format!("rep_{id}{n}"), "attributes": {"status": "ready", "has-match": false,
            "created-at": "2026-11-28T09:04:00.000Z", "completed-at": "2026-11-28T09:05:00.000Z", "redacted-at": null, "tags": [],
            "term": term}, "relationships": {}}));
    }
}

world_flow! {
    async fn whom_the_document_shows_has_to_be_searched_for_too(on: On) {
        let mut world = World::default();
        let (typed, shown) = (["Hans", "Gutmann"], ["Bernhard", "Boese"]);
        person(&mut world, "one", typed, shown, &["Hans Gutmann"]);
        person(&mut world, "other", typed, shown, &["Bernhard Boese"]);
        person(&mut world, "both", typed, shown, &["Hans Gutmann", "Bernhard Boese"]);
        person(&mut world, "same", ["Hans Jörg", "Gutmann"], ["HANS JOERG", "GUTMANN"], &["Hans Jorg Gutmann"]);
        person(&mut world, "more", ["Hans", "Gutmann"], ["HANS JOERG", "GUTMANN"], &["Hans Gutmann"]);
        // A search for another person in the form, or for a name that the person no longer has.
        for (id, whose) in [("stands-for", "representative"), ("formerly", "former")] {
            person(&mut world, id, ["Kim Jong", "Unruh"], ["KIM JONG", "UNRUH"], &["Robert Clean"]);
            world.change(&format!("inq_{id}"), |one| {
                for (part, value) in [("first", "Robert"), ("last", "Clean")] {
                    one["attributes"]["fields"][format!("{whose}-name-{part}")] = json!({"type": "string", "value": value});
                }
            });
        }
        // Only another name of the form was searched for, or the name with the birthdate of somebody else.
        for (id, key) in [("employed", "business-name"), ("preferred", "preferred-name-full"), ("named", "name")] {
            person(&mut world, id, ["Kim Jong", "Unruh"], ["KIM JONG", "UNRUH"], &["Robert Clean"]);
            world.change(&format!("inq_{id}"), |one| {
                one["attributes"]["fields"][key] = json!({"type": "string", "value": "Robert Clean"});
            });
        }
        // The passport shows only another name of the form.
        for (id, whose) in [("was", "former"), ("sent", "representative")] {
            person(&mut world, id, ["Hans", "Gutmann"], ["Bernhard", "Boese"], &["Hans Gutmann"]);
            world.change(&format!("inq_{id}"), |one| {
                for (part, value) in [("first", "Bernhard"), ("last", "Boese")] {
                    one["attributes"]["fields"][format!("{whose}-name-{part}")] = json!({"type": "string", "value": value});
                }
            });
        }
        // A name beside the first one that is as official, and a second birthdate of which only one was searched.
        person(&mut world, "legally", ["Robert", "Clean"], ["ROBERT", "CLEAN"], &["Robert Clean"]);
        world.change("inq_legally", |one| {
            one["attributes"]["fields"]["legal-name"] = json!({"type": "string", "value": "Boris Boese"});
        });
        person(&mut world, "twice", ["Kim Jong", "Unruh"], ["KIM JONG", "UNRUH"], &["Kim Jong Unruh"]);
        world.change("inq_twice", |one| {
            one["attributes"]["fields"]["date-of-birth"] = json!({"type": "string", "value": "1999-01-01"});
        });
        world.change("rep_twice0", |one| one["attributes"]["query"] = json!({"birthdate": "1999-01-01"}));
        // No name was typed: whom the passport shows has to be searched for.
        person(&mut world, "untyped", ["Adolf", "Ansel"], ["ADOLF", "ANSEL"], &["Berta Brandt"]);
        world.change("inq_untyped", |one| one["attributes"]["fields"] = json!({}));
        person(&mut world, "born", ["Kim Jong", "Unruh"], ["KIM JONG", "UNRUH"], &["Kim Jong Unruh"]);
        world.change("inq_born", |one| {
            one["attributes"]["fields"]["representative-birthdate"] = json!({"type": "string", "value": "1999-01-01"});
        });
        world.change("rep_born0", |one| one["attributes"]["query"] = json!({"birthdate": "1999-01-01"}));
        let mut desk = world.desk(on).await;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, &[("name", "Hit"), ("verdict", "approve"), ("hit", "on")]).await;
        for (id, asks) in [
            ("employed", true),
            ("preferred", true),
            ("named", true),
            ("born", true),
            ("one", true),
            ("other", true),
            ("both", false),
            ("same", false),
            ("more", false),
            ("stands-for", true),
            ("formerly", true),
            ("was", true),
            ("sent", true),
            ("legally", true),
            ("twice", true),
            ("untyped", true),
        ] {
            let id = format!("inq_{id}");
            assert_eq!(forecast(&desk, &analyst, &id).await.contains("Hit"), asks, "{id}: {}", forecast(&desk, &analyst, &id).await);
        }
        let page = desk.inquiry(&analyst, "inq_one").await["signals"].to_string();
        assert!(page.contains("not searched for each name"), "{page}");
    }

    async fn of_a_business_each_owner_has_to_be_searched_for_and_the_business_itself(on: On) {
        let mut world = World::default();
        let whole = ["Anton Zwickel", "Boris Querfurt", "Zwickel Handel GmbH"];
        let named = ["business-name", "owner-1-name-full", "managing-partner-name-full"];
        for (id, searched) in [("one", &whole[..1]), ("owners", &whole[..2]), ("firm", &whole[2..]), ("all", &whole[..])] {
            person(&mut world, id, ["", ""], ["", ""], searched);
            world.change(&format!("inq_{id}"), |one| {
                let text = |value: &str| json!({"type": "string", "value": value});
                one["attributes"]["fields"] = json!({named[0]: text(whole[2]), named[1]: text(whole[0]), named[2]: text(whole[1])});
                one["relationships"]["verifications"]["data"] = json!([]);
            });
        }
        // An employer is not the business that the inquiry is about.
        person(&mut world, "employed", ["Mara", "Vos"], ["MARA", "VOS"], &["Mara Vos"]);
        world.change("inq_employed", |one| one["attributes"]["fields"]["business-name"] = json!({"type": "string", "value": whole[2]}));
        let mut desk = world.desk(on).await;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, &[("name", "Hit"), ("verdict", "approve"), ("hit", "on")]).await;
        for (id, asks) in [("one", true), ("owners", true), ("firm", true), ("all", false), ("employed", false)] {
            let id = format!("inq_{id}");
            assert_eq!(forecast(&desk, &analyst, &id).await.contains("Hit"), asks, "{id}: {}", forecast(&desk, &analyst, &id).await);
        }
    }

    async fn what_is_not_read_of_another_inquiry_of_the_account_is_not_known(on: On) {
        let mut world = World::default();
        let name = ["Sven", "Sorg"];
        for id in ["read", "unread"] {
            person(&mut world, id, name, name, &["Sven Sorg"]);
        }
        world.change("inq_unread", |one| one["relationships"]["account"]["data"]["id"] = "act_read".into());
        let mut desk = world.desk(on).await;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, &[("name", "Failed"), ("verdict", "approve"), ("failed_check", "on")]).await;
        let asked = async |desk: &Desk| forecast(desk, &analyst, "inq_read").await.contains("Failed");
        assert!(!asked(&desk).await);
        // Persona refuses it, for the first time or again; or nobody has read it yet.
        for change in [
            "evidence_error = 'not permitted', evidence = NULL",
            "evidence_error = 'not permitted'",
            "evidence_error = NULL, evidence = NULL, failed_check = NULL",
        ] {
            let change = format!("UPDATE inquiries SET {change} WHERE id = 'inq_unread'");
            desk.by_hand(&change, &change).await;
            assert!(asked(&desk).await, "{change}");
        }
    }

    async fn a_case_that_holds_an_account_is_about_what_its_inquiries_say(on: On) {
        let mut world = World::default();
        let name = ["Xaver", "Ungemach"];
        for id in ["his", "clean"] {
            person(&mut world, id, name, name, &["Xaver Ungemach"]);
        }
        world.change("ver_his", |one| {
            one["attributes"]["country-code"] = "IR".into();
            one["attributes"]["checks"][0]["status"] = "failed".into();
        });
        let case = |id: &str, account: &str| {
            json!({"type": "case", "id": id, "attributes": {"status": "Open", "name": "One", "created-at": "2026-11-28T10:00:00.000Z",
                "fields": {}}, "relationships": {"accounts": {"data": [{"type": "account", "id": account}]},
                "inquiries": {"data": [{"type": "inquiry", "id": "inq_clean"}]}}})
        };
        world.add(case("case_his", "act_his"));
        world.add(case("case_clean", "act_clean"));
        let mut desk = world.desk(on).await;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, &[("name", "Failed"), ("verdict", "set-status"), ("failed_check", "on")]).await;
        rule(&admin, &[("name", "Country"), ("verdict", "set-status"), ("countries", "IR")]).await;
        let asks = async |id: &str| analyst.call("case", json!({"id": id})).await.json()["forecast"].to_string();
        let his = asks("case_his").await;
        assert!(his.contains("Failed") && his.contains("Country"), "{his}");
        let clean = asks("case_clean").await;
        assert!(!clean.contains("Failed"), "{clean}");
    }

    async fn a_check_that_failed_is_not_undone_by_another_inquiry(on: On) {
        let mut world = World::default();
        let name = ["Sven", "Sorg"];
        for id in ["again", "approved", "failed"] {
            person(&mut world, id, name, name, &["Sven Sorg"]);
        }
        person(&mut world, "first", name, name, &["Sven Sorg"]);
        person(&mut world, "before", name, name, &["Sven Sorg"]);
        for (id, account) in [("inq_first", "act_again"), ("inq_before", "act_approved")] {
            world.change(id, |one| one["relationships"]["account"]["data"]["id"] = account.into());
        }
        for id in ["ver_first", "ver_before"] {
            world.change(id, |one| {
                one["attributes"]["status"] = "failed".into();
                one["attributes"]["checks"][0]["status"] = "failed".into();
            });
        }
        // The reviewer who approved it has looked at its checks.
        world.change("inq_before", |one| one["attributes"]["status"] = "approved".into());
        world.change("inq_failed", |one| one["attributes"]["status"] = "failed".into());
        // Marking it for review does not undo the failure.
        person(&mut world, "marked", ["Mia", "Marked"], ["MIA", "MARKED"], &["Mia Marked"]);
        world.change("inq_marked", |one| one["attributes"]["failed-at"] = "2026-11-28T09:10:00.000Z".into());
        let mut desk = world.desk(on).await;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, &[("name", "Failed"), ("verdict", "approve"), ("failed_check", "on")]).await;
        for (id, asks) in [("again", true), ("first", true), ("approved", false), ("failed", true), ("marked", true)] {
            let id = format!("inq_{id}");
            assert_eq!(forecast(&desk, &analyst, &id).await.contains("Failed"), asks, "{id}: {}", forecast(&desk, &analyst, &id).await);
        }
    }
}

flow! {
    async fn what_an_account_shares_by_its_own_fields_is_a_signal(desk: Filled) {
        let mut desk = desk;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, &[("name", "Shared"), ("verdict", "approve"), ("signal", "Shared phone")]).await;
        let id = unasked(&desk, &analyst, "Shared").await;
        let phone = submitted(&desk, &id).await["phone-number"]["value"].clone();
        let made = json!({"data": {"attributes": {"reference-id": "imported", "fields": {"phone-number": phone}}}});
        desk.persona("POST", "/accounts", made).await;
        jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        assert!(forecast(&desk, &analyst, &id).await.contains("Shared"), "{}", forecast(&desk, &analyst, &id).await);
    }
}

flow! {
    async fn a_reviewer_who_is_disabled_after_an_attempt_without_an_answer_is_held(desk: Desk) {
        let mut desk = with_undo(of(&desk)).await;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        desk.fault(json!({"match": format!("{id}/decline"), "kind": "cut-before", "times": 1})).await;
        desk.decide(&analyst, &id, "decline", "document-expired", "Expired in May").await;
        desk.clock.advance(Duration::from_secs(11));
        jobs::deliver::run(&desk.app).await.unwrap();
        let who = desk.id_of("analyst@desk.example").await;
        assert_eq!(admin.submit("reviewer-disable", &[("id", &who)]).await.status, StatusCode::OK);
        for seconds in [10, 60, 600] {
            desk.clock.advance(Duration::from_secs(seconds));
            jobs::deliver::run(&desk.app).await.unwrap();
            assert!(desk.effects(&id).await.is_empty(), "after {seconds} s");
        }
        let colleague = desk.second_analyst().await;
        let decision = desk.inquiry(&colleague, &id).await["decisions"][0].clone();
        assert_eq!((&decision["state"], decision["held_for"].is_string()), (&json!("queued"), true), "{decision}");
    }

    async fn disabling_whoever_would_confirm_a_link_is_no_way_around_them(desk: Desk) {
        let mut desk = desk;
        let ada = desk.reviewer("ada@desk.example", "Ada Admin", countersign::domain::reviewer::Role::Admin).await;
        desk.reviewer("ben@desk.example", "Ben Admin", countersign::domain::reviewer::Role::Admin).await;
        desk.auditor().await;
        let (ben, auditor) = (desk.id_of("ben@desk.example").await, desk.id_of("auditor@desk.example").await);
        assert_eq!(ada.submit("reviewer-disable", &[("id", &auditor)]).await.status, StatusCode::OK);
        let reset = ada.submit("reviewer-reset", &[("id", &ben)]).await;
        assert_eq!(reset.json()["waits"], true, "{}", reset.text());
        desk.clock.advance(Duration::from_secs(31 * 24 * 3600));
        let ada = desk.sign_in("ada@desk.example").await;
        let reset = ada.submit("reviewer-reset", &[("id", &ben)]).await;
        assert_eq!(reset.status, StatusCode::UNPROCESSABLE_ENTITY, "the auditor is gone for good: {}", reset.text());
        assert!(reset.text().contains("reset-password"), "{}", reset.text());
    }
}

world_flow! {
    async fn an_inquiry_that_was_marked_for_review_unfinished_is_not_clean(on: On) {
        let mut world = World::default();
        for id in ["whole", "begun"] {
            person(&mut world, id, ["Kim Jong", "Unruh"], ["KIM JONG", "UNRUH"], &["Kim Jong Unruh"]);
            // A workflow marked it: Persona says when, and whether the applicant had completed it.
            world.change(&format!("inq_{id}"), |one| {
                one["attributes"]["marked-for-review-at"] = json!("2026-11-28T10:00:00.000Z");
                one["attributes"]["completed-at"] = if id == "whole" { json!("2026-11-28T09:30:00.000Z") } else { Value::Null };
            });
        }
        let mut desk = world.desk(on).await;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, &[("name", "Failed"), ("verdict", "approve"), ("failed_check", "on")]).await;
        assert!(!forecast(&desk, &analyst, "inq_whole").await.contains("Failed"), "{}", forecast(&desk, &analyst, "inq_whole").await);
        assert!(forecast(&desk, &analyst, "inq_begun").await.contains("Failed"));
        let page = desk.inquiry(&analyst, "inq_begun").await;
        assert!(page["not_passed"].to_string().contains("Marked for review before it was finished"), "{}", page["not_passed"]);
    }
}

flow! {
    async fn a_number_or_a_phone_links_under_whatever_name_it_was_typed(desk: Filled) {
        let mut desk = desk;
        let (admin, analyst) = (desk.admin().await, desk.analyst().await);
        rule(&admin, NEAR).await;
        let id = unasked(&desk, &analyst, "Near declined").await;
        let phone = submitted(&desk, &id).await["phone-number"]["value"].clone();
        let made = json!({"data": {"attributes": {"reference-id": "imported", "fields": {"contact-mobile-phone": phone}}}});
        let account = desk.persona("POST", "/accounts", made).await["data"]["id"].as_str().unwrap().to_owned();
        let blocked = format!("UPDATE accounts SET status = 'Declined' WHERE id = '{account}'");
        jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        desk.by_hand(&blocked, &blocked).await;
        assert!(forecast(&desk, &analyst, &id).await.contains("Near declined"), "{}", forecast(&desk, &analyst, &id).await);
    }
}
