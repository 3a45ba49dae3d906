//! Sessions that connect while messages keep coming: each is heard once and in order, and the sessions go live.

use super::{by_hand, hear, insist, number, to_account, to_group};
use crate::support::eventually::eventually;
use crate::support::socket::Socket;
use crate::support::{TestNode, User};
use futures_util::future::join_all;
use parlance::dialect::freeim::wire::{Encoding, Options};
use parlance::hub::envelope::Frame;
use parlance::hub::session::Out;
use serde_json::Value;
use std::cell::{Cell, RefCell};

/// How many messages are stored before anybody listens: more than four pages.
const MISSED: usize = 450;
/// How many messages a session hears at least while the talk goes on.
const HEARD: usize = 150;

/// Several people talk to bob until the talk is over.
#[derive(Default)]
struct Talk {
    said: RefCell<Vec<i64>>,
    over: Cell<bool>,
    /// How many of bob's sessions are live and have heard enough.
    content: Cell<usize>,
}

impl Talk {
    /// Says one thing after the other.
    async fn say(&self, from: &User, message: impl Fn(&str) -> Value) {
        for n in 0.. {
            if self.over.get() {
                return;
            }
            let id = insist(from, message(&format!("{} says {n}", from.name))).await;
            self.said.borrow_mut().push(id);
        }
    }

    /// Connects and listens until all of bob's sessions have heard enough.
    async fn listen(&self, bob: &User, sessions: usize) -> (Socket, Vec<i64>) {
        // Comes back once something fleeting was heard, which only a live session is told.
        let mut socket = bob.connect().await;
        let mut heard = hear(&mut socket, HEARD).await;
        self.content.update(|content| content + 1);
        while self.content.get() < sessions {
            heard.extend(hear(&mut socket, 1).await);
        }
        (socket, heard)
    }
}

/// Bob connects so many times while three people talk to him and a fourth in a group, and has missed a lot by then. Gives what
/// was said, in order, and what each session heard.
async fn connect_amid_talk(sessions: usize) -> (Vec<i64>, Vec<Vec<i64>>) {
    let node = TestNode::start().await;
    let [alice, bob, carol, dave, erin] =
        node.users(["alice", "bob", "carol", "dave", "erin"]).await;
    let group = erin.found("reading circle").await;
    erin.invite(group, [&bob]).await;

    let talk = Talk::default();
    let to_bob = |text: &str| to_account(&bob, text);
    let talkers = async {
        tokio::join!(
            talk.say(&alice, to_bob),
            talk.say(&carol, to_bob),
            talk.say(&dave, to_bob),
            talk.say(&erin, |text| to_group(group, text)),
        )
    };
    let listeners = async {
        eventually(async || talk.said.borrow().len() >= MISSED).await;
        let listeners = (0..sessions).map(|_| talk.listen(&bob, sessions));
        let heard = join_all(listeners).await;
        talk.over.set(true);
        heard
    };
    let (_, heard) = tokio::join!(talkers, listeners);

    let mut said = talk.said.take();
    said.sort_unstable();
    let mut all_heard = Vec::new();
    for (mut socket, mut heard) in heard {
        while heard.last() != said.last() && heard.len() < said.len() {
            heard.extend(hear(&mut socket, 1).await);
        }
        socket.is_quiet().await;
        all_heard.push(heard);
    }
    (said, all_heard)
}

#[tokio::test]
async fn a_session_that_connects_amid_talk_hears_all_of_it_once_and_in_order_and_goes_live() {
    let (said, heard) = connect_amid_talk(1).await;
    assert_eq!(heard, [said]);
}

#[tokio::test]
async fn all_sessions_of_an_account_that_connect_amid_talk_go_live_and_miss_nothing() {
    let (said, heard) = connect_amid_talk(4).await;
    for heard in &heard {
        // What has reached one session is not told again to one that is on the list only later.
        assert!(
            said.ends_with(heard),
            "said {said:?}, but a session heard {heard:?}"
        );
    }
    assert!(heard.contains(&said), "nobody heard all");
}

/// The numbers of the messages that a session has to write.
fn written(out: &[Out]) -> Vec<i64> {
    let numbers = out.iter().map(|out| match out {
        Out::Frame(Frame::Text(text)) => number(&serde_json::from_str(text).unwrap()),
        other => panic!("no message: {other:?}"),
    });
    numbers.collect()
}

#[tokio::test]
async fn what_finds_no_room_while_the_last_page_is_on_its_way_is_read_once_more() {
    let node = TestNode::with(|config| config.session.outbox_frames = 16).await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let options = Options {
        encoding: Encoding::Json,
        extended: false,
        replay: true,
    };
    let mut session = by_hand::attach(&node, &bob, options).await;
    let mut said = vec![number(&alice.say(&bob, "before the page is read").await)];
    let page = session.next_page().await.unwrap();
    let deliveries = || node.services().core.hub.deliveries();
    let told = deliveries();
    for n in 0..40 {
        said.push(number(&alice.say(&bob, &format!("after it {n}")).await));
    }
    // Each is told to both of them. Far more than sixteen have come to the outbox by then.
    eventually(async || deliveries() >= told + 2 * 40).await;

    let (mut out, mut more) = session.take_page(page);
    assert_eq!(written(&out), said[..1]);
    assert!(more, "it went live without what did not fit");
    while more {
        let page = session.next_page().await.unwrap();
        let (rest, again) = session.take_page(page);
        out.extend(rest);
        more = again;
    }
    assert_eq!(written(&out), said);
    let live = number(&alice.say(&bob, "live").await);
    assert_eq!(written(&by_hand::hear(&mut session).await), [live]);
}
