//! The HTTP API by which other servers publish, with the SDKs of the Pusher service (contract, section 3.14). Errors are plain text.

use super::auth::signer;
use super::names::{Kind, Name};
use super::publish::{DATA, Publication, publish};
use super::sign::{body_md5, request_message};
use super::wire::is_socket_id;
use crate::config::Popim;
use crate::domain::{AccountId, time};
use crate::hub::wire::Farewell;
use crate::service::{Core, Services};
use actix_web::web::{self, Bytes, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, Scope};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What the ids of this dialect's devices begin with.
const DEVICES: &str = "popim-";
/// Seconds that the two clocks may differ.
const CLOCKS: i64 = 600;
/// Channels of one event, and events of one batch.
const CHANNELS: usize = 100;
const BATCH: usize = 10;
/// Bytes of a body: a full batch, with room for what JSON escapes.
const BODY: usize = 256 * 1024;

/// The routes. Which app is named does not matter: there is one.
pub fn routes() -> Scope {
    web::scope("/apps/{app}")
        .app_data(web::PayloadConfig::new(BODY))
        .route("/events", web::post().to(events))
        .route("/batch_events", web::post().to(batch))
        .route("/channels", web::get().to(channels))
        .route("/channels/{name}", web::get().to(channel))
        .route("/channels/{name}/users", web::get().to(users))
        .route(
            "/users/{uid}/terminate_connections",
            web::post().to(terminate),
        )
}

/// A refusal.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    /// 400, with what is wrong.
    Bad(&'static str),
    /// 401, with what is missing or wrong.
    Unsigned(&'static str),
    /// 413.
    TooLong,
}

type Answer = Result<Value, Refused>;

fn respond(answer: Answer) -> HttpResponse {
    match answer {
        Ok(value) => HttpResponse::Ok().json(value),
        Err(Refused::Bad(text)) => HttpResponse::BadRequest().body(text),
        Err(Refused::Unsigned(text)) => HttpResponse::Unauthorized().body(text),
        Err(Refused::TooLong) => {
            HttpResponse::PayloadTooLarge().body("an event has at most 10 KiB of data")
        }
    }
}

#[derive(Deserialize)]
struct Event {
    name: String,
    data: Value,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    channels: Option<Vec<String>>,
    #[serde(default)]
    socket_id: Option<String>,
}

#[derive(Deserialize)]
struct Batch {
    batch: Vec<Event>,
}

async fn events(request: HttpRequest, services: Data<Services>, body: Bytes) -> HttpResponse {
    respond(with_body(&request, &services, &body).and_then(|()| {
        let event: Event = parsed(&body)?;
        check(&event)?;
        tell(&services.core, &event);
        Ok(json!({}))
    }))
}

async fn batch(request: HttpRequest, services: Data<Services>, body: Bytes) -> HttpResponse {
    respond(with_body(&request, &services, &body).and_then(|()| {
        let Batch { batch } = parsed(&body)?;
        if batch.len() > BATCH {
            return Err(Refused::Bad("a batch has at most 10 events"));
        }
        batch.iter().try_for_each(check)?;
        batch.iter().for_each(|event| tell(&services.core, event));
        Ok(json!({}))
    }))
}

fn parsed<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|_| Refused::Bad("the body is not what is expected"))
}

impl Event {
    fn names(&self) -> impl Iterator<Item = &String> {
        self.channels.iter().flatten().chain(&self.channel)
    }

