//! Friends and the requests to become some, as clients list them.

use super::avatar;
use super::group::name;
use crate::dialect::popim::caller::Acting;
use crate::domain::{AccountId, RequestStatus};
use crate::service::accounts::AccountView;
use crate::service::contacts::RequestView;
use serde::Serialize;
use serde_json::json;

/// Somebody in the address book.
#[derive(Debug, Serialize)]
pub struct Friend {
    uid: AccountId,
    avatar: String,
    state: &'static str,
    name: String,
    is_member: u8,
}

impl Friend {
    /// Somebody by the name that the caller knows them by. `paying` is whether they are a paying member.
    pub fn of(ask: &Acting, view: &AccountView, name: &str, paying: bool) -> Self {
        Self {
            uid: view.account.id,
            avatar: avatar(ask, &view.account.profile.avatar),
            state: if view.online { "online" } else { "offline" },
            name: ask.escape.text(name).into_owned(),
            is_member: u8::from(paying),
        }
    }
}

/// A request, with who asks.
#[derive(Debug, Serialize)]
pub struct FriendRequest {
    nid: i64,
    from: AccountId,
    to: AccountId,
    #[serde(rename = "type")]
    kind: &'static str,
    /// JSON in a text.
    data: String,
    operation: &'static str,
    timestamp: i64,
    nickname: String,
    avatar: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
}

impl FriendRequest {
    /// A request as it is listed.
    pub fn of(ask: &Acting, view: &RequestView) -> Self {
        let escaped = |text: &str| ask.escape.text(text).into_owned();
        let (request, from) = (&view.request, &view.from.account);
        Self {
            nid: request.id,
            from: request.from,
            to: request.to,
            kind: "add_friend",
            data: json!({ "postscript": escaped(&request.reason) }).to_string(),
            operation: operation(request.status),
            timestamp: request.created_at / 1000,
            nickname: escaped(name(from)),
            avatar: avatar(ask, &from.profile.avatar),
            username: None,
        }
    }

    /// A request as it is shown alone.
    pub fn in_detail(ask: &Acting, view: &RequestView) -> Self {
        let username = ask.escape.text(&view.from.account.name).into_owned();
        Self {
            username: Some(username),
            ..Self::of(ask, view)
        }
    }
}

fn operation(status: RequestStatus) -> &'static str {
    match status {
        RequestStatus::Waiting => "not_operated",
        RequestStatus::Passed => "agree",
        RequestStatus::Denied => "refuse",
    }
}
