//! Channels as this API shows them.

use super::{Account, Null, distance, status};
use crate::dialect::freeim::number::number;
use crate::dialect::freeim::time::Time;
use crate::domain::{Channel, ChannelFlags, ChannelId, Role};
use crate::service::channels::{self, ChannelInfo, JoinView, MemberView};
use serde::Serialize;

/// A channel in short.
#[derive(Serialize)]
pub struct ChatGroup {
    id: ChannelId,
    #[serde(flatten)]
    face: Face,
    #[serde(flatten)]
    flags: Flags,
}

/// Everything about a channel but its members.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FullChatGroup {
    id: ChannelId,
    created_at: Time,
    updated_at: Time,
    #[serde(flatten)]
    face: Face,
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    flags: Flags,
}

/// A channel with its distance.
#[derive(Serialize)]
pub struct ChatGroupNearby {
    #[serde(flatten)]
    group: ChatGroup,
    #[serde(flatten)]
    place: Place,
    distance: String,
}

/// A channel with its members.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatGroupInfo {
    id: ChannelId,
    #[serde(flatten)]
    face: Face,
    members_list: Vec<GroupMember>,
    self_info: SelfInfo,
    #[serde(flatten)]
    flags: Flags,
}

#[derive(Serialize)]
struct Face {
    name: String,
    avatar: String,
    intro: String,
    members: i32,
    members_limit: i32,
}

#[derive(Serialize)]
struct Place {
    #[serde(serialize_with = "number")]
    longitude: f64,
    #[serde(serialize_with = "number")]
    latitude: f64,
    country: String,
    province: String,
    city: String,
    district: String,
    address: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Flags {
    disable_add_member: bool,
    disable_view_member: bool,
    disbale_add_group: bool,
    enbale_before_msg: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SelfInfo {
    chat_group_member_role: &'static str,
    is_banned: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupMember {
    account: Account,
    role: &'static str,
    remark: String,
    is_banned: bool,
}

/// A channel's description in the parts of which its views are made.
fn parts(channel: Channel) -> (ChannelId, Face, Place, Flags) {
    let Channel {
        id,
        name,
        avatar,
        intro,
        members,
        members_limit,
        longitude,
        latitude,
        ..
    } = channel;
    let Channel {
        country,
        province,
        city,
        district,
        address,
        ..
    } = channel;
    let face = Face {
        name,
        avatar,
        intro,
        members,
        members_limit,
    };
    let place = Place {
        longitude,
        latitude,
        country,
        province,
        city,
        district,
        address,
    };
    (id, face, place, channel.flags.into())
}

impl From<ChannelFlags> for Flags {
    fn from(flags: ChannelFlags) -> Self {
        Self {
            disable_add_member: flags.contacts_off,
            disable_view_member: flags.profiles_hidden,
            disbale_add_group: flags.join_closed,
            enbale_before_msg: flags.history_open,
        }
    }
}

impl From<Channel> for ChatGroup {
    fn from(channel: Channel) -> Self {
        let (id, face, _, flags) = parts(channel);
        Self { id, face, flags }
    }
}

impl From<Channel> for FullChatGroup {
    fn from(channel: Channel) -> Self {
        let (created_at, updated_at) = (Time(channel.created_at), Time(channel.updated_at));
        let (id, face, place, flags) = parts(channel);
        Self {
            id,
            created_at,
            updated_at,
            face,
            place,
            flags,
        }
    }
}

impl From<(Channel, f64)> for ChatGroupNearby {
    fn from((channel, metres): (Channel, f64)) -> Self {
        let (id, face, place, flags) = parts(channel);
        Self {
            group: ChatGroup { id, face, flags },
            place,
            distance: distance(metres),
        }
    }
}

impl From<ChannelInfo> for ChatGroupInfo {
    fn from(info: ChannelInfo) -> Self {
        let (id, face, _, flags) = parts(info.channel);
        let members_list = info.members.into_iter().map(GroupMember::from).collect();
        let self_info = SelfInfo {
            chat_group_member_role: info.my_role.map_or("", role),
            is_banned: info.muted,
        };
        Self {
            id,
            face,
            members_list,
            self_info,
            flags,
        }
    }
}

impl From<MemberView> for GroupMember {
    fn from(view: MemberView) -> Self {
        Self {
            account: view.account.into(),
            role: role(view.role),
            remark: view.alias,
            is_banned: view.muted,
        }
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Manager => "manager",
        Role::General => "general",
    }
}

/// A request to join a channel.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinRequest {
    created_at: Time,
    account: Account,
    chat_group: ChatGroup,
    apply_reason: String,
    deny_reason: String,
    status: &'static str,
    reply_time: Null,
}

impl From<JoinView> for JoinRequest {
    fn from(view: JoinView) -> Self {
        let channels::JoinRequest {
            reason,
            answer,
            created_at,
            ..
        } = view.request;
        Self {
            created_at: Time(created_at),
            account: view.account.into(),
            chat_group: view.channel.into(),
            apply_reason: reason,
            deny_reason: answer,
            status: status(view.request.status),
            reply_time: (),
        }
    }
}
