//! Channels and what changes about their members.

use super::bench::{Bench, account};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::channel::{Change, ChannelPatch, OwnerAfterTransfer, Succession};
use parlance::domain::{AccountId, ChannelId, Role};
use parlance::error::ErrorKind;
use parlance::store::AnyConnection;
use parlance::store::channels::{self, Dissolved, NewChannel, Stretch, SyncedMember};

on_both_backends!(
    a_member_who_went_is_told_as_gone_until_they_come_back,
    every_change_of_a_member_is_new,
    what_was_taken_from_a_member_outlasts_their_absence,
    pages_of_members_miss_nothing,
    a_dissolved_channel_is_told_from_one_that_never_was,
    the_roster_knows_who_may_not_speak,
    the_one_who_came_first_succeeds,
    members_stand_in_the_order_in_which_they_came,
);

const OWNER: AccountId = AccountId(10_000_000);

fn found(conn: &mut AnyConnection, members: &[AccountId]) -> ChannelId {
    let id = channels::insert(conn, OWNER, &NewChannel::default(), 0, 1).unwrap();
    let change = Change::Invited {
        by: OWNER,
        accounts: members.to_vec(),
    };
    channels::persist(conn, id, &change, 2).unwrap();
    id
}

fn since(conn: &mut AnyConnection, id: ChannelId, version: i64) -> Vec<SyncedMember> {
    channels::since(conn, id, version, 1000).unwrap()
}

fn latest(conn: &mut AnyConnection, id: ChannelId) -> i64 {
    since(conn, id, 0).last().unwrap().version
}

async fn a_member_who_went_is_told_as_gone_until_they_come_back(backend: Backend) {
    let bench = Bench::on(backend);
    let (bob, cid) = (account(1), account(2));
    bench
        .change(move |conn| {
            let id = found(conn, &[bob, cid]);
            let all = since(conn, id, 0);
            assert_eq!(all.len(), 3);
            assert_eq!(all[1].member.inviter, Some(OWNER));
            let before = latest(conn, id);
            let kick = Change::Kicked {
                by: OWNER,
                members: vec![bob, cid],
            };
            channels::persist(conn, id, &kick, 7)?;
            let gone: Vec<_> = since(conn, id, before)
                .iter()
                .map(|synced| (synced.member.account, synced.left_at))
                .collect();
            assert_eq!(gone, [(bob, Some(7)), (cid, Some(7))]);
            let back = Change::Answered {
                by: OWNER,
                account: bob,
                accepted: false,
                reason: String::new(),
            };
            let refused = channels::persist(conn, id, &back, 8).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::JoinRequestUnknown);
            let back = Change::Invited {
                by: OWNER,
                accounts: vec![bob],
            };
            channels::persist(conn, id, &back, 9)?;
            let there: Vec<_> = since(conn, id, 0)
                .iter()
                .filter(|synced| synced.left_at.is_none())
                .map(|synced| synced.member.account)
                .collect();
            assert_eq!(there, [OWNER, bob]);
            assert_eq!(since(conn, id, 0).len(), 3);
            Ok(())
        })
        .await;
}

async fn what_was_taken_from_a_member_outlasts_their_absence(backend: Backend) {
    let bench = Bench::on(backend);
    let (bob, cid) = (account(1), account(2));
    bench
        .change(move |conn| {
            let id = found(conn, &[bob, cid]);
            let bar = |barred| Change::Barred {
                by: OWNER,
                members: vec![bob],
                barred,
            };
            let mute = Change::Muted {
                by: OWNER,
                member: cid,
                until: 99,
            };
            let kick = Change::Kicked {
                by: OWNER,
                members: vec![bob, cid],
            };
            let back = Change::Invited {
                by: OWNER,
                accounts: vec![bob, cid],
            };
            let mut roster = channels::roster(conn, id)?.unwrap().unwrap();
            let first = vec![bar(true), mute, kick.clone(), back.clone()];
            for (changes, is_barred) in [(first, true), (vec![kick, bar(false), back], false)] {
                for change in changes {
                    channels::persist(conn, id, &change, 5)?;
                    roster.apply(&change);
                    assert_eq!(channels::roster(conn, id)?, Some(Ok(roster.clone())));
                }
                let seat = |who| roster.seat(who).map(|seat| (seat.barred, seat.muted_until));
                assert_eq!(seat(bob), Some((is_barred, 0)));
                assert_eq!(seat(cid), Some((false, 99)));
            }
            Ok(())
        })
        .await;
}

