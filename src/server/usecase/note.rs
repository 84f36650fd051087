//! Notes: written, struck out, never changed.
use super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::id::{NoteId, ReviewerId};
use crate::domain::note::{LONGEST, Mention, Note, mentioned};
use crate::domain::reviewer::{Permission, Permit, permission};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db;
use crate::server::id::new_id;
use crate::server::{App, Error};

/// Mentions on their page, at most. Older ones are found where they were written.
const MENTIONS: i64 = 200;
/// Notes on the page of their object, at most.
const MOST_SHOWN: i64 = 200;

/// Returns the kind and the topic of an inquiry, case or account that a form names, if it exists.
pub(super) async fn known(conn: &mut db::Conn, kind: &str, id: &str) -> Result<(&'static str, ChangeTopic), Error> {
    let (kind, topic, there) = match kind {
        "inquiry" => {
            let id = id.to_owned().try_into().map_err(|_| Error::NotFound("inquiry"))?;
            ("inquiry", ChangeTopic::Inquiry, db::inquiry::by_id(conn, &id).await?.is_some())
        }
        "case" => {
            let id = id.to_owned().try_into().map_err(|_| Error::NotFound("case"))?;
            ("case", ChangeTopic::Case, db::case::by_id(conn, &id).await?.is_some())
        }
        "account" => {
            let id = id.to_owned().try_into().map_err(|_| Error::NotFound("account"))?;
            ("account", ChangeTopic::Account, db::account::by_id(conn, &id).await?.is_some())
        }
        _ => return Err(Error::NotFound("page")),
    };
    if there { Ok((kind, topic)) } else { Err(Error::NotFound(kind)) }
}

pub async fn add(
    app: &App,
    by: &Permit<permission::Decide>,
    kind: String,
    subject: String,
    body: String,
    restricted: bool,
) -> Result<Note, Error> {
    let body = clean(body.trim());
    if body.is_empty() {
        return Err(Error::Invalid("The note is empty. Write something first.".to_owned()));
    }
    if body.chars().count() > LONGEST {
        return Err(Error::Invalid(format!("A note has at most {LONGEST} characters. Shorten it.")));
    }
    let (now, permit) = (app.now(), by.clone());
    let me = permit.reviewer().clone();
    let (id, author_id, author_name) = (NoteId(new_id()), me.id, me.name);
    let note = Note { id, author_id, author_name, body, restricted, at: now, struck_at: None };
    let (written, told) = (note.clone(), subject.clone());
    let topic = app
        .write(move |tx| {
            Box::pin(async move {
                let (kind, topic) = known(tx, &kind, &subject).await?;
                db::note::insert(tx, kind, &subject, &note).await?;
                let everybody = db::reviewer::all(tx).await?;
                let names = everybody.iter().map(|one| (&one.id, one.name.as_str(), one.email.as_str()));
                let called = mentioned(&note.body, names);
                for one in everybody.iter().filter(|one| called.contains(&one.id) && one.id != note.author_id) {
                    // A reviewer who may not see the object gets no mention of it.
                    if one.disabled_at.is_none() && one.role.may(Permission::ReadEvidence) {
                        db::note::mention(tx, note.id, one.id, now).await?;
                    }
                }
                let called: Vec<String> = called.iter().map(ToString::to_string).collect();
                let draft = Draft::new("note.added", actor(&permit), kind, subject)
                    .fact("note", note.id.to_string())
                    .fact("restricted", note.restricted)
                    .fact("mentions", (!called.is_empty()).then(|| called.join(" ")))
                    .personal("note", note.body);
                append(tx, now, draft).await?;
                Ok(topic)
            })
        })
        .await?;
    app.publish(topic, told);
    Ok(written)
}

/// Returns the notes about an object, newest first, without those that the reviewer may not see.
pub(super) async fn about<P>(conn: &mut db::Conn, by: &Permit<P>, kind: &str, id: &str) -> Result<Vec<Note>, Error> {
    let restricted = by.reviewer().role.may(Permission::ReadRestricted);
    let notes = db::note::about(conn, kind, id, MOST_SHOWN).await?;
    Ok(notes.into_iter().filter(|note| restricted || !note.restricted).collect())
}

/// Returns the notes that mention this reviewer, newest first.
pub async fn mentions(app: &App, by: &Permit<permission::ReadEvidence>) -> Result<(Vec<Mention>, Timestamp), Error> {
    let restricted = by.reviewer().role.may(Permission::ReadRestricted);
    let mut conn = app.read().await?;
    let mentions = db::note::mentions(&mut conn, by.reviewer().id, MENTIONS).await?;
    Ok((mentions.into_iter().filter(|mention| restricted || !mention.note.restricted).collect(), app.now()))
}

/// Marks all mentions as read.
pub async fn read_all(app: &App, by: &Permit<permission::ReadEvidence>) -> Result<(), Error> {
    let (now, who) = (app.now(), by.reviewer().id);
    app.write(move |tx| Box::pin(async move { Ok(db::note::read(tx, who, None, now).await.map(|_| ())?) })).await?;
    app.publish(ChangeTopic::Note, who.to_string());
    Ok(())
}

/// Marks the mentions of this reviewer on an object as read, together with the object.
pub(super) async fn read_about(
    tx: &mut db::Tx,
    who: ReviewerId,
    kind: &str,
    id: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    Ok(db::note::read(tx, who, Some((kind, id)), now).await?)
}

/// Strikes out the reviewer's own note: it is shown as struck out from then on, and its text stays.
pub async fn strike(app: &App, by: &Permit<permission::Decide>, id: NoteId) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    let (topic, told) = app
        .write(move |tx| {
            Box::pin(async move {
                let (kind, subject, author) = db::note::of(tx, id).await?.ok_or(Error::NotFound("note"))?;
                if author != permit.reviewer().id {
                    return Err(Error::Invalid("Only the author of a note can strike it out.".to_owned()));
                }
                let (kind, topic) = known(tx, &kind, &subject).await?;
                if db::note::strike(tx, id, now).await? {
                    let draft = Draft::new("note.struck", actor(&permit), kind, subject.clone());
                    append(tx, now, draft.fact("note", id.to_string())).await?;
                }
                Ok((topic, subject))
            })
        })
        .await?;
    app.publish(topic, told);
    Ok(())
}
