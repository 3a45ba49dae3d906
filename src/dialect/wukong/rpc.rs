//! The JSON-RPC form of the protocol (contract, section 3.12): one object per text message, nothing encrypted.

use super::ids::PERSON;
use super::proto::{Flags, NEWEST, Recv, SUCCESS, Send, Setting};
use super::reason;
use super::speech::{self, BEAT, IDLE, IN_FLIGHT, Speech};
use super::unacked::Unacked;
use crate::domain::time::Millis;
use crate::hub::envelope::{Envelope, Frame};
use crate::hub::wire::{Farewell, Intent, Outcome, Wire};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytestring::ByteString;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// JSON-RPC's own code for a method that does not exist.
const NO_METHOD: i64 = -32601;
/// The longest id of a request, in bytes of JSON.
const ID: usize = 128;

/// A request, or a notification if it has no id.
#[derive(Deserialize)]
pub struct Request<'a> {
    method: String,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

impl<'a> Request<'a> {
    /// The request that a message is, if it is one.
    pub fn read(message: &'a Frame) -> Option<Self> {
        let bytes: &[u8] = match message {
            Frame::Text(text) => text.as_bytes(),
            Frame::Binary(bytes) => bytes,
        };
        let request: Self = serde_json::from_slice(bytes).ok()?;
        let fits = request.id.is_none_or(|id| id.get().len() <= ID);
        fits.then_some(request)
    }

    /// What is asked for.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The id for the answer.
    pub fn id(&self) -> Option<Box<RawValue>> {
        self.id.map(ToOwned::to_owned)
    }

    /// The parameters in a known shape.
    pub fn params<P: Deserialize<'a>>(&self) -> Option<P> {
        serde_json::from_str(self.params.map_or("{}", RawValue::get)).ok()
    }
}

