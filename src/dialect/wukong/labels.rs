//! Operations 80 to 84: labels, which group the caller's friends.

use super::Answer;
use super::caller::Authed;
use super::reply::{Failure, Reply};
use super::types::user::name;
use crate::error::Result;
use crate::service::contact_groups::{ContactGroupView, GroupedContact};
use serde_json::{Value, json};

/// Characters of a name.
const NAME: usize = 50;
const NO_NAME: &str = "标签名字不能为空";
const NO_LABEL: &str = "标签不存在";

/// 80: makes a label.
pub async fn create(ask: Authed) -> Answer {
    let name = ask.args.required("name", NAME, NO_NAME)?;
    let members = ask.accounts(&ask.args.texts_if_any("member_uids")?);
    let labels = &ask.services.contact_groups;
    let id = labels.create(ask.me(), name, members).await?;
    Ok(Reply::data_with_status(&json!({ "id": id })))
}

/// 81: the caller's labels.
pub async fn list(ask: Authed) -> Answer {
    let labels = ask.services.contact_groups.list(ask.me()).await?;
    let shown: Vec<Value> = labels.iter().map(|label| shown(&ask, label)).collect();
    Ok(Reply::data(&shown))
}

/// 82: gives a label another name and other members.
pub async fn replace(ask: Authed) -> Answer {
    let id = id(&ask)?;
    let name = ask.args.required("name", NAME, NO_NAME)?;
    let members = ask.accounts(&ask.args.texts_if_any("member_uids")?);
    let labels = &ask.services.contact_groups;
    labels.replace(ask.me(), id, name, members).await?;
    Ok(Reply::ok())
}

/// 83: removes a label.
pub async fn delete(ask: Authed) -> Answer {
    let id = id(&ask)?;
    ask.services.contact_groups.delete(ask.me(), id).await?;
    Ok(Reply::ok())
}

/// 84: one label.
pub async fn get(ask: Authed) -> Answer {
    let id = id(&ask)?;
    let label = ask.services.contact_groups.get(ask.me(), id).await?;
    Ok(Reply::data(&shown(&ask, &label)))
}

fn id(ask: &Authed) -> Result<i64, Failure> {
    let id = ask.path("id").parse();
    id.map_err(|_| Failure::said(NO_LABEL))
}

fn shown(ask: &Authed, label: &ContactGroupView) -> Value {
    let member = |contact: &GroupedContact| {
        json!({
            "uid": ask.ids.uid(contact.account.account.id),
            "name": name(&contact.account.account),
            "remark": contact.contact.remark,
        })
    };
    json!({
        "id": label.id,
        "name": label.name,
        "count": label.friends.len(),
        "members": label.friends.iter().map(member).collect::<Vec<_>>(),
    })
}
