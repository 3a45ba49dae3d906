//! The Pusher protocol of one connection (contract, sections 3.2 to 3.12). A connection begins as a visitor's and becomes an
//! account's, for good, by whatever proves it first; what concerns an account or a group is heard by nobody else.

mod admission;

use super::events::{self, Looks, Place, Scene, Told};
use super::names::{self, Name};
use super::proto::{self, BadRequest, ClientEvent, Flavour, Said, SignIn, Subscribe};
use super::sign::Signer;
use crate::dialect::popim::escape::Escape;
use crate::domain::presence::{Device, DeviceKind};
use crate::domain::time::Millis;
use crate::domain::{AccountId, ChannelId, Event};
use crate::hub::envelope::{Envelope, Frame};
use crate::hub::wire::{Farewell, Intent, Member, Roster, Signal, Wire};
use crate::service::vouchers::Voucher;
use crate::service::web_sessions::WebSessions;
use bytestring::ByteString;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Seconds without a word after which clients ask whether the node is there.
const ACTIVITY: u64 = 60;
/// How often silence is looked for.
const BEAT: Duration = Duration::from_secs(10);
/// Channels that one connection may hear.
const CHANNELS: usize = 1000;
/// Subscriptions that a client may ask for at once: all that it may have. Then one is earned in so many milliseconds.
const ASKS: i64 = CHANNELS as i64;
const ASK_EVERY: Millis = 100;
/// Events that a client may send in a second.
const EVENTS: u32 = 10;
/// Bytes of the name of a client's event, and of what it says.
const EVENT_NAME: usize = 200;
const EVENT_DATA: usize = 10 * 1024;

/// Codes with which connections end, and clients know whether to come again.
pub mod code {
    /// There is no such app key. Clients give up.
    pub const UNKNOWN_KEY: u16 = 4001;
    /// Another version of the protocol. Clients give up.
    pub const VERSION: u16 = 4007;
    /// Not who they say they are, or not any more. Clients give up.
    pub const UNAUTHORISED: u16 = 4009;
    /// No room. Clients come again after a second.
    pub const NO_ROOM: u16 = 4100;
    /// The node is stopping. Clients come again at once.
    pub const RESTART: u16 = 4200;
    /// No sign of life. Clients come again at once.
    pub const SILENT: u16 = 4201;
    /// Too many events or subscriptions of a client; the connection goes on.
    pub const TOO_FAST: u16 = 4301;
}

/// Whose a connection is, as far as it is known; shared with whoever acts for it.
#[derive(Debug, Default)]
pub struct Identity {
    /// The account.
    pub account: Cell<Option<AccountId>>,
    /// The login that proved it, if one did.
    pub session: Cell<Option<i64>>,
    /// When the connection was opened.
    pub opened: Millis,
}

/// The identity of one connection.
pub type Me = Rc<Identity>;

/// Whether an account is on a socket, as the node has said; without one, who is, as it has said of late.
pub type Vouched = Box<dyn Fn(&str, Option<AccountId>) -> Option<Voucher>>;

/// What a connection begins with.
pub struct Options {
    /// Which words it uses.
    pub flavour: Flavour,
    /// What it is called: two numbers and a dot between.
    pub socket_id: String,
    /// Checks signatures.
    pub signer: Signer,
    /// The keys under which they may be made.
    pub keys: Vec<String>,
    /// Whether whoever names a user on a plain channel is believed.
    pub open: bool,
    /// How texts are written.
    pub escape: Escape,
    /// Under which address the node is known.
    pub public_url: String,
}

/// A channel the client hears, or has asked for.
struct Subscription {
    name: Name,
    member: Option<Member>,
    /// The question whether the account is a member, as long as it has no answer.
    asked: Option<u64>,
    /// The client was told that it hears it.
    heard: bool,
}

/// One connection's protocol state.
pub struct PopimWire {
    options: Options,
    me: Me,
    looks: Box<dyn Looks>,
    vouched: Vouched,
    subscriptions: HashMap<Arc<str>, Subscription>,
    tickets: u64,
    /// Who signs in, until the account's list has the connection.
    signing_in: Option<String>,
    second: Millis,
    said: u32,
    /// Subscriptions that may be asked for, and until when they were earned.
    asks: i64,
    earned: Millis,
    code: Option<u16>,
}

