//! Operations 10 to 12: the caller's own account.

use super::Answer;
use super::args::{AVATAR, Args, INTRO, NAME};
use super::caller::Authed;
use super::reply::{Reply, said};
use super::types::Account;
use crate::error::Result;
use crate::service::accounts::ProfilePatch;
use serde_json::json;

const GENDER: usize = 10;

/// 10: the caller's account.
pub async fn info(ask: Authed) -> Answer {
    let me = ask.services.accounts.me(ask.caller.id).await?;
    Ok(Reply::ok(
        said::NOTHING,
        &json!({ "account": Account::from(me) }),
    ))
}

/// 11: sets a password. The old one is not asked for.
pub async fn change_password(ask: Authed) -> Answer {
    let password = ask.args.password()?;
    ask.services
        .accounts
        .change_password(ask.caller.id, password)
        .await?;
    Ok(Reply::done(said::SET))
}

/// 12: changes the profile; what is absent or empty stays as it is.
pub async fn update(ask: Authed) -> Answer {
    let patch = patch(&ask.args)?;
    ask.services
        .accounts
        .update_profile(ask.caller.id, patch)
        .await?;
    Ok(Reply::done(said::SET))
}

fn patch(args: &Args) -> Result<ProfilePatch> {
    Ok(ProfilePatch {
        nickname: args.optional("nickname", NAME)?,
        avatar: args.optional("avatar", AVATAR)?,
        gender: args.optional("gender", GENDER)?,
        intro: args.optional("intro", INTRO)?,
        country: args.optional("country", NAME)?,
        province: args.optional("province", NAME)?,
        city: args.optional("city", NAME)?,
        district: args.optional("district", NAME)?,
        longitude: args.degrees("longitude")?,
        latitude: args.degrees("latitude")?,
    })
}
