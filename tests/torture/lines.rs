//! The id of a request connects an entry of the log with the server's own log lines.
use countersign::domain::export::Filter;
use countersign::server::db;
use persona_sandbox::Options;
use reqwest::StatusCode;
use serde_json::Value;

use crate::desk::{On, Torture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_request_of_an_entry_stands_in_a_line_of_the_server() {
    let mut torture = Torture::new(On::Sqlite, 1, 10, Options::default()).await;
    torture.start(0).await;
    torture.sign_in().await;
    let (url, inquiry) = (torture.url(0), torture.waiting().await.remove(0));
    let said = torture.reviewer(0).decide(&url, &inquiry, "decline").await;
    assert_eq!(said.status, Some(StatusCode::OK), "{}", said.body);
    torture.drained().await;
    torture.stop(0).await;
    let log = std::fs::read_to_string(torture.folder().join("desk.log")).unwrap();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let app = torture.app().await;
    for action in ["decision.made", "inquiry.viewed", "session.used"] {
        let filter = Filter { action: Some(action.to_owned()), ..Filter::default() };
        let entry = db::audit::page(&mut app.read().await.unwrap(), &filter, None, 1).await.unwrap().remove(0);
        let body: Value = serde_json::from_str(&entry.body).unwrap();
        let request = body["actor"]["request"].as_str().unwrap();
        let line =
            lines.iter().find(|line| line["fields"]["entry"] == entry.seq).unwrap_or_else(|| panic!("{action}: {log}"));
        assert_eq!(
            (line["fields"]["request"].as_str(), line["fields"]["action"].as_str()),
            (Some(request), Some(action))
        );
        assert_eq!(line["span"]["request_id"].as_str(), Some(request), "{line}");
    }
    // No line contains the comments of reviewers or their names.
    assert!(
        !log.contains("Seen, and decided.") && !log.contains("analyst0@desk.example") && !log.contains("Analyst 0")
    );
}
