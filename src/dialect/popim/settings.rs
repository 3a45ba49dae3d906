//! The settings as clients get them (contract, section 5), what they forbid, and telling clients of a change. What the core has a
//! rule for is that rule; the rest are the settings whose names begin with `popim_`.

use super::Answer;
use super::caller::Open;
use super::reply::Reply;
use crate::config::{Popim, PushFlavour};
use crate::domain::topic::Signal;
use crate::service::policy::{ContactMode, Policy};
use crate::service::settings::Settings;
use crate::service::{Core, Services};
use actix_web::web::Data;
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// The number of the settings, of which there is one row.
const ROW: i64 = 2;
/// The names of the channel on which everybody hears of a change, and the event.
const TOPICS: [&str; 2] = ["global", "private-global"];
const EVENT: &str = "settingChange";

/// What the settings allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Voice messages may be sent.
    pub voice: bool,
    /// Messages to groups may be sent.
    pub group_chat: bool,
    /// Messages to accounts may be sent.
    pub private_chat: bool,
    /// Those who are not friends may write to each other.
    pub stranger_chat: bool,
    /// Files may be uploaded.
    pub upload_file: bool,
    /// Pictures may be uploaded.
    pub upload_img: bool,
    /// Profiles of those who are not friends may be seen.
    pub member_detail: bool,
    /// Groups may be joined by their picture.
    pub qrcode_group: bool,
}

impl Rules {
    /// The rules as they are now.
    pub fn of(settings: &Settings) -> Self {
        let on = |name| is_on(settings, name);
        Self {
            voice: on("popim_voice"),
            group_chat: on("popim_group_chat"),
            private_chat: on("popim_private_chat"),
            stranger_chat: on("popim_stranger_chat"),
            upload_file: on("popim_upload_file"),
            upload_img: on("popim_upload_img"),
            member_detail: on("popim_member_detail"),
            qrcode_group: on("popim_qrcode_group"),
        }
    }
}

fn is_on(settings: &Settings, name: &str) -> bool {
    says_yes(&settings.value(name))
}

/// Administrators say `on`, as clients do, or `true`, as with the other settings.
fn says_yes(value: &str) -> bool {
    matches!(value.trim(), "on" | "true" | "1")
}

/// A switch as clients read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Switch(bool);

impl Serialize for Switch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0 { "on" } else { "off" })
    }
}

/// The number of the settings, which two operations write differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Row {
    Number(i64),
    Text(String),
}

/// The settings as everybody may see them, with where the push service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Public {
    id: Row,
    voice: Switch,
    audio: Switch,
    video: Switch,
    prompt_tone: Switch,
    group_chat: Switch,
    private_chat: Switch,
    add_friend: Switch,
    create_group: Switch,
    upload_file: Switch,
    upload_img: Switch,
    emoji: Switch,
    /// Always empty: nobody is to learn the words.
    dirty_words: &'static str,
    stranger_chat: Switch,
    member_detail: Switch,
    appkey: String,
    ws_address: String,
    app_name: String,
    register: Switch,
    register_captcha: Switch,
    login_captcha: Switch,
    explore_url: String,
    qrcode_friend: Switch,
    qrcode_group: Switch,
    qrcode_scan: Switch,
}

impl Public {
    /// The settings for a client that reached the node at `base`, such as `http://im.example:8080`. `key` is what the push
    /// service knows its login by, if it has one.
    pub fn of(core: &Core, base: &str, key: Option<&str>) -> Self {
        let settings = &core.settings;
        let config = &core.config.popim;
        let switch = |name| Switch(is_on(settings, name));
        let rules = Rules::of(settings);
        let policy = settings.policy();
        Self {
            id: Row::Number(ROW),
            voice: Switch(rules.voice),
            audio: switch("popim_audio"),
            video: switch("popim_video"),
            prompt_tone: switch("popim_prompt_tone"),
            group_chat: Switch(rules.group_chat),
            private_chat: Switch(rules.private_chat),
            add_friend: Switch(may_add(&policy)),
            create_group: Switch(policy.channel_creation_open),
            upload_file: Switch(rules.upload_file),
            upload_img: Switch(rules.upload_img),
            emoji: switch("popim_emoji"),
            dirty_words: "",
            stranger_chat: Switch(rules.stranger_chat),
            member_detail: Switch(rules.member_detail),
            appkey: app_key(config, key),
            ws_address: ws_address(config, base),
            app_name: settings.value("popim_app_name"),
            register: Switch(policy.signup_by_name),
            register_captcha: Switch(policy.captcha_required),
            login_captcha: Switch(policy.captcha_required),
            explore_url: settings.value("popim_explore_url"),
            qrcode_friend: switch("popim_qrcode_friend"),
            qrcode_group: Switch(rules.qrcode_group),
            qrcode_scan: switch("popim_qrcode_scan"),
        }
    }

