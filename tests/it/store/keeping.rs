//! What accounts keep for themselves: how they treat conversations, favourites, reminders; and invitations that wait.

use super::bench::{Bench, account, direct};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::{AccountId, ChannelId, Exchange, Mentions};
use parlance::store::favorites::NewFavorite;
use parlance::store::prefs::Prefs;
use parlance::store::{
    AnyConnection, channel_invites, conversations, favorites, prefs, reminders, versions,
};

on_both_backends!(
    how_a_conversation_is_treated_is_kept_per_account,
    drafts_are_told_in_the_order_in_which_they_changed,
    a_thing_is_kept_once_under_its_key,
    an_invitation_stays_confirmed,
    who_is_called_upon_is_reminded_until_they_have_seen_to_it,
    pages_of_reminders_miss_nothing,
);

const ME: AccountId = AccountId(10_000_000);
const BOB: AccountId = AccountId(10_000_001);

async fn how_a_conversation_is_treated_is_kept_per_account(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let key = direct(0, 1);
            assert_eq!(prefs::find(conn, ME, key)?, Prefs::default());
            let mut mine = Prefs {
                muted: true,
                remark: "备注".to_owned(),
                extra: r#"{"flame":1}"#.to_owned(),
                draft: "x".repeat(60_000),
                browse_seq: 4,
                ..Prefs::default()
            };
            prefs::put(conn, ME, key, &mine)?;
            mine.pinned = true;
            prefs::put(conn, ME, key, &mine)?;
            assert_eq!(prefs::find(conn, ME, key)?, mine);
            let others = [key, direct(0, 2)];
            assert_eq!(prefs::among(conn, ME, &others)?, [(key, mine)].into());
            assert_eq!(prefs::saved(conn, ME)?, []);
            let saved = Prefs {
                saved: true,
                ..Prefs::default()
            };
            prefs::put(conn, ME, direct(0, 3), &saved)?;
            assert_eq!(prefs::saved(conn, ME)?, [direct(0, 3)]);
            assert_eq!(prefs::find(conn, BOB, key)?, Prefs::default());
            assert!(prefs::among(conn, BOB, &others)?.is_empty());
            Ok(())
        })
        .await;
}

async fn drafts_are_told_in_the_order_in_which_they_changed(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let mut last = 0;
            for peer in [3, 1, 2] {
                last = versions::next(conn)?;
                let drafted = Prefs {
                    draft: format!("to {peer}"),
                    draft_version: last,
                    ..Prefs::default()
                };
                prefs::put(conn, ME, direct(0, peer), &drafted)?;
            }
            let muted = Prefs {
                muted: true,
                ..Prefs::default()
            };
            prefs::put(conn, ME, direct(0, 4), &muted)?;
            let since = |conn: &mut AnyConnection, version| {
                let changed = prefs::drafts_since(conn, ME, version).unwrap();
                changed.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
            };
            assert_eq!(since(conn, 0), [3, 1, 2].map(|peer| direct(0, peer)));
            assert_eq!(since(conn, last - 1), [direct(0, 2)]);
            assert_eq!(since(conn, last), []);
            Ok(())
        })
        .await;
}

async fn a_thing_is_kept_once_under_its_key(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let thing = |key: &str, body: &str| NewFavorite {
                kind: 1,
                unique_key: key.to_owned(),
                author: BOB,
                author_name: "Bob".to_owned(),
                body: body.to_owned(),
            };
            for (key, body) in [("a", "one"), ("b", "two"), ("a", "three")] {
                favorites::put(conn, ME, &thing(key, body), 5)?;
            }
            favorites::put(conn, BOB, &thing("a", "his"), 6)?;
            let kept = favorites::page(conn, ME, 0, 9)?;
            let bodies: Vec<_> = kept.iter().map(|kept| &*kept.what.body).collect();
            assert_eq!(bodies, ["two", "one"]);
            assert_eq!(kept[1].what, thing("a", "one"));
            assert_eq!(favorites::page(conn, ME, 1, 9)?, kept[1..]);
            assert!(!favorites::remove(conn, BOB, kept[0].id)?);
            assert!(favorites::remove(conn, ME, kept[0].id)?);
            assert_eq!(favorites::page(conn, ME, 0, 9)?, kept[1..]);
            Ok(())
        })
        .await;
}

