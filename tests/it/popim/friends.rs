//! Operations 11 to 22: asking, agreeing, remarks, the address book.

use super::cases::{self, cases};
use super::world::World;
use crate::support::popim::{Answers, GREETING, NOBODY, PASSWORD, Person, friends, node};
use serde_json::{Value, json};

cases! {
    11 a_stranger Succeeds "", |w| {
        w.dan.post("/friend/apply", json!({"friend_uid": w.ann.uid, "postscript": "hi"})).await
    };
    11 a_friend Succeeds "", |w| w.ann.post("/friend/apply", json!({"friend_uid": w.bob.uid})).await;
    11 nobody_named Fails "1", |w| w.dan.post("/friend/apply", json!({})).await;
    11 the_caller Fails "2", |w| w.dan.post("/friend/apply", json!({"friend_uid": w.dan.uid})).await;
    11 nobody Fails "101", |w| w.dan.post("/friend/apply", json!({"friend_uid": NOBODY})).await;
    11 a_long_note Fails "2", |w| {
        w.dan.post("/friend/apply", json!({"friend_uid": w.ann.uid, "postscript": "p".repeat(256)})).await
    };

    12 a_request Succeeds "", |w| {
        let nid = w.dan.apply(&w.ann, "").await;
        w.ann.post("/friend/agree", json!({"nid": nid})).await
    };
    12 a_request_twice Succeeds "", |w| {
        let nid = w.dan.apply(&w.ann, "").await;
        w.ann.post("/friend/agree", json!({"nid": nid})).await.is_ok();
        w.ann.post("/friend/agree", json!({"nid": nid})).await
    };
    12 no_request Fails "1", |w| w.ann.post("/friend/agree", json!({})).await;
    12 no_such_request Fails "3", |w| w.ann.post("/friend/agree", json!({"nid": NOBODY})).await;
    12 a_request_to_somebody_else Fails "3", |w| {
        let nid = w.dan.apply(&w.ann, "").await;
        w.bob.post("/friend/agree", json!({"nid": nid})).await
    };
    12 the_own_request Fails "3", |w| {
        let nid = w.dan.apply(&w.ann, "").await;
        w.dan.post("/friend/agree", json!({"nid": nid})).await
    };
    12 a_refused_request Fails "210", |w| {
        let nid = w.dan.apply(&w.ann, "").await;
        w.ann.post("/friend/refuse", json!({"nid": nid})).await.is_ok();
        w.ann.post("/friend/agree", json!({"nid": nid})).await
    };

    13 a_request Succeeds "", |w| {
        let nid = w.dan.apply(&w.ann, "").await;
        w.ann.post("/friend/refuse", json!({"nid": nid})).await
    };
    13 a_request_twice Succeeds "", |w| {
        let nid = w.dan.apply(&w.ann, "").await;
        w.ann.post("/friend/refuse", json!({"nid": nid})).await.is_ok();
        w.ann.post("/friend/refuse", json!({"nid": nid})).await
    };
    13 no_request Fails "1", |w| w.ann.post("/friend/refuse", json!({})).await;
    13 a_request_to_somebody_else Fails "3", |w| {
        let nid = w.dan.apply(&w.ann, "").await;
        w.bob.post("/friend/refuse", json!({"nid": nid})).await
    };
    13 an_agreed_request Fails "210", |w| {
        let nid = w.dan.apply(&w.ann, "").await;
        w.ann.post("/friend/agree", json!({"nid": nid})).await.is_ok();
        w.ann.post("/friend/refuse", json!({"nid": nid})).await
    };

    14 by_a_server Succeeds "", |w| {
        w.server.post("/friend/add", json!({"login_uid": w.ann.uid, "friend_uid": w.dan.uid})).await
    };
    14 friends_already Succeeds "", |w| {
        w.server.post("/friend/add", json!({"login_uid": w.ann.uid, "friend_uid": w.bob.uid})).await
    };
    14 by_a_user Fails "2", |w| w.ann.post("/friend/add", json!({"friend_uid": w.dan.uid})).await;
    14 nobody_named Fails "1", |w| w.server.post("/friend/add", json!({"login_uid": w.ann.uid})).await;
    14 for_nobody Fails "1", |w| w.server.post("/friend/add", json!({"friend_uid": w.dan.uid})).await;
    14 with_oneself Fails "2", |w| {
        w.server.post("/friend/add", json!({"login_uid": w.ann.uid, "friend_uid": w.ann.uid})).await
    };
    14 with_nobody Fails "101", |w| {
        w.server.post("/friend/add", json!({"login_uid": w.ann.uid, "friend_uid": NOBODY})).await
    };

    15 a_friend Succeeds "", |w| {
        w.ann.post("/friend/remark", json!({"friend_uid": w.bob.uid, "remark": "Bobby"})).await
    };
    15 none_at_all Succeeds "", |w| {
        w.ann.post("/friend/remark", json!({"friend_uid": w.bob.uid, "remark": ""})).await
    };
    15 no_remark Fails "1", |w| w.ann.post("/friend/remark", json!({"friend_uid": w.bob.uid})).await;
    15 a_long_one Fails "2", |w| {
        w.ann.post("/friend/remark", json!({"friend_uid": w.bob.uid, "remark": "r".repeat(256)})).await
    };
    15 oneself Fails "2", |w| {
        w.ann.post("/friend/remark", json!({"friend_uid": w.ann.uid, "remark": "me"})).await
    };
    15 a_stranger Fails "2", |w| {
        w.ann.post("/friend/remark", json!({"friend_uid": w.dan.uid, "remark": "D"})).await
    };
    15 nobody Fails "101", |w| {
        w.ann.post("/friend/remark", json!({"friend_uid": NOBODY, "remark": "N"})).await
    };

    16 the_own Succeeds "", |w| w.bob.get("/friend/applylist", json!({"limit": 1})).await;
    16 nobody Fails "-1", |w| w.guest.get("/friend/applylist", json!({})).await;
    17 the_own Succeeds "", |w| w.ann.get("/friend/getlist", json!({})).await;
    17 nobody Fails "-1", |w| w.guest.get("/friend/getlist", json!({})).await;
    18 the_own Succeeds "", |w| w.ann.get("/friend/get_temp_list", json!({})).await;
    18 nobody Fails "-1", |w| w.guest.get("/friend/get_temp_list", json!({})).await;
    19 the_own Succeeds "", |w| w.ann.get("/friend/applycount", json!({})).await;
    19 nobody Fails "-1", |w| w.guest.get("/friend/applycount", json!({})).await;

    20 a_request Succeeds "", |w| {
        let nid = w.dan.apply(&w.ann, "").await;
        w.ann.get("/friend/applydetail", json!({"nid": nid})).await
    };
    20 no_request Fails "1", |w| w.ann.get("/friend/applydetail", json!({})).await;

    21 a_friend Succeeds "", |w| w.ann.post("/friend/delete", json!({"friend_uid": w.bob.uid})).await;
    21 a_stranger Succeeds "", |w| w.ann.post("/friend/delete", json!({"friend_uid": w.dan.uid})).await;
    21 nobody_named Fails "1", |w| w.ann.post("/friend/delete", json!({})).await;

    22 hidden Succeeds "", |w| {
        w.ann.post("/friend/update", json!({"friend_uid": w.bob.uid, "state": "hidden"})).await
    };
    22 all_at_once Succeeds "", |w| {
        let fields = json!({
            "friend_uid": w.bob.uid, "state": "chatting", "last_read_time": 0, "unread_count": 0, "top": 0,
        });
        w.ann.post("/friend/update", fields).await
    };
    22 nothing Fails "1", |w| w.ann.post("/friend/update", json!({"friend_uid": w.bob.uid})).await;
    22 nobody_named Fails "1", |w| w.ann.post("/friend/update", json!({"top": 1})).await;
    22 oneself Fails "2", |w| w.ann.post("/friend/update", json!({"friend_uid": w.ann.uid, "top": 1})).await;
    22 nobody Fails "101", |w| w.ann.post("/friend/update", json!({"friend_uid": NOBODY, "top": 1})).await;
    52 nobody_s Fails "101", |w| w.ann.post("/pop/delchat", json!({"id": NOBODY, "type": "friend"})).await;
    22 another_state Fails "2", |w| {
        w.ann.post("/friend/update", json!({"friend_uid": w.bob.uid, "state": "asleep"})).await
    };
    22 another_top Fails "2", |w| {
        w.ann.post("/friend/update", json!({"friend_uid": w.bob.uid, "top": 2})).await
    };
    22 fewer_than_none Fails "2", |w| {
        w.ann.post("/friend/update", json!({"friend_uid": w.bob.uid, "unread_count": -1})).await
    };
}

