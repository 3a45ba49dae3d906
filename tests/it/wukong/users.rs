//! Operations 3 to 16 and 20 to 22: accounts, devices, switches, blocks, and where the sockets are.

use super::cases::{self, cases};
use super::world::{NOBODY, World};
use crate::support::TestNode;
use crate::support::eventually::eventually;
use crate::support::wukong::{APP, Answers, Asker, PASSWORD, PERSON, Person, WEB};
use serde_json::{Value, json};

cases! {
    3 a_name Succeeds "", |w| w.dan.get(&format!("/user/search?keyword={}", w.ann.name)).await;
    3 nothing Fails "搜索关键字不能为空！", |w| w.dan.get("/user/search").await;
    3 a_guest Fails "token不能为空，请先登录！", |w| {
        w.guest.get(&format!("/user/search?keyword={}", w.ann.name)).await
    };

    4 a_friend Succeeds "", |w| w.ann.get(&format!("/users/{}", w.bob.uid)).await;
    4 a_fellow_member Succeeds "", |w| w.bob.get(&format!("/users/{}?group_no={}", w.cat.uid, w.group)).await;
    4 nobody Fails "用户不存在！", |w| w.ann.get(&format!("/users/{NOBODY}")).await;

    5 a_friend Succeeds "", |w| {
        w.ann.put(&format!("/users/{}/setting", w.bob.uid), json!({"mute": 1, "top": "1", "receipt": 1})).await
    };
    5 a_stranger_with_a_name Succeeds "", |w| {
        w.ann.put(&format!("/users/{}/setting", w.dan.uid), json!({"mute": 1, "remark": "Danny"})).await
    };
    5 a_wrong_value Fails "数据格式有误！", |w| {
        w.ann.put(&format!("/users/{}/setting", w.bob.uid), json!({"mute": "loud"})).await
    };

    6 a_phone Succeeds "", |w| {
        let fields = json!({"device_token": "t", "device_type": "IOS", "bundle_id": "b"});
        w.ann.post("/user/device_token", fields).await
    };
    6 no_token Fails "设备token不能为空！", |w| {
        w.ann.post("/user/device_token", json!({"device_type": "IOS", "bundle_id": "b"})).await
    };
    6 no_type Fails "设备类型不能为空！", |w| {
        w.ann.post("/user/device_token", json!({"device_token": "t", "bundle_id": "b"})).await
    };
    6 no_bundle Fails "bundleID不能为空！", |w| {
        w.ann.post("/user/device_token", json!({"device_token": "t", "device_type": "MI"})).await
    };

    7 nothing_to_remove Succeeds "", |w| w.ann.delete("/user/device_token", Value::Null).await;
    7 a_guest Fails "token不能为空，请先登录！", |w| w.guest.delete("/user/device_token", Value::Null).await;

    8 a_number Succeeds "", |w| w.ann.post("/user/device_badge", json!({"badge": "3"})).await;
    8 no_number Fails "数据格式有误！", |w| w.ann.post("/user/device_badge", json!({})).await;

    10 the_own_ones Succeeds "", |w| w.ann.get("/user/devices").await;
    10 a_guest Fails "token不能为空，请先登录！", |w| w.guest.get("/user/devices").await;

    11 an_unknown_one Succeeds "", |w| w.ann.delete("/user/devices/none", Value::Null).await;
    11 a_guest Fails "token不能为空，请先登录！", |w| w.guest.delete("/user/devices/none", Value::Null).await;

    12 anybody Succeeds "", |w| w.ann.get("/user/customerservices").await;
    12 a_guest Fails "token不能为空，请先登录！", |w| w.guest.get("/user/customerservices").await;

    13 a_password Succeeds "", |w| {
        w.ann.post("/user/chatpwd", json!({"chat_pwd": "123456", "login_pwd": PASSWORD})).await
    };
    13 none Fails "聊天密码不能为空", |w| w.ann.post("/user/chatpwd", json!({"login_pwd": PASSWORD})).await;
    13 no_login_password Fails "登录密码不能为空！", |w| w.ann.post("/user/chatpwd", json!({"chat_pwd": "1"})).await;
    13 a_wrong_login_password Fails "登录密码错误", |w| {
        w.ann.post("/user/chatpwd", json!({"chat_pwd": "1", "login_pwd": "wrong horse"})).await
    };

    14 anybody Succeeds "", |w| w.ann.get("/user/blacklists").await;
    14 a_guest Fails "token不能为空，请先登录！", |w| w.guest.get("/user/blacklists").await;

    15 who_is_not_blocked Succeeds "", |w| {
        w.ann.delete(&format!("/user/blacklist/{}", w.bob.uid), Value::Null).await
    };
    15 nobody Fails "用户不存在！", |w| w.ann.delete(&format!("/user/blacklist/{NOBODY}"), Value::Null).await;

    16 a_friend_twice Succeeds "", |w| {
        let path = format!("/user/blacklist/{}", w.bob.uid);
        w.ann.post(&path, Value::Null).await.is_ok();
        w.ann.post(&path, Value::Null).await
    };
    16 nobody Fails "用户不存在！", |w| w.ann.post(&format!("/user/blacklist/{NOBODY}"), Value::Null).await;

    20 the_document_s_form Succeeds "", |w| w.ann.post(&format!("/users/{}/im", w.ann.uid), Value::Null).await;
    20 the_clients_form Succeeds "", |w| w.guest.get(&format!("/users/{}/im", w.ann.uid)).await;
    20 a_token_that_is_none Fails "请先登录！", |w| {
        w.guest.with_token("x").post(&format!("/users/{}/im", w.ann.uid), Value::Null).await
    };

    21 the_document_s_form Succeeds "", |w| w.ann.put("/users/current", json!({"sex": 1, "name": "Anna"})).await;
    21 the_clients_form Succeeds "", |w| w.ann.put("/user/current", json!({"voice_on": 0})).await;
    21 another_key Fails "不允许更新【phone】", |w| w.ann.put("/users/current", json!({"phone": "1"})).await;
    21 a_switch_of_another_call Fails "不允许更新【device_lock】", |w| {
        w.ann.put("/users/current", json!({"device_lock": 1})).await
    };
    21 no_name Fails "名字不能为空！", |w| w.ann.put("/users/current", json!({"name": ""})).await;
    21 a_short_number_twice Fails "用户短编号只能修改一次", |w| {
        let name = w.name();
        w.ann.put("/users/current", json!({"short_no": format!("a-{name}1")})).await.is_ok();
        w.ann.put("/users/current", json!({"short_no": format!("b-{name}1")})).await
    };
    21 a_taken_short_number Fails "已存在，请换一个！", |w| {
        let short_no = format!("c-{}1", w.name());
        w.ann.put("/users/current", json!({"short_no": short_no})).await.is_ok();
        w.bob.put("/users/current", json!({"short_no": short_no})).await
    };

    22 anybody Succeeds "", |w| w.ann.get("/user/chat/online").await;
    22 a_guest Fails "token不能为空，请先登录！", |w| w.guest.get("/user/chat/online").await;
}

