//! What a decision would be refused for, or need a checker for, as far as the desk knows. The page says it in advance;
//! deciding and countersigning apply it.
use std::collections::BTreeSet;

use super::super::blind::concealment::Concealed;
use super::{looks_at_relations, reading};
use crate::domain::case::Case;
use crate::domain::condition::case::{CaseObjects, OfAccount};
use crate::domain::condition::{ConditionAnswer, Facts};
use crate::domain::decision::warning::{Considered, Forecast, forecast, refusals};
use crate::domain::decision::{Decision, Reading, Refusal, Subject, Verdict};
use crate::domain::discrepancy::comparison::resolve;
use crate::domain::evidence::Evidence;
use crate::domain::id::{AccountId, CaseId, InquiryId};
use crate::domain::identity::Comparison;
use crate::domain::inquiry::InquirySession;
use crate::domain::relation::RelationsRead;
use crate::domain::rule::{Ask, RuleSet};
use crate::server::Error;
use crate::server::db::inquiry::MirroredInquiry;
use crate::server::db::{self, Conn};

/// Hops within which rules look for declined accounts.
const NEAR: u32 = 2;

/// Returns what is known of an inquiry, also by the cases that hold it, its account or another inquiry of the account:
/// workflows attach reports to cases.
pub(in crate::server::usecase) async fn known(
    conn: &mut Conn,
    row: &MirroredInquiry,
    relations: ConditionAnswer,
    rules: &RuleSet,
) -> Result<(Facts, Considered), Error> {
    let (mut facts, considered) = known_without_cases(conn, row, relations, rules).await?;
    let inquiries = std::slice::from_ref(&row.inquiry.id);
    held_by_cases(conn, &mut facts, inquiries, row.inquiry.account_id.as_slice(), None).await?;
    Ok((facts, considered))
}

/// Adds what the cases of these inquiries and accounts found, except one.
async fn held_by_cases(
    conn: &mut Conn,
    facts: &mut Facts,
    inquiries: &[InquiryId],
    accounts: &[AccountId],
    but: Option<&CaseId>,
) -> Result<(), Error> {
    let mut cases = BTreeSet::new();
    for inquiry in inquiries {
        cases.extend(db::case::of_inquiry(conn, inquiry).await?);
    }
    for account in accounts {
        cases.extend(db::case::of_account(conn, account.as_str()).await?);
    }
    for case in cases.iter().filter(|case| but != Some(*case)) {
        let held = db::case::by_id(conn, case).await?.and_then(|row| row.case.evidence);
        facts.held_by(&held.unwrap_or_default());
    }
    Ok(())
}

/// Returns what is known of an inquiry and of the other inquiries of its account. `relations` says whether an account
/// within two hops was declined; not known when that was not asked. What `rules` ask about is looked up.
async fn known_without_cases(
    conn: &mut Conn,
    row: &MirroredInquiry,
    relations: ConditionAnswer,
    rules: &RuleSet,
) -> Result<(Facts, Considered), Error> {
    let template = row.inquiry.template_id.as_ref().map(ToString::to_string);
    let mut facts = Facts::of(template, row.evidence.as_ref(), &row.signals);
    facts.declined_relation = relations;
    if let Some(account) = row.inquiry.account_id.as_ref().filter(|_| rules.asks_countries() || rules.asks_checks())
        && let Some((account, _)) = db::account::by_id(conn, account).await?
    {
        facts.countries.add(&account.fields);
        facts.beside(&db::inquiry::siblings(conn, &account.id, Some(&row.inquiry.id)).await?);
    }
    let mut lines = row.evidence.as_ref().map(Evidence::comparisons).unwrap_or_default();
    if lines.iter().any(Comparison::resolvable) {
        resolve(&mut lines, &db::discrepancy::of(conn, &row.inquiry.id).await?);
    }
    let considered = Considered::of(reading(row), row.evidence.as_ref(), &lines, relations);
    Ok((facts, considered))
}

/// Whether an account within two hops was declined. Not known for an inquiry without an account, because it is not
/// known whom it belongs to.
pub(in crate::server::usecase) async fn relations(
    conn: &mut Conn,
    row: &MirroredInquiry,
) -> Result<ConditionAnswer, Error> {
    let near = match &row.inquiry.account_id {
        Some(account) => super::super::relation::backlog::declined_near(conn, account, Some(&row.inquiry.id)).await?,
        None => ConditionAnswer::NotKnown,
    };
    // If a device was not read, it is not known who else used it.
    let unread = row.evidence.iter().flat_map(|evidence| &evidence.sessions).any(InquirySession::is_without_device);
    Ok(if unread && near == ConditionAnswer::No { ConditionAnswer::NotKnown } else { near })
}

