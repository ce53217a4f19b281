//! Circles of imports between the files of a crate.
//!
//! An arrow goes from a file to each file that it names by a path from `crate`, `super`, `self` or
//! a child module, in `use` and in code. A re-exported name leads to the file that re-exports it.

#[cfg(test)]
mod tests;

use crate::source::{Source, krate};
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use std::collections::BTreeMap;

/// The folder of the crate, and the names of modules from its root.
type Module = Vec<String>;

/// Each circle as its arrows.
pub fn circles(sources: &[Source]) -> Vec<Vec<String>> {
    let paths_of = sources.iter().map(|source| source.path.as_str());
    let files: BTreeMap<_, _> = paths_of.map(|path| (module(path), path)).collect();
    // An arrow is a re-export if all that it stands for are.
    let mut graph = DiGraphMap::<&str, bool>::new();
    for source in sources {
        for (path, exports) in paths(source) {
            let mut prefixes = (1..=path.len()).rev().map(|length| &path[..length]);
            let to = prefixes.find_map(|prefix| files.get(prefix));
            if let Some(&to) = to.filter(|&&to| to != source.path) {
                let exports = exports && graph.edge_weight(&source.path, to) != Some(&false);
                graph.add_edge(&source.path, to, exports);
            }
        }
    }
    let mut circles = tarjan_scc(&graph);
    circles.retain(|circle| circle.len() > 1);
    let arrows = |circle: &Vec<&str>| {
        let mut arrows = Vec::new();
        for (from, to, exports) in graph.all_edges() {
            if circle.contains(&from) && circle.contains(&to) {
                let how = if *exports { " (re-export)" } else { "" };
                arrows.push(format!("{from} -> {to}{how}"));
            }
        }
        arrows.sort();
        arrows
    };
    circles.iter().map(arrows).collect()
}

/// `src/window/calls.rs` is `window::calls`.
fn module(path: &str) -> Module {
    let folder = krate(path).unwrap_or_default();
    let mut names: Vec<_> = path[folder.len()..].split(['/', '.']).collect();
    names.retain(|name| !["", "src", "lib", "main", "mod", "rs"].contains(name));
    names.insert(0, folder);
    names.into_iter().map(str::to_owned).collect()
}

/// The paths that a file names, and whether each is re-exported.
fn paths(source: &Source) -> Vec<(Module, bool)> {
    let words = source.words();
    let is_child = |word| words.windows(3).any(|three| three == ["mod", word, ";"]);
    let (mut found, mut exports) = (Vec::new(), false);
    for (index, &word) in words.iter().enumerate() {
        let before = source.before(index);
        exports = match word {
            "use" => ["pub", ")"].contains(&before),
            _ => exports && word != ";",
        };
        if source.word(index + 1) == "::" && !["::", ".", "$"].contains(&before) {
            let mut here = module_at(source, index);
            match word {
                "crate" => here.truncate(1),
                "self" | "super" => {}
                _ if is_child(word) => {}
                _ => continue,
            }
            let mut ends = Vec::new();
            follow(source, index, here, &mut ends);
            found.extend(ends.into_iter().map(|end| (end, exports)));
        }
    }
    found
}

/// The file's module, and the modules in the file around a token.
fn module_at(source: &Source, index: usize) -> Module {
    let mut inner: Vec<_> = source.brackets(index).filter(|&open| open > 1).collect();
    inner.retain(|&open| source.word(open) == "{" && source.word(open - 2) == "mod");
    let mut path = module(&source.path);
    path.extend(inner.iter().rev().map(|&open| source.before(open).to_owned()));
    path
}

/// Where a path leads that goes on with the name at `index`: one end, or several after `::{`.
fn follow(source: &Source, index: usize, mut path: Module, ends: &mut Vec<Module>) {
    match source.word(index) {
        "super" => drop(path.pop()),
        "crate" | "self" => {}
        name => path.push(name.to_owned()),
    }
    match [index + 1, index + 2].map(|next| source.word(next)) {
        ["::", "{"] => {
            let names = source.tokens.iter().enumerate().skip(index + 3);
            let names = names.filter(|(_, token)| token.around == Some(index + 2));
            for (name, _) in names.filter(|&(name, _)| ["{", ","].contains(&source.before(name))) {
                follow(source, name, path.clone(), ends);
            }
        }
        ["::", next] if next != "<" => follow(source, index + 2, path, ends),
        // A macro stands at the root of its crate, wherever its file is.
        ["!", "(" | "[" | "{"] => {}
        _ => ends.push(path),
    }
}
