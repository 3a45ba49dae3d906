//! Logging in: by password, or by a code that was sent to an e-mail address or phone number.

mod known;

pub use crate::auth::{Medium, Picture, Scope};

use super::policy::Policy;
use super::signup::{self, Applicant, Platform, Via, is_listed};
use super::standings::check_password;
use super::{Core, fields};
use crate::auth::normal_email;
use crate::domain::time::{self, Millis};
use crate::domain::{Account, AccountId, AccountStatus};
use crate::error::{ErrorKind, Result};
use crate::store::{AnyConnection, accounts};
use std::net::IpAddr;
use std::sync::Arc;

/// The answer to a picture; both empty when the client sent none.
#[derive(Clone, Default)]
pub struct PictureAnswer {
    /// The picture's key.
    pub key: String,
    /// What it shows.
    pub digits: String,
    /// Whether the first wrong answer voids the picture. Dialects differ.
    pub once: bool,
}

/// Proof of owning an e-mail address or phone number.
#[derive(Clone)]
pub struct CodeProof {
    /// The address or number.
    pub to: String,
    /// The code sent there.
    pub code: String,
    /// Whether the code is so short that wrong ones lock the address or number for a while. Dialects differ.
    pub short: bool,
}

/// A login that worked.
#[derive(Clone)]
pub struct LoggedIn {
    /// Whose.
    pub account: AccountId,
    /// Its proof.
    pub token: String,
    /// The account has no password yet.
    pub needs_password: bool,
}

/// The use cases.
pub struct Login {
    core: Arc<Core>,
}

impl Login {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// A picture with a code. [`ErrorKind::CodesTooOften`], [`ErrorKind::Busy`].
    pub async fn new_picture(&self, scope: Scope, from: IpAddr) -> Result<Picture> {
        self.core.codes.new_picture(scope, from, time::now()).await
    }

    /// Sends a code of so many digits to an e-mail address or phone number, in place of an earlier one.
    ///
    /// [`ErrorKind::Invalid`], [`ErrorKind::CodesTooOften`], [`ErrorKind::DeliveryFailed`].
    pub async fn send_code(
        &self,
        medium: Medium,
        to: String,
        from: IpAddr,
        digits: usize,
    ) -> Result<()> {
        let to = target(medium, &to)?;
        let code = self
            .core
            .codes
            .new_code(medium, &to, from, digits, time::now())?;
        let sent = self.deliver(medium, &to, &code).await;
        if sent.is_err() {
            self.core.codes.forget(medium, &to);
        }
        sent
    }

    /// Checks a code that was sent, which is used up if it is right. [`ErrorKind::CodeExpired`], [`ErrorKind::CodeWrong`].
    pub fn check_code(&self, medium: Medium, proof: &CodeProof) -> Result<()> {
        let to = target(medium, &proof.to)?;
        self.core.check_proof(medium, &to, proof)
    }

    /// Whether an account has a phone number.
    pub async fn knows_mobile(&self, mobile: String) -> Result<bool> {
        let mobile = target(Medium::Sms, &mobile)?;
        let find = move |conn: &mut AnyConnection| accounts::by_mobile(conn, &mobile);
        Ok(self.core.store.read(find).await?.is_some())
    }

    /// The phone number of an account that wants to log in. [`ErrorKind::AccountUnknown`], also when it has none.
    pub async fn mobile_of(&self, account: AccountId) -> Result<String> {
        let find = move |conn: &mut AnyConnection| accounts::find(conn, account);
        let found = self.core.store.read(find).await?;
        let mobile = found.and_then(|account| account.mobile);
        Ok(mobile.ok_or(ErrorKind::AccountUnknown)?)
    }

