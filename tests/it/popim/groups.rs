//! Operations 23 to 26, 28, 35 and 60 to 65: making groups, joining and leaving them, their names and pictures.

use super::cases::{self, cases};
use super::uploads::png;
use super::world::World;
use crate::support::popim::{Answers, NOBODY, Person};
use serde_json::{Value, json};

cases! {
    23 some Succeeds "", |w| w.ann.post("/group/create", json!({"members": [w.bob.uid, w.bob.uid, w.ann.uid]})).await;
    23 nobody_else Succeeds "", |w| w.ann.post("/group/create", json!({})).await;
    23 an_unknown_member Fails "2", |w| w.ann.post("/group/create", json!({"members": [NOBODY]})).await;
    23 members_that_are_none Fails "2", |w| w.ann.post("/group/create", json!({"members": "everybody"})).await;
    23 a_long_name Fails "2", |w| w.ann.post("/group/create", json!({"groupname": "n".repeat(61)})).await;

    24 the_owner Succeeds "", |w| w.ann.post("/group/delete", json!({"gid": w.gid})).await;
    24 a_group_that_is_gone Succeeds "", |w| w.ann.post("/group/delete", json!({"gid": NOBODY})).await;
    24 no_group Fails "1", |w| w.ann.post("/group/delete", json!({})).await;
    24 a_manager Fails "2", |w| w.bob.post("/group/delete", json!({"gid": w.gid})).await;
    24 a_stranger Fails "2", |w| w.dan.post("/group/delete", json!({"gid": w.gid})).await;

    25 any_member Succeeds "", |w| w.cat.post("/group/memberadd", json!({"gid": w.gid, "members": [w.dan.uid]})).await;
    25 a_member Succeeds "", |w| w.cat.post("/group/memberadd", json!({"gid": w.gid, "members": [w.bob.uid]})).await;
    25 no_members Fails "1", |w| w.ann.post("/group/memberadd", json!({"gid": w.gid})).await;
    25 members_that_are_none Fails "2", |w| w.ann.post("/group/memberadd", json!({"gid": w.gid, "members": "x"})).await;
    25 nobody Fails "2", |w| w.ann.post("/group/memberadd", json!({"gid": w.gid, "members": [NOBODY]})).await;
    25 by_a_stranger Fails "2", |w| w.dan.post("/group/memberadd", json!({"gid": w.gid, "members": [w.dan.uid]})).await;
    25 no_such_group Fails "3", |w| w.ann.post("/group/memberadd", json!({"gid": NOBODY, "members": [w.dan.uid]})).await;

    26 a_stranger Succeeds "", |w| w.dan.post("/group/join", json!({"gid": w.gid})).await;
    26 a_member Succeeds "", |w| w.bob.post("/group/join", json!({"gid": w.gid})).await;
    26 no_group Fails "1", |w| w.dan.post("/group/join", json!({})).await;
    26 no_such_group Fails "701", |w| w.dan.post("/group/join", json!({"gid": NOBODY})).await;

    28 the_owner Succeeds "", |w| w.ann.post("/group/memberdel", json!({"gid": w.gid, "members": [w.cat.uid]})).await;
    28 a_manager Fails "2", |w| w.bob.post("/group/memberdel", json!({"gid": w.gid, "members": [w.cat.uid]})).await;
    28 the_owner_himself Fails "2", |w| w.ann.post("/group/memberdel", json!({"gid": w.gid, "members": [w.ann.uid]})).await;
    28 no_member Fails "2", |w| w.ann.post("/group/memberdel", json!({"gid": w.gid, "members": [w.dan.uid]})).await;
    28 no_members Fails "1", |w| w.ann.post("/group/memberdel", json!({"gid": w.gid})).await;
    28 no_such_group Fails "2", |w| w.ann.post("/group/memberdel", json!({"gid": NOBODY, "members": [w.cat.uid]})).await;

    35 a_member Succeeds "", |w| w.cat.post("/group/leave", json!({"gid": w.gid})).await;
    35 the_owner Succeeds "", |w| w.ann.post("/group/leave", json!({"gid": w.gid})).await;
    35 a_stranger Succeeds "", |w| w.dan.post("/group/leave", json!({"gid": w.gid})).await;
    35 no_group Fails "1", |w| w.cat.post("/group/leave", json!({})).await;

    60 the_owner Succeeds "", |w| w.ann.post("/group/update", json!({"gid": w.gid, "groupname": "us", "state": "x"})).await;
    60 a_group_that_is_gone Succeeds "", |w| w.ann.post("/group/update", json!({"gid": NOBODY, "groupname": "us"})).await;
    60 a_manager Fails "2", |w| w.bob.post("/group/update", json!({"gid": w.gid, "groupname": "us"})).await;
    60 a_long_name Fails "2", |w| w.ann.post("/group/update", json!({"gid": w.gid, "groupname": "n".repeat(61)})).await;

    61 the_owner Succeeds "", |w| w.ann.post("/group/forbiddengroup", json!({"gid": w.gid})).await;
    61 a_plain_member Fails "2", |w| w.cat.post("/group/forbiddengroup", json!({"gid": w.gid})).await;
    62 the_owner Succeeds "", |w| w.ann.post("/group/chattinggroup", json!({"gid": w.gid})).await;
    62 a_plain_member Fails "2", |w| w.cat.post("/group/chattinggroup", json!({"gid": w.gid})).await;

    63 the_owner Succeeds "", |w| w.ann.upload("/upload/groupavatar", "us.png", &png(), json!({"gid": w.gid})).await;
    63 a_plain_member Fails "2", |w| w.cat.upload("/upload/groupavatar", "us.png", &png(), json!({"gid": w.gid})).await;
    63 no_file Fails "1", |w| w.ann.post("/upload/groupavatar", json!({"gid": w.gid})).await;

    64 the_owner Succeeds "", |w| w.ann.post("/group/guaUpdate", json!({"gid": w.gid, "avatar": "/upload/us.png"})).await;
    64 in_other_letters Succeeds "", |w| w.ann.post("/group/guaupdate", json!({"gid": w.gid, "avatar": "/upload/us.png"})).await;
    64 a_plain_member Fails "2", |w| w.cat.post("/group/guaUpdate", json!({"gid": w.gid, "avatar": "/upload/us.png"})).await;
    64 a_script Fails "2", |w| w.ann.post("/group/guaUpdate", json!({"gid": w.gid, "avatar": "javascript:x()"})).await;

    65 faces Succeeds "", |w| {
        let uids = [w.ann.uid, w.bob.uid, NOBODY].map(|uid| uid.to_string()).join(",");
        w.guest.get("/group/avatar", json!({"uid": uids})).await
    };
    65 no_faces Fails "1", |w| w.guest.get("/group/avatar", json!({})).await;
}

