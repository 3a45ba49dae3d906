//! What changed about a channel's members, for clients that keep them. Whoever goes leaves a trace.

use super::Seated;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ChannelId, Member, Role};
use crate::error::Result;
use crate::store::conn::{AnyConnection, on_each_backend};
use crate::store::schema::{channel_members, former_members};
use crate::store::versions;
use diesel::prelude::*;
use std::collections::HashMap;

/// What changed of one member.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncedMember {
    /// The member; of a former one only who it was, and when they came and went.
    pub member: Member,
    /// When they went, if they did.
    pub left_at: Option<Millis>,
    /// The number of the change.
    pub version: i64,
}

/// Changes of a channel's members after a version, oldest first, at most `limit`.
pub fn since(
    conn: &mut AnyConnection,
    id: ChannelId,
    version: i64,
    limit: i64,
) -> Result<Vec<SyncedMember>> {
    let present: Vec<(Seated, i64)> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .filter(channel_members::version.gt(version))
        .order(channel_members::version.asc())
        .limit(limit)
        .select((Seated::as_select(), channel_members::version))
        .load(conn)?;
    let former: Vec<(i64, i64, i64, i64)> = former_members::table
        .filter(former_members::channel.eq(id.0))
        .filter(former_members::version.gt(version))
        .order(former_members::version.asc())
        .limit(limit)
        .select((
            former_members::account,
            former_members::joined_at,
            former_members::left_at,
            former_members::version,
        ))
        .load(conn)?;
    let present = present.into_iter().map(|(seated, version)| SyncedMember {
        member: seated.into(),
        left_at: None,
        version,
    });
    let former = former
        .into_iter()
        .map(|(account, joined_at, left_at, version)| SyncedMember {
            member: gone(AccountId(account), joined_at, left_at),
            left_at: Some(left_at),
            version,
        });
    let mut found: Vec<_> = present.chain(former).collect();
    found.sort_unstable_by_key(|synced| synced.version);
    found.truncate(limit.max(0) as usize);
    Ok(found)
}

fn gone(account: AccountId, joined_at: Millis, left_at: Millis) -> Member {
    Member {
        account,
        role: Role::General,
        alias: String::new(),
        muted_until: 0,
        barred: false,
        inviter: None,
        joined_at,
        updated_at: left_at,
    }
}

/// Notes that some memberships changed.
pub(super) fn touch(
    conn: &mut AnyConnection,
    id: ChannelId,
    members: &[AccountId],
    now: Millis,
) -> Result<()> {
    for (member, version) in members.iter().zip(versions::take(conn, members.len())?) {
        diesel::update(channel_members::table.find((id.0, member.0)))
            .set((
                channel_members::version.eq(version),
                channel_members::updated_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Leaves a trace of members who are about to go.
pub(super) fn bury(
    conn: &mut AnyConnection,
    id: ChannelId,
    members: &[AccountId],
    now: Millis,
) -> Result<()> {
    let accounts: Vec<i64> = members.iter().map(|member| member.0).collect();
    let leaving: Vec<(i64, i64, i64, bool)> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .filter(channel_members::account.eq_any(accounts))
        .select((
            channel_members::account,
            channel_members::joined_at,
            channel_members::muted_until,
            channel_members::barred,
        ))
        .load(conn)?;
    if leaving.is_empty() {
        return Ok(());
    }
    let versions = versions::take(conn, leaving.len())?;
    let rows: Vec<_> = leaving
        .into_iter()
        .zip(versions)
        .map(|((account, joined_at, muted_until, barred), version)| {
            (
                former_members::channel.eq(id.0),
                former_members::account.eq(account),
                former_members::joined_at.eq(joined_at),
                former_members::left_at.eq(now),
                former_members::muted_until.eq(muted_until),
                former_members::barred.eq(barred),
                former_members::version.eq(version),
            )
        })
        .collect();
    on_each_backend!(conn, c => diesel::replace_into(former_members::table).values(rows).execute(c))?;
    Ok(())
}

/// Takes the traces of accounts away, because they are members again. Gives until when each was muted, and whether it was barred.
pub(super) fn unbury(
    conn: &mut AnyConnection,
    id: ChannelId,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, (Millis, bool)>> {
    let accounts: Vec<i64> = accounts.iter().map(|account| account.0).collect();
    let traces = former_members::table
        .filter(former_members::channel.eq(id.0))
        .filter(former_members::account.eq_any(accounts));
    let found: Vec<(i64, Millis, bool)> = traces
        .clone()
        .select((
            former_members::account,
            former_members::muted_until,
            former_members::barred,
        ))
        .load(conn)?;
    diesel::delete(traces).execute(conn)?;
    let found = found.into_iter();
    let by_account = found.map(|(account, until, barred)| (AccountId(account), (until, barred)));
    Ok(by_account.collect())
}
