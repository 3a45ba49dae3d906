//! Members of groups as this API shows them.

use super::user::{Found, vercode};
use crate::dialect::wukong::ids::Ids;
use crate::dialect::wukong::time;
use crate::domain::channel::Role;
use crate::domain::time::{Millis, now};
use crate::domain::{AccountId, ChannelId};
use crate::service::opaque::Uid;
use serde::Serialize;

/// A member, or a former one.
#[derive(Serialize)]
pub struct Member {
    id: i64,
    uid: Uid,
    group_no: Uid,
    name: String,
    remark: String,
    role: u8,
    version: i64,
    is_deleted: u8,
    status: u8,
    vercode: String,
    invite_uid: String,
    robot: u8,
    forbidden_expir_time: i64,
    created_at: String,
    updated_at: String,
}

/// What a member is shown from.
pub struct Facts {
    /// Where.
    pub channel: ChannelId,
    /// Who.
    pub account: AccountId,
    /// What they are called.
    pub name: String,
    /// What they are called in the group.
    pub alias: String,
    /// With which rights.
    pub role: Role,
    /// Whether they are gone.
    pub gone: bool,
    /// Whether they may not speak until somebody lifts it.
    pub barred: bool,
    /// Until when they may not speak.
    pub muted_until: Millis,
    /// Who brought them in.
    pub inviter: Option<AccountId>,
    /// The number of the last change.
    pub version: i64,
    /// When they came.
    pub joined_at: Millis,
    /// When they went, or their membership last changed.
    pub updated_at: Millis,
}

impl Member {
    /// A member as others see it.
    pub fn of(facts: Facts, ids: &Ids) -> Self {
        Self {
            // Unique in the group, which is what clients sort by.
            id: facts.account.0,
            uid: ids.uid(facts.account),
            group_no: ids.group(facts.channel),
            name: facts.name,
            remark: facts.alias,
            role: role(facts.role),
            version: facts.version,
            is_deleted: facts.gone.into(),
            status: if facts.barred { 2 } else { 1 },
            vercode: vercode(facts.account, Found::Group, ids),
            invite_uid: facts
                .inviter
                .map(|inviter| ids.uid(inviter).to_string())
                .unwrap_or_default(),
            robot: 0,
            forbidden_expir_time: muted_until(facts.muted_until),
            created_at: time::second(facts.joined_at),
            updated_at: time::second(facts.updated_at),
        }
    }
}

/// The number of a role.
pub fn role(role: Role) -> u8 {
    match role {
        Role::General => 0,
        Role::Owner => 1,
        Role::Manager => 2,
    }
}

/// Until when somebody is muted, in seconds; 0 once that is over.
pub fn muted_until(until: Millis) -> i64 {
    if until > now() { until / 1000 } else { 0 }
}