#[tokio::test]
async fn every_case_of_groups_holds() {
    cases::run(CASES).await;
}

/// The ids of those in a group.
async fn members(person: &Person, gid: i64) -> Vec<String> {
    let answer = person.get("/group/members", json!({"gid": gid})).await;
    let mut uids: Vec<String> = answer.data().as_object().unwrap().keys().cloned().collect();
    uids.sort_by_key(|uid| uid.parse::<i64>().unwrap());
    uids
}

/// What a group is, to one who is in it.
async fn detail(person: &Person, gid: i64) -> Value {
    let answer = person
        .get("/group/detail", json!({"gid": gid, "simple": 1}))
        .await;
    answer.data().clone()
}

#[tokio::test]
async fn a_new_group_has_a_name_a_picture_and_a_notice() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut hers, mut his) = (world.dan.connect().await, world.bob.connect().await);
    let fields = json!({"members": [world.bob.uid]});
    let answer = world.dan.post("/group/create", fields).await;
    let made = answer.data();
    let gid: i64 = made["gid"].as_str().unwrap().parse().unwrap();
    let name = format!("群聊({},{})", world.dan.name, world.bob.name);
    let avatar = format!("/h5/group/avatar?uid={},{}", world.dan.uid, world.bob.uid);
    assert_eq!(
        (&made["groupname"], &made["avatar"]),
        (&json!(name), &json!(avatar))
    );
    for (socket, person) in [(&mut hers, &world.dan), (&mut his, &world.bob)] {
        let added = socket.next_of("addGroup").await;
        assert_eq!(added.channel, format!("user-{}", person.uid));
        assert_eq!(
            (&added.data["gid"], &added.data["uid"]),
            (&json!(gid), &json!(world.dan.uid))
        );
        assert_eq!(
            (&added.data["groupname"], &added.data["avatar"]),
            (&json!(name), &json!(avatar))
        );
        let notice = socket.next_of("message").await;
        assert_eq!(notice.channel, format!("user-{}", person.uid));
        assert_eq!(
            (&notice.data["type"], &notice.data["sub_type"]),
            (&json!("group"), &json!("notice"))
        );
        let link = format!(
            "[{}]({{POPBASEURI}}user/detail/{})",
            world.bob.name, world.bob.uid
        );
        let content = notice.data["content"].as_str().unwrap();
        assert!(content.contains(&link), "{content}");
    }
    let info = detail(&world.dan, gid).await;
    assert_eq!(
        (&info["gid"], &info["uid"]),
        (&json!(gid), &json!(world.dan.uid))
    );
    assert_eq!(
        (&info["state"], &info["remark"]),
        (&json!("normal"), &json!(""))
    );
}

