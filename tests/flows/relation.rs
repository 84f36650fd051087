use std::time::Duration;

use axum::http::StatusCode;
use countersign::domain::id::AccountId;
use countersign::domain::relation::Relation;
use countersign::domain::time::Timestamp;
use countersign::server::{db, jobs, usecase};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::filled::Filled;
use crate::flow;

async fn harbor(desk: &Desk, by: &crate::desk::Visitor) -> String {
    let found = by.call("accounts", json!({"search": "harbor trade"})).await.json();
    assert!(desk.app.persona.relation_keys().len() > 3);
    found[0]["id"].as_str().unwrap().to_owned()
}

/// Relations that the desk has from one account.
async fn known(desk: &Desk, from: &AccountId) -> Vec<Relation> {
    let mut conn = desk.app.read().await.unwrap();
    let ids: Vec<String> =
        db::relation::reach(&mut conn, from, 1).await.unwrap().into_iter().map(|reached| reached.id).collect();
    let all = db::relation::among(&mut conn, &ids).await.unwrap();
    all.into_iter().filter(|relation| relation.from == *from).collect()
}

/// Number of accounts within one hop, including the account itself, whose relations have not been read.
async fn unread(desk: &Desk, account: &AccountId) -> i64 {
    db::relation::near(&mut desk.app.read().await.unwrap(), account, None).await.unwrap().unread
}

/// Sends an event about an account as Persona has it, and about one of its relations, and applies it at once.
async fn told(desk: &Desk, name: &str, at: Timestamp, account: &AccountId, relation: Option<&Relation>) {
    let known = desk.persona("GET", &format!("/accounts/{account}"), Value::Null).await["data"].clone();
    let context =
        relation.map(|one| json!({"relation-schema-key": one.key, "target-account-id": one.to, "target-txn-id": null}));
    let id = format!("evt_{}_{}", name.replace(['.', '-'], "_"), at.to_text());
    let event = json!({"data": {"type": "event", "id": id, "attributes": {"name": name, "created-at": at.to_text(),
        "payload": {"data": known}, "context": context}}});
    assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
    jobs::apply_webhooks::run(&desk.app).await.unwrap();
}

async fn at_persona(desk: &Desk, call: &str, one: &Relation) {
    let body = json!({"meta": {"relation-schema-key": one.key, "target-object-id": one.to}});
    desk.persona("POST", &format!("/accounts/{}/{call}", one.from), body).await;
}

/// A business with all relations around it read, and two of its own relations.
async fn read_around(desk: &mut Desk) -> (AccountId, Relation, Relation) {
    let analyst = desk.analyst().await;
    let id = harbor(desk, &analyst).await;
    for _ in 0..3 {
        analyst.call("relations", json!({"account": id, "hops": 3})).await;
        desk.settle().await;
    }
    let id: AccountId = id.try_into().unwrap();
    let mut own = known(desk, &id).await.into_iter();
    (id, own.next().unwrap(), own.next().unwrap())
}

