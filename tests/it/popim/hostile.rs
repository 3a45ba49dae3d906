//! What no good client sends. The lines of the security checklist of the contract (section 8) one by one, and what else may be
//! tried. Line 3 is [`forged`], line 12 [`floods`]; line 8 is in [`texts`](super::texts), line 11 in [`uploads`](super::uploads).

mod floods;
mod forged;

use super::world::World;
use crate::support::TestNode;
use crate::support::http::send;
use crate::support::popim::{Answers, Asker, PASSWORD, Person, Pusher, friends, node};
use reqwest::Method;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

#[tokio::test]
async fn line_1_login_uid_alone_is_no_proof() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let as_ann = json!({"login_uid": world.ann.uid});
    for prefix in ["/api", "/h5", "/web"] {
        for (path, fields) in [
            ("/pop/get", as_ann.clone()),
            ("/friend/getlist", as_ann.clone()),
            (
                "/message/get",
                json!({"login_uid": world.ann.uid, "id": world.bob.uid, "type": "friend"}),
            ),
        ] {
            world
                .guest
                .under(prefix)
                .get(path, fields.clone())
                .await
                .refuses(-1);
            world.dan.under(prefix).get(path, fields).await.refuses(3);
        }
        let sending = json!({
            "login_uid": world.ann.uid, "to": world.bob.uid, "type": "friend", "content": "forged",
        });
        world
            .guest
            .under(prefix)
            .post("/message/send", sending.clone())
            .await
            .refuses(-1);
        world
            .dan
            .under(prefix)
            .post("/message/send", sending)
            .await
            .refuses(3);
    }
    let both = json!({"login_uid": world.dan.uid});
    world.dan.get("/pop/get", both).await.data();
    let query = format!("/message/send?login_uid={}", world.ann.uid);
    let fields = [
        ("to", world.bob.uid.to_string()),
        ("type", "friend".into()),
        ("content", "forged".into()),
    ];
    send(world.dan.ask(Method::POST, &query).form(&fields))
        .await
        .refuses(3);
    assert_eq!(world.bob.history("friend", world.ann.uid).await.len(), 2);
}

#[tokio::test]
async fn line_2_the_loss_of_a_membership_cuts_delivery_at_once() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut hers = world.cat.connect().await;
    for kind in ["private", "presence"] {
        let channel = format!("{kind}-group-{}", world.gid);
        let grant = world.cat.sign(&hers, &channel).await.body;
        hers.subscribe_with(&channel, &grant).await;
    }
    world.ann.say_in(world.gid, "before").await;
    for _ in 0..3 {
        hers.hears("before").await;
    }
    let kick = json!({"gid": world.gid, "members": [world.cat.uid]});
    world.ann.post("/group/memberdel", kick).await.is_ok();
    world.ann.say_in(world.gid, "behind her back").await;
    let typing = json!({"channel": format!("group-{}", world.gid), "event": "gossip", "data": "1"});
    world.server.post("/push/emit", typing).await.is_ok();
    hers.hears_of("removeGroup").await;
    world.ann.say(&world.cat, "sorry").await;
    hers.hears("sorry").await;
    let group = |channel: &str| channel.contains("group-");
    let after: Vec<_> = hers
        .unread()
        .into_iter()
        .filter(|heard| group(&heard.channel))
        .collect();
    assert!(after.is_empty(), "{after:?}");
    // Old signatures are worth nothing any more.
    let mut again = Pusher::open(&node.guest(), &world.cat.app_key().await).await;
    let channel = format!("private-group-{}", world.gid);
    assert_eq!(world.cat.sign(&again, &channel).await.status, 403);
    again.is_refused(&format!("group-{}", world.gid)).await;
}

#[tokio::test]
async fn line_2_names_of_others_channels_are_refused() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut socket = world.dan.connect().await;
    let (ann, gid) = (world.ann.uid, world.gid);
    for name in [
        format!("user-{ann}"),
        format!("private-user-{ann}"),
        format!("presence-user-{ann}"),
        format!("#server-to-user-{ann}"),
        format!("group-{gid}"),
        format!("private-group-{gid}"),
        format!("presence-group-{gid}"),
        format!("USER-{ann}"),
        format!("user-{ann}.{}", world.dan.uid),
        format!("user-{},{ann}", world.dan.uid),
    ] {
        socket.is_refused(&name).await;
    }
    world.ann.say(&world.bob, "secret").await;
    world.ann.say_in(world.gid, "secret").await;
    world.ann.say(&world.dan, "public").await;
    assert_eq!(socket.next().await.data["content"], "public");
}

#[tokio::test]
async fn line_4_no_channel_carries_the_messages_of_others() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut socket = world.dan.connect().await;
    for name in [
        "admin",
        "all",
        "message",
        "messages",
        "private-admin",
        "monitor",
        "user",
        "group",
        "user-*",
    ] {
        socket.is_refused(name).await;
    }
    world.ann.say(&world.bob, "secret").await;
    world.ann.say(&world.dan, "for you").await;
    assert_eq!(socket.next().await.data["content"], "for you");
}

