//! What is said, in the words of every dialect.

use super::pairs;
use crate::support::TestNode;
use parlance::dialect::wukong::ids::Ids;
use parlance::domain::Dialect;
use serde_json::{Value, json};

const URL: &str = "https://files.example/a";

/// Something that every dialect can say.
struct Kind {
    name: &'static str,
    freeim: Value,
    wukong: Value,
}

impl Kind {
    fn of(&self, dialect: Dialect) -> &Value {
        match dialect {
            Dialect::Freeim => &self.freeim,
            Dialect::Wukong => &self.wukong,
            other => panic!("{other:?} is not spoken"),
        }
    }
}

fn kinds() -> [Kind; 6] {
    [
        Kind {
            name: "text",
            freeim: json!({"type": "text", "body": "hello, 世界 \u{1F30D}"}),
            wukong: json!({"type": 1, "content": "hello, 世界 \u{1F30D}"}),
        },
        Kind {
            name: "picture",
            freeim: freeim("pic", &file("")),
            wukong: json!({"type": 2, "url": URL, "width": 0, "height": 0}),
        },
        Kind {
            name: "voice",
            freeim: freeim("voice", &file("")),
            wukong: json!({"type": 4, "url": URL, "timeTrad": 0, "waveform": ""}),
        },
        Kind {
            name: "video",
            freeim: freeim("video", &file("")),
            wukong: json!({
                "type": 5, "url": URL, "cover": "", "size": 0, "width": 0, "height": 0, "second": 0,
            }),
        },
        Kind {
            name: "file",
            freeim: freeim("file", &file("a.txt")),
            wukong: json!({"type": 8, "url": URL, "name": "a.txt", "size": 0}),
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
    for (mut ann, mut bob) in pairs(&node).await {
        for kind in kinds() {
            let (said, shown) = (kind.of(ann.dialect), kind.of(bob.dialect));
            let id = ann.says(bob.place(), said).await;
            let heard = bob.hears(id).await;
            let case = format!("{} from {:?} to {:?}", kind.name, ann.dialect, bob.dialect);
            assert_eq!(opened(&heard), opened(shown), "{case}");
            let found = bob.remembers(ann.place(), id).await.expect(&case);
            assert_eq!(found.what, heard, "{case}");
            // Whoever speaks the dialect of the speaker gets every byte.
            let found = ann.remembers(bob.place(), id).await.expect(&case);
            assert_eq!(found.what, *said, "{case}");
        }
    }
}

#[tokio::test]
async fn what_only_one_dialect_knows_is_readable_in_the_other() {
    let node = TestNode::start().await;
    let core = &node.services().core;
    let relative = format!("{}/v1/file/preview/chat/1", core.public_url);
    for (mut ann, mut bob) in pairs(&node).await {
        let card = Ids::of(core).uid(bob.id);
        let freeim_only = [
            (
                json!({"type": "poke", "body": "!"}),
                json!({"type": 1, "content": "!"}),
            ),
            (
                json!({"type": "text", "body": "{\"content\":\"hi\",\"x\":1}"}),
                json!({"type": 1, "content": "hi"}),
            ),
            (
                json!({"type": "text", "body": "AAAA", "isPrivate": 1}),
                json!({"type": 1, "content": "[加密消息]"}),
            ),
            (
                json!({"type": "geo", "body": "the pass"}),
                json!({"type": 1, "content": "[位置] the pass"}),
            ),
        ];
        let picture = |url: &str, words: &str| {
            let mut body = file("");
            body["fileUrl"] = url.into();
            body["content"] = words.into();
            freeim("pic", &body)
        };
        let wukong_only = [
            (
                json!({"type": 9, "redpacket_no": "1", "blessing": "luck"}),
                json!({"type": "text", "body": "[红包]"}),
            ),
            (
                json!({"type": 7, "uid": &*card, "name": "Bob"}),
                json!({"type": "text", "body": "[名片] Bob"}),
            ),
            (
                json!({"type": 12, "url": URL, "placeholder": "[smile]"}),
                picture(URL, "[smile]"),
            ),
            (
                json!({"type": 2, "url": "file/preview/chat/1", "width": 3, "height": 4}),
                picture(&relative, ""),
            ),
            (
                json!({"type": 4711, "x": 1}),
                json!({"type": "text", "body": "[未知消息]"}),
            ),
        ];
        let cases: &[(Value, Value)] = match (ann.dialect, bob.dialect) {
            (Dialect::Freeim, Dialect::Wukong) => &freeim_only,
            (Dialect::Wukong, Dialect::Freeim) => &wukong_only,
            _ => continue,
        };
        for (said, shown) in cases {
            let id = ann.says(bob.place(), said).await;
            assert_eq!(opened(&bob.hears(id).await), opened(shown), "{said}");
        }
    }
}