#[tokio::test]
async fn a_group_of_one_says_nothing() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let answer = world
        .dan
        .post("/group/create", json!({"groupname": "mine"}))
        .await;
    let gid: i64 = answer.data()["gid"].as_str().unwrap().parse().unwrap();
    assert_eq!(answer.data()["groupname"], "mine");
    assert_eq!(world.dan.history("group", gid).await, Vec::<Value>::new());
}

#[tokio::test]
async fn whoever_is_invited_hears_it_and_reads_what_was_before() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut his, mut hers) = (world.dan.connect().await, world.ann.connect().await);
    let fields = json!({"gid": world.gid, "members": [world.dan.uid]});
    world
        .cat
        .post("/group/memberadd", fields.clone())
        .await
        .is_ok();
    let added = his.next_of("addGroup").await;
    assert_eq!(
        (&added.data["gid"], &added.data["uid"]),
        (&json!(world.gid), &json!(world.cat.uid))
    );
    assert!(
        added.data["content"]
            .as_str()
            .unwrap()
            .contains(&world.dan.name)
    );
    let update = hers.hears_of("updateGroup").await;
    assert_eq!(update.channel, format!("group-{}", world.gid));
    let avatar = update.data["avatar"].as_str().unwrap();
    assert!(avatar.ends_with(&world.dan.uid.to_string()), "{avatar}");
    let notice = hers.hears_of("message").await;
    assert_eq!(
        (&notice.data["sub_type"], &notice.channel),
        (&json!("notice"), &update.channel)
    );
    his.subscribe(&format!("group-{}", world.gid)).await;
    world.ann.say_in(world.gid, "welcome").await;
    his.hears("welcome").await;
    let history = world.dan.history("group", world.gid).await;
    assert!(
        history.iter().any(|item| item["content"] == "hello all"),
        "{history:?}"
    );
    // Once more says nothing.
    world.cat.post("/group/memberadd", fields).await.is_ok();
    world.ann.say_in(world.gid, "again").await;
    assert_eq!(his.next().await.data["content"], "again");
}

#[tokio::test]
async fn whoever_joins_is_in() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut hers = world.ann.connect().await;
    world
        .dan
        .post("/group/join", json!({"gid": world.gid}))
        .await
        .is_ok();
    let notice = hers.hears_of("message").await;
    assert!(
        notice.data["content"]
            .as_str()
            .unwrap()
            .contains(&world.dan.name)
    );
    assert!(
        members(&world.dan, world.gid)
            .await
            .contains(&world.dan.uid.to_string())
    );
    let admin = node.admin().await;
    admin.set("popim_qrcode_group", "off").await;
    let fields = json!({"members": []});
    let other = world.ann.post("/group/create", fields).await;
    let other = other.data()["gid"].clone();
    world
        .dan
        .post("/group/join", json!({"gid": other}))
        .await
        .refuses(2);
    let fields = json!({"gid": other, "login_uid": world.dan.uid});
    world.server.post("/group/join", fields).await.is_ok();
}

