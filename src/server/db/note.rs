//! Notes of reviewers, mentions, and reveals.
use uuid::Uuid;

use super::{Conn, Result, Sql, Tx};
use crate::domain::id::{NoteId, ReviewerId};
use crate::domain::masking::Topic;
use crate::domain::note::{Mention, Note};
use crate::domain::time::Timestamp;

#[derive(serde::Deserialize)]
struct Row {
    id: Uuid,
    author_id: Uuid,
    author_name: String,
    body: String,
    restricted: i64,
    at: Timestamp,
    struck_at: Option<Timestamp>,
}

impl From<Row> for Note {
    fn from(row: Row) -> Self {
        let Row { id, author_id, author_name, body, restricted, at, struck_at } = row;
        let (id, author_id) = (NoteId(id), ReviewerId(author_id));
        Self { id, author_id, author_name, body, restricted: restricted == 1, at, struck_at }
    }
}

pub async fn insert(tx: &mut Tx, kind: &str, subject: &str, note: &Note) -> Result<()> {
    Sql::new(
        "INSERT INTO notes (id, subject_kind, subject_id, author_id, author_name, body, restricted, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(note.id.0)
    .bind(kind)
    .bind(subject)
    .bind(note.author_id.0)
    .bind(&note.author_name)
    .bind(&note.body)
    .bind(i64::from(note.restricted))
    .bind(note.at)
    .execute(tx)
    .await
}

/// Notes about one object, newest first.
pub async fn about(conn: &mut Conn, kind: &str, subject: &str, limit: i64) -> Result<Vec<Note>> {
    let rows: Vec<Row> = Sql::new(
        "SELECT id, author_id, author_name, body, restricted, at, struck_at FROM notes
         WHERE subject_kind = $1 AND subject_id = $2 ORDER BY at DESC, id DESC LIMIT $3",
    )
    .bind(kind)
    .bind(subject)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Note::from).collect())
}

/// Records that a note mentions a reviewer.
pub async fn mention(tx: &mut Tx, note: NoteId, reviewer: ReviewerId, at: Timestamp) -> Result<()> {
    Sql::new("INSERT INTO mentions (note_id, reviewer_id, at) VALUES ($1, $2, $3)")
        .bind(note.0)
        .bind(reviewer.0)
        .bind(at)
        .execute(tx)
        .await
}

#[derive(serde::Deserialize)]
struct Called {
    note: Row,
    subject_kind: String,
    subject_id: String,
    subject_name: Option<String>,
    read_at: Option<Timestamp>,
}

/// Notes that mention a reviewer, newest first.
pub async fn mentions(conn: &mut Conn, reviewer: ReviewerId, limit: i64) -> Result<Vec<Mention>> {
    let rows: Vec<Called> = Sql::new(
        "SELECT n.id, n.author_id, n.author_name, n.body, n.restricted, n.at, n.struck_at,
         n.subject_kind,
                 n.subject_id, COALESCE(i.subject, c.name) AS subject_name, m.read_at
             FROM mentions m JOIN notes n ON n.id = m.note_id
                 LEFT JOIN inquiries i ON n.subject_kind = 'inquiry' AND i.id = n.subject_id
                 LEFT JOIN cases c ON n.subject_kind = 'case' AND c.id = n.subject_id
             WHERE m.reviewer_id = $1 ORDER BY m.at DESC, m.note_id DESC LIMIT $2",
    )
    .bind(reviewer.0)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Mention {
            note: row.note.into(),
            kind: row.subject_kind,
            subject: row.subject_id,
            name: row.subject_name,
            read_at: row.read_at,
        })
        .collect())
}

pub async fn unread(conn: &mut Conn, reviewer: ReviewerId) -> Result<i64> {
    Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM mentions WHERE reviewer_id = $1 AND read_at IS NULL")
        .bind(reviewer.0)
        .value(conn)
        .await
}

/// Marks mentions as read: those about one object, or all. Returns whether one was unread.
pub async fn read(tx: &mut Tx, reviewer: ReviewerId, about: Option<(&str, &str)>, now: Timestamp) -> Result<bool> {
    let (kind, subject) = about.unzip();
    Sql::new(
        "UPDATE mentions SET read_at = $1 WHERE reviewer_id = $2 AND read_at IS NULL
         AND (CAST($3 AS TEXT) IS NULL
             OR note_id IN (SELECT id FROM notes WHERE subject_kind = $3 AND subject_id = $4))",
    )
    .bind(now)
    .bind(reviewer.0)
    .bind(kind)
    .bind(subject)
    .affected(tx)
    .await
    .map(|n| n > 0)
}

/// The subject of a note and its author.
pub async fn of(conn: &mut Conn, id: NoteId) -> Result<Option<(String, String, ReviewerId)>> {
    let row: Option<(String, String, Uuid)> =
        Sql::new("SELECT subject_kind, subject_id, author_id FROM notes WHERE id = $1")
            .bind(id.0)
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(kind, subject, author)| (kind, subject, ReviewerId(author))))
}

/// Strikes a note out. Returns false when it was struck out before.
pub async fn strike(tx: &mut Tx, id: NoteId, now: Timestamp) -> Result<bool> {
    Sql::new("UPDATE notes SET struck_at = $2 WHERE id = $1 AND struck_at IS NULL")
        .bind(id.0)
        .bind(now)
        .affected(tx)
        .await
        .map(|n| n == 1)
}

/// Lets a reviewer see a topic of an object until a time.
pub async fn reveal(
    tx: &mut Tx,
    reviewer: ReviewerId,
    (kind, subject): (&str, &str),
    topic: Topic,
    purpose: &str,
    until: Timestamp,
) -> Result<()> {
    Sql::new(
        "INSERT INTO reveals (reviewer_id, subject_kind, subject_id, topic, purpose, until)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (reviewer_id, subject_kind, subject_id, topic) DO UPDATE
             SET purpose = excluded.purpose,
             until = excluded.until",
    )
    .bind(reviewer.0)
    .bind(kind)
    .bind(subject)
    .bind(topic.as_str())
    .bind(purpose)
    .bind(until)
    .execute(tx)
    .await
}

/// The topics of an object that a reviewer may see now.
pub async fn revealed(
    conn: &mut Conn,
    reviewer: ReviewerId,
    kind: &str,
    subject: &str,
    now: Timestamp,
) -> Result<Vec<Topic>> {
    let topics: Vec<String> = Sql::new(
        "SELECT topic FROM reveals WHERE reviewer_id = $1 AND subject_kind = $2 AND subject_id = $3
         AND until > $4",
    )
    .bind(reviewer.0)
    .bind(kind)
    .bind(subject)
    .bind(now)
    .values(conn)
    .await?;
    Ok(topics.iter().filter_map(|topic| Topic::parse(topic)).collect())
}

pub async fn drop_reveals(tx: &mut Tx, before: Timestamp) -> Result<()> {
    Sql::new("DELETE FROM reveals WHERE until < $1").bind(before).execute(tx).await
}
