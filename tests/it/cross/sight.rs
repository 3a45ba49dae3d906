//! Taking back and reading, which act on the same message whatever dialect it came through.

use super::{friends, pairs, peer};
use crate::support::TestNode;
use crate::support::wukong::{Answers, PERSON, Person};
use parlance::dialect::wukong::ids::Ids;
use parlance::domain::{AccountId, Dialect, Target};
use serde_json::{Value, json};

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
    let group = members[0].founds("hikers", &others).await;
    for member in &mut members {
        member.listens_to(group).await;
    }
    let group = Target::Channel(group);
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
        assert!(bob.unread(ann.place()).await.is_none_or(|count| count == 0));
        let second = ann.says_text(bob.place(), "two").await;
        for (id, read) in [(first, true), (second, false)] {
            let (hers, his) = (ann.place(), bob.place());
            let seen = [ann.remembers(his, id).await, bob.remembers(hers, id).await];
            for shown in seen.map(|found| found.unwrap().read) {
                assert!(shown.is_none_or(|shown| shown == read));
            }
        }
        assert!(bob.unread(ann.place()).await.is_none_or(|count| count == 1));
    }
}

#[tokio::test]
async fn what_is_edited_changes_for_who_knows_no_edits() {
    let node = TestNode::start().await;
    for (number, dialect) in [Dialect::Freeim, Dialect::Popim].into_iter().enumerate() {
        let mut ann = peer::join(&node, Dialect::Wukong, &format!("ann{number}")).await;
        let mut bob = peer::join(&node, dialect, &format!("bob{number}")).await;
        ann.befriends(&mut bob).await;
        let id = ann.says_text(bob.place(), "wrong").await;
        bob.hears_text(id, "wrong").await;
        ann.edits(id, "right").await;
        let remembered = bob.remembers(ann.place(), id).await.unwrap();
        assert_eq!(remembered.what, peer::text(dialect, "right"));
    }
}

#[tokio::test]
async fn what_is_deleted_for_everybody_is_gone_in_every_dialect() {
    let node = TestNode::start().await;
    for (mut ann, mut bob) in pairs(&node).await {
        if ann.dialect == Dialect::Freeim {
            // It knows taking back only.
            continue;
        }
        let id = ann.says_text(bob.place(), "wrong").await;
        bob.hears_text(id, "wrong").await;
        ann.deletes_for_everybody(bob.place(), id).await;
        if bob.dialect != Dialect::Wukong {
            bob.hears_it_taken_back(id).await;
        }
        assert!(bob.remembers(ann.place(), id).await.is_none());
        assert!(ann.remembers(bob.place(), id).await.is_none());
    }
}

#[tokio::test]
async fn sockets_with_extensions_hear_of_edits_and_all_hear_of_deletions() {
    let node = TestNode::with(|config| config.wukong.require_friend = false).await;
    let (ann, bob) = (
        Person::register(&node, "ann").await,
        node.register("bob").await,
    );
    let uid = Ids::of(&node.services().core).uid(AccountId(bob.id));
    let mut plain = bob.connect().await;
    let mut extended = bob.connect_with("ext=1").await;
    let said = ann.connect().await.say(&uid, PERSON, "wrong").await;
    let new = peer::text(Dialect::Wukong, "right").to_string();
    let fields = json!({"message_id": said.message_id, "content_edit": new});
    ann.post("/message/edit", fields).await.is_ok();
    let path = format!("/message/mutual?message_id={}", said.message_id);
    ann.delete(&path, Value::Null).await.is_ok();
    let mut edits = Vec::new();
    for socket in [&mut plain, &mut extended] {
        let gone = loop {
            let frame = socket.next().await;
            if frame["status"] == "revocation" {
                break frame;
            }
            if frame["type"] == "edit" {
                edits.push(frame);
            }
        };
        assert_eq!(
            (&gone["id"], &gone["body"]),
            (&json!(said.message_id), &json!(""))
        );
    }
    let [edit] = &edits[..] else {
        panic!("{edits:?}")
    };
    let body: Value = serde_json::from_str(edit["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&edit["ope"], &edit["toId"]),
        (&json!("system"), &json!(bob.id))
    );
    assert_eq!(
        (&body["id"], &body["type"], &body["body"]),
        (&json!(said.message_id), &json!("text"), &json!("right"))
    );
}
