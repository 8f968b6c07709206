//! Which module uses which, and circles among them.
//!
//! A file is a module. A use of what lies in another file is an arrow between the two siblings that
//! hold them: `machine/store.rs` with `crate::settle::rank` makes machine -> settle, and with
//! `super::watch::Report` machine::store -> machine::watch. A folder and what is in it are one
//! room: what they use of each other is no arrow. What another module passes on by `use` belongs to
//! the file that defines it. Methods are called without naming their module: they make no arrow.

use crate::source::items_outside_tests;
use petgraph::graph::DiGraph;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use syn::{Item, UseTree};

/// A module's path below its crate.
type Path = Vec<String>;

/// Who uses whom, by sibling, each with the first place.
pub type Arrows = BTreeMap<(String, String), String>;

/// The modules of one crate.
#[derive(Default)]
struct Crate {
    /// Files, by module.
    files: BTreeMap<Path, String>,
    /// Modules, those inside files too.
    modules: BTreeSet<Path>,
    /// What a module brings into its scope: by name, where that is.
    names: BTreeMap<Path, BTreeMap<String, Path>>,
    /// Who names what, and in which line.
    uses: Vec<(Path, Path, usize)>,
}

/// The arrows between the modules of a crate, given the files under its `src`.
///
/// # Panics
/// If a file is no Rust.
pub fn arrows(files: &[(String, String)]) -> Arrows {
    let parsed: Vec<(Path, &str, syn::File)> = files
        .iter()
        .filter(|(name, _)| name.ends_with(".rs") && !name.ends_with("main.rs"))
        .map(|(name, text)| {
            let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (module(name), name.as_str(), file)
        })
        .collect();
    let mut of = Crate::default();
    for (path, name, file) in &parsed {
        of.files.insert(path.clone(), (*name).to_owned());
        of.declare(path, &file.items);
    }
    for (path, _, file) in &parsed {
        of.import(path, &file.items);
    }
    for (path, _, file) in &parsed {
        of.scan(path, &file.items);
    }
    of.arrows()
}

/// The module that a file is: `x/src/a/b.rs` is a::b, and `x/src/a/mod.rs` is a.
fn module(name: &str) -> Path {
    let (_, below) = name.split_once("src/").unwrap_or(("", name));
    let mut path: Path = below.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| last == "mod" || last == "lib") {
        path.pop();
    }
    path
}

fn below(path: &[String], name: &str) -> Path {
    [path, &[name.to_owned()]].concat()
}

impl Crate {
    fn declare(&mut self, here: &[String], items: &[Item]) {
        self.modules.insert(here.to_vec());
        for (name, items) in inline(items) {
            self.declare(&below(here, &name), items);
        }
    }

    /// Notes what each `use` names, and under which name it is known from then on.
    fn import(&mut self, here: &[String], items: &[Item]) {
        let mut leaves = Vec::new();
        for item in items_outside_tests(items) {
            if let Item::Use(item) = item {
                flatten(&item.tree, &mut Vec::new(), &mut leaves);
            }
        }
        for (name, path, line) in leaves {
            let Some(target) = self.absolute(here, &path) else { continue };
            self.uses.push((here.to_vec(), target.clone(), line));
            self.names.entry(here.to_vec()).or_default().insert(name, target);
        }
        for (name, items) in inline(items) {
            self.import(&below(here, &name), items);
        }
    }

    /// Notes every path in what is no `use`.
    fn scan(&mut self, here: &[String], items: &[Item]) {
        let inline_or_use = |item: &&Item| !matches!(item, Item::Mod(_) | Item::Use(_));
        for item in items_outside_tests(items).filter(inline_or_use) {
            let mut paths = Vec::new();
            collect_paths(item.to_token_stream(), &mut paths);
            for (path, line) in paths {
                let known = self.names.get(here).and_then(|names| names.get(&path[0]));
                let target = match known {
                    Some(known) => Some([known, &path[1..]].concat()),
                    None => self.absolute(here, &path),
                };
                self.uses.extend(target.map(|target| (here.to_vec(), target, line)));
            }
        }
        for (name, items) in inline(items) {
            self.scan(&below(here, &name), items);
        }
    }

    /// A path from the root of the crate; none if it leads out of the crate, or is no module's.
    fn absolute(&self, here: &[String], path: &[String]) -> Option<Path> {
        let mut base = match path[0].as_str() {
            "crate" => vec![],
            "self" => here.to_vec(),
            "super" => here[..here.len().checked_sub(1)?].to_vec(),
            child if self.modules.contains(&below(here, child)) => below(here, child),
            _ => return None,
        };
        let mut rest = &path[1..];
        while rest.first().is_some_and(|name| name == "super") {
            base.pop()?;
            rest = &rest[1..];
        }
        Some([&base, rest].concat())
    }

