//! Registration: who may register, and how an account comes to be.

mod han;
mod made;
#[cfg(test)]
mod tests;

pub use made::NewUser;

use super::accounts::checked;
use super::login::{CodeProof, LoggedIn, PictureAnswer};
use super::policy::Policy;
use super::standings::check_password;
use super::{Core, fields, opaque};
use crate::auth::{Medium, Scope};
use crate::domain::time::{self, DAY, Millis};
use crate::domain::{Account, AccountId};
use crate::error::{Error, ErrorKind, Result};
use crate::store::accounts::{NewAccount, ProfilePatch};
use crate::store::signup_addresses::Rate;
use crate::store::{AnyConnection, accounts, contacts, invites, signup_addresses};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// Characters an invite code may have.
const INVITE: usize = 50;

/// On what a client runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// An Android handset.
    Android,
    /// An iPhone or iPad.
    Ios,
    /// A web page on a handset.
    H5,
    /// A web page on a desktop.
    Web,
    /// A desktop program.
    Pc,
    /// The client does not say.
    Unknown,
}

impl Platform {
    /// The platform behind a word; words that are none of ours say nothing.
    pub fn parse(word: &str) -> Self {
        match word {
            "android" => Self::Android,
            "ios" => Self::Ios,
            "h5" => Self::H5,
            "web" => Self::Web,
            "pc" => Self::Pc,
            _ => Self::Unknown,
        }
    }
}

/// A registration by name.
#[derive(Clone)]
pub struct Registration {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// On what the client runs.
    pub platform: Platform,
    /// An invite code, or empty.
    pub invite_code: String,
    /// What the account shows of itself from the beginning; its name is the login name when there is none.
    pub profile: ProfilePatch,
    /// A phone number that the applicant proves to own, if there is one.
    pub mobile: Option<String>,
    /// Who is on the contact list from the beginning.
    pub companions: Companions,
}

/// A registration by a phone number that was proved.
#[derive(Clone)]
pub struct MobileRegistration {
    /// The number, and the code that was sent there.
    pub proof: CodeProof,
    /// The password.
    pub password: String,
    /// On what the client runs.
    pub platform: Platform,
    /// An invite code, or empty.
    pub invite_code: String,
    /// The name shown to others.
    pub nickname: String,
}

/// Who is on a new account's contact list. Dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Companions {
    /// Nobody.
    Nobody,
    /// The platform's own accounts, see [`super::opaque::System`].
    System,
}

/// What an applicant proved to own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    /// Nothing: a name and a password.
    Name,
    /// An e-mail address.
    Email,
    /// A phone number.
    Mobile,
}

/// Somebody who wants to register.
#[derive(Debug, Clone)]
pub(super) struct Applicant {
    pub via: Via,
    /// The name, e-mail address in lower case, or phone number.
    pub login: String,
    /// A phone number that was proved besides.
    pub mobile: Option<String>,
    pub platform: Platform,
    pub invite_code: String,
    pub from: IpAddr,
}

/// The use cases.
pub struct Signup {
    core: Arc<Core>,
}

impl Signup {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Registers a name with a password, and logs the new account in.
    ///
    /// In this order: [`ErrorKind::Invalid`]; when pictures are asked for, [`ErrorKind::CodeExpired`] and
    /// [`ErrorKind::CodeWrong`]; [`ErrorKind::SignupClosed`], [`ErrorKind::InviteInvalid`], [`ErrorKind::AddressBanned`],
    /// [`ErrorKind::AddressLimited`], [`ErrorKind::NameNotAllowed`], [`ErrorKind::NameTaken`].
    pub async fn register(
        &self,
        new: Registration,
        picture: PictureAnswer,
        from: IpAddr,
    ) -> Result<LoggedIn> {
        let application = application(new, from)?;
        self.core.check_picture(Scope::Register, &picture)?;
        let account = self.admit(application).await?;
        self.core.logged_in(&account).await
    }

