//! The nodes of a cluster, kept.

use std::collections::BTreeMap;

use crate::client::Client;
use crate::error::Error;
use crate::node::Node;

/// The nodes of a cluster with all that is known of them. A node is only read again when its `ModifyIndex` has moved, so
/// that a look at a cluster that stands still is one question.
#[derive(Debug, Default)]
pub struct Nodes {
    nodes: BTreeMap<String, Node>,
    index: Option<u64>,
}

impl Nodes {
    /// The nodes, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    /// `X-Nomad-Index` of the last list.
    #[must_use]
    pub fn index(&self) -> Option<u64> {
        self.index
    }

    /// Brings them up to date and says how many had to be read.
    ///
    /// # Errors
    /// [`Error`]; what was known then stays as it was.
    pub async fn refresh(&mut self, client: &Client) -> Result<usize, Error> {
        let listed = client.nodes().await?;
        let (known, moved): (Vec<Node>, Vec<Node>) = listed.items.into_iter().partition(|node| {
            self.nodes.get(&node.id).is_some_and(|known| known.modify_index == node.modify_index)
        });
        let read = |client: Client, node: Node| async move { client.node(&node.id).await };
        let read = client.each(moved.into_iter(), read).await?;
        let count = read.len();
        let kept = known.into_iter().filter_map(|node| self.nodes.remove(&node.id));
        self.nodes = kept.chain(read).map(|node| (node.id.clone(), node)).collect();
        self.index = listed.index;
        Ok(count)
    }
}
