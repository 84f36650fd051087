//! The signed-in reviewer, and what the role may do. A permission is a value ([`Permit`]) that a use case takes as an
//! argument: code that forgets the check does not compile.
pub mod password;
pub mod provenance;

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
}
