//! The one sequence from which every record takes a number when it changes, so that clients can ask for what changed since.

use super::conn::AnyConnection;
use super::schema::versions::dsl;
use crate::error::Result;
use diesel::prelude::*;
use std::ops::Range;

const RECORDS: &str = "records";

/// The next number. To be called in a unit of writes only: there is one at a time.
pub fn next(conn: &mut AnyConnection) -> Result<i64> {
    Ok(take(conn, 1)?.start)
}

/// The last number given out.
pub fn last(conn: &mut AnyConnection) -> Result<i64> {
    Ok(dsl::versions.find(RECORDS).select(dsl::value).first(conn)?)
}

/// The next `count` numbers.
pub(super) fn take(conn: &mut AnyConnection, count: usize) -> Result<Range<i64>> {
    diesel::update(dsl::versions.find(RECORDS))
        .set(dsl::value.eq(dsl::value + count as i64))
        .execute(conn)?;
    let last = last(conn)?;
    Ok(last - count as i64 + 1..last + 1)
}
