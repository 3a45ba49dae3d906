//! The real client from PyPI, unmodified: a bot that lives on the cookie of a login.

use crate::support::driven::{self, Driven};
use crate::support::popim::{Answers, Person, friends, node};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The Python that has it, if there is one.
fn python() -> Option<PathBuf> {
    let python = driven::built()?.join("venv/bin/python");
    if python.exists() {
        return Some(python);
    }
    eprintln!("popobot was not run: there is no {}", python.display());
    None
}

/// One user of the library.
struct Bot(Driven);

impl Bot {
    async fn of(python: &Path, test: &str, person: &Person) -> Self {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/popobot_user.py");
        let mut command = Command::new(python);
        let test = format!("popobot_{test}");
        let mut bot = Driven::start(command.arg(program), &test, &person.name).await;
        let base = format!("http://{}", person.client().address());
        bot.tell(json!({"do": "begin", "base": base, "cookie": person.cookie}))
            .await;
        Self(bot)
    }

    /// Calls a function of the library; gives the data of the answer.
    async fn call(&mut self, function: &str, with: Value) -> Value {
        self.0.tell(json!({"do": function, "with": with})).await;
        self.0.hears(function, |_| true).await["result"].clone()
    }
}

#[tokio::test]
async fn the_real_bot_talks_with_friends_and_groups() {
    let Some(python) = python() else { return };
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let mut bot = Bot::of(&python, "talk", &tom).await;
    let mine = bot.call("GetSelfInfo", json!([])).await;
    assert_eq!(
        (&mine["uid"], &mine["username"]),
        (&json!(tom.uid), &json!("tom"))
    );
    let info = bot.call("GetInfo", json!([])).await;
    assert!(info["setting"]["appkey"].is_string());
    let listed = bot.call("GetFriendsList", json!([])).await;
    assert_eq!(listed["J"][jerry.uid.to_string()]["name"], "jerry");
    let sent = bot
        .call("SendFriendMessage", json!([jerry.uid, "beep + [表情1]"]))
        .await;
    let items = bot.call("GetFriendMessage", json!([jerry.uid, 5])).await;
    let last = items.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["content"], &last["mid"]),
        (&json!("beep + [表情1]"), &sent["mid"])
    );
    // Its number of a message is the second: two within one are two.
    let other = bot
        .call("SendFriendMessage", json!([jerry.uid, "boop"]))
        .await;
    assert_ne!(other["mid"], sent["mid"]);
    let gid = tom.found(&[&jerry]).await;
    bot.call("SendGroupMessage", json!([gid, "to all"])).await;
    let items = bot.call("GetGroupMessage", json!([gid])).await;
    assert_eq!(
        items.as_array().unwrap().last().unwrap()["content"],
        "to all"
    );
    let groups = bot.call("GetGroupList", json!([])).await;
    assert_eq!(groups[0]["gid"], gid);
    let shown = bot.call("GetChattings", json!([])).await;
    assert_eq!(
        shown[format!("group{gid}")]["items"][0]["content"],
        "to all"
    );
    assert_eq!(
        shown[format!("friend{}", jerry.uid)]["items"][0]["content"],
        "boop"
    );
}

#[tokio::test]
async fn the_real_bot_looks_after_a_group() {
    let Some(python) = python() else { return };
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let spike = Person::register(&node, "spike").await;
    let gid = tom.found(&[&jerry]).await;
    let mut bot = Bot::of(&python, "group", &tom).await;
    bot.call("GroupInvite", json!([gid, spike.uid])).await;
    let info = bot.call("GetGroupInfo", json!([gid])).await;
    assert_eq!(info["members"][spike.uid.to_string()]["nickname"], "spike");
    bot.call("Mute", json!([gid])).await;
    let speak = json!({"to": gid, "type": "group", "content": "may I?"});
    jerry
        .post("/message/send", speak.clone())
        .await
        .refuses(200);
    bot.call("UnMute", json!([gid])).await;
    jerry.post("/message/send", speak.clone()).await.data();
    bot.call("GroupKick", json!([gid, spike.uid])).await;
    spike.post("/message/send", speak).await.refuses(2);
    let mut other = Bot::of(&python, "group", &jerry).await;
    other.call("GroupLeave", json!([gid])).await;
    bot.call("GroupDel", json!([gid])).await;
    assert_eq!(bot.call("GetGroupList", json!([])).await, json!([]));
}

/// Its `Logout` cannot be called: it uses a variable that the library never sets.
#[tokio::test]
async fn the_real_bot_makes_and_parts_with_friends() {
    let Some(python) = python() else { return };
    let node = node(|_| {}).await;
    let mut people = Vec::new();
    for name in ["tom", "jerry", "spike", "tyke"] {
        people.push(Person::register(&node, name).await);
    }
    let [tom, jerry, spike, tyke] = &people[..] else {
        unreachable!()
    };
    let mut bot = Bot::of(&python, "friends", tom).await;
    bot.call("ApplyFriend", json!([tyke.uid, "hi"])).await;
    assert_eq!(
        *tyke.get("/friend/applycount", json!({})).await.data(),
        json!(1)
    );
    let (good, bad) = (
        jerry.apply(tom, "it is me").await,
        spike.apply(tom, "me too").await,
    );
    let listed = bot.call("GetApplyList", json!([])).await;
    assert_eq!(
        (&listed[0]["nid"], &listed[1]["nid"]),
        (&json!(bad), &json!(good))
    );
    let detail = bot.call("GetApplyDetail", json!([good])).await;
    assert_eq!(detail["username"], "jerry");
    bot.call("AgreeApply", json!([good])).await;
    bot.call("RefuseApply", json!([bad])).await;
    let friends = bot.call("GetFriendsList", json!([])).await;
    assert_eq!(friends.as_object().unwrap().len(), 1, "{friends}");
    bot.call("FriendDel", json!([jerry.uid])).await;
    assert_eq!(bot.call("GetFriendsList", json!([])).await, json!([]));
}
