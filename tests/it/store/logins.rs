//! What accounts log in with, and what their clients keep with the node.

use super::bench::{Bench, account};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::{AccountId, DeviceKind};
use parlance::error::ErrorKind;
use parlance::store::accounts::{self, NewAccount};
use parlance::store::client_settings::{self, Record};
use parlance::store::grants::{self, Grant};
use parlance::store::{AnyConnection, devices};

on_both_backends!(
    a_grant_takes_the_place_of_the_one_before,
    a_void_grant_keeps_its_number,
    a_device_is_noted_once_and_the_longest_unused_makes_room,
    what_clients_keep_is_kept_whole,
    a_short_number_is_chosen_once_and_belongs_to_one,
    the_node_s_own_accounts_are_made_once,
    the_staff_is_listed_without_who_is_locked,
);

const ME: AccountId = AccountId(10_000_000);

fn grant(kind: DeviceKind, digest: &str, serial: i64) -> Grant {
    Grant {
        account: ME,
        kind,
        digest: digest.repeat(64),
        serial,
        issued_at: 1,
        expires_at: 9,
    }
}

async fn a_grant_takes_the_place_of_the_one_before(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let (app, web) = (
                grant(DeviceKind::App, "a", 1),
                grant(DeviceKind::Web, "b", 1),
            );
            let newer = grant(DeviceKind::App, "c", 2);
            for grant in [&app, &web, &newer, &newer] {
                grants::put(conn, grant)?;
            }
            assert_eq!(
                grants::find(conn, ME, DeviceKind::App)?,
                Some(newer.clone())
            );
            assert_eq!(grants::find(conn, ME, DeviceKind::Desktop)?, None);
            assert_eq!(grants::find_by_digest(conn, &app.digest)?, None);
            assert_eq!(grants::find_by_digest(conn, &web.digest)?, Some(web));
            assert_eq!(grants::find_by_digest(conn, &newer.digest)?, Some(newer));
            Ok(())
        })
        .await;
}

async fn a_void_grant_keeps_its_number(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            grants::put(conn, &grant(DeviceKind::App, "a", 7))?;
            grants::put(conn, &grant(DeviceKind::Web, "b", 1))?;
            grants::void(conn, ME, DeviceKind::App)?;
            let void = grants::find(conn, ME, DeviceKind::App)?.unwrap();
            assert_eq!((void.serial, void.expires_at), (7, 0));
            let other = grants::find(conn, ME, DeviceKind::Web)?.unwrap();
            assert_eq!(other.expires_at, 9);
            Ok(())
        })
        .await;
}

async fn a_device_is_noted_once_and_the_longest_unused_makes_room(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let (app, web) = (DeviceKind::App, DeviceKind::Web);
            devices::seen(conn, ME, ("a", "Pixel", "Pixel 7"), web, 1)?;
            devices::seen(conn, ME, ("b", "Mac", "MacBook"), web, 2)?;
            devices::seen(conn, ME, ("a", "Phone", "Pixel 7"), app, 3)?;
            devices::seen(conn, account(1), ("a", "hers", ""), web, 4)?;
            let known = devices::list(conn, ME)?;
            let names: Vec<_> = known
                .iter()
                .map(|known| (&*known.name, known.kind))
                .collect();
            assert_eq!(names, [("Phone", app), ("Mac", web)]);
            assert_eq!(devices::find(conn, ME, "a")?.as_ref(), Some(&known[0]));
            assert_eq!(devices::remove(conn, ME, "a")?.as_ref(), Some(&known[0]));
            assert_eq!(devices::remove(conn, ME, "a")?, None);
            assert!(devices::find(conn, account(1), "a")?.is_some());
            for number in 0..120 {
                let device = format!("d{number}");
                devices::seen(conn, ME, (&device, "", ""), web, 10 + number)?;
            }
            let known = devices::list(conn, ME)?;
            assert_eq!(known.len(), 100);
            assert_eq!((&*known[0].device, &*known[99].device), ("d119", "d20"));
            Ok(())
        })
        .await;
}

async fn what_clients_keep_is_kept_whole(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            assert_eq!(client_settings::find(conn, ME)?, None);
            let mut record = Record {
                prefs: r#"{"voice_on":0}"#.to_owned(),
                push_token: "t".repeat(512),
                badge: 3,
                ..Record::default()
            };
            client_settings::put(conn, ME, &record)?;
            assert_eq!(client_settings::find(conn, ME)?.as_ref(), Some(&record));
            record.badge = 0;
            client_settings::put(conn, ME, &record)?;
            assert_eq!(client_settings::find(conn, ME)?, Some(record));
            assert_eq!(client_settings::find(conn, account(1))?, None);
            Ok(())
        })
        .await;
}

fn register(conn: &mut AnyConnection, name: &str) -> AccountId {
    let new = NewAccount {
        name: name.to_owned(),
        email: None,
        mobile: None,
        password: None,
        avatar: String::new(),
        invite_code: String::new(),
    };
    accounts::insert(conn, &new, 1).unwrap()
}

async fn a_short_number_is_chosen_once_and_belongs_to_one(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let (me, bob) = (register(conn, "me"), register(conn, "bob"));
            assert_eq!(accounts::find(conn, me)?.unwrap().short_no, None);
            accounts::set_short_no(conn, me, "wk_1", 2)?;
            let again = accounts::set_short_no(conn, me, "wk_2", 3).unwrap_err();
            assert_eq!(again.kind(), ErrorKind::HandleFixed);
            let taken = accounts::set_short_no(conn, bob, "wk_1", 3).unwrap_err();
            assert_eq!(taken.kind(), ErrorKind::HandleTaken);
            let found = accounts::by_short_no(conn, "wk_1")?.unwrap();
            assert_eq!((found.id, found.short_no.as_deref()), (me, Some("wk_1")));
            assert_eq!(accounts::by_short_no(conn, "wk_2")?, None);
            Ok(())
        })
        .await;
}

async fn the_node_s_own_accounts_are_made_once(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let first = accounts::ensure_system(conn, "u_10000", "系统通知", "10000", 1)?;
            let other = accounts::ensure_system(conn, "fileHelper", "文件传输助手", "20000", 1)?;
            assert_eq!(
                accounts::ensure_system(conn, "u_10000", "x", "1", 2)?,
                first
            );
            assert_ne!(first, other);
            let account = accounts::find(conn, first)?.unwrap();
            assert_eq!(account.profile.nickname, "系统通知");
            assert!(!account.has_password);
            Ok(())
        })
        .await;
}

async fn the_staff_is_listed_without_who_is_locked(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let [_, bob, cid] = ["ann", "bob", "cid"].map(|name| register(conn, name));
            for id in [bob, cid] {
                accounts::set_manager(conn, id, true, 2)?;
            }
            accounts::set_locked(conn, cid, true, 3)?;
            let staff: Vec<_> = accounts::staff(conn)?.iter().map(|a| a.id).collect();
            assert_eq!(staff, [bob]);
            Ok(())
        })
        .await;
}