#[tokio::test]
async fn every_case_of_friends_holds() {
    cases::run(CASES).await;
}

/// How many requests wait for somebody.
async fn waiting(person: &Person) -> Value {
    person
        .get("/friend/applycount", json!({}))
        .await
        .data()
        .clone()
}

/// What the address book has of somebody.
async fn entry(person: &Person, letter: &str, uid: i64) -> Value {
    let listed = person.get("/friend/getlist", json!({})).await;
    listed.data()[letter][uid.to_string()].clone()
}

#[tokio::test]
async fn a_request_is_heard_listed_and_counted() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let dan = Person::register(&node, "dan").await;
    let mut hearing = ann.connect().await;
    let nid = dan.apply(&ann, "it's Dan").await;
    let asked = hearing.next_of("friendApply").await;
    assert_eq!(asked.data, json!({"uid": dan.uid}));
    assert_eq!(asked.channel, format!("user-{}", ann.uid));
    assert_eq!(waiting(&ann).await, 1);
    assert_eq!(ann.home().await["mine"]["unread_friend_apply_count"], 1);
    let answer = ann.get("/friend/applylist", json!({})).await;
    let request = &answer.data()[0];
    assert_eq!(request["nid"], nid);
    assert_eq!(
        (&request["from"], &request["to"]),
        (&json!(dan.uid), &json!(ann.uid))
    );
    assert_eq!(
        (&request["type"], &request["operation"]),
        (&json!("add_friend"), &json!("not_operated"))
    );
    let inner: Value = serde_json::from_str(request["data"].as_str().unwrap()).unwrap();
    assert_eq!(inner, json!({"postscript": "it&#039;s Dan"}));
    assert_eq!(request["nickname"], "dan");
    let detail = ann.get("/friend/applydetail", json!({"nid": nid})).await;
    assert_eq!(detail.data()["username"], "dan");
    // It is nobody else's business.
    dan.get("/friend/applydetail", json!({"nid": nid}))
        .await
        .is_ok();
    assert_eq!(waiting(&dan).await, 0);
}

