//! Deliveries: calls to Persona that wait to be sent, under a lease with a fencing number. One file, because each
//! change depends on the state or the lease that an earlier one stored.
use uuid::Uuid;

use super::{Conn, Json, Result, Sql, Tx, corrupt};
use crate::domain::delivery::{ARRIVES_WITHIN, Action, DeliveryCause};
use crate::domain::id::{AssignmentId, DecisionId, DeliveryId, LinkId};
use crate::domain::time::Timestamp;

#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: DeliveryId,
    pub cause: DeliveryCause,
    pub subject_id: String,
    pub action: Action,
    pub generation: i64,
    pub attempts: i64,
    /// Fencing number of the current lease.
    pub lease: i64,
    /// After this time, another worker may have taken the delivery over.
    pub lease_until: Option<Timestamp>,
    pub first_sent_at: Option<Timestamp>,
    /// When it was last sent, as far as the desk knows.
    pub last_sent_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl Delivery {
    /// Whether no call of this delivery can have arrived before this attempt.
    pub const fn untouched(&self) -> bool {
        self.attempts == 1 && self.generation == 1
    }

    /// Whether it is too late for an earlier attempt to arrive, if Persona shows none yet.
    pub fn has_not_arrived(&self, now: Timestamp) -> bool {
        let sent_at = self.last_sent_at.or(self.first_sent_at.filter(|_| !self.untouched()));
        sent_at.is_none_or(|at| at.plus(ARRIVES_WITHIN) <= now)
    }

    /// Idempotency key: the same for the same decision and generation, however often it is sent.
    pub fn idempotency_key(&self) -> String {
        format!("countersign-{}-{}", self.id, self.generation)
    }

    pub fn decision(&self) -> Option<DecisionId> {
        if let DeliveryCause::Decision(id) = self.cause { Some(id) } else { None }
    }
}

#[derive(serde::Deserialize)]
struct Row {
    id: Uuid,
    decision_id: Option<Uuid>,
    link_id: Option<Uuid>,
    assignment_id: Option<Uuid>,
    subject_id: String,
    action: Json<Action>,
    generation: i64,
    attempts: i64,
    lease: i64,
    lease_until: Option<Timestamp>,
    first_sent_at: Option<Timestamp>,
    last_sent_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl TryFrom<Row> for Delivery {
    type Error = super::Error;
    fn try_from(row: Row) -> Result<Self> {
        let cause = match (row.decision_id, row.link_id, row.assignment_id) {
            (Some(id), ..) => DeliveryCause::Decision(DecisionId(id)),
            (_, Some(id), _) => DeliveryCause::Link(LinkId(id)),
            (.., Some(id)) => DeliveryCause::Assignment(AssignmentId(id)),
            (None, None, None) => return Err(corrupt("cause of a delivery")),
        };
        Ok(Self {
            id: DeliveryId(row.id),
            cause,
            subject_id: row.subject_id,
            action: row.action.0,
            generation: row.generation,
            attempts: row.attempts,
            lease: row.lease,
            lease_until: row.lease_until,
            first_sent_at: row.first_sent_at,
            last_sent_at: row.last_sent_at,
            created_at: row.created_at,
        })
    }
}

/// Stores a delivery. `not_before` is the earliest time at which it may be sent.
pub async fn insert(tx: &mut Tx, delivery: &Delivery, not_before: Timestamp) -> Result<()> {
    let (decision, link, assignment) = match delivery.cause {
        DeliveryCause::Decision(id) => (Some(id.0), None, None),
        DeliveryCause::Link(id) => (None, Some(id.0), None),
        DeliveryCause::Assignment(id) => (None, None, Some(id.0)),
    };
    Sql::new(
        "INSERT INTO deliveries (id, decision_id, link_id, assignment_id, subject_id, action,
         generation, state, attempts,
             not_before, lease, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, $8, 0, $9)",
    )
    .bind(delivery.id.0)
    .bind(decision)
    .bind(link)
    .bind(assignment)
    .bind(&delivery.subject_id)
    .bind(Json(&delivery.action))
    .bind(delivery.generation)
    .bind(not_before)
    .bind(delivery.created_at)
    .execute(tx)
    .await
}