#[tokio::test]
async fn line_5_a_group_s_inside_is_for_its_members() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let group = json!({"gid": world.gid});
    for path in ["/group/detail", "/group/members"] {
        world.dan.get(path, group.clone()).await.refuses(2);
    }
    let fields = json!({"id": world.gid, "type": "group"});
    world
        .dan
        .get("/message/get", fields.clone())
        .await
        .refuses(2);
    let count = world.dan.get("/message/unreadcount", fields).await;
    assert!(count.code() == 2 || *count.data() == 0, "{}", count.text());
    let fields = json!({"gid": world.gid, "uid": world.bob.uid});
    world.dan.post("/group/ismanager", fields).await.refuses(2);
}

#[tokio::test]
async fn line_6_a_message_is_reached_through_its_own_conversation_alone() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let own = world.dan.say(&world.cat, "mine").await;
    for (person, kind, id, mid) in [
        // A message of others, by one's own conversation or theirs.
        (&world.dan, "friend", world.cat.uid, world.mid),
        (&world.dan, "friend", world.ann.uid, world.mid),
        (&world.dan, "friend", world.bob.uid, world.mid),
        (&world.cat, "friend", world.ann.uid, world.group_mid),
        // The own, by another conversation.
        (&world.dan, "friend", world.ann.uid, own),
        (&world.cat, "group", world.gid, own),
    ] {
        for ty in [0, 1, 2] {
            let mut fields = json!({"id": id, "type": kind, "mid": mid});
            let path = match ty {
                0 => "/message/revoke",
                _ => "/message/delete",
            };
            fields["ty"] = json!(ty);
            let code = person.post(path, fields.clone()).await.code();
            assert!([2, 404].contains(&code), "{path} {fields}: {code}");
        }
    }
    let items = world.bob.history("friend", world.ann.uid).await;
    assert_eq!(items.last().unwrap()["content"], "hello");
    assert_eq!(
        world.cat.history("friend", world.dan.uid).await[0]["content"],
        "mine"
    );
}

#[tokio::test]
async fn line_7_what_is_for_servers_is_for_nobody_else() {
    let node = World::node().await;
    let world = World::new(&node).await;
    world.ann_pays().await;
    let (ann, bob, dan) = (&world.ann, &world.bob, &world.dan);
    let fields = json!({"friend_uid": dan.uid, "login_uid": ann.uid});
    ann.post("/friend/add", fields).await.refuses(2);
    assert_ne!(ann.get("/user/add", world.sub_user()).await.code(), 0);
    let fields = json!({"username": bob.name, "password": PASSWORD});
    ann.get("/user/get", fields).await.refuses(2);
    world.disable(ann).await;
    for field in [json!({"account_state": "normal"}), json!({"is_member": 1})] {
        let code = ann.post("/user/update", field).await.code();
        assert!([1, 2, 85].contains(&code), "{code}");
    }
    let code = bob
        .post("/user/update", json!({"is_member": 1, "nickname": "Bob"}))
        .await
        .code();
    let home = bob.home().await;
    assert_eq!(home["mine"]["is_member"], 0, "{code}");
    let fields = json!({"members": [], "avatar": "/upload/mine.png"});
    let made = bob.post("/group/create", fields).await;
    assert_ne!(made.data()["avatar"], "/upload/mine.png");
}

