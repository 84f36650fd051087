//! Page data: what the desk's pages show, put together by use cases, and sent to the browser as it is.

use serde::{Deserialize, Serialize};

use super::account::{Account, AttributeKind};
use super::blind::Agreement;
use super::case::{Assignment, Case};
use super::checklist::{Checklists, Line};
use super::claim::Claim;
use super::decision::warning::Forecast;
use super::decision::{Decision, State};
use super::evidence::{Evidence, Signal, Tone};
use super::evidence_diff::Changes;
use super::id::{AccountId, CaseId, DecisionId, InquiryId, ObjectId, ReviewerId};
use super::identity::Comparison;
use super::inquiry::{Inquiry, InquiryStatus};
use super::log::Suspension;
use super::masking::Topic;
use super::note::Note;
use super::page::Page;
use super::picture::Sheets;
use super::preference::Preferences;
use super::queue::{Policy, View};
use super::reason::Reasons;
use super::relation::{DeclinedNear, Graph, NodeState, RelationsRead};
use super::reviewer::{Permission, Reviewer, Role};
use super::rule::RuleSet;
use super::statistics::Figures;
use super::time::Timestamp;

/// The signed-in reviewer, as the layout needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub id: ReviewerId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// The reviewer has to change the password before anything else.
    pub must_change: bool,
}

impl Me {
    pub fn may(&self, need: Permission) -> bool {
        (!self.must_change || need == Permission::OwnPassword) && self.role.may(need)
    }
}

impl From<&Reviewer> for Me {
    fn from(reviewer: &Reviewer) -> Self {
        let Reviewer { id, name, email, role, must_change, .. } = reviewer.clone();
        Self { id, name, email, role, must_change }
    }
}

/// What a page knows before it fetches anything; the same in the server's HTML and in the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub me: Option<Me>,
    /// `Sandbox` or `Production`, by the prefix of the API key.
    pub environment: String,
    /// `light` or `dark` when the reader chose one.
    pub theme: Option<String>,
    pub preferences: Preferences,
    pub reasons: Reasons,
    /// Cursor of the change feed when the page was made: the browser receives what came after it when it subscribes.
    pub line: String,
    pub now: Timestamp,
}

/// How long a session lasts without activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLeft {
    pub reviewer: ReviewerId,
    pub seconds: i32,
    /// The browser reports activity at most once in this many seconds, and announces the end this many seconds before
    /// it.
    pub step: i32,
    /// It ends because of its age, and activity does not prolong it.
    pub by_age: bool,
}

/// Counters and connection status in the layout of every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub waiting: i64,
    pub cases: i64,
    /// Decisions that are not confirmed yet, or need a person.
    pub decisions: i64,
    /// Unread notes that mention this reviewer.
    pub mentions: i64,
    /// Decisions of this reviewer that a second reviewer refused, and that still need work.
    pub returned: i64,
    pub persona_down: Option<String>,
    /// Persona refuses what the desk sends. An admin has to act.
    pub refused: bool,
    pub last_event_at: Option<Timestamp>,
    /// Since when the data shown may be out of date, when that is longer than it should be. `Some(None)`: never
    /// compared.
    pub behind: Option<Option<Timestamp>>,
    /// Why it may be out of date, when the API key may not read Persona's events.
    pub events_refused: Option<String>,
    /// The log is suspended: nothing is signed, decided or sent.
    pub suspended: bool,
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    pub id: InquiryId,
    pub subject: Option<String>,
    pub status: InquiryStatus,
    pub redacted: bool,
    pub signals: Vec<Signal>,
    pub evidence_known: bool,
    pub template: Option<String>,
    pub country: Option<String>,
    pub linked: i64,
    pub risk: i64,
    /// The desk's own tags.
    pub tags: Vec<String>,
    pub version: i64,
    pub waiting_since: Timestamp,
    pub due_at: Timestamp,
    pub assignee: Option<String>,
    /// Whether it is assigned to the reader.
    pub mine: bool,
    /// End of the snooze, and whether a change ends it as well.
    pub snoozed: Option<(Timestamp, bool)>,
    /// Verdict, state and reviewer of a decision that is on its way.
    pub on_its_way: Option<(String, State, String)>,
    /// The reviewer who has claimed it.
    pub claimed_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePage {
    pub page: Page<QueueRow>,
    pub total: i64,
    /// Whether there are more than `total`, where counting stopped.
    pub more: bool,
    pub statuses: Vec<(InquiryStatus, i64)>,
    pub templates: Vec<(String, String)>,
    pub countries: Vec<String>,
    /// Tags in use, most used first.
    pub tags: Vec<String>,
    /// The reviewers to whom an inquiry can be assigned.
    pub analysts: Vec<(ReviewerId, String)>,
    /// Time and result of the last full sync of Persona's lists.
    pub synced: Option<(Timestamp, String)>,
    /// The search, in words.
    pub searched: Option<String>,
    pub now: Timestamp,
}