    async fn deliver(&self, medium: Medium, to: &str, code: &str) -> Result<()> {
        let policy = self.core.settings.policy();
        match medium {
            Medium::Email => {
                let text = with_code(&policy.email_template, code);
                self.core
                    .mailer
                    .send(
                        to,
                        Some(policy.email_from.as_str()),
                        &policy.email_title,
                        &text,
                    )
                    .await
            }
            Medium::Sms => {
                let text = format!(
                    "【{}】 {}",
                    policy.sms_sign,
                    with_code(&policy.sms_template, code)
                );
                self.core.texter.send(to, &text).await
            }
        }
    }

    /// Logs in by name, e-mail address or phone number, and password. Says what [`Login::check_password`] does.
    pub async fn by_password(
        &self,
        account: String,
        password: String,
        picture: PictureAnswer,
        from: IpAddr,
    ) -> Result<LoggedIn> {
        let account = self
            .check_password(account, password, picture, from)
            .await?;
        self.core.logged_in(&account).await
    }

    /// The account that may log in by name, e-mail address or phone number, and password, with the login noted.
    ///
    /// In this order: [`ErrorKind::Invalid`]; when pictures are asked for, [`ErrorKind::CodeExpired`] and
    /// [`ErrorKind::CodeWrong`]; [`ErrorKind::AccountUnknown`], [`ErrorKind::AccountLocked`],
    /// [`ErrorKind::AddressNotAllowed`], [`ErrorKind::LoginsExhausted`], [`ErrorKind::WrongPassword`].
    pub async fn check_password(
        &self,
        account: String,
        password: String,
        picture: PictureAnswer,
        from: IpAddr,
    ) -> Result<Account> {
        fields::filled("account", &account, 100)?;
        check_password(&password)?;
        self.core.check_picture(Scope::Login, &picture)?;
        let found = self
            .core
            .store
            .read(move |conn| accounts::by_login(conn, &account))
            .await?;
        let (account, hash) = found.ok_or(ErrorKind::AccountUnknown)?;
        let policy = self.core.settings.policy();
        check_entry(&policy, &account, from)?;
        self.core
            .try_password(account.id, policy.login_failures, password, hash)
            .await?;
        self.enter(account, from).await
    }

    /// The account whose owner has proved otherwise who they are, with the login noted.
    ///
    /// [`ErrorKind::AccountUnknown`], [`ErrorKind::AccountLocked`], [`ErrorKind::AddressNotAllowed`].
    pub async fn by_proof(&self, account: AccountId, from: IpAddr) -> Result<Account> {
        let find = move |conn: &mut AnyConnection| accounts::find(conn, account);
        let account = self.core.store.read(find).await?;
        let account = account.ok_or(ErrorKind::AccountUnknown)?;
        check_entry(&self.core.settings.policy(), &account, from)?;
        self.enter(account, from).await
    }

    async fn enter(&self, account: Account, from: IpAddr) -> Result<Account> {
        let record = move |conn: &mut AnyConnection| {
            // Locked or given another password while this one was looked at: then this one is wrong now.
            if !accounts::record_login(
                conn,
                &account,
                &from.to_canonical().to_string(),
                time::now(),
            )? {
                return Err(ErrorKind::WrongPassword.into());
            }
            Ok(account)
        };
        self.core.store.write(record).await
    }

    /// Logs in by a code that was sent. Who has no account yet gets one, called by the address or number.
    ///
    /// In this order: [`ErrorKind::Invalid`], [`ErrorKind::CodeExpired`], [`ErrorKind::CodeWrong`]; for a known account
    /// [`ErrorKind::AccountLocked`], [`ErrorKind::AddressNotAllowed`]; for a new one [`ErrorKind::EmailSignupClosed`] or
    /// [`ErrorKind::MobileSignupClosed`], and whatever else [`super::signup::Signup::register`] says.
    pub async fn by_code(
        &self,
        medium: Medium,
        proof: CodeProof,
        platform: Platform,
        invite_code: String,
        from: IpAddr,
    ) -> Result<LoggedIn> {
        let login = target(medium, &proof.to)?;
        let via = match medium {
            Medium::Email => Via::Email,
            Medium::Sms => Via::Mobile,
        };
        let applicant = Applicant {
            via,
            login,
            mobile: None,
            platform,
            invite_code,
            from,
        };
        applicant.check()?;
        self.core.check_proof(medium, &applicant.login, &proof)?;
        let policy = self.core.settings.policy();
        let enter =
            move |conn: &mut AnyConnection| enter(conn, medium, &policy, &applicant, time::now());
        let account = self.core.store.write(enter).await?;
        self.core.failures.clear(account.id);
        self.core.logged_in(&account).await
    }

