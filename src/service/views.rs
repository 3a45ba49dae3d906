//! What one account may see of others.

use super::Core;
use crate::domain::{Account, AccountId};
use crate::error::Result;
use crate::store::{AnyConnection, accounts, contacts};
use std::collections::{HashMap, HashSet};

/// How many ids go into one statement.
const AT_ONCE: usize = 10_000;

/// An account as another one sees it, or it itself.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountView {
    /// The account; without its e-mail address and phone number, unless [`AccountView::mine_or_friend`].
    pub account: Account,
    /// Whether it has a live session, as far as that is shown.
    pub online: bool,
    /// The viewer's own account, or one that has the viewer as a contact and is a contact of the viewer.
    pub mine_or_friend: bool,
}

/// What the store says of some accounts, from one viewer's side.
#[derive(Default)]
pub(super) struct Seen {
    accounts: HashMap<AccountId, Account>,
    friends: HashSet<AccountId>,
}

/// Looks accounts up; three queries however many there are. Unknown ones are missing.
pub(super) fn look(conn: &mut AnyConnection, viewer: AccountId, ids: &[AccountId]) -> Result<Seen> {
    let mut seen = Seen::default();
    for ids in ids.chunks(AT_ONCE) {
        seen.accounts.extend(accounts::by_ids(conn, ids)?);
        let mine = contacts::listed_among(conn, viewer, ids)?;
        let theirs = contacts::listing_among(conn, viewer, ids)?;
        seen.friends.extend(mine.intersection(&theirs));
    }
    Ok(seen)
}

impl Core {
    /// What the viewer may see of the accounts that were looked up.
    pub(super) fn show(&self, viewer: AccountId, seen: Seen) -> HashMap<AccountId, AccountView> {
        let online_shown = self.settings.policy().online_shown;
        let Seen { accounts, friends } = seen;
        let view = |(id, mut account): (AccountId, Account)| {
            let mine_or_friend = id == viewer || friends.contains(&id);
            if !mine_or_friend {
                account.email = None;
                account.mobile = None;
            }
            let online = (id == viewer || online_shown) && self.hub.is_online(id);
            (
                id,
                AccountView {
                    account,
                    online,
                    mine_or_friend,
                },
            )
        };
        accounts.into_iter().map(view).collect()
    }

    /// What the viewer may see of accounts. Unknown ones are missing.
    pub(super) async fn views(
        &self,
        viewer: AccountId,
        ids: Vec<AccountId>,
    ) -> Result<HashMap<AccountId, AccountView>> {
        let seen = self
            .store
            .read(move |conn| look(conn, viewer, &ids))
            .await?;
        Ok(self.show(viewer, seen))
    }
}
