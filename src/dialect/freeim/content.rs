//! freeIM's message bodies and the core's content, both ways. A body is plain text or the text of a JSON object with the keys
//! `content`, `thumb`, `fileUrl`, `filePath`, `fileName`.

use crate::domain::content::{ContentKind, Medium};
use crate::domain::message::Draft;
use crate::domain::{Content, Dialect};
use crate::service::chat::Only;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What a reader of another dialect sees of a message only the sender's clients can decrypt.
const SEALED: &str = "[加密消息]";

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body<'a> {
    content: Cow<'a, str>,
    thumb: Cow<'a, str>,
    file_url: Cow<'a, str>,
    file_path: Cow<'a, str>,
    file_name: Cow<'a, str>,
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
        dialect: Dialect::Freeim,
        word: word.to_owned(),
        content,
        raw,
        sealed,
    }
}

fn read(word: &str, body: &str) -> Content {
    let parsed: Option<Body<'_>> = body
        .starts_with('{')
        .then(|| serde_json::from_str(body).ok())
        .flatten();
    let has_text = || text_part(body).is_some();
    let medium = |parsed: Option<Body<'_>>| match parsed {
        Some(parsed) => Medium {
            url: parsed.file_url.into_owned(),
            thumb: parsed.thumb.into_owned(),
            name: parsed.file_name.into_owned(),
            text: parsed.content.into_owned(),
        },
        None => Medium {
            url: body.to_owned(),
            ..Medium::default()
        },
    };
    let text = |parsed: Option<Body<'_>>| match parsed {
        Some(parsed) if has_text() => parsed.content.into_owned(),
        _ => body.to_owned(),
    };
    match kind(word) {
        Some(ContentKind::Text) => Content::Text {
            text: text_part(body).unwrap_or_else(|| body.to_owned()),
        },
        Some(ContentKind::Image) => Content::Image(medium(parsed)),
        Some(ContentKind::Voice) => Content::Voice(medium(parsed)),
        Some(ContentKind::Video) => Content::Video(medium(parsed)),
        Some(ContentKind::File) => Content::File(medium(parsed)),
        Some(ContentKind::Place) => place(body, text(parsed)),
        _ => Content::Custom { text: text(parsed) },
    }
}

/// The text part of a body that is a JSON object: its string `content`.
fn text_part(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Part {
        content: String,
    }
    let part: Part = body
        .starts_with('{')
        .then(|| serde_json::from_str(body).ok())
        .flatten()?;
    Some(part.content)
}

/// A place. The document gives its body no shape, so coordinates are taken where clients usually put them.
fn place(body: &str, title: String) -> Content {
    let object: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
    let degrees = |keys: [&str; 3]| {
        let value = keys.iter().find_map(|key| object.get(*key))?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    };
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
    if let Some(raw) = &draft.raw
        && let Ok(mut object) = serde_json::from_str::<Map<String, Value>>(raw)
    {
        object.insert("content".to_owned(), Value::String(text.clone()));
        draft.raw = Some(Value::Object(object).to_string());
    }
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
        Content::Text { text } | Content::Custom { text } => ("text", Cow::Borrowed(text)),
        Content::Image(medium) => ("pic", medium_body(medium)),
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
        Content::Sealed => ("text", Cow::Borrowed(SEALED)),
    }
}

fn medium_body(medium: &Medium) -> Cow<'_, str> {
    let body = Body {
        content: Cow::Borrowed(&medium.text),
        thumb: Cow::Borrowed(&medium.thumb),
        file_url: Cow::Borrowed(&medium.url),
        file_path: Cow::Borrowed(""),
        file_name: Cow::Borrowed(&medium.name),
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
    fn a_foreign_picture_becomes_a_picture_body() {
        let medium = Medium {
            url: "http://x/y".to_owned(),
            name: "y".to_owned(),
            ..Medium::default()
        };
        let draft = Draft {
            dialect: Dialect::Popim,
            word: String::new(),
            content: Content::Image(medium),
            raw: Some("img[http://x/y]".to_owned()),
            sealed: false,
        };
        let (word, text) = body(&draft);
        assert_eq!(word, "pic");
        assert_eq!(read("pic", &text), draft.content);
    }
}
