//! The list of reasons: adding and retiring reasons, each in a new version of the list.
use super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::reason::{BadReason, Reason, Reasons};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
use crate::server::db;
use crate::server::{App, Error};

pub async fn add(app: &App, by: &Permit<permission::ManageRules>, seen: i64, reason: Reason) -> Result<(), Error> {
    let reason =
        Reason { code: reason.code.trim().to_owned(), label: clean(reason.label.trim()), verdicts: reason.verdicts };
    let draft = Draft::new("reason.added", actor(by), "reason", reason.code.clone())
        .fact("label", reason.label.clone())
        .fact("verdicts", reason.verdicts.join(" "));
    change(app, by, seen, draft, move |reasons| reasons.add(reason)).await
}

/// Retires a reason, so that forms do not offer it any more, or restores it.
pub async fn retire(
    app: &App,
    by: &Permit<permission::ManageRules>,
    seen: i64,
    code: String,
    retired: bool,
) -> Result<(), Error> {
    let action = if retired { "reason.retired" } else { "reason.restored" };
    let draft = Draft::new(action, actor(by), "reason", clean(code.trim()));
    change(app, by, seen, draft, move |reasons| reasons.retire(code.trim(), retired)).await
}

async fn change(
    app: &App,
    by: &Permit<permission::ManageRules>,
    seen: i64,
    draft: Draft,
    change: impl FnOnce(&mut Reasons) -> Result<(), BadReason> + Clone + Send + 'static,
) -> Result<(), Error> {
    let (now, admin) = (app.now(), by.reviewer().clone());
    let changed = app
        .write(move |tx| {
            Box::pin(async move {
                let mut reasons = db::reason::current(tx).await?;
                if reasons.version != seen {
                    return Err(changed_meanwhile());
                }
                change(&mut reasons).map_err(|bad| Error::Invalid(bad.to_string()))?;
                reasons.version += 1;
                db::reason::insert(tx, &reasons, admin.id, &admin.name, now).await?;
                append(tx, now, draft.fact("version", reasons.version)).await.map(|_| ())
            })
        })
        .await;
    match changed {
        Err(Error::Db(error)) if db::is_conflict(&error) => Err(changed_meanwhile()),
        other => other,
    }
}

fn changed_meanwhile() -> Error {
    Error::Invalid(
        "The reasons have changed since you opened this page. The current ones are shown now. Check them, then try again."
            .to_owned(),
    )
}
