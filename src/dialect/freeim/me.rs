//! Operations 10 to 12: the caller's own account.

use super::Answer;
use super::args::{AVATAR, INTRO, NAME, degrees, password, text};
use super::caller::Authed;
use super::reply::{Reply, said};
use super::types::Account;
use crate::dialect::body::Fields;
use crate::error::Result;
use crate::service::accounts::ProfilePatch;
use serde_json::json;

const GENDER: usize = 10;

/// 10: the caller's account.
pub async fn info(ask: Authed) -> Answer {
    let account = Account::from(ask.services.accounts.me(ask.caller.id).await?);
    Ok(Reply::ok(said::NOTHING, &json!({ "account": account })))
}

/// 11: sets a password. The old one is not asked for.
pub async fn change_password(ask: Authed) -> Answer {
    ask.services
        .accounts
        .change_password(ask.caller.id, password(&ask.fields)?)
        .await?;
    Ok(Reply::done(said::SET))
}

/// 12: changes the profile; what is absent or empty stays as it is.
pub async fn update(ask: Authed) -> Answer {
    ask.services
        .accounts
        .update_profile(ask.caller.id, patch(&ask.fields)?)
        .await?;
    Ok(Reply::done(said::SET))
}

fn patch(fields: &Fields) -> Result<ProfilePatch> {
    Ok(ProfilePatch {
        nickname: text(fields, "nickname", NAME)?,
        avatar: text(fields, "avatar", AVATAR)?,
        gender: text(fields, "gender", GENDER)?,
        intro: text(fields, "intro", INTRO)?,
        country: text(fields, "country", NAME)?,
        province: text(fields, "province", NAME)?,
        city: text(fields, "city", NAME)?,
        district: text(fields, "district", NAME)?,
        longitude: degrees(fields, "longitude")?,
        latitude: degrees(fields, "latitude")?,
    })
}
