//! Accounts as clients see them (contract, section 2.2).

use super::group::{Looks, name};
use crate::dialect::popim::ids::number_of;
use crate::domain::{AccountId, AccountStatus};
use crate::service::accounts::Card;
use serde::Serialize;

/// All that is shown of an account.
#[derive(Debug, Clone, Serialize)]
pub struct User {
    uid: AccountId,
    username: String,
    nickname: String,
    nid: i64,
    is_member: u8,
    sign: String,
    avatar: String,
    state: &'static str,
    logout_timestamp: i64,
    account_state: &'static str,
    #[serde(flatten)]
    held: Option<Held>,
}

/// What the caller holds of it, if it is known who calls.
#[derive(Debug, Clone, Serialize)]
struct Held {
    is_friend: bool,
    remark: String,
}

/// What is shown of many.
#[derive(Debug, Clone, Serialize)]
pub struct Brief {
    uid: AccountId,
    username: String,
    nickname: String,
    sign: String,
    avatar: String,
    state: &'static str,
    logout_timestamp: i64,
}

/// What is shown to strangers where profiles are hidden from them.
#[derive(Debug, Clone, Serialize)]
pub struct Stranger {
    uid: AccountId,
    nickname: String,
    avatar: String,
}

impl User {
    /// An account, with what the caller holds of it if it is `known` who calls.
    pub fn of(looks: Looks<'_>, card: &Card, known: bool) -> Self {
        let account = &card.account;
        let held = card.mine.as_ref();
        let held = known.then(|| Held {
            is_friend: is_friend(card),
            remark: looks.text(held.map_or("", |held| &held.remark)),
        });
        Self {
            uid: account.id,
            username: looks.text(&account.name),
            nickname: looks.text(name(account)),
            nid: number_of(account.id),
            is_member: card.extras.paying.into(),
            sign: looks.text(&account.profile.intro),
            avatar: looks.avatar(&account.profile.avatar),
            state: state(card),
            logout_timestamp: left_at(card),
            account_state: account_state(card),
            held,
        }
    }
}

impl Brief {
    /// An account in a list.
    pub fn of(looks: Looks<'_>, card: &Card) -> Self {
        let account = &card.account;
        Self {
            uid: account.id,
            username: looks.text(&account.name),
            nickname: looks.text(name(account)),
            sign: looks.text(&account.profile.intro),
            avatar: looks.avatar(&account.profile.avatar),
            state: state(card),
            logout_timestamp: left_at(card),
        }
    }
}

impl Stranger {
    /// An account that tells strangers nothing.
    pub fn of(looks: Looks<'_>, card: &Card) -> Self {
        let account = &card.account;
        Self {
            uid: account.id,
            nickname: looks.text(name(account)),
            avatar: looks.avatar(&account.profile.avatar),
        }
    }
}

/// Whether the account is on the caller's list.
pub fn is_friend(card: &Card) -> bool {
    card.mine.as_ref().is_some_and(|held| held.listed)
}

/// Whether an account may be used.
pub fn account_state(card: &Card) -> &'static str {
    let locked = card.account.status == AccountStatus::Locked;
    if locked || card.extras.read_only {
        "disabled"
    } else {
        "normal"
    }
}

fn state(card: &Card) -> &'static str {
    if card.presence.online {
        "online"
    } else {
        "offline"
    }
}

fn left_at(card: &Card) -> i64 {
    card.presence.left_at.div_euclid(1000)
}
