//! What happened and is kept for clients that were away. It is stored, so its shape must stay readable.

use super::conversation::Target;
use super::event::Event;
use super::ids::{AccountId, ChannelId, ConversationId, MessageId};
use super::time::Millis;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
    /// See [`Event::ContactAnswered`]; of the answers only consent is kept.
    ContactAccepted {
        /// Who answered.
        by: AccountId,
        /// Who had asked.
        to: AccountId,
        /// What the one who answered is called.
        name: String,
    },
    /// Members were added by invitation.
    Invited {
        /// The channel.
        channel: ChannelId,
        /// Who invited.
        by: AccountId,
        /// Who was added.
        members: Vec<AccountId>,
        /// Whether the channel was made with them.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        founding: bool,
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
        /// Whether nothing but its picture did.
        avatar: bool,
    },
    /// The channel is gone.
    Dissolved {
        /// The channel.
        channel: ChannelId,
        /// Who dissolved it.
        by: AccountId,
    },
    /// What an account shows of itself changed.
    ProfileChanged {
        /// The account.
        account: AccountId,
        /// Whether nothing but its picture did.
        #[serde(default)]
        avatar: bool,
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
        /// Which of them ended it, where both lists are concerned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<AccountId>,
    },
    /// An account changed how it treats a conversation.
    PrefsChanged {
        /// The account.
        account: AccountId,
        /// The conversation.
        place: Target,
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
}

impl Lasting {
    /// What is kept of an event, if anything.
    pub fn of(event: &Event) -> Option<Cow<'_, Self>> {
        let own = match event {
            Event::Kept(what) => return Some(Cow::Borrowed(what)),
            Event::Revoked { message, by } => Self::Revoked {
                message: message.id,
                conversation: message.conversation,
                by: *by,
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
            Event::Transferred { channel, .. } => Self::MembersChanged {
                channel: *channel,
                member: None,
            },
            Event::ChannelUpdated { channel, by, patch } => Self::ChannelUpdated {
                channel: *channel,
                by: *by,
                avatar: patch.is_only_avatar(),
            },
            Event::Posted(_)
            | Event::Passed(_)
            | Event::Deleted { .. }
            | Event::Edited(_)
            | Event::Reacted { .. }
            | Event::Read { .. }
            | Event::ReadIn { .. }
            | Event::Typing { .. }
            | Event::ContactAnswered {
                accepted: false, ..
            }
            | Event::JoinRequested { .. }
            | Event::JoinAnswered { .. }
            | Event::Signalled(_)
            | Event::MemberJoined { .. }
            | Event::MemberLeft { .. }
            | Event::Founded { .. }
            | Event::Parted { .. }
            | Event::Presence { .. }
            | Event::UnreadCleared { .. }
            | Event::VoiceHeard { .. }
            | Event::DraftSaved { .. }
            | Event::Reminded { .. }
            | Event::LoggedOut { .. } => return None,
        };
        Some(Cow::Owned(own))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::ChannelPatch;

    fn is_of_a_picture(patch: ChannelPatch) -> bool {
        let event = Event::ChannelUpdated {
            channel: ChannelId(7),
            by: AccountId::FIRST,
            patch: Box::new(patch),
        };
        match Lasting::of(&event).as_deref() {
            Some(Lasting::ChannelUpdated { avatar, .. }) => *avatar,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_picture_changed_with_something_else_is_more_than_a_picture() {
        let picture = ChannelPatch {
            avatar: Some("a".to_owned()),
            ..ChannelPatch::default()
        };
        let both = ChannelPatch {
            name: Some("n".to_owned()),
            ..picture.clone()
        };
        assert!(is_of_a_picture(picture));
        assert!(!is_of_a_picture(both));
        assert!(!is_of_a_picture(ChannelPatch::default()));
    }
}
