//! The state machine: who may hear what, and who is told.

mod identity;
mod speaking;

use super::*;
use crate::dialect::popim::content;
use crate::dialect::popim::push::sign;
use crate::domain::conversation::Exchange;
use crate::domain::{Lasting, Message, MessageId, MessageStatus};
use crate::hub::envelope::Slot;
use crate::service::faces::{Face, Sign};
use serde_json::{Value, json};

const KEY: &str = "app";
const SOCKET: &str = "1234.5678";
const NOW: Millis = 1_700_000_000_000;
const TOM: AccountId = AccountId(AccountId::FIRST.0 + 9);
const JERRY: AccountId = AccountId(AccountId::FIRST.0 + 10);
const TEAM: ChannelId = ChannelId(50);

struct Nobody;

impl Looks for Nobody {
    fn account(&self, _: AccountId) -> Option<Face> {
        None
    }

    fn channel(&self, _: ChannelId) -> Option<Sign> {
        None
    }

    fn remark(&self, _: AccountId, _: AccountId) -> Option<Arc<str>> {
        None
    }
}

fn signer() -> Signer {
    Signer::new(KEY, "secret")
}

struct Client {
    wire: PopimWire,
    me: Me,
    now: Millis,
}

impl Client {
    fn with(account: Option<AccountId>, vouched: Option<Voucher>, open: bool) -> Self {
        let me: Me = Rc::new(Identity::default());
        me.account.set(account);
        let options = Options {
            flavour: Flavour::Pusher,
            socket_id: SOCKET.to_owned(),
            signer: signer(),
            keys: vec![KEY.to_owned(), "app.7-ab".to_owned()],
            open,
            escape: Escape::new(true),
            public_url: String::new(),
        };
        let vouched: Vouched = Box::new(move |_, account| {
            vouched.filter(|voucher| account.is_none_or(|account| account == voucher.account))
        });
        let wire = PopimWire::new(options, me.clone(), Box::new(Nobody), vouched);
        let now = NOW;
        Self { wire, me, now }
    }

    fn visitor() -> Self {
        Self::with(None, None, false)
    }

    fn tom() -> Self {
        Self::with(Some(TOM), None, false)
    }

    fn says(&mut self, frame: &Value) -> Vec<Intent> {
        let frame = Frame::Text(frame.to_string().into());
        self.wire.receive(&frame, self.now)
    }

    fn subscribes(&mut self, data: &Value) -> Vec<Intent> {
        self.says(&json!({ "event": "pusher:subscribe", "data": data }))
    }

    fn plainly(&mut self, channel: &str) -> Vec<Intent> {
        self.subscribes(&json!({ "auth": "", "channel": channel }))
    }

    fn privately(&mut self, channel: &str) -> Vec<Intent> {
        let auth = signer().channel(SOCKET, channel, None);
        self.subscribes(&json!({ "auth": auth, "channel": channel }))
    }

