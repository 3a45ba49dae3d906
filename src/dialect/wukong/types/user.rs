//! Accounts as this API shows them.

use super::group::Shown;
use crate::dialect::wukong::ids::Ids;
use crate::dialect::wukong::time;
use crate::domain::presence::DeviceKind;
use crate::domain::time::Millis;
use crate::domain::{Account, AccountId};
use crate::service::accounts::{AccountView, short_no};
use crate::service::client_settings::Record;
use crate::service::contacts::Between;
use crate::service::numbers;
use crate::service::opaque::{Kind, Uid};
use serde::Serialize;
use serde_json::{Map, Value};

/// The name of the application that clients are told.
pub const APP: &str = "wukongchat";

/// The switches of an account, with their values as long as nobody has set them.
pub const SWITCHES: &[(&str, i64)] = &[
    ("search_by_phone", 1),
    ("search_by_short", 1),
    ("new_msg_notice", 1),
    ("msg_show_detail", 1),
    ("voice_on", 1),
    ("shock_on", 1),
    ("offline_protection", 0),
    ("device_lock", 0),
    ("mute_of_app", 0),
];

/// What somebody who has proved themselves is given.
#[derive(Serialize)]
pub struct LoginResp {
    uid: Uid,
    app_id: &'static str,
    token: String,
    username: String,
    name: String,
    sex: u8,
    category: &'static str,
    short_no: String,
    zone: String,
    phone: String,
    short_status: u8,
    chat_pwd: String,
    lock_screen_pwd: &'static str,
    lock_after_minute: u8,
    msg_expire_second: i64,
    rsa_public_key: &'static str,
    setting: Map<String, Value>,
}

impl LoginResp {
    /// What an account is given with a token.
    pub fn new(
        uid: Uid,
        token: String,
        me: AccountView,
        settings: Record,
        home_zone: &str,
    ) -> Self {
        let account = &me.account;
        let (zone, phone) = phone_of(account, home_zone);
        let numbers = numbers::read(&settings.prefs);
        let number = |name: &str| numbers.get(name).copied();
        let switch = |(name, default): &(&str, i64)| {
            let value = number(name).unwrap_or(*default);
            ((*name).to_owned(), value.into())
        };
        Self {
            uid,
            app_id: APP,
            token,
            username: username(account, home_zone),
            name: name(account).to_owned(),
            sex: sex(account),
            category: category(account, false),
            short_no: short_no(account),
            zone,
            phone,
            short_status: u8::from(account.short_no.is_some()),
            chat_pwd: settings.chat_password,
            lock_screen_pwd: "",
            lock_after_minute: 0,
            msg_expire_second: number("msg_expire_second").unwrap_or_default(),
            rsa_public_key: "",
            setting: SWITCHES.iter().map(switch).collect(),
        }
    }

    /// The account.
    pub fn uid(&self) -> Uid {
        self.uid
    }
}

/// An account as another one sees it, or it itself.
#[derive(Serialize)]
pub struct UserDetail {
    uid: Uid,
    name: String,
    username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    zone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    phone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    email: String,
    mute: u8,
    top: u8,
    sex: u8,
    category: &'static str,
    /// The short name, as far as the viewer may see it.
    pub short_no: String,
    /// The proof of where they were found.
    pub vercode: String,
    chat_pwd_on: i64,
    screenshot: i64,
    revoke_remind: i64,
    receipt: i64,
    flame: i64,
    flame_second: i64,
    online: u8,
    last_offline: i64,
    device_flag: i16,
    /// Whether the viewer has them as a friend.
    pub follow: u8,
    /// Whether they have the viewer as a friend no more.
    pub be_deleted: u8,
    /// Whether they have blocked the viewer.
    pub be_blacklist: u8,
    /// 1, or 2 when the viewer has blocked them.
    pub status: u8,
    robot: u8,
    is_destroy: u8,
    is_upload_avatar: u8,
    /// What the viewer calls them.
    pub remark: String,
    source_desc: &'static str,
}

/// Where somebody's profile was found; what clients have to show to ask them (contract, section 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Found {
    /// By a search.
    Search = 1,
    /// In a group that both are in.
    Group = 2,
    /// On their card.
    Card = 3,
    /// Among friends.
    Friends = 4,
}

/// The proof of where somebody's profile was found.
pub fn vercode(account: AccountId, found: Found, ids: &Ids) -> String {
    let code = ids.opaque.seal(Kind::Vercode, account.0, None);
    format!("{code}@{}", found as u8)
}

