//! How many accounts were registered from each network address (freeim contract, section 4.3).

use super::conn::AnyConnection;
use super::schema::signup_addresses::{self, dsl};
use crate::domain::time::{DAY, Millis};
use crate::error::Result;
use diesel::prelude::*;

/// Registrations are counted for so long from the first on.
const WINDOW: Millis = DAY;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = signup_addresses, primary_key(address))]
struct Row {
    address: String,
    signups: i64,
    counted_from: i64,
    locked_until: i64,
}

/// When registrations lock an address, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many registrations within a day; 0 for no limit.
    pub signups: i64,
    /// The lock's length.
    pub lock: Millis,
}

fn find(conn: &mut AnyConnection, address: &str) -> Result<Option<Row>> {
    Ok(dsl::signup_addresses
        .find(address)
        .select(Row::as_select())
        .first(conn)
        .optional()?)
}

/// Whether nobody may register from an address for now.
pub fn is_locked(conn: &mut AnyConnection, address: &str, now: Millis) -> Result<bool> {
    Ok(find(conn, address)?.is_some_and(|row| now < row.locked_until))
}

/// Counts a registration, and locks the address when it was the last one allowed.
pub fn count(conn: &mut AnyConnection, address: &str, rate: Rate, now: Millis) -> Result<()> {
    if rate.signups <= 0 {
        return Ok(());
    }
    let before = find(conn, address)?;
    let known = before.is_some();
    let row = counted(before, address, rate, now);
    if known {
        diesel::update(dsl::signup_addresses.find(address))
            .set(&row)
            .execute(conn)?;
    } else {
        diesel::insert_into(dsl::signup_addresses)
            .values(&row)
            .execute(conn)?;
    }
    Ok(())
}

fn counted(before: Option<Row>, address: &str, rate: Rate, now: Millis) -> Row {
    let open = before.filter(|row| now - row.counted_from < WINDOW);
    let mut row = open.unwrap_or(Row {
        address: address.to_owned(),
        signups: 0,
        counted_from: now,
        locked_until: 0,
    });
    row.signups += 1;
    if row.signups >= rate.signups {
        row.signups = 0;
        row.locked_until = now.saturating_add(rate.lock);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        signups: 2,
        lock: 3 * DAY,
    };

    fn after(times: &[Millis], rate: Rate) -> Row {
        let row = times
            .iter()
            .fold(None, |row, now| Some(counted(row, "192.0.2.1", rate, *now)));
        row.unwrap()
    }

    #[test]
    fn the_last_registration_allowed_locks_the_address() {
        assert_eq!(after(&[5], RATE).locked_until, 0);
        let locked = after(&[5, 6], RATE);
        assert_eq!((locked.signups, locked.locked_until), (0, 6 + 3 * DAY));
    }

    #[test]
    fn registrations_more_than_a_day_apart_are_not_counted_together() {
        let row = after(&[0, DAY], RATE);
        assert_eq!(
            (row.signups, row.counted_from, row.locked_until),
            (1, DAY, 0)
        );
    }

    #[test]
    fn a_lock_of_no_days_is_over_at_once() {
        let row = after(
            &[7],
            Rate {
                signups: 1,
                lock: 0,
            },
        );
        assert_eq!(row.locked_until, 7);
    }
}
