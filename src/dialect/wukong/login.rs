//! Operations 1, 2 and 17 to 19, and their like in the contract's section 7.2: registering, logging in, logging out.

use super::Answer;
use super::args::Args;
use super::caller::{Authed, Open, Request};
use super::reply::{BAD_CODE, Failure, Reply, Wording};
use super::types::user::LoginResp;
use super::{content, settings};

use crate::domain::AccountId;
use crate::domain::conversation::Target;
use crate::domain::presence::DeviceKind;
use crate::domain::time::DAY;
use crate::error::{Error, ErrorKind, Result};
use crate::service::accounts::ProfilePatch;
use crate::service::devices::DeviceInfo;
use crate::service::login::{CodeProof, Medium, PictureAnswer};
use crate::service::signup::{Companions, MobileRegistration, Platform, Registration};
use serde_json::{Map, Value, json};

/// Characters of a name to log in with.
const USERNAME: usize = 40;
/// Characters of such a name where clients are strict about it.
const STRICT_USERNAME: std::ops::RangeInclusive<usize> = 8..=22;
/// Characters of a name that is shown.
const NAME: usize = 50;
/// The fewest characters of a password.
const PASSWORD: usize = 6;
/// Characters of a country prefix, a phone number, a code, an invite code.
const SHORT: usize = 50;
/// Digits of a texted code.
const DIGITS: usize = 4;
/// The number that tells clients to prove their device.
const DEVICE_CHECK: u16 = 110;

const NO_USERNAME: &str = "用户名不能为空！";
const NO_PASSWORD: &str = "密码不能为空！";
const NO_CODE: &str = "验证码不能为空！";
const NO_SUCH_USER: &str = "该用户不存在";
const NAME_TAKEN: &str = "该用户名已存在";

/// Where a registration begins, the words for some errors differ.
const BY_NAME: &[(ErrorKind, &str)] = &[(ErrorKind::NameTaken, NAME_TAKEN)];

/// 1: registers a phone number by code, or a name.
pub async fn register(ask: Open) -> Answer {
    let has = |name| Ok::<_, Error>(ask.args.text(name)?.is_some_and(|text| !text.is_empty()));
    if has("zone")? || has("phone")? || !has("username")? {
        register_phone(ask).await
    } else {
        let name = ask.args.required("username", USERNAME, NO_USERNAME)?;
        register_name(ask, name).await
    }
}

/// Registers a name of 8 to 22 characters.
pub async fn register_strictly(ask: Open) -> Answer {
    let name = ask.args.required("username", usize::MAX, NO_USERNAME)?;
    if !STRICT_USERNAME.contains(&name.chars().count()) {
        return Err(Failure::said("用户名必须在8-22位"));
    }
    register_name(ask, name).await
}

async fn register_name(ask: Open, name: String) -> Answer {
    ask.limits.registration(ask.address)?;
    if without_home_zone(&ask, name.clone()) != name {
        // Who logs in by it is taken for the owner of the phone number.
        return Err(Failure::said(NAME_TAKEN));
    }
    let (password, kind) = (password(&ask.args, "password")?, kind(&ask.args)?);
    let device = device(&ask.args)?;
    let new = Registration {
        name,
        password,
        platform: platform(kind),
        invite_code: invite_code(&ask)?,
        profile: ProfilePatch {
            nickname: ask.args.optional("name", NAME)?,
            ..ProfilePatch::default()
        },
        mobile: None,
        companions: Companions::System,
    };
    let signup = &ask.services.signup;
    let registered = signup
        .register(new, PictureAnswer::default(), ask.address)
        .await
        .worded(BY_NAME)?;
    registered_as(&ask, registered.account, kind, device).await
}