    /// The file that defines what a path names.
    fn defining(&self, path: &[String]) -> Path {
        let mut path = path.to_vec();
        // What is passed on is passed on a few times at most.
        for _ in 0..8 {
            let mut at = 0;
            while at < path.len() && self.modules.contains(&path[..=at]) {
                at += 1;
            }
            let name = path.get(at);
            let passed_on = name.and_then(|name| self.names.get(&path[..at])?.get(name));
            match passed_on {
                Some(target) if *target != path => path = [target, &path[at + 1..]].concat(),
                _ => {
                    path.truncate(at);
                    break;
                }
            }
        }
        while !path.is_empty() && !self.files.contains_key(&path) {
            path.pop();
        }
        path
    }

    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (user, used, line) in &self.uses {
            let (user, used) = (self.defining(user), self.defining(used));
            let shared = user.iter().zip(&used).take_while(|(a, b)| a == b).count();
            if shared < user.len() && shared < used.len() {
                let sides = (user[..=shared].join("::"), used[..=shared].join("::"));
                let place = format!("{}:{line}", self.files[&user]);
                arrows.entry(sides).or_insert(place);
            }
        }
        arrows
    }
}

fn inline(items: &[Item]) -> impl Iterator<Item = (String, &[Item])> {
    items_outside_tests(items).filter_map(|item| match item {
        Item::Mod(inner) => {
            inner.content.as_ref().map(|(_, items)| (inner.ident.to_string(), items.as_slice()))
        }
        _ => None,
    })
}

/// The leaves of a `use`: the name each is known by, its path, its line.
fn flatten(tree: &UseTree, path: &mut Path, leaves: &mut Vec<(String, Path, usize)>) {
    match tree {
        UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            flatten(&inner.tree, path, leaves);
            path.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, path, leaves)),
        UseTree::Glob(star) => leaves.push(("*".into(), path.clone(), star_line(star))),
        UseTree::Name(leaf) => leaves.push(leaf_of(path, &leaf.ident, &leaf.ident)),
        UseTree::Rename(leaf) => leaves.push(leaf_of(path, &leaf.ident, &leaf.rename)),
    }
}

fn star_line(star: &syn::UseGlob) -> usize {
    star.star_token.spans[0].start().line
}

fn leaf_of(
    path: &[String],
    name: &proc_macro2::Ident,
    known_as: &proc_macro2::Ident,
) -> (String, Path, usize) {
    let line = name.span().start().line;
    if name == "self" {
        let module = path.last().cloned().unwrap_or_default();
        let known_as = if known_as == "self" { module } else { known_as.to_string() };
        return (known_as, path.to_vec(), line);
    }
    (known_as.to_string(), below(path, &name.to_string()), line)
}

/// Collects `a::b`, `a::b::c` and so on, each with its line, in the arguments of macros too.
fn collect_paths(tokens: TokenStream, paths: &mut Vec<(Path, usize)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_colon =
        |at: usize| matches!(&tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    let mut at = 0;
    while at < tokens.len() {
        if let TokenTree::Group(group) = &tokens[at] {
            collect_paths(group.stream(), paths);
        }
        let TokenTree::Ident(first) = &tokens[at] else {
            at += 1;
            continue;
        };
        let mut path = vec![first.to_string()];
        at += 1;
        while is_colon(at) && is_colon(at + 1) {
            let Some(TokenTree::Ident(next)) = tokens.get(at + 2) else { break };
            path.push(next.to_string());
            at += 3;
        }
        if path.len() > 1 {
            paths.push((path, first.span().start().line));
        }
    }
}

/// The circles among the arrows: through each arrow that lies on one, a shortest. Each begins with
/// its least module, and ends where it begins.
pub fn circles(arrows: &Arrows) -> BTreeSet<Vec<String>> {
    let mut graph = DiGraph::<&str, ()>::new();
    let names: BTreeSet<&str> =
        arrows.keys().flat_map(|(user, used)| [user.as_str(), used.as_str()]).collect();
    let nodes: BTreeMap<&str, _> = names.into_iter().map(|n| (n, graph.add_node(n))).collect();
    for (user, used) in arrows.keys() {
        graph.add_edge(nodes[user.as_str()], nodes[used.as_str()], ());
    }
    let mut circles = BTreeSet::new();
    for rooms in petgraph::algo::tarjan_scc(&graph).into_iter().filter(|rooms| rooms.len() > 1) {
        let inside: BTreeSet<&str> = rooms.iter().map(|node| graph[*node]).collect();
        let is_inside = |(user, used): &&(String, String)| {
            inside.contains(user.as_str()) && inside.contains(used.as_str())
        };
        circles.extend(arrows.keys().filter(is_inside).map(|(user, used)| {
            let way = way(arrows, used, user).expect("both lie on a circle");
            from_the_least(way)
        }));
    }
    circles
}

/// A shortest way along the arrows, the first in the order of names.
fn way(arrows: &Arrows, from: &str, to: &str) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![from.to_owned()]]);
    let mut seen = BTreeSet::from([from.to_owned()]);
    while let Some(way) = ways.pop_front() {
        let last = &way[way.len() - 1];
        if last == to {
            return Some(way);
        }
        for (_, next) in arrows.keys().filter(|(user, _)| user == last) {
            if seen.insert(next.clone()) {
                ways.push_back([&way[..], std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

fn from_the_least(mut circle: Vec<String>) -> Vec<String> {
    let least = circle.iter().enumerate().min_by_key(|(_, name)| *name).map_or(0, |(at, _)| at);
    circle.rotate_left(least);
    circle.push(circle[0].clone());
    circle
}
