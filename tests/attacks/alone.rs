//! Ways for one person to make a decision for which a rule wants two, or to decide without having looked.
use axum::http::StatusCode;
use countersign::domain::reviewer::Role;
use countersign::server::jobs;
use persona_sandbox as sandbox;
use serde_json::{Value, json};

use crate::desk::{Desk, On, Reply, Visitor};
use crate::filled::Filled;
use crate::flow;

/// Decides on a version that was never shown, as a person can who writes requests without the page.
async fn blindly(by: &Visitor, id: &str, version: i64, verdict: &str, reason: &str) -> Reply {
    let version = version.to_string();
    let fields =
        [("inquiry", id), ("version", &version), ("verdict", verdict), ("reason", reason), ("comment", "looks fine")];
    by.submit("decide", &fields).await
}

pub async fn add_rule(admin: &Visitor, fields: &[(&str, &str)]) -> Reply {
    let version = admin.call("rules", json!({})).await.json()["current"]["version"].to_string();
    let mut all = vec![("version", version.as_str())];
    let texts = ["name", "verdict", "template", "signal", "share"];
    let absent = texts.into_iter().filter(|name| fields.iter().all(|(known, _)| known != name));
    all.extend(absent.map(|name| (name, "")));
    all.extend(fields);
    admin.submit("rule-add", &all).await
}

/// Eight inquiries, of which a sample named "Half" has some.
async fn first_eight(desk: &Desk, by: &Visitor) -> Vec<String> {
    let mut ids = desk.queue(by, "needs_review").await;
    ids.truncate(8);
    desk.draw_some_of(&ids, "Half").await;
    ids
}

/// The version that the queue lists.
async fn listed(desk: &Desk, id: &str) -> i64 {
    let mut conn = desk.app.read().await.unwrap();
    let id = id.parse().unwrap();
    countersign::server::db::inquiry::by_id(&mut conn, &id).await.unwrap().unwrap().version
}

flow! {
    async fn what_was_not_read_is_not_decided(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        // The lists can be read, the inquiries cannot.
        jobs::sync::run(&desk.app).await.unwrap();
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        for (verdict, reason) in [("approve", "discrepancy-explained"), ("decline", "document-expired")] {
            let reply = desk.decide(&analyst, &id, verdict, reason, "looks fine").await;
            assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text());
            assert!(reply.text().contains("Unread"), "{}", reply.text());
        }
        let refused = desk.entries("decision.refused", &id).await;
        assert_eq!(refused[0].fact("why").as_deref(), Some("unread"));
        desk.settle().await;
        assert!(desk.effects(&id).await.is_empty());
        // A change that Persona has sent and the desk has not read makes the evidence count as unread.
        let answer = desk.persona("GET", &format!("/inquiries/{id}"), Value::Null).await;
        let report = json!({"type": "report/watchlist", "id": "rep_later", "attributes": {"status": "ready", "has-match": true},
            "relationships": {"inquiry": {"data": {"type": "inquiry", "id": answer["data"]["id"]}}}});
        let event = json!({"data": {"type": "event", "id": "evt_later", "attributes": {"name": "report/watchlist.matched",
            "created-at": desk.app.now().to_text(), "payload": {"data": report}}}});
        assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        let reply = desk.decide(&analyst, &id, "approve", "discrepancy-explained", "looks fine").await;
        assert!(reply.status == StatusCode::CONFLICT && reply.text().contains("Changing"), "{}", reply.text());
        desk.clock.advance(std::time::Duration::from_secs(2));
        desk.settle().await;
        let reply = desk.decide(&analyst, &id, "approve", "discrepancy-explained", "looks fine").await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }

    async fn neither_maker_nor_checker_decides_without_having_opened_it(desk: Filled) {
        let mut desk = desk;
        let admin = desk.admin().await;
        desk.rule(&admin, "Declines", "decline").await;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        let version = listed(&desk, &id).await;
        let reply = blindly(&maya, &id, version, "decline", "document-expired").await;
        assert!(reply.status == StatusCode::CONFLICT && reply.text().contains("NotOpened"), "{}", reply.text());
        let made = desk.decide(&maya, &id, "decline", "document-expired", "expired in May").await.json();
        assert_eq!(made["state"], "awaiting_countersign");
        let version = version.to_string();
        let fields = [("decision", made["id"].as_str().unwrap()), ("version", &version), ("said", "countersign"), ("why", "")];
        let reply = jo.submit("countersign", &fields).await;
        assert!(reply.status == StatusCode::CONFLICT && reply.text().contains("NotOpened"), "{}", reply.text());
        desk.inquiry(&jo, &id).await;
        assert_eq!(jo.submit("countersign", &fields).await.status, StatusCode::OK);
    }

    async fn a_sample_is_not_drawn_again_until_it_suits(desk: Filled) {
        let mut desk = desk;
        let admin = desk.admin().await;
        assert_eq!(add_rule(&admin, &[("name", "Half"), ("verdict", "approve"), ("share", "50")]).await.status, StatusCode::OK);
        let analyst = desk.analyst().await;
        let ids = first_eight(&desk, &analyst).await;
        let mut drawn = 0;
        for id in &ids {
            let mut first = None;
            for _ in 0..6 {
                let made = desk.decide(&analyst, id, "approve", "discrepancy-explained", "looks fine").await.json();
                let waits = made["state"] == "awaiting_countersign";
                assert_eq!(*first.get_or_insert(waits), waits, "another draw for {id}");
                if !waits {
                    break;
                }
                let taken = analyst.submit("withdraw", &[("decision", made["id"].as_str().unwrap())]).await;
                assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
            }
            drawn += usize::from(first == Some(true));
            assert!(desk.entries("decision.made", id).await[0].fact("drawn").unwrap().starts_with("Half: "));
        }
        assert!((1..8).contains(&drawn), "{drawn} of 8 at one half");
    }
}

