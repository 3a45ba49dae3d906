//! Taking back and reading, which act on the same message whatever dialect it came through.

use super::{friends, pairs};
use crate::support::TestNode;
use parlance::domain::Target;

#[tokio::test]
async fn what_is_taken_back_in_one_dialect_is_gone_in_the_other() {
    let node = TestNode::start().await;
    for (mut ann, mut bob) in pairs(&node).await {
        let id = ann.says_text(bob.place(), "wrong").await;
        bob.hears_text(id, "wrong").await;
        ann.takes_back(bob.place(), id).await;
        bob.hears_it_taken_back(id).await;
        assert!(bob.remembers(ann.place(), id).await.is_none());
        assert!(ann.remembers(bob.place(), id).await.is_none());
    }
}

#[tokio::test]
async fn what_is_taken_back_in_a_group_is_gone_for_all_its_members() {
    let node = TestNode::start().await;
    let mut members = friends(&node, "ann").await;
    let others: Vec<_> = members[1..].iter().map(|member| member.id).collect();
    let group = Target::Channel(members[0].founds("hikers", &others).await);
    for speaker in 0..members.len() {
        let id = members[speaker].says_text(group, "wrong").await;
        members[speaker].takes_back(group, id).await;
        for member in &mut members {
            member.hears_it_taken_back(id).await;
            assert!(member.remembers(group, id).await.is_none());
        }
    }
}

#[tokio::test]
async fn reading_in_one_dialect_is_seen_in_the_other() {
    let node = TestNode::start().await;
    for (mut ann, mut bob) in pairs(&node).await {
        let first = ann.says_text(bob.place(), "one").await;
        bob.hears_text(first, "one").await;
        bob.reads(ann.place(), first).await;
        ann.hears_it_read(bob.id).await;
        let second = ann.says_text(bob.place(), "two").await;
        for (id, read) in [(first, true), (second, false)] {
            let (hers, his) = (ann.place(), bob.place());
            assert_eq!(ann.remembers(his, id).await.unwrap().read, read);
            assert_eq!(bob.remembers(hers, id).await.unwrap().read, read);
        }
    }
}
