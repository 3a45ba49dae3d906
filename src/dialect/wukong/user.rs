//! Operations 3 to 5, 12, 14 to 16 and 20 to 22: accounts, how the caller treats them, and where the sockets are.

use super::Answer;
use super::caller::{Anyone, Authed, Request};
use super::login::without_home_zone;
use super::reply::{Failure, Reply};
use super::settings::switches;
use super::types::group::NUMBERS;
use super::types::user::{Found, UserDetail, device_flag, gender, name, vercode};
use crate::domain::conversation::Target;
use crate::domain::presence::DeviceKind;
use crate::domain::{Account, AccountId};
use crate::error::{Error, ErrorKind, Result};
use crate::service::accounts::{AccountView, Online, ProfilePatch, Whom};
use crate::service::client_settings::Numbers;
use crate::service::contacts::{AfterBlock, ContactList};
use crate::service::conversations::PrefsPatch;
use crate::service::numbers::read;
use serde_json::{Value, json};

/// Characters of a name, of a remark, of what is searched for.
const NAME: usize = 50;
const REMARK: usize = 100;
const KEYWORD: usize = 100;

/// 3: the account that has exactly this phone number, short name or user name.
pub async fn search(ask: Authed) -> Answer {
    let keyword = ask
        .args
        .required("keyword", KEYWORD, "搜索关键字不能为空！")?;
    let keyword = without_home_zone(&ask, keyword);
    let accounts = &ask.services.accounts;
    let found = accounts.find_exact(ask.me(), keyword).await?;
    Ok(Reply::data(&match found {
        None => json!({ "exist": 0 }),
        Some(view) => json!({
            "exist": 1,
            "data": {
                "uid": ask.ids.uid(view.account.id),
                "name": name(&view.account),
                "vercode": vercode(view.account.id, Found::Search, &ask.ids),
            },
        }),
    }))
}

/// 4: an account, and all there is between it and the caller.
pub async fn get(ask: Authed) -> Answer {
    let account = ask.account_in_path("uid")?;
    let between = ask.services.contacts.between(ask.caller, account).await?;
    let detail = UserDetail::of(&between, ask.me(), &ask.ids, home_zone(&ask));
    let Some(group) = ask.args.optional("group_no", KEYWORD)? else {
        return Ok(Reply::data(&detail));
    };
    let Some(shared) = super::group_members::shared(&ask, &group, account).await? else {
        return Ok(Reply::data(&detail));
    };
    let detail = detail.found(&between.view.account, Found::Group, &ask.ids);
    let mut shown = serde_json::to_value(&detail).map_err(Error::internal)?;
    if let Value::Object(fields) = &mut shown {
        fields.extend(shared);
    }
    Ok(Reply::data(&shown))
}

/// 5: how the caller treats an account.
pub async fn change(ask: Authed) -> Answer {
    let account = ask.account_in_path("uid")?;
    ask.services.accounts.view(ask.me(), account).await?;
    let mut patch = patch(&ask)?;
    if let Some(remark) = patch.remark.take() {
        let contacts = &ask.services.contacts;
        match contacts.set_remark(ask.me(), account, remark).await {
            // A stranger is given no name, but all the rest.
            Err(error) if error.kind() == ErrorKind::NotContact => {}
            done => done?,
        }
    }
    let conversations = &ask.services.conversations;
    let target = Target::Account(account);
    let prefs = if patch == PrefsPatch::default() {
        conversations.prefs(ask.caller, target).await?
    } else {
        conversations.set_prefs(ask.caller, target, patch).await?
    };
    let (mute, top) = (u8::from(prefs.muted), u8::from(prefs.pinned));
    Ok(Reply::data_with_status(
        &json!({ "mute": mute, "top": top }),
    ))
}

/// What the arguments change in how the caller treats a conversation.
pub fn patch(ask: &Request) -> Result<PrefsPatch> {
    let mut numbers = Numbers::new();
    for (name, _) in NUMBERS {
        if let Some(number) = ask.args.int(name)? {
            numbers.insert((*name).to_owned(), number);
        }
    }
    let remark = ask.args.text("remark")?;
    if remark
        .as_ref()
        .is_some_and(|remark| remark.chars().count() > REMARK)
    {
        return Err(Error::invalid("field `remark`: at most 100 characters"));
    }
    Ok(PrefsPatch {
        muted: ask.args.flag("mute")?,
        pinned: ask.args.flag("top")?,
        saved: ask.args.flag("save")?,
        remark,
        numbers,
    })
}