/// A view in the list of views of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewRow {
    pub view: View,
    /// A view of the desk's own, which cannot be removed.
    pub built_in: bool,
    pub found: i64,
    /// Whether there are more than `found`.
    pub more: bool,
}

/// Newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    pub moments: Vec<Moment>,
    /// Whether there are earlier moments.
    pub more: bool,
    /// The newest log entry that it was made from, so that reading on shows nothing twice.
    pub upto: i64,
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    pub at: Timestamp,
    pub who: String,
    pub what: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    pub requested_by: String,
    pub requested_at: Timestamp,
    pub life_seconds: i64,
    /// `requested`, `ready` or `failed`
    pub state: String,
    pub url: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRef {
    pub id: CaseId,
    pub name: String,
    pub status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquiryRef {
    pub id: InquiryId,
    pub subject: Option<String>,
    pub status: InquiryStatus,
    pub template: Option<String>,
    pub waiting_since: Timestamp,
    pub signals: Vec<Signal>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationRef {
    pub account: AccountId,
    pub name: String,
    pub label: String,
    pub declined: bool,
    pub status: Option<String>,
    #[serde(default)]
    pub state: NodeState,
}

/// What a reviewer had typed when the desk refused the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub verdict: String,
    pub reason: String,
    pub comment: String,
    pub saved_at: Timestamp,
    /// Version of the evidence that it was written on.
    pub seen_version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquiryPage {
    /// Whether the reader has opened this version. A page that fetched it by itself shows it, but the reader cannot
    /// decide on it yet.
    pub opened: bool,
    pub inquiry: Inquiry,
    pub template: Option<String>,
    pub evidence: Option<Evidence>,
    /// The time as of which Persona's data is shown.
    pub as_of: Timestamp,
    /// Why “All checks passed” would not be true. Computed from all values, including those that the page hides.
    pub not_passed: Vec<String>,
    /// Whether the evidence is being read now.
    pub evidence_pending: bool,
    pub evidence_error: Option<String>,
    pub document_label: Option<String>,
    /// What is known of the pages of its PDFs.
    pub sheets: Vec<Sheets>,
    pub comparisons: Vec<Comparison>,
    pub signals: Vec<Signal>,
    pub version: i64,
    pub fingerprint: String,
    pub decisions: Vec<Decision>,
    pub checklist: Vec<Line>,
    /// The desk's own tags.
    pub tags: Vec<String>,
    pub due_at: Timestamp,
    pub assignee: Option<String>,
    /// End of the snooze, and whether a change ends it as well.
    pub snoozed: Option<(Timestamp, bool)>,
    /// Topics that are hidden on this page.
    pub hidden: Vec<Topic>,
    /// Newest first.
    pub notes: Vec<Note>,
    pub links: Vec<LinkRow>,
    pub cases: Vec<CaseRef>,
    pub relations: Vec<RelationRef>,
    pub relations_read: RelationsRead,
    pub shared: Vec<(AttributeKind, u32)>,
    pub timeline: Timeline,
    pub draft: Option<Draft>,
    /// What changed since the version that the reader saw, or wrote a draft on; `None` when nothing did.
    pub changes: Option<Changes>,
    /// The current claim. After its end the inquiry is unclaimed.
    pub claim: Option<Claim>,
    /// The refusals and rules that each verdict would meet.
    pub forecast: Forecast,
    /// A decision of the reader that a second reviewer refused.
    pub returned: Option<DecisionId>,
    pub next: Option<InquiryId>,
    pub persona_down: bool,
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    pub id: CaseId,
    pub name: String,
    pub status: String,
    pub subject: Option<String>,
    pub assignee: Option<String>,
    /// Whether it is assigned to the reader.
    pub mine: bool,
    pub tags: Vec<String>,
    pub inquiries: i64,
    pub resolved: bool,
    pub created_at: Timestamp,
    pub due_at: Option<Timestamp>,
    /// The assignee of an assignment that is on its way to Persona.
    pub being_assigned: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasesPage {
    pub page: Page<CaseRow>,
    pub statuses: Vec<(String, i64)>,
    /// The number of unresolved cases.
    pub open: i64,
    /// Why Persona's list of cases cannot be read, when the API key may not read it.
    pub forbidden: Option<String>,
    pub assignees: Vec<(String, String)>,
    pub templates: Vec<String>,
    pub tags: Vec<String>,
    /// The reviewers to whom an admin can assign a case.
    pub analysts: Vec<(ReviewerId, String)>,
    /// The search, in words.
    pub searched: Option<String>,
    pub now: Timestamp,
}

/// A report of a case, as far as the evidence of its inquiries shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRef {
    pub id: ObjectId,
    pub inquiry: Option<InquiryId>,
    pub found: Option<ReportFound>,
}

/// The result of a report without its hits, which the inquiry shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFound {
    pub label: String,
    pub tone: Tone,
    pub result: String,
    pub completed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePage {
    /// Whether the reader has opened this version.
    pub opened: bool,
    pub case: Case,
    pub version: i64,
    pub as_of: Timestamp,
    pub statuses: Vec<String>,
    pub inquiries: Vec<InquiryRef>,
    /// Each account with its name; `None` when the desk does not know the account, and so has no page for it.
    pub accounts: Vec<(AccountId, Option<String>)>,
    pub reports: Vec<ReportRef>,
    /// Why not all of the case has been read; `None` when it has.
    pub reading: Option<String>,
    /// The assignee's name, as the desk knows it.
    pub assignee: Option<String>,
    pub mine: bool,
    pub assignment: Option<Assignment>,
    /// The next case in the order of the list.
    pub next: Option<CaseId>,
    pub decisions: Vec<Decision>,
    /// The refusals and rules that setting a status would meet.
    pub forecast: Forecast,
    /// A decision of the reader that a second reviewer refused.
    pub returned: Option<DecisionId>,
    pub hidden: Vec<Topic>,
    pub notes: Vec<Note>,
    pub draft: Option<Draft>,
    pub timeline: Timeline,
    pub persona_down: bool,
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    pub account: Account,
    pub name: String,
    pub as_of: Timestamp,
    pub inquiries: Vec<InquiryRef>,
    pub cases: Vec<CaseRef>,
    pub relations: Vec<RelationRef>,
    pub relations_read: RelationsRead,
    pub shared: Vec<(AttributeKind, u32)>,
    pub hidden: Vec<Topic>,
    pub notes: Vec<Note>,
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelationPage {
    pub account: AccountId,
    pub name: String,
    pub graph: Graph,
    pub declined: DeclinedNear,
    pub hops: u32,
    /// When Persona was asked for these relations; `None` until it was.
    pub as_of: Option<Timestamp>,
    pub pending: bool,
    pub error: Option<String>,
    pub now: Timestamp,
}

/// An account on the page on which a reviewer chooses whose graph to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    pub id: AccountId,
    pub name: String,
    pub kind: super::account::AccountKind,
    pub relations: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionsPage {
    pub me: ReviewerId,
    pub decisions: Vec<Decision>,
    pub counts: Vec<(State, i64)>,
    /// Blind reviews that wait for this reviewer.
    pub blind: i64,
    pub backlog: i64,
    pub oldest_waiting: Option<Timestamp>,
    pub persona_down: Option<String>,
    pub now: Timestamp,
}

/// Decisions of the reader that a second reviewer refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedPage {
    pub decisions: Vec<Decision>,
    pub now: Timestamp,
}

/// The evidence of a decision, to be judged without knowing the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindPage {
    pub id: DecisionId,
    pub inquiry: InquiryId,
    pub name: Option<String>,
    pub version: i64,
    /// `None` until the second verdict is given.
    pub decided_at: Option<Timestamp>,
    pub evidence: Evidence,
    pub not_passed: Vec<String>,
    pub comparisons: Vec<Comparison>,
    pub document_label: Option<String>,
    /// What is known of the pages of its PDFs.
    pub sheets: Vec<Sheets>,
    pub hidden: Vec<Topic>,
    /// The result, as soon as this reviewer has given a verdict.
    pub result: Option<BlindResult>,
    pub now: Timestamp,
}

/// Both verdicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindResult {
    pub verdict: String,
    pub reason: String,
    pub comment: String,
    /// Whether the pair counts: the second reviewer had not opened the inquiry after it was decided.
    pub counts: bool,
    pub first: Decision,
}