async fn an_invitation_stays_confirmed(backend: Backend) {
    let bench = Bench::on(backend);
    bench
        .change(|conn| {
            let invited = [account(2), account(1), account(2)];
            let id = channel_invites::insert(conn, ChannelId(3), ME, "friends", &invited, 5)?;
            let invite = channel_invites::find(conn, id)?.unwrap();
            assert_eq!((invite.channel, invite.inviter), (ChannelId(3), ME));
            assert_eq!(invite.accounts, [account(1), account(2)]);
            assert!(!invite.confirmed);
            channel_invites::confirm(conn, id, 6)?;
            channel_invites::confirm(conn, id, 7)?;
            assert!(channel_invites::find(conn, id)?.unwrap().confirmed);
            channel_invites::confirm(conn, id + 1, 7)?;
            assert_eq!(channel_invites::find(conn, id + 1)?, None);
            Ok(())
        })
        .await;
}

async fn who_is_called_upon_is_reminded_until_they_have_seen_to_it(backend: Backend) {
    let bench = Bench::on(backend);
    let place = Exchange::Channel(ChannelId(3)).key();
    let cid = account(2);
    bench
        .change(move |conn| {
            conversations::open(conn, &[(ME, place), (BOB, place), (cid, place)], 1)
        })
        .await;
    let message = bench.say(place, BOB, "@all and @me").await;
    bench
        .change(move |conn| {
            let nobody = Mentions::default();
            let some = Mentions {
                all: false,
                accounts: vec![ME],
            };
            let everybody = Mentions {
                all: true,
                accounts: Vec::new(),
            };
            for mentions in [nobody, some, everybody] {
                reminders::insert(conn, &message, &mentions)?;
            }
            let of = |conn: &mut AnyConnection, who, version| {
                let found = reminders::since(conn, who, version, 9).unwrap();
                found.into_iter().map(|r| (r.id, r.all, r.done, r.version))
            };
            let mine: Vec<_> = of(conn, ME, 0).collect();
            let [(one, false, false, _), (all, true, false, latest)] = mine[..] else {
                panic!("two calls: {mine:?}")
            };
            assert_eq!(of(conn, cid, 0).map(|r| r.0).collect::<Vec<_>>(), [all]);
            // Not upon whoever calls, and not upon who is not there.
            assert_eq!(
                of(conn, BOB, 0).count() + of(conn, account(9), 0).count(),
                0
            );
            reminders::done(conn, cid, &[one])?;
            reminders::done(conn, ME, &[one, 999])?;
            reminders::done(conn, ME, &[one])?;
            let told: Vec<_> = of(conn, ME, latest).collect();
            let [(seen, false, true, version)] = told[..] else {
                panic!("one change: {told:?}")
            };
            assert_eq!(seen, one);
            assert_eq!(of(conn, ME, version).count(), 0);
            assert_eq!(of(conn, ME, 0).count(), 2);
            assert_eq!(of(conn, cid, latest).count(), 0);
            reminders::prune(conn, message.created_at + 1)?;
            assert_eq!(of(conn, ME, 0).count(), 0);
            Ok(())
        })
        .await;
}

async fn pages_of_reminders_miss_nothing(backend: Backend) {
    let bench = Bench::on(backend);
    let message = bench.say(direct(0, 1), BOB, "@me").await;
    bench
        .change(move |conn| {
            let me = Mentions {
                all: false,
                accounts: vec![ME],
            };
            for _ in 0..20 {
                reminders::insert(conn, &message, &me)?;
            }
            let all = reminders::since(conn, ME, 0, 100)?;
            let some: Vec<_> = all.iter().step_by(3).map(|reminder| reminder.id).collect();
            reminders::done(conn, ME, &some)?;
            let (mut version, mut read) = (0, Vec::new());
            loop {
                let page = reminders::since(conn, ME, version, 3)?;
                let Some(last) = page.last() else { break };
                version = last.version;
                read.extend(page.iter().map(|reminder| reminder.id));
            }
            read.sort_unstable();
            let ids: Vec<_> = all.iter().map(|reminder| reminder.id).collect();
            assert_eq!(read, ids);
            Ok(())
        })
        .await;
}
