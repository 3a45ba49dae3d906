//! Groups whose members speak different dialects.

use super::friends;
use super::peer::Peer;
use crate::support::TestNode;
use parlance::dialect::wukong::ids::Ids;
use parlance::domain::{AccountId, ChannelId, Dialect, Target};
use serde_json::json;

/// Groups of one member of each dialect, founded by one of each dialect in turn: the founder comes first.
async fn groups(node: &TestNode) -> Vec<(ChannelId, Vec<Peer>)> {
    let mut groups = Vec::new();
    for founder in 0..super::DIALECTS.len() {
        let mut members = friends(node, &format!("of{founder}x")).await;
        members.swap(0, founder);
        let others = ids(&members[1..]);
        let group = members[0].founds("hikers", &others).await;
        for member in &mut members {
            member.listens_to(group).await;
        }
        groups.push((group, members));
    }
    groups
}

fn ids(peers: &[Peer]) -> Vec<AccountId> {
    peers.iter().map(|peer| peer.id).collect()
}

#[tokio::test]
async fn a_group_is_shared_by_members_of_all_dialects() {
    let node = TestNode::start().await;
    for (group, mut members) in groups(&node).await {
        let place = Target::Channel(group);
        for speaker in 0..members.len() {
            let id = members[speaker].says_text(place, "hello").await;
            for listener in (0..members.len()).filter(|listener| *listener != speaker) {
                members[listener].hears_text(id, "hello").await;
            }
            for member in &mut members {
                assert!(member.remembers(place, id).await.is_some());
            }
        }
    }
}

#[tokio::test]
async fn what_becomes_of_a_group_is_seen_in_all_dialects() {
    let node = TestNode::start().await;
    for (group, mut members) in groups(&node).await {
        let mut all = ids(&members);
        all.sort_unstable();
        members[0].renames(group, "climbers").await;
        for member in &mut members {
            let (name, mut seen) = member.sees(group).await;
            seen.sort_unstable();
            assert_eq!((&*name, seen), ("climbers", all.clone()));
        }
        let place = Target::Channel(group);
        let gone = members[1].id;
        members[0].removes(group, gone).await;
        assert!(!members[1].may_speak_in(place).await);
        let (_, left) = members[0].sees(group).await;
        assert!(!left.contains(&gone));
        members[0].takes_in(group, gone).await;
        assert!(members[1].may_speak_in(place).await);
        members[0].dissolves(group).await;
        for member in &mut members {
            assert!(!member.may_speak_in(place).await);
        }
    }
}

#[tokio::test]
async fn what_is_for_some_eyes_only_is_hidden_in_every_dialect() {
    let node = TestNode::start().await;
    let names = Ids::of(&node.services().core);
    for (group, mut members) in groups(&node).await {
        let place = Target::Channel(group);
        let speaks = |member: &Peer| member.dialect == Dialect::Wukong;
        let speaker = members.iter().position(speaks).unwrap();
        let own = names.uid(members[speaker].id);
        let secret = json!({"type": 1, "content": "to myself", "visibles": [&*own]});
        let secret = members[speaker].says(place, &secret).await;
        for (who, member) in members.iter_mut().enumerate() {
            let remembers = member.remembers(place, secret).await.is_some();
            assert_eq!(remembers, who == speaker);
        }
        // Nor does it come out by being taken back.
        members[speaker].takes_back(place, secret).await;
        let open = members[speaker].says_text(place, "to all").await;
        for listener in (0..members.len()).filter(|listener| *listener != speaker) {
            let member = &mut members[listener];
            member.hears_text(open, "to all").await;
            assert!(!member.has_heard(secret).await);
        }
    }
}
