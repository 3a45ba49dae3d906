//! Groups as this API shows them.

use super::member::{muted_until, role};
use crate::dialect::wukong::ids::Ids;
use crate::dialect::wukong::time;
use crate::service::channels::ChannelSight;
use crate::service::conversations::Prefs;
use crate::service::numbers::{self, Numbers};
use crate::service::opaque::Uid;
use serde::Serialize;

/// The numbers that clients keep with a conversation, with their values as long as nobody has set them. The node only keeps
/// them.
pub const NUMBERS: &[(&str, i64)] = &[
    ("show_nick", 1),
    ("chat_pwd_on", 0),
    ("screenshot", 1),
    ("revoke_remind", 1),
    ("join_group_remind", 0),
    ("receipt", 0),
    ("flame", 0),
    ("flame_second", 0),
];

/// How an account treats a conversation, as clients are shown it.
pub struct Shown<'a> {
    prefs: &'a Prefs,
    numbers: Numbers,
}

impl<'a> Shown<'a> {
    /// What is kept of it.
    pub fn of(prefs: &'a Prefs) -> Self {
        Self {
            numbers: numbers::read(&prefs.extra),
            prefs,
        }
    }

    /// One of [`NUMBERS`] as it is set.
    pub fn number(&self, name: &str) -> i64 {
        let default = NUMBERS.iter().find(|(known, _)| *known == name);
        let default = default.map_or(0, |(_, value)| *value);
        self.numbers.get(name).copied().unwrap_or(default)
    }

    /// Whether nothing is rung for it.
    pub fn muted(&self) -> bool {
        self.prefs.muted
    }

    /// Whether it stands on top.
    pub fn pinned(&self) -> bool {
        self.prefs.pinned
    }
}

/// A group as one account sees it.
#[derive(Serialize)]
pub struct Group {
    group_no: Uid,
    group_type: u8,
    category: &'static str,
    name: String,
    remark: String,
    notice: String,
    mute: u8,
    top: u8,
    show_nick: i64,
    save: u8,
    forbidden: u8,
    invite: u8,
    chat_pwd_on: i64,
    screenshot: i64,
    revoke_remind: i64,
    join_group_remind: i64,
    forbidden_add_friend: u8,
    status: u8,
    receipt: i64,
    flame: i64,
    flame_second: i64,
    allow_view_history_msg: u8,
    member_count: i32,
    online_count: usize,
    quit: u8,
    role: u8,
    forbidden_expir_time: i64,
    allow_member_pinned_message: u8,
    created_at: String,
    updated_at: String,
    version: i64,
}

/// The numbers of a group that is no more, and of one that is in use.
const DISBANDED: u8 = 2;
const NORMAL: u8 = 1;

impl Group {
    /// A group that somebody looks at.
    pub fn of(sight: &ChannelSight, ids: &Ids) -> Self {
        let ChannelSight {
            channel,
            prefs,
            mine,
            ..
        } = sight;
        let (flags, shown) = (channel.flags, Shown::of(prefs));
        Self {
            group_no: ids.group(channel.id),
            group_type: 0,
            category: "",
            name: channel.name.clone(),
            remark: prefs.remark.clone(),
            notice: channel.intro.clone(),
            mute: prefs.muted.into(),
            top: prefs.pinned.into(),
            show_nick: shown.number("show_nick"),
            save: prefs.saved.into(),
            forbidden: flags.silenced.into(),
            invite: flags.invites_closed.into(),
            chat_pwd_on: shown.number("chat_pwd_on"),
            screenshot: shown.number("screenshot"),
            revoke_remind: shown.number("revoke_remind"),
            join_group_remind: shown.number("join_group_remind"),
            forbidden_add_friend: flags.contacts_off.into(),
            status: if sight.dissolved { DISBANDED } else { NORMAL },
            receipt: shown.number("receipt"),
            flame: shown.number("flame"),
            flame_second: shown.number("flame_second"),
            allow_view_history_msg: flags.history_open.into(),
            member_count: channel.members,
            online_count: sight.online,
            quit: mine.is_none().into(),
            role: mine.as_ref().map_or(0, |mine| role(mine.role)),
            forbidden_expir_time: mine
                .as_ref()
                .map_or(0, |mine| muted_until(mine.muted_until)),
            allow_member_pinned_message: flags.pins_open.into(),
            created_at: time::second(channel.created_at),
            updated_at: time::second(channel.updated_at),
            version: channel.version,
        }
    }
}
