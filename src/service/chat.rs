//! Messages: saying, taking back, reading, looking back.

mod history;
mod reading;
mod revoking;
mod saying;

pub use crate::domain::conversation::Target;
pub use crate::store::messages::Only;
pub use history::{Look, Range, Seen};
pub use revoking::Revoke;
pub use saying::{Saying, Spoken};

use super::Core;
use super::pace::Pace;
use crate::domain::conversation::Exchange;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ChannelId, Message, time};
use crate::error::{ErrorKind, Result};
use crate::store::{AnyConnection, channels, client_ids, conversations, messages};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

/// How long a client id is remembered.
const REMEMBERED: Millis = time::DAY;

/// The use cases.
pub struct Chat {
    core: Arc<Core>,
    pace: Arc<Pace>,
    flood: Option<DefaultKeyedRateLimiter<AccountId>>,
}

impl Chat {
    pub(super) fn new(core: Arc<Core>) -> Self {
        let limits = &core.config.limits;
        let per_second = NonZeroU32::new(limits.sends_per_second as u32);
        let burst = NonZeroU32::new(limits.sends_burst as u32);
        let flood = per_second.map(|rate| {
            let quota = Quota::per_second(rate);
            RateLimiter::keyed(burst.map_or(quota, |burst| quota.allow_burst(burst)))
        });
        Self {
            core,
            pace: Arc::default(),
            flood,
        }
    }

    /// The newest messages for an administrator, of one sender or with a text.
    pub async fn search(
        &self,
        sender: Option<AccountId>,
        text: Option<String>,
        limit: i64,
    ) -> Result<Vec<Message>> {
        self.core
            .store
            .read(move |conn| messages::search(conn, sender, text.as_deref(), limit))
            .await
    }

    /// Forgets client ids that are out of date, and senders not heard of for a while.
    pub async fn tidy(&self) -> Result<()> {
        if let Some(flood) = &self.flood {
            flood.retain_recent();
        }
        let before = time::now() - REMEMBERED;
        self.core
            .store
            .write(move |conn| client_ids::prune(conn, before))
            .await
            .map(drop)
    }
}

fn exchange(me: AccountId, target: Target) -> Result<Exchange> {
    match target {
        Target::Account(peer) if peer == me => Err(ErrorKind::SelfTarget.into()),
        target => place(me, target),
    }
}

/// The conversation of a target. Numbers out of range would run into each other in the log's keys.
pub(super) fn place(me: AccountId, target: Target) -> Result<Exchange> {
    match target {
        Target::Account(peer) if AccountId::holds(peer.0) => Ok(Exchange::direct(me, peer)),
        Target::Account(_) => Err(ErrorKind::AccountUnknown.into()),
        Target::Channel(id) if (1..AccountId::FIRST.0).contains(&id.0) => Ok(Exchange::Channel(id)),
        Target::Channel(_) => Err(ErrorKind::ChannelUnknown.into()),
    }
}

/// The place after which a member may look back.
fn channel_start(conn: &mut AnyConnection, me: AccountId, id: ChannelId) -> Result<i64> {
    let channel = channels::find(conn, id)?.ok_or(ErrorKind::ChannelUnknown)?;
    channels::role(conn, id, me)?.ok_or(ErrorKind::NotMember)?;
    let key = Exchange::Channel(id).key();
    if channel.flags.history_open {
        return conversations::cleared(conn, me, key);
    }
    Ok(conversations::cursors(conn, me, key)?.0)
}