#[tokio::test]
async fn every_case_of_users_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn an_account_is_found_by_name_short_number_and_phone_unless_it_does_not_want_to() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let eve = world.eve().await;
    let short_no = format!("eve-{}", world.phone());
    let choose = json!({"short_no": short_no});
    eve.put("/users/current", choose).await.is_ok();
    let finds = async |keyword: &str| {
        let answer = world
            .dan
            .get(&format!("/user/search?keyword={keyword}"))
            .await;
        answer.data()["exist"] == 1
    };
    assert!(finds(&short_no).await && finds(&world.phone()).await);
    assert!(finds(&format!("0086{}", world.phone())).await);
    let hide = json!({"search_by_phone": 0, "search_by_short": 0});
    eve.put("/users/current", hide).await.is_ok();
    assert!(!finds(&short_no).await && !finds(&world.phone()).await);
    let found = world
        .dan
        .get(&format!("/user/search?keyword={}", world.ann.name))
        .await;
    let data = &found.data()["data"];
    assert_eq!(data["uid"], *world.ann.uid);
    let vercode = data["vercode"].as_str().unwrap();
    assert!(vercode.len() == 34 && vercode.ends_with("@1"), "{vercode}");
}

#[tokio::test]
async fn nobody_is_found_by_what_may_not_be_searched_by() {
    let node = World::node().await;
    let world = World::new(&node).await;
    world.eve().await;
    let finds = async |keyword: &str| {
        let path = format!("/user/search?keyword={keyword}");
        world.dan.get(&path).await.data()["exist"] == 1
    };
    let (name, phone) = (&world.ann.name, &world.phone());
    let settings = &node.services().core.settings;
    for (mode, by_name, by_phone) in [("mobile", false, true), ("username", true, false)] {
        settings.set("search_account_mode", mode).await.unwrap();
        assert_eq!(finds(name).await, by_name, "{mode}");
        assert_eq!(finds(phone).await, by_phone, "{mode}");
    }
}

