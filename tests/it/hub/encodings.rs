//! What many hear is written once for each way of writing.

use super::by_hand;
use crate::support::TestNode;
use parlance::dialect::freeim::wire::{Encoding, Options};
use parlance::hub::envelope::Frame;
use parlance::hub::session::Out;
use std::collections::BTreeSet;

/// Where in memory a frame's bytes are.
fn place(out: &Out) -> *const u8 {
    match out {
        Out::Frame(Frame::Text(text)) => text.as_bytes().as_ptr(),
        Out::Frame(Frame::Binary(bytes)) => bytes.as_ptr(),
        Out::Probe(_) | Out::Attach | Out::Ask { .. } | Out::Close => panic!("no frame: {out:?}"),
    }
}

#[tokio::test]
async fn a_group_message_is_written_once_per_encoding_however_many_members_hear_it() {
    let node = TestNode::start().await;
    let users = node.users(["alice", "bob", "carol", "dave"]).await;
    let [alice, bob, carol, dave] = &users;
    let group = alice.found("reading circle").await;
    alice.invite(group, [bob, carol, dave]).await;
    let mut sessions = Vec::new();
    for user in &users {
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let options = Options {
                encoding,
                extended: false,
                replay: false,
            };
            sessions.push(by_hand::attach(&node, user, options).await);
        }
    }
    alice.say_in(group, "hello").await;
    // All are kept, so that no place in memory is used twice.
    let mut heard = Vec::new();
    for session in &mut sessions {
        heard.extend(by_hand::hear(session).await);
    }
    assert_eq!(heard.len(), sessions.len());
    let places = BTreeSet::from_iter(heard.iter().map(place));
    assert_eq!(places.len(), 2, "{heard:?}");
}
