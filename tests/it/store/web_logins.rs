//! Logins of web pages, and what only some dialects know of accounts.

use super::bench::Bench;
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::AccountId;
use parlance::store::account_extras::{self, Extras};
use parlance::store::web_sessions::{self, Which};
use std::collections::HashMap;

on_both_backends!(
    a_login_is_found_by_its_digest_and_its_number,
    logins_end_apart_and_once,
    the_oldest_of_too_many_logins_end,
    logins_that_are_not_used_are_forgotten,
    an_account_without_extras_has_none_of_them,
);

const ME: AccountId = AccountId(10_000_000);
const PEER: AccountId = AccountId(10_000_001);

async fn a_login_is_found_by_its_digest_and_its_number(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let digest = "a".repeat(64);
            let id = web_sessions::insert(conn, ME, &digest, 1)?;
            let found = web_sessions::find(conn, id)?;
            assert_eq!(found, web_sessions::find_by_digest(conn, &digest)?);
            let found = found.unwrap();
            assert_eq!((found.account, found.ended_at), (ME, None));
            web_sessions::touch(conn, id, 5)?;
            web_sessions::renew(conn, id, 3)?;
            let used = web_sessions::find(conn, id)?.unwrap();
            assert_eq!((used.created_at, used.seen_at), (3, 5));
            assert_eq!(web_sessions::find(conn, id + 1)?, None);
            Ok(())
        })
        .await;
}

async fn logins_end_apart_and_once(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let mut ids = Vec::new();
            for (account, digest) in [(ME, "a"), (ME, "b"), (ME, "c"), (PEER, "d")] {
                ids.push(web_sessions::insert(conn, account, &digest.repeat(64), 1)?);
            }
            let mut end = |which| -> parlance::error::Result<Vec<i64>> {
                let ended = web_sessions::end(conn, ME, which, 2)?;
                Ok(ended.into_iter().map(|session| session.id).collect())
            };
            assert_eq!(
                end(Which::One(ids[3]))?,
                [0_i64; 0],
                "it is somebody else's"
            );
            assert_eq!(end(Which::One(ids[0]))?, [ids[0]]);
            assert_eq!(end(Which::AllBut(ids[1]))?, [ids[2]]);
            assert_eq!(end(Which::All)?, [ids[1]]);
            assert_eq!(end(Which::All)?, [0_i64; 0]);
            let other = web_sessions::find(conn, ids[3])?.unwrap();
            assert_eq!(other.ended_at, None);
            Ok(())
        })
        .await;
}

async fn the_oldest_of_too_many_logins_end(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let mut ids = Vec::new();
            for (account, digest) in [(ME, "a"), (ME, "b"), (PEER, "c"), (ME, "d"), (ME, "e")] {
                ids.push(web_sessions::insert(conn, account, &digest.repeat(64), 1)?);
            }
            web_sessions::end(conn, ME, Which::One(ids[3]), 2)?;
            assert_eq!(web_sessions::end_oldest(conn, ME, 3, 3)?, []);
            let ended = web_sessions::end_oldest(conn, ME, 1, 3)?;
            let ended: Vec<i64> = ended.iter().map(|session| session.id).collect();
            assert_eq!(ended, ids[..2]);
            for (id, at) in ids.iter().zip([Some(3), Some(3), None, Some(2), None]) {
                assert_eq!(web_sessions::find(conn, *id)?.unwrap().ended_at, at);
            }
            Ok(())
        })
        .await;
}

async fn logins_that_are_not_used_are_forgotten(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let old = web_sessions::insert(conn, ME, &"a".repeat(64), 1)?;
            let used = web_sessions::insert(conn, ME, &"b".repeat(64), 1)?;
            web_sessions::touch(conn, used, 9)?;
            web_sessions::prune(conn, 9)?;
            assert_eq!(web_sessions::find(conn, old)?, None);
            assert!(web_sessions::find(conn, used)?.is_some());
            Ok(())
        })
        .await;
}

async fn an_account_without_extras_has_none_of_them(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            assert_eq!(account_extras::of(conn, ME)?, Extras::default());
            let extras = Extras {
                parent: Some(PEER),
                paying: true,
                read_only: false,
            };
            for extras in [Extras::default(), extras] {
                account_extras::put(conn, ME, extras)?;
                assert_eq!(account_extras::of(conn, ME)?, extras);
            }
            let known = account_extras::of_all(conn, &[ME, PEER])?;
            assert_eq!(known, HashMap::from([(ME, extras)]));
            Ok(())
        })
        .await;
}