async fn register_phone(ask: Open) -> Answer {
    ask.limits.registration(ask.address)?;
    let mobile = mobile(&ask)?;
    let code = ask.args.required("code", SHORT, NO_CODE)?;
    let (password, kind) = (password(&ask.args, "password")?, kind(&ask.args)?);
    let device = device(&ask.args)?;
    let new = MobileRegistration {
        proof: proof(mobile, code),
        password,
        platform: platform(kind),
        invite_code: invite_code(&ask)?,
        // The number is nobody else's business.
        nickname: ask.args.optional("name", NAME)?.unwrap_or_else(a_name),
    };
    let signup = &ask.services.signup;
    let account = signup.register_mobile(new, ask.address).await?;
    registered_as(&ask, account, kind, device).await
}

async fn registered_as(
    ask: &Open,
    account: AccountId,
    kind: DeviceKind,
    device: Option<DeviceInfo>,
) -> Answer {
    let entered = enter(ask, account, kind, device).await?;
    welcome(ask, account).await;
    Ok(Reply::data(&entered))
}

/// Any name to be shown.
fn a_name() -> String {
    format!("用户{:06}", rand::random_range(0..1_000_000))
}

/// A texted code, which has few digits.
fn proof(to: String, code: String) -> CodeProof {
    CodeProof {
        to,
        code,
        short: true,
    }
}

/// Greets whoever has registered or logged in, in the name of the platform. Whether that works is nothing to them.
async fn welcome(ask: &Request, account: AccountId) {
    let text = &ask.services.core.config.wukong.welcome_text;
    let Some(platform) = ask
        .services
        .core
        .system
        .notices()
        .filter(|_| !text.is_empty())
    else {
        return;
    };
    let draft = content::plain(text);
    let chat = &ask.services.chat;
    let greeted = chat.announce(platform, Target::Account(account), draft, None);
    if let Err(fault) = greeted.await {
        log::warn!("an account could not be greeted: {fault}");
    }
}

/// 2: logs in by name, or by country prefix and phone number, and password.
pub async fn log_in(ask: Open) -> Answer {
    ask.limits.login(ask.address)?;
    let name = ask.args.required("username", 2 * SHORT, NO_USERNAME)?;
    let password = ask.args.required("password", SHORT, NO_PASSWORD)?;
    if password.chars().count() < PASSWORD {
        return Err(Failure::said("密码不正确！"));
    }
    let (kind, device) = (kind(&ask.args)?, device(&ask.args)?);
    let login = &ask.services.login;
    let account = login
        .check_password(
            without_home_zone(&ask, name),
            password,
            PictureAnswer::default(),
            ask.address,
        )
        .await
        .worded(&[(ErrorKind::AccountUnknown, "用户不存在")])?
        .id;
    let device = device.unwrap_or_default();
    prove_device(&ask, account, &device, kind).await?;
    let entered = enter(&ask, account, kind, Some(device)).await?;
    welcome(&ask, account).await;
    Ok(Reply::data(&entered))
}

/// Refuses a device that the account does not know, if the account wants it so. One that says nothing of itself is unknown.
async fn prove_device(
    ask: &Open,
    account: AccountId,
    device: &DeviceInfo,
    kind: DeviceKind,
) -> Result<(), Failure> {
    let devices = &ask.services.devices;
    if !settings::locks_devices(ask, account).await? || devices.knows(account, device).await? {
        return Ok(());
    }
    let me = ask.services.accounts.me(account).await?;
    let Some(mobile) = me.account.mobile else {
        // There is no way in which it could prove itself.
        return Ok(());
    };
    devices.hold(account, device.clone(), kind);
    let mut extra = Map::new();
    extra.insert("uid".to_owned(), ask.ids.uid(account).to_string().into());
    extra.insert("phone".to_owned(), masked(&mobile));
    Err(Failure::numbered(DEVICE_CHECK, "需要验证手机号码！", extra))
}

/// 17: texts a code to the account whose device has to prove itself.
pub async fn send_device_code(ask: Open) -> Answer {
    let mobile = unproven(&ask).await?.mobile;
    let login = &ask.services.login;
    login
        .send_code(Medium::Sms, mobile, ask.address, DIGITS)
        .await?;
    Ok(Reply::ok())
}