#[tokio::test]
async fn whoever_is_kicked_hears_that_and_nothing_more() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut hers, mut others) = (world.cat.connect().await, world.bob.connect().await);
    let name = detail(&world.ann, world.gid).await["groupname"].clone();
    let fields = json!({"gid": world.gid, "members": [world.cat.uid]});
    world.ann.post("/group/memberdel", fields).await.is_ok();
    let removed = hers.hears_of("removeGroup").await;
    assert_eq!(removed.channel, format!("user-{}", world.cat.uid));
    assert_eq!(
        (&removed.data["gid"], &removed.data["groupname"]),
        (&json!(world.gid), &name)
    );
    assert!(removed.data["uid"].is_i64() && removed.data["avatar"].is_string());
    let notice = others.hears_of("message").await;
    assert_eq!(notice.data["sub_type"], "notice");
    world.ann.say_in(world.gid, "without you").await;
    others.hears("without you").await;
    world.ann.say(&world.cat, "sorry").await;
    assert_eq!(hers.hears_of("message").await.data["content"], "sorry");
    hers.is_refused(&format!("group-{}", world.gid)).await;
    let fields = json!({"id": world.gid, "type": "group"});
    world.cat.get("/message/get", fields).await.refuses(2);
}

#[tokio::test]
async fn a_dissolved_group_is_gone_for_all() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut sockets = [world.ann.connect().await, world.cat.connect().await];
    world
        .ann
        .post("/group/delete", json!({"gid": world.gid}))
        .await
        .is_ok();
    for socket in &mut sockets {
        let removed = socket.hears_of("removeGroup").await;
        assert_eq!(removed.data["gid"], world.gid);
        socket.is_refused(&format!("group-{}", world.gid)).await;
    }
    world
        .cat
        .get("/group/detail", json!({"gid": world.gid}))
        .await
        .refuses(701);
    assert_eq!(world.cat.home().await["group"], json!([]));
}

#[tokio::test]
async fn the_owner_s_leaving_makes_the_manager_owner() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut other = world.ann.connect().await;
    world
        .ann
        .post("/group/leave", json!({"gid": world.gid}))
        .await
        .is_ok();
    assert_eq!(other.hears_of("removeGroup").await.data["gid"], world.gid);
    assert_eq!(detail(&world.cat, world.gid).await["uid"], world.bob.uid);
    world
        .bob
        .post("/group/leave", json!({"gid": world.gid}))
        .await
        .is_ok();
    assert_eq!(detail(&world.cat, world.gid).await["uid"], world.cat.uid);
    world
        .cat
        .post("/group/leave", json!({"gid": world.gid}))
        .await
        .is_ok();
    world
        .cat
        .get("/group/detail", json!({"gid": world.gid}))
        .await
        .refuses(701);
}

#[tokio::test]
async fn a_group_is_renamed_and_repainted() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut hers = world.cat.connect().await;
    let fields = json!({"gid": world.gid, "groupname": "us & them"});
    world.ann.post("/group/update", fields).await.is_ok();
    let update = hers.hears_of("updateGroup").await;
    assert_eq!(
        update.data,
        json!({"gid": world.gid, "groupname": "us &amp; them"})
    );
    assert_eq!(hers.hears_of("message").await.data["sub_type"], "notice");
    let fields = json!({"gid": world.gid, "avatar": "/upload/us.png"});
    world.ann.post("/group/guaUpdate", fields).await.is_ok();
    let update = hers.hears_of("updateGroup").await;
    assert_eq!(
        update.data,
        json!({"gid": world.gid, "avatar": "/upload/us.png"})
    );
    let info = detail(&world.cat, world.gid).await;
    assert_eq!(
        (&info["groupname"], &info["avatar"]),
        (&json!("us &amp; them"), &json!("/upload/us.png"))
    );
}
