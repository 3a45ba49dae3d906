//! What is said over a socket: acknowledged, in order, bounded, and not told to where it came from.

use crate::store::bench::hold;
use crate::support::eventually::eventually;
use crate::support::lines::{self, WAYS, Way};
use crate::support::{PATIENCE, TestNode, User};
use parlance::domain::conversation::{Exchange, Target};
use parlance::domain::message::{Draft, Mentions};
use parlance::domain::{AccountId, ChannelId, Content, Dialect};
use parlance::hub::post::{Audience, Post};
use parlance::service::Caller;
use parlance::service::chat::Saying;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn what_is_said_at_once_stands_in_the_log_as_it_was_said() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let lines = lines::serve(&node, PATIENCE).await;
    for (round, way) in WAYS.into_iter().enumerate() {
        let mut speaking = lines.enter(way, ann.id, "web", "one").await;
        let mut beside = lines.enter(way, ann.id, "web", "two").await;
        let mut hearing = lines.enter(way, bob.id, "web", "one").await;
        let said: String = (0..20).map(|n| format!("say {} {n}\n", bob.id)).collect();
        speaking.send_bytes(said.as_bytes()).await;

        let mut answers = speaking.take(20).await;
        let seq = |n: usize| round * 20 + n + 1;
        let place = |line: &String| line.split(' ').nth(1).unwrap().parse::<usize>().unwrap();
        answers.sort_by_key(place);
        let expected: Vec<_> = (0..20)
            .map(|n| format!("said {} {}", n + 1, seq(n)))
            .collect();
        assert_eq!(answers, expected);
        let heard: Vec<_> = (0..20)
            .map(|n| format!("heard {} {} {n}", ann.id, seq(n)))
            .collect();
        assert_eq!(hearing.take(20).await, heard);
        assert_eq!(beside.take(20).await, heard);
        speaking.is_quiet().await;
    }
}

#[tokio::test]
async fn who_says_too_much_at_once_is_told_so_and_the_rest_is_said() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let lines = lines::serve(&node, PATIENCE).await;
    let mut speaking = lines.enter(Way::Tcp, ann.id, "web", "tab").await;
    let held = hold(&node.services().core.store).await;
    let said: String = (0..200).map(|n| format!("say {} {n}\n", bob.id)).collect();
    speaking.send_bytes(said.as_bytes()).await;
    // Nothing can be committed, so the first answers are refusals.
    let mut answers = speaking.take(200 - 3 * 32).await;
    for answer in &answers {
        assert!(answer.ends_with("TooFast"), "{answer}");
    }
    drop(held);
    answers.extend(speaking.take(3 * 32).await);
    let (said, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.starts_with("said "));
    assert!(said.len() >= 32, "{said:?}");
    assert!(refused.iter().all(|answer| answer.ends_with("TooFast")));
}

#[tokio::test]
async fn what_waits_to_be_handed_over_weighs_no_more_than_there_is_room() {
    let node = TestNode::with(|config| config.database.queue_mib = 1).await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let lines = lines::serve(&node, PATIENCE).await;
    let mut speaking = lines.enter(Way::Tcp, ann.id, "web", "tab").await;
    let held = hold(&node.services().core.store).await;
    let words = "x".repeat(60_000);
    for _ in 0..100 {
        speaking.send(&format!("say {} {words}", bob.id)).await;
    }
    // Nothing can be committed. Of those that wait for it, 32, and the one that is next in turn, 17 at most weigh so much as
    // there is room; no more of the others than that are kept.
    let answers = speaking.take(100 - 33 - 17).await;
    assert!(answers.iter().all(|answer| answer.starts_with("refused ")));
    drop(held);
    let rest = speaking.take(33 + 17).await;
    assert!(rest.iter().any(|answer| answer.starts_with("said ")));
}

#[tokio::test]
async fn who_is_called_upon_is_reminded_even_if_the_sender_has_gone() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let services = node.services();
    let caller = |user: &User| Caller {
        id: AccountId(user.id),
        manager: false,
        since: 0,
    };
    let content = Content::Text {
        text: "are you there?".to_owned(),
    };
    let saying = Saying {
        target: Target::Account(AccountId(bob.id)),
        draft: Draft::plain(Dialect::Wukong, "1", content),
        reword: |_, _| {},
        client_id: None,
        require_contact: false,
        origin: None,
        kept: true,
        mentions: Mentions {
            all: false,
            accounts: vec![AccountId(bob.id)],
        },
    };
    let spoken = services.chat.begin(caller(&ann), saying).await.unwrap();
    drop(spoken.finish());
    eventually(async || {
        let reminders = services.reminders.sync(caller(&bob), 0, 10).await;
        reminders.unwrap().len() == 1
    })
    .await;
}

