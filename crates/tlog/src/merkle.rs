//! The Merkle tree over the log, in one file because roots, tiles and proofs use the same complete subtrees: hashing as
//! in RFC 6962 section 2.1, tiles as in c2sp.org/tlog-tiles, proofs as in RFC 9162 sections 2.1.3 and 2.1.4. Pure, so
//! that the desk, the page and the command line check with the same code.
use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

pub type Hash = [u8; 32];

/// A tile holds the hashes of eight levels of the tree: the 256 of its lowest level, from which the others follow.
pub const TILE_HEIGHT: u32 = 8;
pub const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;

/// Prefixes of what is hashed: one for leaves, another for nodes, so that neither can pass for the other.
const LEAF: u8 = 0;
const NODE: u8 = 1;

pub fn leaf(body: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([LEAF]);
    hash.update(body);
    hash.finalize().into()
}

pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [NODE; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// The root of an empty log.
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// A log hashed from its first leaf on: its size and the roots of the complete subtrees that it consists of, largest
/// first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Of a log of `size` leaves; `peaks` are the roots named by [`peaks`], in their order.
    pub const fn new(size: u64, peaks: Vec<Hash>) -> Self {
        Self { size, peaks }
    }

    pub const fn size(&self) -> u64 {
        self.size
    }

    pub fn push(&mut self, leaf: Hash) {
        let mut carried = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                carried = node(&left, &carried);
            }
        }
        self.peaks.push(carried);
        self.size += 1;
    }

    pub fn root(&self) -> Hash {
        join(&self.peaks)
    }
}

/// The root over complete subtrees, largest first.
fn join(peaks: &[Hash]) -> Hash {
    let mut from_right = peaks.iter().rev();
    match from_right.next() {
        None => empty(),
        Some(last) => from_right.fold(*last, |right, left| node(left, &right)),
    }
}

/// The root over a list of leaf hashes.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// A complete subtree: the `index`th of 2^`level` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    pub level: u32,
    pub index: u64,
}

/// The complete subtrees that the leaves `from..to` consist of, leftmost first. `from` must be a multiple of the
/// largest one, as it is wherever RFC 9162 splits a tree.
fn range(from: u64, to: u64) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut at = from;
    while at < to {
        let level = (to - at).ilog2();
        nodes.push(Node { level, index: at >> level });
        at += 1 << level;
    }
    nodes
}

/// The complete subtrees that a log of this size consists of, largest first.
pub fn peaks(size: u64) -> Vec<Node> {
    range(0, size)
}

/// Where RFC 9162 splits a tree of `size` leaves: the largest power of two below it.
const fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The plan of a proof: each hash of it is the root over some complete subtrees.
type Plan = Vec<Vec<Node>>;

/// Plans the proof that leaf `index` is in a log of `size` leaves (RFC 9162 section 2.1.3.1).
fn plan_inclusion(index: u64, size: u64) -> Plan {
    let (mut from, mut to) = (0, size);
    let mut plan = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            plan.push(range(middle, to));
            to = middle;
        } else {
            plan.push(range(from, middle));
            from = middle;
        }
    }
    plan.reverse();
    plan
}

/// Plans the proof that the log of `old` leaves is the beginning of that of `size` (RFC 9162 section 2.1.4.1).
fn plan_consistency(old: u64, size: u64) -> Plan {
    if old == 0 || old >= size {
        return Vec::new();
    }
    let (mut from, mut to) = (0, size);
    let mut plan = Vec::new();
    // While the old tree's right edge is in the left half, the right half is part of the proof, and the other way
    // round.
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            plan.push(range(middle, to));
            to = middle;
        } else {
            plan.push(range(from, middle));
            from = middle;
        }
    }
    // The old tree itself is not part of the proof.
    if from != 0 {
        plan.push(range(from, to));
    }
    plan.reverse();
    plan
}

/// The position of a tile. Its lowest hashes are the roots of subtrees of 256^`level` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileId {
    pub level: u32,
    pub number: u64,
}

