//! Recording how a difference in the evidence was resolved.
use super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::decision::Refusal;
use crate::domain::discrepancy::comparison::values;
use crate::domain::discrepancy::{LONGEST, Resolved, resolution};
use crate::domain::evidence::Evidence;
use crate::domain::id::InquiryId;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
use crate::server::change_feed::ChangeTopic;
use crate::server::db;
use crate::server::{App, Error};

/// Stores the resolution of a difference. `seen` is the version of the evidence on the page.
pub async fn resolve(
    app: &App,
    by: &Permit<permission::Decide>,
    id: InquiryId,
    seen: i64,
    field: String,
    code: String,
    comment: String,
) -> Result<(), Error> {
    let comment = clean(comment.trim());
    if resolution(&code).is_none() {
        return Err(Error::Invalid(
            "Choose how the discrepancy is explained, or that it cannot be explained.".to_owned(),
        ));
    }
    if comment.chars().count() > LONGEST {
        return Err(Error::Invalid(format!(
            "A comment on a discrepancy has at most {LONGEST} characters. Shorten it."
        )));
    }
    if code == "explained" && comment.is_empty() {
        return Err(Error::Invalid("Write down how the person explained the discrepancy.".to_owned()));
    }
    let (now, permit, told) = (app.now(), by.clone(), id.clone());
    app.write(move |tx| {
        Box::pin(async move {
            db::inquiry::lock(tx, &id).await?;
            let row = db::inquiry::by_id(tx, &id).await?.ok_or(Error::NotFound("inquiry"))?;
            if row.version != seen {
                return Err(Error::Refused(Refusal::Stale { seen, now: row.version }));
            }
            let lines = row.evidence.as_ref().map(Evidence::comparisons).unwrap_or_default();
            let line = lines.iter().find(|line| line.label == field && line.resolvable());
            let line = line.ok_or(Error::NotFound("difference"))?;
            let me = permit.reviewer();
            let word = Resolved { field, resolution: code, comment, by: me.name.clone(), at: now, of: values(line) };
            db::discrepancy::put(tx, &id, &word, me.id).await?;
            let draft = Draft::new("discrepancy.resolved", actor(&permit), "inquiry", id.to_string())
                .fact("field", word.field)
                .fact("resolution", word.resolution)
                .fact("version", row.version);
            let draft = if word.comment.is_empty() { draft } else { draft.personal("comment", word.comment) };
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await?;
    app.publish(ChangeTopic::Inquiry, told);
    Ok(())
}