async fn every_change_of_a_member_is_new(backend: Backend) {
    let bench = Bench::on(backend);
    let (bob, cid) = (account(1), account(2));
    bench
        .change(move |conn| {
            let id = found(conn, &[bob, cid]);
            let changes = [
                Change::RolesSet {
                    by: OWNER,
                    members: vec![bob],
                    role: Role::Manager,
                },
                Change::Muted {
                    by: OWNER,
                    member: bob,
                    until: 99,
                },
                Change::Barred {
                    by: OWNER,
                    members: vec![bob],
                    barred: true,
                },
                Change::Renamed {
                    by: bob,
                    member: bob,
                    alias: "Bobby".to_owned(),
                },
            ];
            let mut version = channels::find(conn, id)?.unwrap().version;
            for change in changes {
                let before = latest(conn, id);
                channels::persist(conn, id, &change, 3)?;
                let told = since(conn, id, before);
                assert_eq!(told.len(), 1, "{change:?}");
                assert_eq!(told[0].member.account, bob);
                let channel = channels::find(conn, id)?.unwrap();
                assert!(channel.version > version);
                version = channel.version;
            }
            let member = channels::memberships(conn, bob)?.remove(&id).unwrap();
            assert_eq!((member.role, member.muted_until), (Role::Manager, 99));
            assert_eq!((member.barred, &*member.alias), (true, "Bobby"));
            assert_eq!((member.joined_at, member.updated_at), (2, 3));
            assert!(channels::members(conn, id)?.contains(&member));
            let before = latest(conn, id);
            let hand_over = Change::Transferred {
                from: OWNER,
                to: cid,
                after: OwnerAfterTransfer::Stays,
            };
            channels::persist(conn, id, &hand_over, 4)?;
            let mut told: Vec<_> = since(conn, id, before)
                .iter()
                .map(|synced| synced.member.account)
                .collect();
            told.sort_unstable();
            assert_eq!(told, [OWNER, cid]);
            Ok(())
        })
        .await;
}

async fn pages_of_members_miss_nothing(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let many: Vec<_> = (1..=50).map(account).collect();
            let id = found(conn, &many);
            let kick = Change::Kicked {
                by: OWNER,
                members: many[10..20].to_vec(),
            };
            channels::persist(conn, id, &kick, 3)?;
            let (mut version, mut read) = (0, Vec::new());
            loop {
                let page = channels::since(conn, id, version, 7)?;
                let Some(last) = page.last() else { break };
                version = last.version;
                read.extend(page.iter().map(|synced| synced.member.account));
            }
            read.sort_unstable();
            assert_eq!(read, (0..=50).map(account).collect::<Vec<_>>());
            Ok(())
        })
        .await;
}

async fn a_dissolved_channel_is_told_from_one_that_never_was(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let id = found(conn, &[account(1)]);
            assert!(matches!(channels::roster(conn, id)?, Some(Ok(_))));
            channels::persist(conn, id, &Change::Dissolved { by: OWNER }, 5)?;
            let (channel, dissolved) = channels::find_any(conn, id)?.unwrap();
            assert_eq!((channel.id, dissolved), (id, true));
            assert_eq!(channels::find(conn, id)?, None);
            assert_eq!(channels::roster(conn, id)?, Some(Err(Dissolved)));
            let never = ChannelId(id.0 + 1);
            assert_eq!(channels::find_any(conn, never)?, None);
            assert_eq!(channels::roster(conn, never)?, None);
            assert_eq!(channels::made_since(conn, OWNER, 1)?, 1);
            assert_eq!(channels::made_since(conn, OWNER, 2)?, 0);
            Ok(())
        })
        .await;
}

