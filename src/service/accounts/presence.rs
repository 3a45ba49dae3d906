//! Who is online, and with what.

use super::{AccountView, Accounts};
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, Event};
use crate::error::{Error, Result};
use crate::hub::Seen;
use crate::service::{Caller, Core};
use crate::store::{AnyConnection, accounts, contacts, conversations};
use std::collections::HashSet;

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

/// Whose presence is asked for.
#[derive(Debug, Clone)]
pub enum Whom {
    /// These accounts.
    These(Vec<AccountId>),
    /// Those of these accounts that are the caller's contacts.
    ContactsAmong(Vec<AccountId>),
    /// The caller's contacts who are there or lately were.
    Contacts,
    /// The same, and with them whomever else the caller exchanges messages with.
    Partners,
}

impl Accounts {
    /// Where accounts are live. Nobody when it is not shown. [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid).
    pub async fn online(&self, caller: Caller, whom: Whom) -> Result<Vec<Online>> {
        if let Whom::These(named) | Whom::ContactsAmong(named) = &whom
            && named.len() > NAMED
        {
            return Err(Error::invalid("a request names at most 1000 accounts"));
        }
        if !self.core.settings.policy().online_shown {
            return Ok(Vec::new());
        }
        let me = caller.id;
        let all = matches!(whom, Whom::These(_) | Whom::ContactsAmong(_));
        let list = move |conn: &mut AnyConnection| wanted(conn, me, whom);
        let wanted = self.core.store.read(list).await?;
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
        let event = Event::LoggedOut { account };
        self.core.hub.tell(&[account], event, None);
    }
}

/// Whose presence that is.
fn wanted(conn: &mut AnyConnection, me: AccountId, whom: Whom) -> Result<Vec<AccountId>> {
    let partners = match whom {
        Whom::These(named) => return Ok(named),
        Whom::ContactsAmong(named) => {
            let held = contacts::held(conn, me, &named)?;
            let is_contact = |peer: &AccountId| {
                let contact = held.get(peer);
                contact.is_some_and(|contact| contact.listed && !contact.blocked)
            };
            return Ok(named.into_iter().filter(is_contact).collect());
        }
        Whom::Contacts => Vec::new(),
        Whom::Partners => {
            let views = conversations::of(conn, me)?.into_iter();
            let peers = views.filter_map(|view| view.conversation.exchange().peer_of(me));
            peers.collect()
        }
    };
    let contacts = contacts::listed(conn, me)?.into_iter();
    let mut wanted: Vec<AccountId> = contacts.map(|contact| contact.peer).collect();
    let listed: HashSet<AccountId> = wanted.iter().copied().collect();
    wanted.extend(partners.into_iter().filter(|peer| !listed.contains(peer)));
    Ok(wanted)
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
