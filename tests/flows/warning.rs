//! Warnings before a decision, the defaults of a new installation, and returned decisions.
use axum::http::StatusCode;
use countersign::server::db::Db;
use countersign::server::usecase::reviewer::account::AccountManager;
use countersign::server::usecase::reviewer::add;
use countersign::server::usecase::rule;
use serde_json::{Value, json};

use crate::desk::{Desk, On, Reply, Visitor, database};
use crate::filled::Filled;
use crate::standin::{World, case};
use crate::{flow, world_flow};

/// A desk as installed, on the same kind of database.
async fn fresh(desk: Desk) -> Desk {
    Desk::new(desk.on()).await
}

fn outlook<'a>(page: &'a Value, verdict: &str) -> &'a Value {
    let all = page["forecast"]["verdicts"].as_array().unwrap();
    all.iter().find(|one| one["verdict"] == verdict).unwrap_or_else(|| panic!("no {verdict} in {all:?}"))
}

/// Decodes HTML escapes such as apostrophes, so that the text is as the page shows it.
fn plain(html: &str) -> String {
    html.replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\"")
}

/// The first inquiry that needs review and whose page satisfies `fits`.
async fn waiting(desk: &Desk, by: &Visitor, fits: impl Fn(&Value) -> bool) -> (String, Value) {
    for id in desk.queue(by, "needs_review").await {
        let page = desk.inquiry(by, &id).await;
        if fits(&page) {
            return (id, page);
        }
    }
    panic!("no inquiry fits");
}

async fn rules(desk: &Desk, admin: &Visitor) -> Value {
    let _ = desk;
    admin.call("rules", json!({})).await.json()["current"].clone()
}

async fn add_rule(admin: &Visitor, desk: &Desk, fields: &[(&str, &str)]) -> Reply {
    let version = rules(desk, admin).await["version"].to_string();
    let mut all = vec![("version", version.as_str()), ("template", ""), ("signal", "")];
    for (name, otherwise) in [("verdict", ""), ("share", "")] {
        if !fields.iter().any(|(known, _)| *known == name) {
            all.push((name, otherwise));
        }
    }
    all.extend(fields);
    admin.submit("rule-add", &all).await
}

async fn say(desk: &Desk, by: &Visitor, id: &str, decision: &str, said: &str, why: &str) -> Reply {
    let version = desk.inquiry(by, id).await["version"].to_string();
    by.submit("countersign", &[("decision", decision), ("version", &version), ("said", said), ("why", why)]).await
}

/// A decline by Maya that Jo refused to countersign.
async fn returned(desk: &mut Desk) -> (Visitor, Visitor, String, String) {
    let admin = desk.admin().await;
    desk.rule(&admin, "Declines", "decline").await;
    let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
    let id = desk.queue(&maya, "needs_review").await.remove(0);
    let made = desk.decide(&maya, &id, "decline", "document-expired", "Expired in May").await;
    let decision = made.json()["id"].as_str().unwrap_or_else(|| panic!("{}", made.text())).to_owned();
    let refused = say(desk, &jo, &id, &decision, "refuse", "It expires next year").await;
    assert_eq!(refused.json()["state"], "refused", "{}", refused.text());
    (maya, jo, id, decision)
}

async fn came_back(by: &Visitor) -> i64 {
    by.call("frame", json!({})).await.json()["returned"].as_i64().unwrap()
}

