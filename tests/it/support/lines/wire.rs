//! The protocol of lines as the hub's wire.
//!
//! `echo TEXT` and `bye` are answered at once. `say NUMBER TEXT` and `pass NUMBER TEXT`, kept and not kept, are answered with
//! `said TICKET SEQ` or `refused TICKET WHY`; tickets count from 1.

use futures_util::future::{LocalBoxFuture, pending, ready};
use parlance::domain::conversation::{Exchange, Target};
use parlance::domain::message::{Draft, Mentions};
use parlance::domain::presence::{Device, DeviceKind};
use parlance::domain::time::Millis;
use parlance::domain::{AccountId, Content, Dialect, Event, Message};
use parlance::error::{ErrorKind, Result};
use parlance::hub::Hub;
use parlance::hub::envelope::{Envelope, Frame, SessionId};
use parlance::hub::post::{Audience, Post};
use parlance::hub::wire::{
    Acked, Commands, Farewell, Greeter, Greeting, Guest, Intent, Outcome, Utterance, Wire,
};
use std::time::Duration;

fn frame(line: impl std::fmt::Display) -> Frame {
    Frame::Binary(format!("{line}\n").into_bytes().into())
}

fn bytes(message: &Frame) -> &[u8] {
    match message {
        Frame::Text(text) => text.as_bytes(),
        Frame::Binary(bytes) => bytes,
    }
}

/// What has come so far.
#[derive(Default)]
struct Inbox(Vec<u8>);

impl Inbox {
    fn line(&mut self) -> Option<String> {
        let end = self.0.iter().position(|byte| *byte == b'\n')?;
        let mut line: Vec<u8> = self.0.drain(..=end).collect();
        line.pop();
        Some(String::from_utf8(line).unwrap())
    }
}

/// Lets everybody in who says who they are, except nobody.
pub struct Doorman {
    hub: Hub,
    patience: Duration,
    inbox: Inbox,
}

impl Doorman {
    pub fn new(hub: Hub, patience: Duration) -> Self {
        Self {
            hub,
            patience,
            inbox: Inbox::default(),
        }
    }

    fn guest(&mut self, words: &[&str]) -> Option<Guest> {
        let [account, kind, id] = words else {
            return None;
        };
        let account = AccountId(account.parse().ok()?);
        let kind = match *kind {
            "app" => DeviceKind::App,
            "web" => DeviceKind::Web,
            _ => return None,
        };
        let device = Device {
            kind,
            id: (*id).to_owned(),
        };
        let rest = std::mem::take(&mut self.inbox.0);
        Some(Guest {
            account,
            device,
            wire: Box::new(LineWire {
                inbox: Inbox::default(),
                tickets: 0,
            }),
            commands: Box::new(Speaker {
                me: account,
                hub: self.hub.clone(),
            }),
            rest: (!rest.is_empty()).then(|| Frame::Binary(rest.into())),
        })
    }
}

impl Greeter for Doorman {
    fn patience(&self) -> Duration {
        self.patience
    }

    fn greet(&mut self, message: &Frame, _: Millis) -> Greeting {
        self.inbox.0.extend_from_slice(bytes(message));
        let Some(line) = self.inbox.line() else {
            return Greeting::More;
        };
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["I", "am", "thinking"] => Greeting::Proving(Box::pin(pending())),
            ["I", "am", "lying"] => {
                Greeting::Proving(Box::pin(ready(Err(Some(frame("you are not"))))))
            }
            ["I", "am", who @ ..] => match self.guest(who) {
                Some(guest) => Greeting::Proving(Box::pin(ready(Ok(guest)))),
                None => Greeting::Refused(Some(frame("who?"))),
            },
            _ => Greeting::Refused(Some(frame("who are you?"))),
        }
    }
}

struct LineWire {
    inbox: Inbox,
    tickets: u64,
}

