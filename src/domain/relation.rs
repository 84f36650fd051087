//! Relations between accounts as a graph around one of them, why two accounts are linked, and a drawing of the graph:
//! the layout has the same bytes for the same graph, in the server and in the browser (it uses only operations that
//! IEEE 754 fixes exactly).
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::account::AccountKind;
use super::account::attribute::AttributeKind;
use super::id::AccountId;

/// Maximum distance of an account from the root of a graph, in hops between accounts.
pub const MOST_HOPS: u32 = 4;
/// The forces settle wider than names need. Closer together, everything is drawn larger.
const CLOSER: f64 = 0.62;
/// Maximum number of nodes drawn. Beyond it, the graph says that it was cut.
pub const MOST_NODES: usize = 150;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    pub root: AccountId,
    /// The root first, then by distance.
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// Number of accounts within the hops, as far as they were searched for, including those that are drawn.
    pub found: usize,
    /// Whether there are more than were searched for.
    pub further: bool,
    /// Whether shared attributes are left out because of [`MOST_NODES`].
    pub cut: bool,
}

/// Hops within which the desk looks for declined accounts.
pub const DECLINED_WITHIN: u32 = 2;

/// How many other accounts within two hops were declined, whether drawn or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeclinedNear {
    Counted(u64),
    /// At least this many; not everything is known.
    AtLeast(u64),
    NotKnown,
}

impl DeclinedNear {
    pub const fn new(known: u64, all: bool) -> Self {
        match (known, all) {
            (known, true) => Self::Counted(known),
            (0, false) => Self::NotKnown,
            (known, false) => Self::AtLeast(known),
        }
    }

