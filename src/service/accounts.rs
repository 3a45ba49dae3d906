//! Accounts: whose token it is, what they show of themselves, finding them, and what administrators do with them.

mod cards;
mod handles;
mod presence;

pub use crate::store::account_extras::Extras;
pub use cards::Card;
pub use handles::short_no;
pub use presence::{Online, Whom};

pub use super::views::AccountView;
pub use crate::store::accounts::{AccountRecord, ProfilePatch};

use super::policy::SearchBy;
use super::standings::Standing;
use super::telling::Telling;
use super::{Caller, Core, fields, views};
use crate::domain::{AccountId, Lasting, Profile, time};
use crate::error::{ErrorKind, Result};
use crate::store::accounts::{self, SearchColumn};
use crate::store::{AnyConnection, relations};
use std::collections::HashMap;
use std::sync::Arc;

/// How many accounts a search finds at most.
const FOUND: i64 = 100;
/// How many accounts administrators see on a page.
const PAGE: i64 = 50;

/// The use cases.
pub struct Accounts {
    core: Arc<Core>,
}

impl Accounts {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Whose token it is.
    ///
    /// [`ErrorKind::NotLoggedIn`] when it is forged or expired, or when the account is gone, locked, or was locked or given
    /// another password since.
    pub async fn authenticate(&self, token: &str) -> Result<Caller> {
        let claims = self
            .core
            .tokens
            .verify(token, time::now())
            .ok_or(ErrorKind::NotLoggedIn)?;
        self.look_up(AccountId(claims.id), claims.iat).await
    }

    /// Whether a proof of login that was good a moment ago still is.
    pub async fn still_holds(&self, caller: Caller) -> Result<()> {
        self.look_up(caller.id, caller.since).await.map(drop)
    }

    async fn look_up(&self, id: AccountId, since: i64) -> Result<Caller> {
        let standing = self.core.standings.of(&self.core.store, id).await?;
        let valid = standing.filter(|standing| !standing.locked && since >= standing.valid_from);
        let standing = valid.ok_or(ErrorKind::NotLoggedIn)?;
        Ok(Caller {
            id,
            manager: standing.manager,
            since,
        })
    }

    /// How an account stands, if there is such an account.
    pub async fn standing(&self, id: AccountId) -> Result<Option<Standing>> {
        self.core.standings.of(&self.core.store, id).await
    }

    /// A new token for an account that has just been authenticated.
    pub async fn fresh_token(&self, id: AccountId) -> Result<String> {
        self.core.token(id).await
    }

    /// The caller's own account.
    pub async fn me(&self, caller: AccountId) -> Result<AccountView> {
        self.view(caller, caller).await
    }

    /// What the viewer may see of an account. [`ErrorKind::AccountUnknown`].
    pub async fn view(&self, viewer: AccountId, id: AccountId) -> Result<AccountView> {
        let mut views = self.core.views(viewer, vec![id]).await?;
        Ok(views.remove(&id).ok_or(ErrorKind::AccountUnknown)?)
    }

    /// What the viewer may see of accounts. Unknown ones are missing.
    pub async fn views(
        &self,
        viewer: AccountId,
        ids: Vec<AccountId>,
    ) -> Result<HashMap<AccountId, AccountView>> {
        self.core.views(viewer, ids).await
    }

    /// Changes what the caller shows. With both coordinates known the account can be found near its place. Whoever has the
    /// caller as a contact is told of what others know it by.
    pub async fn update_profile(&self, caller: AccountId, patch: ProfilePatch) -> Result<()> {
        let patch = checked(patch)?;
        let avatar = patch.is_only_avatar();
        let update = move |conn: &mut AnyConnection| {
            let before = accounts::find(conn, caller)?.ok_or(ErrorKind::AccountUnknown)?;
            accounts::update_profile(conn, caller, &patch, time::now())?;
            if !looks_new(&before.profile, &patch) {
                return Ok(Telling::default());
            }
            shown_anew(conn, caller, avatar)
        };
        let telling = self.core.store.write(update).await?;
        // They carry the name.
        self.core.standings.forget(caller);
        self.core.tell(telling).await;
        Ok(())
    }

    /// Changes the caller's password. All tokens are void and all sockets closed; [`Accounts::fresh_token`] gives a new one.
    pub async fn change_password(&self, caller: AccountId, password: String) -> Result<()> {
        self.core.set_password(caller, password).await
    }

    /// The accounts other than the caller's that are exactly what the text says, by whatever may be searched by; at most 100.
    pub async fn search(&self, caller: AccountId, text: String) -> Result<Vec<AccountView>> {
        let columns = columns(self.core.settings.policy().search_by);
        let find = move |conn: &mut AnyConnection| {
            let found = accounts::search(conn, &text, &columns, caller, FOUND)?;
            let ids: Vec<AccountId> = found.into_iter().map(|account| account.id).collect();
            let seen = views::look(conn, caller, &ids)?;
            Ok((ids, seen))
        };
        let (ids, seen) = self.core.store.read(find).await?;
        let mut views = self.core.show(caller, seen);
        Ok(ids.iter().filter_map(|id| views.remove(id)).collect())
    }

    /// A page, from 1, of the accounts that have the text in their name, nickname, address or number, or as their id, and how
    /// many there are; for administrators.
    pub async fn find_all(&self, text: String, page: i64) -> Result<(Vec<AccountRecord>, i64)> {
        let offset = page.saturating_sub(1).max(0).saturating_mul(PAGE);
        self.core
            .store
            .read(move |conn| accounts::page(conn, &text, offset, PAGE))
            .await
    }

