//! What happened. Events are the only thing dialects render for their sockets.

pub use super::lasting::{Lasting, Stored};

use super::channel::{ChannelPatch, Role};
use super::conversation::Target;
use super::ids::{AccountId, ChannelId, ConversationId, MessageId};
use super::message::Message;
use super::presence::DeviceKind;
use super::time::Millis;
use super::topic::{Member as TopicMember, Signal};
use std::sync::Arc;

/// Something that happened, past tense.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Something that is told as it is kept.
    Kept(Lasting),
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
    /// A message was taken back without a trace.
    Deleted {
        /// As it is now.
        message: Arc<Message>,
        /// Who did it.
        by: AccountId,
    },
    /// A message says something else.
    Edited(Arc<Message>),
    /// Somebody put something beside a message of a conversation, or took it away.
    Reacted {
        /// The conversation.
        conversation: ConversationId,
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
        /// What others know them by.
        name: Arc<str>,
        /// To whom.
        to: Target,
        /// They stopped.
        finished: bool,
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
    /// An account made a channel, as its own devices are told.
    Founded {
        /// The channel.
        channel: ChannelId,
        /// Who made it.
        by: AccountId,
    },
    /// An account left a channel, as its own devices are told.
    Parted {
        /// The channel.
        channel: ChannelId,
        /// Who left.
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
    /// A connection of an account came or went.
    Presence {
        /// The account.
        account: AccountId,
        /// Whether it came.
        online: bool,
        /// On what kind of device, where that is known.
        kind: Option<DeviceKind>,
        /// The first of the kinds it is live on now, as far as they are known.
        main: Option<DeviceKind>,
        /// No other connection of the account is live: with this one the account itself came or went.
        alone: bool,
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
    /// An account has listened to a voice message.
    VoiceHeard {
        /// The message.
        message: MessageId,
        /// The conversation, as the account sees it.
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
    /// Something was said on a topic.
    Signalled(Signal),
    /// Somebody came to a topic.
    MemberJoined {
        /// The topic.
        topic: Arc<str>,
        /// Who.
        member: TopicMember,
    },
    /// Somebody left a topic.
    MemberLeft {
        /// The topic.
        topic: Arc<str>,
        /// Who.
        id: Arc<str>,
    },
    /// An account ended its connections of some kind.
    LoggedOut {
        /// The account.
        account: AccountId,
    },
}

impl From<Lasting> for Event {
    fn from(what: Lasting) -> Self {
        Self::Kept(what)
    }
}
