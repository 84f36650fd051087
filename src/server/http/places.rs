//! Limits on open connections, in total and from one address, and which connection is closed when there are too many:
//! one that has sent nothing yet, then the one that has been idle the longest. A connection with a request in progress
//! is never closed for another.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::Notify;

/// Most connections. More would only use memory: browsers hold one or a few each.
const MOST: u64 = 4096;
/// File handles for everything else: the database, files that are sent, calls to Persona.
const RESERVE: u64 = 512;
/// Most file handles that are requested from the system.
const HANDLES: u64 = 65_536;
/// One address may have one in this many of all places.
const PART: usize = 4;

#[derive(Debug, Clone)]
pub struct Limits {
    pub connections: usize,
    pub of_one_address: usize,
    /// Trusted proxies: the requests of all clients come from these.
    pub proxies: Vec<IpNet>,
}

impl Limits {
    /// As many connections as the system has file handles for, after requesting as many as it allows.
    pub fn of_system(proxies: Vec<IpNet>) -> Self {
        let found = getrlimit(Resource::Nofile);
        let wanted = found.maximum.unwrap_or(HANDLES).min(HANDLES);
        if found.current.is_some_and(|current| current < wanted) {
            // If this fails, fewer connections are accepted.
            let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: found.maximum });
        }
        let handles = getrlimit(Resource::Nofile).current.unwrap_or(HANDLES);
        let connections = handles.saturating_sub(RESERVE).max(handles / 2).min(MOST);
        if connections < MOST {
            tracing::warn!(handles, connections, "the limit of open files (ulimit -n) allows few connections");
        }
        let connections = usize::try_from(connections).unwrap_or(1).max(1);
        Self { connections, of_one_address: (connections / PART).max(1), proxies }
    }
}

/// Returns the address for which a place is counted; none for a proxy. IPv6 addresses count by network, because a
/// client that has one has 2⁶⁴ of them.
fn source(address: IpAddr, proxies: &[IpNet]) -> Option<IpAddr> {
    let address = address.to_canonical();
    if proxies.iter().any(|net| net.contains(&address)) {
        return None;
    }
    Some(match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(long) => IpAddr::V6(Ipv6Addr::from_bits(long.to_bits() >> 64 << 64)),
    })
}

#[derive(Debug)]
pub struct Places {
    limits: Limits,
    known: Mutex<PlaceTable>,
    free: Notify,
}

#[derive(Debug, Default)]
struct PlaceTable {
    next: u64,
    open: HashSet<u64>,
    by_source: HashMap<IpAddr, usize>,
    /// In the order in which they are closed: those that never sent a request, then the others, each by when they
    /// became idle.
    idle: BTreeMap<(bool, u64), Idle>,
}

#[derive(Debug)]
struct Idle {
    id: u64,
    source: Option<IpAddr>,
    close: Arc<Notify>,
}

impl PlaceTable {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn leave(&mut self, id: u64, source: Option<IpAddr>) -> bool {
        let was_open = self.open.remove(&id);
        if let Some(source) = source.filter(|_| was_open)
            && let Some(count) = self.by_source.get_mut(&source)
        {
            *count -= 1;
            if *count == 0 {
                self.by_source.remove(&source);
            }
        }
        was_open
    }

    /// Closes an idle connection. It counts as closed from now on.
    fn close_one(&mut self, which: impl Fn(&Idle) -> bool) -> bool {
        let Some(key) = self.idle.iter().find(|(_, idle)| which(idle)).map(|(key, _)| *key) else { return false };
        let Some(idle) = self.idle.remove(&key) else { return false };
        idle.close.notify_one();
        self.leave(idle.id, idle.source)
    }
}

