//! Who created an account and who could act through it: whether two accounts belong to two people.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::id::ReviewerId;

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
