//! Line 12 of the checklist: what is done too often.

use crate::popim::world::World;
use crate::support::popim::{Answers, Asker, Pusher, gateway, node};
use serde_json::json;

#[tokio::test]
async fn line_12_guessing_and_flooding_are_slowed_down() {
    let node = node(|config| {
        config.limits.logins_per_minute = 3;
        config.limits.codes_per_minute = 3;
    })
    .await;
    let guest = Asker::new(&node.guest());
    let fields = json!({"username": "tom", "password": "guess"});
    let mut codes = Vec::new();
    for _ in 0..10 {
        codes.push(guest.post("/login/check", fields.clone()).await.code());
    }
    assert!(
        codes.starts_with(&[902, 902, 902]) && codes.ends_with(&[429]),
        "{codes:?}"
    );
    let mut codes = Vec::new();
    for _ in 0..10 {
        codes.push(guest.get("/login/logincaptcha", json!({})).await.body["code"].clone());
    }
    assert_eq!(codes.last(), Some(&json!(429)), "{codes:?}");
}

#[tokio::test]
async fn line_12_text_messages_are_counted() {
    let gateway = gateway().await;
    let node = node(|config| {
        config.sms.gateway_url = gateway;
        config.limits.code_interval_seconds = 60;
    })
    .await;
    let guest = Asker::new(&node.guest());
    let fields = json!({"phone": "13900000000", "type": "register"});
    guest
        .post("/service/send_sms", fields.clone())
        .await
        .is_ok();
    guest.post("/service/send_sms", fields).await.refuses(429);
}

#[tokio::test]
async fn line_12_thirty_requests_an_hour_are_enough() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let fields = json!({"friend_uid": world.ann.uid});
    let mut codes = Vec::new();
    for _ in 0..31 {
        codes.push(world.dan.post("/friend/apply", fields.clone()).await.code());
    }
    assert_eq!(codes.pop(), Some(429));
    assert!(codes.iter().all(|code| *code == 0), "{codes:?}");
}

#[tokio::test]
async fn line_12_a_flood_of_reconnects_is_not_let_in() {
    const PER_MINUTE: usize = 20;
    let node = node(|config| {
        config.limits.connects_per_minute_per_address = PER_MINUTE as u64;
        config.popim.app_key = "base".to_owned();
    })
    .await;
    let mut sockets = Vec::new();
    for _ in 0..3 * PER_MINUTE {
        sockets.extend(Pusher::try_open(&node.guest(), "base").await);
    }
    // Some more as the minute goes on.
    let let_in = PER_MINUTE..2 * PER_MINUTE;
    assert!(let_in.contains(&sockets.len()), "{}", sockets.len());
    sockets[0].flush().await;
}
