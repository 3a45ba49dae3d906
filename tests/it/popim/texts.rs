//! What texts look like on their way out: escaped, in the small formats of the product, in notices.

use super::world::World;
use crate::support::popim::{Answers, Person, friends, node};
use serde_json::{Value, json};

/// What a browser would run, and what it has to be shown as.
const SCRIPT: &str = "<img src=x onerror=\"alert('&')\">";
const SHOWN: &str = "&lt;img src=x onerror=&quot;alert(&#039;&amp;&#039;)&quot;&gt;";

/// Nowhere in an answer is there a tag, or a quote that a browser would take for the end of an attribute.
#[track_caller]
fn is_harmless(text: &str) {
    assert!(!text.contains("<img"), "{text}");
    assert!(!text.contains("alert('"), "{text}");
}

#[tokio::test]
async fn script_in_every_text_comes_out_as_text() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut hers = world.cat.connect().await;
    let avatar = format!("/{SCRIPT}");
    let profile = json!({"nickname": SCRIPT, "sign": SCRIPT, "avatar": avatar});
    world.ann.post("/user/update", profile).await.is_ok();
    let writes = [
        (
            "/friend/remark",
            json!({"friend_uid": world.bob.uid, "remark": SCRIPT}),
        ),
        ("/group/remark", json!({"gid": world.gid, "remark": SCRIPT})),
        (
            "/group/update",
            json!({"gid": world.gid, "groupname": SCRIPT}),
        ),
        (
            "/group/guaUpdate",
            json!({"gid": world.gid, "avatar": avatar}),
        ),
        (
            "/friend/apply",
            json!({"friend_uid": world.dan.uid, "postscript": SCRIPT}),
        ),
        (
            "/reply/add",
            json!({"type": 1, "title": SCRIPT, "content": SCRIPT, "keyword": SCRIPT}),
        ),
    ];
    for (path, fields) in writes {
        world.ann.post(path, fields).await.is_ok();
    }
    let mid = world.ann.say_in(world.gid, SCRIPT).await;
    let quoting = json!({"to": world.gid, "type": "group", "content": SCRIPT, "quote_mid": mid, "uniqueId": SCRIPT});
    world.ann.post("/message/send", quoting).await.data();
    world.ann.say(&world.cat, SCRIPT).await;
    let (ann, gid) = (world.ann.uid, world.gid);
    let nid = world.dan.get("/friend/applylist", json!({})).await.data()[0]["nid"].clone();
    let reads = [
        (&world.ann, "/pop/get", json!({})),
        (&world.cat, "/pop/get", json!({})),
        (&world.ann, "/friend/getlist", json!({})),
        (&world.dan, "/friend/applylist", json!({})),
        (&world.dan, "/friend/applydetail", json!({"nid": nid})),
        (&world.cat, "/user/get", json!({"uid": ann})),
        (&world.cat, "/user/detail", json!({"uid": ann})),
        (&world.cat, "/user/multiGet", json!({"uid": [ann]})),
        (&world.cat, "/group/members", json!({"gid": gid})),
        (
            &world.cat,
            "/group/members",
            json!({"gid": gid, "pinyin": 1}),
        ),
        (&world.cat, "/group/detail", json!({"gid": gid})),
        (
            &world.ann,
            "/group/detail",
            json!({"gid": gid, "simple": 1}),
        ),
        (
            &world.cat,
            "/message/get",
            json!({"id": gid, "type": "group", "limit": 100}),
        ),
        (
            &world.cat,
            "/message/get",
            json!({"id": ann, "type": "friend"}),
        ),
        (&world.ann, "/reply/get", json!({})),
    ];
    for (person, path, fields) in reads {
        let answer = person.get(path, fields).await;
        is_harmless(&answer.data().to_string());
        // A JSON text within has its own quotes around what is escaped.
        assert!(
            answer.data().to_string().contains("&lt;img"),
            "{path}: {}",
            answer.text()
        );
    }
    let made = world
        .ann
        .post("/group/create", json!({"members": [world.cat.uid]}))
        .await;
    is_harmless(&made.data().to_string());
    for _ in 0..3 {
        let heard = hers
            .next_where(|heard| heard.data["content"] == SHOWN)
            .await;
        is_harmless(&heard.data.to_string());
    }
    hers.flush().await;
    for heard in hers.unread() {
        is_harmless(&heard.data.to_string());
    }
    let upload = world
        .ann
        .upload("/upload/file", "<img src=x>.txt", b"text", json!({}))
        .await;
    is_harmless(&upload.data().to_string());
}

