//! The policy behind the queue: how long inquiries may wait, and how they are dealt.
use super::super::audit::{actor, append};
use super::super::loosening::{policy_entry, propose};
use crate::domain::loosening::Loosening;
use crate::domain::queue::policy::Policy;
use crate::domain::reviewer::{Permit, permission};
use crate::server::db;
use crate::server::{App, Error};

/// Creates the next version of the policy; `seen` is the version that the page showed.
pub async fn set(app: &App, by: &Permit<permission::ManageQueue>, seen: i64, wanted: Policy) -> Result<(), Error> {
    wanted.check().map_err(|bad| Error::Invalid(bad.to_string()))?;
    let (permit, now) = (by.clone(), app.now());
    let set = app
        .write(move |tx| {
            Box::pin(async move {
                let known = db::queue::policy(tx).await?;
                if known.version != seen {
                    return Err(changed_meanwhile());
                }
                let admin = permit.reviewer();
                // Fewer blind reviews are only proposed; everything else takes effect at once.
                let fewer = wanted.blind < known.blind;
                let policy = Policy { version: known.version, blind: known.blind.max(wanted.blind), ..wanted.clone() };
                if !fewer || policy != known {
                    let policy = Policy { version: seen + 1, ..policy };
                    db::queue::insert_policy(tx, &policy, admin.id, &admin.name, now).await?;
                    append(tx, now, policy_entry(actor(&permit), &policy)).await?;
                }
                if fewer {
                    let change = Loosening::Blind { from: known.blind, to: wanted.blind };
                    propose(tx, &permit, change, now).await?;
                }
                Ok(())
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
        "The policy has changed since you opened this page. The current one is shown now. Check it, then try again."
            .to_owned(),
    )
}