    fn present(&mut self, channel: &str, who: AccountId) -> Vec<Intent> {
        let data = sign::channel_data(who.0, r#"{"name":"tom"}"#);
        let auth = signer().channel(SOCKET, channel, Some(&data));
        self.subscribes(&json!({ "auth": auth, "channel": channel, "channel_data": data }))
    }

    /// Subscribes, with whatever the hub answers.
    fn hears(&mut self, intents: Vec<Intent>) {
        for intent in intents {
            match intent {
                Intent::Belongs { ticket, .. } => {
                    let intents = self.wire.belongs(ticket, true);
                    self.hears(intents);
                }
                Intent::Join { topic, .. } => {
                    let answer = self.wire.joined(&topic, &Roster::default());
                    assert!(answer.is_some());
                }
                Intent::Identify { .. } => {
                    let intents = self.wire.identified();
                    self.hears(intents);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn told(&mut self, event: impl Into<Event>) -> Vec<Intent> {
        self.wire.render_all(&Envelope::new(event.into(), NOW))
    }
}

/// The frames among some intents.
fn frames(intents: &[Intent]) -> Vec<Value> {
    let frames = intents.iter().filter_map(|intent| match intent {
        Intent::Reply(Frame::Text(text)) => serde_json::from_str(text).ok(),
        _ => None,
    });
    frames.collect()
}

#[track_caller]
fn refused(intents: &[Intent], channel: &str) {
    let frames = frames(intents);
    assert_eq!((intents.len(), frames.len()), (1, 1), "{intents:?}");
    assert_eq!(frames[0]["event"], "pusher:subscription_error");
    assert_eq!(frames[0]["channel"], channel);
    let data: Value = serde_json::from_str(frames[0]["data"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&data["type"], &data["status"]),
        (&json!("AuthError"), &json!(403))
    );
    // What would have been right is nobody's business.
    assert!(
        !frames[0]
            .to_string()
            .contains(&signer().channel(SOCKET, channel, None)[4..])
    );
}

#[track_caller]
fn fault(intents: &[Intent], code: Option<u16>) {
    let frames = frames(intents);
    assert_eq!(frames.len(), 1, "{intents:?}");
    assert_eq!(frames[0]["event"], "pusher:error");
    assert_eq!(frames[0]["data"]["code"], json!(code));
}

fn joins(topic: &str) -> Intent {
    Intent::Join {
        topic: topic.into(),
        member: None,
    }
}

fn message(to: Exchange) -> Event {
    Event::Posted(Arc::new(Message {
        id: MessageId(1),
        conversation: to.key(),
        seq: 1,
        sender: TOM,
        draft: Arc::new(content::plain("hi")),
        client_id: None,
        status: MessageStatus::Normal,
        created_at: NOW,
        updated_at: NOW,
    }))
}

fn client_event(channel: &str, data: &Value) -> Value {
    json!({ "event": "client-typing", "channel": channel, "data": data })
}

#[test]
fn the_first_frame_names_the_socket() {
    let hello = Client::visitor().wire.hello(NOW);
    let expected = proto::established(Flavour::Pusher, SOCKET, 60);
    assert_eq!(hello, Some(Frame::Text(expected)));
    let id = socket_id();
    assert!(is_socket_id(&id) && id != socket_id());
    for id in [
        "",
        ".",
        "1.",
        ".1",
        "1",
        "1.2.3",
        "a.b",
        &format!("{}.1", "1".repeat(64)),
    ] {
        assert!(!is_socket_id(id), "{id}");
    }
}

#[test]
fn pings_are_answered_and_what_is_no_frame_is_told_so() {
    let mut client = Client::visitor();
    let pong = frames(&client.says(&json!({ "event": "pusher:ping", "data": {} })));
    assert_eq!(pong, [json!({ "event": "pusher:pong", "data": "{}" })]);
    assert_eq!(
        client.says(&json!({ "event": "pusher:pong", "data": {} })),
        []
    );
    fault(&client.says(&json!({ "event": "nonsense" })), None);
    fault(&client.says(&json!([])), None);
    let binary = Frame::Binary(bytes::Bytes::from_static(b"x"));
    assert_eq!(client.wire.receive(&binary, NOW), []);
}

#[test]
fn a_visitor_hears_what_is_for_everybody_and_nothing_of_anybody() {
    let mut client = Client::visitor();
    assert_eq!(client.plainly("global"), [joins("global")]);
    for channel in [
        format!("user-{TOM}"),
        format!("#server-to-user-{TOM}"),
        format!("private-user-{TOM}"),
        format!("group-{TEAM}"),
        format!("private-group-{TEAM}"),
        format!("presence-group-{TEAM}"),
        "admin".to_owned(),
        "private-encrypted-x".to_owned(),
        "a b".to_owned(),
        String::new(),
    ] {
        refused(&client.plainly(&channel), &channel);
    }
    assert_eq!(client.me.account.get(), None);
}

#[test]
fn an_account_hears_itself_and_nobody_else() {
    let mut client = Client::tom();
    for channel in names::of_account(TOM) {
        assert_eq!(client.privately(&channel), [joins(&channel)]);
    }
    for channel in names::of_account(JERRY) {
        refused(&client.privately(&channel), &channel);
    }
}

#[test]
fn a_subscription_is_answered_once_the_hub_has_it_and_again_when_asked_again() {
    let mut client = Client::tom();
    let channel = format!("user-{TOM}");
    let topic: Arc<str> = channel.as_str().into();
    assert_eq!(client.plainly(&channel), [joins(&channel)]);
    let answer = client.wire.joined(&topic, &Roster::default());
    let expected = Frame::Text(proto::subscribed(Flavour::Pusher, &channel, "{}"));
    assert_eq!(answer, Some(expected.clone()));
    assert_eq!(client.plainly(&channel), [joins(&channel)]);
    assert_eq!(
        client.wire.joined(&topic, &Roster::default()),
        Some(expected)
    );
    let told = client.told(message(Exchange::direct(TOM, JERRY)));
    assert_eq!(frames(&told).len(), 1);
}

#[test]
fn members_hear_their_group() {
    let mut client = Client::tom();
    let asked = client.plainly("group-50");
    let [
        Intent::Belongs {
            ticket,
            channel: TEAM,
        },
    ] = asked[..]
    else {
        panic!("{asked:?}");
    };
    // As long as there is no answer, there is none.
    assert_eq!(client.plainly("group-50"), []);
    assert_eq!(client.told(message(Exchange::Channel(TEAM))), []);
    assert_eq!(client.wire.belongs(ticket, true), [joins("group-50")]);
    assert_eq!(client.wire.belongs(ticket, true), []);
    let topic = "group-50".into();
    assert!(client.wire.joined(&topic, &Roster::default()).is_some());
    assert_eq!(
        frames(&client.told(message(Exchange::Channel(TEAM)))).len(),
        1
    );
}

#[test]
fn who_is_no_member_hears_nothing_of_a_group() {
    let mut client = Client::tom();
    let asked = client.privately("private-group-50");
    let [Intent::Belongs { ticket, .. }] = asked[..] else {
        panic!("{asked:?}");
    };
    refused(&client.wire.belongs(ticket, false), "private-group-50");
    assert_eq!(client.told(message(Exchange::Channel(TEAM))), []);
}

#[test]
fn an_answer_that_comes_after_the_client_left_is_for_nobody() {
    let mut client = Client::tom();
    let asked = client.plainly("group-50");
    let [Intent::Belongs { ticket, .. }] = asked[..] else {
        panic!("{asked:?}");
    };
    let leave = json!({ "event": "pusher:unsubscribe", "data": { "channel": "group-50" } });
    assert_eq!(client.says(&leave), []);
    assert_eq!(client.wire.belongs(ticket, true), []);
    assert_eq!(
        client.wire.joined(&"group-50".into(), &Roster::default()),
        None
    );
}

#[test]
fn what_the_client_left_it_hears_no_more() {
    let mut client = Client::tom();
    let channel = format!("user-{TOM}");
    let asked = client.plainly(&channel);
    client.hears(asked);
    let leave = json!({ "event": "pusher:unsubscribe", "data": { "channel": channel } });
    let topic = channel.as_str().into();
    assert_eq!(client.says(&leave), [Intent::Leave { topic }]);
    assert_eq!(client.says(&leave), []);
    assert_eq!(client.told(message(Exchange::direct(TOM, JERRY))), []);
}

#[test]
fn an_event_is_told_on_every_name_that_the_client_hears() {
    let mut client = Client::tom();
    for channel in names::of_account(TOM) {
        let asked = client.privately(&channel);
        client.hears(asked);
    }
    let told = frames(&client.told(message(Exchange::direct(TOM, JERRY))));
    let heard: Vec<&Value> = told.iter().map(|frame| &frame["channel"]).collect();
    assert_eq!(json!(heard), json!(names::of_account(TOM)));
    assert!(
        told.iter()
            .all(|frame| frame["event"] == "message" && frame["data"].is_string())
    );
}

#[test]
fn a_client_hears_at_most_a_thousand_channels() {
    let mut client = Client::tom();
    for number in 0..1000 {
        assert_eq!(client.privately(&format!("private-{number}")).len(), 1);
    }
    client.now += 60_000;
    refused(&client.privately("private-1000"), "private-1000");
    client.says(&json!({ "event": "pusher:unsubscribe", "data": { "channel": "private-0" } }));
    assert_eq!(client.privately("private-1000"), [joins("private-1000")]);
}

#[test]
fn whoever_asks_for_too_many_channels_is_slowed_down() {
    let mut client = Client::visitor();
    for _ in 0..1000 {
        assert_eq!(client.plainly("global"), [joins("global")]);
    }
    for _ in 0..2 {
        fault(&client.plainly("global"), Some(4301));
    }
    // Nothing else is slowed down, and ten more may be asked for in a second.
    let pong = client.says(&json!({ "event": "pusher:ping", "data": {} }));
    assert_eq!(frames(&pong)[0]["event"], "pusher:pong");
    client.now += 1000;
    for _ in 0..10 {
        assert_eq!(client.plainly("global"), [joins("global")]);
    }
    fault(&client.plainly("global"), Some(4301));
    // A clock that is put back takes nothing away.
    client.now -= 3_600_000;
    fault(&client.plainly("global"), Some(4301));
    client.now += 100;
    assert_eq!(client.plainly("global"), [joins("global")]);
    // However long one waits, there are no more than at first.
    client.now += 24 * 3_600_000;
    for _ in 0..1000 {
        assert_eq!(client.plainly("global"), [joins("global")]);
    }
    fault(&client.plainly("global"), Some(4301));
}

#[test]
fn nothing_is_written_for_channels_that_the_client_does_not_hear() {
    let mut client = Client::tom();
    let asked = client.plainly("global");
    client.hears(asked);
    let envelope = Envelope::new(message(Exchange::Channel(TEAM)), NOW);
    assert_eq!(client.wire.render_all(&envelope), []);
    let first = Frame::Text("first".into());
    assert_eq!(envelope.frame(Slot::PopimMessage, || first.clone()), first);
}

#[test]
fn the_node_says_why_it_ends_a_connection() {
    let cases = [
        (Farewell::Shutdown, Some(4200)),
        (Farewell::Refused, Some(4009)),
        (Farewell::Replaced, Some(4009)),
        (Farewell::LoggedInAnew, Some(4009)),
        (Farewell::Idle, Some(4201)),
        (Farewell::TooSlow, None),
        (Farewell::Gone, None),
    ];
    for (farewell, code) in cases {
        let mut client = Client::tom();
        let last = client.wire.farewell(farewell);
        assert_eq!(client.wire.close_code(), code, "{farewell:?}");
        assert_eq!(last.is_some(), code.is_some());
        if let Some(last) = last {
            fault(&[Intent::Reply(last)], code);
        }
    }
}