impl TileId {
    /// Number of hashes that it holds in a log of `size` leaves.
    pub fn width(self, size: u64) -> u64 {
        let hashes = size.checked_shr(TILE_HEIGHT * self.level).unwrap_or(0);
        hashes.saturating_sub(self.number * TILE_WIDTH).min(TILE_WIDTH)
    }

    /// Its path by c2sp.org/tlog-tiles: `tile/0/x001/234`, or `tile/0/x001/234.p/56` when 56 hashes wide.
    pub fn path(self, size: u64) -> String {
        let mut number = format!("{:03}", self.number % 1000);
        let mut rest = self.number / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        match self.width(size) {
            TILE_WIDTH => format!("tile/{}/{number}", self.level),
            width => format!("tile/{}/{number}.p/{width}", self.level),
        }
    }

    /// Parses such a path into the tile and its width.
    pub fn parse(path: &str) -> Option<(Self, u64)> {
        let (level, mut rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let mut width = TILE_WIDTH;
        if let Some((name, partial)) = rest.split_once(".p/") {
            rest = name;
            width = partial.parse().ok().filter(|width| (1..TILE_WIDTH).contains(width))?;
        }
        let mut number: u64 = 0;
        let parts: Vec<&str> = rest.split('/').collect();
        for (place, part) in parts.iter().enumerate() {
            let digits = if place + 1 < parts.len() { part.strip_prefix('x')? } else { part };
            if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            number = number.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        let id = Self { level: level.parse().ok().filter(|level| *level < 8)?, number };
        // Only one spelling for each tile: no leading zeros.
        (id.path_of_width(width) == path).then_some((id, width))
    }

    fn path_of_width(self, width: u64) -> String {
        let size = (self.number * TILE_WIDTH + width).checked_shl(TILE_HEIGHT * self.level).unwrap_or(0);
        self.path(size)
    }

    /// The tile that holds a subtree's hash, or from which the hash follows.
    const fn of(node: Node) -> Self {
        let level = node.level / TILE_HEIGHT;
        Self { level, number: node.index >> (TILE_HEIGHT - node.level % TILE_HEIGHT) }
    }
}

/// The tiles that were read, of a log of `size` leaves.
#[derive(Debug, Clone, Default)]
pub struct Tiles {
    pub size: u64,
    held: BTreeMap<TileId, Vec<Hash>>,
}

/// A tile that is needed is missing or too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tile {} is missing or too short", .0.path(u64::MAX))]
pub struct Missing(pub TileId);

impl Tiles {
    pub fn new(size: u64) -> Self {
        Self { size, held: BTreeMap::new() }
    }

    pub fn insert(&mut self, id: TileId, hashes: Vec<Hash>) {
        self.held.insert(id, hashes);
    }

    pub fn get(&self, id: TileId) -> Option<&[Hash]> {
        self.held.get(&id).map(Vec::as_slice)
    }

    pub fn ids(&self) -> impl Iterator<Item = TileId> + '_ {
        self.held.keys().copied()
    }

    fn hash(&self, node: Node) -> Result<Hash, Missing> {
        let id = TileId::of(node);
        let held = self.held.get(&id).ok_or(Missing(id))?;
        let inside = node.level % TILE_HEIGHT;
        let first = (node.index << inside) - id.number * TILE_WIDTH;
        let hashes =
            usize::try_from(first).ok().and_then(|first| held.get(first..first + (1 << inside))).ok_or(Missing(id))?;
        Ok(root(hashes))
    }

    fn joined(&self, nodes: &[Node]) -> Result<Hash, Missing> {
        let hashes = nodes.iter().map(|node| self.hash(*node)).collect::<Result<Vec<_>, _>>()?;
        Ok(join(&hashes))
    }

    /// The root of the log's first `size` leaves.
    pub fn root(&self, size: u64) -> Result<Hash, Missing> {
        self.joined(&peaks(size))
    }

    pub fn leaf(&self, index: u64) -> Result<Hash, Missing> {
        self.hash(Node { level: 0, index })
    }

    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, Missing> {
        plan_inclusion(index, size).iter().map(|nodes| self.joined(nodes)).collect()
    }

    pub fn consistency(&self, old: u64, size: u64) -> Result<Vec<Hash>, Missing> {
        plan_consistency(old, size).iter().map(|nodes| self.joined(nodes)).collect()
    }

    /// Checks that every tile here belongs under the root: the root of a tile must be in the tile above, up to the top.
    pub fn check(&self, root_of_log: &Hash) -> Result<(), Missing> {
        if self.root(self.size)? != *root_of_log {
            let top = peaks(self.size).first().copied().unwrap_or(Node { level: 0, index: 0 });
            return Err(Missing(TileId::of(top)));
        }
        let edge = tiles_of(peaks(self.size));
        for (id, hashes) in &self.held {
            if hashes.len() as u64 != id.width(self.size) {
                return Err(Missing(*id));
            }
            if hashes.len() as u64 == TILE_WIDTH {
                let above = TileId { level: id.level + 1, number: id.number / TILE_WIDTH };
                let place = usize::try_from(id.number % TILE_WIDTH).unwrap_or(0);
                let stands = self.held.get(&above).and_then(|above| above.get(place));
                if stands != Some(&root(hashes)) {
                    return Err(Missing(*id));
                }
            } else if !edge.contains(id) {
                return Err(Missing(*id));
            }
        }
        Ok(())
    }
}

fn tiles_of(nodes: impl IntoIterator<Item = Node>) -> BTreeSet<TileId> {
    nodes.into_iter().map(TileId::of).collect()
}

/// The tiles from which the root of a log follows.
pub fn tiles_of_root(size: u64) -> BTreeSet<TileId> {
    tiles_of(peaks(size))
}

/// The tiles from which a leaf's proof of inclusion follows, and that [`Tiles::check`] needs.
pub fn tiles_of_inclusion(index: u64, size: u64) -> BTreeSet<TileId> {
    let mut tiles = tiles_of(plan_inclusion(index, size).into_iter().flatten().chain([Node { level: 0, index }]));
    tiles.extend(tiles_of_root(size));
    let mut number = index >> TILE_HEIGHT;
    let mut level = 0;
    while (TileId { level, number }).width(size) > 0 {
        tiles.insert(TileId { level, number });
        level += 1;
        number >>= TILE_HEIGHT;
    }
    tiles
}

/// The tiles from which a proof of consistency follows, and the roots at both sizes.
pub fn tiles_of_consistency(old: u64, size: u64) -> BTreeSet<TileId> {
    tiles_of(plan_consistency(old, size).into_iter().flatten().chain(peaks(old)).chain(peaks(size)))
}

/// Verifies a proof of inclusion (RFC 9162 section 2.1.3.2).
pub fn included(index: u64, size: u64, leaf: Hash, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut fn_, mut sn, mut at) = (index, size - 1, leaf);
    for hash in proof {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            at = node(hash, &at);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            at = node(&at, hash);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    sn == 0 && at == *root
}

/// Verifies a proof of consistency (RFC 9162 section 2.1.4.2). An empty log is the beginning of any other.
pub fn consistent(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old > size {
        return false;
    }
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty();
    }
    let mut rest = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { rest.next() };
    let Some(first) = first else { return false };
    let (mut fn_, mut sn) = (old - 1, size - 1);
    while fn_ & 1 == 1 {
        fn_ >>= 1;
        sn >>= 1;
    }
    let (mut fr, mut sr) = (*first, *first);
    for hash in rest {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            fr = node(hash, &fr);
            sr = node(hash, &sr);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            sr = node(&sr, hash);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    sn == 0 && fr == *old_root && sr == *root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: u64) -> Vec<Hash> {
        (0..n).map(|n| leaf(&n.to_be_bytes())).collect()
    }