/// 18: logs in on a device that proves itself by that code.
pub async fn log_in_by_code(ask: Open) -> Answer {
    ask.limits.login(ask.address)?;
    let code = ask.args.required("code", SHORT, NO_CODE)?;
    let unproven = unproven(&ask).await?;
    let login = &ask.services.login;
    login.check_code(Medium::Sms, &proof(unproven.mobile, code))?;
    let account = login.by_proof(unproven.account, ask.address).await?.id;
    let entered = enter(&ask, account, unproven.kind, Some(unproven.device)).await?;
    welcome(&ask, account).await;
    Ok(Reply::data_with_status(&entered))
}

/// A login whose device has to prove itself.
struct Unproven {
    account: AccountId,
    mobile: String,
    device: DeviceInfo,
    kind: DeviceKind,
}

/// The login without proof of its device that the request is about.
async fn unproven(ask: &Open) -> Result<Unproven, Failure> {
    let unknown = || Failure::said(NO_SUCH_USER);
    let uid = ask.args.text("uid")?.unwrap_or_default();
    let account = ask.ids.account(&uid).ok_or_else(unknown)?;
    // Nobody is texted who has not given the password a moment ago.
    let (device, kind) = ask
        .services
        .devices
        .held(account)
        .worded(&[(ErrorKind::DeviceUnproven, "登录设备已过期，请重新登录")])?;
    let mobile = ask.services.login.mobile_of(account).await;
    let mobile = mobile.worded(&[(ErrorKind::AccountUnknown, NO_SUCH_USER)])?;
    Ok(Unproven {
        account,
        mobile,
        device,
        kind,
    })
}

/// 19: texts a code for a registration, unless the number has an account.
pub async fn send_code(ask: Open) -> Answer {
    let mobile = mobile(&ask)?;
    let login = &ask.services.login;
    if login.knows_mobile(mobile.clone()).await? {
        return Ok(Reply::data_with_status(&json!({ "exist": 1 })));
    }
    login
        .send_code(Medium::Sms, mobile, ask.address, DIGITS)
        .await?;
    Ok(Reply::data_with_status(&json!({ "exist": 0 })))
}

/// Texts a code for a new password.
pub async fn send_reset_code(ask: Open) -> Answer {
    let mobile = mobile(&ask)?;
    let login = &ask.services.login;
    if !login.knows_mobile(mobile.clone()).await? {
        return Err(Failure::said(NO_SUCH_USER));
    }
    login
        .send_code(Medium::Sms, mobile, ask.address, DIGITS)
        .await?;
    Ok(Reply::ok())
}

/// Sets a new password by code.
pub async fn reset_password(ask: Open) -> Answer {
    ask.limits.login(ask.address)?;
    let to = mobile(&ask)?;
    let code = ask.args.required("code", SHORT, NO_CODE)?;
    let password = password(&ask.args, "pwd")?;
    let login = &ask.services.login;
    login
        .reset_password(Medium::Sms, proof(to, code), password)
        .await
        .worded(&[
            (ErrorKind::AccountUnknown, NO_SUCH_USER),
            (ErrorKind::CodeExpired, BAD_CODE),
        ])?;
    Ok(Reply::ok())
}

/// Ends the caller's login on this kind of device.
pub async fn quit(ask: Authed) -> Answer {
    ask.services.grants.withdraw(ask.me(), &[ask.kind]).await?;
    Ok(Reply::ok())
}

/// Ends the caller's logins on web pages and desktops.
pub async fn quit_desktops(ask: Authed) -> Answer {
    let kinds = [DeviceKind::Web, DeviceKind::Desktop];
    ask.services.grants.withdraw(ask.me(), &kinds).await?;
    ask.services.accounts.tell_logged_out(ask.me());
    Ok(Reply::ok())
}

/// What an account that has proved itself is given.
pub async fn enter(
    request: &Request,
    account: AccountId,
    kind: DeviceKind,
    device: Option<DeviceInfo>,
) -> Result<LoginResp, Failure> {
    let services = &request.services;
    if let Some(device) = device {
        services.devices.seen(account, device, kind).await?;
    }
    let config = &services.core.config.wukong;
    let age = config.token_days as i64 * DAY;
    let token = services.grants.issue(account, kind, age).await?;
    let me = services.accounts.me(account).await?;
    let settings = services.client_settings.get(account).await?;
    let uid = request.ids.uid(account);
    Ok(LoginResp::new(uid, token, me, settings, &config.home_zone))
}

