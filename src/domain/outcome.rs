//! Whether everything that was checked passed. Unknown is never good: what is missing, unfinished, not read, not
//! understood or not comparable counts like a failure. One rule for the queue, the page, the case file and the reason
//! "All checks passed".
pub mod date;

use date::dated;
use std::cmp::Ordering;
use std::time::Duration;

use super::account::attribute::{AttributeKind, MOST_OTHERS};
use super::behavior::conspicuous;
use super::denial::denial;
use super::document::{Document, Unread};
use super::evidence::{Evidence, Signal, Tone, failed_label};
use super::identity::{Comparison, is_of_person};
use super::inquiry::{Field, InquirySession, field};
use super::redact::REDACTED;
use super::report::Report;
use super::text::words;
use super::time::Timestamp;
use super::verification::{CUT, Check, CheckStatus, Verification, Weight};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckOutcome {
    Passed,
    /// The labels of everything that speaks against it.
    NotPassed {
        why: Vec<String>,
    },
}

/// How long before an inquiry a verification may have been made. Longer than any flow that reuses earlier
/// verifications.
const LONGEST_BEFORE: Duration = Duration::from_secs(365 * 86_400);
/// Checks without which a passed verification has recognised neither the person nor the document.
const CORE: [&str; 6] = [
    "selfie_liveness_detection",
    "selfie_id_comparison",
    "id_selfie_comparison",
    "id_entity_detection",
    "id_tamper_detection",
    "id_fabrication_detection",
];

pub const ALL_PASSED: &str = "All checks passed";

impl CheckOutcome {
    /// The outcome as a sentence.
    pub fn text(&self) -> String {
        match self {
            Self::Passed => format!("{ALL_PASSED}."),
            Self::NotPassed { why } => format!("Not all checks passed: {}.", why.join("; ")),
        }
    }

    pub fn why(self) -> Vec<String> {
        match self {
            Self::Passed => Vec::new(),
            Self::NotPassed { why } => why,
        }
    }
}

impl Evidence {
    /// Signals of the evidence, worst first. `shared` holds how many other accounts share an attribute.
    pub fn signals(&self, shared: &[(AttributeKind, u32)]) -> Vec<Signal> {
        let mut signals = Vec::new();
        let mut add = |tone, label: String| {
            // A label found twice is one signal, with the worse of the two tones.
            match signals.iter_mut().find(|known: &&mut Signal| known.label == label) {
                Some(known) => known.tone = known.tone.min(tone),
                None => signals.push(Signal { tone, label }),
            }
        };
        for Signal { tone, label } in self.doubts() {
            add(tone, label);
        }
        for (kind, others) in shared.iter().filter(|(_, others)| *others > 0) {
            let more = if *others >= MOST_OTHERS { " or more" } else { "" };
            add(Tone::Shared, format!("{} ×{}{more}", kind.label(), others.min(&MOST_OTHERS) + 1));
        }
        if signals.is_empty() && self.outcome() == CheckOutcome::Passed {
            signals.push(Signal { tone: Tone::Good, label: ALL_PASSED.into() });
        }
        signals.extend(self.earlier());
        signals.sort_by_key(|signal| signal.tone);
        signals
    }

    pub fn outcome(&self) -> CheckOutcome {
        let mut why: Vec<String> = Vec::new();
        for Signal { label, .. } in self.doubts() {
            if !why.contains(&label) {
                why.push(label);
            }
        }
        if why.is_empty() { CheckOutcome::Passed } else { CheckOutcome::NotPassed { why } }
    }

    /// Whether it did not pass and a later attempt at the same verification did: the same kind and template, begun
    /// after it. Persona asks for another attempt and goes by the last one. If the template is not known, they may be
    /// different verifications, and each counts. A pass is never superseded: if two passed, both have to agree.
    pub fn is_superseded(&self, earlier: &Verification) -> bool {
        !earlier.passed()
            && self.verifications.iter().any(|later| {
                later.passed()
                    && later.kind == earlier.kind
                    && later.template.is_some()
                    && later.template == earlier.template
                    && later.is_after(earlier)
            })
    }

