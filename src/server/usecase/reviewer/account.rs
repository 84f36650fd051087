//! Who manages accounts, and what is known of them.
use super::super::audit::actor;
use crate::domain::audit::Actor;
use crate::domain::id::ReviewerId;
use crate::domain::reviewer::provenance::{DEMO, SHELL};
use crate::domain::reviewer::{Permit, Reviewer, Role, permission};
use crate::server::db::{self, Conn, Tx};
use crate::server::{App, Error};

/// Who manages accounts: an admin at the desk, the person who has the shell, or the demo.
#[derive(Debug, Clone)]
pub struct AccountManager {
    pub(in crate::server::usecase) actor: Actor,
    made_by: String,
}

impl From<&Permit<permission::ManageReviewers>> for AccountManager {
    fn from(permit: &Permit<permission::ManageReviewers>) -> Self {
        Self { actor: actor(permit), made_by: permit.reviewer().id.to_string() }
    }
}

impl AccountManager {
    pub fn shell() -> Self {
        Self { actor: Actor::System { part: SHELL }, made_by: SHELL.to_owned() }
    }

    /// The demo. Its accounts are for trying out: their passwords need not be changed, and they are not confirmed.
    pub fn demo() -> Self {
        Self { actor: Actor::System { part: DEMO }, made_by: DEMO.to_owned() }
    }

    /// The person who vouches for an account. They create none.
    pub(in crate::server::usecase) fn confirming(by: &Permit<permission::ConfirmChanges>) -> Self {
        Self { actor: actor(by), made_by: by.reviewer().id.to_string() }
    }

    /// Returns the key under which accounts store their creator.
    pub(in crate::server::usecase) fn made_by(&self) -> String {
        self.made_by.clone()
    }

    /// Returns the admin at the desk; `None` for the shell and the demo.
    pub(in crate::server::usecase) fn id(&self) -> Option<ReviewerId> {
        self.made_by.parse().ok()
    }

    pub(in crate::server::usecase) fn is(&self, id: ReviewerId) -> bool {
        self.made_by == id.to_string()
    }
}

pub(super) fn is_admin(reviewer: &Reviewer) -> bool {
    reviewer.role == Role::Admin && reviewer.disabled_at.is_none()
}

/// Returns the name of an account's creator for people to read.
pub(in crate::server::usecase) fn maker_name(reviewers: &[Reviewer], key: &str) -> String {
    let found = reviewers.iter().find(|reviewer| reviewer.id.to_string() == key);
    found.map_or_else(|| format!("the {key}"), |reviewer| reviewer.name.clone())
}

/// Returns the name of a reviewer, or the ID if the reviewer is not known.
pub(in crate::server::usecase) async fn named_or_id(tx: &mut Tx, id: ReviewerId) -> Result<String, Error> {
    Ok(db::reviewer::by_id(tx, id).await?.map_or_else(|| id.to_string(), |reviewer| reviewer.name))
}

/// Returns the reviewers to whom work can be assigned.
pub(in crate::server::usecase) async fn analysts(conn: &mut Conn) -> Result<Vec<(ReviewerId, String)>, Error> {
    let all = db::reviewer::all(conn).await?;
    Ok(all.into_iter().filter(decides).map(|reviewer| (reviewer.id, reviewer.name)).collect())
}

/// Returns a reviewer to whom work can be assigned, or an error that says why not.
pub(in crate::server::usecase) async fn who_decides(conn: &mut Conn, id: ReviewerId) -> Result<Reviewer, Error> {
    let found = db::reviewer::by_id(conn, id).await?.ok_or(Error::NotFound("reviewer"))?;
    if !decides(&found) {
        return Err(Error::Invalid(format!("{} cannot decide, so nothing can be assigned to them.", found.name)));
    }
    Ok(found)
}

fn decides(reviewer: &Reviewer) -> bool {
    reviewer.role == Role::Analyst && reviewer.disabled_at.is_none()
}

pub async fn all(app: &App, _keeper: &AccountManager) -> Result<Vec<Reviewer>, Error> {
    let mut conn = app.read().await?;
    Ok(db::reviewer::all(&mut conn).await?)
}
