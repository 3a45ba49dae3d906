//! What changes about contacts, as clients that keep them ask for it.

use super::bench::{Bench, account};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::{AccountId, RequestStatus};
use parlance::error::{ErrorKind, Result};
use parlance::store::accounts::{self, NewAccount};
use parlance::store::contacts::{self, ContactsSince, SyncedContact};
use parlance::store::{AnyConnection, contact_requests, relations};

on_both_backends!(
    a_contact_who_is_gone_is_told_as_deleted_until_they_come_back,
    what_changes_on_one_side_is_new_on_both,
    pages_by_version_and_by_second_miss_nothing,
    whom_one_has_removed_takes_no_place_in_the_first_page,
    contacts_are_listed_in_the_order_in_which_they_came_last,
    an_account_that_nobody_can_log_in_to_has_no_lists,
    a_name_of_the_node_that_somebody_has_is_refused,
    a_block_on_a_contact_can_be_lifted_without_losing_them,
    who_lists_whom_is_known_from_both_sides,
    a_request_can_be_replaced_found_and_forgotten,
);

const ME: i64 = 0;

fn befriend(conn: &mut AnyConnection, a: AccountId, b: AccountId) -> Result<()> {
    contacts::list_both(conn, a, b, 1_000)
}

fn since(conn: &mut AnyConnection, who: AccountId, version: i64) -> Vec<SyncedContact> {
    contacts::since(conn, who, ContactsSince::Version(version), 100).unwrap()
}

async fn a_contact_who_is_gone_is_told_as_deleted_until_they_come_back(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, bob) = (account(ME), account(1));
    bench
        .change(move |conn| {
            befriend(conn, me, bob)?;
            let [there] = &*since(conn, me, 0) else {
                panic!("one contact")
            };
            assert!(!there.deleted);
            let contact = contacts::find(conn, me, bob)?.unwrap();
            contacts::unlist(conn, &contact)?;
            let [gone] = &*since(conn, me, there.version) else {
                panic!("one trace")
            };
            assert!(gone.deleted);
            assert_eq!((gone.id, gone.peer), (there.id, bob));
            assert_eq!(since(conn, me, gone.version), []);
            contacts::list_both(conn, me, bob, 2_000)?;
            let [back] = &*since(conn, me, 0) else {
                panic!("one contact, no trace")
            };
            assert!(!back.deleted && back.version > gone.version);
            assert_eq!((back.id, back.created_at), (there.id, 2_000));
            Ok(())
        })
        .await;
}

async fn what_changes_on_one_side_is_new_on_both(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, bob, cid) = (account(ME), account(1), account(2));
    bench
        .change(move |conn| {
            befriend(conn, me, bob)?;
            befriend(conn, me, cid)?;
            let seen = |conn: &mut AnyConnection, who| {
                let all = since(conn, who, 0);
                all.last().unwrap().version
            };
            let (mine, hers) = (seen(conn, me), seen(conn, bob));
            contacts::block(conn, bob, me, 3_000)?;
            let [told] = &*since(conn, me, mine) else {
                panic!("one change")
            };
            assert_eq!((told.peer, told.deleted), (bob, false));
            let [told] = &*since(conn, bob, hers) else {
                panic!("one change")
            };
            assert_eq!((told.peer, told.deleted), (me, false));
            let contact = contacts::find(conn, me, bob)?.unwrap();
            let mine = seen(conn, me);
            contacts::set_remark(conn, &contact, "Bobby")?;
            let [told] = &*since(conn, me, mine) else {
                panic!("one change")
            };
            assert_eq!(told.peer, bob);
            Ok(())
        })
        .await;
}

