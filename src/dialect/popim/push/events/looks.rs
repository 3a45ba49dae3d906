//! What those look like of whom events tell.

use crate::domain::{AccountId, ChannelId};
use crate::service::faces::{Face, Faces, Sign};
use std::sync::Arc;

/// What accounts and channels look like.
pub trait Looks {
    /// An account.
    fn account(&self, id: AccountId) -> Option<Face>;
    /// A channel.
    fn channel(&self, id: ChannelId) -> Option<Sign>;
    /// What an account calls another.
    fn remark(&self, owner: AccountId, peer: AccountId) -> Option<Arc<str>>;
}

impl Looks for Faces {
    fn account(&self, id: AccountId) -> Option<Face> {
        Self::account(self, id)
    }

    fn channel(&self, id: ChannelId) -> Option<Sign> {
        Self::channel(self, id)
    }

    fn remark(&self, owner: AccountId, peer: AccountId) -> Option<Arc<str>> {
        Self::remark(self, owner, peer)
    }
}