impl LineWire {
    fn say(&mut self, to: &str, text: &str, kept: bool) -> Intent {
        self.tickets += 1;
        let content = Content::Text {
            text: text.to_owned(),
        };
        Intent::Say(Box::new(Utterance {
            to: Target::from_number(to.parse().unwrap()),
            draft: Draft::plain(Dialect::Wukong, "text", content),
            client_id: None,
            kept,
            mentions: Mentions::default(),
            ticket: self.tickets,
        }))
    }
}

fn text(message: &Message) -> &str {
    match &message.draft.content {
        Content::Text { text } => text,
        other => panic!("no text: {other:?}"),
    }
}

impl Wire for LineWire {
    fn hello(&mut self, _: Millis) -> Option<Frame> {
        Some(frame("welcome"))
    }

    fn beat_every(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn beat(&mut self, _: Millis) -> Vec<Frame> {
        Vec::new()
    }

    fn receive(&mut self, message: &Frame, _: Millis) -> Vec<Intent> {
        self.inbox.0.extend_from_slice(bytes(message));
        let mut intents = Vec::new();
        while let Some(line) = self.inbox.line() {
            let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let (to, text) = rest.split_once(' ').unwrap_or((rest, ""));
            intents.push(match word {
                "echo" => Intent::Reply(frame(rest)),
                "say" => self.say(to, text, true),
                "pass" => self.say(to, text, false),
                _ => Intent::Close(Some(frame("bye"))),
            });
        }
        intents
    }

    fn render(&mut self, envelope: &Envelope) -> Option<Frame> {
        let line = match &envelope.event {
            Event::Posted(m) => format!("heard {} {} {}", m.sender, m.seq, text(m)),
            Event::Passed(m) => format!("passing {} {} {}", m.sender, m.seq, text(m)),
            Event::Presence {
                account,
                online,
                kind,
                alone,
                ..
            } => format!("presence {account} {online} {kind:?} {alone}"),
            Event::ChannelUpdated { .. } => format!("updated {:?}", envelope.stored),
            _ => return None,
        };
        Some(frame(line))
    }

    fn replays(&self) -> bool {
        false
    }

    fn watches_presence(&self) -> bool {
        true
    }

    fn outcome(&mut self, outcome: Outcome, _: Millis) -> Option<Frame> {
        let ticket = outcome.ticket;
        Some(match outcome.said {
            Ok((_, seq)) => frame(format!("said {ticket} {seq}")),
            Err(why) => frame(format!("refused {ticket} {why:?}")),
        })
    }

    fn farewell(&mut self, farewell: Farewell) -> Option<Frame> {
        (farewell != Farewell::Gone).then(|| frame(format!("farewell {farewell:?}")))
    }

    fn in_flight(&self) -> usize {
        32
    }
}

/// Says to the hub what the peer says.
struct Speaker {
    me: AccountId,
    hub: Hub,
}

impl Commands for Speaker {
    fn heard(&self, _: Intent) {}

    fn still_welcome(&self) -> LocalBoxFuture<'static, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    #[allow(clippy::async_yields_async)]
    fn say(&self, said: Utterance, origin: SessionId) -> LocalBoxFuture<'static, Acked> {
        let (hub, draft, ticket) = (self.hub.clone(), said.draft, said.ticket);
        let post = Post {
            sender: self.me,
            to: match said.to {
                Target::Account(peer) => Exchange::direct(self.me, peer),
                Target::Channel(channel) => Exchange::Channel(channel),
            },
            client_id: said.client_id,
            require_contact: false,
            admit: Box::new(move || Ok(draft)),
            origin: Some(origin),
            kept: said.kept,
            audience: Audience::Members,
        };
        Box::pin(async move {
            let handed_over = hub.hand_over(post).await;
            Box::pin(async move {
                let said = match handed_over {
                    Ok(answer) => answer.await.unwrap_or(Err(ErrorKind::Busy.into())),
                    Err(error) => Err(error),
                };
                Outcome {
                    ticket,
                    said: said
                        .map(|committed| (committed.message.id, committed.message.seq))
                        .map_err(|error| error.kind()),
                }
            }) as Acked
        })
    }
}
