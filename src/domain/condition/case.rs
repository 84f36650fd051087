//! What rules look at in a case: its inquiries, its accounts, and its own content. “Not known” never counts as a no
//! here either.
use std::collections::BTreeSet;

use super::sibling::Sibling;
use super::{ConditionAnswer, Countries, Facts, Pending, Templates, screened};
use crate::domain::case::{Case, CaseEvidence};
use crate::domain::document::Unread;
use crate::domain::evidence::Signal;
use crate::domain::id::ObjectId;
use crate::domain::inquiry::Field;
use crate::domain::report::Report;
use crate::domain::rule::SIGNALS;
use crate::domain::verification::Verification;

/// What the desk knows about the inquiries and accounts that a case names.
#[derive(Debug, Default)]
pub struct CaseObjects {
    /// The facts of each inquiry.
    pub inquiries: Vec<Facts>,
    pub accounts: Vec<OfAccount>,
    /// The other inquiries of the accounts of its inquiries.
    pub siblings: Vec<Sibling>,
    /// Verifications of its inquiries, which were compared with what was submitted there.
    pub compared: BTreeSet<ObjectId>,
}

#[derive(Debug)]
pub struct OfAccount {
    /// Whether the account, or one near it, was declined.
    pub declined_near: ConditionAnswer,
    /// `None` when the desk does not know the account.
    pub fields: Option<Vec<Field>>,
    /// Whether an inquiry of the case belongs to the account, and so is about the same person.
    pub told: bool,
    /// Whether the account was screened, in any inquiry or case.
    pub screened: bool,
    /// The inquiries of the account.
    pub inquiries: Vec<Sibling>,
}

impl CaseObjects {
    /// The inquiries of its accounts, besides those that it names.
    fn siblings(&self) -> impl Iterator<Item = &Sibling> {
        self.siblings.iter().chain(self.accounts.iter().flat_map(|account| &account.inquiries))
    }
}

impl Facts {
    /// The facts of a case. What it does not contain is not known, and no answer is a no while a part of the case has
    /// not been read.
    pub fn together(case: &Case, held: &CaseObjects) -> Self {
        let parts = &held.inquiries;
        let nothing = CaseEvidence::default();
        let own = case.evidence.as_ref().unwrap_or(&nothing);
        let read = case.evidence.as_ref().is_some_and(|own| own.unread.is_empty());
        let relations = parts.iter().map(|part| part.declined_relation);
        let relations = relations.chain(held.accounts.iter().map(|account| account.declined_near));
        // Each account is another person: a screening of one says nothing about another.
        let beside = held.accounts.iter().filter(|account| !account.told);
        let screened = beside.map(|account| ConditionAnswer::of(false, account.screened));
        let hits = parts.iter().map(|part| part.hit).chain(own.hit(read)).chain(screened);
        let failed = parts.iter().map(|part| part.failed_check).chain(own.failed_check(read));
        let failed = failed.chain(held.siblings().map(Sibling::failed_check));
        let against = case.against();
        let known =
            parts.iter().any(|part| part.signals.is_some()) || !against.is_empty() || held.siblings().count() > 0;
        let signals = parts.iter().flat_map(|part| part.signals.iter().flatten().cloned()).chain(against);
        let signals = signals.chain(held.siblings().flat_map(|inquiry| inquiry.signals.iter().cloned()));
        Self {
            templates: Templates {
                ids: parts.iter().flat_map(|part| part.templates.ids.iter().cloned()).collect(),
                known: !parts.is_empty() && parts.iter().all(|part| part.templates.known),
            },
            signals: known.then(|| signals.collect()),
            pending: own.pending(read, held),
            hit: ConditionAnswer::any(&hits.collect::<Vec<_>>()),
            failed_check: ConditionAnswer::any(&failed.collect::<Vec<_>>()),
            countries: countries(case, own, read, held),
            declined_relation: ConditionAnswer::any(&relations.collect::<Vec<_>>()),
        }
    }
}

impl Case {
    /// Signals against its own reports and verifications, and signals for parts of them that were not read.
    fn against(&self) -> Vec<Signal> {
        let Some(own) = &self.evidence else { return Vec::new() };
        let verifications = own.verifications.iter().flat_map(|one| one.against(self.created_at, None));
        let unread = own.unread.iter().map(Unread::against);
        own.reports.iter().flat_map(Report::against).chain(verifications).chain(unread).collect()
    }
}