/// Withdraws the delivery of a decision before it was ever sent; `answer` is the message for the maker. Returns false
/// when it is already on its way.
pub async fn withdraw(tx: &mut Tx, decision: DecisionId, now: Timestamp, answer: Option<&str>) -> Result<bool> {
    Sql::new(
        "UPDATE deliveries SET state = 'withdrawn', finished_at = $2, answer = COALESCE($3, answer)
         WHERE decision_id = $1 AND state = 'waiting' AND attempts = 0 AND generation = 1",
    )
    .bind(decision.0)
    .bind(now)
    .bind(answer)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Deletes a delivery that was withdrawn before it was ever sent: the decision waits for its countersign again, and
/// gets a new delivery with it.
pub async fn forget(tx: &mut Tx, decision: DecisionId) -> Result<bool> {
    Sql::new("DELETE FROM deliveries WHERE decision_id = $1 AND state = 'withdrawn'")
        .bind(decision.0)
        .affected(tx)
        .await
        .map(|n| n == 1)
}

/// Leases the most urgent delivery that is due and whose object has none in flight: decisions first, then the oldest.
/// Skips a decision whose maker's or checker's account is disabled, or was when it should have been sent, unless it may
/// have reached Persona already. Takes over an expired lease: its former holder finds another fencing number and may
/// not write.
pub async fn claim(tx: &mut Tx, now: Timestamp, until: Timestamp) -> Result<Option<Delivery>> {
    let row: Option<Row> = Sql::new(
        "UPDATE deliveries SET state = 'sending', lease_until = $2, lease = lease + 1,
         attempts = attempts + 1,
             first_sent_at = COALESCE(first_sent_at, $1)
         WHERE id = (
             SELECT d.id FROM deliveries d
             WHERE d.state IN ('waiting', 'sending')
                 AND ((d.state = 'waiting' AND d.not_before <= $1) OR (d.state = 'sending'
                     AND d.lease_until <= $1))
                 AND NOT (d.decision_id IS NOT NULL AND d.attempts = 0 AND d.generation = 1 AND EXISTS (
                     SELECT 1 FROM decisions x JOIN reviewers r ON r.id IN (x.reviewer_id, x.checker_id)
                     WHERE x.id = d.decision_id AND x.released_at IS NULL
                         AND (r.disabled_at IS NOT NULL OR x.held_for IS NOT NULL)))
                 AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.subject_id = d.subject_id AND o.id <> d.id
                     AND o.state = 'sending' AND o.lease_until > $1)
             ORDER BY CASE WHEN d.decision_id IS NULL THEN 1 ELSE 0 END, d.created_at, d.id LIMIT 1)
         AND (state = 'waiting' OR (state = 'sending' AND lease_until <= $1))
         RETURNING id, decision_id, link_id, assignment_id, subject_id, action, generation, attempts,
             lease, lease_until,
             first_sent_at, last_sent_at, created_at",
    )
    .bind(now)
    .bind(until)
    .fetch_optional(tx)
    .await?;
    row.map(Delivery::try_from).transpose()
}

/// Gives back a delivery that was leased a moment ago, in its former state.
pub async fn put_back(tx: &mut Tx, delivery: &Delivery) -> Result<()> {
    Sql::new(
        "UPDATE deliveries SET state = 'waiting', lease_until = NULL, attempts = attempts - 1,
         first_sent_at = NULL
         WHERE id = $1 AND lease = $2",
    )
    .bind(delivery.id.0)
    .bind(delivery.lease)
    .execute(tx)
    .await
}

/// Gives back a delivery that was leased a moment ago, and sets when it is looked at again.
pub async fn put_off(tx: &mut Tx, delivery: &Delivery, now: Timestamp, until: Timestamp) -> Result<()> {
    put_back(tx, delivery).await?;
    Sql::new(
        "UPDATE deliveries SET not_before = $2, reads_since = COALESCE(reads_since, $3) WHERE id = $1
         AND state = 'waiting'",
    )
    .bind(delivery.id.0)
    .bind(until)
    .bind(now)
    .execute(tx)
    .await
}

/// Since when the delivery could be sent, if it did not wait for something that is being read.
pub async fn reads_since(conn: &mut Conn, delivery: &Delivery) -> Result<Option<Timestamp>> {
    let found: Option<Option<Timestamp>> =
        Sql::new("SELECT reads_since FROM deliveries WHERE id = $1").bind(delivery.id.0).optional_value(conn).await?;
    Ok(found.flatten())
}

/// What happens to a delivery after an attempt.
#[derive(Debug, Clone)]
pub enum Fate {
    Done,
    Failed,
    /// Already decided at Persona by someone else.
    Superseded,
    Unknown,
    /// Not sent: the evidence is no longer what the decision was made on.
    Overtaken,
    /// Sent again at this time, under the same key.
    Again(Timestamp),
    /// Sent again at this time, under a new key. Only after Persona's state was read back.
    Anew(Timestamp),
}