/// 12: the accounts of the platform's staff.
pub async fn staff(ask: Authed) -> Answer {
    let staff = ask.services.accounts.staff(ask.me()).await?;
    let shown: Vec<Value> = staff.iter().map(|view| named(&ask, view)).collect();
    Ok(Reply::data(&shown))
}

fn named(ask: &Request, view: &AccountView) -> Value {
    let account = &view.account;
    json!({ "uid": ask.ids.uid(account.id), "name": name(account) })
}

/// 14: whom the caller has blocked.
pub async fn blocked(ask: Authed) -> Answer {
    let contacts = &ask.services.contacts;
    let blocked = contacts.list(ask.me(), ContactList::Blocked).await?;
    let shown: Vec<Value> = blocked
        .iter()
        .map(|blocked| {
            let account = &blocked.account.account;
            let username = public_username(account);
            // The first spelling is the API's own.
            json!({
                "uid": ask.ids.uid(account.id),
                "name": name(account),
                "usename": username,
                "username": username,
            })
        })
        .collect();
    Ok(Reply::data(&shown))
}

/// The name that somebody logs in with, unless it is how to reach them, which is for themselves to tell.
fn public_username(account: &Account) -> &str {
    let is_number = account.name.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || account.name.contains('@') {
        ""
    } else {
        &account.name
    }
}

/// 15: unblocks somebody; who is not blocked stays as they are.
pub async fn unblock(ask: Authed) -> Answer {
    let account = blockable(&ask)?;
    let contacts = &ask.services.contacts;
    match contacts
        .unblock(ask.me(), account, AfterBlock::Contact)
        .await
    {
        Err(error) if error.kind() == ErrorKind::NotBlocked => {
            ask.services.accounts.view(ask.me(), account).await?;
        }
        done => done?,
    }
    Ok(Reply::ok())
}

/// 16: blocks somebody.
pub async fn block(ask: Authed) -> Answer {
    let account = blockable(&ask)?;
    ask.services.contacts.block(ask.me(), account).await?;
    Ok(Reply::ok())
}

fn blockable(ask: &Authed) -> Result<AccountId, Failure> {
    if ask.path("uid").trim().is_empty() {
        return Err(Failure::said("添加黑名单的用户ID不能空！"));
    }
    ask.account_in_path("uid")
}

/// 20: where the sockets are. Whatever is not configured is reached by the host that the client used.
pub async fn sockets(ask: Anyone) -> Answer {
    let config = &ask.services.core.config;
    let (host, wukong) = (ask.host(), &config.wukong);
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()))
        .map_or(host.as_str(), |(name, _)| name);
    let or = |configured: &str, derived: String| {
        if configured.is_empty() {
            derived
        } else {
            configured.to_owned()
        }
    };
    let tcp = wukong.tcp().map(|at| format!("{name}:{}", at.port()));
    let path = format!("{}/ws", super::BASE);
    let ws = match wukong.ws() {
        Some(at) => format!("ws://{name}:{}", at.port()),
        None => format!("ws://{host}{path}"),
    };
    let secure = config.server.public_url.strip_prefix("https://");
    let wss = secure.map(|public| format!("wss://{}{path}", public.trim_end_matches('/')));
    Ok(Reply::data(&json!({
        "tcp_addr": or(&wukong.tcp_address, tcp.unwrap_or_default()),
        "ws_addr": or(&wukong.ws_address, ws),
        "wss_addr": or(&wukong.wss_address, wss.unwrap_or_default()),
    })))
}

/// The keys of operation 21 that are no switches.
const PROFILE: &[&str] = &["sex", "short_no", "name", "msg_expire_second"];
/// Those that are.
const SWITCHABLE: &[&str] = &[
    "search_by_phone",
    "search_by_short",
    "new_msg_notice",
    "msg_show_detail",
    "voice_on",
    "shock_on",
];

