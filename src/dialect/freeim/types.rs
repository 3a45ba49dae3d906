//! What this API shows. The misspellings and the one name with underscores are its own.

mod friends;
mod groups;
#[cfg(test)]
mod tests;

pub use self::friends::{Friend, FriendApply, FriendGroup, OneFriend};
pub use self::groups::{ChatGroup, ChatGroupInfo, ChatGroupNearby, FullChatGroup, JoinRequest};

use super::number::number;
use super::time::Time;
use crate::domain::{self, AccountId, Profile, RequestStatus};
use crate::service::accounts::AccountView;
use crate::service::discovers;
use crate::service::nearby::NearAccount;
use serde::Serialize;

/// An account: always all 17 fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    id: AccountId,
    username: String,
    email: String,
    mobile: String,
    nickname: String,
    avatar: String,
    gender: String,
    birth: String,
    age: i64,
    intro: String,
    #[serde(serialize_with = "number")]
    longitude: f64,
    #[serde(serialize_with = "number")]
    latitude: f64,
    country: String,
    province: String,
    city: String,
    district: String,
    online_status: &'static str,
}

impl From<AccountView> for Account {
    fn from(view: AccountView) -> Self {
        let age = view.account.age(domain::time::now());
        let domain::Account {
            id,
            name,
            email,
            mobile,
            profile,
            ..
        } = view.account;
        let Profile {
            nickname,
            avatar,
            gender,
            birth,
            intro,
            longitude,
            latitude,
            ..
        } = profile;
        Self {
            id,
            username: name,
            email: email.unwrap_or_default(),
            mobile: mobile.unwrap_or_default(),
            nickname,
            avatar,
            gender,
            birth,
            age,
            intro,
            longitude,
            latitude,
            country: profile.country,
            province: profile.province,
            city: profile.city,
            district: profile.district,
            online_status: if view.online { "online" } else { "offline" },
        }
    }
}

/// An account with its distance.
#[derive(Serialize)]
pub struct AccountNearby {
    #[serde(flatten)]
    account: Account,
    distance: String,
}

impl From<NearAccount> for AccountNearby {
    fn from(near: NearAccount) -> Self {
        Self {
            account: near.account.into(),
            distance: distance(near.metres),
        }
    }
}

/// A link of the discover page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Discover {
    id: i64,
    created_at: Time,
    updated_at: Time,
    name: String,
    logo: String,
    url: String,
    password: String,
}

impl From<discovers::Discover> for Discover {
    fn from(link: discovers::Discover) -> Self {
        let discovers::Discover {
            id,
            name,
            logo,
            url,
            password,
            created_at,
            updated_at,
            ..
        } = link;
        Self {
            id,
            created_at: Time(created_at),
            updated_at: Time(updated_at),
            name,
            logo,
            url,
            password,
        }
    }
}

/// Everything in a list as it is shown.
pub fn all<View: From<T>, T>(items: Vec<T>) -> Vec<View> {
    items.into_iter().map(View::from).collect()
}

/// A member that is shown, but never holds anything.
type Null = ();

/// Whole metres.
fn distance(metres: f64) -> String {
    format!("{metres:.0}m")
}

/// The names of how a request stands.
fn status(status: RequestStatus) -> &'static str {
    match status {
        RequestStatus::Waiting => "wait",
        RequestStatus::Passed => "pass",
        RequestStatus::Denied => "deny",
    }
}
