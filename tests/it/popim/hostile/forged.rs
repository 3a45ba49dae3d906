//! Line 3 of the checklist: signatures that are forged, borrowed or old.

use crate::support::popim::{Asker, Pusher, friends, node, signature};
use serde_json::json;

const SECRET: &str = "popim-secret-0123456789abcdef";

#[tokio::test]
async fn a_forged_signature_opens_nothing_and_is_not_corrected() {
    let node = node(|config| {
        config.popim.app_key = "base".to_owned();
        config.popim.app_secret = SECRET.to_owned();
    })
    .await;
    let [tom, jerry] = friends(&node).await;
    let mut socket = Pusher::open(&node.guest(), &jerry.app_key().await).await;
    let other = format!("private-user-{}", tom.uid);
    let own = format!("private-user-{}", jerry.uid);
    let sign = |secret: &str, id: &str, channel: &str| {
        format!("base:{}", signature(secret, &format!("{id}:{channel}")))
    };
    let id = socket.id.clone();
    let zeros = "0".repeat(64);
    let right = sign(SECRET, &id, &own);
    let right = right.strip_prefix("base:").unwrap();
    let forged = [
        (&own, sign("another-secret-0123456789", &id, &own)),
        (&own, sign("base", &id, &own)),
        (&own, sign(SECRET, "1234.5678", &own)),
        (&own, sign(SECRET, &id, &other)),
        (&own, format!("base:{zeros}")),
        (&own, format!("other:{right}")),
        (&own, right.to_owned()),
        (&own, format!("base:{}", &right[..63])),
        (&own, format!("base:{right}0")),
        (&own, "base:".to_owned()),
        (&own, ":".to_owned()),
        (&own, "x".repeat(10_000)),
        // Rightly signed, and still somebody else's.
        (&other, sign(SECRET, &id, &other)),
    ];
    for (channel, auth) in forged {
        // Trying twice does not help.
        for _ in 0..2 {
            socket.ask_with(channel, &json!({"auth": auth})).await;
            socket.was_refused(channel).await;
        }
    }
    for auth in [json!(null), json!(7), json!({}), json!([])] {
        socket.ask_with(&own, &json!({"auth": auth})).await;
        socket.was_refused(&own).await;
    }
    let grant = jerry.sign(&socket, &own).await.body;
    socket.subscribe_with(&own, &grant).await;
    tom.say(&jerry, "well").await;
    socket.hears("well").await;
}

#[tokio::test]
async fn a_presence_cannot_be_another_s() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let gid = tom.found(&[&jerry]).await;
    let channel = format!("presence-group-{gid}");
    let mut socket = Pusher::open(&node.guest(), &jerry.app_key().await).await;
    let grant = jerry.sign(&socket, &channel).await.body;
    let mut forged = grant.clone();
    forged["channel_data"] = json!(format!(
        "{{\"user_id\":\"{}\",\"user_info\":{{\"name\":\"tom\"}}}}",
        tom.uid
    ));
    socket.ask_with(&channel, &forged).await;
    socket.was_refused(&channel).await;
    let mut bare = grant.clone();
    bare.as_object_mut().unwrap().remove("channel_data");
    socket.ask_with(&channel, &bare).await;
    socket.was_refused(&channel).await;
    // Tom's own, on Jerry's socket.
    let borrowed = tom.sign(&socket, &channel).await.body;
    socket.ask_with(&channel, &borrowed).await;
    socket.was_refused(&channel).await;
    let seen = socket.subscribe_with(&channel, &grant).await;
    assert_eq!(seen["presence"]["ids"], json!([jerry.uid.to_string()]));
}

#[tokio::test]
async fn a_signature_is_good_on_its_own_socket_alone() {
    let node = node(|_| {}).await;
    let [_, jerry] = friends(&node).await;
    let base = Asker::new(&node.guest()).public_setting().await["appkey"]
        .as_str()
        .unwrap()
        .to_owned();
    let socket = Pusher::open(&node.guest(), &base).await;
    let channel = format!("private-user-{}", jerry.uid);
    let grant = jerry.sign(&socket, &channel).await.body;
    let mut other = Pusher::open(&node.guest(), &base).await;
    other.ask_with(&channel, &grant).await;
    other.was_refused(&channel).await;
}

#[tokio::test]
async fn a_forged_sign_in_ends_the_connection() {
    let node = node(|config| config.popim.app_key = "base".to_owned()).await;
    let [tom, _] = friends(&node).await;
    let user = format!("{{\"id\":\"{}\"}}", tom.uid);
    for auth in [
        format!("base:{}", "0".repeat(64)),
        "base:".to_owned(),
        "x".to_owned(),
    ] {
        let mut socket = Pusher::open(&node.guest(), "base").await;
        let data = json!({"auth": auth, "user_data": user});
        socket
            .send(json!({"event": "pusher:signin", "data": data}))
            .await;
        assert_eq!(socket.closed().await, (Some(4009), Some(4009)));
    }
}

#[tokio::test]
async fn a_key_of_a_session_cannot_be_guessed_from_another() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let (one, two) = (tom.app_key().await, jerry.app_key().await);
    let (base, own) = one.split_once('.').unwrap();
    let (_, other) = two.split_once('.').unwrap();
    // The number of one session with the proof of another.
    if let (Some((_, proof)), Some((number, _))) = (own.split_once('-'), other.split_once('-')) {
        let mixed = format!("/app/{base}.{number}-{proof}?protocol=7");
        let (code, _) = Pusher::refused(&node.guest(), &mixed).await;
        assert_eq!(code, 4001);
    }
    for key in [
        format!("{base}."),
        format!("{base}.x"),
        format!("{base}.{}", "a".repeat(300)),
    ] {
        let (code, _) = Pusher::refused(&node.guest(), &format!("/app/{key}?protocol=7")).await;
        assert_eq!(code, 4001, "{key}");
    }
}
