//! Accounts with what some dialects know of them besides, and what an account may only be let do.

use super::Accounts;
use crate::domain::{Account, AccountId, Contact};
use crate::error::{ErrorKind, Result};
use crate::hub::Seen;
use crate::store::account_extras::{self, Extras};
use crate::store::{AnyConnection, accounts, contacts};
use std::collections::HashMap;

/// An account as a dialect shows it.
#[derive(Debug, Clone)]
pub struct Card {
    /// The account, with its e-mail address and phone number.
    pub account: Account,
    /// What else is known of it.
    pub extras: Extras,
    /// Whether it is live, as far as that is shown.
    pub presence: Seen,
    /// What the viewer holds of it.
    pub mine: Option<Contact>,
}

impl Accounts {
    /// Accounts as somebody sees them, or as nobody in particular does. Unknown ones are missing.
    pub async fn cards(
        &self,
        viewer: Option<AccountId>,
        ids: Vec<AccountId>,
    ) -> Result<HashMap<AccountId, Card>> {
        let look = move |conn: &mut AnyConnection| {
            let accounts = accounts::by_ids(conn, &ids)?;
            let extras = account_extras::of_all(conn, &ids)?;
            let mine = match viewer {
                Some(viewer) => contacts::held(conn, viewer, &ids)?,
                None => HashMap::new(),
            };
            Ok((accounts, extras, mine))
        };
        let (accounts, mut extras, mut mine) = self.core.store.read(look).await?;
        let shown = self.core.settings.policy().online_shown;
        let card = |(id, account): (AccountId, Account)| {
            let card = Card {
                account,
                extras: extras.remove(&id).unwrap_or_default(),
                presence: if shown || viewer == Some(id) {
                    self.core.hub.presence(id)
                } else {
                    Seen::default()
                },
                mine: mine.remove(&id),
            };
            (id, card)
        };
        Ok(accounts.into_iter().map(card).collect())
    }

    /// One account as somebody sees it. [`ErrorKind::AccountUnknown`].
    pub async fn card(&self, viewer: Option<AccountId>, id: AccountId) -> Result<Card> {
        let mut cards = self.cards(viewer, vec![id]).await?;
        Ok(cards.remove(&id).ok_or(ErrorKind::AccountUnknown)?)
    }

    /// What else is known of accounts. Those of whom nothing is are missing.
    pub async fn extras(&self, ids: Vec<AccountId>) -> Result<HashMap<AccountId, Extras>> {
        let look = move |conn: &mut AnyConnection| account_extras::of_all(conn, &ids);
        self.core.store.read(look).await
    }

    /// Lets an account only log in and read, or everything again. [`ErrorKind::AccountUnknown`].
    pub async fn set_read_only(&self, id: AccountId, read_only: bool) -> Result<()> {
        self.change(id, move |conn| {
            change_extras(conn, id, |extras| extras.read_only = read_only)
        })
        .await
    }

    /// Makes an account a paying member or takes that from it. [`ErrorKind::AccountUnknown`].
    pub async fn set_paying(&self, id: AccountId, paying: bool) -> Result<()> {
        self.change(id, move |conn| {
            change_extras(conn, id, |extras| extras.paying = paying)
        })
        .await
    }
}

/// Whether there is such an account.
fn change_extras(
    conn: &mut AnyConnection,
    id: AccountId,
    change: impl FnOnce(&mut Extras),
) -> Result<bool> {
    if !accounts::is_known(conn, id)? {
        return Ok(false);
    }
    let mut extras = account_extras::of(conn, id)?;
    change(&mut extras);
    account_extras::put(conn, id, extras)?;
    Ok(true)
}