impl Places {
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, known: Mutex::default(), free: Notify::new() })
    }

    fn known(&self) -> MutexGuard<'_, PlaceTable> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a new connection, if there is one.
    pub fn take(self: &Arc<Self>, address: IpAddr) -> Taken {
        let source = source(address, &self.limits.proxies);
        let mut known = self.known();
        let of_source = source.and_then(|source| known.by_source.get(&source)).copied().unwrap_or_default();
        if of_source >= self.limits.of_one_address && !known.close_one(|idle| idle.source == source) {
            return Taken::TooManyOfOne;
        }
        if known.open.len() >= self.limits.connections && !known.close_one(|_| true) {
            return Taken::Full;
        }
        let id = known.number();
        known.open.insert(id);
        if let Some(source) = source {
            *known.by_source.entry(source).or_default() += 1;
        }
        drop(known);
        Taken::Place(Place { places: self.clone(), id, source, close: Arc::default(), idle: None })
    }

    /// Waits until a place may be free.
    pub async fn free(&self) {
        self.free.notified().await;
    }
}

#[derive(Debug)]
pub enum Taken {
    Place(Place),
    /// This address has its share of places, and each of its connections has a request in progress.
    TooManyOfOne,
    /// Every connection has a request in progress.
    Full,
}

/// A connection's place, free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    id: u64,
    source: Option<IpAddr>,
    close: Arc<Notify>,
    idle: Option<(bool, u64)>,
}

impl Place {
    /// Marks the connection as idle. Returns when it has to be closed for another.
    pub async fn idle(&mut self, has_asked: bool) {
        let close = self.close.clone();
        {
            let mut known = self.places.known();
            let key = (has_asked, known.number());
            if known.open.contains(&self.id) {
                known.idle.insert(key, Idle { id: self.id, source: self.source, close: close.clone() });
                self.idle = Some(key);
            }
        }
        close.notified().await;
    }

    pub fn busy(&mut self) {
        if let Some(key) = self.idle.take() {
            self.places.known().idle.remove(&key);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.busy();
        self.places.known().leave(self.id, self.source);
        self.places.free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "tests")]

    use std::time::Duration;

    use super::*;

    fn place(taken: Taken) -> Place {
        match taken {
            Taken::Place(place) => place,
            other => panic!("no place: {other:?}"),
        }
    }

    fn places(connections: usize, of_one_address: usize) -> Arc<Places> {
        Places::new(Limits { connections, of_one_address, proxies: vec![IpNet::from(IpAddr::from([10, 0, 0, 1]))] })
    }

    async fn closed(place: &mut Place, has_asked: bool) -> bool {
        tokio::time::timeout(Duration::from_millis(20), place.idle(has_asked)).await.is_ok()
    }

    #[tokio::test]
    async fn one_that_has_sent_nothing_gives_way_before_one_that_is_idle_and_one_at_work_never() {
        let (places, from) = (places(3, 3), IpAddr::from([192, 0, 2, 1]));
        let at_work = place(places.take(from));
        let (mut rests, mut silent) = (place(places.take(from)), place(places.take(from)));
        assert!(!closed(&mut rests, true).await && !closed(&mut silent, false).await);
        let mut next = place(places.take(from));
        assert!(closed(&mut silent, false).await, "it had sent nothing");
        next.busy();
        let last = place(places.take(from));
        assert!(closed(&mut rests, true).await);
        assert!(matches!(places.take(IpAddr::from([192, 0, 2, 9])), Taken::Full));
        drop((silent, rests));
        assert!(matches!(places.take(IpAddr::from([192, 0, 2, 9])), Taken::Full), "they had left before");
        drop(last);
        place(places.take(IpAddr::from([192, 0, 2, 9])));
        drop((at_work, next));
        assert!(places.known().open.is_empty() && places.known().by_source.is_empty());
    }

    #[tokio::test]
    async fn one_address_has_its_share_and_a_trusted_proxy_has_all() {
        let places = places(10, 2);
        let (one, other, proxy) =
            (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]), IpAddr::from([10, 0, 0, 1]));
        let held = [place(places.take(one)), place(places.take(one))];
        assert!(matches!(places.take(one), Taken::TooManyOfOne));
        place(places.take(other));
        let through: Vec<_> = (0..8).map(|_| place(places.take(proxy))).collect();
        assert!(matches!(places.take(proxy), Taken::Full));
        drop(through);
        drop(held);
        place(places.take(one));
    }

    #[test]
    fn an_ipv6_network_is_one_source() {
        let of = |text: &str| text.parse().ok().and_then(|address| source(address, &[]));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