#[tokio::test]
async fn the_platform_s_accounts_have_short_numbers_that_clients_know() {
    let node = World::node().await;
    let world = World::new(&node).await;
    for (short_no, uid) in [("10000", "u_10000"), ("20000", "fileHelper")] {
        let path = format!("/user/search?keyword={short_no}");
        assert_eq!(world.dan.get(&path).await.data()["data"]["uid"], uid);
    }
}

#[tokio::test]
async fn a_change_that_is_refused_does_not_use_up_the_short_number() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let short_no = format!("ann-{}", world.phone());
    for wrong in [
        json!({"name": ""}),
        json!({"sex": "x"}),
        json!({"voice_on": []}),
        json!({"phone": "1"}),
    ] {
        let mut fields = json!({"short_no": short_no});
        fields
            .as_object_mut()
            .unwrap()
            .extend(wrong.as_object().unwrap().clone());
        let refused = world.ann.put("/users/current", fields).await;
        assert_eq!(refused.status, 400);
    }
    let choose = json!({"short_no": short_no});
    world.ann.put("/users/current", choose).await.is_ok();
}

#[tokio::test]
async fn friends_hear_of_what_is_new_of_somebody_and_of_nothing_else() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut bob = world.bob.connect().await;
    let change = async |fields: Value| world.ann.put("/users/current", fields).await.is_ok();
    change(json!({"name": world.ann.name})).await;
    let heard = bob.flush().await;
    assert!(!heard.iter().any(|heard| heard.is("channelUpdate")));
    let short_no = format!("ann-{}", world.phone());
    for news in [json!({"short_no": short_no}), json!({"name": "Anna"})] {
        change(news).await;
        let told = bob.hears_command("channelUpdate").await;
        assert_eq!(told.payload["param"]["channel_id"], *world.ann.uid);
    }
}

#[tokio::test]
async fn a_name_for_a_friend_is_told_once() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let path = format!("/users/{}/setting", world.bob.uid);
    world.ann.put(&path, json!({"mute": 1})).await.is_ok();
    let mut ann = world.ann.connect().await;
    let answer = world.ann.put(&path, json!({"remark": "Bobby"})).await;
    assert_eq!(answer.body, json!({"mute": 1, "top": 0, "status": 200}));
    ann.hears_command("channelUpdate").await;
    let heard = ann.flush().await;
    assert!(!heard.iter().any(|heard| heard.is("channelUpdate")));
}

#[tokio::test]
async fn a_stranger_is_given_no_name_but_all_the_rest() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let path = format!("/users/{}/setting", world.dan.uid);
    let set = json!({"mute": 1, "remark": "Danny"});
    let answer = world.ann.put(&path, set).await;
    assert_eq!(answer.body, json!({"mute": 1, "top": 0, "status": 200}));
    let seen = world.ann.get(&format!("/users/{}", world.dan.uid)).await;
    assert_eq!(
        (&seen.data()["mute"], &seen.data()["remark"]),
        (&json!(1), &json!(""))
    );
}