    /// Gives the account with an e-mail address or phone number another password: all tokens are void, all sockets closed.
    ///
    /// In this order: [`ErrorKind::Invalid`], [`ErrorKind::CodeExpired`], [`ErrorKind::CodeWrong`],
    /// [`ErrorKind::AccountUnknown`].
    pub async fn reset_password(
        &self,
        medium: Medium,
        proof: CodeProof,
        password: String,
    ) -> Result<()> {
        let to = target(medium, &proof.to)?;
        check_password(&password)?;
        self.core.check_proof(medium, &to, &proof)?;
        let account = self
            .core
            .store
            .read(move |conn| owner(conn, medium, &to))
            .await?;
        let account = account.ok_or(ErrorKind::AccountUnknown)?;
        self.core.set_password(account.id, password).await
    }
}

impl Core {
    /// Checks the answer to a picture, when the policy asks for one.
    pub(super) fn check_picture(&self, scope: Scope, answer: &PictureAnswer) -> Result<()> {
        if !self.settings.policy().captcha_required {
            return Ok(());
        }
        let PictureAnswer { key, digits, once } = answer;
        if *once {
            self.codes
                .check_picture_once(scope, key, digits, time::now())
        } else {
            self.codes.check_picture(scope, key, digits, time::now())
        }
    }

    /// Checks a code that was sent to an address or number, which is used up if it is right.
    pub(super) fn check_proof(&self, medium: Medium, to: &str, proof: &CodeProof) -> Result<()> {
        let now = time::now();
        if proof.short {
            self.codes.check_short_code(medium, to, &proof.code, now)
        } else {
            self.codes.check_code(medium, to, &proof.code, now)
        }
    }

    /// Checks the password of an account that is logged in already. [`ErrorKind::LoginsExhausted`],
    /// [`ErrorKind::WrongPassword`].
    pub(super) async fn check_own_password(
        &self,
        account: AccountId,
        password: String,
    ) -> Result<()> {
        let load = move |conn: &mut AnyConnection| match accounts::find(conn, account)? {
            Some(account) => accounts::by_login(conn, &account.name),
            None => Ok(None),
        };
        let (_, hash) = self
            .store
            .read(load)
            .await?
            .ok_or(ErrorKind::AccountUnknown)?;
        let limit = self.settings.policy().login_failures;
        self.try_password(account, limit, password, hash).await
    }

    async fn try_password(
        &self,
        account: AccountId,
        limit: i64,
        password: String,
        hash: Option<String>,
    ) -> Result<()> {
        self.failures.take(account, limit)?;
        let matches = match hash {
            Some(hash) => self.passwords.verify(password, hash).await,
            None => Ok(false),
        };
        match matches {
            Ok(true) => {
                self.failures.clear(account);
                Ok(())
            }
            Ok(false) => Err(ErrorKind::WrongPassword.into()),
            Err(error) => {
                self.failures.give_back(account);
                Err(error)
            }
        }
    }

    /// What is said to somebody whose login worked.
    pub(super) async fn logged_in(&self, account: &Account) -> Result<LoggedIn> {
        let token = self.token(account.id).await?;
        Ok(LoggedIn {
            account: account.id,
            token,
            needs_password: !account.has_password,
        })
    }
}