    /// Registers a phone number with a password, with the platform's own accounts as contacts.
    ///
    /// In this order: [`ErrorKind::Invalid`], [`ErrorKind::CodeExpired`], [`ErrorKind::CodeWrong`],
    /// [`ErrorKind::MobileSignupClosed`], and whatever else [`Signup::register`] says.
    pub async fn register_mobile(
        &self,
        new: MobileRegistration,
        from: IpAddr,
    ) -> Result<AccountId> {
        let MobileRegistration {
            proof,
            password,
            platform,
            invite_code,
            nickname,
        } = new;
        let mobile = proof.to.trim().to_owned();
        fields::filled("phone", &mobile, 50)?;
        check_password(&password)?;
        let applicant = Applicant {
            via: Via::Mobile,
            login: mobile,
            mobile: None,
            platform,
            invite_code,
            from,
        };
        applicant.check()?;
        let beginning = Beginning {
            profile: checked(ProfilePatch {
                nickname: Some(nickname),
                ..ProfilePatch::default()
            })?,
            companions: Companions::System,
        };
        self.core
            .check_proof(Medium::Sms, &applicant.login, &proof)?;
        let application = Application {
            applicant,
            password,
            beginning,
        };
        Ok(self.admit(application).await?.id)
    }

    async fn admit(&self, application: Application) -> Result<Account> {
        let Application {
            applicant,
            password,
            beginning,
        } = application;
        // Asked before the password is hashed, which is expensive, and again when nothing else can come between.
        self.check_admission(applicant.clone()).await?;
        let policy = self.core.settings.policy();
        let hash = self.core.passwords.hash(password).await?;
        let enrol = move |conn: &mut AnyConnection| {
            let account = enrol(conn, &policy, &applicant, Some(hash), time::now())?;
            begin(conn, account, beginning, time::now())
        };
        let (account, companions) = self.core.store.write(enrol).await?;
        self.core.hub.refresh(account.id);
        if let Some(companions) = companions {
            self.core.system.note(companions);
        }
        Ok(account)
    }

    async fn check_admission(&self, applicant: Applicant) -> Result<()> {
        let policy = self.core.settings.policy();
        let may = move |conn: &mut AnyConnection| admit(conn, &policy, &applicant, time::now());
        self.core.store.read(may).await
    }
}

/// Who wants to register, and with what.
pub struct Application {
    applicant: Applicant,
    password: String,
    beginning: Beginning,
}

/// An application by name, if all of it fits. [`ErrorKind::Invalid`].
pub fn application(new: Registration, from: IpAddr) -> Result<Application> {
    let Registration {
        name,
        password,
        platform,
        invite_code,
        profile,
        mobile,
        companions,
    } = new;
    fields::filled("account", &name, 50)?;
    check_password(&password)?;
    let applicant = Applicant {
        via: Via::Name,
        login: name,
        mobile: mobile.map(|mobile| mobile.trim().to_owned()),
        platform,
        invite_code,
        from,
    };
    applicant.check()?;
    let beginning = Beginning {
        profile: checked(profile)?,
        companions,
    };
    Ok(Application {
        applicant,
        password,
        beginning,
    })
}

/// What an account begins with besides its login.
struct Beginning {
    profile: ProfilePatch,
    companions: Companions,
}

/// Gives a new account what it begins with, and the platform's own accounts if it needed them.
fn begin(
    conn: &mut AnyConnection,
    mut account: Account,
    beginning: Beginning,
    now: Millis,
) -> Result<(Account, Option<opaque::SystemAccounts>)> {
    show(conn, &mut account, beginning.profile, now)?;
    if beginning.companions == Companions::Nobody {
        return Ok((account, None));
    }
    let system = opaque::SystemAccounts::ensure(conn, now)?;
    for companion in [system.notices, system.files] {
        contacts::list_both(conn, account.id, companion, now)?;
    }
    Ok((account, Some(system)))
}

/// Lets a new account show what it begins with.
fn show(
    conn: &mut AnyConnection,
    account: &mut Account,
    mut profile: ProfilePatch,
    now: Millis,
) -> Result<()> {
    profile.nickname = profile.nickname.filter(|nickname| !nickname.is_empty());
    if profile == ProfilePatch::default() {
        return Ok(());
    }
    accounts::update_profile(conn, account.id, &profile, now)?;
    if let Some(nickname) = profile.nickname {
        account.profile.nickname = nickname;
    }
    Ok(())
}

