//! Which conversations an account has in sight, and putting them out of it.

use super::{Conversations, chat, check};
use crate::domain::content::ContentKind;
use crate::domain::conversation::Target;
use crate::domain::{AccountId, ConversationId, Lasting, Message, time};
use crate::error::Result;
use crate::service::Caller;
use crate::service::telling::Telling;
use crate::store::messages::{self, Counted, Stretch};
use crate::store::{AnyConnection, conversations};

impl Conversations {
    /// Puts a conversation away until something new is said, and tells the caller's clients.
    pub async fn close(&self, caller: Caller, place: Target) -> Result<()> {
        let close = move |conn: &mut AnyConnection| {
            let event = put_away(conn, caller.id, place)?;
            Telling::one(conn, caller.id, event)
        };
        let telling = self.core.store.write(close).await?;
        self.core.tell(telling).await;
        Ok(())
    }

    /// Shows a conversation again that the caller has put away, and tells the caller's clients.
    ///
    /// [`crate::error::ErrorKind::AccountUnknown`], [`crate::error::ErrorKind::NotMember`].
    pub async fn reopen(&self, caller: Caller, place: Target) -> Result<()> {
        let me = caller.id;
        let key = chat::place(me, place)?.key();
        let reopen = move |conn: &mut AnyConnection| {
            check(conn, me, place)?;
            conversations::reopen(conn, me, key, time::now())?;
            let event = Lasting::PrefsChanged { account: me, place };
            Telling::one(conn, me, event)
        };
        let telling = self.core.store.write(reopen).await?;
        self.core.tell(telling).await;
        Ok(())
    }

    /// The conversations that the caller has never put away, or has shown again since, also those in which nothing was said.
    pub async fn kept_open(&self, caller: Caller) -> Result<Vec<Target>> {
        let me = caller.id;
        let keys = self
            .core
            .store
            .read(move |conn| conversations::kept_open(conn, me))
            .await?;
        let places = keys.into_iter();
        Ok(places
            .filter_map(|key| key.exchange().seen_by(me))
            .collect())
    }

    /// How many messages are unread in a conversation: those of others that the caller has not read, notices not counted, none
    /// when the last word is the caller's own, at most 1000; and those that it claims besides.
    pub async fn unread(&self, caller: Caller, place: Target) -> Result<i64> {
        let me = caller.id;
        let key = chat::place(me, place)?.key();
        let count = move |conn: &mut AnyConnection| {
            let unread = spoken_unread(conn, me, key)?;
            Ok(unread.saturating_add(conversations::marked(conn, me, key)?))
        };
        self.core.store.read(count).await
    }
}

/// How many messages of others an account has not read in a conversation, notices not counted; none when the last word is its own.
pub(in crate::service) fn spoken_unread(
    conn: &mut AnyConnection,
    me: AccountId,
    key: ConversationId,
) -> Result<i64> {
    let (start, read) = conversations::cursors(conn, me, key)?;
    let newest = Stretch {
        conversation: key,
        viewer: me,
        start: 0,
        end: 0,
        floor: start,
        limit: 1,
        up: false,
    };
    let (newest, _) = messages::range(conn, &newest)?;
    let Some(newest) = newest.first().filter(|newest| !spoke(me, newest)) else {
        return Ok(0);
    };
    let after = start.max(read).max(newest.seq - super::COUNTED);
    let unread = messages::unread(conn, me, &[(key, after)], Counted::Spoken)?;
    Ok(unread.get(&key).copied().unwrap_or(0))
}

/// Puts a conversation out of an account's sight until something new is said. Gives what is to be told to the account.
pub(in crate::service) fn put_away(
    conn: &mut AnyConnection,
    account: AccountId,
    place: Target,
) -> Result<Lasting> {
    let key = chat::place(account, place)?.key();
    let head = messages::head(conn, key)?;
    conversations::close_view(conn, account, key, head)?;
    Ok(Lasting::Closed { account, place })
}

/// Whether a message is an account's own words, which it says after it has read what was there.
pub(super) fn spoke(account: AccountId, message: &Message) -> bool {
    message.sender == account && message.draft.content.kind() != ContentKind::Notice
}