    /// Signals of superseded attempts that showed another person.
    fn of_others(&self) -> Vec<Signal> {
        let attempts = self.verifications.iter().filter(|one| self.is_superseded(one));
        let mut all: Vec<Signal> = Vec::new();
        for what in attempts.flat_map(|one| self.differing(one)) {
            let label = format!("Earlier attempt: another {}", what.to_lowercase());
            if all.iter().all(|known| known.label != label) {
                all.push(Signal { tone: Tone::Warn, label });
            }
        }
        all
    }

    /// Whether a document belongs to another person than the inquiry is about, or has signals against itself.
    pub fn doubted_by(&self, document: &Document) -> bool {
        let alone = Self { documents: vec![document.clone()], ..Self::of(self.inquiry.clone()) };
        !alone.against().is_empty()
            || alone.comparisons().iter().any(|line| line.differs() && is_of_person(line.field()))
    }

    /// Signals of superseded attempts. They stay on the page, and rules that name a signal find them.
    pub fn earlier(&self) -> Vec<Signal> {
        let mut all: Vec<Signal> = Vec::new();
        let superseded = self.verifications.iter().filter(|one| self.is_superseded(one));
        for against in superseded.flat_map(|one| one.against(self.inquiry.created_at, self.inquiry.completed_at)) {
            let label = format!("Earlier attempt: {}", against.label);
            if all.iter().all(|known| known.label != label) {
                all.push(Signal { tone: Tone::Plain, label });
            }
        }
        all
    }

    /// The same as a sentence, if there are any.
    pub fn earlier_text(&self) -> Option<String> {
        let labels: Vec<String> = self.earlier().into_iter().map(|signal| signal.label).collect();
        (!labels.is_empty()).then(|| format!("{}. A later attempt passed.", labels.join("; ")))
    }

    /// All signals against the evidence: of verifications and reports, of comparisons, and of the network of each
    /// session.
    pub fn doubts(&self) -> Vec<Signal> {
        let compared = self.comparisons().iter().filter_map(Comparison::signal).collect::<Vec<_>>();
        let network = self.sessions.iter().flat_map(InquirySession::against);
        let warn = |label: &str| Signal { tone: Tone::Warn, label: label.to_owned() };
        let contact = |one: &Verification| matches!(one.kind.as_str(), "phone-number" | "email-address");
        let nothing = match () {
            () if self.verifications.is_empty() => Some(warn("No verification was done")),
            () if self.verifications.iter().all(contact) => Some(warn("Only phone or e-mail was verified")),
            () if !self.verifications.iter().any(Verification::tells_who) => Some(warn("No identity was verified")),
            () if self.verifications.iter().any(|one| one.tells_who() && one.passed()) && !self.is_named() => {
                Some(warn("No name was verified"))
            }
            () => None,
        };
        let failed = self.inquiry.has_failed().then(|| warn("Failed at Persona"));
        let unfinished = self.inquiry.is_unfinished().then(|| warn("Marked for review before it was finished"));
        let others = self.of_others();
        let told = self.declared().into_iter().chain(self.found.iter().cloned());
        let all = nothing
            .into_iter()
            .chain(failed)
            .chain(unfinished)
            .chain(self.against())
            .chain(compared)
            .chain(others)
            .chain(network);
        all.chain(told).collect()
    }

    /// Signals of verifications and reports, and of evidence that is missing.
    pub fn against(&self) -> Vec<Signal> {
        let behavior = self.behavior.iter().chain(self.sessions.iter().flat_map(|session| &session.signals));
        let behavior = behavior.filter_map(conspicuous);
        let reports = self.reports.iter().flat_map(Report::against);
        let counting = self.verifications.iter().filter(|one| !self.is_superseded(one));
        let verifications = counting.flat_map(|one| one.against(self.inquiry.created_at, self.inquiry.completed_at));
        let unfinished = self.documents.iter().filter(|document| !document.processed());
        let unfinished = unfinished
            .map(|document| Signal { tone: Tone::Warn, label: format!("{} not processed", document.label()) });
        let unread = self.unread.iter().map(Unread::against);
        // Reports add this signal themselves.
        let redacted = self.documents.iter().filter_map(|one| emptied(&one.label(), &one.facts));
        let expired = self.documents.iter().flat_map(|one| dated(&one.label(), &one.facts, self.inquiry.created_at));
        let denied = self.documents.iter().flat_map(|one| denied(&one.label(), &one.facts));
        let of_nobody = self.documents.iter().filter(|one| one.processed() && one.names_nobody());
        let of_nobody = of_nobody.map(|one| Signal { tone: Tone::Warn, label: nameless(&one.label()) });
        reports
            .chain(verifications)
            .chain(behavior)
            .chain(unfinished)
            .chain(redacted)
            .chain(denied)
            .chain(of_nobody)
            .chain(expired)
            .chain(unread)
            .collect()
    }
}

