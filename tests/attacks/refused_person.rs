//! Declined people who come back under another account, with as little as possible in common with the first.
use countersign::server::jobs;
use serde_json::{Value, json};

use super::beside::{NEAR, forecast, person, rule};
use crate::desk::{Desk, On, Visitor};
use crate::standin::World;
use crate::world_flow;

const PHONE: &str = "+49 30 901820";

/// Somebody new, whom nothing links to anybody but what they typed.
fn applicant(world: &mut World, phone: &str) {
    person(world, "new", ["Kim Jong", "Unruh"], ["KIM JONG", "UNRUH"], &["Kim Jong Unruh"]);
    typed(world, "inq_new", phone);
}

fn typed(world: &mut World, id: &str, phone: &str) {
    world.change(id, |one| {
        let text = |value: &str| json!({"type": "string", "value": value});
        one["attributes"]["fields"]["phone-number"] = text(phone);
        one["attributes"]["fields"]["address-country-code"] = text("DE");
    });
}

/// Whether a second reviewer is asked for an approval of the new inquiry.
async fn asked(desk: &Desk, by: &Visitor) -> bool {
    forecast(desk, by, "inq_new").await.contains("Near declined")
}

async fn opened(world: World, on: On) -> (Desk, Visitor) {
    let mut desk = world.desk(on).await;
    jobs::sync::run(&desk.app).await.unwrap();
    desk.settle().await;
    let (admin, analyst) = (desk.admin().await, desk.analyst().await);
    rule(&admin, NEAR).await;
    (desk, analyst)
}

fn inquiry(world: &mut World, id: &str, status: &str, account: Option<&str>) {
    let account = account.map_or(Value::Null, |id| json!({"type": "account", "id": id}));
    world.add(json!({"type": "inquiry", "id": id, "attributes": {"status": status, "created-at": "2026-11-26T09:00:00.000Z", "fields": {}},
        "relationships": {"account": {"data": account}, "verifications": {"data": []}, "reports": {"data": []}}}));
}

fn account(world: &mut World, id: &str) {
    world.add(json!({"type": "account", "id": id, "attributes": {"created-at": "2026-11-20T09:00:00.000Z"}, "relationships": {}}));
}

