//! All there is between an account and others, and what of it changed.

use super::{Contacts, ContactsSince, SyncedContact};
use crate::domain::conversation::Exchange;
use crate::domain::{AccountId, Contact};
use crate::error::{ErrorKind, Result};
use crate::hub::Seen;
use crate::service::Caller;
use crate::service::accounts::AccountView;
use crate::service::views;
use crate::store::prefs::{self, Prefs};
use crate::store::{AnyConnection, contacts};
use std::collections::HashMap;

/// How many contacts a request is told of at most.
const SYNCED: i64 = 10_000;

/// An account and all there is between it and the caller.
#[derive(Debug, Clone)]
pub struct Between {
    /// The account.
    pub view: AccountView,
    /// What the caller holds of it.
    pub mine: Option<Contact>,
    /// What it holds of the caller.
    pub theirs: Option<Contact>,
    /// How the caller treats the conversation with it.
    pub prefs: Prefs,
    /// Where it is live; nothing when that is not shown.
    pub presence: Seen,
}

impl Contacts {
    /// What is between the caller and one account. [`ErrorKind::AccountUnknown`].
    pub async fn between(&self, caller: Caller, peer: AccountId) -> Result<Between> {
        let mut found = self.between_all(caller, vec![peer]).await?;
        Ok(found.remove(&peer).ok_or(ErrorKind::AccountUnknown)?)
    }

    /// What is between the caller and some accounts. Unknown ones are missing.
    pub async fn between_all(
        &self,
        caller: Caller,
        peers: Vec<AccountId>,
    ) -> Result<HashMap<AccountId, Between>> {
        let me = caller.id;
        let load = move |conn: &mut AnyConnection| {
            let seen = views::look(conn, me, &peers)?;
            let mine = contacts::held(conn, me, &peers)?;
            let theirs = contacts::holding(conn, me, &peers)?;
            let key = |peer: &AccountId| Exchange::direct(me, *peer).key();
            let keys: Vec<_> = peers.iter().map(key).collect();
            let prefs = prefs::among(conn, me, &keys)?;
            Ok((seen, mine, theirs, prefs))
        };
        let (seen, mut mine, mut theirs, mut prefs) = self.core.store.read(load).await?;
        let views = self.core.show(me, seen).into_iter();
        let between = views.map(|(peer, view)| {
            let key = Exchange::direct(me, peer).key();
            let between = Between {
                mine: mine.remove(&peer),
                theirs: theirs.remove(&peer),
                prefs: prefs.remove(&key).unwrap_or_default(),
                presence: self.core.presence(me, peer),
                view,
            };
            (peer, between)
        });
        Ok(between.collect())
    }

    /// What changed on the caller's contact list since a moment, oldest change first, with those who are not on it any more.
    pub async fn sync(
        &self,
        caller: Caller,
        since: ContactsSince,
        limit: i64,
    ) -> Result<Vec<SyncedContact>> {
        let limit = limit.clamp(1, SYNCED);
        self.core
            .store
            .read(move |conn| contacts::since(conn, caller.id, since, limit))
            .await
    }
}