#[tokio::test]
async fn a_second_request_takes_the_first_one_s_place() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let dan = Person::register(&node, "dan").await;
    let first = dan.apply(&ann, "one").await;
    let second = dan.apply(&ann, "two").await;
    assert!(second > first);
    assert_eq!(waiting(&ann).await, 1);
    let listed = ann.get("/friend/applylist", json!({})).await;
    assert_eq!(listed.data().as_array().unwrap().len(), 1);
    ann.post("/friend/agree", json!({"nid": first}))
        .await
        .refuses(3);
}

#[tokio::test]
async fn agreeing_tells_both_and_greets() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let dan = Person::register(&node, "dan").await;
    let (mut hers, mut his) = (ann.connect().await, dan.connect().await);
    let nid = dan.apply(&ann, "").await;
    hers.next_of("friendApply").await;
    ann.post("/friend/agree", json!({"nid": nid})).await.is_ok();
    for (socket, other) in [(&mut hers, &dan), (&mut his, &ann)] {
        let added = socket.next_of("addFriend").await;
        assert_eq!(
            (&added.data["uid"], &added.data["name"]),
            (&json!(other.uid), &json!(other.name))
        );
        assert!(added.data["avatar"].is_string());
        let greeting = socket.next_of("message").await;
        assert_eq!(greeting.data["content"], GREETING);
        assert_eq!(greeting.data["from"], ann.uid.to_string());
    }
    assert_eq!(waiting(&ann).await, 0);
    // Once more says nothing: the next that is heard is what follows.
    ann.post("/friend/agree", json!({"nid": nid})).await.is_ok();
    ann.say(&dan, "well").await;
    assert_eq!(his.next().await.data["content"], "well");
}

#[tokio::test]
async fn refusing_tells_nobody() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let dan = Person::register(&node, "dan").await;
    let mut his = dan.connect().await;
    let nid = dan.apply(&ann, "").await;
    ann.post("/friend/refuse", json!({"nid": nid}))
        .await
        .is_ok();
    ann.say(&dan, "no").await;
    assert_eq!(his.next().await.data["content"], "no");
    let listed = ann.get("/friend/applylist", json!({})).await;
    assert_eq!(listed.data()[0]["operation"], "refuse");
}

#[tokio::test]
async fn whom_a_server_befriends_is_not_greeted() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut his = world.dan.connect().await;
    let fields = json!({"login_uid": world.ann.uid, "friend_uid": world.dan.uid});
    world
        .server
        .post("/friend/add", fields.clone())
        .await
        .is_ok();
    assert_eq!(his.next_of("addFriend").await.data["uid"], world.ann.uid);
    world.server.post("/friend/add", fields).await.is_ok();
    world.ann.say(&world.dan, "hi").await;
    assert_eq!(his.next().await.data["content"], "hi");
}

