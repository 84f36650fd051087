//! What a blind reviewer must not see.
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::blind::SAMPLE;
use crate::domain::decision::state::State;
use crate::domain::decision::{Decision, Refusal, Subject, Verdict};
use crate::domain::draw::Draw;
use crate::domain::id::{InquiryId, ReviewerId};
use crate::domain::reviewer::{Permission, Permit};
use crate::domain::time::Timestamp;
use crate::server::db::{self, Conn, Tx};
use crate::server::{App, Error};

/// How long an outcome is hidden from reviewers who may judge it blind. After that, the review is not dealt any more.
pub(in crate::server::usecase) const CONCEALED: Duration = Duration::from_secs(14 * 24 * 3600);

/// Objects whose outcome a reviewer may not learn, because an open blind review of them may be dealt to this reviewer.
#[derive(Debug, Default)]
pub(in crate::server::usecase) struct Concealed {
    /// Inquiries, each with its status in lists.
    inquiries: HashMap<String, Option<String>>,
    accounts: HashSet<String>,
    /// Number of these decisions that are on their way.
    on_the_way: i64,
    /// The reviewer whom outcomes are hidden from, and the earliest draw time of the reviews that hide one.
    from: Option<(ReviewerId, Timestamp)>,
}

impl Concealed {
    pub fn inquiry(&self, id: &InquiryId) -> bool {
        self.inquiries.contains_key(id.as_str())
    }

    pub fn any_account(&self) -> bool {
        !self.accounts.is_empty()
    }

    pub fn account(&self, id: &str) -> bool {
        self.accounts.contains(id)
    }

    /// For lists and their counts. `None` when there is nothing to leave out.
    pub fn from(&self) -> Option<(ReviewerId, Timestamp)> {
        self.from.filter(|_| !self.inquiries.is_empty())
    }

    /// Returns the number of inquiries with a status that are left out.
    pub fn of_status(&self, status: &str) -> i64 {
        let n = self.inquiries.values().filter(|known| known.as_deref() == Some(status)).count();
        i64::try_from(n).unwrap_or(i64::MAX)
    }

    /// Returns the number of decisions on their way that are left out.
    pub const fn on_the_way(&self) -> i64 {
        self.on_the_way
    }
}

pub(in crate::server::usecase) async fn concealed<P>(
    conn: &mut Conn,
    by: &Permit<P>,
    now: Timestamp,
) -> Result<Concealed, Error> {
    let me = by.reviewer();
    if !me.role.may(Permission::Decide) {
        return Ok(Concealed::default());
    }
    let since = now.minus(CONCEALED);
    let mut concealed = Concealed { from: Some((me.id, since)), ..Concealed::default() };
    for hidden in db::blind::concealed(conn, me.id, since).await? {
        let on_the_way = State::parse(&hidden.state).is_some_and(|state| state.open());
        concealed.on_the_way += i64::from(on_the_way);
        concealed.accounts.extend(hidden.account_id);
        concealed.inquiries.insert(hidden.inquiry_id, hidden.status);
    }
    Ok(concealed)
}

/// Refuses what would reveal the first verdict to a reviewer who is judging the inquiry blind.
pub(in crate::server::usecase) async fn closed<P>(
    conn: &mut Conn,
    by: &Permit<P>,
    id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    match db::blind::judging(conn, by.reviewer().id, id, now).await? {
        true => Err(Error::Refused(Refusal::Blind)),
        false => Ok(()),
    }
}

/// Called before an answer with the first verdict goes to a reviewer who may be asked to judge the inquiry blind:
/// records in the log that they have seen it, so that they are not asked any more. A page that refetches by itself
/// reveals the verdict just like one that a reviewer opens.
pub(in crate::server::usecase) async fn told<P: Clone + Send + Sync + 'static>(
    app: &App,
    by: &Permit<P>,
    id: &InquiryId,
) -> Result<(), Error> {
    let now = app.now();
    if !concealed(&mut app.read().await?, by, now).await?.inquiry(id) {
        return Ok(());
    }
    let draft = Draft::new("verdict.shown", actor(by), "inquiry", id.to_string());
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}

/// Adds a decision to the sample if it is drawn.
pub(in crate::server::usecase) async fn draw(
    tx: &mut Tx,
    now: Timestamp,
    decision: &Decision,
    draw: Draw<'_>,
    percent: u8,
) -> Result<(), Error> {
    let judged = matches!(decision.verdict, Verdict::Approve | Verdict::Decline);
    if !judged || !matches!(decision.subject, Subject::Inquiry(_)) {
        return Ok(());
    }
    if draw.within(SAMPLE, percent) {
        db::blind::draw(tx, decision, now).await?;
    }
    Ok(())
}
