//! The queue: its page, actions on a row without opening it, dealing inquiries, and keeping each inquiry in its place.
use std::time::Duration;

use priority::find_by;

use super::audit::{actor, append};
use super::blind::concealment::Concealed;
use super::decision;
use crate::domain::audit::Draft;
use crate::domain::claim::{Claim, LEASE, LONGEST_REASON};
use crate::domain::decision::state::State;
use crate::domain::decision::{Proposal, Subject, Verdict};
use crate::domain::id::{InquiryId, NoteId, ReviewerId};
use crate::domain::inquiry::InquiryStatus;
use crate::domain::note::Note;
use crate::domain::page::Cursor;
use crate::domain::page_data::queue::{QueuePage, QueueRow};
use crate::domain::queue::policy::{Deal, MOST_HOURS};
use crate::domain::queue::{
    ESCALATED, MOST_TAGS, QueueAct, QueueFilter, Sort, country_term, risk, signal_term, tag, tag_term, template_term,
};
use crate::domain::reviewer::{Permission, Permit, Reviewer, permission};
use crate::domain::search::{Term, pasted, understood};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::queue::COUNT_LIMIT;
use crate::server::db::queue::filter::{AssigneeFilter, InquiryFilter};
use crate::server::db::{self, Conn, Tx};
use crate::server::id::new_id;
use crate::server::{App, Error};

pub mod policy;
pub mod priority;
pub mod view;

const PAGE: usize = 50;
/// Countries and tags to choose from, at most.
const MOST_CHOICES: i64 = 300;
/// Reason for marking an inquiry for review from the queue, where none of its evidence was looked at.
const UNREAD: &str = "second-look";
/// A snooze until a change ends after this time in any case, so that nothing is forgotten.
const LONGEST_SNOOZE: Duration = Duration::from_secs(90 * 86_400);

/// Cleans typed text. PostgreSQL accepts no NUL in a text, so a search with one finds nothing.
fn given(text: Option<String>) -> Option<String> {
    text.map(|text| clean(text.trim())).filter(|text| !text.is_empty())
}

/// Turns the filter in the URL into the database's filter; `search` is handled separately.
fn narrowed(typed: &QueueFilter, me: ReviewerId, now: Timestamp) -> InquiryFilter {
    let hours =
        |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<u32>().ok()).filter(|h| *h <= MOST_HOURS);
    let hours = |text: &Option<String>| hours(text).map(|hours| Duration::from_secs(u64::from(hours) * 3600));
    let mut filter = InquiryFilter::of(given(typed.chosen_status()).as_deref(), now);
    filter.account = given(typed.account.clone());
    filter.assignee = match typed.assignee.as_deref() {
        Some("me") => Some(AssigneeFilter::Of(me)),
        Some("nobody") => Some(AssigneeFilter::Nobodys),
        Some(id) => id.parse().ok().map(|id| AssigneeFilter::Of(ReviewerId(id))),
        None => None,
    };
    filter.waiting_before = hours(&typed.age).map(|age| now.minus(age));
    filter.due_before = match typed.due.as_deref() {
        Some("overdue") => Some(now),
        _ => hours(&typed.due).map(|within| now.plus(within)),
    };
    filter.snoozed = typed.snoozed.is_some();
    filter.terms.extend(given(typed.signal.clone()).map(|label| Term::Is(signal_term(&label))));
    filter.terms.extend(given(typed.tag.clone()).map(|tag| Term::Is(tag_term(&tag))));
    filter.terms.extend(given(typed.template.clone()).map(|id| Term::Is(template_term(&id))));
    filter.terms.extend(given(typed.country.clone()).map(|country| Term::Is(country_term(&country))));
    filter
}

/// Adds the search: the narrowest interpretation of it that finds anything.
async fn searching(conn: &mut Conn, filter: InquiryFilter, search: &str) -> Result<InquiryFilter, Error> {
    let mut ways = understood(search).into_iter().peekable();
    while let Some(way) = ways.next() {
        let mut narrower = filter.clone();
        narrower.terms.extend(db::digest::terms(conn, way).await?);
        if ways.peek().is_none() || found(conn, &narrower, 0).await? > 0 {
            return Ok(narrower);
        }
    }
    // Only punctuation: the search has no word that can be found.
    let mut nothing = filter;
    nothing.terms.push(Term::Is(String::new()));
    Ok(nothing)
}