flow! {
    async fn the_graph_of_a_business_reaches_its_owners_and_the_declined_one(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = harbor(&desk, &analyst).await;
        for _ in 0..3 {
            analyst.call("relations", json!({"account": id, "hops": 3})).await;
            desk.settle().await;
        }
        let page = analyst.call("relations", json!({"account": id, "hops": 3})).await.json();
        let nodes = page["graph"]["nodes"].as_array().unwrap();
        let edges = page["graph"]["edges"].as_array().unwrap();
        assert!(nodes.len() > 10, "{} nodes", nodes.len());
        assert_eq!(nodes[0]["id"], json!(id));
        assert!(edges.iter().any(|edge| edge["label"] == "beneficial owners" && edge["declared"] == true), "{edges:?}");
        assert!(edges.iter().any(|edge| edge["declared"] == false), "shared attributes link as well");
        assert!(nodes.iter().any(|node| node["declined"] == true && node["hops"].as_u64().unwrap() <= 2));
        assert_eq!(page["pending"], false);
        let html = analyst.get(&format!("/accounts/{id}/relations?hops=3")).await.text();
        assert!(html.contains("<svg") && html.matches("class=\"node").count() >= nodes.len(), "the picture is in the server's HTML");
        assert!(html.contains("declined within 2 hops"));
        assert_eq!(desk.entries("relations.viewed", &id).await.len(), 5);
    }

    async fn relations_are_asked_for_by_key_and_follow_events(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = harbor(&desk, &analyst).await;
        analyst.call("relations", json!({"account": id, "hops": 1})).await;
        desk.settle().await;
        let before = analyst.call("relations", json!({"account": id, "hops": 1})).await.json();
        let target = before["graph"]["edges"].as_array().unwrap().iter().find(|edge| edge["declared"] == true && edge["from"] == 0).unwrap()["to"].as_u64().unwrap();
        let other = before["graph"]["nodes"][usize::try_from(target).unwrap()]["id"].as_str().unwrap().to_owned();
        let removed = json!({"data": {"type": "event", "id": "evt_rel", "attributes": {"name": "account.removed-relation", "created-at": "2030-01-01T00:00:00.000Z",
            "payload": {"data": {"type": "account", "id": id, "attributes": {"account-type-name": "Business", "created-at": "2026-01-01T00:00:00.000Z", "fields": {}}}},
            "context": {"relation-schema-key": "beneficial_owners", "target-account-id": other, "target-txn-id": null}}}});
        assert_eq!(desk.signed_webhook(removed.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        desk.settle().await;
        let mut conn = desk.app.read().await.unwrap();
        let left = countersign::server::db::relation::among(&mut conn, &[id.clone(), other.clone()]).await.unwrap();
        assert!(!left.iter().any(|relation| relation.from.as_str() == id && relation.key == "beneficial_owners"), "{left:?}");
    }

    async fn a_relation_whose_event_comes_late_is_read_again_and_not_known_until_then(desk: Filled) {
        let mut desk = desk;
        let (id, first, second) = read_around(&mut desk).await;
        let before = unread(&desk, &id).await;
        let removed = "account.removed-relation";
        // Both relations were removed, the first before the second. The events arrive in each of these orders.
        for order in [["first", "second"], ["second", "first"], ["account", "first"]] {
            desk.clock.advance(Duration::from_secs(60));
            let start = desk.app.now();
            at_persona(&desk, "remove-relation", &first).await;
            at_persona(&desk, "remove-relation", &second).await;
            let _ = tokio::time::timeout(Duration::ZERO, desk.app.wake.crawl.notified()).await;
            for event in order {
                match event {
                    "first" => told(&desk, removed, start.plus(Duration::from_secs(1)), &id, Some(&first)).await,
                    "second" => told(&desk, removed, start.plus(Duration::from_secs(2)), &id, Some(&second)).await,
                    _ => told(&desk, "account.tag-added", start.plus(Duration::from_secs(2)), &id, None).await,
                }
            }
            if order != ["first", "second"] {
                assert!(unread(&desk, &id).await > before, "{order:?}: known, though what was told late was not read");
                tokio::time::timeout(Duration::from_secs(1), desk.app.wake.crawl.notified()).await.expect("nobody wakes the crawl");
                jobs::relations::run(&desk.app).await.unwrap();
            }
            assert_eq!(unread(&desk, &id).await, before, "{order:?}");
            let left = known(&desk, &id).await;
            assert!(!left.contains(&first) && !left.contains(&second), "{order:?}: {left:?}");
            // Restores the relations for the next order.
            at_persona(&desk, "add-relation", &first).await;
            at_persona(&desk, "add-relation", &second).await;
            let again = format!("UPDATE relation_crawls SET wanted_at = crawled_at WHERE account_id = '{id}'");
            desk.by_hand(&again, &again).await;
            jobs::relations::run(&desk.app).await.unwrap();
            let all = known(&desk, &id).await;
            assert!(all.contains(&first) && all.contains(&second));
        }
    }

    async fn a_read_that_began_before_a_change_is_none(desk: Filled) {
        let mut desk = desk;
        let (id, first, _) = read_around(&mut desk).await;
        let before = unread(&desk, &id).await;
        let mut targets = Vec::new();
        for one in known(&desk, &id).await.into_iter().filter(|one| one.key == first.key) {
            let mut conn = desk.app.read().await.unwrap();
            targets.extend(db::account::by_id(&mut conn, &one.to).await.unwrap().map(|(account, _)| account));
        }
        assert!(!targets.is_empty());
        let old = || usecase::relation::backlog::RelationList { key: first.key.clone(), targets: targets.clone(), whole: true, odd: Vec::new() };
        at_persona(&desk, "remove-relation", &first).await;
        // One event that is applied, and one that arrives late. Each arrives during a read that began before it.
        for (seconds, late) in [(120, false), (60, true)] {
            let begin = format!("UPDATE relation_crawls SET wanted_at = crawled_at WHERE account_id = '{id}'");
            desk.by_hand(&begin, &begin).await;
            let read = usecase::relation::backlog::wanted_reads(&desk.app, 100).await.unwrap().into_iter().find(|read| read.account == id).unwrap();
            told(&desk, "account.removed-relation", desk.app.now().plus(Duration::from_secs(seconds)), &id, Some(&first)).await;
            usecase::relation::backlog::store_read(&desk.app, read, usecase::relation::backlog::Surroundings { relations: vec![old()], inquiries: Vec::new() }).await.unwrap();
            assert!(!known(&desk, &id).await.contains(&first), "the old list is taken for the new");
            assert_eq!(unread(&desk, &id).await > before, late, "the old read counts");
            jobs::relations::run(&desk.app).await.unwrap();
            assert!(!known(&desk, &id).await.contains(&first));
            assert_eq!(unread(&desk, &id).await, before);
        }
    }

    async fn accounts_that_were_made_one_are_read_again(desk: Filled) {
        let mut desk = desk;
        let (id, one, _) = read_around(&mut desk).await;
        let kind = desk.persona("GET", &format!("/accounts/{}", one.to), Value::Null).await["data"]["attributes"]["account-type-name"].clone();
        // Another account of the same type, without a relation to the business.
        let others = desk.persona("GET", "/accounts?page[size]=100", Value::Null).await;
        let around: Vec<AccountId> = known(&desk, &id).await.into_iter().map(|one| one.to).collect();
        let home: AccountId = others["data"].as_array().unwrap().iter()
            .filter(|other| other["attributes"]["account-type-name"] == kind)
            .map(|other| other["id"].as_str().unwrap().to_owned().try_into().unwrap())
            .find(|other| *other != id && !around.contains(other)).unwrap();
        desk.persona("POST", &format!("/accounts/{home}/consolidate"), json!({"meta": {"source-account-ids": [one.to]}})).await;
        let before = unread(&desk, &id).await;
        told(&desk, "account.consolidated", desk.app.now().plus(Duration::from_secs(60)), &one.to, None).await;
        told(&desk, "account.consolidated-with", desk.app.now().plus(Duration::from_secs(60)), &home, None).await;
        assert!(unread(&desk, &id).await > before, "what was moved counts as known");
        jobs::relations::run(&desk.app).await.unwrap();
        let now = known(&desk, &id).await;
        assert!(now.iter().any(|relation| relation.to == home) && !now.contains(&one), "{now:?}");
    }

    async fn what_many_share_is_counted_said_and_drawn(desk: Filled) {
        let mut desk = desk;
        let admin = desk.admin().await;
        let version = admin.call("rules", json!({})).await.json()["current"]["version"].to_string();
        let fields = [("version", version.as_str()), ("name", "Shared"), ("verdict", "approve"), ("template", ""), ("signal", "Shared device"), ("share", "")];
        assert_eq!(admin.submit("rule-add", &fields).await.status, StatusCode::OK);
        let analyst = desk.analyst().await;
        // Inquiries of accounts that share no device, each with a different account.
        let mut free = std::collections::BTreeMap::new();
        for inquiry in desk.queue(&analyst, "needs_review").await {
            let page = desk.inquiry(&analyst, &inquiry).await;
            let account = page["inquiry"]["account_id"].as_str().unwrap_or_default().to_owned();
            if !account.is_empty() && !page["signals"].to_string().contains("Shared device") {
                free.insert(account, inquiry);
            }
        }
        let cases = [(24, "Shared device ×24"), (25, "Shared device ×25"), (26, "Shared device ×26 or more"), (60, "Shared device ×26 or more")];
        assert!(free.len() >= cases.len(), "{free:?}");
        for ((sharers, label), (account, inquiry)) in cases.iter().zip(&free) {
            let share = format!("WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {sharers})
                INSERT INTO account_attributes (account_id, kind, digest, label) SELECT 'act_of{sharers}x' || n, 'device', 'of{sharers}accounts', 'device x' FROM n
                UNION ALL SELECT '{account}', 'device', 'of{sharers}accounts', 'device x';
                UPDATE inquiries SET evidence_wanted_at = evidence_at WHERE id = '{inquiry}';");
            desk.by_hand(&share, &share).await;
            desk.settle().await;
            let page = desk.inquiry(&analyst, inquiry).await;
            let signals: Vec<&str> = page["signals"].as_array().unwrap().iter().map(|signal| signal["label"].as_str().unwrap()).collect();
            assert!(signals.contains(label), "{sharers} share it: {signals:?}");
            assert!(!signals.contains(&"All checks passed"), "{sharers}: {signals:?}");
            let page = analyst.call("relations", json!({"account": account, "hops": 1})).await.json();
            let device = page["graph"]["nodes"].as_array().unwrap().iter().find(|node| node["id"] == format!("device:of{sharers}accounts")[..]).unwrap_or_else(|| panic!("not drawn: {page}"));
            let said = if *sharers > 25 { json!(format!("shared by {sharers} accounts, not all shown here")) } else { Value::Null };
            assert_eq!(device["status"], said, "{sharers}");
            let html = analyst.get(&format!("/accounts/{account}/relations?hops=1")).await.text();
            assert_eq!(html.contains("accounts, not all shown here"), *sharers > 25);
            let made = desk.decide(&analyst, inquiry, "approve", "discrepancy-explained", "looks fine").await.json();
            assert_eq!(made["state"], "awaiting_countersign", "{sharers}: {made}");
        }
        let (account, _) = free.iter().nth(3).unwrap();
        assert!(analyst.get(&format!("/accounts/{account}")).await.text().contains("Shared device with 25 or more"));
    }

    async fn of_a_hub_the_declined_are_drawn_and_what_is_not_drawn_counts(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let mut accounts = std::collections::BTreeSet::new();
        for inquiry in desk.queue(&analyst, "needs_review").await {
            accounts.extend(desk.inquiry(&analyst, &inquiry).await["inquiry"]["account_id"].as_str().map(str::to_owned));
        }
        let mut accounts = accounts.into_iter();
        let (hub, wide) = (accounts.next().unwrap(), accounts.next().unwrap());
        let links = |from: &str, to: &str, n: u32| {
            format!("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {n})
                     INSERT INTO relations (from_id, key, to_id) SELECT '{from}', 'owner', '{to}' || n FROM n;")
        };
        // 200 accounts without relations to each other, and two declined ones whose ids sort last. One of these is two
        // hops away.
        let lay = [links(&hub, "act_h", 200), links(&hub, "act_zzz", 1), links("act_h7", "act_zzzfar", 1), links(&wide, "act_w", 1001)].concat()
            + &["act_zzz1", "act_zzzfar1"].map(|id| format!(
                "INSERT INTO accounts (id, reference_id, kind, status, name, country, as_of, redacted_at, body)
                 SELECT '{id}', NULL, kind, 'Declined', 'Last of all', country, as_of, NULL, body FROM accounts WHERE id = '{hub}';")).concat();
        desk.by_hand(&lay, &lay).await;
        let page = analyst.call("relations", json!({"account": hub, "hops": 1})).await.json();
        let nodes = page["graph"]["nodes"].as_array().unwrap();
        assert_eq!(nodes[1]["id"], "act_zzz1", "the declined first");
        let found = page["graph"]["found"].as_u64().unwrap();
        assert!(found >= 202, "{found}");
        let html = analyst.get(&format!("/accounts/{hub}/relations?hops=1")).await.text();
        assert!(html.contains(&format!("150 of {found} accounts are shown")), "how many are not");
        // The one two hops away is not drawn, but counted.
        assert!(!nodes.iter().any(|node| node["id"] == "act_zzzfar1"));
        let known = page["declined"]["at-least"].as_u64().unwrap_or_else(|| panic!("{}", page["declined"]));
        assert!(known >= 2, "{known}");
        assert!(html.contains(&format!("at least {known} declined within 2 hops")));
        let page = analyst.call("relations", json!({"account": wide, "hops": 1})).await.json();
        assert_eq!(page["declined"], "not-known", "with more links than are followed");
        let html = analyst.get(&format!("/accounts/{wide}/relations?hops=2")).await.text();
        assert!(html.contains("Declined within 2 hops: not known") && html.contains(" or more accounts are shown"));
    }

    async fn an_account_that_does_not_exist_is_not_found(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        assert_eq!(analyst.get("/accounts/act_none").await.status, StatusCode::NOT_FOUND);
        assert_eq!(analyst.get("/accounts/act_none/relations").await.status, StatusCode::NOT_FOUND);
    }
}