/// A name for a new connection.
pub fn socket_id() -> String {
    let number = || u64::from(rand::random::<u32>()) + 1;
    format!("{}.{}", number(), number())
}

/// Whether a text could be the name of a connection.
pub fn is_socket_id(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 64
        && text
            .split_once('.')
            .is_some_and(|(a, b)| digits(a) && digits(b))
}

/// What a connection comes from: its login, if it has one, and itself.
pub fn device(session: Option<i64>, socket_id: &str) -> Device {
    // No login has the number 0.
    let login = WebSessions::device_prefix(session.unwrap_or(0));
    Device {
        kind: DeviceKind::Web,
        id: format!("{login}{socket_id}"),
    }
}

impl PopimWire {
    /// The protocol of a connection, whose account may be known already.
    pub fn new(options: Options, me: Me, looks: Box<dyn Looks>, vouched: Vouched) -> Self {
        Self {
            options,
            me,
            looks,
            vouched,
            subscriptions: HashMap::new(),
            tickets: 0,
            signing_in: None,
            second: 0,
            said: 0,
            asks: 0,
            earned: 0,
            code: None,
        }
    }

    fn flavour(&self) -> Flavour {
        self.options.flavour
    }

    /// A fault that leaves the connection as it is.
    fn fault(&self, code: Option<u16>, message: &str) -> Intent {
        reply(proto::error(self.flavour(), code, message))
    }

    /// A fault that ends it.
    fn end(&mut self, code: u16, message: &str) -> ByteString {
        self.code = Some(code);
        proto::error(self.flavour(), Some(code), message)
    }

    fn take(&mut self, said: Said, now: Millis) -> Vec<Intent> {
        match said {
            Said::Ping => vec![reply(proto::pong(self.flavour()))],
            Said::Pong => Vec::new(),
            Said::Subscribe(asked) => self.subscribe(&asked, now),
            Said::Unsubscribe(name) => self.unsubscribe(&name).into_iter().collect(),
            Said::SignIn(who) => vec![self.sign_in(who)],
            Said::Client(event) => vec![self.client_event(event, now)],
        }
    }

    fn subscribe(&mut self, asked: &Subscribe, now: Millis) -> Vec<Intent> {
        if !self.may_ask(now) {
            return vec![self.fault(Some(code::TOO_FAST), "too many subscriptions")];
        }
        let topic: Arc<str> = asked.channel.as_str().into();
        if let Some(known) = self.subscriptions.get(&topic) {
            // Answered again, or soon for the first time.
            let again = known.asked.is_none().then(|| join(&topic, known));
            return again.into_iter().collect();
        }
        if self.subscriptions.len() >= CHANNELS {
            return vec![self.refused(&topic, "too many channels")];
        }
        let admitted = match self.admit(asked) {
            Ok(admitted) => admitted,
            Err(reason) => return vec![self.refused(&topic, reason)],
        };
        let mut intents: Vec<Intent> = admitted.identify.into_iter().collect();
        let mut subscription = Subscription {
            name: admitted.name,
            member: admitted.member,
            asked: None,
            heard: false,
        };
        intents.push(match admitted.name {
            Name::Group(channel, _) => {
                self.tickets += 1;
                let ticket = self.tickets;
                subscription.asked = Some(ticket);
                Intent::Belongs { ticket, channel }
            }
            _ => join(&topic, &subscription),
        });
        self.subscriptions.insert(topic, subscription);
        intents
    }

    fn refused(&self, channel: &str, reason: &str) -> Intent {
        reply(proto::not_subscribed(self.flavour(), channel, reason, 403))
    }

    fn unsubscribe(&mut self, name: &str) -> Option<Intent> {
        let (topic, gone) = self.subscriptions.remove_entry(name)?;
        gone.asked.is_none().then_some(Intent::Leave { topic })
    }

