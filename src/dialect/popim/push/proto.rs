//! The frames of the Pusher Channels protocol (contract, sections 3.1 to 3.5): JSON objects with `event`, as text. What the node
//! says carries `data` as a text that holds JSON, never as an object, because one of the clients parses nothing else; only
//! `pusher:error` has an object.

use bytestring::ByteString;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// Which word the protocol's own events begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// `pusher`.
    Pusher,
    /// `woker`, of the product's old library.
    Woker,
}

impl Flavour {
    fn word(self) -> &'static str {
        match self {
            Self::Pusher => "pusher",
            Self::Woker => "woker",
        }
    }
}

/// Whether an event's name belongs to the protocol, so that nobody may publish it.
pub fn is_reserved(event: &str) -> bool {
    let word = event.split_once(':').map_or(event, |(word, _)| word);
    ["pusher", "woker"].iter().any(|own| {
        let rest = word.strip_prefix(own);
        rest.is_some_and(|rest| rest.is_empty() || rest == "_internal")
    })
}

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Whether the node is there.
    Ping,
    /// That the client is.
    Pong,
    /// It wants to hear what is told on a channel.
    Subscribe(Subscribe),
    /// It does not any more.
    Unsubscribe(String),
    /// Who it is.
    SignIn(SignIn),
    /// Something for the others on a channel.
    Client(ClientEvent),
}

/// `subscribe`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Subscribe {
    /// The channel's name.
    pub channel: String,
    /// The signature, where the channel needs one; may be empty.
    #[serde(default, deserialize_with = "if_text")]
    pub auth: Option<String>,
    /// Who comes, as JSON text, which the signature covers.
    #[serde(default, deserialize_with = "if_text")]
    pub channel_data: Option<String>,
}

/// What is no text is no signature, and refused as a missing one is.
fn if_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// `signin`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SignIn {
    /// The signature.
    pub auth: String,
    /// Who, as JSON text.
    pub user_data: String,
}

/// An event of a client's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientEvent {
    /// Its name, which begins with `client-`.
    pub event: String,
    /// Where.
    pub channel: String,
    /// A text as it was sent, anything else as its JSON text.
    pub data: String,
}

/// What is wrong with a frame, in words for its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadRequest(pub &'static str);

#[derive(Deserialize)]
struct Raw<'a> {
    event: String,
    #[serde(default)]
    channel: Option<String>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named {
    channel: String,
}

/// Reads a client's frame.
pub fn read(flavour: Flavour, text: &str) -> Result<Said, BadRequest> {
    let raw: Raw<'_> = serde_json::from_str(text).map_err(|_| BadRequest("malformed message"))?;
    if raw.event.starts_with("client-") {
        return Ok(Said::Client(ClientEvent {
            data: text_of(raw.data),
            channel: raw.channel.ok_or(BadRequest("the channel is missing"))?,
            event: raw.event,
        }));
    }
    let own = raw.event.strip_prefix(flavour.word());
    match own.and_then(|rest| rest.strip_prefix(':')) {
        Some("ping") => Ok(Said::Ping),
        Some("pong") => Ok(Said::Pong),
        Some("subscribe") => fields(raw.data).map(Said::Subscribe),
        Some("unsubscribe") => fields(raw.data).map(|Named { channel }| Said::Unsubscribe(channel)),
        Some("signin") => fields(raw.data).map(Said::SignIn),
        _ => Err(BadRequest("unknown event")),
    }
}

/// The fields of `data`, which may be an object or the text of one.
fn fields<T: for<'de> Deserialize<'de>>(data: Option<&RawValue>) -> Result<T, BadRequest> {
    let bad = || BadRequest("malformed data");
    let text = data.map(RawValue::get).ok_or_else(bad)?;
    let inner: Option<String> = serde_json::from_str(text).ok();
    serde_json::from_str(inner.as_deref().unwrap_or(text)).map_err(|_| bad())
}

fn text_of(data: Option<&RawValue>) -> String {
    let json = data.map_or("{}", RawValue::get);
    serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())
}

/// A text as JSON writes it, quotes included.
pub fn quoted(text: &str) -> String {
    // A text can always be written.
    serde_json::to_string(text).unwrap_or_default()
}

/// An event on a channel.
pub fn event(event: &str, channel: &str, data: &str) -> ByteString {
    event_of(event, channel, &quoted(data))
}

/// The same with data that is [quoted] already.
pub fn event_of(event: &str, channel: &str, quoted_data: &str) -> ByteString {
    let (event, channel) = (quoted(event), quoted(channel));
    format!(r#"{{"event":{event},"channel":{channel},"data":{quoted_data}}}"#).into()
}

/// An event of a member on a presence channel.
pub fn member_event(event: &str, channel: &str, data: &str, user_id: &str) -> ByteString {
    #[derive(Serialize)]
    struct Told<'a> {
        event: &'a str,
        channel: &'a str,
        data: &'a str,
        user_id: &'a str,
    }
    text(&Told {
        event,
        channel,
        data,
        user_id,
    })
}