async fn pages_by_version_and_by_second_miss_nothing(backend: Backend) {
    let bench = Bench::on(backend);
    let me = account(ME);
    bench
        .change(move |conn| {
            for number in 1..=20 {
                befriend(conn, me, account(number))?;
            }
            for number in [3, 9, 20] {
                let contact = contacts::find(conn, me, account(number))?.unwrap();
                contacts::unlist(conn, &contact)?;
            }
            let name = |conn: &mut AnyConnection, number| {
                let contact = contacts::find(conn, me, account(number))?.unwrap();
                contacts::set_remark(conn, &contact, "a name")
            };
            name(conn, 5)?;
            let mut all: Vec<_> = since(conn, me, 0).iter().map(|c| c.peer).collect();
            assert_eq!(all.len(), 20);
            let latest: Vec<_> = all[16..].to_vec();
            assert_eq!(latest, [3, 9, 20, 5].map(account));
            let first_key = ContactsSince::Key { second: 0, id: 0 };
            for first in [ContactsSince::Version(0), first_key] {
                let (mut after, mut read) = (first, Vec::new());
                loop {
                    let page = contacts::since(conn, me, after, 3)?;
                    let Some(last) = page.last() else { break };
                    after = match first {
                        ContactsSince::Version(_) => ContactsSince::Version(last.version),
                        ContactsSince::Key { .. } | ContactsSince::Ever => ContactsSince::Key {
                            second: last.updated_at / 1000,
                            id: last.id,
                        },
                    };
                    read.extend(page.iter().map(|contact| contact.peer));
                }
                read.sort_unstable();
                all.sort_unstable();
                assert_eq!(read, all, "{first:?}");
            }
            // Even what changes in the same second comes after the last key.
            let last = contacts::since(conn, me, first_key, 100)?.pop().unwrap();
            name(conn, 1)?;
            let key = ContactsSince::Key {
                second: last.updated_at / 1000,
                id: last.id,
            };
            let next = contacts::since(conn, me, key, 100)?;
            assert_eq!(
                next.iter().map(|c| c.peer).collect::<Vec<_>>(),
                [account(1)]
            );
            Ok(())
        })
        .await;
}

async fn whom_one_has_removed_takes_no_place_in_the_first_page(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, bob, cid) = (account(ME), account(1), account(2));
    bench
        .change(move |conn| {
            befriend(conn, me, bob)?;
            let contact = contacts::find(conn, me, bob)?.unwrap();
            contacts::unlist(conn, &contact)?;
            befriend(conn, me, cid)?;
            let page = contacts::since(conn, me, ContactsSince::Ever, 1)?;
            assert_eq!(page.iter().map(|c| c.peer).collect::<Vec<_>>(), [cid]);
            Ok(())
        })
        .await;
}

async fn contacts_are_listed_in_the_order_in_which_they_came_last(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, bob, cid) = (account(ME), account(1), account(2));
    bench
        .change(move |conn| {
            befriend(conn, me, bob)?;
            befriend(conn, me, cid)?;
            let mut contact = contacts::find(conn, me, bob)?.unwrap();
            contacts::set_remark(conn, &contact, "Bobby")?;
            contacts::unlist(conn, &contact)?;
            contacts::list_both(conn, me, bob, 2_000)?;
            contact = contacts::find(conn, me, bob)?.unwrap();
            assert_eq!(contact.remark, "");
            let listed = contacts::listed(conn, me)?;
            assert_eq!(
                listed.iter().map(|c| c.peer).collect::<Vec<_>>(),
                [cid, bob]
            );
            Ok(())
        })
        .await;
}

async fn an_account_that_nobody_can_log_in_to_has_no_lists(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let system = accounts::ensure_system(conn, "fileHelper", "Files", "20000", 1)?;
            befriend(conn, system, account(1))?;
            assert_eq!(accounts::find_system(conn, "fileHelper")?, Some(system));
            assert!(relations::of(conn, system)?.unwrap().is_empty());
            Ok(())
        })
        .await;
}