    fn sign_in(&mut self, who: SignIn) -> Intent {
        let options = &self.options;
        let keys: Vec<&str> = options.keys.iter().map(String::as_str).collect();
        let signed =
            options
                .signer
                .identifies(&who.auth, &keys, &options.socket_id, &who.user_data);
        let account = proto::user_id(&who.user_data).and_then(|id| admission::account(&id));
        match (account.filter(|_| signed), self.me.account.get()) {
            (Some(account), Some(me)) if account == me => {
                reply(proto::signed_in(self.flavour(), &who.user_data))
            }
            (Some(account), None) => {
                self.signing_in = Some(who.user_data);
                self.identify(account)
            }
            _ => {
                let last = self.end(code::UNAUTHORISED, "the sign-in is not valid");
                Intent::Close(Some(Frame::Text(last)))
            }
        }
    }

    fn client_event(&mut self, said: ClientEvent, now: Millis) -> Intent {
        if !self.may_speak(now) {
            return self.fault(Some(code::TOO_FAST), "too many client events");
        }
        let heard = self.subscriptions.get_key_value(said.channel.as_str());
        let heard = heard.filter(|(_, known)| known.heard && known.name.takes_client_events());
        let Some((topic, known)) = heard else {
            return self.fault(None, "client events need a private or presence channel");
        };
        if said.event.len() > EVENT_NAME || said.data.len() > EVENT_DATA {
            return self.fault(None, "the client event is too long");
        }
        Intent::Signal(Signal {
            topic: topic.clone(),
            event: said.event.into(),
            data: said.data.into(),
            from: known.member.as_ref().map(|member| member.id.clone()),
            skip: None,
        })
    }

    fn may_speak(&mut self, now: Millis) -> bool {
        let second = now.div_euclid(1000);
        if second != self.second {
            self.second = second;
            self.said = 0;
        }
        self.said = self.said.saturating_add(1);
        self.said <= EVENTS
    }

    /// Each subscription may cost a look into the store.
    fn may_ask(&mut self, now: Millis) -> bool {
        // Negative when the clock was put back.
        let earned = now.saturating_sub(self.earned).div_euclid(ASK_EVERY);
        self.earned = self.earned.saturating_add(earned * ASK_EVERY);
        self.asks = (self.asks + earned.max(0)).min(ASKS);
        let may = self.asks > 0;
        self.asks -= i64::from(may);
        may
    }

    /// Something told on a topic, if the client hears it.
    fn signalled(&self, signal: &Signal) -> Option<ByteString> {
        let own = |socket: &Arc<str>| **socket == *self.options.socket_id;
        if !self.hears(&signal.topic) || signal.skip.as_ref().is_some_and(own) {
            return None;
        }
        let (event, topic, data) = (&signal.event, &signal.topic, &signal.data);
        Some(match &signal.from {
            Some(id) => proto::member_event(event, topic, data, id),
            None => proto::event(event, topic, data),
        })
    }

    fn hears(&self, topic: &str) -> bool {
        self.subscriptions
            .get(topic)
            .is_some_and(|known| known.heard)
    }

    /// What the account is told of an event, once on every channel on which the client hears it.
    fn product(&mut self, envelope: &Envelope) -> Vec<Intent> {
        let Some(me) = self.me.account.get() else {
            return Vec::new();
        };
        let hears = |place| names_of(place, me).iter().any(|name| self.hears(name));
        let scene = Scene {
            me,
            hears: &hears,
            looks: &*self.looks,
            escape: self.options.escape,
            public_url: &self.options.public_url,
        };
        let mut intents = Vec::new();
        for Told { place, event, data } in events::told(envelope, &scene) {
            let names = names_of(place, me);
            let heard = names.iter().filter(|name| self.hears(name));
            intents.extend(heard.map(|name| reply(proto::event_of(event, name, &data))));
        }
        if let Some(channel) = events::lost(&envelope.event, me) {
            intents.extend(self.drop_group(channel));
        }
        intents
    }

    fn drop_group(&mut self, channel: ChannelId) -> Vec<Intent> {
        let names = names::of_group(channel).into_iter();
        names.filter_map(|name| self.unsubscribe(&name)).collect()
    }
}

fn names_of(place: Place, me: AccountId) -> [String; 3] {
    match place {
        Place::Own => names::of_account(me),
        Place::Group(channel) => names::of_group(channel),
    }
}