/// The e-mail address or phone number as accounts are found by it, if there can be such a one.
fn target(medium: Medium, text: &str) -> Result<String> {
    let (target, most) = match medium {
        Medium::Email => (normal_email(text), 100),
        Medium::Sms => (text.trim().to_owned(), 50),
    };
    fields::filled("the address or number", &target, most)?;
    Ok(target)
}

fn with_code(template: &str, code: &str) -> String {
    template.replacen("{code}", code, 1)
}

fn owner(conn: &mut AnyConnection, medium: Medium, to: &str) -> Result<Option<Account>> {
    match medium {
        Medium::Email => accounts::by_email(conn, to),
        Medium::Sms => accounts::by_mobile(conn, to),
    }
}

/// Whether an account may log in from an address.
fn check_entry(policy: &Policy, account: &Account, from: IpAddr) -> Result<(), ErrorKind> {
    if account.status == AccountStatus::Locked {
        return Err(ErrorKind::AccountLocked);
    }
    let limited = account.manager && policy.manager_addresses_limited;
    if limited && !is_listed(&policy.manager_addresses, from) {
        return Err(ErrorKind::AddressNotAllowed);
    }
    Ok(())
}

/// Logs the owner of an address or number in, or registers them.
fn enter(
    conn: &mut AnyConnection,
    medium: Medium,
    policy: &Policy,
    applicant: &Applicant,
    now: Millis,
) -> Result<Account> {
    let Some(account) = owner(conn, medium, &applicant.login)? else {
        return signup::enrol(conn, policy, applicant, None, now);
    };
    check_entry(policy, &account, applicant.from)?;
    accounts::record_login(conn, &account, &applicant.address(), now)?;
    Ok(account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Profile;

    fn account(status: AccountStatus, manager: bool) -> Account {
        Account {
            id: AccountId::FIRST,
            name: "ann".to_owned(),
            email: None,
            mobile: None,
            short_no: None,
            profile: Profile::default(),
            status,
            manager,
            has_password: true,
            created_at: 0,
            valid_from: 0,
        }
    }

    #[test]
    fn managers_log_in_from_listed_addresses_only() {
        let limited = Policy::parse(|name| match name {
            "manager_ip_limit" => "true",
            "manager_ip_whitelist" => "192.0.2.0/24",
            _ => "",
        });
        let limited = limited.unwrap();
        let (inside, outside) = (
            IpAddr::from([192, 0, 2, 9]),
            IpAddr::from([198, 51, 100, 9]),
        );
        let manager = account(AccountStatus::Normal, true);
        assert_eq!(check_entry(&limited, &manager, inside), Ok(()));
        assert_eq!(
            check_entry(&limited, &manager, outside),
            Err(ErrorKind::AddressNotAllowed)
        );
        assert_eq!(
            check_entry(&limited, &account(AccountStatus::Normal, false), outside),
            Ok(())
        );
        let open = Policy::parse(|_| "").unwrap();
        assert_eq!(check_entry(&open, &manager, outside), Ok(()));
        let locked = account(AccountStatus::Locked, true);
        assert_eq!(
            check_entry(&limited, &locked, outside),
            Err(ErrorKind::AccountLocked)
        );
    }

    #[test]
    fn only_the_first_place_of_a_code_is_filled() {
        assert_eq!(
            with_code("{code} is your code, not {code}", "01234"),
            "01234 is your code, not {code}"
        );
        assert_eq!(with_code("no place", "01234"), "no place");
    }

    #[test]
    fn an_address_is_trimmed_and_in_lower_case() {
        assert_eq!(
            target(Medium::Email, " Ann@Example.ORG ").unwrap(),
            "ann@example.org"
        );
        assert_eq!(
            target(Medium::Sms, " +8613800138000\n").unwrap(),
            "+8613800138000"
        );
        for nothing in ["", "  "] {
            assert_eq!(
                target(Medium::Email, nothing).unwrap_err().kind(),
                ErrorKind::Invalid
            );
        }
        assert!(target(Medium::Sms, &"1".repeat(51)).is_err());
    }
}
