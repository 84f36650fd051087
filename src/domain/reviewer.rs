//! The signed-in reviewer, and what the role may do. A permission is a value ([`Permit`]) that a use case takes as an
//! argument: code that forgets the check does not compile.
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::ReviewerId;
use super::time::Timestamp;

/// One reviewer has one role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Analyst,
    Admin,
    Auditor,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Analyst, Self::Admin, Self::Auditor];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Analyst => "Analyst",
            Self::Admin => "Admin",
            Self::Auditor => "Auditor",
        }
    }

    /// The complete table of who may do what. Docs and tests read the same table.
    pub const fn may(self, need: Permission) -> bool {
        match need {
            Permission::SignedIn | Permission::OwnPassword => true,
            Permission::ReadQueue => matches!(self, Self::Analyst | Self::Admin | Self::Auditor),
            Permission::ReadEvidence | Permission::ExportEvidence | Permission::ReadRestricted => {
                matches!(self, Self::Analyst | Self::Auditor)
            }
            Permission::Decide => matches!(self, Self::Analyst),
            Permission::ReadAudit | Permission::ExportAudit => matches!(self, Self::Auditor),
            Permission::ReadReviewers | Permission::ReadConnection => matches!(self, Self::Admin | Self::Auditor),
            // A reviewer who is held up by a rule may know it.
            Permission::ReadRules => true,
            Permission::ReadFigures => matches!(self, Self::Admin | Self::Auditor),
            Permission::ReadRetention | Permission::ConfirmRetention | Permission::ConfirmChanges => {
                matches!(self, Self::Admin | Self::Auditor)
            }
            // A role that gives work out does not do it.
            Permission::Assign | Permission::ManageQueue => matches!(self, Self::Admin),
            Permission::ManageReviewers
            | Permission::ManageConnection
            | Permission::ManageRules
            | Permission::ManageRetention => {
                matches!(self, Self::Admin)
            }
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a role: analyst, admin or auditor expected")]
pub struct NotARole;

impl FromStr for Role {
    type Err = NotARole;
    fn from_str(text: &str) -> Result<Self, NotARole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(NotARole)
    }
}

macro_rules! needs {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// What a page, route or server function asks of its caller.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Permission { $($(#[$doc])* $name),+ }

        impl Permission {
            pub const ALL: &[Self] = &[$(Self::$name),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }

        /// The same needs as types, for [`Permit`].
        pub mod permission {
            use super::{Permission, Permissible};
            $(
                $(#[$doc])*
                #[derive(Debug, Clone, Copy)]
                pub struct $name;
                impl Permissible for $name {
                    const PERMISSION: Permission = Permission::$name;
                }
            )+
        }
    };
}

needs! {
    /// Any reviewer: own account, counters of the layout.
    SignedIn = "signed-in",
    /// Change one's own password, and sign out: all that is left after signing in with a printed password.
    OwnPassword = "own-password",
    /// See which inquiries and cases wait, and how decisions are delivered.
    ReadQueue = "queue.read",
    /// Open an inquiry, account, relation graph or picture.
    ReadEvidence = "evidence.read",
    /// Take evidence out as a file, for a purpose: a case file, the answer to an access request.
    ExportEvidence = "evidence.export",
    /// Read restricted notes: suspicions, legal advice. They must not leave the desk.
    ReadRestricted = "note.read-restricted",
    /// Give an inquiry to an analyst.
    Assign = "queue.assign",
    /// Change how long inquiries may wait, how they are dealt, and the shared views.
    ManageQueue = "queue.manage",
    /// Decide, set a case's status, send a one-time link.
    Decide = "decision.make",
    /// Read the whole audit log.
    ReadAudit = "audit.read",
    /// Download the decision log.
    ExportAudit = "audit.export",
    /// See who has an account.
    ReadReviewers = "reviewer.read",
    /// Invite, disable and enable reviewers, change a role, make a link for a new password.
    ManageReviewers = "reviewer.manage",
    /// See the health of the connection to Persona, dead letters included.
    ReadConnection = "connection.read",
    /// Start a synchronisation.
    ManageConnection = "connection.manage",
    /// See what needs a second reviewer.
    ReadRules = "rule.read",
    /// Change what needs a second reviewer. A change that loosens it is only proposed.
    ManageRules = "rule.manage",
    /// Confirm what another admin did: looser rules, an account, a link for the new password of an admin or auditor.
    ConfirmChanges = "change.confirm",
    /// See how much is decided, how fast, and by whom.
    ReadFigures = "figure.read",
    /// See how long records are stored, and what was erased.
    ReadRetention = "retention.read",
    /// State that a relationship ended. What would erase records soon is only proposed.
    ManageRetention = "retention.manage",
    /// Hold records, propose to lift a hold, confirm another person's proposal, cancel what is not erased yet.
    ConfirmRetention = "retention.confirm",
}

pub trait Permissible {
    const PERMISSION: Permission;
}

/// A reviewer as the desk knows them now. Loaded for each request, so that a change of role takes effect at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewer {
    pub id: ReviewerId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
    /// The password was printed on the command line, and must be changed before anything else.
    pub must_change: bool,
}

/// Proof that a reviewer may do `P`. Only [`Reviewer::permit`] creates one.
#[derive(Debug, Clone)]
pub struct Permit<P> {
    reviewer: Reviewer,
    origin: Origin,
    what: PhantomData<P>,
}

/// Where a request came from, as far as the audit log records it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// First bytes of SHA-256 of the session id: they tell sessions apart, but open none.
    pub session: Option<String>,
    pub request_id: Option<String>,
    /// The network address. Stored as a commitment, not in clear text.
    pub address: Option<String>,
    /// What the browser says it is. Stored like the address.
    pub agent: Option<String>,
}

