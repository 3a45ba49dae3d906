//! Operations 1 to 3, 5 to 10, 58 and 59: accounts, their passwords, and the codes that are texted for them.

use super::Answer;
use super::args::{at_most, bad, missing};
use super::caller::{Acting, Knowing, Open, Request, ServerOnly};
use super::ids::account_of;
use super::login::NO_LOGIN;
use super::reply::{BAD, Failure, Reply, WRONG_LOGIN, Wording};
use super::settings::Rules;
use super::types::group::Looks;
use super::types::user::{Brief, Stranger, User, is_friend};
use super::uploads::absolute;
use crate::domain::AccountId;
use crate::error::ErrorKind;
use crate::service::accounts::ProfilePatch;
use crate::service::login::{CodeProof, Medium};
use crate::service::signup::NewUser;
use serde_json::json;

/// Characters of a name to log in with.
const USERNAME: usize = 60;
/// Bytes of a name that is shown, and of a personal text.
const TEXT: usize = 256;
/// Bytes of a picture's address.
const AVATAR: usize = 1024;
/// Digits of a phone number.
const PHONE: std::ops::RangeInclusive<usize> = 5..=20;
/// Digits of a texted code.
const DIGITS: usize = 6;
/// The most accounts that one request may ask for.
const MOST: usize = 200;

/// The words for a code that does not fit.
const BAD_CODE: &str = "验证码错误或已过期";
const NO_SMS: &str = "短信服务未开通";

/// 1: texts a code for a registration or for a lost password.
pub async fn send_code(ask: Open) -> Answer {
    let phone = phone(&ask)?;
    let wanted = ask.args.need("type")?;
    check_sends_codes(&ask)?;
    let login = &ask.services.login;
    match wanted {
        "register" => {
            let sent = login.send_code(Medium::Sms, phone, ask.address, DIGITS);
            sent.await?;
        }
        "forget" => {
            let sent = login.send_code_to_owner(phone, ask.address, DIGITS);
            sent.await?;
        }
        _ => return Err(bad()),
    }
    Ok(Reply::nothing())
}

/// 2: texts a code to the caller's own number.
pub async fn send_password_code(ask: Acting) -> Answer {
    let phone = phone(&ask)?;
    if ask.args.need("type")? != "retrieve" {
        return Err(bad());
    }
    ask.may_write()?;
    check_sends_codes(&ask)?;
    if own_number(&ask).await?.as_ref() != Some(&phone) {
        return Err(Failure::code(BAD, "手机号不正确"));
    }
    let login = &ask.services.login;
    login
        .send_code(Medium::Sms, phone, ask.address, DIGITS)
        .await?;
    Ok(Reply::nothing())
}

/// 3: sets a new password by a texted code.
pub async fn forget_password(ask: Open) -> Answer {
    ask.limits.login(ask.address)?;
    let proof = proof(&ask)?;
    let name = ask.args.need("username")?.to_owned();
    let password = ask.args.need("newpass")?.to_owned();
    let login = &ask.services.login;
    let reset = login.reset_password_of(name, proof, password).await;
    reset.worded(&[(ErrorKind::AccountUnknown, BAD, BAD_CODE)])?;
    Ok(Reply::nothing())
}

/// 5: makes an account that belongs to the caller, who is a paying member.
pub async fn open_user(ask: Acting) -> Answer {
    ask.may_write()?;
    if !ask.by_server() {
        ask.limits.registration(ask.address)?;
    }
    make(&ask, Some(ask.me())).await
}

/// 6: makes an account.
pub async fn add(ServerOnly(ask): ServerOnly) -> Answer {
    make(&ask, None).await
}

async fn make(ask: &Request, parent: Option<AccountId>) -> Answer {
    let name = username(ask)?;
    ask.args.need("nickname")?;
    let new = NewUser {
        name,
        password: ask.args.need("password")?.to_owned(),
        profile: profile(ask)?,
    };
    let uid = ask.services.signup.make(new, parent).await?;
    Ok(Reply::data(&json!({ "uid": uid })))
}