impl Applicant {
    /// Refuses what has no place in the store.
    pub(super) fn check(&self) -> Result<()> {
        fields::at_most("inviteCode", &self.invite_code, INVITE)
    }

    /// The network address as the store knows it.
    pub(super) fn address(&self) -> String {
        self.from.to_canonical().to_string()
    }

    fn is_from(&self, networks: &[IpNet]) -> bool {
        is_listed(networks, self.from)
    }
}

/// Whether an address is in one of the networks.
pub(super) fn is_listed(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

/// Adds the applicant's account, if they may register, and notes its first login.
pub(super) fn enrol(
    conn: &mut AnyConnection,
    policy: &Policy,
    applicant: &Applicant,
    password: Option<String>,
    now: Millis,
) -> Result<Account> {
    admit(conn, policy, applicant, now)?;
    let owned = |via| (applicant.via == via).then(|| applicant.login.clone());
    let new = NewAccount {
        name: applicant.login.clone(),
        email: owned(Via::Email),
        mobile: owned(Via::Mobile).or_else(|| applicant.mobile.clone()),
        password,
        avatar: policy.default_avatar.clone(),
        invite_code: applicant.invite_code.clone(),
    };
    let id = accounts::insert(conn, &new, now)?;
    let account =
        accounts::find(conn, id)?.ok_or_else(|| Error::internal("a new account is missing"))?;
    accounts::record_login(conn, &account, &applicant.address(), now)?;
    if policy.invite_required {
        invites::count_use(conn, &applicant.invite_code)?;
    }
    if !applicant.is_from(&policy.signup_whitelist) {
        let lock = policy.signup_lock_days.saturating_mul(DAY);
        signup_addresses::count(
            conn,
            &applicant.address(),
            Rate {
                signups: policy.signup_rate,
                lock,
            },
            now,
        )?;
    }
    Ok(account)
}

/// Whether the applicant may register.
fn admit(
    conn: &mut AnyConnection,
    policy: &Policy,
    applicant: &Applicant,
    now: Millis,
) -> Result<()> {
    check_open(policy, applicant)?;
    if policy.invite_required {
        let invite = invites::find(conn, &applicant.invite_code)?;
        invite
            .filter(|invite| !invite.locked)
            .ok_or(ErrorKind::InviteInvalid)?;
    }
    if !applicant.is_from(&policy.signup_whitelist) {
        if applicant.is_from(&policy.signup_blacklist) {
            return Err(ErrorKind::AddressBanned.into());
        }
        if signup_addresses::is_locked(conn, &applicant.address(), now)? {
            return Err(ErrorKind::AddressLimited.into());
        }
    }
    if applicant.via == Via::Name {
        check_name(&applicant.login)?;
    }
    check_free(conn, &applicant.login)?;
    match &applicant.mobile {
        Some(mobile) => check_free(conn, mobile),
        None => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), ErrorKind> {
    if name.chars().any(han::is_han) {
        return Err(ErrorKind::NameNotAllowed);
    }
    Ok(())
}

/// Whether nobody logs in under a text yet.
fn check_free(conn: &mut AnyConnection, login: &str) -> Result<()> {
    if opaque::is_reserved(login) || accounts::is_login_taken(conn, login)? {
        return Err(ErrorKind::NameTaken.into());
    }
    Ok(())
}

/// Whether registrations are open at all by this way and from this platform.
fn check_open(policy: &Policy, applicant: &Applicant) -> Result<(), ErrorKind> {
    let (open, closed) = match applicant.via {
        Via::Name => (policy.signup_by_name, ErrorKind::SignupClosed),
        Via::Email => (policy.signup_by_email, ErrorKind::EmailSignupClosed),
        Via::Mobile => (policy.signup_by_mobile, ErrorKind::MobileSignupClosed),
    };
    if !open {
        return Err(closed);
    }
    let open = match applicant.platform {
        Platform::Android | Platform::Ios | Platform::H5 => policy.signup_from_handsets,
        Platform::Web | Platform::Pc => policy.signup_from_desktops,
        Platform::Unknown => true,
    };
    if open {
        Ok(())
    } else {
        Err(ErrorKind::SignupClosed)
    }
}