    /// The same with the number written as `pop/getsetting` does.
    fn with_text_id(self) -> Self {
        Self {
            id: Row::Text(ROW.to_string()),
            ..self
        }
    }
}

/// Whether friends may be asked for at all.
pub fn may_add(policy: &Policy) -> bool {
    policy.contact_requests_open && policy.contact_mode != ContactMode::Closed
}

fn app_key(config: &Popim, key: Option<&str>) -> String {
    let base = match config.push_flavour {
        PushFlavour::Pusher => &config.app_key,
        PushFlavour::Woker => &config.woker_key,
    };
    match key {
        Some(key) => format!("{base}.{key}"),
        None => base.clone(),
    }
}

/// Where the push service is, with a port: an old client needs one.
fn ws_address(config: &Popim, base: &str) -> String {
    if !config.ws_address.is_empty() {
        return config.ws_address.clone();
    }
    let (scheme, rest) = base.split_once("://").unwrap_or(("http", base));
    let secure = scheme == "https";
    let authority = rest.split('/').next().unwrap_or_default();
    // A colon in brackets belongs to an address.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
        _ => (authority, None),
    };
    let usual = if secure { 443 } else { 80 };
    let own = config.own_port().map(|own| own.port());
    let port: u16 = own.or(port).unwrap_or(usual);
    let scheme = if secure { "wss" } else { "ws" };
    format!("{scheme}://{host}:{port}")
}

/// 53: the settings for whoever asks.
pub async fn public(ask: Open) -> Answer {
    let settings = Public::of(&ask.services.core, &base(&ask), None);
    Ok(Reply::data(&settings.with_text_id()))
}

/// Where the client reached the node.
pub fn base(request: &super::caller::Request) -> String {
    let scheme = if request.is_secure() { "https" } else { "http" };
    format!("{scheme}://{}", request.host())
}

/// Tells everybody of the settings whenever one of them has changed. Never ends.
pub async fn announce(services: Data<Services>) {
    let core = &services.core;
    let shown = || Public::of(core, &core.public_url, None);
    let mut changes = core.settings.watch();
    let mut told = shown();
    while changes.changed().await.is_ok() {
        let now = shown();
        if now == told {
            continue;
        }
        match serde_json::to_string(&now) {
            Ok(data) => tell(core, data.into()),
            Err(fault) => log::error!("the settings could not be written: {fault}"),
        }
        told = now;
    }
}

fn tell(core: &Core, data: Arc<str>) {
    for topic in TOPICS {
        let signal = Signal {
            topic: topic.into(),
            event: EVENT.into(),
            data: data.clone(),
            from: None,
            skip: None,
        };
        core.hub.broadcast(signal, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_may_say_yes_as_they_are_used_to() {
        for yes in ["on", "true", "1", " on "] {
            assert!(says_yes(yes), "{yes}");
        }
        for no in ["off", "false", "0", "", "ON?"] {
            assert!(!says_yes(no), "{no}");
        }
    }

    #[test]
    fn the_push_service_is_where_the_client_asked_unless_it_is_said_otherwise() {
        let at = |listen: &str, address: &str, base| {
            let config = Popim {
                listen: listen.to_owned(),
                ws_address: address.to_owned(),
                ..Popim::default()
            };
            ws_address(&config, base)
        };
        assert_eq!(at("", "", "http://im.example:8080"), "ws://im.example:8080");
        assert_eq!(at("", "", "https://im.example/x"), "wss://im.example:443");
        assert_eq!(at("", "", "http://[::1]"), "ws://[::1]:80");
        assert_eq!(at("", "", "http://[::1]:81"), "ws://[::1]:81");
        let own = "0.0.0.0:6060";
        assert_eq!(
            at(own, "", "http://im.example:8080"),
            "ws://im.example:6060"
        );
        let told = "wss://push.example/ws";
        assert_eq!(at(own, told, "http://im.example"), told);
    }

    #[test]
    fn a_login_has_a_key_of_its_own_behind_the_one_of_the_flavour() {
        let config = |push_flavour| Popim {
            app_key: "pusher".to_owned(),
            woker_key: "woker".to_owned(),
            push_flavour,
            ..Popim::default()
        };
        let key = |flavour, key| app_key(&config(flavour), key);
        assert_eq!(key(PushFlavour::Pusher, None), "pusher");
        assert_eq!(key(PushFlavour::Pusher, Some("7-ab")), "pusher.7-ab");
        assert_eq!(key(PushFlavour::Woker, Some("7-ab")), "woker.7-ab");
    }
}