#[tokio::test]
async fn five_characters_are_escaped_and_no_others() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let mut hearing = jerry.connect().await;
    tom.say(&jerry, "a & b < c > d \" e ' f / g = h ` i 猫 \u{1F600}")
        .await;
    let shown = "a &amp; b &lt; c &gt; d &quot; e &#039; f / g = h ` i 猫 \u{1F600}";
    hearing.hears(shown).await;
    // It was stored as it was: what is quoted is not escaped once more.
    let items = jerry.history("friend", tom.uid).await;
    let last = items.last().unwrap();
    assert_eq!(last["content"], shown);
    let reply =
        json!({"to": tom.uid, "type": "friend", "content": "&lt;", "quote_mid": last["mid"]});
    jerry.post("/message/send", reply).await.data();
    let items = tom.history("friend", jerry.uid).await;
    let last = items.last().unwrap();
    assert_eq!(
        (&last["quote_content"], &last["content"]),
        (&json!(shown), &json!("&amp;lt;"))
    );
}

#[tokio::test]
async fn escaping_can_be_switched_off() {
    let node = node(|config| config.popim.html_escape = false).await;
    let [tom, jerry] = friends(&node).await;
    let mut hearing = jerry.connect().await;
    tom.say(&jerry, SCRIPT).await;
    hearing.hears(SCRIPT).await;
    assert_eq!(jerry.history("friend", tom.uid).await[1]["content"], SCRIPT);
}

#[tokio::test]
async fn the_small_formats_come_out_as_they_went_in() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    node.admin().await.set("popim_voice", "on").await;
    let mut hearing = jerry.connect().await;
    let texts = [
        "hello [表情0] and [表情100]",
        "voice(/upload/files/202311/00ff.wav)",
        "![](//im.example/upload/images/202311/00ff.png)",
        "![图片](/upload/images/202311/00ff.png)",
        "look ![x](/a.png) at this",
        "file[cat.pdf\t7.15 KB](/upload/files/202311/00ff.pdf)",
        "file[cat.mp4|1.50 MB](/upload/files/202311/00ff.mp4)",
        "[a link](https://im.example/) and [another](/x)",
        "https://im.example/page?a=1",
        "two\nlines  and spaces ",
        "[not a link] (at all)",
        "[x](javascript:alert(1))",
    ];
    for text in texts {
        tom.say(&jerry, text).await;
        hearing.hears(text).await;
    }
    let items = jerry.history("friend", tom.uid).await;
    let said: Vec<&Value> = items[1..].iter().map(|item| &item["content"]).collect();
    assert_eq!(said, texts);
}

#[tokio::test]
async fn nobody_forges_a_notice() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let mut his = jerry.connect().await;
    let forged =
        json!({"to": jerry.uid, "type": "friend", "content": "I paid", "sub_type": "notice"});
    tom.post("/message/send", forged).await.data();
    assert_eq!(his.hears("I paid").await.data["sub_type"], "message");
    // A name in a notice is a link to whom it names and nothing else.
    let nickname = json!({"nickname": "x](javascript:y) [z"});
    tom.post("/user/update", nickname).await.is_ok();
    let gid = tom.found(&[&jerry]).await;
    let notice = his
        .next_where(|heard| heard.data["sub_type"] == "notice")
        .await;
    let content = notice.data["content"].as_str().unwrap();
    let link = format!("[xjavascript:y z]({{POPBASEURI}}user/detail/{})", tom.uid);
    assert!(content.contains(&link), "{content}");
    assert_eq!(content.matches("](").count(), 2, "{content}");
    let items = jerry.history("group", gid).await;
    assert_eq!(items[0]["content"], content);
}

#[tokio::test]
async fn notices_are_never_unread() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let gid = world.ann.found(&[&world.bob]).await;
    let fields = json!({"gid": gid, "members": [world.cat.uid]});
    world.ann.post("/group/memberadd", fields).await.is_ok();
    for person in [&world.bob, &world.cat] {
        let answer = person
            .get("/message/unreadcount", json!({"id": gid, "type": "group"}))
            .await;
        assert_eq!(*answer.data(), json!(0));
    }
    let home = world.bob.home().await;
    let shown = &home["chatting"][format!("group{gid}")];
    assert_eq!(shown["unread_count"], 0);
    assert_eq!(shown["items"][0]["sub_type"], "notice");
}

#[tokio::test]
async fn a_long_text_is_whole() {
    let node = node(|_| {}).await;
    let tom = Person::register(&node, "tom").await;
    let jerry = Person::register(&node, "jerry").await;
    let text = "猫".repeat(20_000);
    tom.say(&jerry, &text).await;
    assert_eq!(jerry.history("friend", tom.uid).await[0]["content"], text);
}
