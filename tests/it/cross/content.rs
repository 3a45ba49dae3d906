//! What is said, in the words of every dialect.

use super::peer::text;
use super::{DIALECTS, pairs};
use crate::support::TestNode;
use parlance::dialect::wukong::ids::Ids;
use parlance::domain::Dialect;
use serde_json::{Value, json};

const URL: &str = "https://files.example/a";
/// A place in PopIM.
const PLACE: &str = "[位置] the pass (46.25, 7.5)";

/// Something that every dialect can say.
struct Kind {
    name: &'static str,
    freeim: Value,
    wukong: Value,
    popim: Value,
}

impl Kind {
    fn of(&self, dialect: Dialect) -> &Value {
        match dialect {
            Dialect::Freeim => &self.freeim,
            Dialect::Wukong => &self.wukong,
            Dialect::Popim => &self.popim,
            other => panic!("{other:?} is not spoken"),
        }
    }

    /// What those who speak `to` hear when it is said in `from`.
    fn heard(&self, from: Dialect, to: Dialect) -> Value {
        match (self.name, from, to) {
            // A film has a name in PopIM.
            ("video", Dialect::Popim, Dialect::Freeim) => freeim("video", &file("a.mp4")),
            // A place is a text there.
            ("place", Dialect::Popim, _) => text(to, PLACE),
            _ => self.of(to).clone(),
        }
    }
}

fn kinds() -> [Kind; 6] {
    [
        Kind {
            name: "text",
            freeim: json!({"type": "text", "body": "hello, 世界 \u{1F30D}"}),
            wukong: json!({"type": 1, "content": "hello, 世界 \u{1F30D}"}),
            popim: json!("hello, 世界 \u{1F30D}"),
        },
        Kind {
            name: "picture",
            freeim: freeim("pic", &file("")),
            wukong: json!({"type": 2, "url": URL, "width": 0, "height": 0}),
            popim: json!(format!("![]({URL})")),
        },
        Kind {
            name: "voice",
            freeim: freeim("voice", &file("")),
            wukong: json!({"type": 4, "url": URL, "timeTrad": 0, "waveform": ""}),
            popim: json!(format!("voice({URL})")),
        },
        Kind {
            name: "video",
            freeim: freeim("video", &file("")),
            wukong: json!({
                "type": 5, "url": URL, "cover": "", "size": 0, "width": 0, "height": 0, "second": 0,
            }),
            popim: json!(format!("file[a.mp4\t0.00 B]({URL})")),
        },
        Kind {
            name: "file",
            freeim: freeim("file", &file("a.txt")),
            wukong: json!({"type": 8, "url": URL, "name": "a.txt", "size": 0}),
            popim: json!(format!("file[a.txt\t0.00 B]({URL})")),
        },
        Kind {
            name: "place",
            freeim: freeim(
                "geo",
                &json!({"content": "the pass", "longitude": 7.5, "latitude": 46.25}),
            ),
            wukong: json!({
                "type": 6, "lng": 7.5, "lat": 46.25, "title": "the pass", "address": "the pass", "img": "",
            }),
            popim: json!(PLACE),
        },
    ]
}

/// A file in freeim's terms.
fn file(name: &str) -> Value {
    json!({"content": "", "thumb": "", "fileUrl": URL, "filePath": "", "fileName": name})
}

fn freeim(word: &str, body: &Value) -> Value {
    json!({"type": word, "body": body.to_string()})
}

/// The same with a body that is JSON opened: the order of its keys means nothing.
fn opened(what: &Value) -> Value {
    let mut what = what.clone();
    let body = what["body"].as_str();
    if let Some(object) = body.and_then(|body| serde_json::from_str::<Value>(body).ok()) {
        what["body"] = object;
    }
    what
}

#[tokio::test]
async fn what_is_said_in_one_dialect_is_heard_in_the_other() {
    let node = TestNode::start().await;
    // Off unless an administrator wants it.
    let settings = &node.services().settings;
    settings.set("popim_voice", "on").await.unwrap();
    for (mut ann, mut bob) in pairs(&node).await {
        for kind in kinds() {
            let said = kind.of(ann.dialect);
            let shown = kind.heard(ann.dialect, bob.dialect);
            let id = ann.says(bob.place(), said).await;
            let heard = bob.hears(id).await;
            let case = format!("{} from {:?} to {:?}", kind.name, ann.dialect, bob.dialect);
            assert_eq!(opened(&heard), opened(&shown), "{case}");
            let found = bob.remembers(ann.place(), id).await.expect(&case);
            assert_eq!(found.what, heard, "{case}");
            // Whoever speaks the dialect of the speaker gets every byte.
            let found = ann.remembers(bob.place(), id).await.expect(&case);
            assert_eq!(found.what, *said, "{case}");
        }
    }
}

