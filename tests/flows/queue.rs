//! The queue: searches that find an inquiry or do not, order, actions on rows, who is dealt which inquiry, views,
//! display settings.
use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Desk, On, Visitor};
use crate::filled::Filled;
use crate::standin::World;
use crate::{flow, world_flow};
use countersign::domain::queue::Sort;
use countersign::domain::search::Term;
use countersign::server::db;

async fn rows(by: &Visitor, filter: Value) -> Vec<Value> {
    let reply = by.call("queue", json!({"filter": filter})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()["page"]["rows"].as_array().unwrap().clone()
}

async fn ids(by: &Visitor, filter: Value) -> Vec<String> {
    rows(by, filter).await.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

async fn act(by: &Visitor, id: &str, act: Value) -> StatusCode {
    by.call("queue-act", json!({"inquiry": id, "act": act})).await.status
}

flow! {
    async fn whom_others_name_is_linked_as_well_and_the_declined_stand_first(desk: Filled) {
        let mut desk = desk;
        let maya = desk.analyst().await;
        let all = rows(&maya, json!({"status": "needs_review"})).await;
        let mut accounts: Vec<(String, String)> = Vec::new();
        for row in &all {
            let page = desk.inquiry(&maya, row["id"].as_str().unwrap()).await;
            if let Some(account) = page["inquiry"]["account_id"].as_str() && accounts.iter().all(|(_, known)| known != account) {
                accounts.push((row["id"].as_str().unwrap().to_owned(), account.to_owned()));
            }
        }
        let (id, one) = accounts[0].clone();
        let owner = accounts.last().unwrap().1.clone();
        let run = async |sql: &str| {
            let sql = sql.replace("ONE", &one).replace("OWNER", &owner);
            desk.by_hand(&sql, &sql).await;
        };
        run("DELETE FROM relations").await;
        run("DELETE FROM account_attributes").await;
        run("INSERT INTO relations (from_id, key, to_id) VALUES ('OWNER', 'owns', 'ONE'), ('OWNER', 'directs', 'ONE'), ('ONE', 'owned-by', 'OWNER')").await;
        let linked = async || rows(&maya, json!({"status": "needs_review"})).await.into_iter().find(|row| row["id"] == id.as_str()).unwrap()["linked"].clone();
        assert_eq!(linked().await, 1, "one account, however many words there are for it");
        run("DELETE FROM relations WHERE from_id = 'ONE'").await;
        assert_eq!(linked().await, 1, "known from the other side only");
        // Thirty more, whose ids are before that of the declined account.
        for n in 10..40 {
            run(&format!("INSERT INTO relations (from_id, key, to_id) VALUES ('ONE', 'friend', 'act_0000{n}')")).await;
        }
        run("UPDATE inquiries SET status = 'declined' WHERE account_id = 'OWNER'").await;
        let page = desk.inquiry(&maya, &id).await;
        let listed = page["relations"].as_array().unwrap();
        assert_eq!((listed.len(), &listed[0]["account"], &listed[0]["declined"]), (31, &json!(owner), &json!(true)), "{listed:?}");
        assert!(maya.get(&format!("/inquiries/{id}")).await.text().contains("19 more relations"));
    }

    async fn of_a_word_that_many_have_each_page_follows_the_last_wherever_they_stand(desk: Desk) {
        // 6,000 inquiries in the queue, in no order. Of two words that 750 of them have, one occurs everywhere and the
        // other only at the end of the queue.
        let place = "((i * 7919) % 6000)";
        let (numbers, at) = match desk.app.db {
            db::Db::Sqlite { .. } => (
                "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 5999)",
                "strftime('%Y-%m-%dT%H:%M:%S.000000Z', {}, 'unixepoch')",
            ),
            db::Db::Postgres(_) => (
                "WITH n (i) AS (SELECT generate_series(0, 5999))",
                "to_timestamp({})",
            ),
        };
        let json = if matches!(desk.app.db, db::Db::Sqlite { .. }) { "" } else { "::jsonb" };
        let at = |seconds: String| at.replace("{}", &seconds);
        let (since, due) = (at(format!("1780000000 + {place}")), at(format!("1780086400 - {place}")));
        let inquiries = format!(
            "INSERT INTO inquiries (id, status, waiting_since, created_at, as_of, as_of_event, version, body, fingerprint, signals,
                 evidence_attempts, rank, due_at, ranked_by)
             {numbers} SELECT 'inq_' || (100000 + i), 'needs_review', {since}, {since}, {since}, '', 1, '{{}}'{json}, 'x', '[]'{json}, 0, i % 3, {due}, 0 FROM n"
        );
        let terms = |term: &str, which: String| {
            format!("INSERT INTO inquiry_terms (term, inquiry_id) {numbers} SELECT '{term}', 'inq_' || (100000 + i) FROM n WHERE {which}")
        };
        for step in [inquiries, terms("tag:everywhere", "i % 8 = 0".into()), terms("tag:last", format!("{place} >= 5250"))] {
            desk.app
                .write(move |tx| {
                    Box::pin(async move {
                        db::Sql::new(sqlx::AssertSqlSafe(step)).execute(tx).await?;
                        Ok(())
                    })
                })
                .await
                .unwrap();
        }
        let mut conn = desk.app.read().await.unwrap();
        for term in ["tag:everywhere", "tag:last"] {
            for sort in [Sort::Oldest, Sort::Due, Sort::Risk] {
                let mut filter = db::queue::filter::InquiryFilter::of(Some("needs_review"), desk.app.now());
                filter.terms.push(Term::Is(term.to_owned()));
                let (mut seen, mut after) = (Vec::new(), None);
                loop {
                    let (page, _) = db::queue::page(&mut conn, &filter, sort, after.as_ref(), 50, 0).await.unwrap();
                    seen.extend(page.rows.into_iter().map(|line| {
                        let rank = if sort == Sort::Risk { line.rank } else { 0 };
                        (rank, if sort == Sort::Due { line.due_at } else { line.waiting_since }, line.id)
                    }));
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(seen.len(), 750, "{term} {sort:?}");
                assert!(seen.is_sorted_by(|a, b| a < b), "{term} {sort:?}: in order, and each once");
            }
        }
    }

    async fn an_inquiry_is_found_by_its_words_and_what_is_masked_only_whole(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let waiting = rows(&analyst, json!({})).await;
        let mut tried = 0;
        for row in waiting.iter().take(12) {
            let id = row["id"].as_str().unwrap();
            let found = async |search: &str| ids(&analyst, json!({"status": "all", "search": search})).await.contains(&id.to_owned());
            assert!(found(id).await && found(&id.to_uppercase()).await, "{id}");
            assert!(!found(&id[5..]).await, "the middle of an id finds nothing");
            if let Some(name) = row["subject"].as_str() {
                for word in name.split_whitespace().filter(|word| word.chars().count() > 3 && word.chars().all(char::is_alphabetic)) {
                    let start: String = word.chars().take(4).collect();
                    assert!(found(&start.to_uppercase()).await, "{start} of {name}");
                }
            }
            let inquiry = desk.persona("GET", &format!("/inquiries/{id}"), Value::Null).await;
            let fields = &inquiry["data"]["attributes"]["fields"];
            for secret in ["email-address", "phone-number"] {
                if let Some(value) = fields[secret]["value"].as_str() {
                    assert!(found(value).await, "{value}");
                    let part: String = value.chars().take(value.chars().count() - 2).collect();
                    assert!(!found(&part).await, "{part} of {value} finds it");
                    tried += 1;
                }
            }
        }
        assert!(tried > 4, "{tried}");
        assert!(ids(&analyst, json!({"status": "all", "search": "’"})).await.is_empty());
        assert!(ids(&analyst, json!({"status": "all", "search": "zzzz nobody"})).await.is_empty());
    }

    async fn each_filter_narrows_and_each_order_is_one_on_every_page(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let all = rows(&analyst, json!({})).await;
        assert!(all.len() > 10);
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let signal = |row: &Value| row["signals"].as_array().unwrap().iter().map(|s| s["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let label = all.iter().flat_map(signal).find(|label| !label.contains('×')).expect("a signal");
        let with: BTreeSet<String> = all.iter().filter(|row| signal(row).contains(&label)).map(|row| text(row, "id")).collect();
        assert_eq!(ids(&analyst, json!({"signal": label})).await.into_iter().collect::<BTreeSet<_>>(), with);
        let country = all.iter().find_map(|row| row["country"].as_str()).expect("a country");
        let there = rows(&analyst, json!({"country": country, "signal": label})).await;
        assert!(there.iter().all(|row| row["country"] == country && signal(row).contains(&label)));
        for (sort, key) in [("oldest", "waiting_since"), ("due", "due_at")] {
            let sorted: Vec<String> = rows(&analyst, json!({"sort": sort})).await.iter().map(|row| text(row, key)).collect();
            assert!(sorted.is_sorted(), "{sort}");
        }
        let risks: Vec<i64> = rows(&analyst, json!({"sort": "risk"})).await.iter().map(|row| row["risk"].as_i64().unwrap()).collect();
        assert!(risks.is_sorted_by(|a, b| a >= b) && risks[0] > 0, "{risks:?}");
        // Every status, in each order, page after page: each inquiry occurs once.
        let counts = analyst.call("queue", json!({"filter": {}})).await.json()["statuses"].clone();
        for (status, sort) in [("all", "oldest"), ("approved", "due"), ("approved", "risk"), ("approved", "oldest")] {
            let wanted: i64 = counts.as_array().unwrap().iter().filter(|pair| status == "all" || pair[0] == status).map(|pair| pair[1].as_i64().unwrap()).sum();
            let (mut seen, mut after) = (Vec::new(), Value::Null);
            loop {
                let page = analyst.call("queue", json!({"filter": {"status": status, "sort": sort, "after": after}})).await.json();
                seen.extend(page["page"]["rows"].as_array().unwrap().iter().map(|row| row["id"].to_string()));
                let next = &page["page"]["next"];
                if next.is_null() { break }
                after = json!(format!("{}~{}", next["key"].as_str().unwrap(), next["id"].as_str().unwrap()));
            }
            assert_eq!(seen.len() as i64, wanted, "{status} by {sort}");
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "{status} by {sort}: one twice");
        }
        for bad in [json!({"age": "old"}), json!({"due": "-4"}), json!({"after": "x"}), json!({"assignee": "nobody in particular"}), json!({"sort": "luck"})] {
            rows(&analyst, bad).await;
        }
    }

    async fn what_is_done_to_a_line_is_seen_recorded_and_taken_back(desk: Filled) {
        let mut desk = desk;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let _ = (desk.admin().await, desk.auditor().await);
        let waiting = ids(&maya, json!({})).await;
        let id = waiting[0].as_str();
        assert_eq!(act(&maya, id, json!({"act": "claim"})).await, StatusCode::OK);
        assert_eq!(act(&maya, id, json!({"act": "claim"})).await, StatusCode::OK, "twice is once");
        assert_eq!(act(&jo, id, json!({"act": "claim"})).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(act(&jo, id, json!({"act": "release"})).await, StatusCode::OK, "nothing of hers, nothing changes");
        assert_eq!(ids(&maya, json!({"assignee": "me"})).await, [id]);
        assert!(ids(&jo, json!({"assignee": "me"})).await.is_empty());
        assert!(!ids(&jo, json!({"assignee": "nobody"})).await.contains(&id.to_owned()));
        assert_eq!(desk.entries("inquiry.assigned", id).await.len(), 1);

        for bad in ["", "a/b", &"x".repeat(41)] {
            assert_eq!(act(&maya, id, json!({"act": "tag", "tag": bad})).await, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        assert_eq!(act(&maya, id, json!({"act": "tag", "tag": " Second  Look "})).await, StatusCode::OK);
        assert_eq!(ids(&jo, json!({"tag": "second look"})).await, [id]);
        assert_eq!(act(&jo, id, json!({"act": "untag", "tag": "second look"})).await, StatusCode::OK);
        assert!(ids(&jo, json!({"tag": "second look"})).await.is_empty());

        assert_eq!(act(&maya, id, json!({"act": "snooze", "hours": 0})).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(act(&maya, id, json!({"act": "snooze", "hours": 4})).await, StatusCode::OK);
        assert!(!ids(&maya, json!({})).await.contains(&id.to_owned()));
        assert_eq!(ids(&maya, json!({"snoozed": "yes"})).await, [id]);
        desk.clock.advance(Duration::from_secs(4 * 3600 + 1));
        let (maya, jo, auditor, admin) = (desk.sign_in("analyst@desk.example").await, desk.sign_in("jo@desk.example").await, desk.sign_in("auditor@desk.example").await, desk.sign_in("admin@desk.example").await);
        assert!(ids(&maya, json!({})).await.contains(&id.to_owned()), "it is over");
        assert_eq!(act(&maya, id, json!({"act": "snooze", "hours": null})).await, StatusCode::OK);
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": {"birthdate": "1950-01-01"}}}})).await;
        countersign::server::jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        assert!(ids(&jo, json!({})).await.contains(&id.to_owned()), "the change has ended it");

        assert_eq!(act(&maya, id, json!({"act": "escalate", "reason": " "})).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(act(&maya, id, json!({"act": "escalate", "reason": "the father is a minister"})).await, StatusCode::OK);
        assert_eq!(ids(&jo, json!({"tag": "escalated"})).await, [id]);
        let page = desk.inquiry(&jo, id).await;
        assert_eq!((&page["assignee"], &page["tags"]), (&Value::Null, &json!(["escalated"])));
        assert_eq!(page["notes"][0]["body"], "Escalated: the father is a minister");
        assert_eq!(act(&jo, id, json!({"act": "wake"})).await, StatusCode::OK);
        for action in ["tag.added", "tag.removed", "inquiry.snoozed", "inquiry.escalated", "inquiry.woken"] {
            assert!(!desk.entries(action, id).await.is_empty(), "{action}");
        }

        // An admin assigns work to a reviewer who can do it; analysts and auditors do not.
        let analysts = admin.call("queue", json!({"filter": {}})).await.json()["analysts"].clone();
        let to = analysts[0][0].as_str().unwrap();
        assert_eq!(admin.call("queue-assign", json!({"inquiry": id, "reviewer": to})).await.status, StatusCode::OK);
        assert!(desk.inquiry(&jo, id).await["assignee"].is_string());
        assert_eq!(admin.call("queue-assign", json!({"inquiry": id, "reviewer": ""})).await.status, StatusCode::OK);
        assert_eq!(admin.call("queue-assign", json!({"inquiry": id, "reviewer": "x"})).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(act(&admin, id, json!({"act": "claim"})).await, StatusCode::FORBIDDEN);
        assert_eq!(act(&auditor, id, json!({"act": "claim"})).await, StatusCode::FORBIDDEN);
        assert_eq!(act(&maya, "inq_none", json!({"act": "claim"})).await, StatusCode::NOT_FOUND);
    }

    async fn claim_next_deals_each_inquiry_to_one_reviewer(desk: Filled) {
        let mut desk = desk;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let waiting = ids(&maya, json!({"sort": "due"})).await;
        let next = async |by: &Visitor, filter: Value| by.call("queue-next", json!({"filter": filter})).await.json();
        assert_eq!(next(&maya, json!({})).await, json!(waiting[0]));
        assert_eq!(next(&jo, json!({})).await, json!(waiting[1]), "what a colleague has is not dealt");
        assert_eq!(next(&maya, json!({})).await, json!(waiting[0]), "first what is hers");
        // Concurrent calls: no reviewer is dealt an inquiry that another one got.
        act(&maya, &waiting[0], json!({"act": "release"})).await;
        let (a, b, c) = tokio::join!(next(&maya, json!({})), next(&jo, json!({})), desk.decide(&maya, &waiting[2], "approve", "discrepancy-explained", ""));
        assert!(a != b && c.status == StatusCode::OK, "{a} {b}");
        let entries = desk.entries("claim.taken", &waiting[0]).await;
        assert!(entries.iter().all(|entry| entry.fact("dealt").as_deref() == Some("oldest-due")), "{}", entries.len());
        assert_eq!(next(&jo, json!({"tag": "no such tag"})).await, Value::Null);
    }

    async fn a_policy_sets_due_times_and_how_work_is_dealt(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        let page = admin.call("rules", json!({})).await.json();
        let template = page["templates"][0][0].as_str().unwrap().to_owned();
        let name = page["templates"][0][1].clone();
        let set = async |version: &str, hours: &str, own: &str, deal: &str| {
            admin.submit("policy-set", &[("version", version), ("hours", hours), ("by_template", own), ("deal", deal)]).await.status
        };
        for (hours, own, deal) in [("0", "", "oldest-due"), ("x", "", "oldest-due"), ("4", "itmpl_1", "oldest-due"), ("4", "", "luck"), ("4", "itmpl_1: 99999", "oldest-due")] {
            assert_eq!(set("0", hours, own, deal).await, StatusCode::UNPROCESSABLE_ENTITY, "{hours} {own} {deal}");
        }
        assert_eq!(set("0", "48", &format!("{template}: 2\n"), "round-robin").await, StatusCode::OK);
        assert_eq!(set("0", "1", "", "oldest-due").await, StatusCode::UNPROCESSABLE_ENTITY, "the page had not seen the version that counts");
        assert_eq!(analyst.submit("policy-set", &[("version", "1"), ("hours", "1"), ("by_template", ""), ("deal", "oldest-due")]).await.status, StatusCode::FORBIDDEN);
        countersign::server::jobs::queue::run(&desk.app).await.unwrap();
        for row in rows(&analyst, json!({})).await {
            let at = |name: &str| row[name].as_str().unwrap().parse::<countersign::domain::time::Timestamp>().unwrap();
            let hours = at("due_at").since(at("waiting_since")).as_secs() / 3600;
            assert_eq!(hours, if row["template"] == name { 2 } else { 48 }, "{row}");
        }
        // The templates take turns.
        let mut dealt = Vec::new();
        for _ in 0..3 {
            let id = analyst.call("queue-next", json!({"filter": {}})).await.json();
            let page = desk.inquiry(&analyst, id.as_str().unwrap()).await;
            dealt.push(page["template"].clone());
            act(&analyst, id.as_str().unwrap(), json!({"act": "snooze", "hours": 1})).await;
            act(&analyst, id.as_str().unwrap(), json!({"act": "release"})).await;
        }
        assert!(dealt[0] != dealt[1], "{dealt:?}");
        let entries = desk.entries("policy.changed", "1").await;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].fact("deal").as_deref(), Some("round-robin"));
    }

    async fn views_are_ones_own_or_everybodys(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, admin) = (desk.analyst().await, desk.second_analyst().await, desk.admin().await);
        let names = async |by: &Visitor| {
            let rows = by.call("views", json!({})).await.json();
            rows.as_array().unwrap().iter().map(|row| row["view"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let before = names(&maya).await.len();
        assert_eq!(maya.submit("view-save", &[("name", " "), ("filter", "tag=x")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(maya.submit("view-save", &[("name", "Nigeria"), ("filter", "?country=NG&after=zzz&script=1")]).await.status, StatusCode::OK);
        assert_eq!(maya.submit("view-share", &[("name", "All"), ("filter", "status=all")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(admin.submit("view-share", &[("name", "High risk"), ("filter", "sort=risk")]).await.status, StatusCode::OK);
        assert_eq!((names(&maya).await.len(), names(&jo).await.len()), (before + 2, before + 1));
        let rows = maya.call("views", json!({})).await.json();
        let find = |name: &str| rows.as_array().unwrap().iter().find(|row| row["view"]["name"] == name).unwrap().clone();
        assert_eq!(find("Nigeria")["view"]["filter"], "country=NG");
        let all = ids(&maya, json!({})).await.len() as i64;
        assert_eq!(find("High risk")["found"].as_i64().unwrap(), all);
        let (own, shared) = (find("Nigeria")["view"]["id"].clone(), find("High risk")["view"]["id"].clone());
        assert_eq!(jo.submit("view-remove", &[("view", own.as_str().unwrap())]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(maya.submit("view-remove", &[("view", shared.as_str().unwrap())]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(maya.submit("view-remove", &[("view", own.as_str().unwrap())]).await.status, StatusCode::OK);
        assert_eq!(admin.submit("view-unshare", &[("view", shared.as_str().unwrap())]).await.status, StatusCode::OK);
        assert_eq!(names(&maya).await.len(), before);
    }

    async fn how_one_likes_the_desk_is_kept_and_checked(desk: Filled) {
        let mut desk = desk;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let wanted = json!({"preferences": {"hidden": ["country"], "contrast": true, "start": "sort=risk&after=x", "keys": {"approve": "1"}}});
        assert_eq!(maya.call("prefer", wanted).await.status, StatusCode::OK);
        let html = maya.get("/queue").await.text();
        assert!(html.contains("data-contrast=\"more\""), "{}", &html[..300]);
        assert!(html.contains(" no-country\"") && html.contains("Highest risk first"));
        assert!(!jo.get("/queue").await.text().contains("no-country"));
        for bad in [json!({"hidden": ["salary"]}), json!({"keys": {"approve": "d"}}), json!({"keys": {"approve": "ab"}})] {
            assert_eq!(maya.call("prefer", json!({"preferences": bad})).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    async fn figures_count_what_was_decided_and_how_long_it_took(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, auditor) = (desk.analyst().await, desk.second_analyst().await, desk.auditor().await);
        let waiting = desk.queue(&maya, "needs_review").await;
        let page = maya.call("queue", json!({"filter": {}})).await.json();
        let since = page["page"]["rows"][0]["waiting_since"].as_str().unwrap().parse::<countersign::domain::time::Timestamp>().unwrap();
        assert_eq!(desk.decide(&maya, &waiting[0], "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        let waited = desk.app.now().since(since).as_secs();
        assert_eq!(desk.decide(&jo, &waiting[1], "decline", "face-mismatch", "Not the same").await.status, StatusCode::OK);
        let found = auditor.call("figures", json!({})).await.json();
        let parts = |confirmed, pending, withdrawn| json!({"confirmed": confirmed, "pending": pending, "refused": 0, "withdrawn": withdrawn, "not_done": 0});
        let ageing: i64 = found["ageing"].as_array().unwrap().iter().map(|pair| pair[1].as_i64().unwrap()).sum();
        // The decisions have not been sent to Persona yet, so both inquiries still wait.
        assert_eq!(ageing, waiting.len() as i64);
        assert_eq!(found["figures"]["all"]["ends"], parts(0, 2, 0), "nothing is decided before Persona has it");
        assert_eq!((&found["figures"]["days"][29]["approved"], &found["figures"]["days"][29]["declined"]), (&json!(0), &json!(0)));
        desk.settle().await;
        let found = auditor.call("figures", json!({})).await.json();
        assert_eq!(found["figures"]["all"]["ends"], parts(2, 0, 0));
        let html = auditor.get("/admin/figures").await.text();
        for name in ["Confirmed in 30 days", "Pending in 30 days", "Refused in 30 days", "Withdrawn in 30 days", "Not carried out in 30 days"] {
            assert!(html.contains(name), "{name}");
        }
        assert!(!html.contains("Decided in 30 days"));
        let today = &found["figures"]["days"][29];
        assert_eq!((&today["approved"], &today["declined"]), (&json!(1), &json!(1)));
        let of = |name: &str| found["figures"]["by_reviewer"].as_array().unwrap().iter().find(|row| row[0] == name).unwrap()[1].clone();
        assert!(of("Maya Okafor")["p50"].as_u64().unwrap().abs_diff(waited) <= 2, "{} {waited}", of("Maya Okafor"));
        assert_eq!(maya.call("figures", json!({})).await.status, StatusCode::FORBIDDEN);
    }
}

world_flow! {
    async fn a_page_that_was_emptied_gives_the_last_that_is_left(on: On) {
        let mut world = World::default();
        for n in 0..60 {
            let at = format!("2026-11-20T09:{n:02}:00.000Z");
            world.add(json!({"type": "inquiry", "id": format!("inq_{n:02}"), "attributes": {"status": "needs_review", "created-at": at}}));
            world.add(json!({"type": "case", "id": format!("case_{n:02}"), "attributes": {"status": "Open", "created-at": at}}));
        }
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        let last: Vec<String> = (10..60).map(|n| format!("inq_{n:02}")).collect();
        // The cursor of the second page, after its rows were decided.
        for (sort, behind) in [
            ("oldest", "9999-01-01T00:00:00.000000Z~inq_99"),
            ("due", "9999-01-01T00:00:00.000000Z~inq_99"),
            ("risk", "5,9999-01-01T00:00:00.000000Z~inq_99"),
        ] {
            let page = analyst.call("queue", json!({"filter": {"sort": sort, "after": behind}})).await.json();
            let rows: Vec<_> = page["page"]["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
            assert_eq!(rows, last, "{sort}");
            assert_eq!((&page["page"]["emptied"], &page["page"]["next"]), (&json!(true), &Value::Null));
        }
        let html = analyst.get("/queue?after=9999-01-01T00%3A00%3A00.000000Z~inq_99").await.text();
        assert!(html.contains("The page that you were on is now empty") && html.contains("inq_59"), "{html}");
        assert!(!html.contains("The queue is empty"));
        // A filter without matches is a different case.
        let page = analyst.call("queue", json!({"filter": {"search": "nobody", "after": "9999-01-01T00:00:00.000000Z~inq_99"}})).await.json();
        assert_eq!((&page["page"]["rows"], &page["page"]["emptied"]), (&json!([]), &json!(false)));
        for sort in ["", "due"] {
            let page = analyst.call("cases", json!({"filter": {"sort": sort, "after": "9999-12-31T23:00:00.000000Z~case_99"}})).await.json();
            let rows: Vec<_> = page["page"]["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
            assert_eq!((rows.first(), rows.last(), rows.len()), (Some(&"case_10"), Some(&"case_59"), 50), "{sort}");
        }
        let html = analyst.get("/cases?after=9999-12-31T23%3A00%3A00.000000Z~case_99").await.text();
        assert!(html.contains("The page that you were on is now empty") && html.contains("case_59"));
    }
}