async fn a_name_of_the_node_that_somebody_has_is_refused(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let new = NewAccount {
                name: "fileHelper".to_owned(),
                email: None,
                mobile: None,
                password: Some("hash".to_owned()),
                avatar: String::new(),
                invite_code: String::new(),
            };
            accounts::insert(conn, &new, 1)?;
            let refused = accounts::find_system(conn, "fileHelper").unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Invalid);
            let refused = accounts::ensure_system(conn, "fileHelper", "Files", "20000", 1);
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
            assert_eq!(accounts::find_system(conn, "u_10000")?, None);
            Ok(())
        })
        .await;
}

async fn a_block_on_a_contact_can_be_lifted_without_losing_them(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, bob, cid) = (account(ME), account(1), account(2));
    bench
        .change(move |conn| {
            befriend(conn, me, bob)?;
            for peer in [bob, cid] {
                contacts::block(conn, me, peer, 2_000)?;
                let contact = contacts::find(conn, me, peer)?.unwrap();
                contacts::unblock(conn, &contact)?;
            }
            let kept = contacts::find(conn, me, bob)?.unwrap();
            assert!(kept.listed && !kept.blocked);
            let gone = contacts::find(conn, me, cid)?.unwrap();
            assert!(!gone.listed && !gone.blocked);
            Ok(())
        })
        .await;
}

async fn who_lists_whom_is_known_from_both_sides(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let new = |name: &str| NewAccount {
                name: name.to_owned(),
                email: None,
                mobile: None,
                password: Some("hash".to_owned()),
                avatar: String::new(),
                invite_code: String::new(),
            };
            let me = accounts::insert(conn, &new("me"), 1)?;
            let (bob, cid, dan) = (account(1), account(2), account(3));
            assert_eq!(me, account(ME));
            befriend(conn, me, bob)?;
            for peer in [cid, dan] {
                befriend(conn, me, peer)?;
                let contact = contacts::find(conn, me, peer)?.unwrap();
                contacts::unlist(conn, &contact)?;
            }
            contacts::block(conn, dan, me, 2)?;
            let known = relations::of(conn, me)?.unwrap();
            let back = |peer| known.get(&peer).map(|r| (r.listed, r.lists_back));
            assert_eq!(back(bob), Some((true, true)));
            assert_eq!(back(cid), Some((false, true)));
            assert_eq!(back(dan), None);
            assert_eq!(relations::of(conn, bob)?, None);
            let held = contacts::held(conn, me, &[bob, cid, dan])?;
            let listed = held.values().filter(|contact| contact.listed);
            assert_eq!(
                listed.map(|contact| contact.peer).collect::<Vec<_>>(),
                [bob]
            );
            let holding = contacts::holding(conn, me, &[bob, cid, dan])?;
            assert!(holding[&dan].blocked && holding[&cid].listed && holding.len() == 3);
            Ok(())
        })
        .await;
}

async fn a_request_can_be_replaced_found_and_forgotten(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, bob) = (account(ME), account(1));
    bench
        .change(move |conn| {
            let first = contact_requests::insert(conn, me, bob, "one", 1)?;
            contact_requests::answer(conn, me, bob, false, "no", 2)?;
            let second = contact_requests::insert(conn, me, bob, "two", 3)?;
            let third = contact_requests::replace(conn, me, bob, "three", 4)?;
            assert_eq!(contact_requests::find(conn, second)?, None);
            let found = contact_requests::find(conn, third)?.unwrap();
            assert_eq!((found.id, &*found.reason), (third, "three"));
            assert_eq!(found.status, RequestStatus::Waiting);
            let ids = |conn: &mut AnyConnection| {
                let all = contact_requests::all_for(conn, bob, 0, 9).unwrap();
                all.iter().map(|request| request.id).collect::<Vec<_>>()
            };
            assert_eq!(ids(conn), [third, first]);
            contact_requests::forget(conn, me, bob)?;
            assert!(ids(conn).is_empty());
            Ok(())
        })
        .await;
}
