//! freeIM's message bodies and the core's content, both ways. A body is plain text or the text of a JSON object with the keys
//! `content`, `thumb`, `fileUrl`, `filePath`, `fileName`.

use crate::dialect::object::Object;
use crate::domain::content::{ContentKind, Medium};
use crate::domain::message::Draft;
use crate::domain::{Content, Dialect};
use crate::service::chat::Only;
use serde::Serialize;
use std::borrow::Cow;

/// What a reader of another dialect sees of a message only the sender's clients can decrypt.
const SEALED: &str = "[加密消息]";

/// The key of a body's text part.
const TEXT: &str = "content";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    content: &'a str,
    thumb: &'a str,
    file_url: &'a str,
    file_path: &'a str,
    file_name: &'a str,
}

/// A message as freeIM's clients send it. The body is kept as it came, unless the core's content says all of it.
pub fn draft(word: &str, body: String, sealed: bool) -> Draft {
    let content = if sealed {
        Content::Sealed
    } else {
        read(word, &body)
    };
    let plain = matches!(&content, Content::Text { text } if *text == body);
    let raw = (!plain).then_some(body);
    Draft {
        raw,
        sealed,
        ..Draft::plain(Dialect::Freeim, word, content)
    }
}

fn read(word: &str, body: &str) -> Content {
    let object = Object::read(body);
    let object = object.as_ref();
    match kind(word) {
        Some(ContentKind::Text) => Content::Text {
            text: text(object, body),
        },
        Some(ContentKind::Image) => Content::Image(medium(object, body)),
        Some(ContentKind::Voice) => Content::Voice(medium(object, body)),
        Some(ContentKind::Video) => Content::Video(medium(object, body)),
        Some(ContentKind::File) => Content::File(medium(object, body)),
        Some(ContentKind::Place) => place(object, text(object, body)),
        _ => Content::Custom {
            text: text(object, body),
        },
    }
}

/// The text part: the string `content` of a body that is an object, else all of the body.
fn text(object: Option<&Object<'_>>, body: &str) -> String {
    let part = object.and_then(|object| object.text(TEXT));
    part.unwrap_or_else(|| body.to_owned())
}

fn medium(object: Option<&Object<'_>>, body: &str) -> Medium {
    let Some(object) = object else {
        return Medium {
            url: body.to_owned(),
            ..Medium::default()
        };
    };
    let part = |name| object.text(name).unwrap_or_default();
    Medium {
        url: part("fileUrl"),
        thumb: part("thumb"),
        name: part("fileName"),
        text: part(TEXT),
        ..Medium::default()
    }
}

/// A place. The document gives its body no shape, so coordinates are taken where clients usually put them.
fn place(object: Option<&Object<'_>>, title: String) -> Content {
    let degrees = |names: [&str; 3]| names.iter().find_map(|name| object?.number(name));
    Content::Place {
        longitude: degrees(["longitude", "lng", "lon"]),
        latitude: degrees(["latitude", "lat", "y"]),
        title,
    }
}

/// What freeIM's word for a type stands for in the core.
fn kind(word: &str) -> Option<ContentKind> {
    Some(match word {
        "text" => ContentKind::Text,
        "pic" => ContentKind::Image,
        "voice" => ContentKind::Voice,
        "video" => ContentKind::Video,
        "geo" => ContentKind::Place,
        "file" => ContentKind::File,
        _ => return None,
    })
}

/// The filter for one of freeIM's types.
pub fn only(word: &str) -> Only {
    Only {
        dialect: Dialect::Freeim,
        word: word.to_owned(),
        kind: kind(word),
    }
}

/// Puts another text into a text message, keeping the other keys of its body and their order.
pub fn reword(draft: &mut Draft, text: String) {
    let object = draft.raw.as_deref().and_then(Object::read);
    let raw = object.map(|object| object.with_text(TEXT, &text));
    draft.raw = raw;
    draft.content = Content::Text { text };
}