    /// The text of a badge, unless there are none.
    pub fn text(self) -> Option<String> {
        match self {
            Self::Counted(0) => None,
            Self::Counted(n) => Some(format!("{n} declined within {DECLINED_WITHIN} hops")),
            Self::AtLeast(n) => Some(format!("at least {n} declined within {DECLINED_WITHIN} hops")),
            Self::NotKnown => Some(format!("Declined within {DECLINED_WITHIN} hops: not known")),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// An account's id, or `kind:digest` of an attribute.
    pub id: String,
    pub label: String,
    pub kind: NodeKind,
    /// The account's status in Persona, or that of its newest decided inquiry.
    pub status: Option<String>,
    pub declined: bool,
    #[serde(default)]
    pub state: NodeState,
    /// Hops from the root, counted in accounts.
    pub hops: u32,
    pub x: f64,
    pub y: f64,
}

/// What the desk has of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeState {
    #[default]
    Known,
    /// Redacted in Persona: there is a page, but no personal data on it.
    Redacted,
    /// Named by a relation, but Persona has not sent it: there is no page.
    Unknown,
}

impl NodeState {
    /// A note, if there is something to say.
    pub const fn note(self) -> Option<&'static str> {
        match self {
            Self::Known => None,
            Self::Redacted => Some("Redacted in Persona. The desk stores no values of it."),
            Self::Unknown => Some("Known from a relation only. Persona has not sent this account to the desk."),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeKind {
    Account(AccountKind),
    Attribute(AttributeKind),
}

/// From and to are positions in [`Graph::nodes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub label: String,
    /// Declared in Persona as a relation, or inferred from a shared attribute.
    pub declared: bool,
}

/// A relation as Persona lists it. `key` is the customer's own name for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Relation {
    pub from: AccountId,
    pub key: String,
    pub to: AccountId,
}

/// Longest relation key accepted in a setting or an event, in characters.
pub const LONGEST_KEY: usize = 100;

pub fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_KEY
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Separator between the labels of the two directions of a relation.
const IN_RETURN: &str = "; in the other direction: ";

/// One line for each pair of accounts, from declared relations given as positions (from, to) with a label. The line has
/// all labels of the nearer account. If that has none, it has those of the further account and runs in that direction;
/// if the further account has more, both are on it.
pub fn lines(declared: impl IntoIterator<Item = (usize, usize, String)>) -> Vec<Edge> {
    let mut pairs: BTreeMap<(usize, usize), [Vec<String>; 2]> = BTreeMap::new();
    for (from, to, label) in declared {
        // A relation of an account to itself does not extend the graph.
        if from != to {
            let labels = &mut pairs.entry((from.min(to), from.max(to))).or_default()[usize::from(from > to)];
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
    }
    let line = |from, to, label| Edge { from, to, label, declared: true };
    pairs
        .into_iter()
        .map(|((near, far), [here, there])| match (here.join(", "), there.join(", ")) {
            (here, there) if here.is_empty() => line(far, near, there),
            // Persona stores relations as pairs: more labels on that side show a relation that is not known on this
            // one.
            (said, back) if there.len() > here.len() => line(near, far, format!("{said}{IN_RETURN}{back}")),
            (said, _) => line(near, far, said),
        })
        .collect()
}

impl Edge {
    /// The label as seen from one end, to follow the name of the other end.
    pub fn seen_from(&self, at: usize) -> String {
        match self.label.split_once(IN_RETURN) {
            _ if !self.declared || self.from == at => self.label.clone(),
            Some((_, back)) => back.to_owned(),
            None => format!("whose {} this is", self.label),
        }
    }
}

impl Graph {
    pub fn position(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// The shortest path from the root to a node, as positions, both ends included.
    pub fn path_to(&self, target: usize) -> Vec<usize> {
        let mut from: BTreeMap<usize, usize> = BTreeMap::new();
        let mut seen = BTreeSet::from([0]);
        let mut queue = VecDeque::from([0]);
        while let Some(at) = queue.pop_front() {
            if at == target {
                let mut path = vec![at];
                let mut step = at;
                while let Some(&before) = from.get(&step) {
                    path.push(before);
                    step = before;
                }
                path.reverse();
                return path;
            }
            for next in self.neighbours(at) {
                if seen.insert(next) {
                    from.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        Vec::new()
    }

    pub fn neighbours(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.edges.iter().filter_map(move |edge| match at {
            _ if edge.from == at => Some(edge.to),
            _ if edge.to == at => Some(edge.from),
            _ => None,
        })
    }

    pub fn edge_between(&self, a: usize, b: usize) -> Option<&Edge> {
        self.edges.iter().find(|edge| (edge.from, edge.to) == (a, b) || (edge.from, edge.to) == (b, a))
    }

    /// Number of accounts that are drawn.
    pub fn accounts(&self) -> usize {
        self.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Account(_))).count()
    }

    /// Number of declined accounts that are drawn, other than the root, up to this many hops away.
    pub fn declined_within(&self, hops: u32) -> usize {
        self.nodes.iter().skip(1).filter(|node| node.declined && node.hops <= hops).count()
    }

    /// Places the nodes: the root in the middle, one ring for each hop to start from, then forces (all nodes push,
    /// edges pull) until they settle. No trigonometry: sine and cosine differ in their last bit between machines.
    #[must_use]
    pub fn laid_out(mut self) -> Self {
        let n = self.nodes.len();
        let mut at: Vec<(f64, f64)> = Vec::with_capacity(n);
        let rings = self.nodes.iter().map(|node| node.hops).max().unwrap_or(0);
        let mut on_ring = vec![0_u32; usize::try_from(rings).unwrap_or(0) + 1];
        let mut total = on_ring.clone();
        for node in &self.nodes {
            total[node.hops as usize] += 1;
        }
        for node in &self.nodes {
            let ring = node.hops as usize;
            let turn = f64::from(on_ring[ring]) / f64::from(total[ring].max(1));
            on_ring[ring] += 1;
            let radius =
                150.0 * f64::from(node.hops) + if matches!(node.kind, NodeKind::Attribute(_)) { 75.0 } else { 0.0 };
            let (x, y) = on_circle(turn + 0.17 * f64::from(node.hops));
            at.push((x * radius, y * radius));
        }
        let ideal = 120.0_f64;
        let rounds = if n > 80 { 180 } else { 320 };
        for round in 0..rounds {
            let heat = 24.0 * (1.0 - f64::from(round) / f64::from(rounds)) + 0.5;
            let mut push = vec![(0.0_f64, 0.0_f64); n];
            for i in 0..n {
                for j in (i + 1)..n {
                    // Never zero: two nodes in one place are separated by their position in the list.
                    let dx = at[i].0 - at[j].0 + 0.01 * (j - i) as f64;
                    let dy = at[i].1 - at[j].1 + 0.013;
                    let square = (dx * dx + dy * dy).max(1.0);
                    let force = ideal * ideal / square;
                    push[i].0 += dx * force / 10.0;
                    push[i].1 += dy * force / 10.0;
                    push[j].0 -= dx * force / 10.0;
                    push[j].1 -= dy * force / 10.0;
                }
            }
            for edge in &self.edges {
                let dx = at[edge.from].0 - at[edge.to].0;
                let dy = at[edge.from].1 - at[edge.to].1;
                let far = (dx * dx + dy * dy).sqrt().max(1.0);
                let pull = (far - ideal) / far * 0.12;
                push[edge.from].0 -= dx * pull;
                push[edge.from].1 -= dy * pull;
                push[edge.to].0 += dx * pull;
                push[edge.to].1 += dy * pull;
            }
            // The root stays where readers look first.
            for i in 1..n {
                // The drawing is wider than tall, so gravity is stronger up and down.
                let (fx, fy) = (push[i].0 - at[i].0 * 0.006, push[i].1 - at[i].1 * 0.011);
                let strength = (fx * fx + fy * fy).sqrt().max(0.01);
                let step = strength.min(heat);
                at[i].0 += fx / strength * step;
                at[i].1 += fy / strength * step;
            }
        }
        for (node, (x, y)) in self.nodes.iter_mut().zip(at) {
            node.x = (x * CLOSER * 10.0).round() / 10.0;
            node.y = (y * CLOSER * 10.0).round() / 10.0;
        }
        self
    }

    /// The bounds of all nodes, with room for labels: left, top, width, height.
    pub fn bounds(&self) -> (f64, f64, f64, f64) {
        let fold = |pick: fn(&Node) -> f64, by: fn(f64, f64) -> f64| self.nodes.iter().map(pick).fold(0.0, by);
        let (left, right) = (fold(|n| n.x, f64::min) - 90.0, fold(|n| n.x, f64::max) + 90.0);
        let (top, bottom) = (fold(|n| n.y, f64::min) - 60.0, fold(|n| n.y, f64::max) + 70.0);
        (left, top, right - left, bottom - top)
    }
}

/// A point of the unit circle after this part of a turn (1.0 is a full turn), from the rational parametrisation of a
/// quarter.
fn on_circle(turn: f64) -> (f64, f64) {
    let turn = turn - turn.floor();
    let quarter = (turn * 4.0).floor();
    let t = turn * 4.0 - quarter;
    let (x, y) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
    match quarter as u8 {
        0 => (x, y),
        1 => (-y, x),
        2 => (-x, -y),
        _ => (y, -x),
    }
}

/// How far the relations of an account have been read from Persona.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "why")]
pub enum RelationsRead {
    Read,
    NotYet,
    /// Some may be missing.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, hops: u32) -> Node {
        Node {
            id: id.into(),
            label: id.into(),
            kind: NodeKind::Account(AccountKind::Person),
            status: None,
            declined: false,
            state: NodeState::Known,
            hops,
            x: 0.0,
            y: 0.0,
        }
    }

    fn chain() -> Option<Graph> {
        let edge = |from, to| Edge { from, to, label: "x".into(), declared: true };
        Some(Graph {
            root: "act_1".parse().ok()?,
            nodes: vec![node("act_1", 0), node("act_2", 1), node("act_3", 2), node("act_4", 1)],
            edges: vec![edge(0, 1), edge(1, 2), edge(3, 0)],
            found: 4,
            further: false,
            cut: false,
        })
    }

    #[test]
    fn no_role_between_two_accounts_vanishes_and_none_reads_backwards() {
        let told = |declared: &[(usize, usize, &str)]| {
            lines(declared.iter().map(|(from, to, label)| (*from, *to, (*label).to_owned())))
                .into_iter()
                .map(|edge| (edge.from, edge.to, edge.label))
                .collect::<Vec<_>>()
        };
        let line = |from, to, label: &str| (from, to, label.to_owned());
        assert_eq!(told(&[(0, 1, "owner"), (0, 1, "director"), (1, 0, "company")]), [line(0, 1, "owner, director")]);
        assert_eq!(told(&[(1, 0, "company"), (0, 1, "owner")]), [line(0, 1, "owner")]);
        assert_eq!(told(&[(1, 0, "company")]), [line(1, 0, "company")], "known from the far side only");
        let more = told(&[(1, 0, "company"), (1, 0, "employer"), (0, 1, "owner")]);
        assert_eq!(more, [line(0, 1, "owner; in the other direction: company, employer")]);
        assert_eq!(
            told(&[(1, 1, "parent"), (2, 1, "child")]),
            [line(2, 1, "child")],
            "no account is related to itself"
        );
        let both = lines([(0, 1, "owner".into()), (1, 0, "company".into()), (1, 0, "employer".into())]).remove(0);
        assert_eq!(both.seen_from(1), "company, employer");
        let edge = lines([(1, 0, "company".to_owned())]).remove(0);
        assert_eq!((edge.seen_from(0).as_str(), edge.seen_from(1).as_str()), ("whose company this is", "company"));
    }

    #[test]
    fn the_way_to_a_node_is_the_shortest() {
        assert_eq!(chain().map(|graph| graph.path_to(2)), Some(vec![0, 1, 2]));
        assert_eq!(chain().map(|graph| graph.path_to(3)), Some(vec![0, 3]));
    }

    #[test]
    fn layout_is_the_same_each_time_and_keeps_nodes_apart() {
        let once = chain().map(Graph::laid_out);
        assert_eq!(once, chain().map(Graph::laid_out));
        let nodes = once.map(|graph| graph.nodes).unwrap_or_default();
        for (i, a) in nodes.iter().enumerate() {
            for b in nodes.iter().skip(i + 1) {
                assert!((a.x - b.x).hypot(a.y - b.y) > 40.0, "{} and {} overlap", a.id, b.id);
            }
        }
    }

    #[test]
    fn a_circle_is_round() {
        for step in 0..16 {
            let (x, y) = on_circle(f64::from(step) / 16.0);
            assert!((x * x + y * y - 1.0).abs() < 1e-9);
        }
    }
}