/// What an attempt leaves on the delivery itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct AttemptResult<'a> {
    pub request_id: Option<&'a str>,
    pub answer: Option<&'a str>,
    /// Status of a refusal that an admin has to fix.
    pub refused: Option<u16>,
    /// Counts as if the attempt had never been made.
    pub untried: bool,
    /// The call was made, and may have arrived.
    pub sent: bool,
}

/// Ends the attempt. Returns false when the lease was lost meanwhile; then nothing may be written.
pub async fn settle(
    tx: &mut Tx,
    delivery: &Delivery,
    fate: &Fate,
    now: Timestamp,
    said: AttemptResult<'_>,
) -> Result<bool> {
    let (state, not_before, anew) = match fate {
        Fate::Done => ("done", now, false),
        Fate::Failed => ("failed", now, false),
        Fate::Superseded => ("superseded", now, false),
        Fate::Unknown => ("unknown", now, false),
        Fate::Overtaken => ("withdrawn", now, false),
        Fate::Again(at) => ("waiting", *at, false),
        Fate::Anew(at) => ("waiting", *at, true),
    };
    let finished = (state != "waiting").then_some(now);
    Sql::new(
        "UPDATE deliveries SET state = $3, not_before = $4, generation = generation + $5,
             first_sent_at = CASE WHEN $5 = 1 OR $11 = 1 THEN NULL ELSE first_sent_at END,
             attempts = CASE WHEN $5 = 1 OR $11 = 1 THEN 0 ELSE attempts END,
             last_sent_at = COALESCE($12, last_sent_at),
             lease_until = NULL, reads_since = CASE WHEN $11 = 1 THEN reads_since END,
                 request_id = COALESCE($6, request_id), answer = COALESCE($7, answer), finished_at = $8,
             refused = $9, refused_at = $10
         WHERE id = $1 AND lease = $2 AND state = 'sending'",
    )
    .bind(delivery.id.0)
    .bind(delivery.lease)
    .bind(state)
    .bind(not_before)
    .bind(i64::from(anew))
    .bind(said.request_id)
    .bind(said.answer)
    .bind(finished)
    .bind(said.refused.map(i64::from))
    .bind(said.refused.map(|_| now))
    .bind(i64::from(said.untried))
    .bind(said.sent.then_some(now))
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// The last refusal that an admin has to fix: when, with which message, and how many deliveries wait for the fix.
/// `None` when no delivery waits and a call that changes something has succeeded since.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct DeliveryRefusal {
    pub at: Timestamp,
    pub answer: Option<String>,
    pub waiting: i64,
}

pub async fn refusal(conn: &mut Conn) -> Result<Option<DeliveryRefusal>> {
    Sql::new(
        "SELECT d.refused_at AS at, d.answer,
             (SELECT CAST(COUNT(*) AS BIGINT) FROM deliveries w
              WHERE w.refused IS NOT NULL AND w.state IN ('waiting', 'sending')) AS waiting
         FROM deliveries d
         WHERE d.refused IS NOT NULL AND (d.state IN ('waiting', 'sending')
             OR NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.state = 'done'
                 AND o.finished_at > d.refused_at))
         ORDER BY d.refused_at DESC LIMIT 1",
    )
    .fetch_optional(conn)
    .await
}

/// Makes the deliveries due at once that wait because Persona refused them. `like` is the beginning of the ids of their
/// objects; empty for all.
pub async fn wake_refused(tx: &mut Tx, like: &str, now: Timestamp) -> Result<u64> {
    Sql::new(
        "UPDATE deliveries SET not_before = $1
         WHERE refused IS NOT NULL AND state = 'waiting' AND not_before > $1
             AND substr(subject_id, 1, length($2)) = $2",
    )
    .bind(now)
    .bind(like)
    .affected(tx)
    .await
}

/// Number of deliveries that are not done, and since when the oldest of them waits.
pub async fn backlog(conn: &mut Conn) -> Result<(i64, Option<Timestamp>)> {
    Sql::new("SELECT COUNT(*), MIN(created_at) FROM deliveries WHERE state IN ('waiting', 'sending')")
        .fetch_one(conn)
        .await
}

/// When the next delivery is due.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Timestamp>> {
    Sql::new(
        "SELECT MIN(CASE WHEN state = 'sending' THEN lease_until ELSE not_before END) FROM deliveries
         WHERE state IN ('waiting', 'sending')",
    )
    .value(conn)
    .await
}

pub async fn expire_leases(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Sql::new("UPDATE deliveries SET lease_until = $1 WHERE state = 'sending'").bind(now).affected(tx).await
}
