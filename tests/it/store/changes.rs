//! What becomes of messages: edits, deletions, reactions.

use super::bench::{Bench, account, direct, draft, text};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::message::Draft;
use parlance::domain::{AccountId, Message, MessageStatus};
use parlance::store::messages::{self, Stretch};
use parlance::store::{AnyConnection, conversations};
use std::sync::Arc;

on_both_backends!(
    a_message_has_one_last_change,
    a_deleted_message_is_in_no_list,
    a_reaction_is_replaced_and_taken_away,
    what_one_does_not_see_does_not_change_for_them,
);

const ME: AccountId = AccountId(10_000_000);
const BOB: AccountId = AccountId(10_000_001);

fn edited(message: &Message, words: &str, at: i64) -> Message {
    Message {
        draft: Arc::new(draft(words)),
        updated_at: at,
        ..message.clone()
    }
}

async fn a_message_has_one_last_change(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let said = bench.say(place, BOB, "one").await;
    let other = bench.say(place, BOB, "two").await;
    bench
        .change(move |conn| {
            let first = messages::edit(conn, &edited(&said, "three", 7))?.unwrap();
            messages::edit(conn, &edited(&other, "four", 8))?.unwrap();
            let second = messages::edit(conn, &edited(&said, "five", 9))?.unwrap();
            assert!(second > first);
            let (found, more) = messages::changes(conn, place, ME, 0, 0, 9)?;
            let found: Vec<_> = found.iter().map(text).collect();
            assert_eq!((found, more), (vec!["four", "five"], None));
            let revoked = MessageStatus::Revoked;
            let third = messages::take_back(conn, said.id, revoked, ME, 10)?.unwrap();
            let change = messages::changes_of(conn, &[said.id])?[&said.id];
            assert_eq!(
                (change.version, change.by, change.edited_at),
                (third, ME, 9)
            );
            assert_eq!(messages::edit(conn, &edited(&said, "six", 11))?, None);
            Ok(())
        })
        .await;
}

async fn a_deleted_message_is_in_no_list(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let said = bench.say(place, BOB, "one").await;
    bench.say(place, BOB, "two").await;
    bench
        .change(move |conn| {
            let deleted = MessageStatus::Deleted;
            messages::take_back(conn, said.id, deleted, BOB, 5)?.unwrap();
            let all = Stretch {
                conversation: place,
                viewer: ME,
                start: 0,
                end: 0,
                floor: 0,
                limit: 9,
                up: true,
            };
            let (found, _) = messages::range(conn, &all)?;
            assert_eq!(found.iter().map(text).collect::<Vec<_>>(), ["two"]);
            let (changed, _) = messages::changes(conn, place, ME, 0, 0, 9)?;
            assert_eq!(changed[0].status, deleted);
            Ok(())
        })
        .await;
}

async fn a_reaction_is_replaced_and_taken_away(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let said = bench.say(place, BOB, "one").await;
    bench
        .change(move |conn| {
            let family = "👨‍👩‍👧‍👦";
            for (emoji, removed) in [("👍", false), (family, false), (family, true)] {
                messages::react(conn, &said, ME, emoji, 5)?;
                let reactions = messages::reactions_since(conn, place, BOB, 0, 0, 9)?;
                let [reaction] = &reactions[..] else {
                    panic!("one reaction")
                };
                assert_eq!((&*reaction.emoji, reaction.removed), (emoji, removed));
                let beside = messages::reactions_of(conn, &[said.id])?;
                assert_eq!(beside.is_empty(), removed);
                let later = messages::reactions_since(conn, place, BOB, 0, reaction.version, 9)?;
                assert!(later.is_empty());
            }
            messages::react(conn, &said, BOB, "👍", 6)?;
            let two = messages::reactions_since(conn, place, ME, 0, 0, 9)?;
            let who: Vec<_> = two.iter().map(|reaction| reaction.account).collect();
            assert_eq!(who, [ME, BOB]);
            Ok(())
        })
        .await;
}

async fn what_one_does_not_see_does_not_change_for_them(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let aside = Draft {
        audience: Some([BOB].into()),
        ..draft("aside")
    };
    let aside = bench.queue_draft(place, BOB, None, aside).unwrap();
    let aside = aside.await.unwrap().unwrap().message;
    let early = bench.say(place, BOB, "early").await;
    let hidden = bench.say(place, BOB, "hidden").await;
    let seen = bench.say(place, BOB, "seen").await;
    bench
        .change(move |conn| {
            conversations::open(conn, &[(account(2), direct(0, 2))], 1)?;
            messages::hide(conn, ME, &[hidden.id])?;
            for message in [&aside, &early, &hidden, &seen] {
                messages::react(conn, message, BOB, "👍", 5)?;
                messages::take_back(conn, message.id, MessageStatus::Deleted, BOB, 6)?;
            }
            let changed = |conn: &mut AnyConnection, viewer| {
                let floor = early.seq;
                let (found, _) = messages::changes(conn, place, viewer, floor, 0, 9).unwrap();
                found.iter().map(|message| message.id).collect::<Vec<_>>()
            };
            assert_eq!(changed(conn, ME), [seen.id]);
            assert_eq!(changed(conn, BOB), [hidden.id, seen.id]);
            // Nobody reads what was put beside what is gone.
            let reactions = messages::reactions_since(conn, place, BOB, 0, 0, 9)?;
            assert!(reactions.is_empty());
            let ids = [aside.id, early.id, hidden.id, seen.id];
            let places = messages::places_of(conn, ME, &ids)?;
            assert_eq!(
                places,
                [(early.id, place, early.seq), (seen.id, place, seen.seq)]
            );
            let places = messages::places_of(conn, account(2), &ids)?;
            assert!(places.is_empty());
            Ok(())
        })
        .await;
}
