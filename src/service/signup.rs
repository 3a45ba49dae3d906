//! Registration: who may register, and how an account comes to be.

mod han;

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
    /// The name shown to others; the login name when there is none.
    pub nickname: Option<String>,
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
        let Registration {
            name,
            password,
            platform,
            invite_code,
            nickname,
            companions,
        } = new;
        fields::filled("account", &name, 50)?;
        check_password(&password)?;
        let applicant = Applicant {
            via: Via::Name,
            login: name,
            platform,
            invite_code,
            from,
        };
        applicant.check()?;
        check_nickname(nickname.as_deref())?;
        self.core.check_picture(Scope::Register, &picture)?;
        let beginning = Beginning {
            nickname,
            companions,
        };
        let account = self.admit(applicant, password, beginning).await?;
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
            platform,
            invite_code,
            from,
        };
        applicant.check()?;
        check_nickname(Some(&nickname))?;
        self.core
            .check_proof(Medium::Sms, &applicant.login, &proof)?;
        let beginning = Beginning {
            nickname: Some(nickname),
            companions: Companions::System,
        };
        Ok(self.admit(applicant, password, beginning).await?.id)
    }

    async fn admit(
        &self,
        applicant: Applicant,
        password: String,
        beginning: Beginning,
    ) -> Result<Account> {
        let policy = self.core.settings.policy();
        // Asked before the password is hashed, which is expensive, and again when nothing else can come between.
        let (rules, asking) = (policy.clone(), applicant.clone());
        self.core
            .store
            .read(move |conn| admit(conn, &rules, &asking, time::now()))
            .await?;
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
}

/// What an account begins with besides its login.
struct Beginning {
    nickname: Option<String>,
    companions: Companions,
}

/// Gives a new account what it begins with, and the platform's own accounts if it needed them.
fn begin(
    conn: &mut AnyConnection,
    mut account: Account,
    beginning: Beginning,
    now: Millis,
) -> Result<(Account, Option<opaque::SystemAccounts>)> {
    if let Some(nickname) = beginning.nickname.filter(|nickname| !nickname.is_empty()) {
        let patch = ProfilePatch {
            nickname: Some(nickname.clone()),
            ..ProfilePatch::default()
        };
        accounts::update_profile(conn, account.id, &patch, now)?;
        account.profile.nickname = nickname;
    }
    if beginning.companions == Companions::Nobody {
        return Ok((account, None));
    }
    let system = opaque::SystemAccounts::ensure(conn, now)?;
    for companion in [system.notices, system.files] {
        contacts::list_both(conn, account.id, companion, now)?;
    }
    Ok((account, Some(system)))
}

fn check_nickname(nickname: Option<&str>) -> Result<()> {
    fields::at_most("nickname", nickname.unwrap_or_default(), 50)
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
        mobile: owned(Via::Mobile),
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
    if applicant.via == Via::Name && applicant.login.chars().any(han::is_han) {
        return Err(ErrorKind::NameNotAllowed.into());
    }
    if opaque::is_reserved(&applicant.login) || accounts::is_login_taken(conn, &applicant.login)? {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn applicant(via: Via, platform: Platform) -> Applicant {
        let from = IpAddr::from([192, 0, 2, 1]);
        Applicant {
            via,
            login: "ann".to_owned(),
            platform,
            invite_code: String::new(),
            from,
        }
    }

    fn policy(closed: &'static str) -> Policy {
        Policy::parse(|name| if name == closed { "false" } else { "true" }).unwrap()
    }

    #[test]
    fn each_way_to_register_has_its_own_switch() {
        let cases = [
            (Via::Name, "register_account", ErrorKind::SignupClosed),
            (Via::Email, "register_email", ErrorKind::EmailSignupClosed),
            (Via::Mobile, "register_sms", ErrorKind::MobileSignupClosed),
        ];
        for (via, switch, closed) in cases {
            let applicant = applicant(via, Platform::Android);
            assert_eq!(check_open(&policy(switch), &applicant), Err(closed));
            assert_eq!(check_open(&policy(""), &applicant), Ok(()));
        }
    }

    #[test]
    fn handsets_and_desktops_have_a_switch_each() {
        let closed = |switch, platform: &str| {
            check_open(
                &policy(switch),
                &applicant(Via::Email, Platform::parse(platform)),
            )
            .is_err()
        };
        for platform in ["android", "ios", "h5"] {
            assert!(
                closed("register_mobile", platform) && !closed("register_pc", platform),
                "{platform}"
            );
        }
        for platform in ["web", "pc"] {
            assert!(
                closed("register_pc", platform) && !closed("register_mobile", platform),
                "{platform}"
            );
        }
        for platform in ["", "unknown", "toaster"] {
            assert!(
                !closed("register_pc", platform) && !closed("register_mobile", platform),
                "{platform}"
            );
        }
    }

    #[test]
    fn an_address_is_listed_by_itself_or_by_its_network() {
        let networks: [IpNet; 2] = [
            "192.0.2.0/24".parse().unwrap(),
            "2001:db8::1/128".parse().unwrap(),
        ];
        let listed = |address: &str| is_listed(&networks, address.parse().unwrap());
        assert!(listed("192.0.2.77") && listed("::ffff:192.0.2.77") && listed("2001:db8::1"));
        assert!(!listed("198.51.100.1") && !listed("2001:db8::2"));
        assert!(
            !is_listed(&[], IpAddr::from([192, 0, 2, 1])),
            "an empty list holds nobody"
        );
    }
}
