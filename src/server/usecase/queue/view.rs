//! Saved views of the queue.
use uuid::Uuid;

use super::super::audit::{actor, append};
use super::{asked, parsed};
use crate::domain::audit::Draft;
use crate::domain::id::ReviewerId;
use crate::domain::page_data::queue::ViewRow;
use crate::domain::queue::view::{LONGEST_VIEW_NAME, MOST_VIEWS, VIEWS, View};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
use crate::server::db;
use crate::server::id::new_id;
use crate::server::{App, Error};

/// Longest filter that can be saved, in bytes.
const LONGEST_FILTER: usize = 2000;
/// The navigation shows how many inquiries each view finds, up to this number; the view itself counts on.
const AT_A_GLANCE: i64 = 200;

/// Returns a filter as it is stored: known names in one order, without the cursor.
pub(in crate::server::usecase) fn filter(text: &str) -> Result<String, Error> {
    if text.len() > LONGEST_FILTER {
        return Err(Error::Invalid("These filters are too long to be saved. Remove one first.".to_owned()));
    }
    let mut filter = parsed(&clean(text.trim_start_matches('?')));
    filter.after = None;
    let mut kept = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in filter.pairs() {
        if let Some(value) = value {
            kept.append_pair(name, value);
        }
    }
    Ok(kept.finish())
}

fn name(text: &str) -> Result<String, Error> {
    let text = clean(text.trim());
    if (1..=LONGEST_VIEW_NAME).contains(&text.chars().count()) {
        Ok(text)
    } else {
        Err(Error::Invalid(format!("A view needs a name of 1 to {LONGEST_VIEW_NAME} characters.")))
    }
}

/// Returns the desk's own views, those that are shared with everybody, and this reviewer's, with how much each finds.
pub async fn all(app: &App, by: &Permit<permission::ReadQueue>) -> Result<Vec<ViewRow>, Error> {
    let (me, now) = (by.reviewer().id, app.now());
    let mut conn = app.read().await?;
    let own = VIEWS.iter().map(|(name, filter)| View {
        id: (*name).to_owned(),
        name: (*name).to_owned(),
        filter: (*filter).to_owned(),
        shared: true,
    });
    let saved = db::queue::view::of(&mut conn, me).await?;
    let views: Vec<View> = own.chain(saved).collect();
    let mut filters = Vec::new();
    let concealed = super::super::blind::concealment::concealed(&mut conn, by, now).await?;
    for view in &views {
        filters.push(asked(&mut conn, by.reviewer(), &concealed, &parsed(&view.filter), now).await?);
    }
    let found = db::queue::found(&mut conn, &filters, AT_A_GLANCE).await?;
    let rows = views.into_iter().zip(found).enumerate().map(|(n, (view, found))| ViewRow {
        view,
        built_in: n < VIEWS.len(),
        found: found.min(AT_A_GLANCE),
        more: found > AT_A_GLANCE,
    });
    Ok(rows.collect())
}

/// The same with a code for the search words, which may name a person: a saved view is a URL.
async fn signed(app: &App, text: &str) -> Result<String, Error> {
    let kept = filter(text)?;
    let Some(words) = parsed(&kept).search else { return Ok(kept) };
    let sign = super::super::search_link::sign(app, &words).await?;
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(url::form_urlencoded::parse(kept.as_bytes()).filter(|(name, _)| name != "search"));
    // Appended as it is: its characters need no encoding.
    let rest = pairs.finish();
    Ok(if rest.is_empty() { format!("search={sign}") } else { format!("{rest}&search={sign}") })
}

/// Saves filters under a name, for the reviewer alone.
pub async fn save(app: &App, by: &Permit<permission::ReadQueue>, called: &str, text: &str) -> Result<(), Error> {
    let (called, text) = (name(called)?, signed(app, text).await?);
    let (me, now) = (by.reviewer().id, app.now());
    app.write(move |tx| {
        Box::pin(async move {
            room(tx, me).await?;
            Ok(db::queue::view::insert(tx, new_id(), Some(me), &called, &text, now).await?)
        })
    })
    .await
}

/// Saves filters under a name, for everybody.
pub async fn share(app: &App, by: &Permit<permission::ManageQueue>, called: &str, text: &str) -> Result<(), Error> {
    let (called, text) = (name(called)?, signed(app, text).await?);
    let (permit, now) = (by.clone(), app.now());
    app.write(move |tx| {
        Box::pin(async move {
            room(tx, permit.reviewer().id).await?;
            let id = new_id();
            db::queue::view::insert(tx, id, None, &called, &text, now).await?;
            let draft = Draft::new("view.shared", actor(&permit), "view", id.to_string());
            append(tx, now, draft.fact("name", called).fact("filter", text)).await.map(|_| ())
        })
    })
    .await
}

async fn room(tx: &mut db::Tx, me: ReviewerId) -> Result<(), Error> {
    if db::queue::view::of(tx, me).await?.len() < MOST_VIEWS {
        return Ok(());
    }
    Err(Error::Invalid(format!("At most {MOST_VIEWS} views. Remove one first.")))
}

pub async fn remove(app: &App, by: &Permit<permission::ReadQueue>, id: Uuid) -> Result<(), Error> {
    let me = by.reviewer().id;
    app.write(move |tx| {
        Box::pin(
            async move { db::queue::view::remove(tx, id, Some(me)).await?.map(|_| ()).ok_or(Error::NotFound("view")) },
        )
    })
    .await
}

pub async fn unshare(app: &App, by: &Permit<permission::ManageQueue>, id: Uuid) -> Result<(), Error> {
    let (permit, now) = (by.clone(), app.now());
    app.write(move |tx| {
        Box::pin(async move {
            let called = db::queue::view::remove(tx, id, None).await?.ok_or(Error::NotFound("view"))?;
            let draft = Draft::new("view.unshared", actor(&permit), "view", id.to_string());
            append(tx, now, draft.fact("name", called)).await.map(|_| ())
        })
    })
    .await
}
