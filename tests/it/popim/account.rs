//! Operations 1 to 3, 5 to 10, 58 and 59: users, their profiles and passwords.

use super::cases::{self, cases};
use super::world::{CODE, World};
use crate::support::popim::{Answers, NOBODY, PASSWORD, Person};
use serde_json::json;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What somebody changes to.
const NEW: &str = "battery staple";

cases! {
    1 a_new_phone Succeeds "", |w| {
        w.guest.post("/service/send_sms", json!({"phone": w.phone(), "type": "register"})).await
    };
    1 a_forgotten_password_of_nobody_s Succeeds "", |w| {
        w.guest.post("/service/send_sms", json!({"phone": w.phone(), "type": "forget"})).await
    };
    1 no_phone Fails "1", |w| w.guest.post("/service/send_sms", json!({"type": "register"})).await;
    1 no_type Fails "1", |w| w.guest.post("/service/send_sms", json!({"phone": w.phone()})).await;
    1 another_type Fails "2", |w| {
        w.guest.post("/service/send_sms", json!({"phone": w.phone(), "type": "fun"})).await
    };
    1 no_number Fails "2", |w| {
        w.guest.post("/service/send_sms", json!({"phone": "tom", "type": "register"})).await
    };

    2 the_own_phone Succeeds "", |w| {
        let eve = w.eve().await;
        eve.post("/user/send_sms_pass", json!({"phone": w.phone(), "type": "retrieve"})).await
    };
    2 another_phone Fails "2", |w| {
        w.ann.post("/user/send_sms_pass", json!({"phone": w.phone(), "type": "retrieve"})).await
    };
    2 no_phone Fails "1", |w| w.ann.post("/user/send_sms_pass", json!({"type": "retrieve"})).await;
    2 nobody Fails "-1", |w| {
        w.guest.post("/user/send_sms_pass", json!({"phone": w.phone(), "type": "retrieve"})).await
    };

    3 the_code_and_the_name Succeeds "", |w| {
        w.eve().await;
        w.send_code("forget").await;
        let fields = json!({"phone": w.phone(), "code": CODE, "username": w.name(), "newpass": NEW});
        w.guest.post("/service/forget_pass", fields).await
    };
    3 a_wrong_code Fails "904", |w| {
        w.eve().await;
        w.send_code("forget").await;
        let fields = json!({"phone": w.phone(), "code": "4321", "username": w.name(), "newpass": NEW});
        w.guest.post("/service/forget_pass", fields).await
    };
    3 another_s_name Fails "2", |w| {
        w.eve().await;
        w.send_code("forget").await;
        let fields = json!({"phone": w.phone(), "code": CODE, "username": w.ann.name, "newpass": NEW});
        w.guest.post("/service/forget_pass", fields).await
    };
    3 no_password Fails "1", |w| {
        let fields = json!({"phone": w.phone(), "code": CODE, "username": w.name()});
        w.guest.post("/service/forget_pass", fields).await
    };

    5 one_who_pays Succeeds "", |w| {
        w.ann_pays().await;
        w.ann.post("/user/open_user", w.sub_user()).await
    };
    5 one_who_does_not Fails "2", |w| w.ann.post("/user/open_user", w.sub_user()).await;
    5 no_password Fails "1", |w| {
        w.ann_pays().await;
        w.ann.post("/user/open_user", json!({"username": w.name(), "nickname": "Eve"})).await
    };
    5 a_name_that_is_taken Fails "901", |w| {
        w.ann_pays().await;
        let fields = json!({"username": w.bob.name, "nickname": "Bob", "password": PASSWORD});
        w.ann.post("/user/open_user", fields).await
    };

    6 by_a_server Succeeds "", |w| w.server.get("/user/add", w.sub_user()).await;
    6 by_a_server_s_form Succeeds "", |w| w.server.post("/user/add", w.sub_user()).await;
    6 nobody Fails "-1", |w| w.guest.get("/user/add", w.sub_user()).await;
    6 no_name Fails "1", |w| w.server.get("/user/add", json!({"nickname": "Eve", "password": PASSWORD})).await;
    6 a_name_that_is_taken Fails "901", |w| {
        let fields = json!({"username": w.bob.name, "nickname": "Bob", "password": PASSWORD});
        w.server.get("/user/add", fields).await
    };

    7 by_number Succeeds "", |w| w.ann.get("/user/get", json!({"uid": w.bob.uid})).await;
    7 by_name Succeeds "", |w| w.ann.get("/user/get", json!({"username": w.bob.name})).await;
    7 by_a_server_that_acts_for_nobody Succeeds "", |w| w.server.get("/user/get", json!({"uid": w.bob.uid})).await;
    7 the_right_password Succeeds "", |w| {
        w.server.get("/user/get", json!({"username": w.bob.name, "password": PASSWORD})).await
    };
    7 a_wrong_password Fails "902", |w| {
        w.server.get("/user/get", json!({"username": w.bob.name, "password": NEW})).await
    };
    7 a_user_with_a_password Fails "2", |w| {
        w.ann.get("/user/get", json!({"username": w.bob.name, "password": PASSWORD})).await
    };
    7 nobody_named Fails "1", |w| w.ann.get("/user/get", json!({})).await;
    7 nobody Fails "101", |w| w.ann.get("/user/get", json!({"uid": NOBODY})).await;

    8 some Succeeds "", |w| w.ann.get("/user/multiGet", json!({"uid": [w.ann.uid, w.dan.uid]})).await;
    8 nobody_named Fails "1", |w| w.ann.get("/user/multiGet", json!({})).await;

    9 a_nickname Succeeds "", |w| w.ann.post("/user/update", json!({"nickname": "Anna"})).await;
    9 nothing Fails "1", |w| w.ann.post("/user/update", json!({})).await;
    9 a_long_nickname Fails "2", |w| w.ann.post("/user/update", json!({"nickname": "n".repeat(257)})).await;
    9 an_avatar_that_is_a_script Fails "2", |w| {
        w.ann.post("/user/update", json!({"avatar": "/JavaScript:alert(1)"})).await
    };
    9 an_avatar_that_is_no_address Fails "2", |w| w.ann.post("/user/update", json!({"avatar": "face.png"})).await;
    9 the_own_state Fails "2", |w| w.ann.post("/user/update", json!({"account_state": "normal"})).await;

    10 old_and_new Succeeds "", |w| {
        let eve = w.eve().await;
        let phone = json!({"phone": w.phone(), "type": "retrieve"});
        eve.post("/user/send_sms_pass", phone).await.is_ok();
        let fields = json!({"password1": NEW, "password2": NEW, "password_old": PASSWORD, "code": CODE});
        eve.post("/user/updatepassword", fields).await
    };
    10 a_wrong_old_one Fails "902", |w| {
        let eve = w.eve().await;
        let phone = json!({"phone": w.phone(), "type": "retrieve"});
        eve.post("/user/send_sms_pass", phone).await.is_ok();
        let fields = json!({"password1": NEW, "password2": NEW, "password_old": NEW, "code": CODE});
        eve.post("/user/updatepassword", fields).await
    };
    10 a_wrong_code Fails "904", |w| {
        let eve = w.eve().await;
        let phone = json!({"phone": w.phone(), "type": "retrieve"});
        eve.post("/user/send_sms_pass", phone).await.is_ok();
        let fields = json!({"password1": NEW, "password2": NEW, "password_old": PASSWORD, "code": "4321"});
        eve.post("/user/updatepassword", fields).await
    };
    10 two_that_differ Fails "2", |w| {
        let fields = json!({"password1": NEW, "password2": "else", "password_old": PASSWORD, "code": CODE});
        w.ann.post("/user/updatepassword", fields).await
    };
    10 one_alone Fails "1", |w| w.ann.post("/user/updatepassword", json!({"password1": NEW})).await;

    58 a_friend Succeeds "", |w| w.ann.get("/user/detail", json!({"uid": w.bob.uid, "gid": w.gid, "simple": 0})).await;
    58 nobody_named Fails "1", |w| w.ann.get("/user/detail", json!({})).await;
    58 nobody Fails "101", |w| w.ann.get("/user/detail", json!({"uid": NOBODY})).await;

    59 by_name Succeeds "", |w| w.ann.get("/user/getbyname", json!({"username": w.dan.name})).await;
    59 nobody_named Fails "1", |w| w.ann.get("/user/getbyname", json!({})).await;
    59 nobody Fails "101", |w| w.ann.get("/user/getbyname", json!({"username": w.name()})).await;
}

