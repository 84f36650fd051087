//! Looking at a picture of a document or a face: allowed only for what an inquiry of the desk shows, and recorded.
use super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::id::{InquiryId, ObjectId};
use crate::domain::picture::{Part, Size};
use crate::domain::reviewer::{Permit, can};
use crate::server::db;
use crate::server::persona::Failure;
use crate::server::{App, Error};

/// Says yes, or that there is no such picture, or that it is a file that no page can draw.
pub async fn known(
    app: &App,
    _by: &Permit<can::ReadEvidence>,
    inquiry: &InquiryId,
    id: &ObjectId,
    part: Part,
) -> Result<(), Error> {
    let mut conn = app.read().await?;
    let evidence = db::inquiry::by_id(&mut conn, inquiry).await?.and_then(|row| row.evidence);
    let picture = evidence.as_ref().and_then(|evidence| evidence.picture(id, part));
    match picture.ok_or(Error::NotFound("picture"))?.kind {
        kind if kind.drawn() => Ok(()),
        kind => Err(Error::Persona(Failure::NotShown(kind))),
    }
}

/// Records the look at what is known. The picture itself is streamed by the route.
pub async fn look(
    app: &App,
    by: &Permit<can::ReadEvidence>,
    inquiry: InquiryId,
    id: ObjectId,
    part: Part,
    size: Size,
) -> Result<(), Error> {
    known(app, by, &inquiry, &id, part).await?;
    let now = app.now();
    let draft = Draft::new("picture.viewed", actor(by), "inquiry", inquiry.to_string())
        .fact("object", id.to_string())
        .fact("part", part.code().into_owned())
        .fact("size", size.as_str());
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}