/// 7: one account, by its id or its name; for servers also whether that is its password.
pub async fn get(ask: Knowing) -> Answer {
    let uid = match (ask.args.int("uid")?, ask.args.text("username")) {
        (Some(uid), _) => AccountId(uid),
        (None, Some(name)) => named(&ask, name).await?,
        (None, None) => return Err(missing()),
    };
    if let Some(password) = ask.args.text("password") {
        if !ask.by_server() {
            return Err(Failure::not_allowed());
        }
        if named(&ask, ask.args.need("username")?).await? != uid {
            return Err(ErrorKind::AccountUnknown.into());
        }
        let login = &ask.services.login;
        let checked = login.check_password_of(uid, password.to_owned()).await;
        checked.worded(&[(ErrorKind::WrongPassword, WRONG_LOGIN, NO_LOGIN)])?;
    }
    let viewer = ask.caller.map(|caller| caller.id);
    let card = ask.services.accounts.card(viewer, uid).await?;
    let looks = Looks::of(&ask.services.core);
    Ok(Reply::data(&User::of(looks, &card, viewer.is_some())))
}

/// 8: several accounts, in the order in which they are asked for.
pub async fn get_all(ask: Knowing) -> Answer {
    let uids = ask.args.need_accounts("uid")?;
    if uids.len() > MOST {
        return Err(bad());
    }
    let viewer = ask.caller.map(|caller| caller.id);
    let cards = ask.services.accounts.cards(viewer, uids.clone()).await?;
    let looks = Looks::of(&ask.services.core);
    let found = uids.iter().filter_map(|uid| cards.get(uid));
    let briefs: Vec<Brief> = found.map(|card| Brief::of(looks, card)).collect();
    Ok(Reply::data(&briefs))
}

/// 9: changes what the caller shows; servers also disable accounts and make them paying members.
pub async fn update(ask: Acting) -> Answer {
    let (profile, paying) = (profile(&ask)?, ask.args.flag("is_member")?);
    let disabled = match ask.args.text("account_state") {
        Some("normal") => Some(false),
        Some("disabled") => Some(true),
        Some(_) => return Err(bad()),
        None => None,
    };
    let shows = profile != ProfilePatch::default();
    let by_server_only = disabled.is_some() || paying.is_some();
    if !shows && !by_server_only {
        return Err(missing());
    }
    if by_server_only && !ask.by_server() {
        return Err(Failure::not_allowed());
    }
    if !by_server_only {
        ask.may_write()?;
    }
    let accounts = &ask.services.accounts;
    if shows {
        accounts.update_profile(ask.me(), profile).await?;
    }
    if let Some(disabled) = disabled {
        accounts.set_read_only(ask.me(), disabled).await?;
    }
    if let Some(paying) = paying {
        accounts.set_paying(ask.me(), paying).await?;
    }
    Ok(Reply::nothing())
}

/// 10: changes the caller's password, and ends the other logins.
pub async fn change_password(ask: Acting) -> Answer {
    let password = ask.args.need("password1")?.to_owned();
    let again = ask.args.need("password2")?;
    let old = match ask.args.text("password_old") {
        None if ask.by_server() => None,
        None => return Err(missing()),
        Some(old) => Some(old.to_owned()),
    };
    ask.may_write()?;
    if password != again {
        return Err(Failure::code(BAD, "两次输入的密码不一致"));
    }
    let login = &ask.services.login;
    login.check_new_password(&password)?;
    if !ask.by_server() {
        ask.limits.login(ask.address)?;
    }
    if let Some(old) = old {
        let checked = login.check_password_of(ask.me(), old).await;
        checked.worded(&[(ErrorKind::WrongPassword, WRONG_LOGIN, "原密码错误")])?;
    }
    if let Some(phone) = number_to_prove(&ask).await? {
        let code = ask.args.need("code")?;
        login.check_code(Medium::Sms, &texted(phone, code))?;
    }
    let accounts = &ask.services.accounts;
    accounts.change_password(ask.me(), password).await?;
    let sessions = &ask.services.web_sessions;
    match ask.session() {
        Some(session) => sessions.outlive(ask.me(), session).await?,
        None => sessions.end_all(ask.me(), None).await?,
    }
    Ok(Reply::nothing())
}

/// 58: one account. Strangers see little of it where profiles are hidden.
pub async fn detail(ask: Knowing) -> Answer {
    let uid = ask.args.need_account("uid")?;
    show(&ask, uid).await
}

/// 59: an account by its name, its number or its phone number.
pub async fn find(ask: Knowing) -> Answer {
    let text = ask.args.need("username")?;
    let viewer = ask.caller.map(|caller| caller.id);
    let uid = found(&ask, viewer, text).await?;
    show(&ask, uid).await
}

async fn show(ask: &Knowing, uid: AccountId) -> Answer {
    let viewer = ask.caller.map(|caller| caller.id);
    let card = ask.services.accounts.card(viewer, uid).await?;
    let looks = Looks::of(&ask.services.core);
    let open = Rules::of(&ask.services.settings).member_detail;
    if open || ask.by_server() || viewer == Some(uid) || is_friend(&card) {
        Ok(Reply::data(&User::of(looks, &card, viewer.is_some())))
    } else {
        Ok(Reply::data(&Stranger::of(looks, &card)))
    }
}