#[tokio::test]
async fn every_case_of_users_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn a_user_is_shown_as_the_document_says() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let remark = json!({"friend_uid": world.bob.uid, "remark": "Bobby"});
    world.ann.post("/friend/remark", remark).await.is_ok();
    let answer = world
        .ann
        .get("/user/get", json!({"uid": world.bob.uid}))
        .await;
    let bob = answer.data();
    assert_eq!(bob["uid"], world.bob.uid);
    assert_eq!(bob["username"], *world.bob.name);
    assert_eq!(
        (&bob["is_friend"], &bob["remark"]),
        (&json!(true), &json!("Bobby"))
    );
    assert_eq!(
        (&bob["account_state"], &bob["is_member"]),
        (&json!("normal"), &json!(0))
    );
    assert_eq!(bob["avatar"], "/static/img/avatar.jpg");
    assert_eq!(bob["sign"], "");
    let number = bob["nid"].as_i64().unwrap();
    assert!((1_000_000..10_000_000).contains(&number), "{number}");
    assert!(bob["logout_timestamp"].is_i64());
    let by_number = json!({"username": number});
    let found = world.ann.get("/user/getbyname", by_number).await;
    assert_eq!(found.data()["uid"], world.bob.uid);
    // A server that acts for nobody has no friends.
    let answer = world
        .server
        .get("/user/get", json!({"uid": world.bob.uid}))
        .await;
    let bob = answer.data();
    assert_eq!(
        (bob.get("is_friend"), bob.get("remark")),
        (None, None),
        "{bob}"
    );
}