#[tokio::test]
async fn what_is_not_kept_reaches_only_who_is_there() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let lines = lines::serve(&node, PATIENCE).await;
    let mut speaking = lines.enter(Way::Tcp, ann.id, "web", "one").await;
    let mut beside = lines.enter(Way::Ws, ann.id, "web", "two").await;
    let mut hearing = lines.enter(Way::Ws, bob.id, "web", "one").await;
    speaking.send(&format!("pass {} psst", bob.id)).await;
    assert_eq!(speaking.next().await, "said 1 0");
    for line in [&mut hearing, &mut beside] {
        assert_eq!(line.next().await, format!("passing {} 0 psst", ann.id));
    }
    speaking.send(&format!("say {} aloud", bob.id)).await;
    assert_eq!(speaking.next().await, "said 2 1");
    let told = bob.get("/chat/messages", json!({"toId": ann.id})).await;
    assert_eq!(told.items().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_said_is_answered_with_the_reason() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    bob.post("/friends/blaklist", json!({"toId": ann.id}))
        .await
        .succeeds("添加成功");
    let lines = lines::serve(&node, PATIENCE).await;
    let mut line = lines.enter(Way::Ws, ann.id, "web", "tab").await;
    for (said, why) in [
        (format!("say {} hi", bob.id), "BlockedByPeer"),
        (format!("pass {} hi", bob.id), "BlockedByPeer"),
        ("say 99999999 hi".to_owned(), "AccountUnknown"),
        ("say 7 hi".to_owned(), "ChannelUnknown"),
    ] {
        line.send(&said).await;
        let answer = line.next().await;
        assert!(
            answer.starts_with("refused ") && answer.ends_with(why),
            "{said}: {answer}"
        );
    }
}

#[tokio::test]
async fn an_announcement_is_told_to_those_it_is_for_whatever_the_roster_says() {
    let node = TestNode::start().await;
    let [ann, bob, carol, dave] = node.users(["ann", "bob", "carol", "dave"]).await;
    let group = ann.found("reading circle").await;
    ann.invite(group, [&bob, &carol]).await;
    let lines = lines::serve(&node, PATIENCE).await;
    let mut heard = Vec::new();
    for user in [&ann, &bob, &carol, &dave] {
        heard.push(lines.enter(Way::Tcp, user.id, "web", "tab").await);
    }
    let hub = &node.services().core.hub;
    let announce = async |text: &str, to: Option<&[i64]>, eyes: Option<&[i64]>| {
        let accounts = |ids: &[i64]| ids.iter().copied().map(AccountId).collect::<Arc<[_]>>();
        let text = text.to_owned();
        let content = Content::Text { text };
        let draft = Draft {
            audience: eyes.map(accounts),
            ..Draft::plain(Dialect::Wukong, "notice", content)
        };
        let post = Post {
            sender: AccountId(dave.id),
            to: Exchange::Channel(ChannelId(group)),
            client_id: None,
            require_contact: false,
            admit: Box::new(move || Ok(draft)),
            origin: None,
            kept: true,
            audience: Audience::Announced(to.map(accounts)),
        };
        hub.post(post).await.unwrap().message.seq
    };
    let seqs = [
        announce("to members", None, None).await,
        announce("to two", Some(&[bob.id, dave.id]), None).await,
        announce("for one's eyes", None, Some(&[carol.id, dave.id])).await,
    ];
    let line = |n: usize, text: &str| format!("heard {} {} {text}", dave.id, seqs[n]);
    let expected = [
        vec![line(0, "to members")],
        vec![line(0, "to members"), line(1, "to two")],
        vec![line(0, "to members"), line(2, "for one's eyes")],
        vec![line(1, "to two")],
    ];
    for (heard, expected) in heard.iter_mut().zip(expected) {
        assert_eq!(heard.take(expected.len()).await, expected);
        heard.is_quiet().await;
    }
}

#[tokio::test]
async fn what_lasts_of_a_change_is_told_with_the_number_it_is_kept_under() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let group = ann.found("reading circle").await;
    let lines = lines::serve(&node, PATIENCE).await;
    let mut line = lines.enter(Way::Ws, ann.id, "web", "tab").await;
    let mut numbers = Vec::new();
    for name in ["writing circle", "drawing circle"] {
        let fields = json!({"groupId": group, "name": name});
        ann.put("/chatGroups", fields).await.succeeds("修改成功");
        let told = line.next().await;
        let number = told.strip_prefix("updated Some(").expect(&told);
        numbers.push(number.trim_end_matches(')').parse::<i64>().unwrap());
    }
    assert!(numbers[0] < numbers[1], "{numbers:?}");
    eventually(async || node.services().core.hub.census().sessions == 1).await;
}