/// The type and body of any message, in freeIM's terms.
pub fn body(draft: &Draft) -> (&str, Cow<'_, str>) {
    if draft.dialect == Dialect::Freeim {
        let body = match (&draft.raw, &draft.content) {
            (Some(raw), _) => raw,
            (None, Content::Text { text }) => text,
            (None, _) => "",
        };
        return (&draft.word, Cow::Borrowed(body));
    }
    match &draft.content {
        Content::Text { text } | Content::Custom { text } | Content::Notice { text } => {
            ("text", Cow::Borrowed(text))
        }
        Content::Image(medium) | Content::Sticker(medium) => ("pic", medium_body(medium)),
        Content::Voice(medium) => ("voice", medium_body(medium)),
        Content::Video(medium) => ("video", medium_body(medium)),
        Content::File(medium) => ("file", medium_body(medium)),
        Content::Place {
            longitude,
            latitude,
            title,
        } => {
            let body = serde_json::json!({ "content": title, "longitude": longitude, "latitude": latitude });
            ("geo", Cow::Owned(body.to_string()))
        }
        Content::Card { name, .. } => ("text", Cow::Owned(format!("[名片] {name}"))),
        Content::Sealed => ("text", Cow::Borrowed(SEALED)),
    }
}

fn medium_body(medium: &Medium) -> Cow<'_, str> {
    let body = Body {
        content: &medium.text,
        thumb: &medium.thumb,
        file_url: &medium.url,
        file_path: "",
        file_name: &medium.name,
    };
    Cow::Owned(serde_json::to_string(&body).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_comes_back_as_it_was_sent() {
        let bodies = [
            "hello",
            "",
            "{",
            "{\"content\":\"a\",\"x\":1}",
            "[1]",
            "{\"content\":5}",
            "\u{1F600}",
            " { \"content\" : \"a\", \"content\":\"\\ud800\" } ",
        ];
        for word in ["text", "pic", "voice", "video", "geo", "file", "poke"] {
            for text in bodies {
                for sealed in [false, true] {
                    let draft = draft(word, text.to_owned(), sealed);
                    assert_eq!(body(&draft), (word, Cow::Borrowed(text)), "{word} {sealed}");
                }
            }
        }
    }

    #[test]
    fn plain_text_is_stored_once() {
        assert_eq!(draft("text", "hello".to_owned(), false).raw, None);
    }

    #[test]
    fn the_text_part_of_an_object_is_its_content() {
        let draft = draft("text", "{\"content\":\"hi\",\"x\":1}".to_owned(), false);
        assert_eq!(
            draft.content,
            Content::Text {
                text: "hi".to_owned()
            }
        );
    }

    #[test]
    fn rewording_keeps_the_other_keys_in_order() {
        let mut draft = draft(
            "text",
            "{\"z\":1,\"content\":\"bad\",\"a\":2}".to_owned(),
            false,
        );
        reword(&mut draft, "good".to_owned());
        assert_eq!(
            draft.raw.as_deref(),
            Some("{\"z\":1,\"content\":\"good\",\"a\":2}")
        );
        assert_eq!(
            draft.content,
            Content::Text {
                text: "good".to_owned()
            }
        );
    }

    #[test]
    fn what_cannot_be_represented_hides_no_text() {
        let mut draft = draft(
            "text",
            r#" {"x":1e999,"content":"\u0062ad","y":"\ud800"}"#.to_owned(),
            false,
        );
        let text = "bad".to_owned();
        assert_eq!(draft.content, Content::Text { text });
        reword(&mut draft, "***".to_owned());
        let reworded = r#"{"x":1e999,"content":"***","y":"\ud800"}"#;
        assert_eq!(body(&draft), ("text", Cow::Borrowed(reworded)));
    }

    #[test]
    fn a_foreign_picture_becomes_a_picture_body() {
        let medium = Medium {
            url: "http://x/y".to_owned(),
            name: "y".to_owned(),
            ..Medium::default()
        };
        let draft = Draft {
            raw: Some("img[http://x/y]".to_owned()),
            ..Draft::plain(Dialect::Popim, "", Content::Image(medium))
        };
        let (word, text) = body(&draft);
        assert_eq!(word, "pic");
        assert_eq!(read("pic", &text), draft.content);
    }
}