fn reply(frame: ByteString) -> Intent {
    Intent::Reply(Frame::Text(frame))
}

fn join(topic: &Arc<str>, subscription: &Subscription) -> Intent {
    Intent::Join {
        topic: topic.clone(),
        member: subscription.member.clone(),
    }
}

impl Wire for PopimWire {
    fn hello(&mut self, _now: Millis) -> Option<Frame> {
        let hello = proto::established(self.flavour(), &self.options.socket_id, ACTIVITY);
        Some(Frame::Text(hello))
    }

    fn beat_every(&self) -> Duration {
        BEAT
    }

    /// The transport asks whether the client is there; one of the clients does not answer the protocol's own question.
    fn beat(&mut self, _now: Millis) -> Vec<Frame> {
        Vec::new()
    }

    fn receive(&mut self, message: &Frame, now: Millis) -> Vec<Intent> {
        let Frame::Text(text) = message else {
            return Vec::new();
        };
        match proto::read(self.flavour(), text) {
            Ok(said) => self.take(said, now),
            Err(BadRequest(fault)) => vec![self.fault(None, fault)],
        }
    }

    fn render(&mut self, envelope: &Envelope) -> Option<Frame> {
        let mut intents = self.render_all(envelope).into_iter();
        intents.find_map(|intent| match intent {
            Intent::Reply(frame) => Some(frame),
            _ => None,
        })
    }

    fn render_all(&mut self, envelope: &Envelope) -> Vec<Intent> {
        let flavour = self.flavour();
        let frame = match &envelope.event {
            Event::Signalled(signal) => self.signalled(signal),
            Event::MemberJoined { topic, member } => self
                .hears(topic)
                .then(|| proto::member_added(flavour, topic, &member.id, &member.info)),
            Event::MemberLeft { topic, id } => self
                .hears(topic)
                .then(|| proto::member_removed(flavour, topic, id)),
            _ => return self.product(envelope),
        };
        frame.map(reply).into_iter().collect()
    }

    fn identified(&mut self) -> Vec<Intent> {
        let signed_in = self.signing_in.take();
        let answer = signed_in.map(|data| reply(proto::signed_in(self.flavour(), &data)));
        answer.into_iter().collect()
    }

    fn belongs(&mut self, ticket: u64, yes: bool) -> Vec<Intent> {
        let mut asked = self.subscriptions.iter_mut();
        let asked = asked.find(|(_, known)| known.asked == Some(ticket));
        // The client may have thought better of it.
        let Some((topic, subscription)) = asked else {
            return Vec::new();
        };
        if yes {
            subscription.asked = None;
            return vec![join(topic, subscription)];
        }
        let topic = topic.clone();
        self.subscriptions.remove(&topic);
        vec![self.refused(&topic, "not a member")]
    }

    fn joined(&mut self, topic: &Arc<str>, roster: &Roster) -> Option<Frame> {
        let flavour = self.flavour();
        let subscription = self.subscriptions.get_mut(topic)?;
        subscription.heard = true;
        let data = match subscription.member {
            Some(_) => {
                let members = roster.members.iter();
                let members = members.map(|member| (&*member.id, &*member.info));
                proto::presence(roster.count, members)
            }
            None => "{}".to_owned(),
        };
        Some(Frame::Text(proto::subscribed(flavour, topic, &data)))
    }

    fn replays(&self) -> bool {
        false
    }

    fn watches_presence(&self) -> bool {
        false
    }

    fn farewell(&mut self, farewell: Farewell) -> Option<Frame> {
        let (code, message) = match farewell {
            Farewell::Shutdown => (code::RESTART, "the server restarts"),
            Farewell::Refused | Farewell::Replaced | Farewell::LoggedInAnew => {
                (code::UNAUTHORISED, "not authorised")
            }
            Farewell::Idle => (code::SILENT, "no sign of life"),
            Farewell::TooSlow | Farewell::Gone => return None,
        };
        Some(Frame::Text(self.end(code, message)))
    }

    fn close_code(&self) -> Option<u16> {
        self.code
    }
}

#[cfg(test)]
mod tests;
