//! Payloads to content.

use super::{Audience, TEXT, accounts};
use crate::dialect::object::Object;
use crate::dialect::wukong::ids::Ids;
use crate::domain::Content;
use crate::domain::content::Medium;
use crate::domain::message::Mentions;

/// What a payload of some type says.
pub fn content(kind: i64, object: &Object<'_>, ids: &Ids, base: &str) -> Content {
    let part = |name| object.text(name).unwrap_or_default();
    let medium = |seconds| medium(object, base, seconds);
    match kind {
        1 | 14 => Content::Text { text: part(TEXT) },
        2 | 3 => Content::Image(medium("")),
        4 => Content::Voice(medium("timeTrad")),
        5 => Content::Video(medium("second")),
        6 => Content::Place {
            longitude: object.number("lng"),
            latitude: object.number("lat"),
            title: object
                .text("title")
                .filter(|title| !title.is_empty())
                .unwrap_or_else(|| part("address")),
        },
        7 => card(object, ids),
        8 => Content::File(medium("")),
        12 | 13 => Content::Sticker(Medium {
            text: part("placeholder"),
            ..medium("")
        }),
        kind => custom(kind, part(TEXT)),
    }
}

fn card(object: &Object<'_>, ids: &Ids) -> Content {
    let name = object.text("name").unwrap_or_default();
    match object.text("uid").and_then(|uid| ids.account(&uid)) {
        Some(account) => Content::Card { account, name },
        None => Content::Custom {
            text: format!("[名片] {name}"),
        },
    }
}

/// What others read of a type that only this dialect knows.
fn custom(kind: i64, text: String) -> Content {
    let label = match kind {
        9 => "[红包]",
        10 => "[转账]",
        11 => "[聊天记录]",
        16 => "[组织邀请]",
        99 => "[命令]",
        9989..=9999 => "[通话]",
        _ => "[未知消息]",
    };
    let told = !text.is_empty() && !matches!(kind, 9 | 10);
    Content::Custom {
        text: if told { text } else { label.to_owned() },
    }
}

fn medium(object: &Object<'_>, base: &str, seconds: &str) -> Medium {
    let part = |name| object.text(name).unwrap_or_default();
    let number = |name| object.number(name).map_or(0, |number| number as i64).max(0);
    Medium {
        url: absolute(part("url"), base),
        name: part("name"),
        size: number("size"),
        seconds: number(seconds),
        width: number("width"),
        height: number("height"),
        poster: absolute(part("cover"), base),
        ..Medium::default()
    }
}

/// Other dialects' clients cannot complete an address.
fn absolute(url: String, base: &str) -> String {
    if url.is_empty() || url.contains("://") || url.starts_with("data:") {
        url
    } else {
        format!("{base}{}", url.trim_start_matches('/'))
    }
}

/// Who alone may see it; `None` for everybody.
pub fn audience(object: &Object<'_>, ids: &Ids) -> Audience {
    let uids = object.texts("visibles").filter(|uids| !uids.is_empty())?;
    Some(accounts(uids, ids).into())
}

/// Who is called upon.
pub fn mentions(object: &Object<'_>, ids: &Ids) -> Mentions {
    let Some(mention) = object.object("mention") else {
        return Mentions::default();
    };
    Mentions {
        all: mention.number("all") == Some(1.0),
        accounts: accounts(mention.texts("uids").unwrap_or_default(), ids),
    }
}
