//! Several connections of one account, and those that the node ends.

use super::{hear, insist, to_account};
use crate::support::TestNode;
use crate::support::eventually::eventually;
use crate::support::http::LOG_IN;
use parlance::domain::AccountId;
use serde_json::json;

#[tokio::test]
async fn an_old_connection_that_ends_does_not_take_the_new_one_with_it() {
    let node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let hub = &node.services().core.hub;
    let (old, vanishing, mut new) = (
        bob.connect().await,
        bob.connect().await,
        bob.connect().await,
    );
    old.close().await;
    drop(vanishing);
    eventually(async || hub.census().sessions == 1).await;
    assert!(hub.is_online(AccountId(bob.id)));
    let said = insist(&alice, to_account(&bob, "hi")).await;
    assert_eq!(hear(&mut new, 1).await, [said]);
    new.close().await;
    eventually(async || !hub.is_online(AccountId(bob.id))).await;
}

#[tokio::test]
async fn one_connection_too_many_closes_the_oldest() {
    let node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let oldest = bob.connect().await;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(bob.connect().await);
    }
    assert_eq!(oldest.closed().await, Some(1008));
    let said = insist(&alice, to_account(&bob, "hi")).await;
    for socket in &mut others {
        assert_eq!(hear(socket, 1).await, [said]);
    }
}

#[tokio::test]
async fn a_locked_account_loses_its_connections_and_its_token() {
    let node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let sockets = [bob.connect().await, bob.connect().await];
    let mut bystander = alice.connect().await;
    node.admin().await.lock(bob.id).await;
    for socket in sockets {
        assert_eq!(socket.closed().await, Some(1008));
    }
    bob.get("/me/info", json!({})).await.fails(LOG_IN);
    bystander.is_quiet().await;
}

#[tokio::test]
async fn what_is_said_while_a_connection_catches_up_comes_once_and_in_order() {
    let node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let mut said = Vec::new();
    // More than two pages.
    for n in 0..230 {
        said.push(insist(&alice, to_account(&bob, &format!("missed {n}"))).await);
    }
    let go_on = async {
        let mut said = Vec::new();
        for n in 0..50 {
            said.push(insist(&alice, to_account(&bob, &format!("meanwhile {n}"))).await);
        }
        said
    };
    let (mut socket, meanwhile) = tokio::join!(bob.connect(), go_on);
    said.extend(meanwhile);
    assert_eq!(hear(&mut socket, said.len()).await, said);
    socket.is_quiet().await;
}

#[tokio::test]
async fn a_connection_that_ended_in_order_is_not_told_the_same_again() {
    let node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let first = insist(&alice, to_account(&bob, "first")).await;
    let mut socket = bob.connect().await;
    assert_eq!(hear(&mut socket, 1).await, [first]);
    socket.close().await;
    let second = insist(&alice, to_account(&bob, "second")).await;
    let mut socket = bob.connect().await;
    assert_eq!(hear(&mut socket, 1).await, [second]);
    socket.is_quiet().await;
}
