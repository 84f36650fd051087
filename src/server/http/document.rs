//! `GET /documents/{id}/{part}`: a picture of a document or a face, streamed through the desk; with `size=small`, a
//! preview.
//! The browser never learns Persona's link, and each view is recorded. This is the only request that reads from
//! Persona.
use std::sync::OnceLock;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use moka::future::Cache;
use serde::Deserialize;

use super::guard::Require;
use super::preview::{drawn, preview, whole};
use crate::domain::id::{InquiryId, ObjectId};
use crate::domain::picture::{Part, Size, Unshown};
use crate::domain::reviewer::{Permit, permission};
use crate::server::persona::json_api::Resource;
use crate::server::persona::picture::picture_url;
use crate::server::persona::{Failure, PictureStream};
use crate::server::usecase;
use crate::server::{App, Error};

#[derive(Debug, Deserialize)]
pub struct Of {
    inquiry: String,
    #[serde(default)]
    size: Size,
    /// Page of a PDF, counted from 1.
    sheet: Option<u16>,
}

/// Objects read a short time ago: front and back of one document need one read from Persona, and so do two reviewers at
/// the same time. Links are valid for hours; one minute here is enough for a page, and short enough that links are soon
/// forgotten.
fn recent() -> &'static Cache<(usize, ObjectId), Resource> {
    static RECENT: OnceLock<Cache<(usize, ObjectId), Resource>> = OnceLock::new();
    RECENT.get_or_init(|| Cache::builder().max_capacity(256).time_to_live(Duration::from_secs(60)).build())
}

pub async fn picture(
    State(app): State<App>,
    Require(by): Require<permission::ReadEvidence>,
    Path((id, part)): Path<(String, String)>,
    Query(of): Query<Of>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    // Only as a picture within a page: opened as a page of its own, it could be saved or framed elsewhere.
    let purpose = headers.get("sec-fetch-dest").and_then(|value| value.to_str().ok());
    if purpose.is_some_and(|purpose| purpose != "image") {
        return Err(Error::NotFound("page"));
    }
    let id: ObjectId = id.parse().map_err(|_| Error::NotFound("picture"))?;
    let inquiry: InquiryId = of.inquiry.parse().map_err(|_| Error::NotFound("picture"))?;
    let part = Part::parse(&part).ok_or(Error::NotFound("picture"))?;
    usecase::picture::look(&app, &by, inquiry, &id, part, of.sheet, of.size).await?;

    let place = (id.clone(), part, of.sheet.unwrap_or_default(), of.size);
    if let Some(why) = app.unshown.get(&place).await {
        return Err(Error::Unshown(why));
    }
    let picture = open(&app, &id, part, of.sheet.is_some()).await?;
    let kind = picture.kind;
    let shown = match (of.sheet, of.size) {
        (Some(n), size) => drawn(&app, picture, n, size).await.map(|(kind, page)| (kind, Body::from(page))),
        (None, Size::Whole) => whole(picture).await.map(|bytes| (kind, Body::from_stream(bytes))),
        (None, Size::Small) => preview(&app, picture).await.map(|(kind, small)| (kind, Body::from(small))),
    };
    if let Err(Error::Unshown(why)) = &shown
        && *why != Unshown::Slow
    {
        app.unshown.insert(place, *why).await;
    }
    let (kind, body) = shown?;
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_DISPOSITION, "inline"),
        (CACHE_CONTROL, "private, no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok((headers, body).into_response())
}

async fn open(app: &App, id: &ObjectId, part: Part, pdf: bool) -> Result<PictureStream, Error> {
    // The key includes the desk, so that two desks in one process (tests) do not share.
    let key = (std::ptr::from_ref(&**app) as usize, id.clone());
    let object = recent().try_get_with(key, app.persona.with_pictures(id.as_str())).await;
    let object = object.map_err(|failure| Error::Persona(Failure::clone(&failure)))?;
    let link = picture_url(&object, part).ok_or(Error::NotFound("picture"))?;
    Ok(if pdf { app.persona.pdf(&link).await? } else { app.persona.picture(&link).await? })
}

/// Returns, as an error, why a picture cannot be shown. No picture is sent, so no view is recorded.
pub async fn why(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    inquiry: InquiryId,
    id: ObjectId,
    part: &str,
    sheet: Option<u16>,
) -> Result<(), Error> {
    let part = Part::parse(part).ok_or(Error::NotFound("picture"))?;
    usecase::picture::known(app, by, &inquiry, &id, part, sheet).await?;
    // The reason why the last attempt failed.
    for size in [Size::Whole, Size::Small] {
        if let Some(why) = app.unshown.get(&(id.clone(), part, sheet.unwrap_or_default(), size)).await {
            return Err(Error::Unshown(why));
        }
    }
    open(app, &id, part, sheet.is_some()).await.map(|_| ())
}
