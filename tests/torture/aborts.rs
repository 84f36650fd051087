//! R13: clients disconnect at any moment. No transaction stays open, and no commit is lost.
use std::time::Duration;

use persona_sandbox as sandbox;
use reqwest::StatusCode;
use tokio::io::AsyncWriteExt;

use crate::desk::{On, Torture};
use crate::{Draw, count};

async fn aborts(on: On, aborts: u64) {
    let mut draw = Draw::new(count("TORTURE_SEED", 1));
    let mut desk = Torture::new(on, 1, u32::try_from(aborts * 4 + 200).unwrap(), sandbox::Options::default()).await;
    desk.start(0).await;
    desk.sign_in().await;
    let mut waiting = desk.waiting().await;
    let mut said = Vec::new();
    for n in 0..aborts {
        let Some(inquiry) = waiting.pop() else { break };
        // Calls by a script do not extend a session, so sign in again.
        if n % 1000 == 999 {
            desk.sign_in().await;
        }
        desk.reviewer(usize::try_from(n % 8).unwrap()).look(&desk.url(0), &inquiry).await;
        let body = format!("inquiry={inquiry}&version=1&verdict=approve&reason=other&comment=Seen");
        let request = format!(
            "POST /api/decide HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {}\r\nsec-fetch-site: same-origin\r\naccept: application/json\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            desk.cookies[usize::try_from(n % 8).unwrap()],
            body.len()
        );
        let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", desk.ports[0])).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_micros(draw.below(6_000))).await;
        drop(socket);
        // In between, a client that stays connected: its commit must not be discarded together with another client's
        // transaction.
        if n % 5 == 0
            && let Some(inquiry) = waiting.pop()
        {
            let answer = desk.reviewer(0).decide(&desk.url(0), &inquiry, "approve").await;
            assert_eq!(answer.status, Some(StatusCode::OK), "{}", answer.body);
            said.push(answer);
        }
    }
    if on == On::Postgres {
        let text = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'countersign' AND state LIKE 'idle in transaction%' AND now() - state_change > interval '1 second'";
        assert_eq!(desk.number(text).await, 0);
    }
    // An aborted request may still commit what it began. A stopped desk commits nothing more, and the next one delivers
    // it.
    desk.stop(0).await;
    desk.start(0).await;
    desk.drained().await;
    let made = desk.agree(&said).await;
    println!("{on:?}: {aborts} aborted requests, {} answered in between, {made} decisions, each once", said.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_up_takes_nothing_along_sqlite() {
    aborts(On::Sqlite, count("ABORTS", 60)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_up_takes_nothing_along_postgres() {
    aborts(On::Postgres, count("ABORTS", 60)).await;
}