/// The same answer as far as this reviewer may learn it: yes or no would reveal how an account was decided that they
/// may be asked to judge blind. Their own decisions use this answer as well, or the rule that asks would reveal it.
pub(in crate::server::usecase) async fn told(
    conn: &mut Conn,
    account: Option<&AccountId>,
    answer: ConditionAnswer,
    concealed: &Concealed,
) -> Result<ConditionAnswer, Error> {
    let Some(account) = account.filter(|_| concealed.any_account()) else { return Ok(answer) };
    let near = db::relation::reach(conn, account, NEAR).await?;
    Ok(if near.iter().any(|reached| concealed.account(&reached.id)) { ConditionAnswer::NotKnown } else { answer })
}

/// Returns the forecast for the page of an inquiry, for a reviewer who may not learn how those in `concealed` were
/// decided.
pub(in crate::server::usecase) async fn of_inquiry(
    conn: &mut Conn,
    row: &MirroredInquiry,
    verdicts: &[Verdict],
    rules: &RuleSet,
    concealed: &Concealed,
) -> Result<Forecast, Error> {
    let asked = looks_at_relations(rules);
    let near = match (asked, &row.inquiry.account_id) {
        (true, _) => relations(conn, row).await?,
        // No rule needs the walk: it is enough to know whether the account's own relations were read.
        (false, Some(account)) if super::super::relation::how_far(conn, account).await? != RelationsRead::Read => {
            ConditionAnswer::NotKnown
        }
        (false, _) => ConditionAnswer::No,
    };
    let (mut facts, considered) = known(conn, row, near, rules).await?;
    if asked {
        facts.declined_relation = told(conn, row.inquiry.account_id.as_ref(), near, concealed).await?;
    }
    Ok(forecast(verdicts, rules, &facts, &considered))
}

/// How a decision that was not sent compares with the rules that it was made under.
pub(in crate::server::usecase) enum Now {
    AsDecided,
    /// What a rule asks about is being read.
    BeingRead,
    /// Rules that ask for a checker and did not when the decision was made, and what it would be refused for.
    Asked(Vec<String>),
}

/// Checked before a decision is sent: declined accounts nearby, what the account says and whether a difference is
/// explained can have changed since, and none of them is part of the evidence.
pub(in crate::server::usecase) async fn of_decision(conn: &mut Conn, decision: &Decision) -> Result<Now, Error> {
    let rules = db::rule::of(conn, decision.rules_version).await?;
    let (facts, refused, account) = match &decision.subject {
        Subject::Inquiry(id) => {
            let Some(row) = db::inquiry::by_id(conn, id).await? else { return Ok(Now::AsDecided) };
            let near = match looks_at_relations(&rules) {
                true => relations(conn, &row).await?,
                false => ConditionAnswer::No,
            };
            let (facts, known) = known(conn, &row, near, &rules).await?;
            let refused = refusals(&decision.verdict, Some(&decision.reason), &rules.blocks, &known);
            (facts, refused, row.inquiry.account_id.map(|account| (account, id)))
        }
        Subject::Case(id) => {
            let Some(row) = db::case::by_id(conn, id).await? else { return Ok(Now::AsDecided) };
            let nobody = Concealed::default();
            (case_facts(conn, &row.case, &rules, &decision.verdict, &nobody).await?, Vec::new(), None)
        }
    };
    let asked_then = |ask: &Ask| {
        let unknown = format!("{} (", ask.rule);
        decision.wanted_by.iter().any(|then| *then == ask.rule || then.starts_with(&unknown))
    };
    // A share is drawn only once.
    let mut asks = rules.asking(&decision.verdict, &facts);
    asks.retain(|ask| ask.certain() && !asked_then(ask));
    let unread = |ask: &Ask| !ask.unknown.is_empty();
    let waits = asks.iter().all(unread) && refused.iter().all(|one| *one == Refusal::RelationsNotRead);
    if (!asks.is_empty() || !refused.is_empty())
        && waits
        && let Some((account, id)) = account
        && (super::super::relation::backlog::being_read(conn, &account).await?
            || !db::inquiry::siblings_being_read(conn, &account, id).await?.is_empty())
    {
        return Ok(Now::BeingRead);
    }
    let now: Vec<String> = asks.iter().map(Ask::text).chain(refused.iter().map(ToString::to_string)).collect();
    Ok(if now.is_empty() { Now::AsDecided } else { Now::Asked(now) })
}