impl Reviewer {
    pub fn permit<P: Permissible>(self, origin: Origin) -> Result<Permit<P>, Forbidden> {
        let free = !self.must_change || P::PERMISSION == Permission::OwnPassword;
        if self.disabled_at.is_none() && free && self.role.may(P::PERMISSION) {
            Ok(Permit { reviewer: self, origin, what: PhantomData })
        } else {
            Err(Forbidden { need: P::PERMISSION })
        }
    }
}

impl<P> Permit<P> {
    pub const fn reviewer(&self) -> &Reviewer {
        &self.reviewer
    }

    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this needs the permission {}", need.as_str())]
pub struct Forbidden {
    pub need: Permission,
}

/// The operator, as a creator of accounts.
pub const SHELL: &str = "command line";
/// The demo, whose accounts belong to no person.
pub const DEMO: &str = "demo";

/// The creator of an account, and the person who confirmed it. Creators are ids of reviewers, [`SHELL`] or [`DEMO`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    pub id: ReviewerId,
    pub created_by: String,
    /// Who last reset the password.
    pub reset_by: Option<String>,
    pub confirmed_by: Option<String>,
    /// The people who could act through the accounts of those who created it or last reset its password, at that time.
    /// Confirming one of these accounts later does not change it.
    #[serde(default)]
    pub made_hands: BTreeSet<String>,
    /// The people who could act through it although it is confirmed: they could also act through the account of the
    /// reviewer who confirmed it.
    #[serde(default)]
    pub confirmed_hands: BTreeSet<String>,
}

impl Provenance {
    fn makers(&self) -> impl Iterator<Item = &str> {
        [Some(&self.created_by), self.reset_by.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|by| *by != DEMO)
    }

    /// Whether this person created the account or last set its password.
    pub fn made_by(&self, maker: &str) -> bool {
        self.makers().any(|by| by == maker)
    }

    /// Everyone who could act through this account: its owner, those who created it or set its password, those who
    /// created theirs, and so on, as far as no other admin has confirmed one. The command line counts only for what it
    /// created itself: its user can do everything anyway.
    pub fn controllers(&self, all: &[Self]) -> BTreeSet<String> {
        let mut found = BTreeSet::from([self.id.to_string()]);
        let mut open = vec![self];
        while let Some(account) = open.pop() {
            if account.confirmed_by.is_some() {
                found.extend(account.confirmed_hands.iter().cloned());
                continue;
            }
            let then = account.made_hands.iter().map(String::as_str).filter(|by| *by != SHELL);
            found.extend(then.map(str::to_owned));
            for by in account.makers().filter(|by| *by != SHELL || account.id == self.id) {
                if found.insert(by.to_owned()) {
                    open.extend(all.iter().filter(|made| made.id.to_string() == by));
                }
            }
        }
        found
    }

