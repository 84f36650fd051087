//! Which of two snapshots of an object is newer, in whatever order and however often they come.
//!
//! Snapshots are ordered by when Persona changed the object, then by when the event was created, then by the event's
//! id. So the mirror ends in the same state after any order (a join of a semilattice), and no read that a webhook
//! overtook, or webhook that a read overtook, brings back old data.
use std::time::Duration;

use super::time::Timestamp;

/// Clocks differ by less than this. A time further in the future would win over all later ones, so nothing is ordered
/// by it.
const FURTHEST_AHEAD: Duration = Duration::from_secs(600);

/// Whether snapshots can be ordered by this time.
pub fn orders(at: Timestamp, now: Timestamp) -> bool {
    at <= now.plus(FURTHEST_AHEAD)
}

/// Removes times from an object that would win over all later ones. `known` is its time of creation in the mirror: what
/// was stored the first time stays, or the object would change with each read.
pub fn without_ahead(
    updated_at: &mut Option<Timestamp>,
    created_at: &mut Timestamp,
    known: Option<Timestamp>,
    now: Timestamp,
) {
    *updated_at = updated_at.filter(|at| orders(*at, now));
    if !orders(*created_at, now) {
        *created_at = known.unwrap_or(now);
    }
}

/// Where a snapshot comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A webhook event: its time of creation and its id.
    Event { created_at: Timestamp, id: String },
    /// A read of the object.
    Read,
    /// A read that began while the mirror had this state. If the mirror has not changed since, the read is newer than
    /// what it has, even if that has a later time: Persona may have dated it ahead.
    ReadFrom { as_of: Timestamp, as_of_event: String },
}

/// The state of the object in the mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MirrorState<'a> {
    pub as_of: Timestamp,
    pub as_of_event: &'a str,
    /// When Persona last changed it, or created it if it never changed.
    pub updated_at: Timestamp,
}

/// Whether a snapshot replaces what is known. `updated_at` is its own; a webhook can be configured to leave it out.
pub fn newer(source: &Source, updated_at: Option<Timestamp>, known: &MirrorState<'_>) -> bool {
    let not_older = updated_at.is_none_or(|at| at >= known.updated_at);
    match source {
        Source::Event { created_at, id } => {
            // Changed since, by Persona's own time, or the same state from a later event.
            let changed = updated_at.is_some_and(|at| at > known.updated_at);
            not_older && (changed || (*created_at, id.as_str()) > (known.as_of, known.as_of_event))
        }
        Source::Read => not_older,
        Source::ReadFrom { as_of, as_of_event } => {
            not_older || (*as_of, as_of_event.as_str()) == (known.as_of, known.as_of_event)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(n: u64) -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000).plus(Duration::from_millis(n))
    }

    fn event(n: u64, id: &str) -> Source {
        Source::Event { created_at: at(n), id: id.to_owned() }
    }

    #[test]
    fn what_is_dated_far_ahead_is_no_newer_than_what_comes_after_it() {
        let (mut updated_at, mut created_at) = (Some(at(0).plus(Duration::from_secs(3 * 86_400))), at(1));
        without_ahead(&mut updated_at, &mut created_at, None, at(2));
        assert_eq!((updated_at, created_at), (None, at(1)));
        let mut ahead = at(0).plus(Duration::from_secs(3 * 86_400));
        without_ahead(&mut updated_at, &mut ahead, None, at(2));
        assert_eq!(ahead, at(2));
        let mut again = at(0).plus(Duration::from_secs(3 * 86_400));
        without_ahead(&mut updated_at, &mut again, Some(ahead), at(9));
        assert_eq!(again, ahead, "read again, it is the same");
        // Clocks differ a little.
        let (mut near, mut made) = (Some(at(5)), at(1));
        without_ahead(&mut near, &mut made, None, at(2));
        assert_eq!(near, Some(at(5)));
    }

    #[test]
    fn an_event_that_a_read_overtook_brings_nothing_old_back() {
        // Changed at 0 and at 3; the first event was made at 5, after the second change.
        let read = MirrorState { as_of: at(3), as_of_event: "", updated_at: at(3) };
        assert!(!newer(&event(5, "evt_1"), Some(at(0)), &read));
        assert!(newer(&event(8, "evt_2"), Some(at(3)), &read));
    }

    #[test]
    fn a_read_that_an_event_overtook_is_old() {
        let known = MirrorState { as_of: at(9), as_of_event: "evt_2", updated_at: at(8) };
        assert!(!newer(&Source::Read, Some(at(7)), &known));
        assert!(newer(&Source::Read, Some(at(8)), &known));
    }

    #[test]
    fn a_read_that_nothing_overtook_is_newer_than_what_was_dated_ahead() {
        let ahead = MirrorState { as_of: at(900), as_of_event: "evt_2", updated_at: at(900) };
        assert!(!newer(&Source::Read, Some(at(7)), &ahead));
        let from = |as_of, event: &str| Source::ReadFrom { as_of, as_of_event: event.to_owned() };
        assert!(newer(&from(at(900), "evt_2"), Some(at(7)), &ahead));
        assert!(!newer(&from(at(900), "evt_1"), Some(at(7)), &ahead), "an event came meanwhile");
        assert!(!newer(&from(at(3), "evt_2"), Some(at(7)), &ahead), "a change came meanwhile");
    }

    #[test]
    fn of_two_events_of_one_moment_one_wins_in_either_order() {
        let first = MirrorState { as_of: at(5), as_of_event: "evt_1", updated_at: at(5) };
        let second = MirrorState { as_of_event: "evt_2", ..first };
        assert!(newer(&event(5, "evt_2"), Some(at(5)), &first));
        assert!(!newer(&event(5, "evt_1"), Some(at(5)), &second));
        assert!(!newer(&event(5, "evt_2"), Some(at(5)), &second), "twice is once");
    }

    #[test]
    fn without_the_time_of_the_change_the_event_says_when() {
        let known = MirrorState { as_of: at(5), as_of_event: "evt_1", updated_at: at(5) };
        assert!(newer(&event(6, "evt_2"), None, &known));
        assert!(!newer(&event(4, "evt_2"), None, &known));
    }
}