/// 21: changes what the caller shows, and some of their switches.
pub async fn update(ask: Authed) -> Answer {
    let members = ask.args.members()?;
    let known = |key: &str| PROFILE.contains(&key) || SWITCHABLE.contains(&key);
    if let Some(key) = members.keys().find(|key| !known(key)) {
        return Err(Failure::said(format!("不允许更新【{key}】")));
    }
    let patch = ProfilePatch {
        nickname: new_name(&ask)?,
        gender: ask.args.int("sex")?.map(|sex| gender(sex).to_owned()),
        ..ProfilePatch::default()
    };
    let expire = ask.args.int("msg_expire_second")?;
    let expire = expire.map(|seconds| ("msg_expire_second".to_owned(), seconds.max(0)));
    let switches = switches(&ask.args, SWITCHABLE.iter().copied())?;
    let numbers: Numbers = switches.into_iter().chain(expire).collect();
    let accounts = &ask.services.accounts;
    // It can be chosen once only, and be refused: nothing else may fail after it, nor be changed before it.
    if let Some(short_no) = ask.args.text("short_no")? {
        accounts.set_short_no(ask.me(), short_no).await?;
    }
    if patch.nickname.is_some() || patch.gender.is_some() {
        accounts.update_profile(ask.me(), patch).await?;
    }
    if !numbers.is_empty() {
        let settings = &ask.services.client_settings;
        settings.patch(ask.me(), numbers).await?;
    }
    Ok(Reply::ok())
}

fn new_name(ask: &Authed) -> Result<Option<String>, Failure> {
    match ask.args.text("name")? {
        Some(name) if name.trim().is_empty() => Err(Failure::said("名字不能为空！")),
        Some(_) => Ok(ask.args.optional("name", NAME)?),
        None => Ok(None),
    }
}

/// 22: who of the caller's friends and partners is there now.
pub async fn online(ask: Authed) -> Answer {
    let accounts = &ask.services.accounts;
    let mut found = accounts.online(ask.caller, Whom::Partners).await?;
    found.retain(|seen| seen.presence.online);
    Ok(shown(&ask, &found))
}

/// 26: the same for friends: those who are there or have just left, or all that a list names.
pub async fn friends_online(ask: Authed) -> Answer {
    let whom = match ask.args.bare_texts()? {
        Some(names) => Whom::ContactsAmong(ask.accounts(&names)),
        None => Whom::Contacts,
    };
    let found = ask.services.accounts.online(ask.caller, whom).await?;
    Ok(shown(&ask, &found))
}

/// Whether the accounts that a list names are there.
pub async fn these_online(ask: Authed) -> Answer {
    let wanted = ask.args.bare_texts()?.unwrap_or_default();
    let whom = Whom::These(ask.accounts(&wanted));
    let found = ask.services.accounts.online(ask.caller, whom).await?;
    Ok(shown(&ask, &found))
}

/// The caller's own web pages and desktops, and which friends are there.
pub async fn all_online(ask: Authed) -> Answer {
    let settings = ask.services.client_settings.get(ask.me()).await?;
    let switches = read(&settings.prefs);
    let accounts = &ask.services.accounts;
    let myself = Whom::These(vec![ask.me()]);
    let own = accounts.online(ask.caller, myself).await?;
    let kinds = own.iter().flat_map(|own| &own.presence.kinds);
    let pc = kinds.copied().find(|kind| *kind != DeviceKind::App);
    let mut found = accounts.online(ask.caller, Whom::Contacts).await?;
    found.retain(|seen| seen.presence.online);
    let friends: Vec<Value> = found.iter().map(|seen| presence(&ask, seen)).collect();
    let mut answer = json!({ "friends": friends });
    if let Some(kind) = pc {
        answer["pc"] = json!({
            "online": 1,
            "device_flag": kind as i16,
            "mute_of_app": switches.get("mute_of_app").copied().unwrap_or_default(),
        });
    }
    Ok(Reply::data(&answer))
}

fn shown(ask: &Authed, found: &[Online]) -> Reply {
    let shown: Vec<Value> = found.iter().map(|seen| presence(ask, seen)).collect();
    Reply::data(&shown)
}

fn presence(ask: &Authed, online: &Online) -> Value {
    let (account, seen) = (&online.account.account, &online.presence);
    json!({
        "uid": ask.ids.uid(account.id),
        "name": name(account),
        "online": u8::from(seen.online),
        "device_flag": device_flag(&seen.kinds),
        "last_offline": seen.left_at / 1000,
    })
}

/// The prefix of the country whose numbers are kept without one.
pub fn home_zone(ask: &Request) -> &str {
    &ask.services.core.config.wukong.home_zone
}