#[tokio::test]
async fn several_users_come_in_the_order_asked_for() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let asked = [world.dan.uid, NOBODY, world.ann.uid, world.bob.uid];
    for fields in [
        json!({"uid": asked}),
        json!({"uid": asked.map(|uid| uid.to_string()).join(",")}),
    ] {
        let answer = world.ann.get("/user/multiGet", fields).await;
        let users = answer.data().as_array().unwrap();
        let uids: Vec<i64> = users
            .iter()
            .map(|user| user["uid"].as_i64().unwrap())
            .collect();
        assert_eq!(uids, [world.dan.uid, world.ann.uid, world.bob.uid]);
    }
}

#[tokio::test]
async fn a_profile_is_changed_and_its_other_fields_stay() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let fields = json!({"nickname": "Anna", "avatar": "https://im.example/upload/a.png"});
    world.ann.post("/user/update", fields).await.is_ok();
    world
        .ann
        .post("/user/update", json!({"sign": "here"}))
        .await
        .is_ok();
    let home = world.ann.home().await;
    let mine = &home["mine"];
    let shown = (&mine["nickname"], &mine["sign"], &mine["avatar"]);
    assert_eq!(
        shown,
        (
            &json!("Anna"),
            &json!("here"),
            &json!("https://im.example/upload/a.png")
        )
    );
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let node = crate::support::popim::node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let guest = crate::support::popim::Asker::new(&node.guest());
    let other = Person::log_in(&guest, "ann").await;
    let socket = other.connect().await;
    let fields = json!({"password1": NEW, "password2": NEW, "password_old": PASSWORD});
    ann.post("/user/updatepassword", fields).await.is_ok();
    assert_eq!(socket.closed().await, (Some(4009), Some(4009)));
    other.get("/pop/get", json!({})).await.refuses(-2);
    ann.home().await;
    let old = json!({"username": "ann", "password": PASSWORD});
    guest.post("/login/check", old).await.refuses(902);
    let new = json!({"username": "ann", "password": NEW});
    guest.post("/login/check", new).await.data();
}

#[tokio::test]
async fn a_forgotten_password_ends_all_sessions() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let eve = world.eve().await;
    world.send_code("forget").await;
    let fields =
        json!({"phone": world.phone(), "code": CODE, "username": world.name(), "newpass": NEW});
    world
        .guest
        .post("/service/forget_pass", fields.clone())
        .await
        .is_ok();
    eve.get("/pop/get", json!({})).await.refuses(-2);
    // The code was good once.
    world
        .guest
        .post("/service/forget_pass", fields)
        .await
        .refuses(904);
}

#[tokio::test]
async fn without_a_gateway_nobody_gets_a_code_and_nobody_needs_one() {
    let node = crate::support::popim::node(|_| {}).await;
    let guest = crate::support::popim::Asker::new(&node.guest());
    let fields = json!({"phone": "13900000000", "type": "register"});
    guest.post("/service/send_sms", fields).await.refuses(2);
    Person::register(&node, "ann").await;
}

