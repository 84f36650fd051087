//! A script that goes through all customers with one reviewer's session.
use std::time::Duration;

use axum::http::StatusCode;

use crate::desk::{Desk, On, Visitor};
use crate::filled::Filled;
use crate::world_flow;

async fn reveal(by: &Visitor, id: &str) -> StatusCode {
    let form = [("kind", "inquiry"), ("subject", id), ("topics", "all"), ("purpose", "review")];
    by.submit("reveal", &form).await.status
}

async fn limited(on: On) -> Desk {
    Filled::configured(on, |config| config.disclosures_per_hour = 2).await
}

world_flow! {
    async fn hidden_values_and_files_of_so_many_people_and_no_more_in_an_hour(on: On) {
        let mut desk = limited(on).await;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let ids = desk.queue(&maya, "needs_review").await;
        assert_eq!(reveal(&maya, &ids[0]).await, StatusCode::OK);
        let file = format!("/inquiries/{}/case-file?purpose=audit", ids[1]);
        assert_eq!(maya.get(&file).await.status, StatusCode::OK);
        // The same inquiries do not count again.
        assert_eq!(reveal(&maya, &ids[0]).await, StatusCode::OK);
        assert_eq!(maya.get(&file).await.status, StatusCode::OK);
        let reply = maya
            .submit("reveal", &[("kind", "inquiry"), ("subject", &ids[2]), ("topics", "all"), ("purpose", "review")])
            .await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reply.text().contains("which is the limit"), "{}", reply.text());
        let other = maya.get(&format!("/inquiries/{}/case-file?purpose=audit", ids[3])).await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(desk.entries("field.revealed", &ids[2]).await.is_empty() && desk.entries("case_file.exported", &ids[3]).await.is_empty());
        let page = desk.inquiry(&maya, &ids[2]).await;
        assert!(page["hidden"].as_array().is_some_and(|hidden| !hidden.is_empty()), "stays hidden: {}", page["hidden"]);
        let told = desk.entries("disclosure.refused", &ids[2]).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].fact("most_per_hour").as_deref(), Some("2"));
        // Other reviewers can continue, and after an hour so can she.
        assert_eq!(reveal(&jo, &ids[2]).await, StatusCode::OK);
        desk.clock.advance(Duration::from_secs(3601));
        let maya = desk.sign_in("analyst@desk.example").await;
        assert_eq!(reveal(&maya, &ids[2]).await, StatusCode::OK);
    }

    async fn reveals_at_once_are_counted_one_by_one(on: On) {
        let mut desk = limited(on).await;
        let maya = desk.analyst().await;
        let ids = desk.queue(&maya, "needs_review").await;
        let all = futures::future::join_all(ids.iter().take(6).map(|id| reveal(&maya, id))).await;
        assert_eq!(all.iter().filter(|status| **status == StatusCode::OK).count(), 2, "{all:?}");
    }
}
