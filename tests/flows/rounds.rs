//! In every round of the desk's background work, a row that fails does not delay the others.
use std::time::Duration;

use axum::http::StatusCode;
use countersign::domain::id::{AccountId, InquiryId};
use countersign::server::{db, jobs};
use serde_json::json;

use crate::desk::Desk;
use crate::filled::Filled;
use crate::flow;

async fn arrives(desk: &Desk, id: &str) {
    let at = desk.app.now().to_millis_text();
    let inquiry = json!({"data": {"type": "inquiry", "id": id, "attributes": {
        "status": "needs_review", "tags": [], "created-at": at, "updated-at": at, "fields": {}}}, "included": []});
    let event = json!({"data": {"type": "event", "id": format!("evt_{id}"), "attributes": {
        "name": "inquiry.created", "created-at": at, "payload": inquiry}}});
    assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
}

flow! {
    async fn evidence_of_one_that_cannot_be_kept(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let ids: Vec<InquiryId> = desk.queue(&analyst, "needs_review").await.into_iter().take(3).map(|id| id.parse().unwrap()).collect();
        let (wanted, at) = (ids.clone(), desk.app.now());
        desk.app
            .write(move |tx| {
                Box::pin(async move {
                    for id in &wanted {
                        db::inquiry::backlog::want_evidence(tx, id, at).await?;
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
        desk.refuses("inquiries", "UPDATE OF evidence", &format!("NEW.id = '{}'", ids[0])).await;
        jobs::evidence::run(&desk.app).await.unwrap();
        let mut conn = desk.app.read().await.unwrap();
        let mut rows = Vec::new();
        for id in &ids {
            rows.push(db::inquiry::by_id(&mut conn, id).await.unwrap().unwrap());
        }
        assert!(rows[0].evidence_wanted_at.is_some_and(|again| again > at), "tried again later");
        assert!(rows[0].evidence_error.as_deref().is_some_and(|why| why.contains("could not store")), "{:?}", rows[0].evidence_error);
        assert!(rows[1..].iter().all(|row| row.evidence_wanted_at.is_none() && row.evidence_error.is_none()), "the others are read");
    }

    // Evidence of past years is read after what a reviewer opens and what waits for a decision, however long it has
    // been wanted.
    async fn evidence_is_read_of_the_opened_first_and_of_history_last(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let of = |all: Vec<String>| all.into_iter().map(|id| id.parse::<InquiryId>().unwrap()).collect::<Vec<_>>();
        let waiting = of(desk.queue(&analyst, "needs_review").await);
        let history: Vec<_> = of(desk.queue(&analyst, "approved").await).into_iter().take(3).collect();
        assert!(waiting.len() > 3 && history.len() == 3);
        let (opened, waits) = (history[2].clone(), waiting[0].clone());
        let all: Vec<_> = [history[0].clone(), history[1].clone(), opened.clone(), waits.clone()].into();
        for id in &all {
            let id = id.clone();
            let at = desk.app.now();
            desk.app.write(move |tx| Box::pin(async move { Ok(db::inquiry::backlog::want_evidence(tx, &id, at).await?) })).await.unwrap();
            desk.clock.advance(Duration::from_secs(7200));
        }
        let analyst = desk.sign_in("analyst@desk.example").await;
        desk.inquiry(&analyst, opened.as_str()).await;
        let mut conn = desk.app.read().await.unwrap();
        let order = db::inquiry::backlog::wanted(&mut conn, desk.app.now(), 10).await.unwrap();
        let expected = [(opened, true), (waits, false), (history[0].clone(), false), (history[1].clone(), false)];
        assert_eq!(order, expected);
    }

    async fn relations_of_one_that_cannot_be_kept(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let mut accounts: Vec<AccountId> = Vec::new();
        for id in desk.queue(&analyst, "needs_review").await {
            if let Some(account) = desk.inquiry(&analyst, &id).await["inquiry"]["account_id"].as_str() {
                accounts.push(account.parse().unwrap());
            }
        }
        accounts.sort();
        accounts.dedup();
        accounts.truncate(3);
        let (wanted, at) = (accounts.clone(), desk.app.now());
        desk.app
            .write(move |tx| {
                Box::pin(async move {
                    for account in &wanted {
                        db::relation::want_crawl_soon(tx, account, at).await?;
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
        desk.refuses("relation_crawls", "UPDATE OF crawled_at", &format!("NEW.account_id = '{}'", accounts[0])).await;
        jobs::relations::run(&desk.app).await.unwrap();
        let mut conn = desk.app.read().await.unwrap();
        let mut crawls = Vec::new();
        for account in &accounts {
            crawls.push(db::relation::crawl(&mut conn, account).await.unwrap().unwrap());
        }
        assert!(crawls[0].error.is_some() && crawls[0].wanted_at.is_some_and(|again| again > at), "{:?}", crawls[0]);
        assert!(crawls[1..].iter().all(|crawl| crawl.wanted_at.is_none() && crawl.error.is_none()), "{crawls:?}");
    }

    async fn an_event_that_cannot_be_applied(desk: Desk) {
        desk.refuses("inquiries", "INSERT", "NEW.id = 'inq_refused'").await;
        for id in ["inq_refused", "inq_one", "inq_other"] {
            arrives(&desk, id).await;
        }
        jobs::apply_webhooks::run(&desk.app).await.unwrap();
        let mut conn = desk.app.read().await.unwrap();
        assert_eq!(db::webhook::failed(&mut conn, 9).await.unwrap().len(), 1, "it is laid aside for a person");
        for id in ["inq_one", "inq_other"] {
            assert!(db::inquiry::by_id(&mut conn, &id.parse().unwrap()).await.unwrap().is_some(), "{id}");
        }
    }

    async fn a_place_in_the_queue_that_cannot_be_written(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin) = (desk.analyst().await, desk.admin().await);
        let ids = desk.queue(&analyst, "needs_review").await;
        let policy = [("version", "0"), ("hours", "7"), ("by_template", ""), ("deal", "oldest-due"), ("blind", "0")];
        assert_eq!(admin.submit("policy-set", &policy).await.status, StatusCode::OK);
        desk.refuses("inquiries", "UPDATE OF due_at", &format!("NEW.id = '{}'", ids[0])).await;
        jobs::queue::run(&desk.app).await.unwrap();
        let mut conn = desk.app.read().await.unwrap();
        assert!(db::queue::unranked(&mut conn, 1, 10).await.unwrap().is_empty(), "all others are placed");
    }

    async fn one_of_a_list_that_cannot_be_kept(desk: Desk) {
        desk.refuses("inquiries", "INSERT", "NEW.status = 'declined'").await;
        jobs::sync::run(&desk.app).await.unwrap();
        let mut desk = desk;
        let analyst = desk.analyst().await;
        assert!(!desk.queue(&analyst, "approved").await.is_empty(), "the others of the page");
        assert!(desk.queue(&analyst, "declined").await.is_empty());
    }
}
