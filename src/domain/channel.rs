//! Channels, their members and the rules by which members change.

mod change;
mod roster;

pub use change::{Change, Command, Reach};
pub use roster::{Roster, Seat};

use super::ids::{AccountId, ChannelId};
use super::time::Millis;

/// What a member may do. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i16)]
pub enum Role {
    /// Reads and writes.
    General = 0,
    /// Also admits, invites, mutes and removes.
    Manager = 1,
    /// Also appoints, edits, hands over and dissolves.
    Owner = 2,
}

impl Role {
    /// The role stored under a number; unknown numbers give the least rights.
    pub fn from_number(number: i16) -> Self {
        match number {
            2 => Self::Owner,
            1 => Self::Manager,
            _ => Self::General,
        }
    }
}

/// Switches of a channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChannelFlags {
    /// Members should not add each other as contacts.
    pub contacts_off: bool,
    /// Ordinary members do not see the others' profiles.
    pub profiles_hidden: bool,
    /// Nobody may ask to join.
    pub join_closed: bool,
    /// New members may read what was said before they came.
    pub history_open: bool,
    /// Only managers and the owner may speak.
    pub silenced: bool,
    /// Ordinary members may not add others.
    pub invites_closed: bool,
    /// Ordinary members may pin messages; for the clients to heed.
    pub pins_open: bool,
}

/// One channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// Address or key of its picture.
    pub avatar: String,
    /// A text about it.
    pub intro: String,
    /// Who owns it.
    pub owner: AccountId,
    /// How many members it has.
    pub members: i32,
    /// How many it may have; 0 is no limit.
    pub members_limit: i32,
    /// Degrees east; 0 when unknown.
    pub longitude: f64,
    /// Degrees north; 0 when unknown.
    pub latitude: f64,
    /// Country.
    pub country: String,
    /// Province.
    pub province: String,
    /// City.
    pub city: String,
    /// District.
    pub district: String,
    /// Street address.
    pub address: String,
    /// Its switches.
    pub flags: ChannelFlags,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// The number of its last change, from the sequence that all records share.
    pub version: i64,
}

/// One membership.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Who.
    pub account: AccountId,
    /// With which rights.
    pub role: Role,
    /// The name they carry in the channel.
    pub alias: String,
    /// Muted until then.
    pub muted_until: Millis,
    /// May not speak until somebody lifts it.
    pub barred: bool,
    /// Who brought them in, if anybody.
    pub inviter: Option<AccountId>,
    /// When they came.
    pub joined_at: Millis,
    /// When their membership last changed.
    pub updated_at: Millis,
}

/// The parts of a channel's description to change; `None` leaves a part as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChannelPatch {
    /// New name.
    pub name: Option<String>,
    /// New picture.
    pub avatar: Option<String>,
    /// New text.
    pub intro: Option<String>,
    /// New longitude.
    pub longitude: Option<f64>,
    /// New latitude.
    pub latitude: Option<f64>,
    /// New country.
    pub country: Option<String>,
    /// New province.
    pub province: Option<String>,
    /// New city.
    pub city: Option<String>,
    /// New district.
    pub district: Option<String>,
    /// New street address.
    pub address: Option<String>,
    /// New switch, see [`ChannelFlags::contacts_off`].
    pub contacts_off: Option<bool>,
    /// New switch, see [`ChannelFlags::profiles_hidden`].
    pub profiles_hidden: Option<bool>,
    /// New switch, see [`ChannelFlags::join_closed`].
    pub join_closed: Option<bool>,
    /// New switch, see [`ChannelFlags::history_open`].
    pub history_open: Option<bool>,
    /// New switch, see [`ChannelFlags::silenced`].
    pub silenced: Option<bool>,
    /// New switch, see [`ChannelFlags::invites_closed`].
    pub invites_closed: Option<bool>,
    /// New switch, see [`ChannelFlags::pins_open`].
    pub pins_open: Option<bool>,
}

impl ChannelPatch {
    /// Whether nothing but the picture changes.
    pub fn is_only_avatar(&self) -> bool {
        let only = Self {
            avatar: self.avatar.clone(),
            ..Self::default()
        };
        self.avatar.is_some() && *self == only
    }
}

/// Who follows an owner who leaves. Dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Succession {
    /// The member who came first.
    Oldest,
    /// The manager who came first; the member who did where there is none.
    OldestManager,
}

/// What becomes of an owner who hands the channel over. Dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerAfterTransfer {
    /// They leave the channel.
    Leaves,
    /// They stay as an ordinary member.
    Stays,
}
