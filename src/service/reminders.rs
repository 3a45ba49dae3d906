//! Who was called upon by a message, and has not seen to it yet.

pub use crate::store::reminders::Reminder;

use super::{Caller, Core};
use crate::domain::conversation::{Exchange, Target};
use crate::domain::message::Mentions;
use crate::domain::{AccountId, Event, Message};
use crate::error::{Error, Result};
use crate::store::{AnyConnection, channels, reminders};
use std::sync::Arc;

/// How many are listed at most.
const LISTED: i64 = 1000;
/// How many a message may name; the rest of the names is only words.
const NAMED: usize = 200;

/// The use cases.
pub struct Reminders {
    core: Arc<Core>,
}

impl Reminders {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// The caller's reminders that are newer than a version or were seen to since, oldest version first.
    pub async fn sync(&self, caller: Caller, version: i64, limit: i64) -> Result<Vec<Reminder>> {
        let limit = limit.clamp(1, LISTED);
        self.core
            .store
            .read(move |conn| reminders::since(conn, caller.id, version, limit))
            .await
    }

    /// The caller has seen to reminders, of which the caller's clients are told. Unknown ones are skipped.
    pub async fn done(&self, caller: Caller, ids: Vec<i64>) -> Result<()> {
        if ids.len() > LISTED as usize {
            return Err(Error::invalid("a request names at most 1000 reminders"));
        }
        let me = caller.id;
        self.core
            .store
            .write(move |conn| reminders::done(conn, me, &ids))
            .await?;
        let event = Event::Reminded {
            place: Target::Account(me),
        };
        self.core.hub.tell(&[me], event);
        Ok(())
    }
}

/// Notes whom a message calls upon, of those who may see it, and tells them.
pub(super) async fn remind(core: &Core, message: &Arc<Message>, mentions: Mentions) -> Result<()> {
    let said = message.clone();
    let note = move |conn: &mut AnyConnection| {
        let (mentions, called) = called(conn, &said, mentions)?;
        reminders::insert(conn, &said, &mentions)?;
        Ok(called)
    };
    let told = core.store.write(note).await?;
    for account in told {
        if let Some(place) = message.exchange().seen_by(account) {
            core.hub.tell(&[account], Event::Reminded { place });
        }
    }
    Ok(())
}

/// Whom a message calls upon, as it is stored and one by one. Who cannot see it is not called.
fn called(
    conn: &mut AnyConnection,
    message: &Message,
    mentions: Mentions,
) -> Result<(Mentions, Vec<AccountId>)> {
    let mut others = match message.exchange() {
        Exchange::Direct(low, high) => vec![low, high],
        Exchange::Channel(channel) => {
            let members = channels::members(conn, channel)?;
            members.into_iter().map(|member| member.account).collect()
        }
    };
    others.retain(|account| *account != message.sender && message.is_for(*account));
    if mentions.all && message.draft.audience.is_none() {
        let everybody = Mentions {
            all: true,
            accounts: Vec::new(),
        };
        return Ok((everybody, others));
    }
    if !mentions.all {
        others.retain(|account| mentions.accounts.contains(account));
    }
    others.truncate(NAMED);
    let named = Mentions {
        all: false,
        accounts: others.clone(),
    };
    Ok((named, others))
}