impl Facts {
    /// Adds what a case that holds the inquiry found: workflows attach reports and verifications to cases.
    pub fn held_by(&mut self, case: &CaseEvidence) {
        if case.reports.iter().any(Report::is_hit) {
            self.hit = ConditionAnswer::Yes;
        }
        if case.verifications.iter().any(|one| !one.failures().is_empty()) {
            self.failed_check = ConditionAnswer::Yes;
        }
        for one in &case.verifications {
            // That one names no country says nothing about the others.
            let _ = self.countries.verified(one);
        }
    }
}

impl CaseEvidence {
    /// A report that searches no lists says nothing about hits.
    fn hit(&self, read: bool) -> Option<ConditionAnswer> {
        let open = !read || self.reports.iter().any(Report::may_be_hit);
        let hit = ConditionAnswer::of(self.reports.iter().any(Report::is_hit), !open);
        (hit != ConditionAnswer::No || screened(&self.reports, true)).then_some(hit)
    }

    fn failed_check(&self, read: bool) -> Option<ConditionAnswer> {
        let failed = self.verifications.iter().any(|one| !one.failures().is_empty());
        let known = read && self.verifications.iter().all(Verification::is_understood);
        (!known || !self.verifications.is_empty()).then(|| ConditionAnswer::of(failed, known))
    }

    /// The person in a verification of the case itself was not compared with submitted data: it may be another person.
    fn pending(&self, read: bool, held: &CaseObjects) -> Pending {
        let parts = &held.inquiries;
        let compared = |one: &Verification| held.compared.contains(&one.id) || !one.tells_who();
        let differing = SIGNALS.iter().filter(|_| !self.verifications.iter().all(compared));
        let differing = differing.map(|signal| signal.label.to_owned()).filter(|label| label.ends_with(" mismatch"));
        let reports = self.reports.iter().filter(|report| report.may_be_hit()).flat_map(Report::may_bring);
        let labels = parts.iter().flat_map(|part| part.pending.labels.iter().cloned());
        Pending {
            // In a case without an inquiry, it is not known what was verified.
            any: !read
                || parts.is_empty()
                || parts.iter().any(|part| part.pending.any || part.signals.is_none())
                || held.siblings().any(Sibling::may_bring_signals),
            labels: labels.chain(reports).chain(differing).collect(),
        }
    }
}

