//! Operations 48 to 50: what accounts keep for themselves.

use super::Answer;
use super::caller::Authed;
use super::reply::{Failure, MALFORMED, Reply};
use super::time;
use crate::domain::time::now;
use crate::service::favorites::{Favorite, NewFavorite};
use crate::service::opaque::Kind;
use serde_json::{Value, json};

/// Characters of a key, and of a name.
const TEXT: usize = 191;

/// 48: what the caller keeps, newest first.
pub async fn list(ask: Authed) -> Answer {
    let page = ask.args.page()?;
    let number = page.offset / page.limit + 1;
    let favorites = &ask.services.favorites;
    let kept = favorites.list(ask.caller, number, page.limit).await?;
    let shown: Vec<Value> = kept.into_iter().map(|kept| shown(&ask, kept)).collect();
    Ok(Reply::data(&shown))
}

fn shown(ask: &Authed, kept: Favorite) -> Value {
    let NewFavorite {
        kind,
        unique_key,
        author,
        author_name,
        body,
    } = kept.what;
    json!({
        "no": ask.ids.opaque.seal(Kind::Favorite, kept.id, None),
        "type": kind,
        "unique_key": unique_key,
        "author_uid": ask.ids.uid(author),
        "author_name": author_name,
        "payload": serde_json::from_str::<Value>(&body).unwrap_or_default(),
        "created_at": time::second(kept.created_at),
    })
}

/// 49: keeps something, once under each key.
pub async fn add(ask: Authed) -> Answer {
    let args = &ask.args;
    let kind = args.int("type")?.and_then(|kind| kind.try_into().ok());
    let unique_key = args.required("unique_key", TEXT, "收藏唯一key不能为空！")?;
    let author = args.required("author_uid", TEXT, "作者uid不能为空！")?;
    let author_name = args.required("author_name", TEXT, "作者名称不能为空！")?;
    let payload = args.members()?.remove("payload").filter(Value::is_object);
    let payload = payload.ok_or_else(|| Failure::said("收藏内容不能为空！"))?;
    let new = NewFavorite {
        kind: kind.ok_or_else(|| Failure::said(MALFORMED))?,
        unique_key,
        author: ask
            .ids
            .account(&author)
            .ok_or_else(|| Failure::said("作者uid不能为空！"))?,
        author_name,
        body: payload.to_string(),
    };
    ask.services.favorites.add(ask.caller, new).await?;
    Ok(Reply::ok())
}

/// 50: keeps something no longer. What is not the caller's stays.
pub async fn remove(ask: Authed) -> Answer {
    let no = ask.path("no");
    if let Some(id) = ask.ids.opaque.open(Kind::Favorite, &no, now()) {
        ask.services.favorites.remove(ask.caller, id).await?;
    }
    Ok(Reply::ok())
}
