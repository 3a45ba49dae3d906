//! What is due by the clock, on sessions whose clock the test holds.

use crate::support::TestNode;
use futures_util::future::{LocalBoxFuture, ready};
use parlance::dialect::wukong::crypto::{Cipher, KeyPair};
use parlance::dialect::wukong::ids::Ids;
use parlance::dialect::wukong::proto::{Connack, Decoder, Flags, NEWEST, Packet, Recvack, SUCCESS};
use parlance::dialect::wukong::rpc::RpcWire;
use parlance::dialect::wukong::speech::Speech;
use parlance::dialect::wukong::wire::WukongWire;
use parlance::domain::conversation::Exchange;
use parlance::domain::message::Draft;
use parlance::domain::time::{self, Millis};
use parlance::domain::{AccountId, Content, Dialect, Event, Message, MessageId, MessageStatus};
use parlance::error::Result;
use parlance::hub::envelope::{Envelope, Frame};
use parlance::hub::session::{Out, Session};
use parlance::hub::wire::{Commands, Intent, Wire};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

const ANN: AccountId = AccountId::FIRST;
const BOB: AccountId = AccountId(AccountId::FIRST.0 + 1);
const SALT: &str = "ABCDEFGHIJKLMNOP";
/// How long a client may say nothing.
const IDLE: Duration = Duration::from_secs(180);
const MINUTE: Millis = 60_000;
const SECOND: Duration = Duration::from_secs(1);

/// Asks for nothing.
struct Nothing;

impl Commands for Nothing {
    fn heard(&self, _: Intent) {}

    fn still_welcome(&self) -> LocalBoxFuture<'static, Result<()>> {
        Box::pin(ready(Ok(())))
    }
}

/// A form of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Binary,
    Rpc,
}

const FORMS: [Form; 2] = [Form::Binary, Form::Rpc];

impl Form {
    /// A session of Bob's that nothing carries.
    fn session(self, node: &TestNode) -> Session {
        let core = &node.services().core;
        let speech = Speech::new(BOB, Ids::of(core), String::new());
        let wire: Box<dyn Wire> = match self {
            Self::Binary => {
                let (client, server) = (KeyPair::new([1; 32]), KeyPair::new([2; 32]));
                let cipher = Cipher::agree(&server, &client.public(), SALT).unwrap();
                let welcome = Connack {
                    time_diff: 0,
                    reason: SUCCESS,
                    server_key: server.public().into(),
                    salt: SALT.into(),
                };
                Box::new(WukongWire::new(speech, cipher, NEWEST, welcome))
            }
            Self::Rpc => Box::new(RpcWire::new(speech, None, 0)),
        };
        let mut session = Session::new(
            core.hub.clone(),
            Some(BOB),
            None,
            wire,
            Box::new(Nothing),
            Arc::default(),
        );
        assert!(session.hello().is_some());
        session
    }

    fn ping(self) -> Frame {
        match self {
            Self::Binary => Frame::Binary(Packet::Ping.encode(NEWEST)),
            Self::Rpc => Frame::Text(json!({"method": "ping", "id": "1"}).to_string().into()),
        }
    }

    /// Confirms a message.
    fn ack(self, message: i64) -> Frame {
        match self {
            Self::Binary => {
                let ack = Recvack {
                    flags: Flags::default(),
                    message_id: message,
                    message_seq: 1,
                };
                Frame::Binary(Packet::Recvack(ack).encode(NEWEST))
            }
            Self::Rpc => {
                let params = json!({"messageId": message.to_string(), "messageSeq": 1});
                Frame::Text(
                    json!({"method": "recvack", "params": params})
                        .to_string()
                        .into(),
                )
            }
        }
    }

    /// The messages that are written, each with whether it is told again. Probes are no business of theirs.
    fn told(self, out: &[Out]) -> Vec<(i64, bool)> {
        let frames = out.iter().filter_map(|out| match out {
            Out::Frame(frame) => Some(frame),
            Out::Probe(_) | Out::Attach | Out::Ask { .. } | Out::Close => None,
        });
        frames.map(|frame| self.read(frame)).collect()
    }

    fn read(self, frame: &Frame) -> (i64, bool) {
        match frame {
            Frame::Binary(bytes) => {
                let mut decoder = Decoder::new(NEWEST);
                decoder.push(bytes);
                match decoder.next() {
                    Ok(Some(Packet::Recv(recv))) => (recv.message_id, recv.flags.has(Flags::DUP)),
                    other => panic!("{other:?}"),
                }
            }
            Frame::Text(text) => {
                let told: Value = serde_json::from_str(text).unwrap();
                let params = &told["params"];
                let id = params["messageId"].as_str().unwrap().parse().unwrap();
                (id, params["header"]["dup"].as_bool().unwrap())
            }
        }
    }
}

/// Something that Ann says to Bob.
fn said(id: i64, at: Millis) -> Arc<Envelope> {
    let content = Content::Text {
        text: "hi".to_owned(),
    };
    let message = Message {
        id: MessageId(id),
        conversation: Exchange::direct(ANN, BOB).key(),
        seq: id,
        sender: ANN,
        draft: Arc::new(Draft::plain(Dialect::Wukong, "1", content)),
        client_id: None,
        status: MessageStatus::Normal,
        created_at: at,
        updated_at: at,
    };
    Arc::new(Envelope::new(Event::Posted(Arc::new(message)), at))
}

#[tokio::test]
async fn who_says_nothing_for_three_minutes_is_gone() {
    let node = TestNode::start().await;
    for form in FORMS {
        let before = Instant::now();
        let mut session = form.session(&node);
        let (after, at) = (Instant::now(), time::now());
        assert!(session.beat(before + IDLE - SECOND, at).is_some());
        assert!(session.beat(after + IDLE + SECOND, at).is_none());
        // Whatever is said is a sign of life.
        let before = Instant::now();
        session.receive(&form.ping());
        assert!(session.beat(before + IDLE - SECOND, at).is_some());
    }
}

#[tokio::test]
async fn what_is_not_confirmed_is_told_again_each_minute_five_times() {
    let node = TestNode::start().await;
    for form in FORMS {
        let mut session = form.session(&node);
        let at = time::now();
        let out = session.render(vec![said(1, at), said(2, at)]);
        assert_eq!(form.told(&out), [(1, false), (2, false)]);
        session.receive(&form.ack(2));
        for minute in 1..=5 {
            let mut told = |at| form.told(&session.beat(Instant::now(), at).unwrap());
            let due = at + minute * MINUTE;
            assert_eq!(told(due - 1), []);
            assert_eq!(told(due), [(1, true)], "{form:?}, {minute}");
        }
        let out = session.beat(Instant::now(), at + 100 * MINUTE);
        assert_eq!(form.told(&out.unwrap()), []);
    }
}

#[tokio::test]
async fn who_confirms_nothing_is_told_no_more_than_a_little_again() {
    let node = TestNode::start().await;
    for form in FORMS {
        let mut session = form.session(&node);
        let at = time::now();
        for id in 1..=1000 {
            assert_eq!(
                form.told(&session.render(vec![said(id, at)])),
                [(id, false)]
            );
        }
        for minute in 1..=5 {
            let out = session.beat(Instant::now(), at + minute * MINUTE);
            let again: Vec<_> = (1000 - 127..=1000).map(|id| (id, true)).collect();
            assert_eq!(form.told(&out.unwrap()), again);
        }
        let out = session.beat(Instant::now(), at + 6 * MINUTE);
        assert_eq!(form.told(&out.unwrap()), []);
    }
}
