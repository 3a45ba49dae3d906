//! What one account sees of a conversation, and what it has read of it.

use super::bench::{Bench, account, direct, draft};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::message::Draft;
use parlance::domain::{AccountId, ChannelId, ConversationId, Exchange, Message, MessageId};
use parlance::store::messages::{self, Slice, Stretch};
use parlance::store::{AnyConnection, conversations};
use std::sync::Arc;

on_both_backends!(
    a_stretch_is_walked_both_ways,
    a_revoked_message_keeps_its_place_in_a_stretch,
    what_is_for_others_eyes_is_neither_listed_nor_counted_nor_pushed,
    what_one_hides_the_other_still_sees,
    what_was_emptied_stays_empty,
    unread_is_what_others_said_aloud_since_the_last_look,
    how_far_everybody_has_read_is_known,
    what_the_sender_noted_beside_a_message_is_kept,
);

const ME: AccountId = AccountId(10_000_000);
const BOB: AccountId = AccountId(10_000_001);

fn stretch(start: i64, end: i64, limit: i64, up: bool) -> Stretch {
    Stretch {
        conversation: direct(0, 1),
        viewer: ME,
        start,
        end,
        floor: 0,
        limit,
        up,
    }
}

fn seqs(conn: &mut AnyConnection, stretch: &Stretch) -> (Vec<i64>, bool) {
    let (found, more) = messages::range(conn, stretch).unwrap();
    (found.iter().map(|message| message.seq).collect(), more)
}

fn everything(conn: &mut AnyConnection, viewer: AccountId) -> Vec<i64> {
    let all = Stretch {
        viewer,
        ..stretch(0, 0, 1000, true)
    };
    seqs(conn, &all).0
}

async fn say(bench: &Bench, from: AccountId, draft: Draft) -> Arc<Message> {
    let answer = bench.queue_draft(direct(0, 1), from, None, draft).unwrap();
    answer.await.unwrap().unwrap().message
}

async fn a_stretch_is_walked_both_ways(backend: Backend) {
    let bench = Bench::on(backend);
    for number in 1..=10 {
        bench
            .say(direct(0, 1), BOB, &format!("number {number}"))
            .await;
    }
    bench
        .look(|conn| {
            // Start, end, limit, up; what is found, and whether there is more.
            let cases = [
                ((0, 0, 3, false), vec![8, 9, 10], true),
                ((0, 0, 3, true), vec![1, 2, 3], true),
                ((4, 0, 3, true), vec![4, 5, 6], true),
                ((4, 6, 9, true), vec![4, 5], false),
                ((4, 0, 3, false), vec![2, 3, 4], true),
                ((4, 2, 9, false), vec![3, 4], false),
                ((9, 0, 9, true), vec![9, 10], false),
                ((3, 0, 3, false), vec![1, 2, 3], false),
                ((11, 0, 9, true), vec![], false),
            ];
            for ((start, end, limit, up), expected, more) in cases {
                let found = seqs(conn, &stretch(start, end, limit, up));
                assert_eq!(found, (expected, more), "{start} {end} {limit} {up}");
            }
            let floored = Stretch {
                floor: 8,
                ..stretch(0, 0, 9, false)
            };
            assert_eq!(seqs(conn, &floored), (vec![9, 10], false));
            Ok(())
        })
        .await;
}

async fn a_revoked_message_keeps_its_place_in_a_stretch(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ids.push(bench.say(place, BOB, text).await.id);
    }
    bench
        .change(move |conn| {
            let first = messages::revoke(conn, ids[1], BOB, 5)?.unwrap();
            assert_eq!(messages::revoke(conn, ids[1], ME, 6)?, None);
            let second = messages::revoke(conn, ids[0], ME, 7)?.unwrap();
            assert!(second > first);
            assert_eq!(everything(conn, ME), [1, 2, 3]);
            let changed = |conn: &mut AnyConnection, after| {
                let changed = messages::changes(conn, place, after, 9).unwrap();
                let told = changed.iter().map(|c| (c.message.id, c.version, c.by));
                told.collect::<Vec<_>>()
            };
            let both = [(ids[1], first, BOB), (ids[0], second, ME)];
            assert_eq!(changed(conn, 0), both);
            assert_eq!(changed(conn, first), both[1..]);
            let of = messages::changes_of(conn, place, &ids)?;
            assert_eq!((of.len(), of[&ids[0]]), (2, (second, ME)));
            Ok(())
        })
        .await;
}

async fn what_is_for_others_eyes_is_neither_listed_nor_counted_nor_pushed(backend: Backend) {
    let bench = Bench::on(backend);
    // Numbers of which one is a part of the other.
    let longer = AccountId(ME.0 * 10);
    let only = |accounts: &[AccountId]| Draft {
        audience: Some(accounts.into()),
        ..draft("for some")
    };
    say(&bench, BOB, draft("for all")).await;
    say(&bench, BOB, only(&[BOB])).await;
    say(&bench, BOB, only(&[BOB, ME])).await;
    say(&bench, BOB, only(&[longer])).await;
    say(&bench, BOB, only(&[])).await;
    bench
        .look(|conn| {
            assert_eq!(everything(conn, ME), [1, 3]);
            assert_eq!(everything(conn, BOB), [1, 2, 3]);
            let slice = Slice {
                conversation: direct(0, 1),
                viewer: ME,
                after_seq: 0,
                only: None,
                newest_first: false,
                offset: 0,
                limit: 9,
            };
            assert_eq!(messages::list(conn, &slice)?.1, 2);
            assert_eq!(messages::unread(conn, ME)?[&direct(0, 1)], 2);
            let (backlog, _) = messages::backlog(conn, ME, MessageId(0), 9)?;
            let backlog: Vec<_> = backlog.iter().map(|message| message.seq).collect();
            assert_eq!(backlog, [1, 3]);
            Ok(())
        })
        .await;
}