pub async fn page(app: &App, by: &Permit<permission::ReadQueue>, typed: QueueFilter) -> Result<QueuePage, Error> {
    let now = app.now();
    let me = by.reviewer();
    let mut conn = app.read().await?;
    let after = typed.after.as_deref().and_then(Cursor::from_text);
    let search = super::search_link::words(&mut conn, given(typed.search.clone())).await?;
    let concealed = super::blind::concealment::concealed(&mut conn, by, now).await?;
    let filter = asked(&mut conn, me, &concealed, &typed, now).await?;
    let (page, total) =
        db::queue::page(&mut conn, &filter, typed.chosen_sort(), after.as_ref(), PAGE, COUNT_LIMIT).await?;
    let choices = db::queue::term::choices(&mut conn, &country_term(""), &tag_term(""), MOST_CHOICES).await?;
    let found = QueuePage {
        page: page.map_some(|line| row(line, me.id, now)),
        total: total.min(COUNT_LIMIT),
        more: total > COUNT_LIMIT,
        statuses: choices
            .statuses
            .into_iter()
            .map(|(status, n)| (n - concealed.of_status(&status), status))
            .filter(|(n, _)| *n > 0)
            .map(|(n, status)| (InquiryStatus::from(status), n))
            .collect(),
        templates: choices.templates,
        countries: choices.countries,
        tags: choices.tags,
        analysts: super::reviewer::account::analysts(&mut conn).await?,
        synced: db::sync::get(&mut conn, "inquiries").await?,
        searched: search.clone(),
        now,
    };
    // Release the connection first: a task that holds one must not wait for another.
    drop(conn);
    if let Some(words) = &search {
        super::audit::searched(app, by, "queue", &words.to_lowercase(), total).await?;
    }
    Ok(found)
}

fn row(line: db::queue::ListedInquiry, me: ReviewerId, now: Timestamp) -> Option<QueueRow> {
    let on_its_way =
        match (line.decision_verdict, line.decision_state.as_deref().and_then(State::parse), line.decision_by) {
            (Some(verdict), Some(state), Some(by)) => Some((verdict, state, by)),
            _ => None,
        };
    Some(QueueRow {
        id: InquiryId::try_from(line.id).ok()?,
        subject: line.subject,
        status: InquiryStatus::from(line.status),
        redacted: line.redacted_at.is_some(),
        risk: risk(&line.signals.0),
        signals: line.signals.0,
        evidence_known: line.evidence_at.is_some(),
        template: line.template_name.or(line.template_id),
        country: line.country,
        linked: line.linked,
        tags: line.tags.0,
        version: line.version,
        waiting_since: line.waiting_since,
        due_at: line.due_at,
        mine: line.assignee_id == Some(me.0),
        assignee: line.assignee_name,
        snoozed: line.snoozed_until.filter(|until| *until > now).map(|until| (until, line.snoozed_for_change == 1)),
        on_its_way,
        claimed_by: line.claimed_by.filter(|_| line.claimed_until.is_some_and(|until| until > now)),
    })
}

async fn found(conn: &mut Conn, filter: &InquiryFilter, most: i64) -> Result<i64, Error> {
    Ok(db::queue::found(conn, [filter], most).await?.first().copied().unwrap_or_default())
}

/// Returns the filter that a URL asks for, with its search interpreted.
pub(super) async fn asked(
    conn: &mut Conn,
    me: &Reviewer,
    concealed: &Concealed,
    typed: &QueueFilter,
    now: Timestamp,
) -> Result<InquiryFilter, Error> {
    let filter = InquiryFilter { hidden_from: concealed.from(), ..narrowed(typed, me.id, now) };
    let search = given(typed.search.clone());
    let words = super::search_link::words(conn, search.clone()).await?;
    match words.or(search) {
        // A reviewer who may not read evidence cannot search by it, and learns nothing from the number of results.
        Some(search) if !me.role.may(Permission::ReadEvidence) => {
            let exactly = pasted(&search).map(str::to_owned).unwrap_or(search);
            Ok(InquiryFilter { exactly: Some(exactly), ..filter })
        }
        Some(search) => searching(conn, filter, &search).await,
        None => Ok(filter),
    }
}