#[tokio::test]
async fn the_address_book_is_ordered_by_initials() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut people = Vec::new();
    for (name, nickname, letter) in [
        ("zhang", "张三", "Z"),
        ("alice", "alice", "A"),
        ("nine", "9 lives", "#"),
        ("chong", "陈", "C"),
    ] {
        let name = format!("{name}{}", world.name());
        let fields = json!({"username": name, "nickname": nickname, "password": PASSWORD});
        let answer = world.server.get("/user/add", fields).await;
        let uid = answer.data()["uid"].as_i64().unwrap();
        let fields = json!({"login_uid": world.dan.uid, "friend_uid": uid});
        world.server.post("/friend/add", fields).await.is_ok();
        people.push((uid, nickname, letter));
    }
    let listed = world.dan.get("/friend/getlist", json!({})).await;
    let letters: Vec<&String> = listed.data().as_object().unwrap().keys().collect();
    assert_eq!(letters, ["A", "C", "Z", "#"]);
    for (uid, nickname, letter) in &people {
        let entry = &listed.data()[letter][uid.to_string()];
        assert_eq!(entry["uid"], *uid);
        assert_eq!(
            (&entry["name"], &entry["initials"]),
            (&json!(nickname), &json!(letter))
        );
        assert_eq!(
            (&entry["state"], &entry["is_member"]),
            (&json!("offline"), &json!(0))
        );
    }
    // Under the caller's own name for them.
    let remark = json!({"friend_uid": people[0].0, "remark": "boss"});
    world.dan.post("/friend/remark", remark).await.is_ok();
    assert_eq!(entry(&world.dan, "B", people[0].0).await["name"], "boss");
    let home = world.dan.home().await;
    assert_eq!(
        home["friend"],
        *world.dan.get("/friend/getlist", json!({})).await.data()
    );
}

#[tokio::test]
async fn parting_tells_the_other_side_alone() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let (mut his, mut other) = (tom.connect().await, jerry.connect().await);
    tom.say(&jerry, "before").await;
    other.hears("before").await;
    his.hears("before").await;
    tom.post("/friend/delete", json!({"friend_uid": jerry.uid}))
        .await
        .is_ok();
    assert_eq!(
        other.next_of("removeFriend").await.data,
        json!({"uid": tom.uid})
    );
    for person in [&tom, &jerry] {
        let listed = person.get("/friend/getlist", json!({})).await;
        assert_eq!(*listed.data(), json!([]));
    }
    // What was said stays, and to strangers one may speak.
    tom.say(&jerry, "still").await;
    his.hears("still").await;
    let contents: Vec<Value> = tom.history("friend", jerry.uid).await;
    assert_eq!(contents.last().unwrap()["content"], "still");
}

#[tokio::test]
async fn strangers_who_talk_are_temporary() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let temporary = async |person: &Person| {
        person
            .get("/friend/get_temp_list", json!({}))
            .await
            .data()
            .clone()
    };
    assert_eq!(temporary(&world.dan).await, json!([]));
    world.dan.say(&world.ann, "hi").await;
    for (person, other) in [(&world.dan, &world.ann), (&world.ann, &world.dan)] {
        let listed = temporary(person).await;
        let initial = other.name[..1].to_uppercase();
        assert_eq!(
            listed[&initial][other.uid.to_string()]["uid"],
            other.uid,
            "{listed}"
        );
        assert_eq!(listed.as_object().unwrap().len(), 1, "{listed}");
    }
    world.ann.befriend(&world.dan).await;
    assert_eq!(temporary(&world.ann).await, json!([]));
}

#[tokio::test]
async fn a_conversation_is_hidden_pinned_and_read() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    tom.say(&jerry, "one").await;
    let key = format!("friend{}", tom.uid);
    let shown = async || jerry.home().await["chatting"][&key].clone();
    assert_eq!(
        (&shown().await["unread_count"], &shown().await["top"]),
        (&json!(1), &json!(0))
    );
    let update = async |mut fields: Value| {
        fields["friend_uid"] = json!(tom.uid);
        jerry.post("/friend/update", fields).await.is_ok();
    };
    update(json!({"top": 1, "unread_count": 0})).await;
    assert_eq!(
        (&shown().await["unread_count"], &shown().await["top"]),
        (&json!(0), &json!(1))
    );
    update(json!({"unread_count": 7})).await;
    assert_eq!(shown().await["unread_count"], 7);
    let item = shown().await["items"][0]["timestamp"].clone();
    update(json!({"last_read_time": item})).await;
    assert_eq!(shown().await["unread_count"], 0);
    update(json!({"state": "hidden"})).await;
    assert!(shown().await.is_null());
    let initial = tom.name[..1].to_uppercase();
    assert_eq!(entry(&jerry, &initial, tom.uid).await["uid"], tom.uid);
    tom.say(&jerry, "two").await;
    assert_eq!(shown().await["unread_count"], 1);
}
