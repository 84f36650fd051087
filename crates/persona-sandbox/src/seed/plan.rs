//! The plan of a block of forty inquiries: who is in it, what is wrong with them, and what they share. Every block has
//! all of it, so a small sandbox shows everything and a large one repeats it with other people.

use super::rng::Rng;

pub const BLOCK: u64 = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Created,
    Pending,
    Completed,
    Failed,
    Expired,
    NeedsReview,
    Approved,
    Declined,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::NeedsReview => "needs_review",
            Self::Approved => "approved",
            Self::Declined => "declined",
        }
    }

    /// Whether the person has been through the whole flow.
    pub fn finished(self) -> bool {
        matches!(self, Self::Completed | Self::NeedsReview | Self::Approved | Self::Declined)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    Standard,
    Enhanced,
    Business,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    None,
    BirthdateAndWatchlist,
    Blurry,
    ExpiredDocument,
    LongNames,
    Rtl,
    AdverseMedia,
    Address,
    LowSimilarity,
    Tampered,
    Vpn,
    Tor,
    Pep,
    Name,
    Optional,
    Watchlist,
    Redacted,
    Empty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    Nothing,
    /// Six accounts share a device: a fraud ring.
    Device,
    /// Three accounts share a phone number.
    Phone,
    /// Four accounts share an address.
    Address,
    /// Accounts share an office network, which is innocent.
    Office,
}

#[derive(Clone, Copy, Debug)]
pub struct Slot {
    pub status: Status,
    pub template: Template,
    pub twist: Twist,
    pub share: Share,
}

const fn slot(status: Status, template: Template, twist: Twist, share: Share) -> Slot {
    Slot { status, template, twist, share }
}

use {Share as H, Status as S, Template as T, Twist as W};

/// Slot 0 is the root of a business network; slots 13 to 19, without 15, are the ring.
#[rustfmt::skip]
const SLOTS: [Slot; 40] = [
    slot(S::NeedsReview, T::Business, W::AdverseMedia, H::Nothing),
    slot(S::NeedsReview, T::Standard, W::BirthdateAndWatchlist, H::Nothing),
    slot(S::NeedsReview, T::Standard, W::Blurry, H::Nothing),
    slot(S::NeedsReview, T::Standard, W::ExpiredDocument, H::Nothing),
    slot(S::NeedsReview, T::Enhanced, W::LongNames, H::Phone),
    slot(S::NeedsReview, T::Standard, W::Rtl, H::Office),
    slot(S::NeedsReview, T::Enhanced, W::AdverseMedia, H::Nothing),
    slot(S::NeedsReview, T::Standard, W::Address, H::Address),
    slot(S::NeedsReview, T::Standard, W::LowSimilarity, H::Nothing),
    slot(S::NeedsReview, T::Standard, W::Tampered, H::Nothing),
    slot(S::NeedsReview, T::Business, W::None, H::Address),
    slot(S::NeedsReview, T::Standard, W::Vpn, H::Nothing),
    slot(S::NeedsReview, T::Enhanced, W::Pep, H::Nothing),
    slot(S::NeedsReview, T::Standard, W::Name, H::Device),
    slot(S::NeedsReview, T::Standard, W::Optional, H::Device),
    slot(S::NeedsReview, T::Business, W::Watchlist, H::Nothing),
    slot(S::Declined, T::Standard, W::Tampered, H::Device),
    slot(S::Declined, T::Standard, W::LowSimilarity, H::Device),
    slot(S::Approved, T::Standard, W::None, H::Device),
    slot(S::Completed, T::Standard, W::None, H::Device),
    slot(S::Approved, T::Standard, W::None, H::Office),
    slot(S::Completed, T::Standard, W::Rtl, H::Office),
    slot(S::Approved, T::Business, W::None, H::Address),
    slot(S::Approved, T::Standard, W::Redacted, H::Nothing),
    slot(S::Expired, T::Standard, W::None, H::Nothing),
    slot(S::Declined, T::Business, W::AdverseMedia, H::Nothing),
    slot(S::Approved, T::Enhanced, W::None, H::Phone),
    slot(S::Pending, T::Standard, W::None, H::Nothing),
    slot(S::Created, T::Standard, W::Empty, H::Nothing),
    slot(S::Approved, T::Business, W::None, H::Office),
    slot(S::Failed, T::Standard, W::LowSimilarity, H::Nothing),
    slot(S::Approved, T::Enhanced, W::Optional, H::Phone),
    slot(S::Completed, T::Business, W::None, H::Office),
    slot(S::Created, T::Business, W::None, H::Nothing),
    slot(S::Pending, T::Business, W::None, H::Nothing),
    slot(S::Declined, T::Standard, W::Tor, H::Nothing),
    slot(S::Approved, T::Business, W::None, H::Address),
    slot(S::Failed, T::Enhanced, W::ExpiredDocument, H::Nothing),
    slot(S::Created, T::Business, W::None, H::Nothing),
    slot(S::Expired, T::Business, W::None, H::Nothing),
];