/// Signals of values that contradict the status, each once.
fn denied(label: &str, facts: &[Field]) -> Vec<Signal> {
    let mut all: Vec<Signal> = Vec::new();
    let cut = facts.iter().any(|fact| fact.key == CUT.0 && fact.value == CUT.1);
    let cut = cut.then(|| (false, "not all of its values assessed".to_owned()));
    for (bad, what) in facts.iter().filter_map(denial).chain(cut) {
        let signal = Signal { tone: if bad { Tone::Bad } else { Tone::Warn }, label: format!("{label}: {what}") };
        if !all.contains(&signal) {
            all.push(signal);
        }
    }
    all
}

/// The label for an object with names of which it is not known whose they are.
fn nameless(label: &str) -> String {
    format!("{label} does not say whose it is")
}

/// The signal of a redacted object: it can no longer be checked why it ended as it did.
fn emptied(label: &str, facts: &[Field]) -> Option<Signal> {
    let label = format!("{label} redacted in Persona");
    field(facts, REDACTED).map(|_| Signal { tone: Tone::Warn, label })
}

impl Unread {
    pub(super) fn against(&self) -> Signal {
        Signal { tone: Tone::Warn, label: format!("{} not read", words(&self.what)) }
    }
}

impl Verification {
    /// Whether it was begun after another one. If both were begun at the same time, Persona's order and the times of
    /// completion decide, unless they contradict each other. If nothing decides, neither supersedes the other.
    fn is_after(&self, other: &Self) -> bool {
        match self.created_at.zip(other.created_at).map(|(this, other)| this.cmp(&other)) {
            Some(Ordering::Equal) => {}
            begun => return begun == Some(Ordering::Greater),
        }
        let place = self.attempt.zip(other.attempt).map(|(this, other)| this.cmp(&other));
        let end = self.completed_at.zip(other.completed_at).map(|(this, other)| this.cmp(&other));
        let told: Vec<Ordering> = place.into_iter().chain(end).filter(|order| order.is_ne()).collect();
        !told.is_empty() && told.iter().all(|order| order.is_gt())
    }

    /// Signals if it passed although its expiry date was over when it was verified or given, or cannot be read.
    fn out_of_date(&self, begun: Timestamp, ended: Option<Timestamp>) -> Vec<Signal> {
        let given = [self.completed_at.or(self.created_at), ended, Some(begun)];
        let given = given.into_iter().flatten().max().filter(|_| self.passed());
        given.map(|given| dated(&self.label(), &self.facts, given)).unwrap_or_default()
    }

    /// The signal if it establishes an identity and has names of which it is not known whose they are.
    fn nameless(&self) -> Option<Signal> {
        let label = nameless(&self.label());
        (self.passed() && self.tells_who() && self.names_nobody()).then_some(Signal { tone: Tone::Warn, label })
    }

    /// Signals of values read from the pages of a document that do not match according to Persona, or that it did not
    /// find.
    fn unlike(&self) -> Vec<Signal> {
        let doubt = |fact: &Field| {
            let (how, name) = fact.key.strip_prefix("read from the pages")?.split_once(": ")?;
            let level = fact.value.rsplit_once(", match ").map(|(_, level)| level);
            let missing = how.contains("guided") && fact.value == "nothing found";
            let unlike = level.is_some_and(|level| !matches!(level, "full" | "exact" | "match"));
            let label = format!("{}: {} read from the pages does not match", self.label(), words(name));
            (missing || unlike).then_some(Signal { tone: Tone::Warn, label })
        };
        self.facts.iter().filter(|_| self.passed()).filter_map(doubt).collect()
    }