#[tokio::test]
async fn a_friend_and_a_stranger_see_different_things() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let of = async |viewer: &Person| {
        let answer = viewer.get(&format!("/users/{}", world.bob.uid)).await;
        answer.data().clone()
    };
    let (friend, stranger, own) = (
        of(&world.ann).await,
        of(&world.dan).await,
        of(&world.bob).await,
    );
    assert_eq!(
        (&friend["follow"], &stranger["follow"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(
        (&friend["status"], &friend["be_deleted"]),
        (&json!(1), &json!(0))
    );
    assert_ne!(friend["short_no"], "");
    assert_eq!(
        (&stranger["short_no"], &stranger["vercode"]),
        (&json!(""), &json!(""))
    );
    assert_eq!(own["username"], *world.bob.name);
    assert_eq!(friend["username"], "");
    let path = format!("/users/{}/setting", world.bob.uid);
    let set = json!({"mute": 1, "top": 1, "remark": "Bobby", "flame_second": 9});
    let answer = world.ann.put(&path, set).await;
    assert_eq!(answer.body, json!({"mute": 1, "top": 1, "status": 200}));
    let seen = of(&world.ann).await;
    let shown =
        ["mute", "top", "remark", "flame_second", "screenshot"].map(|name| seen[name].clone());
    assert_eq!(
        shown,
        [json!(1), json!(1), json!("Bobby"), json!(9), json!(1)]
    );
}

#[tokio::test]
async fn a_fellow_member_can_be_asked_unless_the_group_forbids_it() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let path = format!("/users/{}?group_no={}", world.cat.uid, world.group);
    let seen = world.bob.get(&path).await;
    assert!(seen.data()["vercode"].as_str().unwrap().ends_with("@2"));
    assert_eq!(seen.data()["join_group_invite_uid"], *world.ann.uid);
    assert_eq!(seen.data()["group_member"]["uid"], *world.cat.uid);
    let forbid = json!({"forbidden_add_friend": 1});
    world
        .ann
        .put(&world.in_group("/setting"), forbid)
        .await
        .is_ok();
    let path = format!("/users/{}?group_no={}", world.bob.uid, world.group);
    assert_eq!(world.cat.get(&path).await.data()["vercode"], "");
}

#[tokio::test]
async fn a_device_is_listed_until_it_is_removed() {
    let node = TestNode::start().await;
    let guest = Asker::new(&node.guest());
    let device = json!({"device_id": "dev/A", "device_name": "Pixel", "device_model": "P7"});
    let fields = json!({"username": "ann", "password": PASSWORD, "flag": WEB, "device": device});
    let login = guest.post("/user/register", fields).await;
    let ann = Person::of(&guest, login.data(), WEB);
    let devices = ann.get("/user/devices").await;
    let shown = &devices.data()[0];
    let names =
        ["device_id", "device_name", "device_model", "self"].map(|name| shown[name].clone());
    let expected = [
        json!("dev/A"),
        json!("Pixel（本机）"),
        json!("P7"),
        json!(1),
    ];
    assert_eq!(names, expected);
    assert_eq!(shown["last_login"].as_str().unwrap().len(), 16);
    ann.get("/user/devices/dev%2FA").await.data();
    ann.delete("/user/devices/dev%2FA", Value::Null)
        .await
        .is_ok();
    // It was the only one with this token.
    ann.get("/user/devices").await.refuses("请先登录！");
    let ann = Person::log_in(&guest, "ann", WEB).await;
    assert_eq!(*ann.get("/user/devices").await.data(), json!([]));
}

#[tokio::test]
async fn a_device_sees_which_one_it_is() {
    let node = TestNode::start().await;
    let guest = Asker::new(&node.guest());
    Person::register(&node, "ann").await;
    let mut people = Vec::new();
    for (device, flag) in [("tab", WEB), ("phone", APP)] {
        let fields = json!({
            "username": "ann", "password": PASSWORD, "flag": flag, "device": {"device_id": device},
        });
        let login = guest.post("/user/login", fields).await;
        people.push((device, Person::of(&guest, login.data(), flag)));
    }
    for (own, person) in &people {
        for device in ["tab", "phone"] {
            let shown = person.get(&format!("/user/devices/{device}")).await;
            assert_eq!(shown.data()["self"], u8::from(device == *own));
        }
        let devices = person.get("/user/devices").await;
        let devices = devices.data().as_array().unwrap();
        let marked: Vec<&Value> = devices.iter().filter(|d| d["self"] == 1).collect();
        assert!(
            marked.len() == 1 && marked[0]["device_id"] == *own,
            "{devices:?}"
        );
    }
}

#[tokio::test]
async fn who_is_blocked_is_listed_in_both_spellings_and_told_of_no_more() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let path = format!("/user/blacklist/{}", world.bob.uid);
    world.ann.post(&path, Value::Null).await.is_ok();
    let listed = world.ann.get("/user/blacklists").await;
    let shown = &listed.data()[0];
    assert_eq!(shown["uid"], *world.bob.uid);
    assert_eq!(
        (&shown["usename"], &shown["username"]),
        (&json!(world.bob.name), &json!(world.bob.name))
    );
    let eve = world.eve().await;
    let path_of_eve = format!("/user/blacklist/{}", eve.uid);
    world.ann.post(&path_of_eve, Value::Null).await.is_ok();
    let listed = world.ann.get("/user/blacklists").await;
    assert!(!listed.text().contains(&world.phone()));
    assert_eq!(listed.data()[1]["username"], "");
    let mut bob = world.bob.connect().await;
    let payload = json!({"type": 1, "content": "hi"});
    assert_eq!(bob.send(&world.ann.uid, PERSON, &payload).await.reason, 4);
    world.ann.delete(&path, Value::Null).await.is_ok();
    bob.say(&world.ann.uid, PERSON, "friends again").await;
}

