//! Viewing a picture of a document or a face: allowed only for pictures that an inquiry of the desk shows, and
//! recorded. Viewing a document means reading what is printed on it.
use super::audit::{actor, append};
use super::reveal;
use crate::domain::audit::Draft;
use crate::domain::evidence::Evidence;
use crate::domain::id::{InquiryId, ObjectId};
use crate::domain::masking::Topic;
use crate::domain::picture::{FileKind, Part, Picture, Size, Unshown};
use crate::domain::reviewer::{Permit, permission};
use crate::server::db;
use crate::server::persona::Failure;
use crate::server::{App, Error};

async fn found(
    app: &App,
    inquiry: &InquiryId,
    id: &ObjectId,
    part: Part,
    sheet: Option<u16>,
) -> Result<(Evidence, Picture), Error> {
    let mut conn = app.read().await?;
    let evidence = db::inquiry::by_id(&mut conn, inquiry).await?.and_then(|row| row.evidence);
    let evidence = evidence.ok_or(Error::NotFound("picture"))?;
    let picture = evidence.picture(id, part).cloned().ok_or(Error::NotFound("picture"))?;
    match picture.kind {
        kind if kind.drawn() && sheet.is_none() => Ok((evidence, picture)),
        FileKind::Pdf if sheet.is_some() => Ok((evidence, picture)),
        kind => Err(Error::Persona(Failure::NotShown(kind))),
    }
}

/// Checks that a picture may be shown. It fails when there is no such picture, when no page can draw the file, or when
/// it is hidden from this reviewer.
pub async fn known(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    inquiry: &InquiryId,
    id: &ObjectId,
    part: Part,
    sheet: Option<u16>,
) -> Result<(), Error> {
    let (_, picture) = found(app, inquiry, id, part, sheet).await?;
    if picture.prints() && app.config.confirm_pictures {
        let mut conn = app.read().await?;
        let mask = reveal::mask(app, &mut conn, by, "inquiry", inquiry.as_str()).await?;
        if !mask.shown.contains(&Topic::Picture) {
            return Err(Error::Unshown(Unshown::Hidden));
        }
    }
    Ok(())
}

/// Records the view of a known picture. The route streams the picture itself.
pub async fn look(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    inquiry: InquiryId,
    id: &ObjectId,
    part: Part,
    sheet: Option<u16>,
    size: Size,
) -> Result<(), Error> {
    let (evidence, picture) = found(app, &inquiry, id, part, sheet).await?;
    if picture.prints() && !reveal::printed(app, by, &inquiry, evidence.told_by(id)).await? {
        return Err(Error::Unshown(Unshown::Hidden));
    }
    let now = app.now();
    let draft = Draft::new("picture.viewed", actor(by), "inquiry", inquiry.to_string())
        .fact("object", id.to_string())
        .fact("part", part.code().into_owned())
        .fact("size", size.as_str());
    let draft = match sheet {
        Some(n) => draft.fact("page", i64::from(n)),
        None => draft,
    };
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}