/// Returns the forecast for the page of a case.
pub(in crate::server::usecase) async fn of_case(
    conn: &mut Conn,
    case: &Case,
    concealed: &Concealed,
) -> Result<Forecast, Error> {
    let rules: RuleSet = db::rule::current(conn).await?;
    let set = Verdict::SetStatus { status: String::new() };
    let facts = case_facts(conn, case, &rules, &set, concealed).await?;
    let reading = case_reading(conn, case).await?;
    Ok(forecast(&[set], &rules, &facts, &Considered::of_case(reading)))
}

/// Returns whether the desk has read what a case holds at this moment: the case itself and its inquiries. An inquiry
/// that cannot be read at all holds nothing up, and is unknown to the rules.
pub(in crate::server::usecase) async fn case_reading(conn: &mut Conn, case: &Case) -> Result<Reading, Error> {
    if case.redacted_at.is_some() {
        return Ok(Reading::Read);
    }
    let (wanted_at, error) = db::case::reading(conn, &case.id).await?;
    if case.holds_more() && case.evidence.is_none() {
        return Ok(Reading::Unread);
    }
    let mut changing = wanted_at.is_some() || error.is_some();
    for id in &case.inquiries {
        let Some(row) = db::inquiry::by_id(conn, id).await?.filter(|row| row.inquiry.redacted_at.is_none()) else {
            continue;
        };
        match reading(&row) {
            Reading::Unread if row.evidence_wanted_at.is_some() || row.evidence_error.is_none() => {
                return Ok(Reading::Unread);
            }
            Reading::Changing => changing = true,
            Reading::Unread | Reading::Read => {}
        }
    }
    Ok(if changing { Reading::Changing } else { Reading::Read })
}

/// Returns what rules look at in a case: what its inquiries and accounts say, and what it holds itself.
pub(in crate::server::usecase) async fn case_facts(
    conn: &mut Conn,
    case: &Case,
    rules: &RuleSet,
    verdict: &Verdict,
    concealed: &Concealed,
) -> Result<Facts, Error> {
    if !rules.look_at_evidence(verdict) {
        return Ok(Facts::of_nothing());
    }
    let mut held = CaseObjects::default();
    let mut told_of = BTreeSet::new();
    for id in &case.inquiries {
        let Some(row) = db::inquiry::by_id(conn, id).await? else {
            held.inquiries.push(Facts::of(None, None, &[]));
            continue;
        };
        let near = relations(conn, &row).await?;
        let mut part = known_without_cases(conn, &row, near, rules).await?.0;
        part.declined_relation = told(conn, row.inquiry.account_id.as_ref(), near, concealed).await?;
        held.inquiries.push(part);
        let verifications = row.evidence.iter().flat_map(|evidence| &evidence.verifications);
        held.compared.extend(verifications.map(|one| one.id.clone()));
        if let Some(account) = &row.inquiry.account_id {
            held.siblings.extend(db::inquiry::siblings(conn, account, Some(id)).await?);
        }
        told_of.extend(row.inquiry.account_id);
    }
    for account in &case.accounts {
        let answer = super::super::relation::backlog::declined_near(conn, account, None).await?;
        let declined_near = told(conn, Some(account), answer, concealed).await?;
        let fields = db::account::by_id(conn, account).await?.map(|(account, _)| account.fields);
        let inquiries = db::inquiry::siblings(conn, account, None).await?;
        let screened = case.evidence.as_ref().is_some_and(|own| own.screened.contains(account));
        held.accounts.push(OfAccount { declined_near, fields, told: told_of.contains(account), screened, inquiries });
    }
    let mut facts = Facts::together(case, &held);
    let accounts: Vec<AccountId> = told_of.into_iter().chain(case.accounts.iter().cloned()).collect();
    held_by_cases(conn, &mut facts, &case.inquiries, &accounts, Some(&case.id)).await?;
    Ok(facts)
}
