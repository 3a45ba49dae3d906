//! What is done in one dialect as others see it. Every test is about peers who each speak some dialect; a new one adds a file to
//! [`peer`] and a column to the table in [`content`].

mod content;
mod friends;
mod groups;
mod peer;
mod sight;

use crate::support::TestNode;
use parlance::domain::Dialect;
use peer::Peer;

/// Those that have a peer.
const DIALECTS: [Dialect; 3] = [Dialect::Freeim, Dialect::Wukong, Dialect::Popim];

/// A speaker and a listener for every two dialects, and for each with itself: friends.
async fn pairs(node: &TestNode) -> Vec<(Peer, Peer)> {
    let mut pairs = Vec::new();
    for (number, (from, to)) in every_two().enumerate() {
        let mut ann = peer::join(node, from, &format!("ann{number}")).await;
        let mut bob = peer::join(node, to, &format!("bob{number}")).await;
        ann.befriends(&mut bob).await;
        pairs.push((ann, bob));
    }
    pairs
}

/// One of each dialect, all of them friends.
async fn friends(node: &TestNode, name: &str) -> Vec<Peer> {
    let mut friends: Vec<Peer> = Vec::new();
    for (number, dialect) in DIALECTS.into_iter().enumerate() {
        let mut peer = peer::join(node, dialect, &format!("{name}{number}")).await;
        for friend in &mut friends {
            friend.befriends(&mut peer).await;
        }
        friends.push(peer);
    }
    friends
}

fn every_two() -> impl Iterator<Item = (Dialect, Dialect)> {
    DIALECTS
        .into_iter()
        .flat_map(|from| DIALECTS.into_iter().map(move |to| (from, to)))
}
