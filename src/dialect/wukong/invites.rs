//! Operations 44 and 45, and their like in the contract's section 7.4: proposing members, and coming by a picture.

use super::Answer;
use super::caller::{Authed, Open};
use super::group_members::NOBODY_CAN_COME;
use super::groups::{announce, announce_as, with};
use super::notice;
use super::reply::{Failure, Reply, Wording};
use super::types::user::name;
use crate::domain::time::now;
use crate::error::{ErrorKind, Result};
use crate::service::opaque::Kind;
use serde_json::{Value, json};

/// Characters of a code, and of the words with a proposal.
const CODE: usize = 64;
const REMARK: usize = 191;
const UNKNOWN: &str = "邀请信息不存在！";
const NOBODY: &str = "被邀请者不能为空！";
const EXPIRED: &str = "授权码失效或不存在！";

/// 44: proposes members to those who lead the group.
pub async fn propose(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let named = ask.args.texts("uids", NOBODY)?;
    let accounts = ask.accounts(&named);
    if accounts.is_empty() {
        return Err(Failure::said(NOBODY));
    }
    let remark = ask.args.optional("remark", REMARK)?.unwrap_or_default();
    let invites = &ask.services.channel_invites;
    let (invite, managers) = invites
        .create(ask.caller, channel, accounts, remark)
        .await
        .worded(&[(ErrorKind::AccountUnknown, NOBODY)])?;
    let invite_no = ask.ids.opaque.seal(Kind::Invite, invite.id, None);
    let count = invite.accounts.len();
    announce(
        &ask,
        channel,
        Some(managers.clone()),
        vec![ask.me()],
        |names| notice::invited(ask.me(), count, &invite_no, &managers, names),
    )
    .await;
    Ok(Reply::ok())
}

/// 45: where one who leads the group confirms a proposal.
pub async fn confirmation(ask: Authed) -> Answer {
    ask.group_in_path()?;
    let invite = invite_no(
        &ask.args.optional("invite_no", CODE)?.unwrap_or_default(),
        &ask,
    )?;
    let invites = &ask.services.channel_invites;
    let auth_code = invites.confirming(ask.caller, invite).await.worded(&[
        (ErrorKind::NotFound, UNKNOWN),
        (ErrorKind::NotManager, "你不是群主或管理员！"),
    ])?;
    let (base, no) = (
        &ask.services.core.public_url,
        ask.ids.opaque.seal(Kind::Invite, invite, None),
    );
    let url = format!("{base}/h5/invite_detail.html?invite_no={no}&auth_code={auth_code}");
    Ok(Reply::data_with_status(&json!({ "url": url })))
}

/// A proposal.
pub async fn get(ask: Open) -> Answer {
    let invite = invite_no(&ask.path("invite_no"), &ask)?;
    let invites = &ask.services.channel_invites;
    let view = invites.find(invite).await;
    let view = view.worded(&[(ErrorKind::NotFound, UNKNOWN)])?;
    let items: Vec<Value> = view
        .accounts
        .iter()
        .map(|named| json!({ "uid": ask.ids.uid(named.account.id), "name": name(&named.account) }))
        .collect();
    Ok(Reply::data(&json!({
        "invite_no": ask.ids.opaque.seal(Kind::Invite, view.invite.id, None),
        "group_no": ask.ids.group(view.invite.channel),
        "inviter": ask.ids.uid(view.invite.inviter),
        "inviter_name": name(&view.inviter.account),
        "remark": view.invite.remark,
        "status": u8::from(view.invite.confirmed),
        "items": items,
    })))
}

/// Confirms a proposal: whom it names is brought in.
pub async fn confirm(ask: Open) -> Answer {
    let code = ask.args.optional("auth_code", CODE)?.unwrap_or_default();
    let invites = &ask.services.channel_invites;
    let (invite, by, came) = invites.confirm(&code).await.worded(&[
        (ErrorKind::CodeExpired, EXPIRED),
        (ErrorKind::NotFound, UNKNOWN),
        (ErrorKind::NotManager, "你不是群主或管理员！"),
    ])?;
    if !came.is_empty() {
        let inviter = invite.inviter;
        let about = with(&came, inviter);
        let said = announce_as(&ask, by, invite.channel, None, about, |names| {
            notice::added(inviter, &came, names)
        });
        if let Err(fault) = said.await {
            log::warn!("new members could not be announced: {fault}");
        }
    }
    Ok(Reply::ok())
}

/// Enters a group whose picture was scanned.
pub async fn join(ask: Open) -> Answer {
    let channel = ask.group_in_path()?;
    let code = ask.args.optional("auth_code", CODE)?.unwrap_or_default();
    let expired = [(ErrorKind::CodeExpired, EXPIRED)];
    let entry = ask.services.channel_invites.enter(&code).worded(&expired)?;
    if entry.channel != channel {
        return Err(Failure::said(EXPIRED));
    }
    let (who, host) = (entry.account, entry.host);
    let channels = &ask.services.channels;
    let joined = channels.join_by_code(who, host, channel).await;
    if joined.worded(&[(ErrorKind::Barred, NOBODY_CAN_COME)])? {
        let about = vec![who, host];
        let said = announce_as(&ask, who, channel, None, about, |names| {
            notice::joined(who, host, names)
        });
        if let Err(fault) = said.await {
            log::warn!("a new member could not be announced: {fault}");
        }
    }
    Ok(Reply::ok())
}

/// The number of the proposal behind its name.
fn invite_no(text: &str, ask: &super::caller::Request) -> Result<i64, Failure> {
    let open = ask.ids.opaque.open(Kind::Invite, text, now());
    open.ok_or_else(|| Failure::said(UNKNOWN))
}
