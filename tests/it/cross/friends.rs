//! Friendship between those who speak different dialects.

use super::{every_two, pairs, peer};
use crate::support::TestNode;

#[tokio::test]
async fn people_find_and_befriend_each_other_across_dialects() {
    let node = TestNode::start().await;
    for (number, (from, to)) in every_two().enumerate() {
        let mut ann = peer::join(&node, from, &format!("ann{number}")).await;
        let mut bob = peer::join(&node, to, &format!("bob{number}")).await;
        let found = ann.finds(&bob.name).await;
        assert_eq!(found, bob.id);
        assert!(!ann.lists(bob.id).await && !bob.lists(ann.id).await);
        ann.applies_to(found).await;
        bob.accepts(ann.id).await;
        assert!(ann.lists(bob.id).await && bob.lists(ann.id).await);
        let id = bob.says_text(ann.place(), "hello").await;
        ann.hears_text(id, "hello").await;
        let id = ann.says_text(bob.place(), "hello, Bob").await;
        bob.hears_text(id, "hello, Bob").await;
    }
}

#[tokio::test]
async fn who_was_dropped_in_one_dialect_may_not_write_in_one_that_asks_for_friendship() {
    let node = TestNode::start().await;
    for (mut ann, mut bob) in pairs(&node).await {
        ann.drops(bob.id).await;
        assert!(!ann.lists(bob.id).await);
        let asks = bob.dialect == parlance::domain::Dialect::Wukong;
        assert_eq!(bob.may_speak_in(ann.place()).await, !asks);
    }
}