    /// The signal of its own status; `None` if it passed.
    pub fn standing(&self) -> Option<Signal> {
        let label = self.label();
        let (tone, label) = match self.status.as_str() {
            "passed" | "confirmed" => return None,
            "failed" => (Tone::Bad, format!("{label} failed")),
            "tentatively_failed" => (Tone::Bad, format!("{label} tentatively failed")),
            "tentatively_passed" => (Tone::Warn, format!("{label} only tentatively passed")),
            "requires_retry" => (Tone::Warn, format!("{label} must be retried")),
            "initiated" | "created" | "pending" | "submitted" => (Tone::Warn, format!("{label} not finished")),
            "skipped" => (Tone::Warn, format!("{label} skipped")),
            "canceled" => (Tone::Warn, format!("{label} canceled")),
            _ => (Tone::Warn, format!("{label}: status unknown")),
        };
        Some(Signal { tone, label })
    }

    /// The signal if it was verified long before the inquiry was begun.
    fn stale(&self, begun: Timestamp) -> Option<Signal> {
        let when = self.completed_at.or(self.created_at)?;
        let label = format!("{} verified more than a year before the inquiry", self.label());
        (self.passed() && when < begun.minus(LONGEST_BEFORE)).then_some(Signal { tone: Tone::Warn, label })
    }

    /// Signals of checks that recognise a person or a document and that were required but not run.
    fn not_run(&self) -> Vec<Signal> {
        let core = |check: &&Check| {
            check.required && check.status == CheckStatus::NotApplicable && CORE.contains(&check.name.as_str())
        };
        let left_out = self.checks.iter().filter(core).filter(|_| self.passed());
        left_out.map(|check| Signal { tone: Tone::Warn, label: format!("Not run: {}", check.label()) }).collect()
    }

    /// All signals against it in an inquiry that was begun and ended at these times, or in a case.
    pub(super) fn against(&self, begun: Timestamp, ended: Option<Timestamp>) -> Vec<Signal> {
        let checks: Vec<Signal> = self.checks.iter().filter_map(Check::against).collect();
        // A failure that its checks explain is reported once, by them.
        let explained = self.failed() && checks.iter().any(|check| check.tone == Tone::Bad);
        let unchecked = self.is_unchecked();
        let not_run = if unchecked { Vec::new() } else { self.not_run() };
        let unchecked =
            unchecked.then(|| Signal { tone: Tone::Warn, label: format!("{}: no check was run", self.label()) });
        let redacted = emptied(&self.label(), &self.facts);
        let dated = self.out_of_date(begun, ended).into_iter().chain(self.stale(begun));
        let denied = if self.passed() { denied(&self.label(), &self.facts) } else { Vec::new() };
        let doubts = unchecked.into_iter().chain(not_run).chain(self.unlike());
        let doubts = doubts.chain(denied).chain(dated).chain(redacted).chain(self.nameless());
        self.standing().filter(|_| !explained).into_iter().chain(doubts).chain(checks).collect()
    }
}