async fn the_roster_knows_who_may_not_speak(backend: Backend) {
    let bench = Bench::on(backend);
    let (bob, cid) = (account(1), account(2));
    bench
        .change(move |conn| {
            let id = found(conn, &[bob, cid]);
            let patch = ChannelPatch {
                silenced: Some(true),
                invites_closed: Some(true),
                pins_open: Some(true),
                ..ChannelPatch::default()
            };
            let silence = Change::Updated {
                by: OWNER,
                patch: Box::new(patch),
            };
            channels::persist(conn, id, &silence, 3)?;
            let bar = Change::Barred {
                by: OWNER,
                members: vec![cid],
                barred: true,
            };
            channels::persist(conn, id, &bar, 3)?;
            let flags = channels::find(conn, id)?.unwrap().flags;
            assert!(flags.silenced && flags.invites_closed && flags.pins_open);
            let roster = channels::roster(conn, id)?.unwrap().unwrap();
            assert_eq!(roster.may_post(OWNER, 4), Ok(()));
            assert_eq!(roster.may_post(bob, 4), Err(ErrorKind::Muted));
            assert_eq!(roster.may_post(cid, 4), Err(ErrorKind::Barred));
            Ok(())
        })
        .await;
}

async fn the_one_who_came_first_succeeds(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let id = found(conn, &[account(9)]);
            let come = Change::Invited {
                by: OWNER,
                accounts: vec![account(1), account(5)],
            };
            channels::persist(conn, id, &come, 8)?;
            let oldest = Succession::Oldest;
            let after = |conn: &mut AnyConnection, gone| channels::heir(conn, id, gone, oldest);
            assert_eq!(after(conn, OWNER)?, Some(account(9)));
            assert_eq!(after(conn, account(9))?, Some(OWNER));
            let leave = Change::Left { member: account(9) };
            channels::persist(conn, id, &leave, 9)?;
            assert_eq!(after(conn, OWNER)?, Some(account(1)));
            let appoint = Change::RolesSet {
                by: OWNER,
                members: vec![account(5)],
                role: Role::Manager,
            };
            channels::persist(conn, id, &appoint, 10)?;
            assert_eq!(after(conn, OWNER)?, Some(account(1)));
            let manager = Succession::OldestManager;
            let heir = channels::heir(conn, id, OWNER, manager)?;
            assert_eq!(heir, Some(account(5)));
            Ok(())
        })
        .await;
}

fn standing(
    conn: &mut AnyConnection,
    id: ChannelId,
    stretch: Stretch,
    least: Option<Role>,
) -> Vec<(i64, AccountId)> {
    let found = channels::in_order(conn, id, &stretch, least, account(5)).unwrap();
    let found = found.into_iter();
    found
        .map(|(place, member)| (place, member.account))
        .collect()
}

async fn members_stand_in_the_order_in_which_they_came(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let id = found(conn, &[account(9), account(5)]);
            let gone = Change::Left { member: account(9) };
            channels::persist(conn, id, &gone, 3)?;
            let back = Change::Invited {
                by: OWNER,
                accounts: vec![account(9), account(7)],
            };
            channels::persist(conn, id, &back, 4)?;
            let appoint = Change::RolesSet {
                by: OWNER,
                members: vec![account(7)],
                role: Role::Manager,
            };
            channels::persist(conn, id, &appoint, 5)?;
            let (five, nine, seven) = ((3, account(5)), (4, account(9)), (5, account(7)));
            let all = Stretch {
                limit: 10,
                ..Stretch::default()
            };
            let everybody = Some(Role::General);
            assert_eq!(
                standing(conn, id, all.clone(), everybody),
                [(1, OWNER), five, nine, seven]
            );
            let page = Stretch {
                after: 1,
                limit: 2,
                without: vec![account(9)],
            };
            assert_eq!(standing(conn, id, page, everybody), [five, seven]);
            let leaders = Some(Role::Manager);
            assert_eq!(
                standing(conn, id, all.clone(), leaders),
                [(1, OWNER), five, seven]
            );
            assert_eq!(standing(conn, id, all, None), [five]);
            let first = channels::first(conn, id, 2)?;
            assert_eq!(first, [OWNER, account(5)]);
            Ok(())
        })
        .await;
}