#[tokio::test]
async fn the_sockets_are_where_the_client_reached_the_node() {
    let node = TestNode::with(|config| {
        config.wukong.tcp_listen = "127.0.0.1:0".to_owned();
    })
    .await;
    let ann = Person::register(&node, "ann").await;
    let told = ann.get(&format!("/users/{}/im", ann.uid)).await;
    let told = told.data();
    assert_eq!(told["ws_addr"], format!("ws://{}/v1/ws", node.address()));
    assert_eq!(told["wss_addr"], "");
    let tcp = node.services().core.config.wukong.tcp().unwrap();
    assert_eq!(told["tcp_addr"], tcp.to_string());
    let node = TestNode::with(|config| {
        config.server.public_url = "https://chat.example".to_owned();
        config.wukong.ws_address = "ws://sockets.example/".to_owned();
    })
    .await;
    let guest = Asker::new(&node.guest());
    let told = guest.get("/users/anybody/im").await;
    let expected = json!({"tcp_addr": "", "ws_addr": "ws://sockets.example/", "wss_addr": "wss://chat.example/v1/ws"});
    assert_eq!(*told.data(), expected);
}

#[tokio::test]
async fn who_is_there_is_shown_to_friends() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let line = world.bob.connect().await;
    let listed = async || {
        let answer = world.ann.get("/user/chat/online").await;
        let listed = answer.data().as_array().unwrap().clone();
        listed
            .iter()
            .any(|seen| seen["uid"] == *world.bob.uid && seen["device_flag"] == 1)
    };
    eventually(listed).await;
    drop(line);
    eventually(async || !listed().await).await;
    let lately = world
        .ann
        .post("/friend/online", json!([world.bob.uid]))
        .await;
    assert_eq!(lately.data()[0]["online"], 0);
}

#[tokio::test]
async fn partners_are_shown_as_there_and_only_friends_when_friends_are_asked_for() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let _line = world.bob.connect().await;
    // What they said to each other stays.
    let path = format!("/friends/{}", world.bob.uid);
    world.ann.delete(&path, Value::Null).await.is_ok();
    let shows_bob = |answer: &Value| {
        let listed = answer.as_array().unwrap();
        listed.iter().any(|seen| seen["uid"] == *world.bob.uid)
    };
    eventually(async || shows_bob(world.ann.get("/user/chat/online").await.data())).await;
    let named = json!([world.bob.uid]);
    for (path, body, shown) in [
        ("/friend/online", named.clone(), false),
        ("/friend/online", Value::Null, false),
        ("/user/online", named, true),
    ] {
        let answer = world.ann.post(path, body).await;
        assert_eq!(shows_bob(answer.data()), shown, "{path}");
    }
}

#[tokio::test]
async fn clients_are_let_in_from_every_page() {
    let node = TestNode::start().await;
    let client = node.guest();
    let path = "/v1/user/login";
    let request = client.request(reqwest::Method::OPTIONS, path);
    let answer = crate::support::http::send(request).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains("token")
    );
    let astray = Asker::new(&client).get("/nowhere").await;
    assert_eq!(
        (astray.status, &*astray.text()),
        (404, "404 page not found")
    );
    let health = Asker::new(&client).get("/health").await;
    assert_eq!(health.data()["status"], "up");
    for path in ["/common/appconfig", "/common/countries"] {
        Asker::new(&client).get(path).await.data();
    }
}
