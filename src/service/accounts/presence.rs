//! Who is online, and with what.

use super::{AccountView, Accounts};
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, Event};
use crate::error::{Error, Result};
use crate::hub::Seen;
use crate::service::{Caller, Core};
use crate::store::{AnyConnection, accounts, contacts};

/// Who has left no longer ago than this still counts as somebody who was just there.
const LATELY: Millis = 10 * 60 * 1000;
/// How many accounts one request may name.
const NAMED: usize = 1000;

/// An account and where it is live.
#[derive(Debug, Clone)]
pub struct Online {
    /// The account.
    pub account: AccountView,
    /// Where it is live, and when it was last.
    pub presence: Seen,
}

impl Accounts {
    /// Where accounts are live: those named, or else the caller's contacts who are or lately were. Nobody when it is not shown.
    pub async fn online(
        &self,
        caller: Caller,
        named: Option<Vec<AccountId>>,
    ) -> Result<Vec<Online>> {
        if named.as_ref().is_some_and(|named| named.len() > NAMED) {
            return Err(Error::invalid("a request names at most 1000 accounts"));
        }
        if !self.core.settings.policy().online_shown {
            return Ok(Vec::new());
        }
        let me = caller.id;
        let all = named.is_some();
        let wanted = match named {
            Some(named) => named,
            None => {
                let list = move |conn: &mut AnyConnection| contacts::listed(conn, me);
                let listed = self.core.store.read(list).await?.into_iter();
                listed.map(|contact| contact.peer).collect()
            }
        };
        let earliest = time::now() - LATELY;
        let there = |presence: &Seen| presence.online || presence.left_at > earliest;
        let seen: Vec<(AccountId, Seen)> = wanted
            .into_iter()
            .map(|account| (account, self.core.presence(me, account)))
            .filter(|(_, presence)| all || there(presence))
            .collect();
        let ids = seen.iter().map(|(account, _)| *account).collect();
        let mut views = self.core.views(me, ids).await?;
        let online = seen.into_iter().filter_map(|(id, presence)| {
            let account = views.remove(&id)?;
            Some(Online { account, presence })
        });
        Ok(online.collect())
    }

    /// The platform's staff, whom anybody may turn to.
    pub async fn staff(&self, viewer: AccountId) -> Result<Vec<AccountView>> {
        let staff = self.core.store.read(accounts::staff).await?;
        let ids: Vec<AccountId> = staff.into_iter().map(|account| account.id).collect();
        let mut views = self.core.views(viewer, ids.clone()).await?;
        Ok(ids.iter().filter_map(|id| views.remove(id)).collect())
    }

    /// Tells the account's clients that its connections of some kind have ended.
    pub fn tell_logged_out(&self, account: AccountId) {
        self.core.hub.tell(&[account], Event::LoggedOut { account });
    }
}

impl Core {
    /// Where an account is live, as far as the viewer is shown it.
    pub(in crate::service) fn presence(&self, viewer: AccountId, account: AccountId) -> Seen {
        if viewer == account || self.settings.policy().online_shown {
            self.hub.presence(account)
        } else {
            Seen::default()
        }
    }
}
