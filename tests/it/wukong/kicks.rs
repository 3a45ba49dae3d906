//! Who gives way to whom, who is sent away, and who is told.

use super::world::World;
use crate::support::TestNode;
use crate::support::wukong::{
    APP, Answers, Asker, Hello, Line, PASSWORD, PERSON, Person, WAYS, WEB, Way, friends, listening,
};
use serde_json::{Value, json};

/// The last word to a device whose place another took.
const KICKED: (u8, &str) = (12, "login in other device");

/// The last word to the one app of an account that logs in with another.
const LOGGED_IN_ANEW: (u8, &str) = (12, "账号在其他设备上登录");

/// Somebody new, on the telephone.
async fn on_the_phone(node: &TestNode, name: &str) -> Person {
    Person::register_through(&Asker::new(&node.guest()), name, APP).await
}

async fn assert_kicked(line: Line) {
    assert_told(line, KICKED).await;
}

/// The line is closed with this last word.
async fn assert_told(line: Line, word: (u8, &str)) {
    let told = line.closed().await;
    let told = told.as_ref().map(|(reason, text)| (*reason, &**text));
    assert_eq!(told, Some(word));
}

/// The reason for which a line was closed.
async fn reason(line: Line) -> Option<u8> {
    line.closed().await.map(|(reason, _)| reason)
}

/// What the next word about somebody's being there says: there or not, the kind of device, and whether none is left.
async fn presence(line: &mut Line, of: &Person) -> (i64, i64, i64) {
    let about = |param: &Value| param["uid"] == *of.uid;
    let heard = line
        .next_where(|heard| heard.is("onlineStatus") && about(&heard.payload["param"]))
        .await;
    assert_eq!(heard.recv.message_seq, 0);
    let number = |name: &str| heard.payload["param"][name].as_i64().unwrap();
    (
        number("online"),
        number("device_flag"),
        number("all_offline"),
    )
}

#[tokio::test]
async fn a_new_app_connection_kicks_the_old_one() {
    let node = listening(|_| {}).await;
    let ann = on_the_phone(&node, "ann").await;
    for old in WAYS {
        for new in WAYS {
            let first = Line::connect_by(old, &ann, "phone A").await;
            let second = Line::connect_by(new, &ann, "phone B").await;
            assert_kicked(first).await;
            // The same telephone again is no reason to tell anybody.
            let mut third = Line::connect_by(old, &ann, "phone B").await;
            assert_eq!(second.closed().await, None, "{old:?}, {new:?}");
            third.flush().await;
        }
    }
}

#[tokio::test]
async fn whoever_is_kicked_hears_it_in_the_contract_s_words() {
    let node = listening(|_| {}).await;
    let ann = on_the_phone(&node, "ann").await;
    let key = parlance::dialect::wukong::crypto::KeyPair::new([7; 32]).public();
    for way in WAYS {
        let mut pipe = way.pipe(&node.guest()).await;
        let hello = Hello::of(&ann, "phone A");
        pipe.write(hello.with_key(&key).encode(5)).await.unwrap();
        assert_eq!(pipe.read().await.unwrap()[0], 0x21);
        let _new = Line::connect_by(way, &ann, "phone B").await;
        let last = pipe.rest().await;
        assert_eq!(
            last, b"\x90\x18\x0c\x00\x15login in other device",
            "{way:?}"
        );
    }
}

#[tokio::test]
async fn a_new_app_login_kicks_the_old_one() {
    let node = listening(|_| {}).await;
    let old = on_the_phone(&node, "ann").await;
    for way in WAYS {
        let guest = Asker::new(&node.guest());
        let old = match way {
            Way::Http => old.clone(),
            _ => Person::log_in(&guest, "ann", APP).await,
        };
        let line = Line::connect_by(way, &old, "phone").await;
        let new = Person::log_in(&guest, "ann", APP).await;
        assert_told(line, LOGGED_IN_ANEW).await;
        let refused = Line::open(way.pipe(old.client()).await, &Hello::of(&old, "phone")).await;
        assert_eq!(refused.err(), Some(Some(2)));
        Line::connect_by(way, &new, "phone").await.flush().await;
    }
}

#[tokio::test]
async fn a_new_login_elsewhere_kicks_nobody() {
    let node = listening(|_| {}).await;
    let guest = Asker::new(&node.guest());
    let phone = on_the_phone(&node, "ann").await;
    let web = Person::log_in(&guest, "ann", WEB).await;
    let (mut one, mut two) = (phone.connect_as("phone").await, web.connect_as("tab").await);
    let again = Person::log_in(&guest, "ann", WEB).await;
    assert_eq!(again.token, web.token);
    let _third = again.connect_as("another tab").await;
    one.flush().await;
    two.flush().await;
}