/// A database as an earlier version left it, with one admin and one rule.
async fn from_before(url: &str) {
    let rule = r#"[{"name":"Declines","template":null,"verdict":"decline","signal":null,"declined_relation":false,"share":null}]"#;
    let older = |mut migrator: sqlx::migrate::Migrator| {
        let before: Vec<_> = migrator.iter().filter(|one| one.version < 50).cloned().collect();
        assert!(before.len() < migrator.iter().count());
        migrator.migrations = before.into();
        migrator
    };
    let id = uuid::Uuid::from_u128(7);
    if url.starts_with("sqlite") {
        let pool = sqlx::SqlitePool::connect(&format!("{url}?mode=rwc")).await.unwrap();
        older(sqlx::migrate!("migrations/sqlite")).run(&pool).await.unwrap();
        sqlx::query("INSERT INTO reviewers (id, email, name, role, password_hash, created_at) VALUES ($1, 'a@b.example', 'Ann', 'admin', 'x', '2026-01-01T00:00:00.000000Z')")
            .bind(id).execute(&pool).await.unwrap();
        sqlx::query("INSERT INTO rule_sets (version, rules, reviewer_id, reviewer_name, made_at) VALUES (1, $1, $2, 'Ann', '2026-01-01T00:00:00.000000Z')")
            .bind(rule).bind(id).execute(&pool).await.unwrap();
        pool.close().await;
    } else {
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        older(sqlx::migrate!("migrations/postgres")).run(&pool).await.unwrap();
        sqlx::query("INSERT INTO reviewers (id, email, name, role, password_hash, created_at) VALUES ($1, 'a@b.example', 'Ann', 'admin', 'x', now())")
            .bind(id).execute(&pool).await.unwrap();
        sqlx::query("INSERT INTO rule_sets (version, rules, reviewer_id, reviewer_name, made_at) VALUES (1, CAST($1 AS jsonb), $2, 'Ann', now())")
            .bind(rule).bind(id).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

world_flow! {
    async fn the_status_of_a_case_with_a_hit_is_not_set_by_one_alone_in_a_new_installation(on: On) {
        let mut desk = World::of(&case("world-case.json")).desk(on).await;
        let (admin, maya) = (desk.admin().await, desk.analyst().await);
        let version = rules(&desk, &admin).await["version"].to_string();
        assert_eq!(admin.submit("rule-defaults", &[("version", &version)]).await.status, StatusCode::OK);
        let page = maya.call("case", json!({"id": "case_monitor"})).await.json();
        let version = page["version"].to_string();
        let fields = [("case", "case_monitor"), ("version", version.as_str()), ("status", "Closed"), ("reason", "work-done"), ("comment", "")];
        let set = maya.submit("set-status", &fields).await;
        assert_eq!(set.json()["wanted_by"], json!(["Status of a case with a hit"]), "{}", set.text());
    }
}

flow! {
    async fn a_new_installation_begins_with_rules_and_an_admin_can_take_them_away(desk: Desk) {
        let mut desk = fresh(desk).await;
        let admin = desk.admin().await;
        let begun = rules(&desk, &admin).await;
        let names: Vec<_> = begun["rules"].as_array().unwrap().iter().map(|rule| rule["name"].clone()).collect();
        assert_eq!(names, ["Screening hit", "High-risk country", "Declined account near", "Approval against a failed check", "Status of a case with a hit"]);
        assert_eq!((&begun["version"], &begun["blocks"]), (&json!(1), &json!(["open-differences"])));
        let told = desk.entries("rules.begun", "1").await;
        assert_eq!(told.len(), 1);
        assert!(told[0].fact("rules").unwrap().contains("\"KP\"") && told[0].fact("blocks").as_deref() == Some("open-differences"));
        let page = admin.get("/admin/rules").await.text();
        assert!(page.contains("No analyst can decide. A decision that needs a second reviewer waits"), "it says what is missing");
        assert!(page.contains("one of these countries: KP, IR, MM"));

        // Starting again, also on another replica, adds no second set of rules; a removed rule stays removed.
        let gone = admin.submit("rule-remove", &[("version", "1"), ("name", "Screening hit")]).await;
        assert_eq!(gone.status, StatusCode::OK, "{}", gone.text());
        desk.confirm_changes().await;
        for app in [desk.another().await, desk.another().await] {
            rule::row::begin(&app).await.unwrap();
        }
        let now = rules(&desk, &admin).await;
        assert_eq!((now["version"].as_i64(), now["rules"].as_array().unwrap().len()), (Some(2), 4));
        assert_eq!(desk.entries("rules.begun", "1").await.len(), 1);

        // Missing rules can be added again, and an outdated page changes nothing.
        assert!(admin.get("/admin/rules").await.text().contains("Add missing rules"));
        assert_eq!(admin.submit("rule-defaults", &[("version", "1")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(admin.submit("rule-defaults", &[("version", "2")]).await.status, StatusCode::OK);
        assert_eq!(rules(&desk, &admin).await["rules"].as_array().unwrap().len(), 5);
        let again = admin.submit("rule-defaults", &[("version", "3")]).await;
        assert!(again.text().contains("Nothing would change"), "{}", again.text());
        assert_eq!(admin.submit("rule-blocks", &[("version", "3"), ("hits", "on"), ("failed_checks", "on")]).await.status, StatusCode::OK);
        assert_eq!(rules(&desk, &admin).await["blocks"], json!(["open-differences", "hits", "failed-checks"]));
        desk.confirm_changes().await;
        assert_eq!(rules(&desk, &admin).await["blocks"], json!(["hits", "failed-checks"]));
        assert_eq!(desk.entries("rule.blocks_set", "5").await[0].fact("blocks").as_deref(), Some("hits, failed-checks"));
        assert_eq!(admin.submit("rule-blocks", &[("version", "5")]).await.status, StatusCode::OK);
        desk.confirm_changes().await;
        assert_eq!(rules(&desk, &admin).await["blocks"], json!([]));
    }

    async fn an_installation_from_before_keeps_its_rules(desk: Desk) {
        let folder = tempfile::tempdir().unwrap();
        let url = database(desk.on(), folder.path(), None).await;
        from_before(&url).await;
        let app = desk.on_database(&url).await;
        rule::row::begin(&app).await.unwrap();
        add(&app, AccountManager::shell(), "new@desk.example", "New One", countersign::domain::reviewer::Role::Analyst).await.unwrap();
        let mut conn = app.read().await.unwrap();
        let set = countersign::server::db::rule::current(&mut conn).await.unwrap();
        assert_eq!((set.version, set.made_by.as_deref(), set.blocks.len()), (1, Some("Ann"), 0));
        assert_eq!(set.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["Declines"]);
        let begun: i64 = match &app.db {
            Db::Sqlite { write, .. } => sqlx::query_scalar("SELECT COUNT(*) FROM audit_entries WHERE action = 'rules.begun'").fetch_one(write).await.unwrap(),
            Db::Postgres(pool) => sqlx::query_scalar("SELECT COUNT(*) FROM audit_entries WHERE action = 'rules.begun'").fetch_one(pool).await.unwrap(),
        };
        assert_eq!(begun, 0);
    }

    async fn what_the_panel_says_of_an_open_difference_is_what_refuses_it(desk: Desk) {
        let mut desk = fresh(desk).await.filled().await;
        let (admin, maya, jo) = (desk.admin().await, desk.analyst().await, desk.second_analyst().await);
        let (id, page) = waiting(&desk, &maya, |page| {
            let open = |line: &&Value| line["outcome"].to_string().to_lowercase().contains("differs");
            page["comparisons"].as_array().unwrap().iter().filter(open).count() == 1
        }).await;
        let said = outlook(&page, "approve")["refused"][0].clone();
        let field = said["OpenDifferences"]["fields"][0].as_str().unwrap_or_else(|| panic!("{said}")).to_owned();
        assert_eq!(outlook(&page, "decline")["refused"], json!([]), "a difference is a reason to decline");
        let text = format!("A discrepancy is open: {field}. Explain it, or decline.");
        let html = plain(&maya.get(&format!("/inquiries/{id}")).await.text());
        assert!(html.contains(&format!("Approve” is refused: {text}")), "on first paint, without scripts");

        let refused = desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await;
        assert_eq!((refused.status, &refused.json()["Refused"]), (StatusCode::UNPROCESSABLE_ENTITY, &said));
        assert_eq!(desk.entries("decision.refused", &id).await[0].fact("why").as_deref(), Some("open-differences"));
        // Without scripts the page shows the same text for the refusal.
        let version = page["version"].to_string();
        let form = [("inquiry", id.as_str()), ("version", &version), ("verdict", "approve"), ("reason", "other"), ("comment", "x")];
        let back = maya.post_plain("decide", &format!("/inquiries/{id}"), &form).await;
        let html = plain(&maya.get(&back.header("location").replace("http://127.0.0.1:3000", "")).await.text());
        assert!(html.matches(&text).count() >= 2, "in the panel and in the alert");
        // Sent again from that page with a different mistake: the page shows the new one.
        let from = back.header("location").replace("http://127.0.0.1:3000", "");
        let bare = [("inquiry", id.as_str()), ("version", &version), ("verdict", "decline"), ("reason", "other"), ("comment", "")];
        let back = maya.post_plain("decide", &from, &bare).await;
        let html = plain(&maya.get(&back.header("location").replace("http://127.0.0.1:3000", "")).await.text());
        assert!(html.contains("Write a comment: ") && html.matches(&text).count() == 1, "the newer one");

        // "Cannot be explained" leaves the discrepancy open.
        let resolve = |code: &'static str| {
            let (maya, id, version, field) = (maya.clone(), id.clone(), version.clone(), field.clone());
            async move {
                let fields = [("inquiry", id.as_str()), ("version", &version), ("field", &field), ("resolution", code), ("comment", "x")];
                let reply = maya.submit("discrepancy-resolve", &fields).await;
                assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
            }
        };
        resolve("stands").await;
        assert_eq!(outlook(&desk.inquiry(&maya, &id).await, "approve")["refused"][0], said);
        assert_eq!(desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await.json()["Refused"], said);

        // Once it is explained, the inquiry can be decided. If it is opened again before the countersignature, it
        // cannot.
        resolve("typing-error").await;
        assert_eq!(outlook(&desk.inquiry(&maya, &id).await, "approve")["refused"], json!([]));
        assert_eq!(add_rule(&admin, &desk, &[("name", "All"), ("share", "100")]).await.status, StatusCode::OK);
        let made = desk.decide(&maya, &id, "approve", "discrepancy-explained", "").await.json();
        assert_eq!(made["state"], "awaiting_countersign", "{made}");
        let decision = made["id"].as_str().unwrap();
        let opened = [("inquiry", id.as_str()), ("version", &version), ("field", &field), ("resolution", "stands"), ("comment", "x")];
        assert_eq!(jo.submit("discrepancy-resolve", &opened).await.status, StatusCode::OK);
        assert_eq!(say(&desk, &jo, &id, decision, "countersign", "").await.json()["Refused"], said);
        resolve("typing-error").await;
        assert_eq!(say(&desk, &jo, &id, decision, "countersign", "").await.status, StatusCode::OK);
    }

    async fn what_the_panel_says_of_second_reviewers_is_what_the_decision_asks_for(desk: Desk) {
        let mut desk = fresh(desk).await.filled().await;
        let maya = desk.analyst().await;
        let (mut alone, mut held, mut refused) = (0, 0, 0);
        for id in desk.queue(&maya, "needs_review").await {
            let page = desk.inquiry(&maya, &id).await;
            let approve = outlook(&page, "approve");
            let verdict = if approve["refused"] == json!([]) { "approve" } else { "decline" };
            let said = outlook(&page, verdict);
            let html = plain(&maya.get(&format!("/inquiries/{id}")).await.text());
            if verdict == "decline" {
                refused += 1;
                assert!(html.contains("Approve” is refused: "), "{id}");
                assert_eq!(desk.decide(&maya, &id, "approve", "other", "x").await.json()["Refused"], approve["refused"][0]);
            }
            let asks: Vec<String> = said["asks"].as_array().unwrap().iter().map(|ask| {
                let (rule, unknown) = (ask["rule"].as_str().unwrap(), ask["unknown"].as_array().unwrap());
                let unknown: Vec<&str> = unknown.iter().filter_map(Value::as_str).collect();
                if unknown.is_empty() { rule.to_owned() } else { format!("{rule} ({})", unknown.join(", ")) }
            }).collect();
            let made = desk.decide(&maya, &id, verdict, "other", "Seen").await;
            assert_eq!(made.status, StatusCode::OK, "{}", made.text());
            assert_eq!(made.json()["wanted_by"], json!(asks), "{id}");
            if asks.is_empty() { alone += 1 } else { held += 1 }
            for ask in asks {
                assert!(html.contains(&format!("“{ask}”")), "{ask} is not said in advance");
            }
        }
        assert!(alone > 0 && held > 2 && refused > 0, "{alone} {held} {refused}");
    }

    async fn a_share_is_told_and_what_is_drawn_is_not(desk: Filled) {
        let mut desk = desk;
        let (admin, maya) = (desk.admin().await, desk.analyst().await);
        assert_eq!(add_rule(&admin, &desk, &[("name", "Sample"), ("verdict", "approve"), ("share", "50")]).await.status, StatusCode::OK);
        let ids = desk.queue(&maya, "needs_review").await;
        desk.draw_some_of(&ids, "Sample").await;
        let mut drawn = Vec::new();
        for id in ids {
            let page = desk.inquiry(&maya, &id).await;
            let html = plain(&maya.get(&format!("/inquiries/{id}")).await.text());
            assert_eq!(outlook(&page, "approve")["asks"], json!([{"rule": "Sample", "unknown": [], "share": 50}]));
            assert!(html.contains("Approve” may need a second reviewer: rule “Sample”, drawn at random for 50% of decisions."));
            drawn.push(desk.decide(&maya, &id, "approve", "other", "x").await.json()["wanted_by"] == json!(["Sample"]));
        }
        assert!(drawn.contains(&true) && drawn.contains(&false), "{drawn:?}");
    }

    async fn hits_failed_checks_and_reasons_are_said_and_refused_alike(desk: Filled) {
        let mut desk = desk;
        let (admin, maya) = (desk.admin().await, desk.analyst().await);
        let hit = |page: &Value| page["signals"].as_array().unwrap().iter().any(|signal| signal["label"] == "Watchlist hit");
        let (id, page) = waiting(&desk, &maya, hit).await;
        assert_eq!(outlook(&page, "approve")["refused"], json!([]), "nothing is refused here");
        let html = plain(&maya.get(&format!("/inquiries/{id}")).await.text());
        assert!(html.contains("Not assessed: Watchlist hit ("), "and it is said all the same");
        assert!(html.contains("“All checks passed” does not fit, because not all checks passed: "));
        let version = rules(&desk, &admin).await["version"].to_string();
        assert_eq!(admin.submit("rule-blocks", &[("version", &version), ("hits", "on")]).await.status, StatusCode::OK);
        let page = desk.inquiry(&maya, &id).await;
        let said = outlook(&page, "approve")["by_reason"][0].clone();
        assert!(said["HitsNotAssessed"]["hits"][0].as_str().unwrap().starts_with("Watchlist hit ("), "{said}");
        let refused = desk.decide(&maya, &id, "approve", "other", "x").await;
        assert_eq!((refused.status, &refused.json()["Refused"]), (StatusCode::UNPROCESSABLE_ENTITY, &said));
        assert_eq!(desk.decide(&maya, &id, "approve", "checks-passed", "x").await.json()["Refused"], said);
        assert_eq!(desk.decide(&maya, &id, "approve", "false-positive", "Born 1974").await.status, StatusCode::OK);

        let failed = |page: &Value| page["signals"].as_array().unwrap().iter().any(|signal| signal["label"] == "Expired document");
        let (id, _) = waiting(&desk, &maya, |page| failed(page) && !hit(page)).await;
        let version = rules(&desk, &admin).await["version"].to_string();
        assert_eq!(admin.submit("rule-blocks", &[("version", &version), ("failed_checks", "on")]).await.status, StatusCode::OK);
        desk.confirm_changes().await;
        let said = outlook(&desk.inquiry(&maya, &id).await, "approve")["refused"][0].clone();
        assert!(said["ChecksFailed"]["checks"].as_array().unwrap().iter().any(|check| check.as_str().unwrap().contains("Document not expired")), "{said}");
        assert_eq!(desk.decide(&maya, &id, "approve", "other", "x").await.json()["Refused"], said);
    }

    async fn a_country_holds_a_decision_up_and_a_word_that_is_none_is_refused(desk: Filled) {
        let mut desk = desk;
        let (admin, maya) = (desk.admin().await, desk.analyst().await);
        let bad = add_rule(&admin, &desk, &[("name", "Countries"), ("countries", "KP, Atlantis")]).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bad.text().contains("“Atlantis” is not a country"), "{}", bad.text());
        let (id, page) = waiting(&desk, &maya, |page| page["inquiry"]["fields"].as_array().unwrap().iter().any(|field| field["key"] == "address-country-code")).await;
        let fields = page["inquiry"]["fields"].as_array().unwrap();
        let code = fields.iter().find(|field| field["key"] == "address-country-code").unwrap()["value"].as_str().unwrap().to_owned();
        assert_eq!(add_rule(&admin, &desk, &[("name", "Countries"), ("verdict", "approve-or-decline"), ("countries", &code)]).await.status, StatusCode::OK);
        let page = desk.inquiry(&maya, &id).await;
        assert_eq!(outlook(&page, "approve")["asks"][0]["rule"], "Countries");
        assert_eq!(desk.decide(&maya, &id, "decline", "other", "x").await.json()["wanted_by"], json!(["Countries"]));
    }

    async fn a_case_says_in_advance_what_its_status_needs(desk: Filled) {
        let mut desk = desk;
        let (admin, maya) = (desk.admin().await, desk.analyst().await);
        let cases = maya.call("cases", json!({"filter": {}})).await.json();
        let id = cases["page"]["rows"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/cases/{id}");
        assert!(maya.get(&path).await.text().contains("Set status” needs no second reviewer."));
        assert_eq!(add_rule(&admin, &desk, &[("name", "Statuses"), ("verdict", "set-status")]).await.status, StatusCode::OK);
        assert!(maya.get(&path).await.text().contains("Set status” needs a second reviewer: rule “Statuses”."));
        let version = maya.call("case", json!({"id": id})).await.json()["version"].to_string();
        let fields = [("case", id.as_str()), ("version", &version), ("status", "Closed"), ("reason", "work-done"), ("comment", "")];
        assert_eq!(maya.submit("set-status", &fields).await.json()["wanted_by"], json!(["Statuses"]));
    }

    async fn a_refused_countersign_comes_back_to_its_maker_alone(desk: Filled) {
        let mut desk = desk;
        let before = desk.app.changes.now();
        let (maya, jo, id, decision) = returned(&mut desk).await;
        assert_eq!((came_back(&maya).await, came_back(&jo).await), (1, 0));
        let live = format!("/live?after={before}");
        assert!(maya.first_of(&live, "event: ready").await.contains("event: returned"), "its maker is told at once");
        assert!(!jo.first_of(&live, "event: ready").await.contains("event: returned"), "and nobody else");
        let html = maya.get("/returned").await.text();
        assert!(html.contains("It expires next year") && html.contains("Jo Lindqvist") && html.contains("Dismiss"));
        assert!(jo.get("/returned").await.text().contains("No returned decisions"));
        let page = desk.inquiry(&maya, &id).await;
        assert_eq!((&page["returned"], &page["assignee"]), (&json!(decision), &json!("Maya Okafor")));
        assert!(maya.get(&format!("/inquiries/{id}")).await.text().contains("Returned to you. "));
        assert!(desk.inquiry(&jo, &id).await["returned"].is_null());

        let end = |by: &Visitor, how: &'static str| {
            let (by, decision) = (by.clone(), decision.clone());
            async move { by.submit("return-end", &[("decision", &decision), ("how", how)]).await.status }
        };
        assert_eq!(end(&jo, "dismiss").await, StatusCode::UNPROCESSABLE_ENTITY, "it is not hers");
        assert_eq!(end(&maya, "burn").await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(end(&maya, "dismiss").await, StatusCode::OK);
        assert_eq!(end(&maya, "dismiss").await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(came_back(&maya).await, 0);
        assert_eq!(desk.entries("return.dismissed", &id).await.len(), 1);
        assert_eq!(desk.inquiry(&maya, &id).await["assignee"], "Maya Okafor", "dismissed, it is still theirs to do");
    }

    async fn what_came_back_is_done_when_it_is_released_decided_again_or_decided_elsewhere(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, id, _) = returned(&mut desk).await;
        assert_eq!(maya.submit("claim", &[("inquiry", &id)]).await.status, StatusCode::OK);
        assert_eq!(maya.submit("claim-release", &[("inquiry", &id)]).await.status, StatusCode::OK);
        assert_eq!(came_back(&maya).await, 0);
        assert_eq!(desk.entries("return.released", &id).await.len(), 1);
        assert!(desk.inquiry(&maya, &id).await["assignee"].is_null());

        let again = |why: &'static str| {
            let (desk, maya, jo, id) = (&desk, maya.clone(), jo.clone(), id.clone());
            async move {
                let made = desk.decide(&maya, &id, "decline", "document-expired", why).await.json();
                assert_eq!(came_back(&maya).await, 0, "decided again, it is no work");
                let decision = made["id"].as_str().unwrap().to_owned();
                assert_eq!(say(desk, &jo, &id, &decision, "refuse", "No").await.json()["state"], "refused");
                assert_eq!(came_back(&maya).await, 1);
                decision
            }
        };
        let decision = again("Expired in May").await;
        assert_eq!(maya.submit("return-end", &[("decision", &decision), ("how", "release")]).await.status, StatusCode::OK);
        assert!(desk.inquiry(&maya, &id).await["assignee"].is_null());
        again("Expired in June").await;
        // A colleague decides the inquiry, so its maker has nothing left to do.
        assert_eq!(desk.decide(&jo, &id, "approve", "discrepancy-explained", "").await.status, StatusCode::OK);
        assert_eq!(came_back(&maya).await, 0);

        let other = desk.queue(&maya, "needs_review").await.into_iter().find(|other| *other != id).unwrap();
        let made = desk.decide(&maya, &other, "decline", "document-expired", "x").await.json();
        assert_eq!(say(&desk, &jo, &other, made["id"].as_str().unwrap(), "refuse", "No").await.status, StatusCode::OK);
        assert_eq!(came_back(&maya).await, 1);
        desk.persona("POST", &format!("/inquiries/{other}/approve"), Value::Null).await;
        countersign::server::jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        assert_eq!(came_back(&maya).await, 0);
        assert!(maya.get("/returned").await.text().contains("No returned decisions"));
    }

    async fn news_of_an_open_page_names_a_claim_and_is_no_view(desk: Filled) {
        let mut desk = desk;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        assert_eq!(maya.call("inquiry-news", json!({"id": id})).await.json()["claim"], Value::Null);
        assert_eq!(jo.submit("claim", &[("inquiry", &id)]).await.status, StatusCode::OK);
        let news = maya.call("inquiry-news", json!({"id": id})).await.json();
        assert_eq!(news["claim"]["by_name"], "Jo Lindqvist");
        assert!(desk.entries("inquiry.viewed", &id).await.is_empty(), "asking for news is no view of the evidence");
        // Without a view, the inquiry cannot be decided.
        assert_eq!(jo.submit("claim-release", &[("inquiry", &id)]).await.status, StatusCode::OK);
        let version = news["version"].to_string();
        let form = [("inquiry", id.as_str()), ("version", &version), ("verdict", "approve"), ("reason", "other"), ("comment", "x")];
        assert_eq!(maya.submit("decide", &form).await.json()["Refused"], "NotOpened");
    }
}