impl Check {
    fn against(&self) -> Option<Signal> {
        let failed = || failed_label(&self.name, &self.label());
        let (tone, label) = match self.weight() {
            Weight::Failed => (Tone::Bad, failed()),
            Weight::Hint => (Tone::Warn, failed()),
            Weight::Doubtful => (Tone::Warn, format!("{}: {}", self.label(), self.objections().join(", "))),
            Weight::Unknown => (Tone::Warn, format!("{}: status unknown", self.label())),
            Weight::Passed | Weight::Skipped => return None,
        };
        Some(Signal { tone, label })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Kind, status, and the checks with their status.
    type Verified<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

    fn evidence(verifications: &[Verified<'_>], reports: &[(&str, &str, bool)]) -> Evidence {
        let name = || json!([{"key": "name-first", "value": "Mara"}, {"key": "name-last", "value": "Vos"}]);
        let verifications: Vec<_> = verifications
            .iter()
            .map(|(kind, status, checks)| {
                let checks: Vec<_> = checks
                    .iter()
                    .map(|(name, status)| json!({"name": name, "status": status, "required": true, "reasons": []}))
                    .collect();
                json!({"id": "ver_1", "kind": kind, "status": status, "country": null, "created_at": null,
                    "completed_at": null, "checks": checks, "facts": name(), "pictures": []})
            })
            .collect();
        let reports: Vec<_> = reports
            .iter()
            .map(|(kind, status, hit)| {
                json!({"id": "rep_1", "kind": kind, "status": status, "has_match": hit, "term": null,
                    "created_at": null, "completed_at": null, "matches": [], "dismissed": 0})
            })
            .collect();
        let whole = json!({"inquiry": {"id": "inq_1", "status": "needs_review", "reference_id": null, "account_id": null,
            "template_id": null, "note": null, "tags": [], "creator": null, "reviewer_comment": null,
            "created_at": "2026-11-20T09:14:02.000000Z", "updated_at": null, "started_at": null, "completed_at": null,
            "failed_at": null, "marked_for_review_at": null, "decisioned_at": null, "expires_at": null,
            "expired_at": null, "redacted_at": null, "fields": name()},
            "verifications": verifications, "reports": reports, "sessions": []});
        serde_json::from_value(whole).unwrap_or_else(|why| panic!("{why}"))
    }

    const PASSED: Verified<'_> = ("government-id", "passed", &[("id_entity_detection", "passed")]);

    fn labels(evidence: &Evidence) -> Vec<String> {
        evidence.signals(&[]).into_iter().map(|signal| signal.label).collect()
    }

    #[test]
    fn all_passed_is_said_when_all_passed() {
        let clean = evidence(&[PASSED, ("email-address", "confirmed", &[])], &[("watchlist", "ready", false)]);
        assert_eq!(clean.outcome(), CheckOutcome::Passed);
        assert_eq!(labels(&clean), [ALL_PASSED]);
    }

    #[test]
    fn whatever_is_not_known_to_have_passed_speaks_against_it() {
        let unfinished: &[(&str, &str)] = &[
            ("failed", "Selfie failed"),
            ("requires_retry", "Selfie must be retried"),
            ("initiated", "Selfie not finished"),
            ("submitted", "Selfie not finished"),
            ("skipped", "Selfie skipped"),
            ("canceled", "Selfie canceled"),
            ("tentatively_passed", "Selfie only tentatively passed"),
            ("tentatively_failed", "Selfie tentatively failed"),
            ("", "Selfie: status unknown"),
            ("sleeping", "Selfie: status unknown"),
        ];
        for (status, label) in unfinished {
            let one = evidence(&[PASSED, ("selfie", status, &[("selfie_pose_detection", "passed")])], &[]);
            assert_eq!(labels(&one), [*label], "{status}");
            assert_eq!(one.outcome(), CheckOutcome::NotPassed { why: vec![(*label).to_owned()] }, "{status}");
        }
        let odd = evidence(&[PASSED, ("selfie", "passed", &[("new_thing", "weird")])], &[]);
        assert_eq!(labels(&odd), ["New thing: status unknown"]);
        for kind in ["government-id", "government-id-nfc", "selfie", "document"] {
            for checks in
                [&[][..], &[("new_thing", "not_applicable")], &[("a", "not_applicable"), ("b", "not_applicable")]]
            {
                let unchecked = evidence(&[PASSED, (kind, "passed", checks)], &[]);
                let label = format!("{}: no check was run", unchecked.verifications[1].label());
                assert_eq!(labels(&unchecked), [label], "{kind} {checks:?}");
            }
        }
        let some = evidence(&[PASSED, ("selfie", "passed", &[("a", "not_applicable"), ("b", "passed")])], &[]);
        assert_eq!(some.outcome(), CheckOutcome::Passed);
        for (report, label) in [
            (("watchlist", "ready", true), "Watchlist hit"),
            (("watchlist", "pending", true), "Watchlist hit"),
            (("watchlist", "pending", false), "Watchlist report not finished"),
            (("watchlist", "errored", false), "Watchlist report failed to run"),
            (("watchlist", "odd", false), "Watchlist report: status unknown"),
            (("brand-new", "ready", false), "Brand new report not assessed"),
        ] {
            let one = evidence(&[PASSED], &[report]);
            assert_eq!(labels(&one), [label]);
            assert_ne!(one.outcome(), CheckOutcome::Passed);
        }
        let mut gap = evidence(&[PASSED], &[]);
        gap.unread.push(Unread { what: "report".into(), id: "rep_9".into(), why: None });
        assert_eq!(labels(&gap), ["Report not read"]);
        let none = evidence(&[], &[("watchlist", "ready", false)]);
        assert_eq!(labels(&none), ["No verification was done"]);
        assert_eq!(none.outcome().why(), ["No verification was done"]);
    }

    #[test]
    fn what_is_redacted_or_was_out_of_date_when_it_was_verified_is_not_green() {
        let of = |change: &dyn Fn(&mut Verification)| {
            let mut one = evidence(&[PASSED], &[("watchlist", "ready", false)]);
            one.verifications[0].completed_at = "2026-11-20T09:14:02.000Z".parse().ok();
            change(&mut one.verifications[0]);
            one.outcome().why()
        };
        let expires =
            |day: &'static str| of(&|one| one.facts.push(Field { key: "expiration-date".into(), value: day.into() }));
        assert_eq!(expires("2026-11-20"), [] as [&str; 0]);
        assert_eq!(expires("2026-11-19"), ["Government ID past its expiry date, 2026-11-19"]);
        assert_eq!(expires("2001-01-01"), ["Government ID past its expiry date, 2001-01-01"]);
        assert_eq!(expires("soon"), ["Government ID: expiry date not understood"]);
        let at = "2026-11-25T09:14:02.000Z".parse().unwrap_or_else(|_| panic!("a time"));
        let gone = of(&|one| one.redact(at));
        assert!(gone.contains(&"Government ID redacted in Persona".to_owned()), "{gone:?}");
        let mut report = evidence(&[PASSED], &[("watchlist", "ready", false)]);
        report.reports[0].redact(at);
        assert_eq!(report.outcome().why(), ["Watchlist report: redacted in Persona"]);
    }

    #[test]
    fn what_denies_the_status_beside_it_is_a_doubt() {
        let of = |kind: &str, key: &str, value: &str| {
            let mut one = evidence(&[PASSED, (kind, "passed", &[("some_check", "passed")])], &[]);
            one.verifications[1].facts.push(Field { key: key.into(), value: value.into() });
            labels(&one)
        };
        for (kind, key, value, label) in [
            ("digital-id-generic", "response-status", "rejected", "Digital id generic: response status rejected"),
            ("phone-number", "metadata.telesign-risk-score", "980", "Phone number: telesign risk score 980"),
            (
                "digital-id-uk-sharecode",
                "immigration-status",
                "expired",
                "Digital id uk sharecode: immigration status expired",
            ),
            ("mdoc", "meets-minimum-age", "no", "Mdoc: meets minimum age: no"),
            (
                "digital-id-serpro",
                "selfie-comparison-error-code",
                "DV-1",
                "Digital id serpro: selfie comparison error code DV-1",
            ),
            ("selfie", "document-similarity-score", "4.5", "Selfie: document similarity score 4.5"),
        ] {
            assert_eq!(of(kind, key, value), [label]);
        }
        for (kind, key, value) in [
            ("digital-id-generic", "response-status", "success"),
            ("phone-number", "metadata.telesign-risk-score", "306"),
            ("selfie", "document-similarity-score", "88.2"),
        ] {
            assert_eq!(of(kind, key, value), [ALL_PASSED], "{kind} {key}");
        }
    }

    #[test]
    fn what_denies_a_verification_under_a_name_or_in_words_of_no_list_is_a_doubt() {
        let of = |kind: &str, facts: &[(&str, &str)]| {
            let mut one = evidence(&[PASSED, (kind, "passed", &[("some_check", "passed")])], &[]);
            let facts = facts.iter().map(|(key, value)| Field { key: (*key).into(), value: (*value).into() });
            one.verifications[1].facts.extend(facts);
            labels(&one)
        };
        for (kind, key, value, label) in [
            ("database", "response-status", "NO_MATCH", "response status NO_MATCH"),
            ("database", "verification-status", "no longer valid", "verification status no longer valid"),
            ("database", "fraud-score", "900", "fraud score 900"),
            ("database", "fraud-score", "97", "fraud score 97"),
            ("database", "fraud-score", "0.98", "fraud score 0.98"),
            ("database", "fraud-score", "61", "fraud score “61” not assessed"),
            ("government-id", "document-status", "STOLEN", "document status STOLEN"),
            ("government-id", "document-status", "lost", "document status lost"),
            ("government-id", "document-status", "purple", "document status “purple” not assessed"),
            ("government-id", "license-status", "surrendered", "license status surrendered"),
            ("database", "vital-status", "deceased", "vital status deceased"),
            ("government-id", "passive-authentication", "FAILED", "passive authentication FAILED"),
            ("government-id", "decision", "declined", "decision declined"),
            ("government-id", "recommendation", "REJECT", "recommendation REJECT"),
            ("government-id", "outcome", "FAIL", "outcome FAIL"),
            ("database", "result", "rejected", "result rejected"),
            ("database", "name-match-result", "no_match", "name match result no_match"),
            ("database", "address-match-result", "no_match", "address match result no_match"),
            ("database", "name-match", "no_match", "name match no_match"),
            ("database", "match-level", "none", "match level none"),
            ("selfie", "liveness-result", "spoof", "liveness result spoof"),
            ("selfie", "id-photo-similarity", "0.02", "id photo similarity 0.02"),
            ("selfie", "id-photo-similarity", "0.6", "id photo similarity “0.6” not assessed"),
            ("selfie", "match-probability", "0.98", "match probability “0.98” not assessed"),
            ("government-id", "fraud-detected", "yes", "fraud detected: yes"),
            ("government-id", "is-stolen", "1", "is stolen: 1"),
            ("selfie", "is-live", "no", "is live: no"),
            ("selfie", "is-alive", "no", "is alive: no"),
            ("database", "is-something", "yes", "is something “yes” not assessed"),
            ("database", "risk", "high", "risk high"),
            ("government-id", "flags", "TAMPERED", "flags TAMPERED"),
            ("government-id", "alerts", "photo substituted", "alerts photo substituted"),
            ("database", "death-date", "2019-01-01", "death date: 2019-01-01"),
            ("database", "matched-person", "Kim Jong Un", "matched person “Kim Jong Un” not assessed"),
            ("database", "database-sources.1.match", "yes", "match “yes” not assessed"),
            ("government-id", "revoked-at", "2026-01-01T00:00:00Z", "revoked at 2026-01-01T00:00:00Z"),
            ("database", "deceased-at", "2026-01-01", "deceased at: 2026-01-01"),
            (
                "government-id",
                "entity-confidence-reasons",
                "barcode_mismatch, tampered",
                "entity confidence reasons barcode_mismatch, tampered",
            ),
            ("database", "match-outcome", "partial match", "match outcome partial match"),
            ("database", "registry-answer", "unmatched", "registry answer unmatched"),
        ] {
            let said = of(kind, &[(key, value)]);
            assert!(said.len() == 1 && said[0].ends_with(&format!(": {label}")), "{kind} {key} {value}: {said:?}");
        }
        for (key, day, end) in [
            ("expires-at", "2015", "past its expiry date, 2015"),
            ("expires-at", "2015-01-01T00:00:00Z", "past its expiry date, 2015-01-01T00:00:00Z"),
            ("date-of-expiry", "2015-01-01", "past its expiry date, 2015-01-01"),
            ("issue-date", "2027", "issued after it was submitted, 2027"),
            ("issue-date", "2027-05-01", "issued after it was submitted, 2027-05-01"),
        ] {
            let said = of("government-id", &[(key, day)]);
            assert!(said.len() == 1 && said[0].ends_with(end), "{key} {day}: {said:?}");
        }
        let two = of("government-id", &[("card-expiry-date", "2030"), ("expiration-date", "2001-01-01")]);
        assert_eq!(two, ["Government ID past its expiry date, 2001-01-01"]);
        // Values that say nothing against a person, whichever object they are in.
        for (key, value) in [
            ("fraud-score", "12"),
            ("fraud-detected", "no"),
            ("is-live", "yes"),
            ("decision", "approved"),
            ("chip-result", "PASSED"),
            ("risk", "low"),
            ("alerts", "none"),
            ("card-expiry-date", "2030"),
            ("place-of-issue", "Lost Creek"),
            ("restrictions", "NOT VALID FOR FEDERAL USE"),
            ("issuing-authority", "Void"),
            ("given-city", "Dead Horse"),
            ("provider-reference-id", "abcdef"),
            ("marital-status", "single"),
            ("entity-confidence-reasons", "generic"),
            ("vehicle-class", "C"),
            ("sex", "F"),
        ] {
            assert_eq!(of("government-id", &[(key, value)]), [ALL_PASSED], "{key} {value}");
        }
    }

    #[test]
    fn a_later_attempt_that_passed_counts_and_the_failure_before_it_stays_named() {
        let at = |text: &str| text.parse().ok();
        let attempts = |template: [Option<&str>; 2], last: &str| {
            let failed: Verified<'_> = ("government-id", "failed", &[("id_tamper_detection", "failed")]);
            let checks: &[(&str, &str)] = &[("id_tamper_detection", "passed")];
            let mut both = evidence(&[failed, ("government-id", last, checks)], &[]);
            let times = ["2026-11-20T09:00:00.000Z", "2026-11-20T09:05:00.000Z"];
            for ((one, template), time) in both.verifications.iter_mut().zip(template).zip(times) {
                one.template = template.map(str::to_owned);
                one.created_at = at(time);
            }
            both
        };
        let passed = attempts([Some("vtmpl_1"), Some("vtmpl_1")], "passed");
        assert_eq!(passed.outcome(), CheckOutcome::Passed);
        assert_eq!(labels(&passed), [ALL_PASSED, "Earlier attempt: Document tampering"]);
        let mut turned = passed.clone();
        turned.verifications.reverse();
        assert_eq!(turned.outcome(), CheckOutcome::Passed, "by time, and not by place");
        // Two documents that were both asked for, attempts of which that is not known, and a last attempt that did not
        // pass.
        for other in [
            attempts([Some("vtmpl_1"), Some("vtmpl_2")], "passed"),
            attempts([None, None], "passed"),
            attempts([Some("vtmpl_1"), Some("vtmpl_1")], "requires_retry"),
            attempts([Some("vtmpl_1"), Some("vtmpl_1")], "failed"),
        ] {
            assert_ne!(other.outcome(), CheckOutcome::Passed);
            assert!(labels(&other).contains(&"Document tampering".to_owned()), "{:?}", labels(&other));
        }
        let mut worse = attempts([Some("vtmpl_1"), Some("vtmpl_1")], "passed");
        let (first, last) = worse.verifications.split_at_mut(1);
        std::mem::swap(&mut first[0].created_at, &mut last[0].created_at);
        assert_ne!(worse.outcome(), CheckOutcome::Passed, "it passed first and failed afterwards");
    }

    #[test]
    fn the_reason_and_the_queue_go_by_one_rule() {
        let whole = |change: &dyn Fn(&mut Evidence)| {
            let mut one = evidence(&[PASSED, ("email-address", "confirmed", &[])], &[("watchlist", "ready", false)]);
            change(&mut one);
            one
        };
        let name = |one: &mut Evidence, text: &str| {
            one.inquiry.fields.iter_mut().filter(|field| field.key == "name-first").for_each(|field| {
                field.value = text.into();
            });
        };
        let by = |one: &mut Evidence, flag: &str| {
            let session = json!({"id": "iqse_1", "status": "active", "network_flags": [flag]});
            one.sessions.push(serde_json::from_value(session).unwrap_or_else(|why| panic!("{why}")));
        };
        type Case<'a> = (&'a str, &'a dyn Fn(&mut Evidence));
        let cases: [Case<'_>; 10] = [
            ("Name mismatch", &|one| name(one, "Peter")),
            ("Name incomplete", &|one| one.inquiry.fields.retain(|field| field.key != "name-first")),
            ("Name not comparable", &|one| {
                one.inquiry.fields.iter_mut().for_each(|field| field.value = "Вос".into());
            }),
            ("Name not on the document", &|one| one.verifications[0].facts.clear()),
            ("VPN", &|one| by(one, "VPN")),
            ("No verification was done", &|one| one.verifications.clear()),
            ("Only phone or e-mail was verified", &|one| drop(one.verifications.remove(0))),
            ("Failed at Persona", &|one| one.inquiry.status = crate::domain::inquiry::InquiryStatus::Failed),
            ("Selfie: no check was run", &|one| {
                let mut more = one.verifications[0].clone();
                more.kind = "selfie".into();
                more.checks.clear();
                one.verifications.push(more);
            }),
            ("Government ID: no check was run", &|one| {
                let mut skipped = one.verifications[0].checks[0].clone();
                one.verifications[0].checks[0].required = false;
                skipped.status = "not_applicable".to_owned().into();
                one.verifications[0].checks.push(skipped);
            }),
        ];
        assert_eq!(whole(&|_| ()).outcome(), CheckOutcome::Passed);
        for (label, change) in cases {
            let one = whole(change);
            assert_eq!(labels(&one), [label]);
            assert_eq!(one.outcome().why(), [label]);
        }
    }

    #[test]
    fn a_failure_that_its_checks_explain_is_said_once() {
        let both = evidence(&[("government-id", "failed", &[("id_expired_detection", "failed")])], &[]);
        assert_eq!(labels(&both), ["Expired document"]);
    }
}
