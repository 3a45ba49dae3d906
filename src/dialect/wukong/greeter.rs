//! The first packet of a connection: which form of the protocol it speaks, and who it is.

use super::BASE;
use super::crypto::{Cipher, KeyPair, fresh_salt};
use super::ids::Ids;
use super::proto::{Connack, Connect, Decoder, NEWEST, Packet, SUCCESS};
use super::reason;
use super::rpc::{self, RpcWire};
use super::socket::Speaker;
use super::speech::Speech;
use super::wire::WukongWire;
use crate::domain::presence::{Device, DeviceKind};
use crate::domain::time::Millis;
use crate::error::Error;
use crate::hub::envelope::Frame;
use crate::hub::wire::{Greeter, Greeting, Guest, Wire};
use crate::service::{Caller, Services};
use actix_web::web::Data;
use bytes::Bytes;
use serde_json::value::RawValue;
use std::time::Duration;

/// The longest first packet, in bytes. Its texts are short, and a stranger shall not make the node hold more; over a WebSocket,
/// the transport lets no longer message through than its own.
const LONGEST: usize = 4096;

/// Meets a new connection. Byte streams speak the binary form only.
pub fn greeter(services: Data<Services>, only_binary: bool) -> Box<dyn Greeter> {
    Box::new(Doorman {
        services,
        only_binary,
        decoder: Some(Decoder::bounded(NEWEST, LONGEST)),
    })
}

struct Doorman {
    services: Data<Services>,
    only_binary: bool,
    /// Until the first packet is there.
    decoder: Option<Decoder>,
}

impl Greeter for Doorman {
    fn patience(&self) -> Duration {
        Duration::from_secs(self.services.core.config.wukong.connect_seconds)
    }

    fn greet(&mut self, message: &Frame, now: Millis) -> Greeting {
        if let Frame::Text(text) = message
            && !self.only_binary
            && text.trim_start().starts_with('{')
        {
            return self.greet_rpc(message, now);
        }
        let Some(decoder) = &mut self.decoder else {
            return Greeting::Refused(None);
        };
        decoder.push(match message {
            Frame::Binary(bytes) => bytes,
            Frame::Text(text) => text.as_bytes(),
        });
        match decoder.next() {
            Ok(None) => Greeting::More,
            Ok(Some(Packet::Connect(connect))) => {
                let rest = self.decoder.take().map(Decoder::into_rest);
                let services = self.services.clone();
                Greeting::Proving(Box::pin(async move {
                    let version = connect.version.min(NEWEST);
                    prove_binary(services, connect, rest, now)
                        .await
                        .map_err(|refusal| {
                            let packet = Packet::Connack(Connack::refused(refusal?));
                            Some(Frame::Binary(packet.encode(version)))
                        })
                }))
            }
            Ok(Some(_)) | Err(_) => Greeting::Refused(None),
        }
    }
}

impl Doorman {
    fn greet_rpc(&self, message: &Frame, now: Millis) -> Greeting {
        let within = matches!(message, Frame::Text(text) if text.len() <= LONGEST);
        let request = rpc::Request::read(message).filter(|_| within);
        let Some(request) = request.filter(|request| request.method() == "connect") else {
            return Greeting::Refused(None);
        };
        let id = request.id();
        let Some(connect) = request.params::<rpc::Connect>() else {
            let refusal = rpc::refusal(id.as_deref(), reason::NOT_AUTHENTICATED);
            return Greeting::Refused(Some(refusal));
        };
        let services = self.services.clone();
        Greeting::Proving(Box::pin(async move {
            let asked = id.clone();
            prove_rpc(services, connect, id, now)
                .await
                .map_err(|refusal| Some(rpc::refusal(asked.as_deref(), refusal?)))
        }))
    }
}

/// Why a client is not let in: a reason code, or `None` when it may come back a moment later and must not be told otherwise.
type Refusal = Option<u8>;

async fn prove_binary(
    services: Data<Services>,
    connect: Connect,
    rest: Option<Bytes>,
    now: Millis,
) -> Result<Guest, Refusal> {
    if connect.client_key.is_empty() {
        return Err(Some(reason::NO_CLIENT_KEY));
    }
    let who = Who {
        uid: connect.uid.to_string(),
        token: connect.token.to_string(),
        device: device(
            i16::from(connect.device_flag),
            connect.device_id.to_string(),
        )?,
    };
    let caller = who.prove(&services).await?;
    let (mine, salt) = (KeyPair::new(rand::random()), fresh_salt());
    let cipher = Cipher::agree(&mine, &connect.client_key, &salt)
        .map_err(|_| Some(reason::NOT_AUTHENTICATED))?;
    let welcome = Connack {
        time_diff: now.saturating_sub(connect.timestamp),
        reason: SUCCESS,
        server_key: mine.public().into(),
        salt: salt.into(),
    };
    let version = connect.version.min(NEWEST);
    let speech = speech(&services, caller);
    let wire = WukongWire::new(speech, cipher, version, welcome);
    let rest = rest.filter(|rest| !rest.is_empty()).map(Frame::Binary);
    Ok(who.guest(services, caller, Box::new(wire), rest))
}

async fn prove_rpc(
    services: Data<Services>,
    connect: rpc::Connect,
    id: Option<Box<RawValue>>,
    now: Millis,
) -> Result<Guest, Refusal> {
    let who = Who {
        uid: connect.uid,
        token: connect.token,
        device: device(connect.device_flag, connect.device_id)?,
    };
    let caller = who.prove(&services).await?;
    let time_diff = now.saturating_sub(connect.client_timestamp);
    let wire = RpcWire::new(speech(&services, caller), id, time_diff);
    Ok(who.guest(services, caller, Box::new(wire), None))
}

fn device(flag: i16, id: String) -> Result<Device, Refusal> {
    let kind = DeviceKind::from_number(flag).ok_or(Some(reason::NOT_AUTHENTICATED))?;
    Ok(Device { kind, id })
}

fn speech(services: &Services, caller: Caller) -> Speech {
    let base = format!("{}{BASE}/", services.core.public_url);
    Speech::new(caller.id, Ids::of(&services.core), base)
}

/// Who a client says it is.
struct Who {
    uid: String,
    token: String,
    device: Device,
}

impl Who {
    /// A token is good for one account on one kind of device.
    async fn prove(&self, services: &Services) -> Result<Caller, Refusal> {
        let granted = services.grants.prove(&self.token).await.map_err(refusal)?;
        let account = Ids::of(&services.core).account(&self.uid);
        if account != Some(granted.caller.id) || granted.kind != self.device.kind {
            return Err(Some(reason::NOT_AUTHENTICATED));
        }
        Ok(granted.caller)
    }

    fn guest(
        self,
        services: Data<Services>,
        caller: Caller,
        wire: Box<dyn Wire>,
        rest: Option<Frame>,
    ) -> Guest {
        Guest {
            account: caller.id,
            device: self.device,
            wire,
            commands: Box::new(Speaker::new(caller, self.token, services)),
            rest,
        }
    }
}

/// After a refusal with a reason the SDKs never try again, so what the node is at fault for has none.
fn refusal(error: Error) -> Refusal {
    if error.is_fault() {
        log::error!("a login could not be checked: {error}");
    }
    let passing = error.is_passing() || error.is_fault();
    (!passing).then_some(reason::NOT_AUTHENTICATED)
}
