//! Members come and go while messages flow: one order for all who are there, and nobody hears what is not theirs.

use super::{hear, history, insist, number, numbers, to_account, to_group};
use crate::support::socket::Socket;
use crate::support::{TestNode, User};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use parlance::domain::{ChannelId, Exchange};
use parlance::store::messages::{self, Slice};
use serde_json::json;
use std::cell::Cell;

/// Those who are members from the first message to the last.
const STAYING: usize = 50;
/// Those who come and go.
const PASSING: usize = 150;
const LAST_WORDS: &str = "last words";

/// Somebody, with an open socket.
struct Guest {
    user: User,
    socket: Socket,
}

async fn guests(node: &TestNode, count: usize, kind: &str) -> Vec<Guest> {
    let arrive = |number| async move {
        let user = node.register(&format!("{kind}{number}")).await;
        let socket = user.connect().await;
        Guest { user, socket }
    };
    let arriving = stream::iter(0..count).map(arrive);
    arriving.buffered(16).collect().await
}

async fn invite(owner: &User, group: i64, users: impl Iterator<Item = &User>) {
    let users: Vec<_> = users.map(|user| user.id).collect();
    let fields = json!({"groupId": group, "toIdList": users});
    let answer = owner.post("/chatGroups/invite", fields).await;
    answer.succeeds("处理成功");
}

/// How the talk goes.
struct Talk<'a> {
    owner: &'a User,
    group: i64,
    /// The last message that was acknowledged.
    last: Cell<i64>,
    over: Cell<bool>,
}

impl Talk<'_> {
    async fn say(&self, user: &User, text: &str) -> i64 {
        let id = insist(user, to_group(self.group, text)).await;
        self.last.set(self.last.get().max(id));
        id
    }

    /// Says one thing after the other until it is over.
    async fn go_on(&self, user: &User) {
        for n in (0..).take_while(|_| !self.over.get()) {
            self.say(user, &format!("{} says {n}", user.name)).await;
        }
    }

    /// Comes, says hello, looks back, says bye, and goes.
    async fn visit(&self, user: &User) -> Visit {
        let before = self.last.get();
        invite(self.owner, self.group, std::iter::once(user)).await;
        let hello = self.say(user, &format!("hello from {}", user.name)).await;
        let shown = numbers(&history(user, self.group).await);
        let bye = self.say(user, &format!("bye from {}", user.name)).await;
        let exit = json!({"groupId": self.group});
        let exit = user.post("/chatGroups/exit", exit).await;
        exit.succeeds("退出成功");
        Visit {
            before,
            hello,
            bye,
            shown,
        }
    }
}

/// What somebody who came and went can tell of it.
struct Visit {
    /// The last message that was acknowledged before the invitation.
    before: i64,
    hello: i64,
    bye: i64,
    /// What the conversation showed just before they left.
    shown: Vec<i64>,
}

/// What came on a socket of the group, up to the direct message that is sent in the end.
async fn heard_in_group(socket: &mut Socket) -> Vec<i64> {
    let mut heard = Vec::new();
    loop {
        let frame = socket.next_of("text").await;
        if frame["ope"] == "friend" {
            return heard;
        }
        heard.push(number(&frame));
    }
}

impl Visit {
    /// They heard one unbroken piece of the conversation, from where they came to where they left, and could look back on the
    /// same piece.
    fn check(&self, all: &[i64], heard: &[i64]) {
        let first = all.iter().position(|id| Some(id) == heard.first());
        let first = first.expect("they heard nothing");
        assert_eq!(heard, &all[first..first + heard.len()], "a gap");
        assert!(heard[0] > self.before, "said before they came");
        assert!(heard.contains(&self.hello) && heard.contains(&self.bye));
        assert!(heard.starts_with(&self.shown), "shown: {:?}", self.shown);
    }
}

#[tokio::test]
async fn two_hundred_members_come_and_go_and_all_see_one_order() {
    let node = TestNode::with(|config| {
        // Nobody reads before all is said.
        config.session.outbox_frames = 100_000;
        config.session.outbox_kib = 1024 * 1024;
        config.session.stall_seconds = 600;
        config.session.idle_seconds = 600;
    })
    .await;
    let owner = node.register("owner").await;
    let group = owner.found("station hall").await;
    let mut staying = guests(&node, STAYING, "staying").await;
    let mut passing = guests(&node, PASSING, "passing").await;
    invite(&owner, group, staying.iter().map(|guest| &guest.user)).await;

    let talk = Talk {
        owner: &owner,
        group,
        last: Cell::new(0),
        over: Cell::new(false),
    };
    let visits = async {
        let visits = passing.iter().map(|guest| talk.visit(&guest.user));
        let visits = join_all(visits).await;
        talk.over.set(true);
        visits
    };
    let talkers = staying.iter().take(2);
    let talkers = talkers.map(|guest| talk.go_on(&guest.user));
    let (visits, _) = tokio::join!(visits, join_all(talkers));
    let last = insist(&owner, to_group(group, LAST_WORDS)).await;

    let all = stored(&node, group).await;
    assert_eq!(all.last(), Some(&last));
    for guest in &mut staying {
        assert_eq!(hear(&mut guest.socket, all.len()).await, all);
        guest.socket.is_quiet().await;
    }
    for (guest, visit) in passing.iter_mut().zip(visits) {
        insist(
            &owner,
            to_account(&guest.user, &format!("farewell, {}", guest.user.name)),
        )
        .await;
        let heard = heard_in_group(&mut guest.socket).await;
        visit.check(&all, &heard);
        assert!(!heard.contains(&last), "heard after they had gone");
    }
}

/// The whole log of a group, whose places have no gaps.
async fn stored(node: &TestNode, group: i64) -> Vec<i64> {
    let slice = Slice {
        conversation: Exchange::Channel(ChannelId(group)).key(),
        viewer: parlance::domain::AccountId::FIRST,
        after_seq: 0,
        only: None,
        newest_first: false,
        offset: 0,
        limit: 100_000,
    };
    let list = node
        .services()
        .core
        .store
        .read(move |conn| messages::list(conn, &slice));
    let (log, _) = list.await.unwrap();
    let places: Vec<_> = log.iter().map(|message| message.seq).collect();
    assert_eq!(places, Vec::from_iter(1..=log.len() as i64));
    assert!(log.is_sorted_by(|a, b| a.id < b.id));
    log.iter().map(|message| message.id.0).collect()
}