async fn what_one_hides_the_other_still_sees(backend: Backend) {
    let bench = Bench::on(backend);
    let first = bench.say(direct(0, 1), BOB, "one").await.id;
    bench.say(direct(0, 1), BOB, "two").await;
    bench
        .change(move |conn| {
            messages::hide(conn, ME, &[first])?;
            messages::hide(conn, ME, &[first])?;
            messages::hide(conn, ME, &[])?;
            assert_eq!(everything(conn, ME), [2]);
            assert_eq!(everything(conn, BOB), [1, 2]);
            let (backlog, _) = messages::backlog(conn, ME, MessageId(0), 9)?;
            assert_eq!(backlog.len(), 1);
            Ok(())
        })
        .await;
}

async fn what_was_emptied_stays_empty(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    for text in ["one", "two", "three"] {
        bench.say(place, BOB, text).await;
    }
    bench
        .change(move |conn| {
            conversations::clear(conn, ME, place, 2)?;
            conversations::clear(conn, ME, place, 1)?;
            conversations::close_view(conn, ME, place, 3)?;
            assert_eq!(conversations::cursors(conn, ME, place)?, (2, 0));
            assert_eq!(conversations::cleared(conn, ME, place)?, 2);
            assert_eq!(conversations::cleared(conn, BOB, place)?, 0);
            assert_eq!(messages::unread(conn, ME)?[&place], 1);
            let (backlog, _) = messages::backlog(conn, ME, MessageId(0), 9)?;
            assert_eq!(backlog.len(), 1);
            let [view] = &*conversations::of(conn, ME)? else {
                panic!("one view")
            };
            assert_eq!((view.conversation, view.from_seq), (place, 0));
            assert_eq!((view.cleared_seq, view.closed_seq), (2, 3));
            Ok(())
        })
        .await;
}

async fn unread_is_what_others_said_aloud_since_the_last_look(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let quiet = Draft {
        quiet: true,
        ..draft("psst")
    };
    say(&bench, BOB, draft("one")).await;
    say(&bench, ME, draft("two")).await;
    say(&bench, BOB, quiet).await;
    let revoked = say(&bench, BOB, draft("four")).await.id;
    say(&bench, BOB, draft("five")).await;
    bench.say(direct(0, 2), account(2), "elsewhere").await;
    bench
        .change(move |conn| {
            messages::revoke(conn, revoked, BOB, 1)?;
            let mut unread: Vec<_> = messages::unread(conn, ME)?.into_iter().collect();
            unread.sort_unstable();
            let mut expected = [(place, 2), (direct(0, 2), 1)];
            expected.sort_unstable();
            assert_eq!(unread, expected);
            assert_eq!(messages::unread(conn, BOB)?[&place], 1);
            conversations::read_up_to(conn, ME, place, 1)?;
            assert_eq!(messages::unread(conn, ME)?[&place], 1);
            conversations::read_up_to(conn, ME, place, 5)?;
            assert_eq!(messages::unread(conn, ME)?.get(&place), None);
            Ok(())
        })
        .await;
}

async fn how_far_everybody_has_read_is_known(backend: Backend) {
    let bench = Bench::on(backend);
    let channel = Exchange::Channel(ChannelId(1)).key();
    bench
        .change(move |conn| {
            let places = |conn: &mut AnyConnection, key: ConversationId| {
                let mut places = conversations::read_places(conn, key).unwrap();
                places.sort_unstable();
                places
            };
            conversations::open(conn, &[(ME, direct(0, 1)), (BOB, direct(0, 1))], 1)?;
            assert!(conversations::read_up_to(conn, ME, direct(0, 1), 3)?);
            assert!(!conversations::read_up_to(conn, ME, direct(0, 1), 2)?);
            let [(first, 3, version), (second, 0, 0)] = places(conn, direct(0, 1))[..] else {
                panic!("two places")
            };
            assert_eq!((first, second), (ME, BOB));
            assert!(version > 0);
            let readers = conversations::readers(conn, direct(0, 1), 3)?;
            assert_eq!(readers, [ME]);
            assert_eq!(conversations::readers(conn, direct(0, 1), 4)?, []);

            let new = parlance::store::channels::NewChannel::default();
            let id = parlance::store::channels::insert(conn, ME, &new, 0, 1)?;
            assert_eq!(Exchange::Channel(id).key(), channel);
            assert!(conversations::read_up_to(conn, ME, channel, 8)?);
            assert_eq!(conversations::readers(conn, channel, 8)?, [ME]);
            Ok(())
        })
        .await;
}

async fn what_the_sender_noted_beside_a_message_is_kept(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let written = Draft {
        quiet: true,
        marks: (u32::MAX as i64) << 16 | 0x80,
        audience: Some([BOB, ME].into()),
        ..draft("hi")
    };
    let id = "c".repeat(128);
    let answer = bench.queue_draft(place, ME, Some(&id), written.clone());
    let message = answer.unwrap().await.unwrap().unwrap().message;
    assert_eq!(message.client_id.as_deref(), Some(&*id));
    assert_eq!(*message.draft, written);
    assert_eq!(bench.log(place).await, [Message::clone(&message)]);
}
