//! The names of accounts and channels in this dialect.

use crate::domain::conversation::Target;
use crate::domain::{AccountId, ChannelId};
use crate::service::Core;
use crate::service::opaque::{Kind, Opaque, System, Uid};
use std::sync::Arc;

/// The type of a conversation with a person.
pub const PERSON: u8 = 1;
/// The type of a conversation in a group.
pub const GROUP: u8 = 2;

/// Makes names of ids and finds the ids behind names, without looking anything up.
#[derive(Clone)]
pub struct Ids {
    /// The names in general.
    pub opaque: Opaque,
    /// The accounts that clients know by other names.
    pub system: Arc<System>,
}

impl Ids {
    /// The names of a node.
    pub fn of(core: &Core) -> Self {
        Self {
            opaque: core.opaque.clone(),
            system: core.system.clone(),
        }
    }

    /// The uid of an account.
    pub fn uid(&self, account: AccountId) -> Uid {
        match self.system.name_of(account) {
            Some(name) => Uid::Named(name),
            None => self.opaque.seal(Kind::Account, account.0, None),
        }
    }

    /// The number of a group.
    pub fn group(&self, channel: ChannelId) -> Uid {
        self.opaque.seal(Kind::Channel, channel.0, None)
    }

    /// The account behind a uid. That there was one does not say that it still exists.
    pub fn account(&self, uid: &str) -> Option<AccountId> {
        let named = self.system.named(uid);
        named.or_else(|| self.opaque.open(Kind::Account, uid, 0).map(AccountId))
    }

    /// The channel behind the number of a group.
    pub fn channel(&self, number: &str) -> Option<ChannelId> {
        self.opaque.open(Kind::Channel, number, 0).map(ChannelId)
    }

    /// The name of a target, and its type.
    pub fn place(&self, target: Target) -> (Uid, u8) {
        match target {
            Target::Account(account) => (self.uid(account), PERSON),
            Target::Channel(channel) => (self.group(channel), GROUP),
        }
    }
}
