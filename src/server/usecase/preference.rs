//! The preferences of each reviewer.
use super::queue::view::filter;
use crate::domain::preference::Preferences;
use crate::domain::reviewer::{Permit, permission};
use crate::server::db;
use crate::server::{App, Error};

pub async fn set(app: &App, by: &Permit<permission::SignedIn>, wanted: Preferences) -> Result<(), Error> {
    wanted.check().map_err(|bad| Error::Invalid(bad.to_string()))?;
    let start = wanted.start.as_deref().map(filter).transpose()?;
    let (me, wanted) = (by.reviewer().id, Preferences { start, ..wanted });
    app.write(move |tx| Box::pin(async move { Ok(db::preference::put(tx, me, &wanted).await?) })).await
}
