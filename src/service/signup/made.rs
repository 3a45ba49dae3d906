//! Accounts that somebody else makes, another server or a paying member; and those of applicants who proved what they had to.

use super::{Applicant, Application, Signup, check_free, check_name, show};
use crate::domain::{AccountId, time};
use crate::error::{Error, ErrorKind, Result};
use crate::service::accounts::checked;
use crate::service::fields;
use crate::service::login::{CodeProof, Medium};
use crate::service::standings::check_password;
use crate::store::AnyConnection;
use crate::store::account_extras::{self, Extras};
use crate::store::accounts::{self, NewAccount, ProfilePatch};

/// An account to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The name to log in with.
    pub name: String,
    /// The password.
    pub password: String,
    /// What it shows of itself.
    pub profile: ProfilePatch,
}

impl Signup {
    /// Registers a name with a password for somebody who has read their picture before, if one is asked for.
    ///
    /// What [`Signup::register`] says, but nothing of pictures, and then of the code that was sent to the phone number, which is
    /// used up once everything else fits: [`ErrorKind::CodeExpired`], [`ErrorKind::CodeWrong`]; [`ErrorKind::NameTaken`] when
    /// somebody has that number.
    pub async fn register_proved(
        &self,
        application: Application,
        proof: Option<CodeProof>,
    ) -> Result<AccountId> {
        // Whether somebody has a number is for its owner only.
        let unproved = Applicant {
            mobile: None,
            ..application.applicant.clone()
        };
        self.check_admission(unproved).await?;
        if let Some(proof) = proof {
            let mobile = proof.to.trim();
            self.core.check_proof(Medium::Sms, mobile, &proof)?;
        }
        Ok(self.admit(application).await?.id)
    }

    /// Makes an account, whether registration is open or not. One that an account makes belongs to it.
    ///
    /// In this order: [`ErrorKind::Invalid`]; [`ErrorKind::NotManager`] when an account makes it that is no paying member;
    /// [`ErrorKind::NameNotAllowed`], [`ErrorKind::NameTaken`].
    pub async fn make(&self, new: NewUser, parent: Option<AccountId>) -> Result<AccountId> {
        let NewUser {
            name,
            password,
            profile,
        } = new;
        fields::filled("account", &name, 50)?;
        check_password(&password)?;
        let profile = checked(profile)?;
        let asked = name.clone();
        // Asked before the password is hashed, which is expensive, and again when nothing else can come between.
        let may = move |conn: &mut AnyConnection| check(conn, &asked, parent);
        self.core.store.read(may).await?;
        let hash = self.core.passwords.hash(password).await?;
        let policy = self.core.settings.policy();
        let make = move |conn: &mut AnyConnection| {
            check(conn, &name, parent)?;
            let new = NewAccount {
                name,
                email: None,
                mobile: None,
                password: Some(hash),
                avatar: policy.default_avatar.clone(),
                invite_code: String::new(),
            };
            let now = time::now();
            let id = accounts::insert(conn, &new, now)?;
            let account = accounts::find(conn, id)?;
            let mut account = account.ok_or_else(|| Error::internal("a new account is missing"))?;
            show(conn, &mut account, profile, now)?;
            if parent.is_some() {
                let extras = Extras {
                    parent,
                    ..Extras::default()
                };
                account_extras::put(conn, id, extras)?;
            }
            Ok(id)
        };
        let id = self.core.store.write(make).await?;
        self.core.hub.refresh(id);
        Ok(id)
    }
}

fn check(conn: &mut AnyConnection, name: &str, parent: Option<AccountId>) -> Result<()> {
    if let Some(parent) = parent
        && !account_extras::of(conn, parent)?.paying
    {
        return Err(ErrorKind::NotManager.into());
    }
    check_name(name)?;
    check_free(conn, name)
}
