//! What one account sees of a conversation, and what it has read of it.

use super::bench::{Bench, account, direct, draft};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::message::Draft;
use parlance::domain::{
    AccountId, ChannelId, Content, ConversationId, Dialect, Exchange, Message, MessageId,
    MessageStatus,
};
use parlance::store::messages::{self, Counted, Slice, Stretch};
use parlance::store::{AnyConnection, conversations};
use std::collections::HashMap;
use std::sync::Arc;

on_both_backends!(
    a_stretch_is_walked_both_ways,
    a_revoked_message_keeps_its_place_in_a_stretch,
    what_is_for_others_eyes_is_neither_listed_nor_counted_nor_pushed,
    what_one_hides_the_other_still_sees,
    what_was_emptied_stays_empty,
    unread_is_what_others_said_aloud_since_the_last_look,
    what_the_node_says_in_ones_name_is_unread_where_it_names_nobody,
    the_newest_message_is_the_newest_that_one_sees,
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

/// What an account has not read in each of its conversations.
fn unread(conn: &mut AnyConnection, account: AccountId) -> HashMap<ConversationId, i64> {
    let views = conversations::of(conn, account).unwrap().into_iter();
    let read = views.map(|view| (view.conversation, view.read_seq.max(view.cleared_seq)));
    let read: Vec<_> = read.collect();
    messages::unread(conn, account, &read, Counted::Everything).unwrap()
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
            let first = messages::take_back(conn, ids[1], MessageStatus::Revoked, BOB, 5)?.unwrap();
            assert_eq!(
                messages::take_back(conn, ids[1], MessageStatus::Revoked, ME, 6)?,
                None
            );
            let second = messages::take_back(conn, ids[0], MessageStatus::Revoked, ME, 7)?.unwrap();
            assert!(second > first);
            assert_eq!(everything(conn, ME), [1, 2, 3]);
            let changed = |conn: &mut AnyConnection, after| {
                let (changed, more) = messages::changes(conn, place, ME, 0, after, 9).unwrap();
                assert_eq!(more, None);
                let told = changed.iter().map(|message| message.id);
                told.collect::<Vec<_>>()
            };
            assert_eq!(changed(conn, 0), [ids[1], ids[0]]);
            assert_eq!(changed(conn, first), [ids[0]]);
            let (part, upto) = messages::changes(conn, place, ME, 0, 0, 1)?;
            assert_eq!((part[0].id, upto), (ids[1], Some(first)));
            let (visible, _) = messages::changes(conn, place, ME, 1, 0, 9)?;
            assert_eq!(visible.len(), 1);
            let of = messages::changes_of(conn, &ids)?;
            let change = of[&ids[0]];
            assert_eq!(of.len(), 2);
            assert_eq!(
                (change.version, change.by, change.edited_at),
                (second, ME, 0)
            );
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
            assert_eq!(unread(conn, ME)[&direct(0, 1)], 2);
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
    for text in ["one", "two"] {
        bench.say(place, BOB, text).await;
    }
    let third = bench.say(place, BOB, "three").await.id;
    bench
        .change(move |conn| {
            conversations::clear(conn, ME, place, 2)?;
            conversations::clear(conn, ME, place, 1)?;
            assert_eq!(conversations::cursors(conn, ME, place)?, (2, 0));
            assert_eq!(conversations::cleared(conn, ME, place)?, 2);
            assert_eq!(conversations::cleared(conn, BOB, place)?, 0);
            assert_eq!(unread(conn, ME)[&place], 1);
            let (backlog, _) = messages::backlog(conn, ME, MessageId(0), 9)?;
            assert_eq!(backlog.len(), 1);
            let [view] = &*conversations::of(conn, ME)? else {
                panic!("one view")
            };
            assert_eq!((view.conversation, view.from_seq), (place, 0));
            assert_eq!((view.cleared_seq, view.newest), (2, third));
            conversations::close_view(conn, ME, place, 3)?;
            assert_eq!(conversations::of(conn, ME)?, []);
            assert_eq!(conversations::of(conn, BOB)?.len(), 1);
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
            messages::take_back(conn, revoked, MessageStatus::Revoked, BOB, 1)?;
            let mut counted: Vec<_> = unread(conn, ME).into_iter().collect();
            counted.sort_unstable();
            let mut expected = [(place, 2), (direct(0, 2), 1)];
            expected.sort_unstable();
            assert_eq!(counted, expected);
            assert_eq!(unread(conn, BOB)[&place], 1);
            conversations::read_up_to(conn, ME, place, 1)?;
            assert_eq!(unread(conn, ME)[&place], 1);
            conversations::read_up_to(conn, ME, place, 5)?;
            assert_eq!(unread(conn, ME).get(&place), None);
            Ok(())
        })
        .await;
}

async fn what_the_node_says_in_ones_name_is_unread_where_it_names_nobody(backend: Backend) {
    let bench = Bench::on(backend);
    for word in ["1005", "2000"] {
        let content = Content::Notice {
            text: "something changed".to_owned(),
        };
        let notice = Draft::plain(Dialect::Wukong, word, content);
        say(&bench, ME, notice).await;
    }
    bench
        .look(|conn| {
            assert_eq!(unread(conn, ME)[&direct(0, 1)], 1);
            assert_eq!(unread(conn, BOB)[&direct(0, 1)], 2);
            Ok(())
        })
        .await;
}

async fn the_newest_message_is_the_newest_that_one_sees(backend: Backend) {
    let bench = Bench::on(backend);
    let first = say(&bench, BOB, draft("one")).await;
    let second = say(&bench, BOB, draft("two")).await.id;
    let own = Draft {
        audience: Some([BOB].into()),
        ..draft("for Bob's eyes")
    };
    let third = say(&bench, BOB, own).await.id;
    bench
        .change(move |conn| {
            messages::hide(conn, ME, &[second])?;
            let newest =
                |conn: &mut AnyConnection, who| conversations::of(conn, who).unwrap()[0].newest;
            assert_eq!((newest(conn, ME), newest(conn, BOB)), (first.id, third));
            let ids = [first.id, third];
            let made = messages::made_after(conn, &ids, first.created_at - 1)?;
            assert!(made.contains(&first.id));
            let made = messages::made_after(conn, &ids, first.created_at)?;
            assert!(!made.contains(&first.id));
            assert_eq!(messages::senders(conn, direct(0, 1), 0, 3)?, [BOB]);
            assert_eq!(messages::senders(conn, direct(0, 1), 3, 3)?, []);
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
            assert_eq!(
                conversations::read_up_to(conn, ME, direct(0, 1), 3)?,
                Some(0)
            );
            assert_eq!(conversations::read_up_to(conn, ME, direct(0, 1), 2)?, None);
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
            assert_eq!(conversations::read_up_to(conn, ME, channel, 8)?, Some(0));
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
