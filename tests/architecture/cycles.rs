//! Import cycles: which files name one another in a circle, by their `use` lines and paths.
use std::collections::{BTreeMap, BTreeSet};

use crate::{files, name_of};

type Module = Vec<String>;

struct Graph {
    modules: BTreeMap<Module, String>,
    /// What a module exports of others under its own name.
    exports: BTreeMap<Module, BTreeMap<String, Module>>,
}

/// Crates of the workspace besides the desk: the folder of their sources, and the name of their room here.
const CRATES: &[(&str, &str)] =
    &[("crates/persona-sandbox/src/", "sandbox"), ("crates/tlog/src/", "tlog"), ("crates/witness/src/", "witness")];

fn module_of(name: &str) -> Module {
    let (path, room) = CRATES
        .iter()
        .find_map(|(folder, room)| Some((name.strip_prefix(folder)?, Some(*room))))
        .unwrap_or((name.trim_start_matches("src/"), None));
    let path = path.trim_end_matches(".rs");
    let mut parts: Module = room.into_iter().chain(path.split('/')).map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

/// The source without comments and without its unit tests.
fn code(text: &str) -> String {
    let text = text.find("\nmod tests {").map_or(text, |at| &text[..at]);
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The paths of a use tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((head, inner)) = tree.strip_suffix('}').and_then(|rest| rest.split_once('{')) else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    let mut take = |part: &str| {
        if !part.trim().is_empty() {
            found.extend(expand(part).into_iter().map(|path| format!("{head}{path}")));
        }
    };
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                take(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    take(&inner[start..]);
    found
}

/// The use lines of a source: whether each is public, and its paths. And the other lines.
fn uses(code: &str) -> (Vec<(bool, Vec<String>)>, String) {
    let (mut found, mut others) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        let rest = match line.strip_prefix("pub") {
            Some(rest) => rest.trim_start_matches(|c| c != ' ').trim_start(),
            None => line,
        };
        let Some(tree) = rest.strip_prefix("use ") else {
            others.push_str(line);
            others.push('\n');
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            let Some(more) = lines.next() else { break };
            tree.push_str(more.trim());
        }
        found.push((line.starts_with("pub"), expand(tree.trim_end_matches(';'))));
    }
    (found, others)
}

impl Graph {
    fn read() -> (Self, BTreeMap<Module, String>) {
        let mut modules = BTreeMap::new();
        let mut sources = BTreeMap::new();
        for (path, text) in files("src").into_iter().chain(files("crates")) {
            let name = name_of(&path);
            if name.ends_with(".rs") && !name.ends_with("src/main.rs") {
                let module = module_of(&name);
                sources.insert(module.clone(), code(&text));
                modules.insert(module, name);
            }
        }
        let mut graph = Self { modules, exports: BTreeMap::new() };
        for (module, source) in &sources {
            for (public, paths) in uses(source).0 {
                for path in paths.into_iter().filter(|_| public) {
                    if let Some(target) = graph.absolute(module, &path)
                        && let Some(name) = target.last().cloned()
                    {
                        graph.exports.entry(module.clone()).or_default().insert(name, target);
                    }
                }
            }
        }
        (graph, sources)
    }

    /// A path from the root of the crate; none for what is another crate's.
    fn absolute(&self, from: &Module, path: &str) -> Option<Module> {
        let mut parts: Module = path.split("::").map(str::to_owned).collect();
        let mut base = match parts.first()?.as_str() {
            "crate" => {
                let room = CRATES.iter().find(|(_, room)| from.first().is_some_and(|first| first == room));
                room.map(|(_, room)| (*room).to_owned()).into_iter().collect()
            }
            "self" => from.clone(),
            "super" => from.split_last()?.1.to_vec(),
            first => {
                let child: Module = from.iter().cloned().chain([first.to_owned()]).collect();
                self.modules.contains_key(&child).then_some(())?;
                parts.insert(0, "self".to_owned());
                from.clone()
            }
        };
        parts.remove(0);
        while parts.first().is_some_and(|part| part == "super") {
            parts.remove(0);
            base.pop();
        }
        base.extend(parts);
        Some(base)
    }

    /// The file that holds what a path names; an export of another module leads there.
    fn resolve(&self, path: &Module, left: usize) -> Option<Module> {
        let known = (0..=path.len()).rev().map(|n| path[..n].to_vec()).find(|part| self.modules.contains_key(part))?;
        let next = path.get(known.len()).and_then(|name| self.exports.get(&known)?.get(name));
        match next {
            Some(target) if left > 0 && target != path => self.resolve(target, left - 1),
            _ => Some(known),
        }
    }

    fn edges(&self, sources: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
        let mut edges = BTreeMap::new();
        for (module, source) in sources {
            let (used, others) = uses(source);
            let mut paths: Vec<String> = used.into_iter().flat_map(|(_, paths)| paths).collect();
            for start in ["crate::", "super::"] {
                for (at, _) in others.match_indices(start) {
                    // The second half of `super::super::` is not a path.
                    if !others[..at].ends_with("::") {
                        let whole = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                        paths.push(others[at..].chars().take_while(|c| whole(*c)).collect());
                    }
                }
            }
            let named = paths.iter().filter_map(|path| self.resolve(&self.absolute(module, path)?, 5));
            edges.insert(module.clone(), named.filter(|target| target != module).collect());
        }
        edges
    }
}

/// Strongly connected components of more than one file (Tarjan).
fn cycles(edges: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<Module>> {
    struct State<'a> {
        edges: &'a BTreeMap<Module, BTreeSet<Module>>,
        index: BTreeMap<&'a Module, usize>,
        low: BTreeMap<&'a Module, usize>,
        stack: Vec<&'a Module>,
        found: Vec<Vec<Module>>,
    }
    fn visit<'a>(state: &mut State<'a>, at: &'a Module) {
        let number = state.index.len();
        state.index.insert(at, number);
        state.low.insert(at, number);
        state.stack.push(at);
        for to in state.edges.get(at).into_iter().flatten() {
            if !state.index.contains_key(to) {
                visit(state, to);
                let low = state.low[at].min(state.low[to]);
                state.low.insert(at, low);
            } else if state.stack.contains(&to) {
                let low = state.low[at].min(state.index[to]);
                state.low.insert(at, low);
            }
        }
        if state.low[at] == state.index[at] {
            let mut component = Vec::new();
            while let Some(top) = state.stack.pop() {
                component.push(top.clone());
                if top == at {
                    break;
                }
            }
            if component.len() > 1 {
                state.found.push(component);
            }
        }
    }
    let (index, low) = (BTreeMap::new(), BTreeMap::new());
    let mut state = State { edges, index, low, stack: Vec::new(), found: Vec::new() };
    for module in edges.keys() {
        if !state.index.contains_key(module) {
            visit(&mut state, module);
        }
    }
    state.found
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    let (graph, sources) = Graph::read();
    assert!(graph.modules.len() > 300, "too few files were read");
    let found = cycles(&graph.edges(&sources));
    let words: Vec<String> =
        found.iter().map(|cycle| cycle.iter().map(|module| module.join("/")).collect::<Vec<_>>().join(" ↔ ")).collect();
    assert!(words.is_empty(), "files import themselves by way of others: cut one import\n{}", words.join("\n"));
}

#[test]
fn cycles_are_found() {
    let edges = |list: &[(&str, &str)]| {
        let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (from, to) in list {
            edges.entry(vec![(*from).to_owned()]).or_default().insert(vec![(*to).to_owned()]);
            edges.entry(vec![(*to).to_owned()]).or_default();
        }
        edges
    };
    assert_eq!(cycles(&edges(&[("a", "b"), ("b", "c")])).len(), 0);
    assert_eq!(cycles(&edges(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]))[0].len(), 3);
    assert_eq!(expand("a::{b, c::{d, e as f}}"), ["a::b", "a::c::d", "a::c::e"]);
    assert_eq!(
        uses("pub use x::y;\nfn f() { let user = 1; }\nuse z::{a,\n b};").0,
        [(true, vec!["x::y".to_owned()]), (false, vec!["z::a".to_owned(), "z::b".to_owned()])]
    );
}