    /// RFC 6962 section 2.1, literally.
    fn by_the_book(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty(),
            [one] => *one,
            many => {
                let k = many.len().next_power_of_two() / 2;
                node(&by_the_book(&many[..k]), &by_the_book(&many[k..]))
            }
        }
    }

    fn tiles(all: &[Hash]) -> Tiles {
        let size = all.len() as u64;
        let mut tiles = Tiles::new(size);
        let mut hashes = all.to_vec();
        for level in 0.. {
            if hashes.is_empty() {
                return tiles;
            }
            for (number, part) in (0_u64..).zip(hashes.chunks(256)) {
                tiles.insert(TileId { level, number }, part.to_vec());
            }
            hashes = hashes.chunks_exact(256).map(root).collect();
        }
        tiles
    }

    #[test]
    fn roots_are_those_of_the_rfc() {
        assert_eq!(hex::encode(empty()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex::encode(leaf(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        for n in [0, 1, 2, 3, 7, 8, 9, 255, 256, 257, 1000] {
            let all = leaves(n);
            assert_eq!(root(&all), by_the_book(&all), "{n}");
            assert_eq!(tiles(&all).root(n), Ok(by_the_book(&all)), "{n}");
        }
    }

    #[test]
    fn what_is_proved_holds_and_nothing_else() {
        for size in [1, 2, 3, 5, 8, 13, 255, 256, 257, 700] {
            let all = leaves(size);
            let (tiles, top) = (tiles(&all), root(&all));
            for index in (0..size).step_by(if size > 100 { 37 } else { 1 }) {
                let proof = tiles.inclusion(index, size).unwrap_or_default();
                let leaf = all[usize::try_from(index).unwrap_or(0)];
                assert!(included(index, size, leaf, &proof, &top), "{index} of {size}");
                assert!(!included(index, size, root(&[]), &proof, &top));
                assert!(!included((index + 1) % size, size, leaf, &proof, &top) || size == 1);
                let old_root = root(&all[..usize::try_from(index).unwrap_or(0)]);
                let proof = tiles.consistency(index, size).unwrap_or_default();
                assert!(consistent(index, &old_root, size, &top, &proof), "{index} to {size}");
                assert!(!consistent(index, &top, size, &top, &proof), "{index} to {size}");
                assert!(index == 0 || !consistent(index, &old_root, size, &old_root, &proof));
            }
            assert!(tiles.check(&top).is_ok());
        }
    }

    #[test]
    fn a_changed_tile_is_named() {
        let all = leaves(70_000);
        let (good, top) = (tiles(&all), root(&all));
        assert_eq!(good.check(&top), Ok(()));
        for id in good.ids() {
            let mut bad = good.clone();
            let mut hashes = bad.get(id).unwrap_or_default().to_vec();
            hashes[0][7] ^= 1;
            bad.insert(id, hashes);
            assert!(bad.check(&top).is_err(), "{id:?}");
        }
    }

    #[test]
    fn the_tiles_of_a_proof_are_enough_for_it() {
        for size in [1, 255, 256, 257, 65_535, 65_536, 70_000] {
            let all = leaves(size);
            let (whole, top) = (tiles(&all), root(&all));
            for index in [0, 1, size / 2, size - 1] {
                let mut some = Tiles::new(size);
                for id in tiles_of_inclusion(index, size) {
                    some.insert(id, whole.get(id).unwrap_or_default().to_vec());
                }
                assert_eq!(some.check(&top), Ok(()), "{index} of {size}");
                assert_eq!(some.inclusion(index, size), whole.inclusion(index, size));
                let mut some = Tiles::new(size);
                for id in tiles_of_consistency(index, size) {
                    some.insert(id, whole.get(id).unwrap_or_default().to_vec());
                }
                assert_eq!(some.consistency(index, size), whole.consistency(index, size));
                assert_eq!(some.root(index), Ok(root(&all[..usize::try_from(index).unwrap_or(0)])));
            }
        }
    }

    #[test]
    fn tiles_are_named_as_c2sp_names_them() {
        let size = 1_234_067_u64 * 256 + 17;
        let full = TileId { level: 0, number: 1_234_066 };
        let part = TileId { level: 0, number: 1_234_067 };
        assert_eq!(full.path(size), "tile/0/x001/x234/066");
        assert_eq!(part.path(size), "tile/0/x001/x234/067.p/17");
        for id in [full, part, TileId { level: 1, number: 5 }] {
            assert_eq!(TileId::parse(&id.path(size)), Some((id, id.width(size))));
        }
        for bad in ["tile/0/x000/001", "tile/9/001", "tile/0/1", "tile/0/001.p/256", "tile/0/001.p/0", "tile/0/x001"] {
            assert_eq!(TileId::parse(bad), None, "{bad}");
        }
    }
}
