//! What happened and is kept for clients that were away. It is stored, so its shape must stay readable.

use super::conversation::Target;
use super::event::Event;
use super::ids::{AccountId, ChannelId, ConversationId, MessageId};
use super::time::Millis;
use serde::{Deserialize, Serialize};

/// The part of an [`Event`] that is kept. Messages are in the log and need no place here; what only matters to whoever is
/// there, like typing, is not kept at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lasting {
    /// See [`Event::Revoked`].
    Revoked {
        /// The message.
        message: MessageId,
        /// Where it was said.
        conversation: ConversationId,
        /// Who took it back.
        by: AccountId,
    },
    /// See [`Event::ContactRequested`].
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
    /// See [`Event::ContactAnswered`]; of the answers only consent is kept.
    ContactAccepted {
        /// Who answered.
        by: AccountId,
        /// Who had asked.
        to: AccountId,
        /// What the one who answered is called.
        name: String,
    },
    /// See [`Event::Invited`].
    Invited {
        /// The channel.
        channel: ChannelId,
        /// Who invited.
        by: AccountId,
        /// Who was added.
        members: Vec<AccountId>,
    },
    /// See [`Event::Kicked`].
    Kicked {
        /// The channel.
        channel: ChannelId,
        /// Who removed them.
        by: AccountId,
        /// Who was removed.
        member: AccountId,
    },
    /// See [`Event::Removed`].
    Removed {
        /// The channel.
        channel: ChannelId,
        /// Who removed them.
        by: AccountId,
        /// Who was removed.
        members: Vec<AccountId>,
    },
    /// Members of a channel changed in another way: somebody left, came by consent, was named, muted, barred or given a role, or
    /// there is another owner.
    MembersChanged {
        /// The channel.
        channel: ChannelId,
        /// Who, where it is one.
        member: Option<AccountId>,
    },
    /// See [`Event::ChannelUpdated`].
    ChannelUpdated {
        /// The channel.
        channel: ChannelId,
        /// Who changed it.
        by: AccountId,
        /// Whether it has another picture.
        avatar: bool,
    },
    /// See [`Event::Dissolved`].
    Dissolved {
        /// The channel.
        channel: ChannelId,
        /// Who dissolved it.
        by: AccountId,
    },
    /// See [`Event::ProfileChanged`].
    ProfileChanged {
        /// The account.
        account: AccountId,
    },
    /// See [`Event::ContactChanged`].
    ContactChanged {
        /// Who is told.
        account: AccountId,
        /// The other.
        peer: AccountId,
    },
    /// See [`Event::ContactRemoved`].
    ContactRemoved {
        /// Whose list it is.
        account: AccountId,
        /// Who was on it.
        peer: AccountId,
    },
    /// See [`Event::PrefsChanged`].
    PrefsChanged {
        /// The account.
        account: AccountId,
        /// The conversation.
        place: Target,
    },
    /// See [`Event::Hidden`].
    Hidden {
        /// The account.
        account: AccountId,
        /// The messages with their places; at most 500.
        messages: Vec<(MessageId, i64, Target)>,
    },
    /// See [`Event::Closed`].
    Closed {
        /// The account.
        account: AccountId,
        /// The conversation.
        place: Target,
    },
}

impl Lasting {
    /// What is kept of an event, if anything.
    pub fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Revoked { message, by } => Self::Revoked {
                message: message.id,
                conversation: message.conversation,
                by: *by,
            },
            Event::ContactRequested {
                from,
                to,
                request,
                name,
                reason,
            } => Self::ContactRequested {
                from: *from,
                to: *to,
                request: *request,
                name: name.clone(),
                reason: reason.clone(),
            },
            Event::ContactAnswered {
                by,
                to,
                accepted: true,
                name,
                ..
            } => Self::ContactAccepted {
                by: *by,
                to: *to,
                name: name.clone(),
            },
            Event::ProfileChanged { account } => Self::ProfileChanged { account: *account },
            Event::ContactChanged { account, peer } => Self::ContactChanged {
                account: *account,
                peer: *peer,
            },
            Event::ContactRemoved { account, peer } => Self::ContactRemoved {
                account: *account,
                peer: *peer,
            },
            Event::PrefsChanged { account, place } => Self::PrefsChanged {
                account: *account,
                place: *place,
            },
            Event::Hidden { account, messages } => Self::Hidden {
                account: *account,
                messages: messages.clone(),
            },
            Event::Closed { account, place } => Self::Closed {
                account: *account,
                place: *place,
            },
            Event::Posted(_)
            | Event::Passed(_)
            | Event::Read { .. }
            | Event::ReadIn { .. }
            | Event::Typing { .. }
            | Event::ContactAnswered {
                accepted: false, ..
            }
            | Event::JoinRequested { .. }
            | Event::JoinAnswered { .. }
            | Event::Presence { .. }
            | Event::UnreadCleared { .. }
            | Event::DraftSaved { .. }
            | Event::Reminded { .. }
            | Event::LoggedOut { .. } => return None,
            Event::Invited { .. }
            | Event::Kicked { .. }
            | Event::Removed { .. }
            | Event::MembersChanged { .. }
            | Event::Left { .. }
            | Event::Transferred { .. }
            | Event::RoleChanged { .. }
            | Event::Muted { .. }
            | Event::ChannelUpdated { .. }
            | Event::Dissolved { .. } => return Self::of_channel(event),
        })
    }

    fn of_channel(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Invited {
                channel,
                by,
                members,
            } => Self::Invited {
                channel: *channel,
                by: *by,
                members: members.clone(),
            },
            Event::Kicked {
                channel,
                by,
                member,
            } => Self::Kicked {
                channel: *channel,
                by: *by,
                member: *member,
            },
            Event::Removed {
                channel,
                by,
                members,
            } => Self::Removed {
                channel: *channel,
                by: *by,
                members: members.clone(),
            },
            Event::MembersChanged { channel } | Event::Transferred { channel, .. } => {
                Self::MembersChanged {
                    channel: *channel,
                    member: None,
                }
            }
            Event::Left { channel, member }
            | Event::RoleChanged {
                channel, member, ..
            }
            | Event::Muted {
                channel, member, ..
            } => Self::MembersChanged {
                channel: *channel,
                member: Some(*member),
            },
            Event::ChannelUpdated { channel, by, patch } => Self::ChannelUpdated {
                channel: *channel,
                by: *by,
                avatar: patch.avatar.is_some(),
            },
            Event::Dissolved { channel, by } => Self::Dissolved {
                channel: *channel,
                by: *by,
            },
            _ => return None,
        })
    }
}

/// Something that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its number, ascending over the whole node.
    pub id: i64,
    /// When it happened.
    pub at: Millis,
    /// What.
    pub what: Lasting,
}