#[tokio::test]
async fn two_tabs_stay_online_together() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut hearing = bob.connect().await;
    for way in WAYS {
        let mut one = Line::connect_by(way, &ann, "one").await;
        let mut two = Line::connect_by(way, &ann, "two").await;
        assert_eq!(presence(&mut hearing, &ann).await, (1, 1, 0));
        hearing.say(&ann.uid, PERSON, "both").await;
        one.hears("both").await;
        two.hears("both").await;
        // The first to come back takes only its own place.
        let mut again = Line::connect_by(way, &ann, "one").await;
        assert_eq!(one.closed().await, None);
        hearing.say(&ann.uid, PERSON, "still").await;
        again.hears("still").await;
        two.hears("still").await;
        drop((again, two));
        // Told once, when the last of them has gone.
        assert_eq!(presence(&mut hearing, &ann).await, (0, 1, 1));
    }
}

#[tokio::test]
async fn friends_hear_who_comes_and_goes_by_kind_of_device() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let phone = Person::log_in(&Asker::new(&node.guest()), "bob", APP).await;
    let mut hearing = ann.connect().await;
    let on_phone = phone.connect_as("phone").await;
    assert_eq!(presence(&mut hearing, &bob).await, (1, 0, 0));
    let on_web = bob.connect_as("tab").await;
    assert_eq!(presence(&mut hearing, &bob).await, (1, 1, 0));
    drop(on_phone);
    assert_eq!(presence(&mut hearing, &bob).await, (0, 0, 0));
    drop(on_web);
    assert_eq!(presence(&mut hearing, &bob).await, (0, 1, 1));
}

#[tokio::test]
async fn a_phone_that_leaves_says_what_its_account_is_left_on() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let phone = Person::log_in(&Asker::new(&node.guest()), "bob", APP).await;
    let mut hearing = ann.connect().await;
    let on_phone = phone.connect_as("phone").await;
    let _on_web = bob.connect_as("tab").await;
    for kind in [0, 1] {
        let (_, flag, _) = presence(&mut hearing, &bob).await;
        assert_eq!(flag, kind);
    }
    drop(on_phone);
    let left = hearing.hears_command("onlineStatus").await;
    let param = &left.payload["param"];
    let told =
        ["online", "device_flag", "main_device_flag", "all_offline"].map(|name| &param[name]);
    assert_eq!(told, [0, 0, 1, 0]);
}

#[tokio::test]
async fn a_phone_hears_of_its_own_account_s_browsers() {
    let node = listening(|_| {}).await;
    let phone = on_the_phone(&node, "ann").await;
    let web = Person::log_in(&Asker::new(&node.guest()), "ann", WEB).await;
    let mut on_phone = phone.connect_as("phone").await;
    for way in WAYS {
        let mut on_web = Line::connect_by(way, &web, "tab").await;
        assert_eq!(presence(&mut on_phone, &phone).await, (1, 1, 0));
        let heard = on_web.flush().await;
        assert!(!heard.iter().any(|heard| heard.is("onlineStatus")));
        drop(on_web);
        assert_eq!(presence(&mut on_phone, &phone).await, (0, 1, 0));
    }
}

#[tokio::test]
async fn nobody_is_told_who_comes_where_it_is_not_to_be_seen() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let settings = &node.services().core.settings;
    settings
        .set("display_online_status", "false")
        .await
        .unwrap();
    let mut hearing = ann.connect().await;
    for _ in 0..5 {
        let mut coming = bob.connect().await;
        coming.say(&ann.uid, PERSON, "here").await;
        hearing.hears("here").await;
    }
    let heard = hearing.flush().await;
    assert!(!heard.iter().any(|heard| heard.is("onlineStatus")));
}

#[tokio::test]
async fn strangers_hear_nothing_of_who_comes() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut stranger = world.dan.connect().await;
    let mut friend = world.ann.connect().await;
    let _bob = world.bob.connect().await;
    presence(&mut friend, &world.bob).await;
    let heard = stranger.flush().await;
    assert!(
        !heard.iter().any(|heard| heard.is("onlineStatus")),
        "{heard:?}"
    );
}

#[tokio::test]
async fn a_device_that_is_removed_is_kicked_and_no_other() {
    let node = listening(|_| {}).await;
    let web = Person::register(&node, "ann").await;
    for way in WAYS {
        let one = Line::connect_by(way, &web, "one").await;
        let mut two = Line::connect_by(way, &web, "two").await;
        web.delete("/user/devices/one", Value::Null).await.is_ok();
        assert_kicked(one).await;
        two.flush().await;
    }
}

/// Logs in on a device of a kind, and connects from there.
async fn from_device(node: &TestNode, name: &str, device: &str, flag: u8) -> (Person, Line) {
    let guest = Asker::new(&node.guest());
    let fields = json!({
        "username": name, "password": PASSWORD, "flag": flag, "device": {"device_id": device},
    });
    let login = guest.post("/user/login", fields).await;
    let person = Person::of(&guest, login.data(), flag);
    let line = person.connect_as(device).await;
    (person, line)
}