    /// All about an account, for administrators. [`ErrorKind::AccountUnknown`].
    pub async fn record(&self, id: AccountId) -> Result<AccountRecord> {
        let record = self
            .core
            .store
            .read(move |conn| accounts::record(conn, id))
            .await?;
        Ok(record.ok_or(ErrorKind::AccountUnknown)?)
    }

    /// Locks an account: no login, no token, no socket. [`ErrorKind::AccountUnknown`].
    pub async fn lock(&self, id: AccountId) -> Result<()> {
        self.change(id, move |conn| {
            accounts::set_locked(conn, id, true, time::now())
        })
        .await?;
        self.core.hub.evict(id);
        Ok(())
    }

    /// Unlocks an account; tokens from before stay void. [`ErrorKind::AccountUnknown`].
    pub async fn unlock(&self, id: AccountId) -> Result<()> {
        self.change(id, move |conn| {
            accounts::set_locked(conn, id, false, time::now())
        })
        .await
    }

    /// Takes an account into the platform's staff or out of it. [`ErrorKind::AccountUnknown`].
    pub async fn set_manager(&self, id: AccountId, manager: bool) -> Result<()> {
        self.change(id, move |conn| {
            accounts::set_manager(conn, id, manager, time::now())
        })
        .await
    }

    /// Gives an account another password. [`ErrorKind::AccountUnknown`].
    pub async fn reset_password(&self, id: AccountId, password: String) -> Result<()> {
        self.core.set_password(id, password).await
    }

    async fn change<F>(&self, id: AccountId, change: F) -> Result<()>
    where
        F: FnOnce(&mut AnyConnection) -> Result<bool> + Send + 'static,
    {
        if !self.core.store.write(change).await? {
            return Err(ErrorKind::AccountUnknown.into());
        }
        self.core.standings.forget(id);
        Ok(())
    }
}

/// Whether others see the account anew after a patch.
fn looks_new(before: &Profile, patch: &ProfilePatch) -> bool {
    let new = |patch: &Option<String>, before: &String| {
        patch.as_ref().is_some_and(|patch| patch != before)
    };
    new(&patch.nickname, &before.nickname)
        || new(&patch.avatar, &before.avatar)
        || new(&patch.gender, &before.gender)
}

/// Notes for an account, and for whoever has it as a contact, that it shows something else: `avatar` if nothing but its picture.
fn shown_anew(conn: &mut AnyConnection, account: AccountId, avatar: bool) -> Result<Telling> {
    let mut told = relations::listed_by(conn, account)?;
    told.push(account);
    let mut telling = Telling::default();
    telling.add_all(conn, &told, Lasting::ProfileChanged { account, avatar })?;
    Ok(telling)
}

/// The patch as it is stored, if all of it fits.
pub(super) fn checked(mut patch: ProfilePatch) -> Result<ProfilePatch> {
    let texts = [
        ("nickname", &patch.nickname, 50),
        ("avatar", &patch.avatar, 500),
        ("gender", &patch.gender, 10),
        ("intro", &patch.intro, 1000),
        ("country", &patch.country, 50),
        ("province", &patch.province, 50),
        ("city", &patch.city, 50),
        ("district", &patch.district, 50),
    ];
    for (field, text, most) in texts {
        fields::at_most(field, text.as_deref().unwrap_or_default(), most)?;
    }
    let given = (
        patch.longitude.unwrap_or_default(),
        patch.latitude.unwrap_or_default(),
    );
    let (longitude, latitude) = fields::place(given.0, given.1)?;
    patch.longitude = patch.longitude.map(|_| longitude);
    patch.latitude = patch.latitude.map(|_| latitude);
    Ok(patch)
}

fn columns(by: SearchBy) -> Vec<SearchColumn> {
    let all = [
        (by.id, SearchColumn::Id),
        (by.name, SearchColumn::Name),
        (by.nickname, SearchColumn::Nickname),
        (by.mobile, SearchColumn::Mobile),
        (by.email, SearchColumn::Email),
    ];
    all.into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, column)| column)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_keeps_six_decimals_of_a_place_and_no_place_that_was_not_given() {
        let patch = ProfilePatch {
            longitude: Some(116.123_456_78),
            ..ProfilePatch::default()
        };
        let patch = checked(patch).unwrap();
        assert_eq!((patch.longitude, patch.latitude), (Some(116.123_457), None));
    }

    #[test]
    fn a_profile_has_no_place_off_the_globe_and_no_endless_texts() {
        let far = ProfilePatch {
            latitude: Some(90.5),
            ..ProfilePatch::default()
        };
        let long = ProfilePatch {
            gender: Some("x".repeat(11)),
            ..ProfilePatch::default()
        };
        for patch in [far, long] {
            assert_eq!(checked(patch).unwrap_err().kind(), ErrorKind::Invalid);
        }
    }

    #[test]
    fn an_account_looks_new_only_with_another_name_picture_or_gender() {
        let before = Profile {
            nickname: "Ann".to_owned(),
            ..Profile::default()
        };
        let named = |name: &str| ProfilePatch {
            nickname: Some(name.to_owned()),
            intro: Some("new".to_owned()),
            ..ProfilePatch::default()
        };
        assert!(!looks_new(&before, &named("Ann")));
        assert!(looks_new(&before, &named("Anna")));
    }

    #[test]
    fn only_what_may_be_searched_by_is_searched() {
        let by = SearchBy {
            id: true,
            name: false,
            nickname: true,
            mobile: false,
            email: false,
        };
        assert_eq!(columns(by), [SearchColumn::Id, SearchColumn::Nickname]);
    }
}
