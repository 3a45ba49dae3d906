//! Friendships that two accounts have with each other: made and ended on both sides at once.

use super::asking::answered;
use super::{Contacts, contact_groups, contacts};
use crate::domain::conversation::Target;
use crate::domain::{AccountId, Contact, Lasting};
use crate::error::{ErrorKind, Result};
use crate::service::conversations::put_away;
use crate::service::telling::Telling;
use crate::store::{AnyConnection, accounts};

impl Contacts {
    /// Makes two accounts each other's contacts without asking, tells both as if `by` had accepted a request, and shows both their
    /// conversation. Nothing happens when they are contacts already.
    ///
    /// In this order: [`ErrorKind::SelfTarget`], [`ErrorKind::AccountUnknown`].
    pub async fn befriend(&self, by: AccountId, other: AccountId) -> Result<()> {
        if by == other {
            return Err(ErrorKind::SelfTarget.into());
        }
        let befriend = move |conn: &mut AnyConnection| {
            if !accounts::is_known(conn, by)? || !accounts::is_known(conn, other)? {
                return Err(ErrorKind::AccountUnknown.into());
            }
            if listings(conn, by, other)?.len() == 2 {
                return Ok(Telling::default());
            }
            answered(conn, by, other, true, String::new())
        };
        let telling = self.core.store.write(befriend).await?;
        self.changed(by, other, telling).await;
        Ok(())
    }

    /// Takes two accounts off each other's list, tells both, and puts their conversation away for both. Nothing happens when
    /// neither has the other on its list.
    pub async fn part(&self, by: AccountId, other: AccountId) -> Result<()> {
        let part = move |conn: &mut AnyConnection| {
            let mut telling = Telling::default();
            let listings = listings(conn, by, other)?;
            if listings.is_empty() {
                return Ok(telling);
            }
            for contact in listings {
                let (account, peer) = (contact.account, contact.peer);
                contacts::unlist(conn, &contact)?;
                contact_groups::forget(conn, account, peer)?;
                let removed = Lasting::ContactRemoved {
                    account,
                    peer,
                    by: Some(by),
                };
                telling.add(conn, account, removed)?;
            }
            for (account, peer) in [(by, other), (other, by)] {
                let closed = put_away(conn, account, Target::Account(peer))?;
                telling.add(conn, account, closed)?;
            }
            Ok(telling)
        };
        let telling = self.core.store.write(part).await?;
        self.changed(by, other, telling).await;
        Ok(())
    }
}

/// What two accounts hold of each other, where they have each other on their list.
fn listings(conn: &mut AnyConnection, a: AccountId, b: AccountId) -> Result<Vec<Contact>> {
    let both = [contacts::find(conn, a, b)?, contacts::find(conn, b, a)?];
    let held = both.into_iter().flatten();
    Ok(held.filter(|contact| contact.listed).collect())
}
