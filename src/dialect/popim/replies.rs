//! Operations 43 to 46: what agents keep ready to be said.

use super::Answer;
use super::args::{Args, bad};
use super::caller::Acting;
use super::reply::{BAD, Failure, IndexedMap, Reply, Wording};
use crate::error::ErrorKind;
use crate::service::canned::{Canned, Text, TextPatch};
use serde::Serialize;

/// The kinds: what is said first, what is said often, and what is asked often.
const KINDS: std::ops::RangeInclusive<i64> = 1..=3;
const NOT_YOURS: &[(ErrorKind, i64, &str)] = &[(ErrorKind::NotFound, BAD, "回复不存在")];

/// A text as clients list it.
#[derive(Debug, PartialEq, Serialize)]
struct Row {
    id: i64,
    #[serde(rename = "type")]
    kind: i16,
    title: String,
    keyword: String,
    content: String,
    is_show: u8,
    weights: i32,
    is_default: u8,
}

/// 43: the caller's texts by kind.
pub async fn list(ask: Acting) -> Answer {
    let kept = ask.services.canned.list(ask.caller).await?;
    let escaped = |text: &str| ask.escape.text(text).into_owned();
    let rows = kept.iter().map(|Canned { id, text }| Row {
        id: *id,
        kind: text.kind,
        title: escaped(&text.title),
        keyword: escaped(&text.keyword),
        content: escaped(&text.content),
        is_show: text.shown.into(),
        weights: text.weight,
        is_default: text.chosen.into(),
    });
    Ok(Reply::data(&by_kind(rows)))
}

/// Rows that come by kind, under their kinds.
fn by_kind(rows: impl Iterator<Item = Row>) -> IndexedMap<i16, Vec<Row>> {
    let mut kinds: Vec<(i16, Vec<Row>)> = Vec::new();
    for row in rows {
        match kinds.last_mut() {
            Some((kind, rows)) if *kind == row.kind => rows.push(row),
            _ => kinds.push((row.kind, vec![row])),
        }
    }
    IndexedMap(kinds)
}

/// 44: keeps a text.
pub async fn add(ask: Acting) -> Answer {
    let args = &ask.args;
    let text = Text {
        kind: kind(args)?,
        title: args.need("title")?.to_owned(),
        content: args.need("content")?.to_owned(),
        keyword: args.text("keyword").unwrap_or_default().to_owned(),
        weight: weight(args)?.unwrap_or(0),
        chosen: args.flag("is_default")?.unwrap_or(false),
        shown: args.flag("is_show")?.unwrap_or(true),
    };
    ask.may_write()?;
    ask.services.canned.add(ask.caller, text).await?;
    Ok(Reply::nothing())
}

/// 45: changes a text. What is optional stays as it is unless it is given.
pub async fn update(ask: Acting) -> Answer {
    let args = &ask.args;
    let id = args.need_int("rid")?;
    let patch = TextPatch {
        kind: Some(kind(args)?),
        title: Some(args.need("title")?.to_owned()),
        content: Some(args.need("content")?.to_owned()),
        keyword: args.present("keyword").map(str::to_owned),
        weight: weight(args)?,
        chosen: args.flag("is_default")?,
        shown: args.flag("is_show")?,
    };
    ask.may_write()?;
    let canned = &ask.services.canned;
    canned
        .update(ask.caller, id, patch)
        .await
        .worded(NOT_YOURS)?;
    Ok(Reply::nothing())
}

/// 46: keeps a text no longer.
pub async fn delete(ask: Acting) -> Answer {
    let id = ask.args.need_int("rid")?;
    ask.may_write()?;
    let canned = &ask.services.canned;
    canned.remove(ask.caller, id).await.worded(NOT_YOURS)?;
    Ok(Reply::nothing())
}

fn kind(args: &Args) -> Result<i16, Failure> {
    let kind = args.need_int("type")?;
    match i16::try_from(kind) {
        Ok(number) if KINDS.contains(&kind) => Ok(number),
        _ => Err(bad()),
    }
}

fn weight(args: &Args) -> Result<Option<i32>, Failure> {
    let weight = args.int("weights")?;
    weight
        .map(|weight| i32::try_from(weight).map_err(|_| bad()))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(id: i64, kind: i16) -> Row {
        Row {
            id,
            kind,
            title: "t".to_owned(),
            keyword: String::new(),
            content: "c".to_owned(),
            is_show: 1,
            weights: 0,
            is_default: 0,
        }
    }

    #[test]
    fn texts_are_listed_under_their_kinds() {
        let listed = by_kind([row(4, 1), row(2, 1), row(3, 3)].into_iter());
        let listed = serde_json::to_value(&listed).unwrap();
        let ids = |kind: &str| {
            listed[kind]
                .as_array()
                .map(|rows| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>())
        };
        assert_eq!(ids("1"), Some(vec![json!(4), json!(2)]));
        assert_eq!(ids("2"), None);
        assert_eq!(listed["3"][0]["type"], 3);
    }

    #[test]
    fn without_texts_there_is_an_empty_list() {
        let listed = by_kind([].into_iter());
        assert_eq!(serde_json::to_string(&listed).unwrap(), "[]");
    }
}
