//! What happened, for clients that were away.

use super::bench::{Bench, account};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::channel::Change;
use parlance::domain::{AccountId, ChannelId, Event, Lasting, MessageId, Stored, Target};
use parlance::error::Result;
use parlance::store::channels::{self, NewChannel};
use parlance::store::{AnyConnection, events, secrets, versions};

on_both_backends!(
    events_are_told_once_and_in_order_to_whom_they_concern,
    members_are_told_what_happened_since_they_came,
    an_acknowledgement_never_goes_back,
    old_events_are_forgotten,
    every_kind_of_event_comes_back_as_it_was,
    what_many_are_told_has_a_number_for_each,
    what_matters_only_to_who_is_there_is_not_kept,
    versions_ascend_and_a_secret_stays,
);

fn changed(account: AccountId, peer: AccountId) -> Lasting {
    Lasting::ContactChanged { account, peer }
}

fn keep(conn: &mut AnyConnection, audience: i64, what: Lasting, now: i64) -> Result<i64> {
    Ok(events::keep(conn, audience, &what.into(), now)?.unwrap())
}

fn ids(stored: &[Stored]) -> Vec<i64> {
    stored.iter().map(|stored| stored.id).collect()
}

fn since(conn: &mut AnyConnection, who: AccountId, after: i64) -> Vec<i64> {
    ids(&events::since(conn, who, after, 100).unwrap())
}

async fn events_are_told_once_and_in_order_to_whom_they_concern(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, peer) = (account(0), account(1));
    let noted = bench.change(move |conn| {
        let mut note = |who: AccountId| keep(conn, who.0, changed(who, peer), 5);
        Ok([note(me)?, note(peer)?, note(me)?, note(me)?])
    });
    let [first, hers, second, third] = noted.await;
    assert!(first < hers && hers < second && second < third);
    bench
        .look(move |conn| {
            assert_eq!(since(conn, me, 0), [first, second, third]);
            assert_eq!(since(conn, me, first), [second, third]);
            assert_eq!(since(conn, peer, 0), [hers]);
            assert!(since(conn, me, third).is_empty());
            let some = events::since(conn, me, 0, 2)?;
            assert_eq!(ids(&some), [first, second]);
            assert_eq!((some[0].at, &some[0].what), (5, &changed(me, peer)));
            Ok(())
        })
        .await;
}

async fn members_are_told_what_happened_since_they_came(backend: Backend) {
    let bench = Bench::on(backend);
    let (owner, early, late) = (account(0), account(1), account(2));
    bench
        .change(move |conn| {
            let id = channels::insert(conn, owner, &NewChannel::default(), 0, 10)?;
            let note = |conn: &mut AnyConnection, now| {
                let what = Lasting::MembersChanged {
                    channel: id,
                    member: None,
                };
                keep(conn, id.0, what, now)
            };
            let join = |conn: &mut AnyConnection, who, now| {
                let change = Change::Invited {
                    by: owner,
                    accounts: vec![who],
                };
                channels::persist(conn, id, &change, now)
            };
            join(conn, early, 20)?;
            let first = note(conn, 20)?;
            let own = keep(conn, early.0, changed(early, owner), 25)?;
            join(conn, late, 30)?;
            let second = note(conn, 30)?;
            assert_eq!(since(conn, owner, 0), [first, second]);
            assert_eq!(since(conn, early, 0), [first, own, second]);
            assert_eq!(since(conn, late, 0), [second]);
            let leave = Change::Left { member: early };
            channels::persist(conn, id, &leave, 40)?;
            assert_eq!(since(conn, early, 0), [own]);
            Ok(())
        })
        .await;
}

async fn an_acknowledgement_never_goes_back(backend: Backend) {
    let bench = Bench::on(backend);
    let me = account(0);
    for (upto, stands) in [(0, 0), (7, 7), (3, 7), (9, 9)] {
        bench.change(move |conn| events::ack(conn, me, upto)).await;
        let acked = bench.look(move |conn| events::acked(conn, me)).await;
        assert_eq!(acked, stands);
    }
    let other = bench.look(|conn| events::acked(conn, account(1))).await;
    assert_eq!(other, 0);
}

