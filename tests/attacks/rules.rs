//! One admin who removes the rules, has a colleague of their own creation decide, and restores the rules.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::domain::reviewer::Role;
use countersign::server::usecase::loosening;
use serde_json::{Value, json};

use super::accounts::join;
use crate::desk::{Desk, Reply, Visitor};
use crate::filled::Filled;
use crate::flow;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn rules(by: &Visitor) -> Value {
    let reply = by.call("rules", json!({})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()
}

async fn waiting(by: &Visitor) -> Vec<String> {
    let page = rules(by).await;
    page["proposals"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

async fn remove(by: &Visitor, name: &str) -> Reply {
    let version = rules(by).await["current"]["version"].to_string();
    by.submit("rule-remove", &[("version", &version), ("name", name)]).await
}

async fn set_blocks(by: &Visitor, blocks: &[&str]) -> Reply {
    let version = rules(by).await["current"]["version"].to_string();
    let mut fields = vec![("version", version.as_str())];
    fields.extend(blocks.iter().map(|block| (*block, "on")));
    by.submit("rule-blocks", &fields).await
}

async fn set_blind(by: &Visitor, hours: &str, blind: &str) -> Reply {
    let version = rules(by).await["policy"]["version"].to_string();
    let fields = [
        ("version", version.as_str()),
        ("hours", hours),
        ("by_template", ""),
        ("deal", "oldest-due"),
        ("blind", blind),
    ];
    by.submit("policy-set", &fields).await
}

async fn confirm(by: &Visitor, id: &str) -> Reply {
    by.submit("rule-confirm", &[("proposal", id)]).await
}

flow! {
    async fn one_admin_alone_loosens_nothing(desk: Filled) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        let auditor = desk.auditor().await;
        desk.rule(&anna, "Declines", "decline").await;
        assert_eq!(set_blocks(&anna, &["open_differences", "hits"]).await.status, StatusCode::OK);
        assert_eq!(set_blind(&anna, "24", "50").await.status, StatusCode::OK, "what tightens counts at once");
        let before = rules(&anna).await;
        assert_eq!((&before["current"]["blocks"], &before["policy"]["blind"]), (&json!(["open-differences", "hits"]), &json!(50)));

        let one = join(&desk, &anna, "one@desk.example", "Puppet One", "analyst").await;
        let puppet = join(&desk, &anna, "two@desk.example", "Puppet Two", "admin").await;
        for done in [remove(&anna, "Declines").await, set_blocks(&anna, &[]).await, set_blind(&anna, "12", "0").await] {
            assert_eq!(done.status, StatusCode::OK, "{}", done.text());
        }
        assert!(remove(&anna, "Declines").await.text().contains("already proposed"));
        let after = rules(&anna).await;
        assert_eq!((&after["current"], &after["policy"]["blind"]), (&before["current"], &json!(50)));
        assert_eq!(after["policy"]["hours"], 12, "the rest of the policy counts at once");
        let id = desk.queue(&one, "needs_review").await.remove(0);
        let made = desk.decide(&one, &id, "decline", "document-expired", "Expired in May").await;
        assert_eq!(made.json()["state"], "awaiting_countersign", "{}", made.text());

        // Neither she nor the admin whom she created is a second person, and waiting a day does not help while there is
        // one.
        let proposals = waiting(&anna).await;
        assert_eq!(proposals.len(), 3);
        for by in [&anna, &puppet] {
            assert_eq!(confirm(by, &proposals[0]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(confirm(&one, &proposals[0]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(desk.entries("rules.confirm_refused", &proposals[0]).await.len(), 2);
        assert!(after["proposals"].as_array().unwrap().iter().all(|proposal| proposal["alone_at"].is_null()));

        // The auditor who confirms sees who proposed what, and confirms with a plain form.
        let page = auditor.get("/admin/rules").await.text();
        assert!(page.contains("Remove the rule “Declines”") && page.contains("Anna Admin"), "{page}");
        let plain = auditor.post_plain("rule-confirm", "/admin/rules", &[("proposal", &proposals[0])]).await;
        let back = plain.header("location");
        assert!(plain.status == StatusCode::FOUND && back.trim_end_matches('?').ends_with("/admin/rules"), "{back}");
        let now = rules(&anna).await["current"].clone();
        assert_eq!((now["rules"].as_array().unwrap().len(), &now["made_by"]), (0, &json!("Anna Admin, confirmed by Anna Larsen")));
        let told = desk.entries("rule.removed", &now["version"].to_string()).await;
        assert_eq!((told[0].actor_name.as_str(), told[0].fact("proposed_by").as_deref()), ("Anna Larsen", Some("Anna Admin")));
        assert_eq!(confirm(&auditor, &proposals[2]).await.status, StatusCode::OK);
        assert_eq!(rules(&anna).await["policy"]["blind"], 0);
        let cancelled = anna.submit("rule-cancel", &[("proposal", &proposals[1])]).await;
        assert_eq!(cancelled.status, StatusCode::OK, "{}", cancelled.text());
        assert_eq!(desk.entries("rules.proposal_cancelled", &proposals[1]).await.len(), 1);
        assert!(confirm(&auditor, &proposals[1]).await.text().contains("is no longer open"));
        assert_eq!(desk.entries("rules.proposed", &proposals[1]).await.len(), 1);
    }

    async fn where_nobody_could_confirm_it_takes_a_day_and_the_log_says_so(desk: Desk) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        desk.rule(&anna, "Approvals", "approve").await;
        join(&desk, &anna, "two@desk.example", "Puppet Two", "admin").await;
        assert_eq!(remove(&anna, "Declines").await.status, StatusCode::OK);
        assert!(anna.get("/admin/rules").await.text().contains("No one else can confirm it"));
        desk.clock.advance(DAY - Duration::from_secs(60));
        assert_eq!(loosening::due(&desk.app).await.unwrap(), 0);
        desk.clock.advance(Duration::from_secs(120));
        assert_eq!(loosening::due(&desk.app).await.unwrap(), 1);
        let anna = desk.sign_in("anna@desk.example").await;
        let now = rules(&anna).await["current"].clone();
        assert_eq!(now["rules"].as_array().unwrap().len(), 1);
        let told = desk.entries("rule.removed", &now["version"].to_string()).await;
        assert!(told[0].fact("alone").unwrap().contains("one admin did it"));

        // A person who could confirm joins in the meantime: then that person has to confirm.
        assert_eq!(remove(&anna, "Approvals").await.status, StatusCode::OK);
        desk.auditor().await;
        desk.clock.advance(DAY * 2);
        assert_eq!(loosening::due(&desk.app).await.unwrap(), 0);
        let anna = desk.sign_in("anna@desk.example").await;
        assert_eq!(rules(&anna).await["current"]["rules"].as_array().unwrap().len(), 1);
        assert_eq!(waiting(&anna).await.len(), 1);
    }

    async fn an_admin_whom_another_invited_needs_that_one(desk: Desk) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        desk.rule(&anna, "Declines", "decline").await;
        let ben = join(&desk, &anna, "ben@desk.example", "Ben Brown", "admin").await;
        assert_eq!(remove(&ben, "Declines").await.status, StatusCode::OK);
        let proposal = waiting(&anna).await.remove(0);
        assert_eq!(confirm(&ben, &proposal).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        desk.clock.advance(DAY * 2);
        assert_eq!(loosening::due(&desk.app).await.unwrap(), 0);
        let anna = desk.sign_in("anna@desk.example").await;

        // Anna could also use the account that she invited: she agrees, and it takes effect a day later.
        assert_eq!(confirm(&anna, &proposal).await.status, StatusCode::OK);
        assert!(confirm(&anna, &proposal).await.text().contains("agreed to this already"));
        assert_eq!(desk.entries("rules.agreed", &proposal).await.len(), 1);
        let page = anna.get("/admin/rules").await.text();
        assert!(page.contains("agreed, but could also use the account that proposed it"), "{page}");
        assert_eq!(loosening::due(&desk.app).await.unwrap(), 0);
        desk.clock.advance(DAY + Duration::from_secs(60));
        assert_eq!(loosening::due(&desk.app).await.unwrap(), 1);
        let anna = desk.sign_in("anna@desk.example").await;
        let now = rules(&anna).await["current"].clone();
        assert_eq!(now["made_by"], "Ben Brown, agreed to by Anna Admin, after a day");
        let entries = desk.entries("rule.removed", &now["version"].to_string()).await;
        assert!(entries[0].fact("alone").unwrap().contains("Anna Admin agreed, and could also use the account"), "{:?}", entries[0].fact("alone"));
    }

    async fn whoever_removes_the_second_person_first_waits_all_the_same(desk: Desk) {
        let mut desk = desk;
        let anna = desk.reviewer("anna@desk.example", "Anna Admin", Role::Admin).await;
        for (email, how) in [("cleo@desk.example", "role"), ("dan@desk.example", "disable")] {
            desk.reviewer(email, &format!("{how} Admin"), Role::Admin).await;
            let id = desk.id_of(email).await;
            let fields = [("id", id.as_str()), ("role", "analyst")];
            let fields = if how == "role" { &fields[..] } else { &fields[..1] };
            let done = anna.submit(&format!("reviewer-{how}"), fields).await;
            assert_eq!(done.status, StatusCode::OK, "{}", done.text());
            let rule = format!("Rule {how}");
            desk.rule(&anna, &rule, "decline").await;
            assert_eq!(remove(&anna, &rule).await.status, StatusCode::OK);
        }
        let page = rules(&anna).await;
        assert!(page["proposals"].as_array().unwrap().iter().all(|one| one["alone_at"].is_null()), "{}", page["proposals"]);
        desk.clock.advance(DAY * 2);
        assert_eq!(loosening::due(&desk.app).await.unwrap(), 0);
        let anna = desk.sign_in("anna@desk.example").await;
        assert_eq!(rules(&anna).await["current"]["rules"].as_array().unwrap().len(), 2);
        let puppet = join(&desk, &anna, "two@desk.example", "Puppet Two", "auditor").await;
        for proposal in waiting(&anna).await {
            assert_eq!(confirm(&puppet, &proposal).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
}