/// Parses a filter from the query string of a URL.
pub(super) fn parsed(text: &str) -> QueueFilter {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    QueueFilter::from_pairs(|name| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
}

/// Deals this reviewer the next inquiry within a filter, by the policy: their own first, then unassigned ones.
pub async fn next(app: &App, by: &Permit<permission::Decide>, typed: QueueFilter) -> Result<Option<InquiryId>, Error> {
    let now = app.now();
    let permit = by.clone();
    let me = by.reviewer().clone();
    let typed = QueueFilter { assignee: None, snoozed: None, ..typed };
    let mut filter = {
        let mut conn = app.read().await?;
        let concealed = super::blind::concealment::concealed(&mut conn, by, now).await?;
        asked(&mut conn, &me, &concealed, &typed, now).await?
    };
    filter.free_for = Some(me.id);
    filter.status.get_or_insert_with(|| InquiryStatus::NeedsReview.as_str().to_owned());
    let taken = app
        .write(move |tx| {
            Box::pin(async move {
                let policy = db::queue::policy(tx).await?;
                let Some(id) = dealt(tx, filter, me.id, policy.deal, now).await? else { return Ok(None) };
                db::queue::assign(tx, &id, Some((me.id, &me.name))).await?;
                let claim = Claim { by: me.id, by_name: me.name.clone(), since: now, until: now.plus(LEASE) };
                let held = db::claim::of(tx, &id).await?;
                db::claim::put(tx, &id, &claim).await?;
                if let Some(Claim { by_name, until, .. }) = held.filter(|held| !held.holds(now)) {
                    append(tx, now, super::claim::expired(id.as_str(), by_name, until)).await?;
                }
                let draft = Draft::new("claim.taken", actor(&permit), "inquiry", id.to_string());
                append(tx, now, draft.fact("dealt", policy.deal.as_str()).fact("policy", policy.version)).await?;
                Ok(Some(id))
            })
        })
        .await?;
    if let Some(id) = &taken {
        app.publish(ChangeTopic::Inquiry, id.clone());
    }
    Ok(taken)
}

async fn dealt(
    tx: &mut Tx,
    filter: InquiryFilter,
    me: ReviewerId,
    deal: Deal,
    now: Timestamp,
) -> Result<Option<InquiryId>, Error> {
    let sort = if deal == Deal::HighestRisk { Sort::Risk } else { Sort::Due };
    let mine = InquiryFilter { assignee: Some(AssigneeFilter::Of(me)), ..filter.clone() };
    if let Some(id) = db::queue::first(tx, &mine, sort).await? {
        return Ok(Some(id));
    }
    let nobodys = InquiryFilter { assignee: Some(AssigneeFilter::Nobodys), ..filter };
    if deal != Deal::RoundRobin {
        return Ok(db::queue::first(tx, &nobodys, sort).await?);
    }
    // Start with the template after the one that was dealt last, and wrap around.
    let mut templates: Vec<String> = db::inquiry::templates(tx).await?.into_iter().map(|(id, _)| id).collect();
    templates.sort();
    let last = db::sync::get(tx, "dealt").await?.map(|(_, template)| template).unwrap_or_default();
    let from = templates.iter().position(|template| *template > last).unwrap_or(0);
    for template in templates.iter().cycle().skip(from).take(templates.len()) {
        let mut one = nobodys.clone();
        one.terms.push(Term::Is(template_term(template)));
        if let Some(id) = db::queue::first(tx, &one, sort).await? {
            db::sync::set(tx, "dealt", now, template).await?;
            return Ok(Some(id));
        }
    }
    Ok(db::queue::first(tx, &nobodys, sort).await?)
}

/// Applies one action to one inquiry.
pub async fn act(app: &App, by: &Permit<permission::Decide>, id: InquiryId, act: QueueAct) -> Result<(), Error> {
    if let QueueAct::MarkForReview { version } = act {
        let comment = "Marked from the queue.".to_owned();
        let reason = UNREAD.to_owned();
        let proposal = Proposal { verdict: Verdict::MarkForReview, reason, comment, seen_version: version };
        return decision::decide(app, by, Subject::Inquiry(id), proposal).await.map(|_| ());
    }
    let now = app.now();
    let permit = by.clone();
    let told = id.clone();
    app.write(move |tx| {
        Box::pin(async move {
            if !db::inquiry::lock(tx, &id).await? {
                return Err(Error::NotFound("inquiry"));
            }
            match done(tx, &permit, &id, act, now).await? {
                Some(draft) => append(tx, now, draft).await.map(|_| ()),
                None => Ok(()),
            }
        })
    })
    .await?;
    app.publish(ChangeTopic::Inquiry, told);
    Ok(())
}

/// Applies an action. Returns the entry to record, or `None` when nothing changed.
async fn done(
    tx: &mut Tx,
    permit: &Permit<permission::Decide>,
    id: &InquiryId,
    act: QueueAct,
    now: Timestamp,
) -> Result<Option<Draft>, Error> {
    let me = permit.reviewer();
    let draft = |action| Draft::new(action, actor(permit), "inquiry", id.to_string());
    let whose = db::queue::assignee(tx, id).await?;
    match act {
        QueueAct::Claim => match whose {
            Some((who, _)) if who == me.id => Ok(None),
            Some((_, name)) => Err(Error::Invalid(format!(
                "This inquiry is assigned to {name}. To take it over, open it and give a reason."
            ))),
            None => {
                db::queue::assign(tx, id, Some((me.id, &me.name))).await?;
                Ok(Some(draft("inquiry.assigned").fact("to", me.name.clone())))
            }
        },
        QueueAct::Release => {
            let mine = whose.is_some_and(|(who, _)| who == me.id);
            let held = db::claim::release(tx, id, me.id).await?;
            if mine {
                db::queue::assign(tx, id, None).await?;
            }
            Ok((mine || held).then(|| draft("inquiry.unassigned")))
        }
        QueueAct::Tag { tag: text } => {
            let text = tag(&clean(&text)).map_err(|bad| Error::Invalid(bad.to_string()))?;
            Ok(add_tag(tx, id, &text).await?.then(|| draft("tag.added").fact("tag", text)))
        }
        QueueAct::Untag { tag: text } => {
            let Some(mut row) = db::inquiry::by_id(tx, id).await? else { return Ok(None) };
            let before = row.tags.len();
            row.tags.retain(|known| *known != text);
            if row.tags.len() == before {
                return Ok(None);
            }
            db::queue::set_tags(tx, id, &row.tags).await?;
            find_by(tx, &row).await?;
            Ok(Some(draft("tag.removed").fact("tag", text)))
        }
        QueueAct::Snooze { hours } => {
            if hours.is_some_and(|hours| !(1..=MOST_HOURS).contains(&hours)) {
                return Err(Error::Invalid(format!("A snooze lasts 1 to {MOST_HOURS} hours.")));
            }
            let last = hours.map_or(LONGEST_SNOOZE, |hours| Duration::from_secs(u64::from(hours) * 3600));
            let until = now.plus(last);
            db::queue::snooze(tx, id, Some(until), hours.is_none()).await?;
            let draft = draft("inquiry.snoozed").fact("until", until);
            Ok(Some(if hours.is_none() { draft.fact("or", "a change") } else { draft }))
        }
        QueueAct::Wake => {
            db::queue::snooze(tx, id, None, false).await?;
            Ok(Some(draft("inquiry.woken")))
        }
        QueueAct::Escalate { reason } => {
            let reason = clean(reason.trim());
            if !(1..=LONGEST_REASON).contains(&reason.chars().count()) {
                return Err(Error::Invalid(format!(
                    "Give the reason for escalating, in 1 to {LONGEST_REASON} characters."
                )));
            }
            add_tag(tx, id, ESCALATED).await?;
            if whose.is_some_and(|(who, _)| who == me.id) {
                db::queue::assign(tx, id, None).await?;
            }
            db::claim::release(tx, id, me.id).await?;
            let note = Note {
                id: NoteId(new_id()),
                author_id: me.id,
                author_name: me.name.clone(),
                body: format!("Escalated: {reason}"),
                // The reason may be a suspicion.
                restricted: true,
                at: now,
                struck_at: None,
            };
            db::note::insert(tx, "inquiry", id.as_str(), &note).await?;
            Ok(Some(draft("inquiry.escalated").personal("reason", reason)))
        }
        // Handled above, as a decision.
        QueueAct::MarkForReview { .. } => Ok(None),
    }
}

/// Adds a tag. Returns false when the inquiry already has it.
async fn add_tag(tx: &mut Tx, id: &InquiryId, text: &str) -> Result<bool, Error> {
    let Some(mut row) = db::inquiry::by_id(tx, id).await? else { return Ok(false) };
    if row.tags.iter().any(|known| known == text) {
        return Ok(false);
    }
    if row.tags.len() >= MOST_TAGS {
        return Err(Error::Invalid(crate::domain::queue::BadTag::TooMany.to_string()));
    }
    row.tags.push(text.to_owned());
    db::queue::set_tags(tx, id, &row.tags).await?;
    find_by(tx, &row).await?;
    Ok(true)
}

/// Assigns an inquiry to an analyst, or unassigns it, for an admin.
pub async fn assign(
    app: &App,
    by: &Permit<permission::Assign>,
    id: InquiryId,
    to: Option<ReviewerId>,
) -> Result<(), Error> {
    let now = app.now();
    let permit = by.clone();
    let told = id.clone();
    app.write(move |tx| {
        Box::pin(async move {
            if !db::inquiry::lock(tx, &id).await? {
                return Err(Error::NotFound("inquiry"));
            }
            let to = match to {
                Some(to) => Some(super::reviewer::account::who_decides(tx, to).await?),
                None => None,
            };
            let was = db::queue::assignee(tx, &id).await?;
            db::queue::assign(tx, &id, to.as_ref().map(|to| (to.id, to.name.as_str()))).await?;
            let action = if to.is_some() { "inquiry.assigned" } else { "inquiry.unassigned" };
            let draft = Draft::new(action, actor(&permit), "inquiry", id.to_string())
                .fact("to", to.map(|to| to.name))
                .fact("from", was.map(|(_, name)| name));
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await?;
    app.publish(ChangeTopic::Inquiry, told);
    Ok(())
}
