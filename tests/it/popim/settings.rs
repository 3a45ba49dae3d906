//! The settings of the product, each enforced where it says so.

use super::uploads::png;
use super::world::World;
use crate::support::popim::Answers;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_switched_off_is_refused() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let admin = node.admin().await;
    let to_bob = json!({"to": world.bob.uid, "type": "friend", "content": "hi"});
    let to_dan = json!({"to": world.dan.uid, "type": "friend", "content": "hi"});
    let to_all = json!({"to": world.gid, "type": "group", "content": "hi"});
    let apply = json!({"friend_uid": world.dan.uid});
    let table = [
        ("popim_private_chat", "/message/send", to_bob, 83),
        ("popim_group_chat", "/message/send", to_all, 83),
        ("popim_stranger_chat", "/message/send", to_dan, 84),
        ("add_freind", "/friend/apply", apply, 202),
        ("create_chatgroup", "/group/create", json!({}), 702),
    ];
    for (name, path, fields, code) in table {
        world.ann.post(path, fields.clone()).await.data();
        admin.set(name, "false").await;
        world.ann.post(path, fields.clone()).await.refuses(code);
        // Servers may still speak for people.
        if code == 83 {
            let mut fields = fields.clone();
            fields["login_uid"] = json!(world.ann.uid);
            world.server.post(path, fields).await.is_ok();
        }
        admin.set(name, "true").await;
        world.ann.post(path, fields).await.data();
    }
}

#[tokio::test]
async fn uploads_and_registration_are_switched_off() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let admin = node.admin().await;
    admin.set("popim_upload_img", "off").await;
    world
        .ann
        .upload("/upload/img", "a.png", &png(), json!({}))
        .await
        .refuses(905);
    world
        .ann
        .upload("/upload/avatar", "a.png", &png(), json!({}))
        .await
        .data();
    world
        .ann
        .upload("/upload/file", "a.txt", b"text", json!({}))
        .await
        .data();
    admin.set("popim_upload_file", "off").await;
    world
        .ann
        .upload("/upload/file", "a.txt", b"text", json!({}))
        .await
        .refuses(905);
    admin.set("register_account", "false").await;
    world.send_code("register").await;
    world
        .guest
        .post("/login/join", world.eve_s())
        .await
        .refuses(906);
    world.server.get("/user/add", world.sub_user()).await.data();
}

#[tokio::test]
async fn voice_is_off_until_it_is_on() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let fields =
        json!({"to": world.bob.uid, "type": "friend", "content": "voice(/upload/files/a.wav)"});
    world
        .ann
        .post("/message/send", fields.clone())
        .await
        .refuses(2);
    world
        .ann
        .upload("/upload/file", "a.wav", &wav(), json!({}))
        .await
        .refuses(905);
    node.admin().await.set("popim_voice", "on").await;
    world.ann.post("/message/send", fields).await.data();
    world
        .ann
        .upload("/upload/file", "a.wav", &wav(), json!({}))
        .await
        .data();
}

/// A sound without a sample.
fn wav() -> Vec<u8> {
    let mut bytes = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend(b"\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0");
    bytes
}

#[tokio::test]
async fn dirty_words_are_starred() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut his = world.bob.connect().await;
    node.admin()
        .await
        .set("sensitive_words", "darn\n坏蛋;heck")
        .await;
    world
        .ann
        .say(&world.bob, "darn, you 坏蛋, what the heck")
        .await;
    his.hears("****, you **, what the ****").await;
    let items = world.bob.history("friend", world.ann.uid).await;
    assert_eq!(
        items.last().unwrap()["content"],
        "****, you **, what the ****"
    );
}

#[tokio::test]
async fn profiles_are_hidden_from_strangers() {
    let node = World::node().await;
    let world = World::new(&node).await;
    node.admin().await.set("popim_member_detail", "off").await;
    let stranger = world
        .ann
        .get("/user/detail", json!({"uid": world.dan.uid}))
        .await;
    let mut names: Vec<&String> = stranger.data().as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["avatar", "nickname", "uid"]);
    let friend = world
        .ann
        .get("/user/detail", json!({"uid": world.bob.uid}))
        .await;
    assert_eq!(friend.data()["username"], *world.bob.name);
}

#[tokio::test]
async fn a_change_is_told_to_all_with_the_base_key_alone() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut sockets = [world.ann.connect().await, world.dan.connect().await];
    node.admin()
        .await
        .set("popim_app_name", "Bubbles & Co")
        .await;
    let mut public = world.guest.public_setting().await;
    assert_eq!(public["app_name"], "Bubbles & Co");
    for socket in &mut sockets {
        let told = socket.next_of("settingChange").await;
        assert_eq!(told.channel, "global");
        let mut data = told.data;
        for setting in [&mut public, &mut data] {
            // A text here and an integer there, as the original has it.
            setting.as_object_mut().unwrap().remove("id");
        }
        assert_eq!(data, public);
    }
}

#[tokio::test]
async fn the_woker_flavour_is_handed_out_when_it_is_chosen() {
    let node = crate::support::popim::node(|config| {
        config.popim.push_flavour = parlance::config::PushFlavour::Woker;
        config.popim.woker_key = "old-library".to_owned();
    })
    .await;
    let [tom, jerry] = crate::support::popim::friends(&node).await;
    let key = tom.app_key().await;
    assert!(key.starts_with("old-library."), "{key}");
    let mut his = tom.connect().await;
    jerry.say(&tom, "in old words").await;
    his.hears("in old words").await;
    his.is_refused(&format!("user-{}", jerry.uid)).await;
    let answer =
        crate::support::http::send(node.guest().request(Method::GET, "/h5/pop/getsetting")).await;
    assert_eq!(answer.data()["appkey"], Value::from("old-library"));
}