pub fn of(index: u64) -> Slot {
    let at = usize::try_from(index % BLOCK).unwrap_or(0);
    SLOTS.get(at).copied().unwrap_or(SLOTS[0])
}

/// When each step happened, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub created: i64,
    pub started: i64,
    pub submitted: i64,
    /// When it was completed or failed.
    pub ended: i64,
    pub marked: i64,
    pub decided: i64,
    pub expired: i64,
}

impl Times {
    /// All steps at the same time, for an inquiry that arrives now.
    pub fn at(now: i64) -> Self {
        Self { created: now, started: now, submitted: now, ended: now, marked: now, decided: now, expired: now }
    }

    /// Times by status. Needs review: within the last five hours. Open: within the last day. Decided: within the last
    /// thirty days.
    pub fn of(rng: &mut Rng, slot: Slot, index: u64, base: i64) -> Self {
        const MINUTE: i64 = 60_000;
        const HOUR: i64 = 60 * MINUTE;
        // Multiples of the golden ratio spread evenly, whatever their number. The first inquiries of a block have
        // waited longest.
        let share = 1_000_000 - i64::try_from(index.wrapping_mul(618_034) % 1_000_000).unwrap_or(0);
        let last = match slot.status {
            Status::NeedsReview => base - 4 * MINUTE - share * 290 * MINUTE / 1_000_000,
            Status::Created | Status::Pending => base - 20 * MINUTE - share * 18 * HOUR / 1_000_000,
            _ => base - 6 * HOUR - share * 29 * 24 * HOUR / 1_000_000,
        } - rng.below(59_000);
        let flow = rng.between(6, 18) * MINUTE;
        let review = rng.between(40, 400) * 1000;
        let decided = last;
        let marked = if slot.status == Status::NeedsReview { last } else { last - rng.between(20, 600) * MINUTE };
        let ended = match slot.status {
            Status::NeedsReview | Status::Approved | Status::Declined => marked - review,
            _ => last,
        };
        let started = ended - flow;
        let created = match slot.status {
            Status::Created | Status::Pending => last,
            Status::Expired => last - 24 * HOUR,
            _ => started - rng.between(60, 900) * 1000,
        };
        let started = if matches!(slot.status, Status::Created | Status::Pending | Status::Expired) {
            created + 2 * MINUTE
        } else {
            started
        };
        let submitted = if matches!(slot.status, Status::Pending | Status::Expired) {
            started + MINUTE
        } else {
            ended - 2 * MINUTE
        };
        Self { created, started, submitted, ended, marked, decided, expired: last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_the_promised_mix() {
        let count = |status| (0..BLOCK).filter(|index| of(*index).status == status).count();
        assert_eq!(count(Status::NeedsReview), 16);
        let businesses = (0..BLOCK).filter(|index| of(*index).template == Template::Business).count();
        assert_eq!(businesses, 12);
        let ring = (0..BLOCK).filter(|index| of(*index).share == Share::Device).count();
        assert_eq!(ring, 6);
        assert_eq!((0..BLOCK).filter(|index| of(*index).share == Share::Phone).count(), 3);
        assert_eq!((0..BLOCK).filter(|index| of(*index).share == Share::Address).count(), 4);
    }

    #[test]
    fn times_follow_each_other() {
        for index in 0..400 {
            let slot = of(index);
            let times = Times::of(&mut Rng::new(&[index]), slot, index, 1_795_000_000_000);
            assert!(times.created <= times.started, "{index}");
            if slot.status.finished() {
                assert!(times.started < times.submitted && times.submitted < times.ended, "{index}");
                assert!(times.ended <= times.decided && times.decided < 1_795_000_000_000, "{index}");
            }
        }
    }
}
