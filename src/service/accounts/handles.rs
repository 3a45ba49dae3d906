//! Short numbers, and finding an account by exactly what it is called.

use super::{AccountView, Accounts, SearchBy, shown_anew};
use crate::domain::{Account, AccountId, time};
use crate::error::{Error, ErrorKind, Result};
use crate::service::client_settings::{BY_MOBILE, BY_SHORT_NO};
use crate::service::numbers;
use crate::store::{AnyConnection, accounts, client_settings};

/// Characters of a short number that somebody chose.
const CHOSEN: std::ops::RangeInclusive<usize> = 6..=20;
/// What the node's own short numbers begin with, before the account's id.
const OWN: &str = "wk";

impl Accounts {
    /// The account with exactly that phone number, short number or name, unless it does not want to be found by it, or nobody may
    /// be.
    pub async fn find_exact(
        &self,
        caller: AccountId,
        keyword: String,
    ) -> Result<Option<AccountView>> {
        let by = self.core.settings.policy().search_by;
        let find = move |conn: &mut AnyConnection| find(conn, &keyword, by);
        let Some(found) = self.core.store.read(find).await? else {
            return Ok(None);
        };
        let mut views = self.core.views(caller, vec![found]).await?;
        Ok(views.remove(&found))
    }

    /// The account that logs in by exactly that name.
    pub async fn by_name(&self, name: String) -> Result<Option<AccountId>> {
        let find = move |conn: &mut AnyConnection| {
            let found = accounts::by_login(conn, &name)?.map(|(account, _)| account);
            Ok(found.filter(|account| account.name == name))
        };
        let found = self.core.store.read(find).await?;
        Ok(found.map(|account| account.id))
    }

    /// Chooses the caller's short number, once. Whoever has the caller as a contact is told.
    ///
    /// [`ErrorKind::Invalid`], [`ErrorKind::HandleTaken`], [`ErrorKind::HandleFixed`].
    pub async fn set_short_no(&self, caller: AccountId, chosen: String) -> Result<()> {
        if !may_be_chosen(&chosen) {
            return Err(Error::invalid(
                "a short number has 6 to 20 letters, digits, _ or -, begins with a letter and has a digit",
            ));
        }
        if is_own(&chosen) && chosen != own(caller) {
            return Err(ErrorKind::HandleTaken.into());
        }
        let choose = move |conn: &mut AnyConnection| {
            accounts::set_short_no(conn, caller, &chosen, time::now())?;
            shown_anew(conn, caller, false)
        };
        let telling = self.core.store.write(choose).await?;
        self.core.tell(telling).await;
        Ok(())
    }
}

/// The account's short number: the one it chose, or the one it has as long as it chose none, for which nothing is stored.
pub fn short_no(account: &Account) -> String {
    let chosen = account.short_no.clone();
    chosen.unwrap_or_else(|| own(account.id))
}

fn find(conn: &mut AnyConnection, keyword: &str, by: SearchBy) -> Result<Option<AccountId>> {
    if by.mobile
        && let Some(account) = accounts::by_mobile(conn, keyword)?
        && allows(conn, account.id, BY_MOBILE)?
    {
        return Ok(Some(account.id));
    }
    if let Some(account) = accounts::by_short_no(conn, keyword)?
        && allows(conn, account.id, BY_SHORT_NO)?
    {
        return Ok(Some(account.id));
    }
    if let Some(id) = id_of_own(keyword)
        && accounts::find(conn, id)?.is_some_and(|account| account.short_no.is_none())
        && allows(conn, id, BY_SHORT_NO)?
    {
        return Ok(Some(id));
    }
    if !by.name {
        return Ok(None);
    }
    let named = accounts::by_login(conn, keyword)?;
    Ok(named
        .filter(|(account, _)| {
            account.name == keyword && account.mobile.as_deref() != Some(keyword)
        })
        .map(|(account, _)| account.id))
}

fn allows(conn: &mut AnyConnection, account: AccountId, switch: &str) -> Result<bool> {
    let record = client_settings::find(conn, account)?.unwrap_or_default();
    Ok(numbers::read(&record.prefs).get(switch) != Some(&0))
}

fn own(account: AccountId) -> String {
    format!("{OWN}{account}")
}

fn is_own(text: &str) -> bool {
    let digits = text.strip_prefix(OWN);
    digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

fn id_of_own(text: &str) -> Option<AccountId> {
    let id = text
        .strip_prefix(OWN)?
        .parse()
        .ok()
        .filter(|_| is_own(text))?;
    AccountId::holds(id).then_some(AccountId(id))
}

fn may_be_chosen(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    CHOSEN.contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(fits)
        && text.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_number_begins_with_a_letter_and_has_a_digit() {
        for text in ["ann_01", "a-b-c-9", &format!("a{}", "1".repeat(19))] {
            assert!(may_be_chosen(text), "{text}");
        }
        for text in [
            "ann01",
            "1annie",
            "annabel",
            "ann 01",
            "安ann01",
            &"a1".repeat(11),
        ] {
            assert!(!may_be_chosen(text), "{text}");
        }
    }

    #[test]
    fn a_number_that_was_not_chosen_names_its_account() {
        let id = AccountId(10_000_007);
        assert_eq!(id_of_own(&own(id)), Some(id));
        for text in ["wk", "wk1", "wk+10000007", "xx10000007", "10000007"] {
            assert_eq!(id_of_own(text), None, "{text}");
        }
    }
}