/// Figures of the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiguresPage {
    pub figures: Figures,
    /// Inquiries that need review, by how long they have waited.
    pub ageing: Vec<(String, i64)>,
    pub overdue: i64,
    /// How often blind second reviewers agree with the first verdict.
    pub agreement: Agreement,
    /// Whether there are more decisions than were counted.
    pub cut: bool,
    pub now: Timestamp,
}

/// The current countersign rules, and earlier versions of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesPage {
    pub current: RuleSet,
    pub earlier: Vec<RuleSet>,
    pub templates: Vec<(String, String)>,
    pub undo_seconds: u64,
    /// The number of reviewers who can decide: when there is only one, no second reviewer can countersign.
    pub analysts: usize,
    pub policy: Policy,
    pub checklists: Checklists,
    pub reasons: Reasons,
    /// Proposals to loosen rules or policy that wait for a second person.
    pub proposals: Vec<super::loosening::Waiting>,
    /// Who made the current policy, and when.
    pub policy_made: Option<(String, Timestamp)>,
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewersPage {
    pub reviewers: Vec<ReviewerRow>,
    pub me: ReviewerId,
    /// A link that was made through a form without JavaScript; shown once.
    pub fresh: Option<Invited>,
    /// The number of decisions that are held because a reviewer was disabled.
    pub held: i64,
    /// The number of admins who can sign in: when there is only one, no second admin can confirm.
    pub admins: i64,
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewerRow {
    pub reviewer: Reviewer,
    pub created_by: String,
    pub reset_by: Option<String>,
    pub confirmed_by: Option<String>,
    /// Whether the reader may confirm it.
    pub confirmable: bool,
    /// Until when a password link is valid.
    pub link_until: Option<Timestamp>,
    /// Whether the link opens nothing until a second person has confirmed it.
    pub link_waits: bool,
    /// Whether the reader may confirm the link.
    pub link_confirmable: bool,
    pub last_sign_in: Option<Timestamp>,
    /// For a disabled reviewer: inquiries and decisions that wait for another reviewer.
    pub open_work: Vec<String>,
}

/// A link through which a reviewer sets their own password. It is in this value and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    pub name: String,
    pub email: String,
    pub link: String,
    pub expires_at: Timestamp,
    /// Whether the link opens nothing until a second person has confirmed it.
    pub waits: bool,
    /// Whether the link confirms the account, for its owner, who enters the current password too.
    #[serde(default)]
    pub confirms: bool,
}

