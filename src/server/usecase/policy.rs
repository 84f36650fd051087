//! The policy behind the queue: how long inquiries may wait, and how they are dealt.
use super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::queue::Policy;
use crate::domain::reviewer::{Permit, can};
use crate::server::db;
use crate::server::{App, Error};

/// Makes the next version of the policy; `seen` is the one that the page showed.
pub async fn set(app: &App, by: &Permit<can::ManageQueue>, seen: i64, wanted: Policy) -> Result<(), Error> {
    wanted.check().map_err(|bad| Error::Invalid(bad.to_string()))?;
    let (permit, now) = (by.clone(), app.now());
    let set = app
        .write(move |tx| {
            Box::pin(async move {
                if db::queue::policy(tx).await?.version != seen {
                    return Err(changed_meanwhile());
                }
                let policy = Policy { version: seen + 1, ..wanted };
                let admin = permit.reviewer();
                db::queue::insert_policy(tx, &policy, admin.id, &admin.name, now).await?;
                let own: Vec<String> =
                    policy.by_template.iter().map(|(template, hours)| format!("{template}: {hours}")).collect();
                let draft = Draft::new("policy.changed", actor(&permit), "policy", policy.version.to_string())
                    .fact("hours", i64::from(policy.hours))
                    .fact("by_template", own.join(", "))
                    .fact("deal", policy.deal.as_str())
                    .fact("blind", i64::from(policy.blind));
                append(tx, now, draft).await.map(|_| ())
            })
        })
        .await;
    match set {
        Err(Error::Db(error)) if db::is_conflict(&error) => Err(changed_meanwhile()),
        other => {
            app.wake.rank.notify_one();
            other
        }
    }
}

fn changed_meanwhile() -> Error {
    Error::Invalid(
        "Somebody changed the policy while you were reading it. It stands here as it is now; look again.".to_owned(),
    )
}
