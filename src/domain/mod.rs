//! Plain types and rules: no I/O, no actors, no database.

pub mod account;
pub mod address;
pub mod channel;
pub mod contact;
pub mod content;
pub mod conversation;
pub mod event;
pub mod ids;
pub mod lasting;
pub mod message;
pub mod place;
pub mod presence;
pub mod time;
pub mod topic;

pub use account::{Account, AccountStatus, Profile};
pub use channel::{Channel, ChannelFlags, Member, Role};
pub use contact::{Contact, ContactRequest, RequestStatus};
pub use content::{Content, ContentKind};
pub use conversation::{Exchange, Target};
pub use event::Event;
pub use ids::{AccountId, ChannelId, ConversationId, MessageId};
pub use lasting::{Lasting, Stored};
pub use message::{Dialect, Mentions, Message, MessageStatus};
pub use presence::{Device, DeviceKind};