/// The reviewer whose password a link sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationPage {
    pub name: String,
    pub email: String,
    pub expires_at: Timestamp,
    /// Whether the link confirms the account, once the current password is entered too.
    #[serde(default)]
    pub confirms: bool,
}

/// The text for what is missing because Persona does not permit it to the API key.
pub const NOT_PERMITTED: &str = "not permitted for this key";
/// The text for a list that is missing at an address where each environment has one.
pub const NO_SUCH_LIST: &str = "not found at this address (404)";

/// The part of the result of reading a list that an admin has to fix, with what to do.
pub fn refused_list(how: &str) -> Option<&str> {
    [NOT_PERMITTED, NO_SUCH_LIST].iter().find_map(|words| how.find(words)).map(|at| how.split_at(at).1)
}

/// Calls of the desk that Persona refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedCalls {
    pub at: Timestamp,
    pub why: String,
    /// The number of calls that wait until this is fixed.
    pub waiting: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionPage {
    pub environment: String,
    pub api_url: String,
    pub version: String,
    pub relation_keys: Vec<String>,
    pub answered_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    pub failure: Option<String>,
    /// Limit of calls per minute, and how many are left.
    pub window: Option<(u32, u32)>,
    /// `None` when Persona accepts what the desk sends.
    pub refused_calls: Option<RefusedCalls>,
    pub syncs: Vec<(String, Timestamp, String)>,
    pub events: Vec<(String, i64)>,
    pub last_event_at: Option<Timestamp>,
    /// Median and 95th percentile of how long the last webhooks took, in milliseconds.
    pub lag: Option<(u64, u64)>,
    /// Events of the last day that no webhook brought, and when the last of them was found.
    pub gaps: (i64, Option<Timestamp>),
    /// When the events here were last compared with Persona's list.
    pub compared: Option<Timestamp>,
    /// Why they cannot be compared, when the API key may not read them.
    pub events_refused: Option<String>,
    /// Webhooks of the last day that were refused.
    pub refused: Vec<RefusedWebhooks>,
    /// Other desks on the same SQLite file: host, and when they were last seen.
    pub beside: Vec<(String, Timestamp)>,
    /// The log is suspended: nothing is signed, decided or sent.
    pub suspension: Option<Suspension>,
    pub dead_letters: Vec<DeadLetterRow>,
    /// Events that were stored but could not be applied: ID, name, time, reason.
    pub failed_events: Vec<(String, String, Timestamp, Option<String>)>,
    pub now: Timestamp,
}