    /// A person who could act as both, among all accounts. None once another admin has confirmed what they created.
    pub fn shared_controller(&self, other: &Self, all: &[Self]) -> Option<String> {
        let theirs = other.controllers(all);
        self.shared_controller_then(&theirs, all)
    }

    /// A person who could act as both: this account as it is, and another one through which these people could act.
    pub fn shared_controller_then(&self, then: &BTreeSet<String>, all: &[Self]) -> Option<String> {
        self.controllers(all).into_iter().find(|hand| then.contains(hand))
    }

    /// [`Self::beside_shell`] for another account as it was, given who could act through it then.
    pub fn beside_shell_then(&self, other: ReviewerId, then: &BTreeSet<String>) -> Option<String> {
        if self.confirmed_by.is_some() {
            return None;
        }
        let other = other.to_string();
        match (self.made_by(SHELL), then.contains(SHELL)) {
            (true, false) => then.iter().find(|hand| **hand != other).cloned(),
            (false, true) => self.makers().find(|by| *by != SHELL).map(str::to_owned),
            _ => None,
        }
    }

    /// The creator of the account made on the page, if one of the two was made on the command line and the other on the
    /// page, and neither is confirmed.
    pub fn beside_shell(&self, other: &Self) -> Option<String> {
        if self.confirmed_by.is_some() || other.confirmed_by.is_some() {
            return None;
        }
        let of_page = |made: &Self| made.makers().find(|by| *by != SHELL).map(str::to_owned);
        match (self.made_by(SHELL), other.made_by(SHELL)) {
            (true, false) => of_page(other),
            (false, true) => of_page(self),
            _ => None,
        }
    }

    /// Whether the two are different people, as far as anyone can tell. The operator does not count, and can do
    /// everything anyway.
    pub fn independent(&self, other: &Self, all: &[Self]) -> bool {
        let theirs = other.controllers(all);
        self.id != other.id && self.controllers(all).iter().all(|hand| hand == SHELL || !theirs.contains(hand))
    }

    /// Whether another reviewer cannot act through this account.
    pub fn is_beyond(&self, other: ReviewerId, all: &[Self]) -> bool {
        self.id != other && !self.controllers(all).contains(&other.to_string())
    }

    /// Whether this reviewer may confirm an account: it is not theirs, they have not created it, and no one who could
    /// act through it could act through theirs. The operator does not count, and can do everything anyway.
    pub fn may_confirm(&self, account: &Self, all: &[Self]) -> bool {
        !account.made_by(&self.id.to_string()) && self.independent(account, all)
    }

    /// Whether an independent person has confirmed it.
    pub fn is_confirmed(&self) -> bool {
        self.confirmed_by.is_some() && self.confirmed_hands.is_empty()
    }

    /// Whether this reviewer may confirm that the one who created the account, or set its password, does not use it:
    /// that one cannot act through theirs. Those who could act through both accounts still can, and are stored with
    /// the confirmation ([`Self::in_spite_of`]).
    pub fn may_confirm_in_part(&self, account: &Self, all: &[Self]) -> bool {
        let mine = self.controllers(all);
        self.id != account.id
            && account.confirmed_by.is_none()
            && !account.made_by(&self.id.to_string())
            && account.makers().all(|by| by == SHELL || !mine.contains(by))
    }

    /// Whether this reviewer may confirm an account at this moment, wholly or in part.
    pub fn may_confirm_now(&self, account: &Self, all: &[Self]) -> bool {
        !account.is_confirmed() && (self.may_confirm(account, all) || self.may_confirm_in_part(account, all))
    }

    /// The people who could act through an account although this reviewer confirms it.
    pub fn in_spite_of(&self, account: &Self, all: &[Self]) -> BTreeSet<String> {
        let (mine, theirs) = (self.controllers(all), account.controllers(all));
        mine.intersection(&theirs).filter(|hand| *hand != SHELL).cloned().collect()
    }
}