fn countries(case: &Case, own: &CaseEvidence, read: bool, held: &CaseObjects) -> Countries {
    let parts = &held.inquiries;
    let mut all = Countries {
        codes: parts.iter().flat_map(|part| part.countries.codes.iter().cloned()).collect(),
        known: read && parts.iter().all(|part| part.countries.known),
        understood: true,
    };
    let mut told = !parts.is_empty();
    for one in &own.verifications {
        told |= all.verified(one);
    }
    for account in &held.accounts {
        let named = account.fields.as_ref().is_some_and(|fields| all.add(fields));
        // A person without a known country may be from any country.
        all.known &= account.fields.is_some() && (named || account.told);
        told |= named;
        account.inquiries.iter().for_each(|inquiry| inquiry.add_countries(&mut all));
    }
    all.add(&case.fields);
    all.known &= told;
    all
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{evidence, facts, report, verification};
    use super::*;

    fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).unwrap_or_else(|why| panic!("{why}"))
    }

    /// `evidence` is null when it was not read.
    fn case(evidence: Value) -> Case {
        let mut whole = json!({"id": "case_1", "name": "One", "status": "Open", "created_at": "2026-11-20T09:14:02.000000Z",
            "tags": [], "fields": [], "inquiries": [], "accounts": [], "reports": [], "comments": []});
        for key in [
            "resolution",
            "template_id",
            "assignee",
            "updated_at",
            "assigned_at",
            "resolved_at",
            "redacted_at",
            "due_at",
        ] {
            whole[key] = Value::Null;
        }
        if !evidence.is_null() {
            whole["evidence"] = evidence;
        }
        read(whole)
    }

    fn holds(reports: Value, verifications: Value) -> Case {
        case(json!({"reports": reports, "verifications": verifications}))
    }

    /// The facts of a clean inquiry of a German, with the template `itmpl_1`.
    fn part() -> Facts {
        let passed = verification("passed", "passed", true, "DE");
        let clean = facts(&evidence(&[("nationality", "DE")], passed, report("watchlist", "ready", false), false));
        Facts { templates: Templates::of(Some("itmpl_1".into())), declined_relation: ConditionAnswer::No, ..clean }
    }

    fn with(inquiries: Vec<Facts>) -> CaseObjects {
        CaseObjects { inquiries, ..CaseObjects::default() }
    }

    fn among(facts: &Facts) -> ConditionAnswer {
        facts.countries.among(&["KP".to_owned()])
    }

    #[test]
    fn a_case_is_what_its_parts_are_and_not_known_without_any() {
        let empty = Facts::together(&case(Value::Null), &CaseObjects::default());
        for answer in [empty.hit, empty.failed_check, empty.declined_relation, empty.signal("PEP"), among(&empty)] {
            assert_eq!(answer, ConditionAnswer::NotKnown);
        }
        let part = |hit| facts(&evidence(&[], json!([]), report("watchlist", "ready", hit), false));
        let hit = |parts: Vec<Facts>| Facts::together(&holds(json!([]), json!([])), &with(parts)).hit;
        assert_eq!(
            (hit(vec![part(false)]), hit(vec![part(false), part(true)])),
            (ConditionAnswer::No, ConditionAnswer::Yes)
        );
        let unread = Facts::of(None, None, &[]);
        assert_eq!(hit(vec![part(false), unread.clone()]), ConditionAnswer::NotKnown);
        assert_eq!(hit(vec![part(true), unread]), ConditionAnswer::Yes);
        // Its own reports count, and are not known before they were read.
        assert_eq!(Facts::together(&case(Value::Null), &with(vec![part(false)])).hit, ConditionAnswer::NotKnown);
    }

    #[test]
    fn each_account_of_a_case_has_to_be_screened() {
        let hit = |told, screened| {
            let accounts = vec![OfAccount {
                declined_near: ConditionAnswer::No,
                fields: None,
                told,
                screened,
                inquiries: Vec::new(),
            }];
            let held = CaseObjects { accounts, ..with(vec![part()]) };
            Facts::together(&holds(json!([]), json!([])), &held).hit
        };
        assert_eq!(hit(false, false), ConditionAnswer::NotKnown, "a screening of another person says nothing");
        assert_eq!((hit(false, true), hit(true, false)), (ConditionAnswer::No, ConditionAnswer::No));
    }

    #[test]
    fn a_case_with_a_clean_inquiry_and_nothing_besides_is_clean() {
        let clean = Facts::together(&holds(json!([]), json!([])), &with(vec![part()]));
        let signals = [clean.signal("Watchlist hit"), clean.signal("Name mismatch")];
        let answers = [clean.hit, clean.failed_check, clean.declined_relation, among(&clean)];
        assert!(signals.iter().chain(&answers).all(|answer| *answer == ConditionAnswer::No), "{clean:?}");
    }

    #[test]
    fn what_a_case_holds_itself_brings_signals() {
        let of = |reports, verifications| Facts::together(&holds(reports, verifications), &with(vec![part()]));
        let passed = || verification("passed", "passed", true, "DE");
        let hit = of(report("watchlist", "ready", true), json!([]));
        assert_eq!((hit.signal("Watchlist hit"), hit.signal("PEP")), (ConditionAnswer::Yes, ConditionAnswer::No));
        let open = of(report("watchlist", "pending", false), json!([]));
        assert_eq!(
            (open.signal("Watchlist hit"), open.signal("PEP")),
            (ConditionAnswer::NotKnown, ConditionAnswer::No)
        );
        let failed = of(json!([]), verification("failed", "failed", true, "DE"));
        assert_eq!(failed.signal("Expired document"), ConditionAnswer::Yes);
        // The person that it shows was not compared with anyone.
        let another = of(json!([]), passed());
        assert_eq!(
            (another.signal("Name mismatch"), another.signal("VPN")),
            (ConditionAnswer::NotKnown, ConditionAnswer::No)
        );
        let mut held = with(vec![part()]);
        held.compared.extend(holds(json!([]), passed()).evidence.iter().map(|own| own.verifications[0].id.clone()));
        assert_eq!(Facts::together(&holds(json!([]), passed()), &held).signal("Name mismatch"), ConditionAnswer::No);
        // Without an inquiry a signal is there or not known.
        let alone = Facts::together(&holds(report("watchlist", "ready", true), json!([])), &CaseObjects::default());
        assert_eq!(
            (alone.signal("Watchlist hit"), alone.signal("VPN")),
            (ConditionAnswer::Yes, ConditionAnswer::NotKnown)
        );
        // One inquiry that was not read does not hide what the others say.
        let both = with(vec![part(), Facts::of(None, None, &[])]);
        let both = Facts::together(&holds(report("watchlist", "ready", true), json!([])), &both);
        assert_eq!(
            (both.signal("Watchlist hit"), both.signal("VPN")),
            (ConditionAnswer::Yes, ConditionAnswer::NotKnown)
        );
    }

    #[test]
    fn a_check_of_a_case_failed_or_nobody_knows() {
        let of = |status: &str, check: &str| {
            let case = holds(json!([]), verification(status, check, true, "DE"));
            Facts::together(&case, &with(vec![part()])).failed_check
        };
        assert_eq!(of("passed", "passed"), ConditionAnswer::No);
        assert_eq!(of("failed", "failed"), ConditionAnswer::Yes);
        for (status, check) in [("requires_retry", "passed"), ("odd", "passed"), ("", "passed"), ("passed", "odd")] {
            assert_eq!(of(status, check), ConditionAnswer::NotKnown, "{status} {check}");
        }
    }

    #[test]
    fn a_country_of_a_case_is_that_of_its_verifications_and_accounts() {
        let of = |country: &str| {
            let case = holds(json!([]), verification("passed", "passed", true, country));
            among(&Facts::together(&case, &with(vec![part()])))
        };
        assert_eq!(
            (of("DE"), of("KP"), of("Atlantis")),
            (ConditionAnswer::No, ConditionAnswer::Yes, ConditionAnswer::NotKnown)
        );
        let account = |fields: Option<&[(&str, &str)]>, told| {
            let field = |(key, value): &(&str, &str)| Field { key: (*key).into(), value: (*value).into() };
            let fields = fields.map(|fields| fields.iter().map(field).collect());
            let accounts = vec![OfAccount {
                declined_near: ConditionAnswer::No,
                fields,
                told,
                screened: true,
                inquiries: Vec::new(),
            }];
            let held = CaseObjects { accounts, ..with(vec![part()]) };
            among(&Facts::together(&holds(json!([]), json!([])), &held))
        };
        assert_eq!(account(Some(&[("nationality", "KP")]), true), ConditionAnswer::Yes);
        assert_eq!(account(Some(&[("country-code", "DE")]), false), ConditionAnswer::No);
        assert_eq!(account(Some(&[("country-code", "Atlantis")]), true), ConditionAnswer::NotKnown);
        assert_eq!(account(Some(&[]), true), ConditionAnswer::No);
        assert_eq!(account(Some(&[]), false), ConditionAnswer::NotKnown, "nothing is known about another person");
        assert_eq!(account(None, true), ConditionAnswer::NotKnown, "an account that was not read");
    }

    #[test]
    fn nothing_is_a_no_while_something_of_the_case_is_not_read() {
        for unread in [
            Value::Null,
            json!({"reports": [], "verifications": [], "unread": [{"what": "verification", "id": "ver_9"}]}),
        ] {
            let facts = Facts::together(&case(unread), &with(vec![part()]));
            for answer in [facts.hit, facts.failed_check, facts.signal("Watchlist hit"), among(&facts)] {
                assert_eq!(answer, ConditionAnswer::NotKnown);
            }
        }
    }

    #[test]
    fn a_case_is_of_the_templates_of_its_inquiries() {
        let of = |parts| Facts::together(&holds(json!([]), json!([])), &with(parts)).templates;
        let one = of(vec![part()]);
        assert_eq!((one.among("itmpl_1"), one.among("itmpl_2")), (ConditionAnswer::Yes, ConditionAnswer::No));
        let both = of(vec![part(), Facts::of(None, None, &[])]);
        assert_eq!((both.among("itmpl_1"), both.among("itmpl_2")), (ConditionAnswer::Yes, ConditionAnswer::NotKnown));
        assert_eq!(of(vec![]).among("itmpl_1"), ConditionAnswer::NotKnown, "accounts alone do not name it");
    }
}