/// Webhooks that were refused for one reason, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedWebhooks {
    /// `size`, `missing`, `malformed`, `stale` or `mismatch`.
    pub why: String,
    pub number: i64,
    pub last_at: Timestamp,
}

impl RefusedWebhooks {
    pub fn label(&self) -> &str {
        match self.why.as_str() {
            "size" => "too large",
            "missing" => "without a signature",
            "malformed" => "with a signature that cannot be read",
            "stale" => "with a signature that is too old or from the future",
            "mismatch" => "with a signature that does not match",
            other => other,
        }
    }

    pub fn advice(&self) -> &'static str {
        match self.why.as_str() {
            "size" => "Within minutes, the desk finds the same events in Persona’s list of events.",
            "stale" => "Check the clock of this machine.",
            "mismatch" => {
                "Compare PERSONA_WEBHOOK_SECRET with the secret in Persona’s dashboard. If they are equal, strangers \
                 may be sending these."
            }
            _ => "They did not come from Persona, or they were changed on the way.",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterRow {
    pub digest: String,
    pub received_at: Timestamp,
    pub why: String,
    pub size: i64,
}

/// A session of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    /// The beginning of its hash: it identifies the session, and gives no access to it.
    pub mark: String,
    pub began_at: Timestamp,
    /// The address from which it was last used, as far as the log still has it.
    pub address: Option<String>,
    pub agent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    pub at: Timestamp,
    pub address: Option<String>,
    pub agent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAccount {
    pub me: Me,
    /// The first is the current one.
    pub sessions: Vec<OwnSession>,
    /// The last sign-in before that of this session.
    pub before: Option<SignedIn>,
    pub now: Timestamp,
}