#[tokio::test]
async fn a_disabled_account_reads_and_writes_nothing() {
    let node = World::node().await;
    let world = World::new(&node).await;
    world.disable(&world.ann).await;
    let ann = Person::log_in(&world.guest, &world.ann.name).await;
    let home = ann.home().await;
    assert_eq!(home["mine"]["account_state"], "disabled");
    ann.history("friend", world.bob.uid).await;
    let writes = [
        (
            "/message/send",
            json!({"to": world.bob.uid, "type": "friend", "content": "hi"}),
        ),
        (
            "/message/send",
            json!({"to": world.gid, "type": "group", "content": "hi"}),
        ),
        ("/friend/apply", json!({"friend_uid": world.dan.uid})),
        (
            "/friend/remark",
            json!({"friend_uid": world.bob.uid, "remark": "B"}),
        ),
        ("/friend/delete", json!({"friend_uid": world.bob.uid})),
        ("/group/create", json!({"members": [world.bob.uid]})),
        (
            "/group/memberadd",
            json!({"gid": world.gid, "members": [world.dan.uid]}),
        ),
        (
            "/group/memberdel",
            json!({"gid": world.gid, "members": [world.cat.uid]}),
        ),
        ("/group/remark", json!({"gid": world.gid, "remark": "us"})),
        ("/group/leave", json!({"gid": world.gid})),
        (
            "/message/revoke",
            json!({"id": world.bob.uid, "type": "friend", "mid": world.mid}),
        ),
        ("/user/update", json!({"nickname": "Anna"})),
        (
            "/group/memberupdate",
            json!({"gid": world.gid, "state": "hidden"}),
        ),
        (
            "/user/send_sms_pass",
            json!({"phone": world.phone(), "type": "retrieve"}),
        ),
    ];
    for (path, fields) in writes {
        ann.post(path, fields).await.refuses(85);
    }
    let applied = json!({"friend_uid": world.ann.uid});
    world.dan.post("/friend/apply", applied).await.refuses(101);
    let fields = json!({"login_uid": world.ann.uid, "account_state": "normal"});
    world.server.post("/user/update", fields).await.is_ok();
    ann.say(&world.bob, "back").await;
}

#[tokio::test]
async fn a_sub_user_is_a_user() {
    let node = World::node().await;
    let world = World::new(&node).await;
    world.ann_pays().await;
    let answer = world.ann.post("/user/open_user", world.sub_user()).await;
    let uid = answer.data()["uid"].as_i64().unwrap();
    let eve = Person::log_in(&world.guest, &world.name()).await;
    assert_eq!(eve.uid, uid);
    let listed = eve.get("/friend/getlist", json!({})).await;
    assert_eq!(*listed.data(), json!([]));
}

#[tokio::test]
async fn a_code_is_not_used_up_by_a_password_that_cannot_be_one() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let eve = world.eve().await;
    let phone = json!({"phone": world.phone(), "type": "retrieve"});
    eve.post("/user/send_sms_pass", phone).await.is_ok();
    let fields = |new: &str| json!({"password1": new, "password2": new, "password_old": PASSWORD, "code": CODE});
    let changed = async |new: &str| eve.post("/user/updatepassword", fields(new)).await;
    changed("short").await.refuses(2);
    changed(NEW).await.is_ok();
}

#[tokio::test]
async fn servers_are_not_held_to_the_limits_of_an_address() {
    let node = crate::support::popim::node(|config| config.limits.logins_per_minute = 1).await;
    let ann = Person::register(&node, "ann").await;
    let server = crate::support::popim::Asker::server(&node.guest());
    for number in 0..3 {
        let new = format!("{NEW} {number}");
        let fields = json!({"login_uid": ann.uid, "password1": new, "password2": new});
        server.post("/user/updatepassword", fields).await.is_ok();
    }
}

#[tokio::test]
async fn a_forgotten_password_s_answer_does_not_wait_for_the_text_message() {
    let (gateway, silent) = silenceable_gateway().await;
    let node = crate::support::popim::node(|config| {
        config.auth.fixed_code = CODE.to_owned();
        config.sms.gateway_url = gateway;
    })
    .await;
    let world = World::new(&node).await;
    world.eve().await;
    silent.store(true, Ordering::SeqCst);
    let asked = world.send_code("forget");
    let answered = tokio::time::timeout(Duration::from_secs(3), asked).await;
    assert!(answered.is_ok(), "the answer waits for the gateway");
}

/// A gateway that takes every text message until it falls silent; its URL, and whether it is.
async fn silenceable_gateway() -> (String, Arc<AtomicBool>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let silent = Arc::new(AtomicBool::new(false));
    let silenced = silent.clone();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            if silenced.load(Ordering::SeqCst) {
                held.push(stream);
            } else {
                let taken = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nOK";
                let _ = stream.write_all(taken).await;
            }
        }
    });
    let url = format!("http://{address}/?to={{mobile}}&text={{text}}");
    (url, silent)
}
