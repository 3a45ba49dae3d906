//! Putting an emoji beside a message.

use super::{Chat, Target, check_voice, place, start, tell_of};
use crate::domain::{AccountId, Event, MessageId, MessageStatus, time};
use crate::error::{Error, ErrorKind, Result};
use crate::service::Caller;
use crate::service::accounts::AccountView;
use crate::store::AnyConnection;
use crate::store::messages::{self, Reaction};

/// The longest emoji, in characters: many are put together of several.
const EMOJI: usize = 20;
/// How many reactions are listed at most.
const LISTED: i64 = 1000;

/// What somebody has put beside a message.
#[derive(Debug, Clone)]
pub struct Reacted {
    /// What.
    pub reaction: Reaction,
    /// Who.
    pub by: AccountView,
}

impl Chat {
    /// Puts an emoji beside a message, in the place of the caller's earlier one. The same again takes it away.
    ///
    /// [`ErrorKind::NotFound`], also for what was taken back or is out of the caller's sight, and what stands against speaking
    /// there.
    pub async fn react(&self, caller: Caller, id: MessageId, emoji: String) -> Result<()> {
        if !(1..=EMOJI).contains(&emoji.chars().count()) {
            return Err(Error::invalid("an emoji has 1 to 20 characters"));
        }
        let me = caller.id;
        self.check_flood(me)?;
        let message = self.find(caller, id).await?;
        let (to, seq) = (message.exchange(), message.seq);
        let check = move |conn: &mut AnyConnection| {
            check_voice(conn, me, to)?;
            Ok(start(conn, me, to)? < seq)
        };
        if !self.core.store.read(check).await? || message.status != MessageStatus::Normal {
            return Err(ErrorKind::NotFound.into());
        }
        let react = move |conn: &mut AnyConnection| {
            messages::react(conn, &message, me, &emoji, time::now())?;
            let conversation = message.conversation;
            tell_of(conn, &message, Event::Reacted { conversation })
        };
        let telling = self.core.store.write(react).await?;
        self.core.tell(telling).await;
        Ok(())
    }

    /// The reactions in a conversation that changed since a version, oldest change first.
    ///
    /// [`ErrorKind::ChannelUnknown`], [`ErrorKind::NotMember`].
    pub async fn reactions(
        &self,
        caller: Caller,
        target: Target,
        version: i64,
        limit: i64,
    ) -> Result<Vec<Reacted>> {
        let me = caller.id;
        let to = place(me, target)?;
        let list = move |conn: &mut AnyConnection| {
            let floor = start(conn, me, to)?;
            let limit = limit.clamp(1, LISTED);
            messages::reactions_since(conn, to.key(), me, floor, version, limit)
        };
        let found = self.core.store.read(list).await?;
        self.reacted(me, found).await
    }

    /// The same reactions with who they are from.
    pub(super) async fn reacted(
        &self,
        me: AccountId,
        reactions: Vec<Reaction>,
    ) -> Result<Vec<Reacted>> {
        let mut accounts: Vec<AccountId> = reactions.iter().map(|r| r.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let views = self.core.views(me, accounts).await?;
        let reacted = reactions.into_iter().filter_map(|reaction| {
            let by = views.get(&reaction.account)?.clone();
            Some(Reacted { reaction, by })
        });
        Ok(reacted.collect())
    }
}
