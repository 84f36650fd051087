//! The outbox as the database has it: claims with a lease, fencing, one delivery at a time per object.
//! `server/db/delivery.rs` has the same conditions, and the flow tests run them.
use std::time::Duration;

use countersign::domain::delivery::Next;
use countersign::domain::time::Timestamp;

use crate::persona::Verdict;

pub const LEASE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting,
    Sending,
    Done,
    Failed,
    Superseded,
    Unknown,
    Withdrawn,
}

#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub object: usize,
    pub verdict: Verdict,
    pub state: State,
    pub generation: i64,
    pub attempts: u32,
    pub not_before: Timestamp,
    pub lease: u64,
    pub lease_until: Timestamp,
    pub first_sent_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

pub fn claim(rows: &mut [Row], now: Timestamp) -> Option<(usize, Row)> {
    let in_flight = |rows: &[Row], at: usize| {
        rows.iter().enumerate().any(|(other, row)| {
            other != at && row.object == rows[at].object && row.state == State::Sending && row.lease_until > now
        })
    };
    let due = |row: &Row| {
        (row.state == State::Waiting && row.not_before <= now)
            || (row.state == State::Sending && row.lease_until <= now)
    };
    let at =
        (0..rows.len()).filter(|at| due(&rows[*at]) && !in_flight(rows, *at)).min_by_key(|at| rows[*at].created_at)?;
    let row = &mut rows[at];
    row.state = State::Sending;
    row.lease += 1;
    row.lease_until = now.plus(LEASE);
    row.attempts += 1;
    row.first_sent_at = row.first_sent_at.or(Some(now));
    Some((at, *row))
}

/// Returns false if the lease was lost in the meantime.
pub fn settle(row: &mut Row, held: &Row, next: Next, now: Timestamp) -> bool {
    if row.lease != held.lease || row.state != State::Sending {
        return false;
    }
    match next {
        Next::Confirm => row.state = State::Done,
        Next::Fail => row.state = State::Failed,
        Next::Supersede => row.state = State::Superseded,
        Next::AskAPerson => row.state = State::Unknown,
        Next::SameKey { at } => {
            row.state = State::Waiting;
            row.not_before = at;
        }
        Next::NewKey { at } => {
            row.state = State::Waiting;
            row.not_before = at;
            row.generation += 1;
            row.first_sent_at = None;
            row.attempts = 0;
        }
    }
    if row.state != State::Waiting {
        row.finished_at = Some(now);
    }
    true
}

pub fn withdraw(row: &mut Row, now: Timestamp) {
    if row.state == State::Waiting && row.attempts == 0 && row.generation == 1 && now < row.not_before {
        row.state = State::Withdrawn;
        row.finished_at = Some(now);
    }
}
