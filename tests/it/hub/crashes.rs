//! A panic in each kind of actor loses nothing and heals.

use super::{hear, history, insist, numbers, to_account, to_group};
use crate::support::echo;
use crate::support::eventually::eventually;
use crate::support::raw_ws::{Frame, RawWs};
use crate::support::{TestNode, User};
use parlance::domain::{AccountId, ChannelId};
use parlance::error::Result;
use parlance::hub::Hub;
use serde_json::json;

fn hub(node: &TestNode) -> &Hub {
    &node.services().core.hub
}

fn account(user: &User) -> AccountId {
    AccountId(user.id)
}

/// A unit of writes that panics in the middle.
async fn crash_writer(node: &TestNode) {
    let unit = node.services().core.store.write(|_| -> Result<()> {
        panic!("injected");
    });
    assert!(unit.await.is_err());
}

#[tokio::test]
async fn a_mailbox_that_fails_keeps_its_sockets_and_loses_no_message() {
    let node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let mut sockets = [bob.connect().await, bob.connect().await];
    let mut said = Vec::new();
    for n in 0..5 {
        said.push(insist(&alice, to_account(&bob, &format!("before {n}"))).await);
        hub(&node).crash_mailbox(account(&bob)).await.unwrap();
        said.push(insist(&alice, to_account(&bob, &format!("after {n}"))).await);
    }
    for socket in &mut sockets {
        assert_eq!(hear(socket, said.len()).await, said);
        socket.is_quiet().await;
    }
}

#[tokio::test]
async fn a_mailbox_that_fails_knows_again_whom_its_account_blocks() {
    let node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let block = json!({"toId": alice.id});
    bob.post("/friends/blaklist", block)
        .await
        .succeeds("添加成功");
    hub(&node).crash_mailbox(account(&bob)).await.unwrap();
    eventually(async || {
        let answer = alice.post("/chat/send", to_account(&bob, "hi")).await;
        answer.message() == "对方已将您拉黑"
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_that_fails_again_and_again_ends_its_sockets_which_then_find_everything() {
    let node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let socket = bob.connect().await;
    let crashes = async {
        for _ in 0..200 {
            // Refused now and then, while one is being opened.
            let _ = hub(&node).crash_mailbox(account(&bob)).await;
        }
    };
    let (code, ()) = tokio::join!(socket.closed(), crashes);
    assert_eq!(code, Some(1008));
    let said = insist(&alice, to_account(&bob, "are you there?")).await;
    let mut socket = bob.connect().await;
    assert_eq!(hear(&mut socket, 1).await, [said]);
}

#[tokio::test]
async fn a_channel_that_fails_loses_no_message_and_knows_its_members_again() {
    let node = TestNode::start().await;
    let [alice, bob, carol] = node.users(["alice", "bob", "carol"]).await;
    let group = alice.found("reading circle").await;
    alice.invite(group, [&bob, &carol]).await;
    let mute = json!({"groupId": group, "toId": carol.id, "minute": 5});
    alice
        .post("/chatGroups/banned", mute)
        .await
        .succeeds("处理成功");
    let mut sockets = [alice.connect().await, bob.connect().await];
    let mut said = Vec::new();
    for n in 0..5 {
        said.push(insist(&alice, to_group(group, &format!("before {n}"))).await);
        hub(&node).crash_channel(ChannelId(group)).await.unwrap();
        said.push(insist(&bob, to_group(group, &format!("after {n}"))).await);
    }
    for socket in &mut sockets {
        assert_eq!(hear(socket, said.len()).await, said);
        socket.is_quiet().await;
    }
    let muted = carol.post("/chat/send", to_group(group, "hi")).await;
    muted.fails("您已被禁言");
}

#[tokio::test]
async fn a_registry_that_fails_is_replaced_and_nothing_open_is_lost() {
    let node = TestNode::start().await;
    let [alice, bob, carol] = node.users(["alice", "bob", "carol"]).await;
    let mut socket = bob.connect().await;
    let before = insist(&alice, to_account(&bob, "before")).await;
    hub(&node).crash_registry().await;
    let after = insist(&alice, to_account(&bob, "after")).await;
    assert_eq!(hear(&mut socket, 2).await, [before, after]);
    // Neither carol's mailbox nor the group was open before.
    let said = insist(&alice, to_account(&carol, "welcome")).await;
    let mut socket = carol.connect().await;
    assert_eq!(hear(&mut socket, 1).await, [said]);
    let group = alice.found("reading circle").await;
    let said = insist(&alice, to_group(group, "anybody here?")).await;
    let mut socket = alice.connect().await;
    assert_eq!(hear(&mut socket, 1).await, [said]);
}

#[tokio::test]
async fn a_session_that_fails_harms_no_other() {
    let echo = echo::serve(1024).await;
    let mut healthy = RawWs::connect(echo.address(), "/").await;
    let mut doomed = RawWs::connect(echo.address(), "/").await;
    let sessions = || echo.hub().census().sessions;
    eventually(async || sessions() == 2).await;
    doomed.send(&Frame::text(echo::POISON)).await;
    while doomed.frame().await.is_some() {}
    eventually(async || sessions() == 1).await;
    eventually(async || echo.hub().is_online(AccountId::FIRST)).await;

    let hello = Frame::text("hello");
    let mut newcomer = RawWs::connect(echo.address(), "/").await;
    for socket in [&mut healthy, &mut newcomer] {
        socket.send(&hello).await;
        assert_eq!(socket.frame().await.as_ref(), Some(&hello));
    }
}

#[tokio::test]
async fn the_last_session_that_fails_leaves_its_account_offline() {
    let echo = echo::serve(1024).await;
    let mut doomed = RawWs::connect(echo.address(), "/").await;
    eventually(async || echo.hub().is_online(AccountId::FIRST)).await;
    doomed.send(&Frame::text(echo::POISON)).await;
    eventually(async || !echo.hub().is_online(AccountId::FIRST)).await;
}

#[tokio::test]
async fn everything_may_fail_in_turn_while_messages_flow() {
    let node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let group = alice.found("reading circle").await;
    alice.invite(group, [&bob]).await;
    let mut socket = bob.connect().await;
    let mut said = Vec::new();
    for n in 0..72 {
        let text = format!("message {n}");
        let message = match n % 2 {
            0 => to_account(&bob, &text),
            _ => to_group(group, &text),
        };
        let fault = async {
            // An actor that is failing already cannot be made to.
            match n % 9 {
                0 => drop(hub(&node).crash_mailbox(account(&bob)).await),
                2 => drop(hub(&node).crash_channel(ChannelId(group)).await),
                4 => hub(&node).crash_registry().await,
                6 => crash_writer(&node).await,
                _ => {}
            }
        };
        let (id, ()) = tokio::join!(insist(&alice, message), fault);
        said.push(id);
    }
    assert_eq!(hear(&mut socket, said.len()).await, said);
    socket.is_quiet().await;
    let direct = numbers(&history(&alice, bob.id).await);
    assert!(direct.iter().eq(said.iter().step_by(2)));
    let in_group = numbers(&history(&bob, group).await);
    assert!(in_group.iter().eq(said.iter().skip(1).step_by(2)));
}