#[tokio::test]
async fn line_9_secrets_stay() {
    let secrets = ["app-secret-0123456789abcdef", "bad-word-of-the-list"];
    let node = node(|config| config.popim.app_secret = secrets[0].to_owned()).await;
    let [tom, jerry] = friends(&node).await;
    node.admin().await.set("sensitive_words", secrets[1]).await;
    let mut socket = tom.connect().await;
    node.admin()
        .await
        .set("popim_explore_url", "https://im.example/")
        .await;
    let change = socket
        .next_where(|heard| heard.event == "settingChange")
        .await;
    let guest = Asker::new(&node.guest());
    let mut texts = vec![change.data.to_string()];
    for (path, fields) in [
        ("/pop/get", json!({})),
        ("/pop/getsetting", json!({})),
        ("/user/get", json!({"uid": jerry.uid})),
        ("/user/none", json!({})),
    ] {
        texts.push(tom.get(path, fields).await.text());
    }
    texts.push(guest.get("/pop/getsetting", json!({})).await.text());
    texts.push(
        tom.sign(&socket, &format!("private-user-{}", tom.uid))
            .await
            .text(),
    );
    for text in texts {
        for secret in secrets
            .iter()
            .copied()
            .chain([crate::support::popim::SERVER_KEY, PASSWORD])
        {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

#[tokio::test]
async fn line_10_a_foreign_page_writes_nothing_with_the_cookie() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (bob, gid) = (world.bob.uid, world.gid);
    for (path, fields) in [
        (
            "/message/send",
            json!({"to": bob, "type": "friend", "content": "forged"}),
        ),
        ("/friend/delete", json!({"friend_uid": bob})),
        ("/group/delete", json!({"gid": gid})),
        ("/user/update", json!({"nickname": "forged"})),
        ("/login/logout", json!({})),
        (
            "/push/auth",
            json!({"socket_id": "1.1", "channel_name": format!("private-user-{}", world.ann.uid)}),
        ),
    ] {
        let request = world
            .ann
            .ask(Method::POST, path)
            .header("Origin", "https://evil.example");
        let answer = send(request.form(&fields)).await;
        let refused = answer.body["code"] == 3 || answer.status == 403;
        assert!(
            refused && !answer.text().contains("\"auth\""),
            "{path}: {}",
            answer.text()
        );
    }
    // Neither does a picture on it, which is a GET without an origin.
    for path in ["/friend/delete", "/group/delete", "/login/logout"] {
        let answer = world
            .ann
            .get(path, json!({"friend_uid": bob, "gid": gid}))
            .await;
        assert_ne!(answer.body["code"], json!(0), "{path}");
    }
    assert_eq!(world.ann.home().await["mine"]["nickname"], *world.ann.name);
    assert_eq!(world.bob.history("friend", world.ann.uid).await.len(), 2);
}

#[tokio::test]
async fn line_13_passwords_are_hashed_and_tokens_are_not_stored() {
    let node = node(|_| {}).await;
    let [tom, _] = friends(&node).await;
    tom.app_key().await;
    let kept = everything_in(&node.services().core.config.data.dir);
    for secret in [PASSWORD, &tom.token] {
        let found = kept
            .iter()
            .any(|(_, bytes)| contains(bytes, secret.as_bytes()));
        assert!(!found, "a secret is in a file");
    }
}

/// Every file below a directory.
fn everything_in(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(everything_in(&path));
        } else if let Ok(bytes) = fs::read(&path) {
            files.push((path.display().to_string(), bytes));
        }
    }
    files
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

#[tokio::test]
async fn line_14_an_address_in_a_text_is_not_fetched() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/face.png", listener.local_addr().unwrap());
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    tom.post("/user/update", json!({"avatar": url}))
        .await
        .is_ok();
    tom.say(&jerry, &format!("![]({url})")).await;
    tom.say(&jerry, &url).await;
    let gid = tom.found(&[&jerry]).await;
    let path = format!("/group/avatar?uid={},{}", tom.uid, jerry.uid);
    let picture = send(tom.ask(Method::GET, &path)).await;
    super::cases::is_picture(&picture);
    tom.post("/group/guaUpdate", json!({"gid": gid, "avatar": url}))
        .await
        .is_ok();
    let asked = std::pin::pin!(listener.accept());
    let nobody = futures_util::FutureExt::now_or_never(asked).is_none();
    assert!(nobody, "the node called somebody");
}

#[tokio::test]
async fn odd_fields_break_nothing() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let odd = [
        "",
        " ",
        "\0",
        "'",
        "\" OR 1=1 --",
        "%00",
        "${7*7}",
        "../..",
        "\u{202e}",
        "-9223372036854775808",
        "[]",
        "{}",
    ];
    for (_, method, path) in parlance::dialect::popim::ROUTES {
        for value in odd {
            let fields: Value = [
                "uid",
                "gid",
                "mid",
                "nid",
                "id",
                "type",
                "to",
                "friend_uid",
                "members",
                "rid",
                "time",
                "value",
                "limit",
            ]
            .into_iter()
            .map(|name| (name.to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
            // A session that ended would end the test.
            if path.starts_with("/login") {
                continue;
            }
            let answer = match *method {
                "GET" => world.dan.get(path, fields).await,
                _ => world.dan.post(path, fields).await,
            };
            assert!(answer.status < 500, "{path} {value:?}: {}", answer.text());
            assert_ne!(
                answer.body["code"],
                json!(500),
                "{path} {value:?}: {}",
                answer.text()
            );
        }
    }
    assert_eq!(
        world.ann.history("group", world.gid).await.last().unwrap()["content"],
        "hello all"
    );
}

#[tokio::test]
async fn a_session_of_one_node_is_nothing_to_another() {
    let [one, other] = [TestNode::start().await, TestNode::start().await];
    let ann = Person::register(&one, "ann").await;
    Person::register(&other, "ann").await;
    let key = ann.app_key().await;
    let stranger = ann.at(&other);
    stranger.get("/pop/get", json!({})).await.refuses(-1);
    let (code, _) = Pusher::refused(&other.guest(), &format!("/app/{key}?protocol=7")).await;
    assert_eq!(code, 4001);
}
