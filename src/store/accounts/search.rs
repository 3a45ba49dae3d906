//! Finding accounts.

use super::Row;
use crate::domain::time::Millis;
use crate::domain::{Account, AccountId};
use crate::error::Result;
use crate::store::conn::AnyConnection;
use crate::store::schema::accounts;
use crate::store::text::{holding, lower};
use diesel::prelude::*;

/// By what accounts can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchColumn {
    /// The id, which a text of digits only names.
    Id,
    /// The login name.
    Name,
    /// The name shown.
    Nickname,
    /// The phone number.
    Mobile,
    /// The e-mail address, in whatever case.
    Email,
}

/// An account as administrators see it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRecord {
    /// The account.
    pub account: Account,
    /// The invite code given at registration, or empty.
    pub invite_code: String,
    /// How often it logged in.
    pub login_count: i64,
    /// When it last logged in; 0 for never.
    pub last_login_at: Millis,
    /// From which network address.
    pub last_login_address: String,
}

/// Accounts other than `except` of which one of the columns is exactly the text, oldest first, at most `limit`.
pub fn search(
    conn: &mut AnyConnection,
    text: &str,
    columns: &[SearchColumn],
    except: AccountId,
    limit: i64,
) -> Result<Vec<Account>> {
    // No account has the id 0, so without a column nothing is found.
    let mut query = accounts::table
        .filter(accounts::id.eq(number(text, columns).unwrap_or(0)))
        .into_boxed();
    for column in columns {
        query = match column {
            SearchColumn::Id => query,
            SearchColumn::Name => query.or_filter(accounts::name.eq(text)),
            SearchColumn::Nickname => query.or_filter(accounts::nickname.eq(text)),
            SearchColumn::Mobile => query.or_filter(accounts::mobile.eq(text)),
            SearchColumn::Email => query.or_filter(accounts::email.eq(text.trim().to_lowercase())),
        };
    }
    let rows: Vec<Row> = query
        .select(Row::as_select())
        .order(accounts::id.asc())
        .limit(limit.saturating_add(1))
        .load(conn)?;
    let others = rows
        .into_iter()
        .map(Account::from)
        .filter(|account| account.id != except);
    Ok(others.take(limit.max(0) as usize).collect())
}

fn number(text: &str, columns: &[SearchColumn]) -> Option<i64> {
    let wanted = columns.contains(&SearchColumn::Id) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| wanted)
}

type Recorded = (Row, String, i64, i64, String);

fn recorded(
    (row, invite_code, login_count, last_login_at, last_login_address): Recorded,
) -> AccountRecord {
    AccountRecord {
        account: row.into(),
        invite_code,
        login_count,
        last_login_at,
        last_login_address,
    }
}

/// A page of the accounts that have the text in their name, nickname, address or number, in whatever case, or as their id;
/// oldest first; and how many there are.
pub fn page(
    conn: &mut AnyConnection,
    text: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<AccountRecord>, i64)> {
    let pattern = holding(text);
    let id = number(text, &[SearchColumn::Id]).unwrap_or(0);
    let found = || {
        let named = lower(accounts::name)
            .like(lower(pattern.clone()))
            .escape('!');
        let called = lower(accounts::nickname)
            .like(lower(pattern.clone()))
            .escape('!');
        let mailed = accounts::email.like(pattern.to_lowercase()).escape('!');
        let dialled = accounts::mobile.like(pattern.clone()).escape('!');
        accounts::table.filter(
            named
                .or(called)
                .or(mailed)
                .or(dialled)
                .or(accounts::id.eq(id)),
        )
    };
    let total: i64 = found().count().get_result(conn)?;
    let rows: Vec<Recorded> = found()
        .order(accounts::id.asc())
        .offset(offset)
        .limit(limit)
        .select((
            Row::as_select(),
            accounts::invite_code,
            accounts::login_count,
            accounts::last_login_at,
            accounts::last_login_address,
        ))
        .load(conn)?;
    Ok((rows.into_iter().map(recorded).collect(), total))
}

/// One account as administrators see it.
pub fn record(conn: &mut AnyConnection, id: AccountId) -> Result<Option<AccountRecord>> {
    let row: Option<Recorded> = accounts::table
        .find(id.0)
        .select((
            Row::as_select(),
            accounts::invite_code,
            accounts::login_count,
            accounts::last_login_at,
            accounts::last_login_address,
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(recorded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_of_digits_is_an_id() {
        assert_eq!(number("10000003", &[SearchColumn::Id]), Some(10_000_003));
        for text in ["10000003x", "+10000003", "", "１", "99999999999999999999"] {
            assert_eq!(number(text, &[SearchColumn::Id]), None, "{text}");
        }
        assert_eq!(number("10000003", &[SearchColumn::Name]), None);
    }
}