async fn old_events_are_forgotten(backend: Backend) {
    let bench = Bench::on(backend);
    let me = account(0);
    bench
        .change(move |conn| {
            keep(conn, me.0, changed(me, account(1)), 10)?;
            let kept = keep(conn, me.0, changed(me, account(1)), 20)?;
            assert_eq!(events::prune(conn, 20)?, 1);
            assert_eq!(since(conn, me, 0), [kept]);
            Ok(())
        })
        .await;
}

async fn every_kind_of_event_comes_back_as_it_was(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, peer, channel) = (account(0), account(1), ChannelId(3));
    let place = Target::Channel(channel);
    let all = vec![
        Lasting::Revoked {
            message: MessageId(1),
            conversation: super::bench::direct(0, 1),
            by: me,
        },
        Lasting::ContactRequested {
            from: peer,
            to: me,
            request: 4,
            name: "Zoë 👋".to_owned(),
            reason: "\"hi\"".to_owned(),
        },
        Lasting::Invited {
            channel,
            by: me,
            members: (0..1000).map(account).collect(),
            founding: false,
        },
        Lasting::ChannelUpdated {
            channel,
            by: me,
            avatar: true,
        },
        Lasting::PrefsChanged { account: me, place },
        Lasting::Hidden {
            account: me,
            messages: (0..500)
                .map(|n| {
                    (
                        MessageId((1 << 52) - n),
                        i64::from(u32::MAX),
                        Target::Account(peer),
                    )
                })
                .collect(),
        },
    ];
    let written = all.clone();
    bench
        .change(move |conn| {
            for what in written {
                keep(conn, me.0, what, 1)?;
            }
            Ok(())
        })
        .await;
    let read = bench
        .look(move |conn| events::since(conn, me, 0, 100))
        .await;
    let read: Vec<_> = read.into_iter().map(|stored| stored.what).collect();
    assert_eq!(read, all);
}

async fn what_many_are_told_has_a_number_for_each(backend: Backend) {
    let bench = Bench::on(backend);
    let everybody: Vec<i64> = (0..2500).map(|n| account(n).0).collect();
    let what = changed(account(0), account(1));
    let (told, event) = (everybody.clone(), Event::from(what.clone()));
    let numbers = bench.change(move |conn| {
        keep(conn, account(0).0, changed(account(0), account(2)), 1)?;
        events::keep_all(conn, &told, &event, 2)
    });
    let numbers = numbers.await;
    assert_eq!(numbers.len(), everybody.len());
    bench
        .look(move |conn| {
            for (who, number) in [
                (1, numbers[1]),
                (1000, numbers[1000]),
                (2499, numbers[2499]),
            ] {
                let heard = events::since(conn, account(who), 0, 10)?;
                let heard: Vec<_> = heard.iter().map(|one| (Some(one.id), &one.what)).collect();
                assert_eq!(heard, [(number, &what)]);
            }
            Ok(())
        })
        .await;
}

async fn what_matters_only_to_who_is_there_is_not_kept(backend: Backend) {
    let bench = Bench::on(backend);
    let me = account(0);
    let event = Event::LoggedOut { account: me };
    let numbers = bench.change(move |conn| {
        assert_eq!(events::keep(conn, me.0, &event, 1)?, None);
        events::keep_all(conn, &[me.0, account(1).0], &event, 1)
    });
    assert_eq!(numbers.await, [None, None]);
    bench
        .look(move |conn| {
            assert!(since(conn, me, 0).is_empty());
            Ok(())
        })
        .await;
}

async fn versions_ascend_and_a_secret_stays(backend: Backend) {
    let mut bench = Bench::on(backend);
    let next = async |bench: &Bench| bench.change(versions::next).await;
    let secret = async |bench: &Bench, fresh: &'static str| {
        let get = move |conn: &mut AnyConnection| secrets::get_or_insert(conn, "key", fresh);
        bench.change(get).await
    };
    let first = next(&bench).await;
    assert_eq!(secret(&bench, "one").await, "one");
    bench.reopen().await;
    assert_eq!(secret(&bench, "two").await, "one");
    assert_eq!(next(&bench).await, first + 1);
}
