//! What happened. Events are the only thing dialects render for their sockets.

pub use super::lasting::{Lasting, Stored};

use super::channel::{ChannelPatch, Role};
use super::conversation::Target;
use super::ids::{AccountId, ChannelId, MessageId};
use super::message::Message;
use super::presence::DeviceKind;
use super::time::Millis;
use std::sync::Arc;

/// Something that happened, past tense.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message was committed.
    Posted(Arc<Message>),
    /// Something was said that is not kept: its id stands in no log, and its place is 0.
    Passed(Arc<Message>),
    /// A message was taken back.
    Revoked {
        /// The message.
        message: Arc<Message>,
        /// Who took it back: its sender, or somebody with rights over the conversation.
        by: AccountId,
    },
    /// `reader` has read everything `peer` wrote to them.
    Read {
        /// Who read.
        reader: AccountId,
        /// Whose messages.
        peer: AccountId,
    },
    /// `reader` has read on in a channel.
    ReadIn {
        /// Who read.
        reader: AccountId,
        /// Where.
        channel: ChannelId,
    },
    /// Somebody is typing, or has stopped.
    Typing {
        /// Who types.
        from: AccountId,
        /// To whom.
        to: Target,
        /// They stopped.
        finished: bool,
    },
    /// Somebody asks to become contacts.
    ContactRequested {
        /// Who asks.
        from: AccountId,
        /// Who is asked.
        to: AccountId,
        /// The number of the request.
        request: i64,
        /// What the applicant is called.
        name: String,
        /// The applicant's words.
        reason: String,
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
        /// What the one who answered is called.
        name: String,
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
    /// A member was removed, as the member itself is told.
    Kicked {
        /// The channel.
        channel: ChannelId,
        /// Who removed them.
        by: AccountId,
        /// Who was removed.
        member: AccountId,
    },
    /// Members were removed, as the rest of the channel is told.
    Removed {
        /// The channel.
        channel: ChannelId,
        /// Who removed them.
        by: AccountId,
        /// Who was removed.
        members: Vec<AccountId>,
    },
    /// Something about the members changed that no other event tells of.
    MembersChanged {
        /// The channel.
        channel: ChannelId,
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
    /// A connection of an account came or went.
    Presence {
        /// The account.
        account: AccountId,
        /// Whether it came.
        online: bool,
        /// On what kind of device, where that is known.
        kind: Option<DeviceKind>,
        /// No other connection of the account is live: with this one the account itself came or went.
        alone: bool,
    },
    /// What an account shows of itself changed.
    ProfileChanged {
        /// The account.
        account: AccountId,
    },
    /// What an account holds of another, or is held of by them, changed.
    ContactChanged {
        /// Who is told.
        account: AccountId,
        /// The other.
        peer: AccountId,
    },
    /// Somebody is not on an account's contact list any more.
    ContactRemoved {
        /// Whose list it is.
        account: AccountId,
        /// Who was on it.
        peer: AccountId,
    },
    /// An account changed how it treats a conversation.
    PrefsChanged {
        /// The account.
        account: AccountId,
        /// The conversation.
        place: Target,
    },
    /// An account set how much of a conversation counts as unread.
    UnreadCleared {
        /// The account.
        account: AccountId,
        /// The conversation.
        place: Target,
        /// How many messages are unread now.
        unread: i64,
    },
    /// An account does not want to see some messages any more.
    Hidden {
        /// The account.
        account: AccountId,
        /// The messages with their places; at most 500.
        messages: Vec<(MessageId, i64, Target)>,
    },
    /// An account put a conversation away until something new is said.
    Closed {
        /// The account.
        account: AccountId,
        /// The conversation.
        place: Target,
    },
    /// An account left a draft, or how far it had looked, in a conversation.
    DraftSaved {
        /// The account.
        account: AccountId,
    },
    /// Somebody was called upon, or has seen to it.
    Reminded {
        /// Where.
        place: Target,
    },
    /// An account ended its connections of some kind.
    LoggedOut {
        /// The account.
        account: AccountId,
    },
}
