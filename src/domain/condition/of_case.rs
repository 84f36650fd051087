//! What rules look at in a case.
use super::{Answer, Countries, Facts, Pending, screened};
use crate::domain::case::CaseEvidence;
use crate::domain::report::Report;
use crate::domain::verification::Verification;

impl Facts {
    /// Of a case: what is said of its inquiries, of its accounts (`near`: whether one near them was declined) and of its own reports.
    /// What it does not hold is not known.
    pub fn together(case: Option<&CaseEvidence>, parts: &[Self], near: &[Answer]) -> Self {
        let mut hits: Vec<Answer> = parts.iter().map(|part| part.hit).collect();
        let mut failed: Vec<Answer> = parts.iter().map(|part| part.failed_check).collect();
        match case {
            Some(case) => {
                let hit = case.reports.iter().any(Report::is_hit);
                let open = !case.unread.is_empty() || case.reports.iter().any(Report::may_be_hit);
                // A report that searches no lists says nothing of hits.
                match (hit, open) {
                    (true, _) => hits.push(Answer::Yes),
                    (false, true) => hits.push(Answer::NotKnown),
                    (false, false) if screened(&case.reports, true) => hits.push(Answer::No),
                    (false, false) => {}
                }
                let fails = |one: &Verification| !one.failures().is_empty();
                if case.verifications.iter().any(fails) {
                    failed.push(Answer::Yes);
                }
            }
            None => hits.push(Answer::NotKnown),
        }
        let countries = Countries {
            codes: parts.iter().flat_map(|part| part.countries.codes.iter().cloned()).collect(),
            known: !parts.is_empty() && parts.iter().all(|part| part.countries.known),
        };
        let signals = parts.iter().map(|part| part.signals.clone()).collect::<Option<Vec<_>>>();
        Self {
            template: None,
            signals: signals.filter(|all| !all.is_empty()).map(|all| all.concat()),
            pending: Pending {
                any: parts.iter().any(|part| part.pending.any),
                labels: parts.iter().flat_map(|part| part.pending.labels.iter().cloned()).collect(),
            },
            hit: Answer::any(&hits),
            failed_check: Answer::any(&failed),
            countries,
            declined_relation: Answer::any(
                &parts.iter().map(|part| part.declined_relation).chain(near.iter().copied()).collect::<Vec<_>>(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{evidence, facts, report};
    use super::*;

    #[test]
    fn a_case_is_what_its_parts_are_and_not_known_without_any() {
        let empty = Facts::together(None, &[], &[]);
        assert_eq!(
            (empty.hit, empty.failed_check, empty.declined_relation),
            (Answer::NotKnown, Answer::NotKnown, Answer::NotKnown)
        );
        assert_eq!(
            (empty.signal("PEP"), empty.countries.among(&["KP".to_owned()])),
            (Answer::NotKnown, Answer::NotKnown)
        );
        let part = |hit| facts(&evidence(&[], json!([]), report("watchlist", "ready", hit), false));
        let clear = CaseEvidence::default();
        let hit = |parts: &[Facts]| Facts::together(Some(&clear), parts, &[]).hit;
        assert_eq!((hit(&[part(false)]), hit(&[part(false), part(true)])), (Answer::No, Answer::Yes));
        let unread = Facts::of(None, None, &[]);
        assert_eq!(hit(&[part(false), unread.clone()]), Answer::NotKnown);
        assert_eq!(hit(&[part(true), unread]), Answer::Yes);
        // Its own reports count, and are not known before they were read.
        assert_eq!(Facts::together(None, &[part(false)], &[]).hit, Answer::NotKnown);
    }
}