async fn found(ask: &Request, viewer: Option<AccountId>, text: &str) -> Result<AccountId, Failure> {
    let accounts = &ask.services.accounts;
    if let Some(named) = accounts.by_name(text.to_owned()).await? {
        return Ok(named);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = text.parse().ok().and_then(account_of);
    if let Some(account) = numbered.filter(|_| is_number)
        && accounts.standing(account).await?.is_some()
    {
        return Ok(account);
    }
    // By a phone number nobody is found who does not want to be.
    let called = match viewer.filter(|_| is_number) {
        Some(viewer) => accounts.find_exact(viewer, text.to_owned()).await?,
        None => None,
    };
    let account = called.map(|view| view.account.id);
    Ok(account.ok_or(ErrorKind::AccountUnknown)?)
}

async fn named(ask: &Request, name: &str) -> Result<AccountId, Failure> {
    let found = ask.services.accounts.by_name(name.to_owned()).await?;
    Ok(found.ok_or(ErrorKind::AccountUnknown)?)
}

/// The name of a new account.
pub fn username(ask: &Request) -> Result<String, Failure> {
    let name = ask.args.need("username")?;
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !plain || name.len() > USERNAME {
        return Err(Failure::code(BAD, "用户名只能由字母和数字组成"));
    }
    Ok(name.to_owned())
}

/// What an account shows from now on. An empty personal text is one, too.
pub fn profile(ask: &Request) -> Result<ProfilePatch, Failure> {
    let short = |text| at_most(text, TEXT).map(str::to_owned);
    let avatar = ask.args.text("avatar").map(picture).transpose()?;
    Ok(ProfilePatch {
        nickname: ask.args.text("nickname").map(short).transpose()?,
        intro: ask.args.present("sign").map(short).transpose()?,
        avatar: avatar.map(|avatar| absolute(&ask.services.core, avatar)),
        ..ProfilePatch::default()
    })
}

/// The address of a picture that clients would show: they take no others.
pub fn picture(url: &str) -> Result<&str, Failure> {
    let starts = ["/", "http://", "https://"];
    let is_address = starts.iter().any(|start| url.starts_with(start));
    if !is_address || url.to_ascii_lowercase().contains("javascript") {
        return Err(bad());
    }
    at_most(url, AVATAR)
}

/// Whether codes can be texted.
pub fn sends_codes(ask: &Request) -> bool {
    !ask.services.core.config.sms.gateway_url.is_empty()
}

fn check_sends_codes(ask: &Request) -> Result<(), Failure> {
    if sends_codes(ask) {
        Ok(())
    } else {
        Err(Failure::code(BAD, NO_SMS))
    }
}

/// A phone number.
fn phone(ask: &Request) -> Result<String, Failure> {
    let phone = ask.args.need("phone")?.trim();
    let digits = phone.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !PHONE.contains(&phone.len()) {
        return Err(Failure::code(BAD, "手机号不正确"));
    }
    Ok(phone.to_owned())
}

/// The proof of a phone number.
pub fn proof(ask: &Request) -> Result<CodeProof, Failure> {
    let phone = phone(ask)?;
    Ok(texted(phone, ask.args.need("code")?))
}

fn texted(to: String, code: &str) -> CodeProof {
    CodeProof {
        to,
        code: code.to_owned(),
        short: false,
    }
}

async fn own_number(ask: &Acting) -> Result<Option<String>, Failure> {
    let me = ask.services.accounts.me(ask.me()).await?;
    Ok(me.account.mobile)
}

/// The caller's phone number, if its owner has to prove to have it, and can.
async fn number_to_prove(ask: &Acting) -> Result<Option<String>, Failure> {
    if ask.by_server() || !sends_codes(ask) {
        return Ok(None);
    }
    own_number(ask).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_at_an_address_that_clients_show() {
        for url in [
            "/static/img/avatar.jpg",
            "//h/upload/a.png",
            "https://h/a",
            "http://h/a",
        ] {
            assert!(picture(url).is_ok(), "{url}");
        }
        let long = format!("/{}", "a".repeat(AVATAR));
        for url in [
            "a.png",
            "javascript:x",
            "/JavaScript:x",
            "data:image/png,x",
            &long,
        ] {
            assert!(picture(url).is_err(), "{url}");
        }
    }
}