impl UserDetail {
    /// An account and all there is between it and `me`.
    pub fn of(between: &Between, me: AccountId, ids: &Ids, home_zone: &str) -> Self {
        let Between {
            view,
            mine,
            theirs,
            prefs,
            presence,
        } = between;
        let prefs = Shown::of(prefs);
        let account = &view.account;
        let own = account.id == me;
        let follows = mine
            .as_ref()
            .is_some_and(|mine| mine.listed && !mine.blocked);
        let (zone, phone) = phone_of(account, home_zone);
        let known = own || follows;
        let shown = |text: String| if own { text } else { String::new() };
        Self {
            uid: ids.uid(account.id),
            name: name(account).to_owned(),
            username: shown(username(account, home_zone)),
            zone: shown(zone),
            phone: shown(phone),
            email: shown(account.email.clone().unwrap_or_default()),
            mute: prefs.muted().into(),
            top: prefs.pinned().into(),
            sex: sex(account),
            category: category(account, ids.system.name_of(account.id).is_some()),
            short_no: if known {
                short_no(account)
            } else {
                String::new()
            },
            vercode: if known {
                vercode(account.id, Found::Friends, ids)
            } else {
                String::new()
            },
            chat_pwd_on: prefs.number("chat_pwd_on"),
            screenshot: prefs.number("screenshot"),
            revoke_remind: prefs.number("revoke_remind"),
            receipt: prefs.number("receipt"),
            flame: prefs.number("flame"),
            flame_second: prefs.number("flame_second"),
            online: presence.online.into(),
            last_offline: presence.left_at / 1000,
            device_flag: device_flag(&presence.kinds),
            follow: follows.into(),
            be_deleted: u8::from(follows && !theirs.as_ref().is_some_and(|theirs| theirs.listed)),
            be_blacklist: theirs.as_ref().is_some_and(|theirs| theirs.blocked).into(),
            status: if mine.as_ref().is_some_and(|mine| mine.blocked) {
                2
            } else {
                1
            },
            robot: 0,
            is_destroy: 0,
            is_upload_avatar: u8::from(!account.profile.avatar.is_empty()),
            remark: mine
                .as_ref()
                .map(|mine| mine.remark.clone())
                .unwrap_or_default(),
            source_desc: "",
        }
    }

    /// The same with the proof that it was found elsewhere than among friends, and with what goes with that.
    pub fn found(mut self, account: &Account, found: Found, ids: &Ids) -> Self {
        if self.vercode.is_empty() {
            self.vercode = vercode(account.id, found, ids);
            self.short_no = short_no(account);
        }
        self
    }
}

/// A relation in the answers of the two forms of operation 25.
#[derive(Serialize)]
pub struct Friend {
    id: i64,
    to_uid: Uid,
    to_name: String,
    to_remark: String,
    #[serde(flatten)]
    detail: UserDetail,
    is_deleted: u8,
    version: i64,
    created_at: String,
    updated_at: String,
}

/// When a relation was made and last changed.
pub struct Dates {
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

impl Friend {
    /// A relation, or a former one.
    pub fn new(id: i64, detail: UserDetail, deleted: bool, version: i64, dates: Dates) -> Self {
        Self {
            id,
            to_uid: detail.uid,
            to_name: detail.name.clone(),
            to_remark: detail.remark.clone(),
            detail,
            is_deleted: deleted.into(),
            version,
            created_at: time::second(dates.created_at),
            updated_at: time::second(dates.updated_at),
        }
    }

    /// Whether the name of the friend, or what the caller calls them, holds a text.
    pub fn is_called(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let names = [&self.to_name, &self.to_remark];
        names.iter().any(|name| name.to_lowercase().contains(&text))
    }
}

/// The name that is shown.
pub fn name(account: &Account) -> &str {
    if account.profile.nickname.is_empty() {
        &account.name
    } else {
        &account.profile.nickname
    }
}

/// The name to log in with.
fn username(account: &Account, home_zone: &str) -> String {
    match &account.mobile {
        Some(mobile) if *mobile == account.name && !mobile.starts_with("00") => {
            format!("{home_zone}{mobile}")
        }
        _ => account.name.clone(),
    }
}

/// The country's prefix and the number. Of numbers abroad it is not known where the prefix ends.
fn phone_of(account: &Account, home_zone: &str) -> (String, String) {
    match &account.mobile {
        None => Default::default(),
        Some(mobile) if mobile.starts_with("00") => (String::new(), mobile.clone()),
        Some(mobile) => (home_zone.to_owned(), mobile.clone()),
    }
}

/// 1 for men, 0 for women and whoever does not say.
pub fn sex(account: &Account) -> u8 {
    u8::from(["1", "男", "male"].contains(&account.profile.gender.as_str()))
}

/// What the gender of a profile is called that is `sex` here.
pub fn gender(sex: i64) -> &'static str {
    if sex == 1 { "男" } else { "女" }
}

/// Whether an account is the platform's.
pub fn category(account: &Account, system: bool) -> &'static str {
    match (system, account.manager) {
        (true, _) => "system",
        (false, true) => "customerService",
        (false, false) => "",
    }
}

/// The device that others are told of: the first of those that are live.
pub fn device_flag(kinds: &[DeviceKind]) -> i16 {
    kinds.iter().min().map_or(0, |kind| *kind as i16)
}
