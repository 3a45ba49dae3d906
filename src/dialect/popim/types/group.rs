//! Groups and their members (contract, section 2.4).

use crate::dialect::popim::escape::Escape;
use crate::dialect::popim::faces_picture::shown;
use crate::domain::channel::Role;
use crate::domain::time::Millis;
use crate::domain::{Account, AccountId, ChannelId, Member, MessageId};
use crate::service::Core;
use crate::service::channels::{ChannelSight, Standing};
use serde::Serialize;

/// How texts and pictures are shown.
#[derive(Clone, Copy)]
pub struct Looks<'a> {
    escape: Escape,
    public_url: &'a str,
}

impl<'a> Looks<'a> {
    /// As the node is configured.
    pub fn of(core: &'a Core) -> Self {
        Self {
            escape: Escape::of(core),
            public_url: &core.public_url,
        }
    }

    /// A text.
    pub fn text(&self, text: &str) -> String {
        self.escape.text(text).into_owned()
    }

    /// The address of a picture.
    pub fn avatar(&self, avatar: &str) -> String {
        shown(avatar, self.public_url).into_owned()
    }
}

/// What others know an account by.
pub fn name(account: &Account) -> &str {
    match account.profile.nickname.as_str() {
        "" => &account.name,
        nickname => nickname,
    }
}

/// A group as one of its members sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Info {
    gid: ChannelId,
    /// The owner.
    uid: AccountId,
    groupname: String,
    avatar: String,
    state: &'static str,
    timestamp: i64,
    remark: String,
    is_manager: u8,
    forbidden: i64,
    forbidden_all: u8,
    member_count: i32,
    /// Unread messages that call upon the caller, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Vec<Call>>,
}

/// A message that calls upon somebody.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Which.
    pub mid: MessageId,
    /// Who calls.
    pub from: String,
    /// When, in seconds.
    pub timestamp: i64,
}

impl Info {
    /// A group as its member `mine` sees it at `now`.
    pub fn of(sight: &ChannelSight, mine: &Member, now: Millis, looks: Looks<'_>) -> Self {
        let channel = &sight.channel;
        Self {
            gid: channel.id,
            uid: channel.owner,
            groupname: looks.text(&channel.name),
            avatar: looks.avatar(&channel.avatar),
            state: if channel.flags.silenced {
                "forbidden"
            } else {
                "normal"
            },
            timestamp: channel.created_at.div_euclid(1000),
            remark: looks.text(&sight.prefs.remark),
            is_manager: leads(mine),
            forbidden: muted_until(mine, now),
            forbidden_all: u8::from(channel.flags.silenced),
            member_count: channel.members,
            at: None,
        }
    }

    /// The same with the messages that call upon the caller.
    pub fn called_by(mut self, calls: Vec<Call>) -> Self {
        self.at = Some(calls);
        self
    }
}

/// A group with some of its members.
#[derive(Debug, Clone, Serialize)]
pub struct Detail<M> {
    /// The group.
    pub info: Info,
    /// Members by uid.
    pub members: M,
}

/// A member beside its group.
#[derive(Debug, Clone, Serialize)]
pub struct Face {
    uid: AccountId,
    avatar: String,
    nickname: String,
    remark: String,
}

impl Face {
    /// A member with the caller's own name for it.
    pub fn of(standing: &Standing, looks: Looks<'_>) -> Self {
        let account = &standing.account.account;
        Self {
            uid: account.id,
            avatar: looks.avatar(&account.profile.avatar),
            nickname: looks.text(name(account)),
            remark: looks.text(&standing.remark),
        }
    }
}

/// A member in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    uid: AccountId,
    avatar: String,
    nickname: String,
    name: String,
    index: i64,
    is_manager: u8,
    forbidden: i64,
}

impl Listed {
    /// A member as it is listed at `now`.
    pub fn of(standing: &Standing, now: Millis, looks: Looks<'_>) -> Self {
        let account = &standing.account.account;
        Self {
            uid: account.id,
            avatar: looks.avatar(&account.profile.avatar),
            nickname: looks.text(name(account)),
            name: looks.text(called(standing)),
            index: standing.place,
            is_manager: leads(&standing.member),
            forbidden: muted_until(&standing.member, now),
        }
    }
}

/// What the caller calls a member.
pub fn called(standing: &Standing) -> &str {
    match standing.remark.as_str() {
        "" => name(&standing.account.account),
        remark => remark,
    }
}

/// Whether a member leads the group, as a number.
pub fn leads(member: &Member) -> u8 {
    u8::from(member.role >= Role::Manager)
}

/// Until which second a member may not speak; 0 when it may.
fn muted_until(member: &Member, now: Millis) -> i64 {
    if member.muted_until > now {
        member.muted_until.div_euclid(1000)
    } else {
        0
    }
}
