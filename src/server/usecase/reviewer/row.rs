//! Adds the row of a reviewer.
use unicode_normalization::UnicodeNormalization;

use super::super::audit::append;
use super::account::AccountManager;
use crate::domain::audit::Draft;
use crate::domain::id::ReviewerId;
use crate::domain::name::{looks_like, name_fault};
use crate::domain::reviewer::{Reviewer, Role, email};
use crate::domain::time::Timestamp;
use crate::server::Error;
use crate::server::db::reviewer::By;
use crate::server::db::{self, Tx};
use crate::server::id::new_id;

/// Returns a new row, with address and name in the form that accounts have.
pub(in crate::server::usecase) fn described(
    now: Timestamp,
    address: &str,
    name: &str,
    role: Role,
) -> Result<Reviewer, Error> {
    let address = email(address)
        .ok_or_else(|| Error::Invalid("This is not an e-mail address. Write it like name@example.com.".to_owned()))?;
    let name = name.nfkc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(fault) = name_fault(&name) {
        return Err(Error::Invalid(fault.to_owned()));
    }
    Ok(Reviewer {
        id: ReviewerId(new_id()),
        email: address,
        name,
        role,
        created_at: now,
        disabled_at: None,
        must_change: false,
    })
}

pub(in crate::server::usecase) async fn insert(
    tx: &mut Tx,
    keeper: &AccountManager,
    row: Reviewer,
    password_hash: &str,
) -> Result<(), Error> {
    for other in db::reviewer::all(tx).await? {
        if other.email == row.email {
            return Err(Error::Invalid(
                "There is already an account with this e-mail. Enable it, or change its role.".to_owned(),
            ));
        }
        // Compared here as well, because older accounts have no key in the database.
        if looks_like(&other.name, &row.name) {
            return Err(Error::Invalid(format!(
                "There is already a reviewer with this name, or with one that looks the same ({}). Enter a different name, so that the two can be told apart in the log.",
                other.email
            )));
        }
    }
    let hands = super::super::independence::controllers_of_keeper(tx, keeper).await?;
    match db::reviewer::insert(tx, &row, password_hash, By { who: &keeper.made_by(), hands: &hands }).await {
        Err(error) if db::is_conflict(&error) => {
            return Err(Error::Invalid(
                "A reviewer with this e-mail or this name has just been added. Reload the page to see the account."
                    .to_owned(),
            ));
        }
        other => other?,
    }
    // The rules have to be there before anybody can decide.
    super::super::rule::row::begin_in(tx, row.created_at).await?;
    let draft = Draft::new("reviewer.added", keeper.actor.clone(), "reviewer", row.id.to_string())
        .fact("role", row.role.as_str())
        .fact("name", row.name.clone())
        .personal("email", row.email);
    append(tx, row.created_at, draft).await.map(|_| ())
}
