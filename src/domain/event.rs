//! What happened. Events are the only thing dialects render for their sockets.

use super::channel::{ChannelPatch, Role};
use super::ids::{AccountId, ChannelId};
use super::message::Message;
use super::time::Millis;
use std::sync::Arc;

/// Something that happened, past tense.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message was committed.
    Posted(Arc<Message>),
    /// A message was taken back.
    Revoked(Arc<Message>),
    /// `reader` has read everything `peer` wrote to them.
    Read {
        /// Who read.
        reader: AccountId,
        /// Whose messages.
        peer: AccountId,
    },
    /// Somebody is typing, or has stopped.
    Typing {
        /// Who types.
        from: AccountId,
        /// To whom.
        to: AccountId,
        /// They stopped.
        finished: bool,
    },
    /// Somebody asks to become contacts.
    ContactRequested {
        /// Who asks.
        from: AccountId,
        /// Who is asked.
        to: AccountId,
    },
    /// A contact request was answered.
    ContactAnswered {
        /// Who answered.
        by: AccountId,
        /// Who had asked.
        to: AccountId,
        /// The answer.
        accepted: bool,
        /// Its words.
        reason: String,
    },
    /// Somebody asks to join a channel.
    JoinRequested {
        /// The channel.
        channel: ChannelId,
        /// Who asks.
        from: AccountId,
    },
    /// A request to join was answered.
    JoinAnswered {
        /// The channel.
        channel: ChannelId,
        /// Who had asked.
        to: AccountId,
        /// The answer.
        accepted: bool,
        /// Its words.
        reason: String,
    },
    /// Members were added by invitation.
    Invited {
        /// The channel.
        channel: ChannelId,
        /// Who invited.
        by: AccountId,
        /// Who was added.
        members: Vec<AccountId>,
    },
    /// A member was removed.
    Kicked {
        /// The channel.
        channel: ChannelId,
        /// Who removed them.
        by: AccountId,
        /// Who was removed.
        member: AccountId,
    },
    /// A member left.
    Left {
        /// The channel.
        channel: ChannelId,
        /// Who left.
        member: AccountId,
    },
    /// The channel has a new owner.
    Transferred {
        /// The channel.
        channel: ChannelId,
        /// The former owner.
        by: AccountId,
        /// The new one.
        to: AccountId,
    },
    /// A member's role changed.
    RoleChanged {
        /// The channel.
        channel: ChannelId,
        /// Who changed it.
        by: AccountId,
        /// Whose role.
        member: AccountId,
        /// The new role.
        role: Role,
    },
    /// A member was muted, or the mute lifted.
    Muted {
        /// The channel.
        channel: ChannelId,
        /// Who did it.
        by: AccountId,
        /// Who is muted.
        member: AccountId,
        /// Until when; 0 when lifted.
        until: Millis,
    },
    /// The channel's description changed.
    ChannelUpdated {
        /// The channel.
        channel: ChannelId,
        /// Who changed it.
        by: AccountId,
        /// What changed.
        patch: Box<ChannelPatch>,
    },
    /// The channel is gone.
    Dissolved {
        /// The channel.
        channel: ChannelId,
        /// Who dissolved it.
        by: AccountId,
    },
    /// An account came online or went offline.
    Presence {
        /// The account.
        account: AccountId,
        /// Whether it has a live connection now.
        online: bool,
    },
}
