//! Operations 55 to 57: uploads, links, settings.

use super::Answer;
use super::caller::Authed;
use super::reply::{Reply, said};
use super::types::{Discover, all};
use crate::service::files::UploadGrant;
use serde_json::{Map, Value, json};

/// 55: where to upload to and to read from.
pub async fn upload_parameters(ask: Authed) -> Answer {
    let grant = grant(ask.services.files.grant(ask.caller.id));
    Ok(Reply::ok(said::NOTHING, &grant))
}

/// 56: the links of the discover page.
pub async fn discovers(ask: Authed) -> Answer {
    let links = ask.services.discovers.list().await?;
    Ok(Reply::items(&all::<Discover, _>(links)))
}

/// 57: the settings that every account may see, in their order.
pub async fn configs(ask: Authed) -> Answer {
    let settings = ask.services.settings.all_public().into_iter();
    let configs: Map<_, _> = settings
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    let grant = grant(ask.services.files.grant(ask.caller.id));
    Ok(Reply::ok(
        said::NOTHING,
        &json!({ "configs": configs, "qiniu": grant }),
    ))
}

fn grant(grant: UploadGrant) -> Value {
    json!({ "accessDomain": grant.access_domain, "uploadToken": grant.upload_token })
}