fn text(frame: &impl Serialize) -> ByteString {
    // Texts and numbers can always be written.
    serde_json::to_string(frame).unwrap_or_default().into()
}

/// An event of the protocol's own, on no channel.
fn own(flavour: Flavour, event: &str, data: &str) -> ByteString {
    let (word, data) = (flavour.word(), quoted(data));
    format!(r#"{{"event":"{word}:{event}","data":{data}}}"#).into()
}

/// An event of the protocol's own, on a channel.
fn internal(flavour: Flavour, event: &str, channel: &str, data: &str) -> ByteString {
    let word = flavour.word();
    self::event(&format!("{word}_internal:{event}"), channel, data)
}

/// The first frame.
pub fn established(flavour: Flavour, socket_id: &str, activity_timeout: u64) -> ByteString {
    let socket_id = quoted(socket_id);
    let data = format!(r#"{{"socket_id":{socket_id},"activity_timeout":{activity_timeout}}}"#);
    own(flavour, "connection_established", &data)
}

/// The answer to `ping`.
pub fn pong(flavour: Flavour) -> ByteString {
    own(flavour, "pong", "{}")
}

/// The client hears a channel from now on. `data` is `{}`, or who is there.
pub fn subscribed(flavour: Flavour, channel: &str, data: &str) -> ByteString {
    internal(flavour, "subscription_succeeded", channel, data)
}

/// The client may not hear a channel. It says nothing of what would have been right.
pub fn not_subscribed(flavour: Flavour, channel: &str, error: &str, status: u16) -> ByteString {
    let error = quoted(error);
    let data = format!(r#"{{"type":"AuthError","error":{error},"status":{status}}}"#);
    let word = flavour.word();
    self::event(&format!("{word}:subscription_error"), channel, &data)
}

/// The client is who it says it is.
pub fn signed_in(flavour: Flavour, user_data: &str) -> ByteString {
    let user_data = quoted(user_data);
    let data = format!(r#"{{"user_data":{user_data}}}"#);
    own(flavour, "signin_success", &data)
}

/// A fault; with a code of the bands that end a connection it is the last frame. `None`: a request that was not understood.
pub fn error(flavour: Flavour, code: Option<u16>, message: &str) -> ByteString {
    #[derive(Serialize)]
    struct Fault<'a> {
        code: Option<u16>,
        message: &'a str,
    }
    let (word, fault) = (flavour.word(), text(&Fault { code, message }));
    format!(r#"{{"event":"{word}:error","data":{fault}}}"#).into()
}

/// Who is on a presence channel: how many in all, and those who are named with what is known of them as JSON text.
pub fn presence<'a>(count: usize, members: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let (mut ids, mut hash) = (Vec::new(), Vec::new());
    for (id, info) in members {
        let id = quoted(id);
        hash.push(format!("{id}:{info}"));
        ids.push(id);
    }
    let (ids, hash) = (ids.join(","), hash.join(","));
    format!(r#"{{"presence":{{"count":{count},"ids":[{ids}],"hash":{{{hash}}}}}}}"#)
}

/// Somebody came to a presence channel.
pub fn member_added(flavour: Flavour, channel: &str, id: &str, info: &str) -> ByteString {
    let id = quoted(id);
    let data = format!(r#"{{"user_id":{id},"user_info":{info}}}"#);
    internal(flavour, "member_added", channel, &data)
}

/// Somebody has left a presence channel.
pub fn member_removed(flavour: Flavour, channel: &str, id: &str) -> ByteString {
    let id = quoted(id);
    let data = format!(r#"{{"user_id":{id}}}"#);
    internal(flavour, "member_removed", channel, &data)
}

/// Who comes to a presence channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comer {
    /// Their id.
    pub id: String,
    /// What others are told of them: JSON text.
    pub info: String,
}

/// Longest id of a member and longest text about one, in bytes.
const COMER: (usize, usize) = (128, 2048);

/// Reads `channel_data`. An id may be a number; without `user_info` there is nothing to tell.
pub fn comer(channel_data: &str) -> Option<Comer> {
    #[derive(Deserialize)]
    struct Data {
        user_id: Value,
        #[serde(default)]
        user_info: Option<Value>,
    }
    let data: Data = serde_json::from_str(channel_data).ok()?;
    let id = id_of(&data.user_id)?;
    let info = data.user_info.map_or("{}".to_owned(), |i| i.to_string());
    (id.len() <= COMER.0 && info.len() <= COMER.1).then_some(Comer { id, info })
}

/// The id in the `user_data` of a sign-in, unless it is empty.
pub fn user_id(user_data: &str) -> Option<String> {
    let data: Value = serde_json::from_str(user_data).ok()?;
    id_of(data.get("id")?)
}

fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
