//! Cycles in a directed graph, by Tarjan's algorithm.

use std::collections::{BTreeMap, BTreeSet};

/// Edges from each node to the nodes that it depends on.
pub(super) type Graph = BTreeMap<String, BTreeSet<String>>;

/// Returns the strongly connected components of two or more nodes, each sorted, in order of their first node.
pub(super) fn cycles(graph: &Graph) -> Vec<Vec<String>> {
    let mut search =
        Search { graph, visited: BTreeMap::new(), stack: Vec::new(), found: Vec::new() };
    for node in graph.keys() {
        if !search.visited.contains_key(node.as_str()) {
            search.visit(node);
        }
    }
    search.found.sort();
    search.found
}

struct Search<'a> {
    graph: &'a Graph,
    visited: BTreeMap<&'a str, Visit>,
    stack: Vec<&'a str>,
    found: Vec<Vec<String>>,
}

#[derive(Clone, Copy)]
struct Visit {
    index: usize,
    /// Smallest index that is reachable and still on the stack.
    low: usize,
    on_stack: bool,
}

impl<'a> Search<'a> {
    fn visit(&mut self, node: &'a str) -> usize {
        let index = self.visited.len();
        self.visited.insert(node, Visit { index, low: index, on_stack: true });
        self.stack.push(node);
        let mut low = index;
        for next in self.graph.get(node).into_iter().flatten() {
            match self.visited.get(next.as_str()) {
                None => low = low.min(self.visit(next)),
                Some(visit) if visit.on_stack => low = low.min(visit.index),
                Some(_) => {}
            }
        }
        self.visited.get_mut(node).unwrap().low = low;
        if low == index {
            self.close(node);
        }
        self.visited[node].low
    }

    /// Takes the component off the stack whose first visited node is `root`.
    fn close(&mut self, root: &str) {
        let start = self.stack.iter().rposition(|node| *node == root).unwrap();
        let mut component: Vec<String> = self.stack.drain(start..).map(str::to_owned).collect();
        for node in &component {
            self.visited.get_mut(node.as_str()).unwrap().on_stack = false;
        }
        if component.len() > 1 {
            component.sort();
            self.found.push(component);
        }
    }
}

#[test]
fn finds_two_cycles_and_no_chain() {
    let edges =
        [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("f", "g"), ("g", "f")];
    let mut graph = Graph::new();
    for (from, to) in edges {
        graph.entry(from.to_owned()).or_default().insert(to.to_owned());
    }
    assert_eq!(cycles(&graph), [vec!["a", "b", "c"], vec!["f", "g"]]);
}