/// What is said in a dialect that alone knows it, and what those hear who speak the others, in the order of [`DIALECTS`].
type Odd = (Value, [Value; 2]);

/// What only freeIM knows.
fn freeim_only() -> Vec<Odd> {
    let heard = |words: &str| [text(Dialect::Wukong, words), text(Dialect::Popim, words)];
    vec![
        (json!({"type": "poke", "body": "!"}), heard("!")),
        (
            json!({"type": "text", "body": "{\"content\":\"hi\",\"x\":1}"}),
            heard("hi"),
        ),
        (
            json!({"type": "text", "body": "AAAA", "isPrivate": 1}),
            heard("[加密消息]"),
        ),
        (
            json!({"type": "geo", "body": "the pass"}),
            heard("[位置] the pass"),
        ),
    ]
}

/// What only WuKong knows. `card` is somebody's uid, `base` where its relative addresses begin.
fn wukong_only(card: &str, base: &str) -> Vec<Odd> {
    let heard = |words: &str| [text(Dialect::Freeim, words), text(Dialect::Popim, words)];
    let relative = format!("{base}/v1/file/preview/chat/1");
    vec![
        (
            json!({"type": 9, "redpacket_no": "1", "blessing": "luck"}),
            heard("[红包]"),
        ),
        (
            json!({"type": 7, "uid": card, "name": "Bob"}),
            heard("[名片] Bob"),
        ),
        (
            json!({"type": 12, "url": URL, "placeholder": "[smile]"}),
            [picture(URL, "[smile]"), json!(format!("![]({URL})[smile]"))],
        ),
        (
            json!({"type": 2, "url": "file/preview/chat/1", "width": 3, "height": 4}),
            [picture(&relative, ""), json!(format!("![]({relative})"))],
        ),
        (json!({"type": 4711, "x": 1}), heard("[未知消息]")),
    ]
}

/// What only PopIM knows. Addresses without a protocol are completed with that of `base`.
fn popim_only(base: &str) -> Vec<Odd> {
    let heard = |words: &str| [text(Dialect::Freeim, words), text(Dialect::Wukong, words)];
    let (protocol, _) = base.split_once("//").unwrap();
    let other = format!("{protocol}//im.example/a.png");
    let own = format!("{base}/upload/a.png");
    let wukong = |url: &str, words: &str| json!({"type": 2, "url": url, "width": 0, "height": 0, "content": words});
    vec![
        (
            json!("look ![图片](//im.example/a.png)"),
            [picture(&other, "look"), wukong(&other, "look")],
        ),
        (
            json!("![](/upload/a.png)nice"),
            [picture(&own, "nice"), wukong(&own, "nice")],
        ),
        (
            json!("[表情1] [more](https://x.example)"),
            heard("[表情1] [more](https://x.example)"),
        ),
        (
            json!("![](javascript:alert)"),
            heard("![](javascript:alert)"),
        ),
    ]
}

fn picture(url: &str, words: &str) -> Value {
    let mut body = file("");
    body["fileUrl"] = url.into();
    body["content"] = words.into();
    freeim("pic", &body)
}

#[tokio::test]
async fn what_only_one_dialect_knows_is_readable_in_the_others() {
    let node = TestNode::start().await;
    let core = &node.services().core;
    let base = &core.public_url;
    for (mut ann, mut bob) in pairs(&node).await {
        let card = Ids::of(core).uid(bob.id);
        let odd = match ann.dialect {
            Dialect::Freeim => freeim_only(),
            Dialect::Wukong => wukong_only(&card, base),
            Dialect::Popim => popim_only(base),
            other => panic!("{other:?} is not spoken"),
        };
        let mut others = DIALECTS.into_iter().filter(|other| *other != ann.dialect);
        let Some(which) = others.position(|other| other == bob.dialect) else {
            continue;
        };
        for (said, shown) in odd {
            let id = ann.says(bob.place(), &said).await;
            assert_eq!(
                opened(&bob.hears(id).await),
                opened(&shown[which]),
                "{said}"
            );
        }
    }
}
