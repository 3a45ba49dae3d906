//! Operations 48 to 50: what accounts keep for themselves.

use super::Answer;
use super::caller::Authed;
use super::ids::Ids;
use super::reply::{Failure, MALFORMED, Reply};
use super::time;
use crate::domain::time::now;
use crate::service::favorites::{Favorite, NewFavorite, PAGE};
use crate::service::opaque::{Kind, Uid};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Characters of a key, and of a name.
const TEXT: usize = 191;

/// 48: what the caller keeps, newest first.
pub async fn list(ask: Authed) -> Answer {
    let page = ask.args.page(PAGE)?;
    let favorites = &ask.services.favorites;
    let kept = favorites.list(ask.caller, page.offset, page.limit).await?;
    let ids = ask.ids.clone();
    Reply::written(move || {
        let shown: Vec<Shown<'_>> = kept.iter().map(|kept| Shown::of(kept, &ids)).collect();
        Reply::data(&shown)
    })
    .await
}

/// Something kept.
#[derive(Serialize)]
struct Shown<'a> {
    no: Uid,
    r#type: i16,
    unique_key: &'a str,
    author_uid: Uid,
    author_name: &'a str,
    payload: Option<&'a RawValue>,
    created_at: String,
}

impl<'a> Shown<'a> {
    fn of(kept: &'a Favorite, ids: &Ids) -> Self {
        let what = &kept.what;
        Self {
            no: ids.opaque.seal(Kind::Favorite, kept.id, None),
            r#type: what.kind,
            unique_key: &what.unique_key,
            author_uid: ids.uid(what.author),
            author_name: &what.author_name,
            // What is no JSON cannot have come in.
            payload: serde_json::from_str(&what.body).ok(),
            created_at: time::second(kept.created_at),
        }
    }
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