world_flow! {
    async fn whom_the_status_of_a_case_refuses_counts_as_declined(on: On) {
        for (n, (status, counts)) in [("Open", false), ("Declined", true)].into_iter().enumerate() {
            for holds in ["account", "inquiry"] {
                let mut world = World::default();
                applicant(&mut world, PHONE);
                account(&mut world, "act_old");
                inquiry(&mut world, "inq_old", "completed", Some("act_old"));
                typed(&mut world, "inq_old", PHONE);
                let held = |kind: &str, id: &str| if kind == holds { json!([{"type": kind, "id": id}]) } else { json!([]) };
                world.add(json!({"type": "case", "id": format!("case_{n}"), "attributes": {"status": status, "name": "Old", "created-at": "2026-11-26T09:00:00.000Z"},
                    "relationships": {"inquiries": {"data": held("inquiry", "inq_old")}, "accounts": {"data": held("account", "act_old")},
                        "reports": {"data": []}, "verifications": {"data": []}}}));
                let (desk, analyst) = opened(world, on).await;
                assert_eq!(asked(&desk, &analyst).await, counts, "{status} {holds}: {}", forecast(&desk, &analyst, "inq_new").await);
            }
        }
    }

    async fn what_a_case_found_counts_for_the_account_wherever_the_case_has_it_from(on: On) {
        for holds in ["inquiry", "account", "sibling", "nobody"] {
            let mut world = World::default();
            applicant(&mut world, PHONE);
            inquiry(&mut world, "inq_sibling", "expired", Some("act_new"));
            let held = |kind: &str, id: &str| if kind == holds { json!([{"type": if kind == "sibling" { "inquiry" } else { kind }, "id": id}]) } else { json!([]) };
            let inquiries = if holds == "sibling" { held("sibling", "inq_sibling") } else { held("inquiry", "inq_new") };
            world.add(json!({"type": "verification/government-id", "id": "ver_case", "attributes": {"status": "passed", "country-code": "KP",
                "created-at": "2026-11-28T09:02:00.000Z", "checks": []}, "relationships": {}}));
            world.add(json!({"type": "report/politically-exposed-person", "id": "rep_case", "attributes": {"status": "ready", "has-match": true,
                "created-at": "2026-11-28T09:04:00.000Z", "completed-at": "2026-11-28T09:05:00.000Z", "redacted-at": null, "tags": [], "term": "Kim Jong Unruh"}, "relationships": {}}));
            world.add(json!({"type": "case", "id": "case_one", "attributes": {"status": "Open", "name": "One", "created-at": "2026-11-26T09:00:00.000Z"},
                "relationships": {"inquiries": {"data": inquiries}, "accounts": {"data": held("account", "act_new")},
                    "reports": {"data": [{"type": "report/politically-exposed-person", "id": "rep_case"}]},
                    "verifications": {"data": [{"type": "verification/government-id", "id": "ver_case"}]}}}));
            let mut desk = world.desk(on).await;
            jobs::sync::run(&desk.app).await.unwrap();
            desk.settle().await;
            let (admin, analyst) = (desk.admin().await, desk.analyst().await);
            rule(&admin, &[("name", "Hit"), ("verdict", "approve"), ("hit", "on")]).await;
            rule(&admin, &[("name", "Country"), ("verdict", "approve"), ("countries", "KP")]).await;
            let asked = forecast(&desk, &analyst, "inq_new").await;
            let counts = holds != "nobody";
            assert_eq!((asked.contains("\"Hit\""), asked.contains("\"Country\"")), (counts, counts), "{holds}: {asked}");
        }
    }

    async fn a_declined_inquiry_without_an_account_links_those_who_share_something(on: On) {
        for (status, counts) in [("expired", false), ("declined", true)] {
            let mut world = World::default();
            applicant(&mut world, PHONE);
            inquiry(&mut world, "inq_old", status, None);
            typed(&mut world, "inq_old", PHONE);
            let (desk, analyst) = opened(world, on).await;
            assert_eq!(asked(&desk, &analyst).await, counts, "{status}: {}", forecast(&desk, &analyst, "inq_new").await);
        }
    }

    async fn what_a_declined_person_did_in_another_inquiry_has_to_be_known(on: On) {
        for (refused, counts) in [(false, false), (true, true)] {
            let mut world = World::default();
            applicant(&mut world, PHONE);
            account(&mut world, "act_old");
            inquiry(&mut world, "inq_old", "declined", Some("act_old"));
            inquiry(&mut world, "inq_other", "expired", Some("act_old"));
            if refused {
                world.answer("/inquiries/inq_other", 403, r#"{"errors": [{"title": "Forbidden"}]}"#);
            }
            let (desk, analyst) = opened(world, on).await;
            assert_eq!(asked(&desk, &analyst).await, counts, "{refused}: {}", forecast(&desk, &analyst, "inq_new").await);
        }
    }

    async fn a_phone_in_national_spelling_links_to_a_declined_person(on: On) {
        for (phone, counts) in [("030 901821", false), ("030 901820", true), ("+49 (0)30 901820", true), ("0049 30 901820", true)] {
            let mut world = World::default();
            applicant(&mut world, phone);
            account(&mut world, "act_old");
            inquiry(&mut world, "inq_old", "declined", Some("act_old"));
            typed(&mut world, "inq_old", PHONE);
            let (desk, analyst) = opened(world, on).await;
            assert_eq!(asked(&desk, &analyst).await, counts, "{phone}: {}", forecast(&desk, &analyst, "inq_new").await);
        }
    }
}