/// Normalizes an e-mail address: trimmed, lower case, with something on both sides of one `@`. `None` if it is not one.
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, host) = text.split_once('@')?;
    let fine = !local.is_empty()
        && host.contains('.')
        && !host.contains('@')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    fine.then_some(text)
}

/// Minimum length of a password, in characters. OWASP ASVS 5.0 6.2.1 recommends 15, NIST SP 800-63B calls fewer weak
/// without a second factor.
pub const SHORTEST_PASSWORD: usize = 15;
/// Maximum length, in bytes: enough for any passphrase, and a limit on the work of hashing.
pub const LONGEST_PASSWORD: usize = 256;

/// Why a password is not accepted, or `None`. By length, the reviewer's own name and obvious words only: composition
/// rules make passwords worse.
pub fn password_fault(password: &str, email: &str, name: &str) -> Option<&'static str> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Some("Use at least 15 characters, for example a few words in a row.");
    }
    if password.len() > LONGEST_PASSWORD {
        return Some("The password is too long: at most 256 bytes. Shorten it.");
    }
    let folded = password.to_lowercase();
    let own = email.split('@').chain(name.split_whitespace()).map(str::to_lowercase);
    if own.filter(|word| word.len() >= 4).any(|word| folded.contains(&word)) {
        return Some("Do not use your own name or e-mail address in the password.");
    }
    let first = folded.chars().next();
    if folded.chars().all(|c| Some(c) == first) || folded.contains("password") || folded.contains("123456789") {
        return Some("This password is easy to guess. Choose another one.");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_both_decides_and_manages_or_audits() {
        for role in Role::ALL {
            let powers = [Permission::Decide, Permission::ManageReviewers, Permission::ExportAudit];
            assert_eq!(powers.into_iter().filter(|need| role.may(*need)).count(), 1, "{role}");
        }
    }

    fn made(n: u128, created_by: &str, reset_by: Option<&str>, confirmed_by: Option<&str>) -> Provenance {
        Provenance {
            id: ReviewerId(uuid::Uuid::from_u128(n)),
            created_by: created_by.to_owned(),
            reset_by: reset_by.map(str::to_owned),
            confirmed_by: confirmed_by.map(str::to_owned),
            made_hands: BTreeSet::new(),
            confirmed_hands: BTreeSet::new(),
        }
    }

    #[test]
    fn confirming_a_maker_later_does_not_change_whose_hand_made_an_account() {
        let text = |n: u128| uuid::Uuid::from_u128(n).to_string();
        let anna = made(1, SHELL, None, None);
        let erin = made(2, &text(1), None, Some(&text(9)));
        let other = made(4, &text(1), None, None);
        let sam = made(3, &text(2), None, None);
        let of =
            |sam: &Provenance| sam.shared_controller(&other, &[anna.clone(), erin.clone(), other.clone(), sam.clone()]);
        assert_eq!(of(&sam), None, "it was not recorded who could act through Erin's account");
        let kept = BTreeSet::from([text(2), text(1), SHELL.to_owned()]);
        assert_eq!(of(&Provenance { made_hands: kept.clone(), ..sam.clone() }), Some(text(1)));
        let confirmed = Provenance { made_hands: kept.clone(), confirmed_by: Some(text(9)), ..sam.clone() };
        assert_eq!(of(&confirmed), None, "until someone else has confirmed it");
        // The command line counts for what it created itself.
        let beside = made(5, SHELL, None, None);
        let sam = Provenance { made_hands: kept, ..sam };
        assert!(!sam.controllers(std::slice::from_ref(&sam)).contains(SHELL));
        assert_eq!(beside.shared_controller(&sam, &[beside.clone(), sam.clone()]), None);
    }

    #[test]
    fn accounts_of_one_hand_are_two_only_when_another_admin_says_so() {
        let (x, y) = (made(1, "anna", None, None), made(2, "anna", None, None));
        assert_eq!(x.shared_controller(&y, &[]).as_deref(), Some("anna"));
        assert_eq!(x.shared_controller(&made(2, "ben", None, None), &[]), None);
        assert_eq!(x.shared_controller(&made(2, "anna", None, Some("ben")), &[]), None, "confirmed");
        assert_eq!(
            x.shared_controller(&made(2, "ben", Some("anna"), None), &[]).as_deref(),
            Some("anna"),
            "a reset is like a creation"
        );
        assert_eq!(
            made(1, SHELL, None, None).shared_controller(&made(2, SHELL, None, None), &[]).as_deref(),
            Some(SHELL)
        );
        assert_eq!(made(1, DEMO, None, None).shared_controller(&made(2, DEMO, None, None), &[]), None);
        let anna = made(7, SHELL, None, Some("ben"));
        let hers = made(8, &anna.id.to_string(), None, None);
        assert_eq!(anna.shared_controller(&hers, &[]), Some(anna.id.to_string()), "who made the other's account");
        // Through an admin that she created herself, however many steps lie between.
        let puppet = made(9, &anna.id.to_string(), None, None);
        let (second, third) =
            (made(10, &puppet.id.to_string(), None, None), made(11, &anna.id.to_string(), None, None));
        let all = [anna.clone(), puppet.clone(), second.clone(), third.clone()];
        assert_eq!(second.shared_controller(&third, &all), Some(anna.id.to_string()));
        assert_eq!(anna.shared_controller(&second, &all), Some(anna.id.to_string()));
        assert!(!second.may_confirm(&third, &all) && !puppet.may_confirm(&third, &all));
        let confirmed =
            [anna, Provenance { confirmed_by: Some("ben".into()), ..puppet }, second.clone(), third.clone()];
        assert_eq!(second.shared_controller(&third, &confirmed), None);
    }

    #[test]
    fn nobody_confirms_what_they_or_their_maker_made() {
        let anna = made(1, SHELL, None, None);
        let by_anna = anna.id.to_string();
        let (hers, puppet) = (made(2, &by_anna, None, None), made(3, &by_anna, None, None));
        assert!(!anna.may_confirm(&hers, &[]) && !hers.may_confirm(&hers, &[]));
        assert!(!puppet.may_confirm(&hers, &[]), "an admin that she made herself");
        assert!(made(4, SHELL, None, None).may_confirm(&hers, &[]));
        assert!(made(4, SHELL, None, None).may_confirm(&made(5, SHELL, None, None), &[]));
    }

    #[test]
    fn a_printed_password_opens_nothing_but_its_own_change() {
        let fresh = |must_change| Reviewer {
            id: ReviewerId(uuid::Uuid::nil()),
            email: "a@b.example".into(),
            name: "A".into(),
            role: Role::Analyst,
            created_at: Timestamp::from_micros(0),
            disabled_at: None,
            must_change,
        };
        assert!(fresh(true).permit::<permission::SignedIn>(Origin::default()).is_err());
        assert!(fresh(true).permit::<permission::Decide>(Origin::default()).is_err());
        assert!(fresh(true).permit::<permission::OwnPassword>(Origin::default()).is_ok());
        assert!(fresh(false).permit::<permission::Decide>(Origin::default()).is_ok());
    }

    #[test]
    fn a_disabled_reviewer_may_nothing() {
        let at = Timestamp::from_micros(0);
        let gone = Reviewer {
            id: ReviewerId(uuid::Uuid::nil()),
            email: "a@b.example".into(),
            name: "A".into(),
            role: Role::Admin,
            created_at: at,
            disabled_at: Some(at),
            must_change: false,
        };
        assert!(gone.permit::<permission::SignedIn>(Origin::default()).is_err());
    }

    #[test]
    fn emails_are_trimmed_and_checked() {
        assert_eq!(email("  Mara@Desk.example "), Some("mara@desk.example".into()));
        for bad in ["", "mara", "@x.y", "a@b", "a@@b.c", "a b@c.de", "a@b.c."] {
            assert_eq!(email(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn passwords_are_judged_by_length_and_guessability() {
        assert!(password_fault("short", "a@b.cd", "A").is_some());
        assert!(password_fault("aaaaaaaaaaaaaaaa", "a@b.cd", "A").is_some());
        assert!(password_fault("oyelaran likes tea", "mara@desk.example", "Mara Oyelaran").is_some());
        assert!(password_fault("seven green kettles sing", "mara@desk.example", "Mara Oyelaran").is_none());
    }
}
