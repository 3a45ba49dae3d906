//! How the caller treats a conversation, as operations 22 and 36 change it.

use super::args::{Args, bad, missing};
use super::caller::Acting;
use super::reply::Failure;
use crate::domain::conversation::Target;
use crate::domain::time::Millis;
use crate::service::conversations::PrefsPatch;

/// The words for a conversation that is on the list, and for one that is not.
pub const CHATTING: &str = "chatting";
const HIDDEN: &str = "hidden";
/// The last second whose milliseconds can be counted.
const LAST: i64 = i64::MAX / 1000 - 1;

/// What is to be another; `None` leaves a part as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Treatment {
    shown: Option<bool>,
    read_until: Option<Millis>,
    unread: Option<i64>,
    pinned: Option<bool>,
}

impl Treatment {
    /// What a request wants of a conversation with a friend. Code 1 when that is nothing, 2 when it makes no sense.
    pub fn of_friend(args: &Args) -> Result<Self, Failure> {
        let unread = args.int("unread_count")?;
        if unread.is_some_and(|unread| unread < 0) {
            return Err(bad());
        }
        let treatment = Self {
            unread,
            pinned: args.flag("top")?,
            ..Self::shared(args)?
        };
        treatment.or_missing()
    }

    /// What a request wants of a group; as [`Treatment::of_friend`].
    pub fn of_group(args: &Args) -> Result<Self, Failure> {
        Self::shared(args)?.or_missing()
    }

    fn shared(args: &Args) -> Result<Self, Failure> {
        let shown = match args.text("state") {
            None => None,
            Some(CHATTING) => Some(true),
            Some(HIDDEN) => Some(false),
            Some(_) => return Err(bad()),
        };
        let read_until = match args.int("last_read_time")? {
            None => None,
            // The whole of that second.
            Some(second @ 0..=LAST) => Some(second * 1000 + 999),
            Some(_) => return Err(bad()),
        };
        Ok(Self {
            shown,
            read_until,
            ..Self::default()
        })
    }

    fn or_missing(self) -> Result<Self, Failure> {
        if self == Self::default() {
            return Err(missing());
        }
        Ok(self)
    }

    /// Treats a conversation so from now on.
    pub async fn apply(self, ask: &Acting, place: Target) -> Result<(), Failure> {
        let (chat, conversations) = (&ask.services.chat, &ask.services.conversations);
        if let Some(pinned) = self.pinned {
            let patch = PrefsPatch {
                pinned: Some(pinned),
                ..PrefsPatch::default()
            };
            conversations.set_prefs(ask.caller, place, patch).await?;
        }
        if let Some(moment) = self.read_until {
            chat.read_until(ask.caller, place, moment).await?;
        }
        if let Some(unread) = self.unread {
            chat.leave_unread(ask.caller, place, unread).await?;
        }
        match self.shown {
            Some(true) => conversations.reopen(ask.caller, place).await?,
            Some(false) => conversations.close(ask.caller, place).await?,
            None => {}
        }
        Ok(())
    }
}
