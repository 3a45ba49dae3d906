//! Actors that nobody needs leave the memory.

use super::{hear, insist, to_account, to_group};
use crate::support::TestNode;
use crate::support::eventually::eventually;

#[tokio::test]
async fn idle_homes_leave_the_memory_and_come_back_when_needed() {
    let node = TestNode::with(|config| config.session.passivate_seconds = 1).await;
    let [alice, bob, carol] = node.users(["alice", "bob", "carol"]).await;
    let group = alice.found("reading circle").await;
    alice.invite(group, [&bob]).await;
    let mut present = carol.connect().await;
    let first = insist(&alice, to_account(&bob, "first")).await;
    let second = insist(&alice, to_group(group, "second")).await;
    let census = || node.services().core.hub.census();
    assert_eq!((census().mailboxes, census().channels), (2, 1));

    // Carol's mailbox alone has somebody to tell.
    eventually(async || census().mailboxes == 1 && census().channels == 0).await;
    let third = insist(&alice, to_account(&bob, "third")).await;
    let fourth = insist(&bob, to_group(group, "fourth")).await;
    let mut socket = bob.connect().await;
    assert_eq!(hear(&mut socket, 4).await, [first, second, third, fourth]);
    let said = insist(&alice, to_account(&carol, "are you there?")).await;
    assert_eq!(hear(&mut present, 1).await, [said]);
}