#[tokio::test]
async fn a_telephone_that_is_removed_is_logged_out() {
    let node = TestNode::start().await;
    let web = Person::register(&node, "ann").await;
    let (lost, line) = from_device(&node, "ann", "lost", APP).await;
    web.delete("/user/devices/lost", Value::Null).await.is_ok();
    assert_kicked(line).await;
    lost.get("/user/devices").await.refuses("请先登录！");
    web.get("/user/devices").await.data();
}

#[tokio::test]
async fn a_telephone_that_was_logged_out_before_takes_no_other_with_it() {
    let node = TestNode::start().await;
    Person::register(&node, "ann").await;
    let (_, line) = from_device(&node, "ann", "old", APP).await;
    let (new, mut on_phone) = from_device(&node, "ann", "new", APP).await;
    assert_told(line, LOGGED_IN_ANEW).await;
    new.delete("/user/devices/old", Value::Null).await.is_ok();
    on_phone.flush().await;
    new.get("/user/devices").await.data();
}

#[tokio::test]
async fn the_last_browser_that_is_removed_takes_their_token_with_it() {
    let node = TestNode::start().await;
    let phone = on_the_phone(&node, "ann").await;
    let (one, on_one) = from_device(&node, "ann", "one", WEB).await;
    let (_, mut on_two) = from_device(&node, "ann", "two", WEB).await;
    phone.delete("/user/devices/one", Value::Null).await.is_ok();
    assert_kicked(on_one).await;
    on_two.flush().await;
    one.get("/user/devices").await.data();
    phone.delete("/user/devices/two", Value::Null).await.is_ok();
    assert_kicked(on_two).await;
    one.get("/user/devices").await.refuses("请先登录！");
}

#[tokio::test]
async fn quitting_sends_away_and_voids_the_token() {
    let node = listening(|_| {}).await;
    let phone = on_the_phone(&node, "ann").await;
    let guest = Asker::new(&node.guest());
    let mut on_phone = phone.connect_as("phone").await;
    for way in WAYS {
        let web = Person::log_in(&guest, "ann", WEB).await;
        let line = Line::connect_by(way, &web, "tab").await;
        web.post("/user/quit", Value::Null).await.is_ok();
        assert_kicked(line).await;
        let refused = Line::open(way.pipe(web.client()).await, &Hello::of(&web, "tab")).await;
        assert_eq!(refused.err(), Some(Some(2)));
    }
    on_phone.flush().await;
}

#[tokio::test]
async fn a_phone_can_send_the_desktops_away() {
    let node = TestNode::start().await;
    let phone = on_the_phone(&node, "ann").await;
    let guest = Asker::new(&node.guest());
    let web = Person::log_in(&guest, "ann", WEB).await;
    let desktop = Person::log_in(&guest, "ann", 2).await;
    let lines = [web.connect().await, desktop.connect_as("desk").await];
    let mut on_phone = phone.connect_as("phone").await;
    phone.post("/user/pc/quit", Value::Null).await.is_ok();
    for line in lines {
        assert_kicked(line).await;
    }
    on_phone.hears_command("pcQuit").await;
    for gone in [web, desktop] {
        gone.get("/user/devices").await.refuses("请先登录！");
    }
}

#[tokio::test]
async fn whoever_is_locked_or_has_another_password_is_sent_away() {
    let node = listening(|_| {}).await;
    let guest = Asker::new(&node.guest());
    let ann = Person::register(&node, "ann").await;
    let accounts = &node.services().accounts;
    let id = accounts.find_all("ann".to_owned(), 1).await.unwrap().0[0]
        .account
        .id;
    for way in WAYS {
        let person = Person::log_in(&guest, "ann", WEB).await;
        let line = Line::connect_by(way, &person, "tab").await;
        accounts.lock(id).await.unwrap();
        assert_eq!(reason(line).await, Some(2));
        let refused = Line::open(way.pipe(ann.client()).await, &Hello::of(&ann, "tab")).await;
        assert_eq!(refused.err(), Some(Some(2)));
        accounts.unlock(id).await.unwrap();
        let person = Person::log_in(&guest, "ann", WEB).await;
        let line = Line::connect_by(way, &person, "tab").await;
        accounts
            .change_password(id, PASSWORD.to_owned())
            .await
            .unwrap();
        assert_eq!(reason(line).await, Some(2));
        let refused = Line::open(way.pipe(ann.client()).await, &Hello::of(&person, "tab")).await;
        assert_eq!(refused.err(), Some(Some(2)));
    }
}

#[tokio::test]
async fn of_too_many_connections_the_oldest_has_to_go() {
    let node = listening(|config| config.session.per_account = 3).await;
    let ann = Person::register(&node, "ann").await;
    let oldest = ann.connect_as("0").await;
    let mut others = Vec::new();
    for (number, way) in WAYS.into_iter().enumerate() {
        others.push(Line::connect_by(way, &ann, &format!("{}", number + 1)).await);
    }
    assert_eq!(reason(oldest).await, Some(2));
    for line in &mut others {
        line.flush().await;
    }
}
