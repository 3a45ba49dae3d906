//! What is told of a change: noted for the devices that are away in the unit that makes the change, told to the others once it
//! is committed.

use super::Core;
use crate::domain::lasting::Lasting;
use crate::domain::{AccountId, ChannelId, Event, time};
use crate::error::Result;
use crate::store::{AnyConnection, events};

/// Who is told.
#[derive(Clone, Copy)]
enum Audience {
    Account(AccountId),
    Channel(ChannelId),
}

/// Events and who is told, in order, each with its number in the store if it lasts.
#[derive(Default)]
pub(super) struct Telling(Vec<(Audience, Event, Option<i64>)>);

impl Telling {
    /// Notes one event for one account.
    pub(super) fn one(conn: &mut AnyConnection, to: AccountId, event: Event) -> Result<Self> {
        let mut telling = Self::default();
        telling.add(conn, to, event)?;
        Ok(telling)
    }

    /// Notes an event for an account.
    pub(super) fn add(
        &mut self,
        conn: &mut AnyConnection,
        to: AccountId,
        event: Event,
    ) -> Result<()> {
        let stored = record(conn, to.0, &event)?;
        self.0.push((Audience::Account(to), event, stored));
        Ok(())
    }

    /// Notes an event for many accounts.
    pub(super) fn add_all(
        &mut self,
        conn: &mut AnyConnection,
        to: &[AccountId],
        event: Event,
    ) -> Result<()> {
        let Some(what) = Lasting::of(&event) else {
            let told = |account: &AccountId| (Audience::Account(*account), event.clone(), None);
            self.0.extend(to.iter().map(told));
            return Ok(());
        };
        let now = time::now();
        for account in to {
            let id = events::record(conn, account.0, &what, now)?;
            self.0
                .push((Audience::Account(*account), event.clone(), Some(id)));
        }
        Ok(())
    }

    /// Notes an event for the members of a channel. For [`Core::tell_all`] only.
    pub(super) fn add_channel(
        &mut self,
        conn: &mut AnyConnection,
        to: ChannelId,
        event: Event,
    ) -> Result<()> {
        let stored = record(conn, to.0, &event)?;
        self.0.push((Audience::Channel(to), event, stored));
        Ok(())
    }
}

fn record(conn: &mut AnyConnection, audience: i64, event: &Event) -> Result<Option<i64>> {
    Lasting::of(event)
        .map(|what| events::record(conn, audience, &what, time::now()))
        .transpose()
}

impl Core {
    /// Tells accounts what was noted. Call it after the unit is committed.
    pub(super) fn tell(&self, telling: Telling) {
        for (to, event, stored) in telling.0 {
            if let Audience::Account(account) = to {
                self.tell_account(account, event, stored);
            }
        }
    }

    /// Tells accounts and channels what was noted. Call it after the unit is committed.
    pub(super) async fn tell_all(&self, telling: Telling) {
        for (to, event, stored) in telling.0 {
            match (to, stored) {
                (Audience::Account(account), stored) => self.tell_account(account, event, stored),
                // A channel that is gone has nobody to tell.
                (Audience::Channel(channel), Some(id)) => {
                    drop(self.hub.tell_channel_stored(channel, event, id).await)
                }
                (Audience::Channel(channel), None) => {
                    drop(self.hub.tell_channel(channel, event).await)
                }
            }
        }
    }

    fn tell_account(&self, account: AccountId, event: Event, stored: Option<i64>) {
        match stored {
            Some(id) => self.hub.tell_stored(&[account], event, id),
            None => self.hub.tell(&[account], event),
        }
    }
}