/// The kind of device that `flag` names.
pub fn kind(args: &Args) -> Result<DeviceKind> {
    match args.int("flag")?.unwrap_or_default() {
        0 => Ok(DeviceKind::App),
        1 => Ok(DeviceKind::Web),
        2 => Ok(DeviceKind::Desktop),
        _ => Err(Error::invalid("field `flag`: 0, 1 or 2 is needed")),
    }
}

/// What the device says of itself.
fn device(args: &Args) -> Result<Option<DeviceInfo>> {
    args.object("device")?
        .map(|device| described(&device))
        .transpose()
}

/// What a device says of itself in fields of these names.
pub fn described(args: &Args) -> Result<DeviceInfo> {
    let text = |name| Ok::<_, Error>(args.text(name)?.unwrap_or_default());
    DeviceInfo::new(
        text("device_id")?,
        text("device_name")?,
        text("device_model")?,
    )
}

/// A phone number as accounts are found by it: the bare one at home, with the country's prefix elsewhere.
fn mobile(ask: &Request) -> Result<String, Failure> {
    let zone = ask.args.required("zone", SHORT, "区号不能为空！")?;
    let phone = ask.args.required("phone", SHORT, "手机号不能为空！")?;
    if zone == ask.services.core.config.wukong.home_zone {
        Ok(phone)
    } else {
        Ok(zone + &phone)
    }
}

/// A name to log in with; of a phone number at home the country's prefix is left out.
pub fn without_home_zone(ask: &Request, name: String) -> String {
    let zone = &ask.services.core.config.wukong.home_zone;
    let bare = name.strip_prefix(zone.as_str()).filter(|bare| {
        !zone.is_empty() && bare.len() >= 5 && bare.bytes().all(|byte| byte.is_ascii_digit())
    });
    bare.map(str::to_owned).unwrap_or(name)
}

fn password(args: &Args, name: &str) -> Result<String, Failure> {
    let password = args.required(name, SHORT, NO_PASSWORD)?;
    if password.chars().count() < PASSWORD {
        return Err(Failure::said("密码长度必须大于6位！"));
    }
    Ok(password)
}

fn invite_code(ask: &Open) -> Result<String, Failure> {
    let code = ask.args.optional("invite_code", SHORT)?;
    if code.is_none() && ask.services.settings.policy().invite_required {
        return Err(Failure::said("邀请码不能为空"));
    }
    Ok(code.unwrap_or_default())
}

/// The platform that the rules for registrations know a kind of device by.
fn platform(kind: DeviceKind) -> Platform {
    match kind {
        DeviceKind::App => Platform::Android,
        DeviceKind::Web => Platform::Web,
        DeviceKind::Desktop | DeviceKind::System => Platform::Pc,
    }
}

/// The first three and the last two digits.
fn masked(mobile: &str) -> Value {
    let digits: Vec<char> = mobile.chars().collect();
    let shown = |place: usize| place < 3 || place + 2 >= digits.len();
    let masked = digits.iter().enumerate();
    let masked: String = masked
        .map(|(place, digit)| if shown(place) { *digit } else { '*' })
        .collect();
    masked.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_shown_in_part() {
        assert_eq!(masked("13800000001"), "138******01");
        assert_eq!(masked("1"), "1");
    }

    #[test]
    fn a_flag_names_a_kind_of_device() {
        let kind = |body: &str| kind(&Args::read(body.as_bytes(), "").unwrap());
        assert_eq!(kind("{}").unwrap(), DeviceKind::App);
        assert_eq!(kind(r#"{"flag":"1"}"#).unwrap(), DeviceKind::Web);
        assert_eq!(kind(r#"{"flag":2}"#).unwrap(), DeviceKind::Desktop);
        assert!(kind(r#"{"flag":99}"#).is_err());
    }
}
