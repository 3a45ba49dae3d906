//! Content to payloads.

use crate::dialect::wukong::ids::Ids;
use crate::domain::Content;
use crate::domain::content::Medium;
use serde::Serialize;
use serde_json::json;

/// What a reader sees of a message only another dialect's clients can decrypt.
const SEALED: &str = "[加密消息]";

/// The keys stand in the order in which the SDKs write them.
#[derive(Serialize)]
struct Text<'a> {
    content: &'a str,
    #[serde(rename = "type")]
    kind: u8,
}

/// The payload of a text, byte for byte as the SDKs write it.
pub fn text(content: &str) -> String {
    serde_json::to_string(&Text { content, kind: 1 }).unwrap_or_default()
}

/// The payload of what came through another dialect, or of what the core's content says all of.
pub fn payload(content: &Content, ids: &Ids) -> String {
    match content {
        Content::Text { text: words } | Content::Custom { text: words } => text(words),
        Content::Notice { text: words } => json!({ "type": 2000, "content": words }).to_string(),
        Content::Image(medium) => medium_or_text(medium, |m| {
            json!({ "type": 2, "url": m.url, "width": m.width, "height": m.height })
        }),
        // Of the two kinds of stickers that clients can show, this needs no animation player.
        Content::Sticker(medium) => medium_or_text(medium, |m| {
            json!({ "type": 3, "url": m.url, "width": m.width, "height": m.height })
        }),
        Content::Voice(medium) => medium_or_text(medium, |m| {
            json!({ "type": 4, "url": m.url, "timeTrad": m.seconds, "waveform": "" })
        }),
        Content::Video(medium) => medium_or_text(medium, |m| {
            json!({
                "type": 5, "url": m.url, "cover": m.poster, "size": m.size,
                "width": m.width, "height": m.height, "second": m.seconds,
            })
        }),
        Content::File(medium) => medium_or_text(medium, |m| {
            json!({ "type": 8, "url": m.url, "name": m.name, "size": m.size })
        }),
        Content::Place {
            longitude: Some(lng),
            latitude: Some(lat),
            title,
        } => json!({ "type": 6, "lng": lng, "lat": lat, "title": title, "address": title, "img": "" })
            .to_string(),
        Content::Place { title, .. } => text(&format!("[位置] {title}")),
        Content::Card { account, name } => {
            let uid = ids.uid(*account);
            json!({ "type": 7, "uid": uid, "name": name, "vercode": "" }).to_string()
        }
        Content::Sealed => text(SEALED),
    }
}

/// A file without an address is no more than the words beside it. Where there are both, the words stand in the payload, too.
fn medium_or_text(medium: &Medium, payload: impl FnOnce(&Medium) -> serde_json::Value) -> String {
    if medium.url.is_empty() {
        return text(&medium.text);
    }
    let mut payload = payload(medium);
    if !medium.text.is_empty() {
        payload[super::TEXT] = medium.text.as_str().into();
    }
    payload.to_string()
}