/// The parameters of `connect`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub struct Connect {
    /// Who connects.
    pub uid: String,
    /// The proof of it.
    pub token: String,
    /// The client's name for its device.
    pub device_id: String,
    /// The kind of device.
    pub device_flag: i16,
    /// The client's clock, in milliseconds.
    pub client_timestamp: i64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Header {
    no_persist: bool,
    red_dot: Option<bool>,
    sync_once: bool,
    dup: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Say {
    client_msg_no: String,
    channel_id: String,
    channel_type: u8,
    payload: String,
    header: Header,
    setting: Value,
    expire: u32,
}

impl Default for Say {
    fn default() -> Self {
        Self {
            client_msg_no: String::new(),
            channel_id: String::new(),
            channel_type: PERSON,
            payload: String::new(),
            header: Header::default(),
            setting: Value::Null,
            expire: 0,
        }
    }
}

impl Say {
    /// The same as a packet. What is said counts as unread unless the client says otherwise.
    fn packet(self, client_seq: u32) -> Send {
        Send {
            flags: self.header.flags(),
            setting: setting(&self.setting),
            client_seq,
            client_msg_no: self.client_msg_no.into(),
            stream_no: ByteString::new(),
            channel_id: self.channel_id.into(),
            channel_type: self.channel_type,
            expire: self.expire,
            msg_key: ByteString::new(),
            topic: ByteString::new(),
            payload: self.payload.into(),
        }
    }
}

impl Header {
    fn flags(&self) -> Flags {
        let flags = [
            (self.no_persist, Flags::NO_PERSIST),
            (self.red_dot.unwrap_or(true), Flags::RED_DOT),
            (self.sync_once, Flags::SYNC_ONCE),
            (self.dup, Flags::DUP),
        ];
        let set = flags.into_iter().filter(|(on, _)| *on);
        set.fold(Flags::default(), |all, (_, flag)| all.with(flag))
    }
}

/// The setting as the byte it is, or with a name for each bit.
fn setting(value: &Value) -> Setting {
    let bit = |name, bit: Setting| match value.get(name).and_then(Value::as_bool) {
        Some(true) => bit.0,
        _ => 0,
    };
    match value.as_u64() {
        Some(byte) => Setting(byte as u8),
        None => {
            let quiet = bit("noUpdateConversation", Setting::QUIET);
            Setting(bit("receipt", Setting::RECEIPT) | quiet | bit("signal", Setting::SIGNAL))
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ack {
    #[serde(deserialize_with = "number")]
    message_id: i64,
}

/// Ids are texts here; a client may write a number.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Number(i64),
        Text(String),
    }
    Ok(match Number::deserialize(deserializer)? {
        Number::Number(number) => number,
        Number::Text(text) => text.parse().unwrap_or_default(),
    })
}

/// An id is written as it came: it may be a number that nothing here can hold.
#[derive(Serialize)]
struct Answer<'a> {
    jsonrpc: &'static str,
    id: Option<&'a RawValue>,
    #[serde(flatten)]
    what: What,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Result(Value),
    Error(Value),
}

fn answer(id: Option<&RawValue>, what: What) -> Frame {
    let answer = Answer {
        jsonrpc: "2.0",
        id,
        what,
    };
    Frame::Text(serde_json::to_string(&answer).unwrap_or_default().into())
}

/// An answer with an error.
fn error(id: Option<&RawValue>, code: i64, message: &str) -> Frame {
    answer(id, What::Error(json!({ "code": code, "message": message })))
}

/// An answer with a reason code.
pub fn refusal(id: Option<&RawValue>, code: u8) -> Frame {
    error(id, code.into(), reason::words(code))
}

fn notification(method: &str, params: Value) -> Frame {
    let notification = json!({ "jsonrpc": "2.0", "method": method, "params": params });
    Frame::Text(notification.to_string().into())
}

/// One connection's protocol state.
pub struct RpcWire {
    speech: Speech,
    /// The id of `connect` until it is answered, with the difference of the clocks.
    welcome: Option<(Option<Box<RawValue>>, i64)>,
    /// The ids of what is on its way.
    asked: HashMap<u64, Option<Box<RawValue>>>,
    seq: u32,
    unacked: Unacked,
}

impl RpcWire {
    /// The protocol, which begins with the answer to `connect`.
    pub fn new(speech: Speech, connect: Option<Box<RawValue>>, time_diff: i64) -> Self {
        Self {
            speech,
            welcome: Some((connect, time_diff)),
            asked: HashMap::new(),
            seq: 0,
            unacked: Unacked::default(),
        }
    }

    fn say(&mut self, request: &Request<'_>) -> Intent {
        self.seq = self.seq.wrapping_add(1);
        let Some(said) = request.params::<Say>() else {
            return Intent::Reply(refusal(request.id, reason::UNREADABLE));
        };
        let send = said.packet(self.seq);
        match self
            .speech
            .hear(&send, |send| STANDARD.decode(&send.payload).ok())
        {
            Ok(utterance) => {
                self.asked.insert(utterance.ticket, request.id());
                Intent::Say(utterance)
            }
            Err(reason) => Intent::Reply(refusal(request.id, reason)),
        }
    }
}

impl Wire for RpcWire {
    fn hello(&mut self, _now: Millis) -> Option<Frame> {
        let (id, time_diff) = self.welcome.take()?;
        let welcome = json!({
            "serverKey": "", "salt": "", "timeDiff": time_diff, "reasonCode": SUCCESS,
            "serverVersion": NEWEST, "nodeId": 1,
        });
        Some(answer(id.as_deref(), What::Result(welcome)))
    }

    fn beat_every(&self) -> Duration {
        BEAT
    }

    fn beat(&mut self, now: Millis) -> Vec<Frame> {
        self.unacked.due(now).iter().map(told).collect()
    }

    fn receive(&mut self, message: &Frame, _now: Millis) -> Vec<Intent> {
        let Some(request) = Request::read(message) else {
            return vec![Intent::Close(None)];
        };
        let intent = match request.method() {
            "send" => self.say(&request),
            "ping" => Intent::Reply(answer(request.id, What::Result(json!({})))),
            "recvack" => {
                if let Some(ack) = request.params::<Ack>() {
                    self.unacked.acknowledged(ack.message_id);
                }
                return Vec::new();
            }
            "disconnect" | "connect" => Intent::Close(None),
            _ if request.id.is_none() => return Vec::new(),
            _ => Intent::Reply(error(request.id, NO_METHOD, "method not found")),
        };
        vec![intent]
    }

    fn render(&mut self, envelope: &Envelope) -> Option<Frame> {
        let recv = self.speech.tell(envelope)?;
        self.unacked.told(&recv, envelope.at);
        Some(told(&recv))
    }

    fn replays(&self) -> bool {
        false
    }

    fn watches_presence(&self) -> bool {
        true
    }

    fn outcome(&mut self, outcome: Outcome, _now: Millis) -> Option<Frame> {
        let id = self.asked.remove(&outcome.ticket)??;
        let ack = speech::answered(outcome);
        if ack.reason != SUCCESS {
            return Some(refusal(Some(&id), ack.reason));
        }
        let said = json!({
            "messageId": ack.message_id.to_string(), "messageSeq": ack.message_seq, "reasonCode": SUCCESS,
        });
        Some(answer(Some(&id), What::Result(said)))
    }

    fn farewell(&mut self, farewell: Farewell) -> Option<Frame> {
        let (reason, words) = speech::parting(farewell)?;
        Some(match &self.welcome {
            Some((id, _)) => refusal(id.as_deref(), reason::NOT_AUTHENTICATED),
            None => {
                let params = json!({ "reasonCode": reason, "reason": words });
                notification("disconnect", params)
            }
        })
    }

    fn idle_after(&self, _configured: Duration) -> Duration {
        IDLE
    }

    fn in_flight(&self) -> usize {
        IN_FLIGHT
    }
}

fn told(recv: &Recv) -> Frame {
    let header = json!({
        "noPersist": recv.flags.has(Flags::NO_PERSIST),
        "redDot": recv.flags.has(Flags::RED_DOT),
        "syncOnce": recv.flags.has(Flags::SYNC_ONCE),
        "dup": recv.flags.has(Flags::DUP),
    });
    let params = json!({
        "header": header,
        "setting": recv.setting.0,
        "messageId": recv.message_id.to_string(),
        "messageSeq": recv.message_seq,
        "timestamp": recv.timestamp,
        "channelId": &*recv.channel_id,
        "channelType": recv.channel_type,
        "fromUid": &*recv.from_uid,
        "expire": recv.expire,
        "clientMsgNo": &*recv.client_msg_no,
        "payload": STANDARD.encode(&recv.payload),
    });
    notification("recv", params)
}

#[cfg(test)]
mod tests;