    /// A text as it is, anything else as its JSON text.
    fn text(&self) -> String {
        match &self.data {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

fn check(event: &Event) -> Result<(), Refused> {
    let count = event.names().count();
    if count == 0 || count > CHANNELS {
        return Err(Refused::Bad("an event has 1 to 100 channels"));
    }
    if event.names().any(|name| Name::read(name).is_none()) {
        return Err(Refused::Bad("there is no such channel"));
    }
    let skip = event.socket_id.as_deref();
    if skip.is_some_and(|id| !is_socket_id(id)) {
        return Err(Refused::Bad("there is no such socket_id"));
    }
    let data = event.text();
    if data.len() > DATA {
        return Err(Refused::TooLong);
    }
    let what = Publication {
        event: &event.name,
        data: &data,
        skip,
    };
    if what.is_fit() {
        Ok(())
    } else {
        Err(Refused::Bad(
            "an event has a name of at most 200 bytes, none of the protocol's",
        ))
    }
}

fn tell(core: &Core, event: &Event) {
    let data = event.text();
    let what = Publication {
        event: &event.name,
        data: &data,
        skip: event.socket_id.as_deref(),
    };
    publish(core, event.names().map(String::as_str), what);
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wishes {
    filter_by_prefix: String,
    info: String,
}

impl Wishes {
    fn of(request: &HttpRequest) -> Self {
        let wishes = Query::<Self>::from_query(request.query_string());
        wishes.map(Query::into_inner).unwrap_or_default()
    }

    /// What was asked for of a channel's numbers.
    fn shown(&self, name: &str, sessions: usize, users: usize) -> Map<String, Value> {
        let mut shown = Map::new();
        for info in self.info.split(',').map(str::trim) {
            match info {
                "subscription_count" => drop(shown.insert(info.to_owned(), sessions.into())),
                "user_count" if is_presence(name) => {
                    drop(shown.insert(info.to_owned(), users.into()));
                }
                _ => {}
            }
        }
        shown
    }
}

fn is_presence(name: &str) -> bool {
    Name::read(name).is_some_and(|name| name.kind() == Kind::Presence)
}

async fn channels(request: HttpRequest, services: Data<Services>) -> HttpResponse {
    respond(signed(&request, &services, None).map(|()| {
        let wishes = Wishes::of(&request);
        let named = services.core.hub.topics().names(&wishes.filter_by_prefix);
        let shown = named.into_iter().map(|(name, sessions, users)| {
            let shown = wishes.shown(&name, sessions, users);
            (name.to_string(), Value::Object(shown))
        });
        json!({ "channels": shown.collect::<Map<_, _>>() })
    }))
}

/// The last parts of a path.
type Named = Path<(String, String)>;

async fn channel(request: HttpRequest, services: Data<Services>, path: Named) -> HttpResponse {
    respond(signed(&request, &services, None).map(|()| {
        let (_, name) = path.into_inner();
        let topics = services.core.hub.topics();
        let sessions = topics.count(&name);
        let mut shown = Map::new();
        shown.insert("occupied".to_owned(), (sessions > 0).into());
        shown.extend(Wishes::of(&request).shown(&name, sessions, topics.users(&name).len()));
        shown.into()
    }))
}

async fn users(request: HttpRequest, services: Data<Services>, path: Named) -> HttpResponse {
    respond(signed(&request, &services, None).and_then(|()| {
        let (_, name) = path.into_inner();
        if !is_presence(&name) {
            return Err(Refused::Bad("only presence channels have users"));
        }
        let users = services.core.hub.topics().users(&name).into_iter();
        let users = users.map(|id| json!({ "id": &*id }));
        Ok(json!({ "users": users.collect::<Value>() }))
    }))
}

async fn terminate(
    request: HttpRequest,
    services: Data<Services>,
    path: Named,
    body: Bytes,
) -> HttpResponse {
    // It need not have a body.
    let body = (!body.is_empty()).then_some(&body[..]);
    respond(signed(&request, &services, body).and_then(|()| {
        let (_, uid) = path.into_inner();
        let uid = uid
            .parse()
            .map_err(|_| Refused::Bad("there is no such user"))?;
        services.core.hub.expel(
            AccountId(uid),
            |device| device.id.starts_with(DEVICES),
            Farewell::Refused,
        );
        Ok(json!({}))
    }))
}

fn with_body(request: &HttpRequest, services: &Services, body: &[u8]) -> Result<(), Refused> {
    signed(request, services, Some(body))
}

/// Whether a request is signed with the app's secret, of late, and as it was sent.
fn signed(request: &HttpRequest, services: &Services, body: Option<&[u8]>) -> Result<(), Refused> {
    let query = Query::<Vec<(String, String)>>::from_query(request.query_string());
    let fields = query
        .map_err(|_| Refused::Bad("malformed query"))?
        .into_inner();
    let sent = Sent {
        method: request.method().as_str(),
        path: request.uri().path(),
        fields: &fields,
        body,
    };
    sent.check(&services.core.config.popim, time::now().div_euclid(1000))
}

/// A request as it is signed.
struct Sent<'a> {
    method: &'a str,
    path: &'a str,
    fields: &'a [(String, String)],
    body: Option<&'a [u8]>,
}

impl Sent<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    fn check(&self, config: &Popim, now: i64) -> Result<(), Refused> {
        let needed = |name| self.field(name).ok_or(Refused::Unsigned("not signed"));
        if needed("auth_key")? != config.app_key {
            return Err(Refused::Unsigned("there is no such app key"));
        }
        let at: Option<i64> = needed("auth_timestamp")?.parse().ok();
        if at.is_none_or(|at| at.saturating_sub(now).saturating_abs() > CLOCKS) {
            return Err(Refused::Unsigned(
                "the request is too old, or a clock is wrong",
            ));
        }
        if self
            .field("auth_version")
            .is_some_and(|version| version != "1.0")
        {
            return Err(Refused::Bad("auth_version must be 1.0"));
        }
        if let Some(body) = self.body
            && needed("body_md5")? != body_md5(body)
        {
            return Err(Refused::Unsigned("the body is not the one that was signed"));
        }
        let message = request_message(self.method, self.path, self.fields);
        if signer(config).signed(needed("auth_signature")?, &message) {
            Ok(())
        } else {
            Err(Refused::Unsigned("the signature is wrong"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "063a5f0aca64b1ba87c776b8f8343c1c";
    const BODY: &[u8] =
        br#"{"name":"message","data":"{\"mid\":845,\"content\":\"hi\"}","channels":["user-10"]}"#;
    const NOW: i64 = 1_700_000_000;

    fn config() -> Popim {
        Popim {
            app_key: KEY.to_owned(),
            app_secret: "popim-secret-0123456789abcdef".to_owned(),
            ..Popim::default()
        }
    }

    /// The contract's own request, with one field changed.
    fn checked(changed: (&str, &str), body: &[u8], now: i64) -> Result<(), Refused> {
        let fields = [
            ("auth_key", KEY),
            ("auth_timestamp", "1700000000"),
            ("auth_version", "1.0"),
            ("body_md5", "1c36b23b77b782e3278af6a454f07f8e"),
            (
                "auth_signature",
                "061225d0d4a43b43d710da506e99c7746a5ed57190bc6476692004809f95b33e",
            ),
        ];
        let fields = fields.map(|(name, value)| {
            let value = if name == changed.0 { changed.1 } else { value };
            (name.to_owned(), value.to_owned())
        });
        let sent = Sent {
            method: "POST",
            path: "/apps/1024/events",
            fields: &fields,
            body: Some(body),
        };
        sent.check(&config(), now)
    }

    #[test]
    fn a_signed_request_is_good_for_ten_minutes_either_way() {
        let at = |now| checked(("", ""), BODY, now);
        for now in [NOW, NOW - CLOCKS, NOW + CLOCKS] {
            assert_eq!(at(now), Ok(()));
        }
        for now in [NOW - CLOCKS - 1, NOW + CLOCKS + 1] {
            assert!(matches!(at(now), Err(Refused::Unsigned(_))));
        }
    }

    #[test]
    fn nothing_of_a_signed_request_can_be_changed() {
        for changed in [
            ("auth_key", "x"),
            ("auth_timestamp", "1700000001"),
            ("auth_timestamp", "x"),
            ("body_md5", "x"),
            ("auth_signature", ""),
        ] {
            let refused = checked(changed, BODY, NOW);
            assert!(matches!(refused, Err(Refused::Unsigned(_))), "{changed:?}");
        }
        assert!(checked(("auth_version", "2.0"), BODY, NOW).is_err());
        assert!(checked(("", ""), b"{}", NOW).is_err());
    }

    fn event(json: &str) -> Result<(), Refused> {
        check(&parsed(json.as_bytes())?)
    }

    #[test]
    fn an_event_has_a_name_data_and_channels() {
        for json in [
            r#"{"name":"n","data":"{}","channels":["user-9","private-x"]}"#,
            r#"{"name":"n","data":{"a":1},"channel":"global","socket_id":"1.2"}"#,
        ] {
            assert_eq!(event(json), Ok(()), "{json}");
        }
        for json in [
            "{}",
            r#"{"name":"n","data":"{}"}"#,
            r#"{"name":"n","data":"{}","channels":[]}"#,
            r#"{"name":"n","data":"{}","channel":"admin"}"#,
            r#"{"name":"","data":"{}","channel":"global"}"#,
            r#"{"name":"pusher:error","data":"{}","channel":"global"}"#,
            r#"{"name":"n","data":"{}","channel":"global","socket_id":"x"}"#,
        ] {
            assert!(event(json).is_err(), "{json}");
        }
        let long = json!({ "name": "n", "data": "x".repeat(DATA + 1), "channel": "global" });
        assert_eq!(event(&long.to_string()), Err(Refused::TooLong));
        let many = json!({ "name": "n", "data": "", "channels": vec!["global"; 101] });
        assert!(event(&many.to_string()).is_err());
    }

    #[test]
    fn users_are_counted_on_presence_channels_only() {
        let wishes = Wishes {
            info: "subscription_count,user_count".to_owned(),
            ..Wishes::default()
        };
        let shown = |name| Value::Object(wishes.shown(name, 3, 2));
        assert_eq!(shown("user-9"), json!({ "subscription_count": 3 }));
        assert_eq!(
            shown("presence-x"),
            json!({ "subscription_count": 3, "user_count": 2 })
        );
        assert!(Wishes::default().shown("presence-x", 3, 2).is_empty());
    }
}