flow! {
    async fn what_the_maker_has_persona_change_is_no_new_draw(desk: Filled) {
        let mut desk = desk;
        let admin = desk.admin().await;
        assert_eq!(add_rule(&admin, &[("name", "Half"), ("verdict", "approve"), ("share", "50")]).await.status, StatusCode::OK);
        let analyst = desk.analyst().await;
        let ids = first_eight(&desk, &analyst).await;
        let mut again = 0;
        for id in &ids {
            for _ in 0..6 {
                let made = desk.decide(&analyst, id, "approve", "discrepancy-explained", "looks fine").await.json();
                assert!(again == 0 || made["state"] == "awaiting_countersign" || made["state"] == "queued");
                if made["state"] != "awaiting_countersign" {
                    break;
                }
                again += 1;
                let taken = analyst.submit("withdraw", &[("decision", made["id"].as_str().unwrap())]).await;
                assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
                // A mark for review or a one-time link changes the version of the evidence.
                let next = format!("UPDATE inquiries SET version = version + 1 WHERE id = '{id}'");
                desk.by_hand(&next, &next).await;
            }
            let drawn = desk.entries("decision.made", id).await.iter().map(|entry| entry.fact("drawn")).collect::<std::collections::BTreeSet<_>>();
            assert_eq!(drawn.len(), 1, "one number for {id}: {drawn:?}");
        }
        assert!(again >= 6, "at least one was drawn, and tried six times");
    }

    async fn with_more_links_than_are_followed_nothing_is_known(desk: Desk) {
        let links = |from: &str, to: &str, n: u32| {
            format!("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {n})
                     INSERT INTO relations (from_id, key, to_id) SELECT '{from}', 'owner', '{to}' || n FROM n;")
        };
        // The number of links counts, in either direction.
        let wide = [links("act_wide", "act_a", 1001), links("act_full", "act_b", 1000), links("act_next", "act_hub", 1), links("act_hub1", "act_c", 10_001)].concat();
        desk.by_hand(&wide, &wide).await;
        let back = "INSERT INTO relations (from_id, key, to_id) SELECT to_id, 'owned', 'act_back' FROM relations WHERE from_id = 'act_wide';";
        desk.by_hand(back, back).await;
        let mut conn = desk.app.read().await.unwrap();
        for (account, wide) in [("act_wide", 1), ("act_back", 1), ("act_full", 0), ("act_next", 1), ("act_b1", 0)] {
            let near = countersign::server::db::relation::near(&mut conn, &account.parse().unwrap(), None).await.unwrap();
            assert_eq!(near.wide, wide, "{account}: {near:?}");
        }
    }
}

/// Approves everything that waits, with a rule on declined relations. Returns what was decided alone.
async fn approved_alone(on: On, look_first: bool) -> (Vec<String>, usize) {
    let options = sandbox::Options { inquiries: 120, requests_per_minute: 100_000, ..sandbox::Options::default() };
    let mut desk = Desk::with(on, options).await.filled().await;
    let admin = desk.reviewer("admin@desk.example", "Jonas Silva", Role::Admin).await;
    let rule = add_rule(&admin, &[("name", "Near declined"), ("declined_relation", "on")]).await;
    assert_eq!(rule.status, StatusCode::OK, "{}", rule.text());
    let analyst = desk.analyst().await;
    let (mut alone, mut waiting) = (Vec::new(), 0);
    for id in desk.queue(&analyst, "needs_review").await.into_iter().take(25) {
        let page = desk.inquiry(&analyst, &id).await;
        if let (true, Some(account)) = (look_first, page["inquiry"]["account_id"].as_str()) {
            analyst.get(&format!("/accounts/{account}/relations?hops=2")).await;
            desk.settle().await;
        }
        let made = desk.decide(&analyst, &id, "approve", "discrepancy-explained", "looks fine").await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text());
        match made.json()["state"].as_str() {
            Some("awaiting_countersign") => waiting += 1,
            _ => alone.push(id),
        }
    }
    (alone, waiting)
}

/// The same inquiries, whether or not a reviewer has opened the graph before.
async fn relations_count_whoever_looked(on: On) {
    let (unseen, waiting) = approved_alone(on, false).await;
    let (seen, _) = approved_alone(on, true).await;
    assert_eq!(unseen.len(), seen.len(), "opening the graph changes what needs a countersign");
    assert!(waiting > 0 && !unseen.is_empty(), "{waiting} wait, {} went alone: the test shows nothing", unseen.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relations_count_whoever_looked_sqlite() {
    relations_count_whoever_looked(On::Sqlite).await;
}

flow! {
    async fn relations_that_cannot_be_read_need_a_second_reviewer(desk: Desk) {
        let mut desk = desk;
        desk.fault(json!({"kind": "status", "match": "/relations", "times": 0, "status": 500})).await;
        let admin = desk.admin().await;
        let rule = add_rule(&admin, &[("name", "Near declined"), ("declined_relation", "on")]).await;
        assert_eq!(rule.status, StatusCode::OK, "{}", rule.text());
        jobs::sync::run(&desk.app).await.unwrap();
        jobs::evidence::run(&desk.app).await.unwrap();
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        assert!(desk.inquiry(&analyst, &id).await["inquiry"]["account_id"].is_string());
        let made = desk.decide(&analyst, &id, "approve", "discrepancy-explained", "looks fine").await.json();
        assert_eq!(made["wanted_by"], json!(["Near declined (not all relations read)"]), "{made}");
        assert_eq!(desk.entries("decision.made", &id).await[0].fact("relation_rule").as_deref(), Some("not-known"));
    }
}
