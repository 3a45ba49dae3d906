//! What is proved of an account that is known already.

use super::{CodeProof, Login, Medium, PictureAnswer, Scope, target};
use crate::domain::{AccountId, time};
use crate::error::{ErrorKind, Result};
use crate::service::standings::check_password;
use crate::store::{AnyConnection, accounts};
use std::net::IpAddr;

impl Login {
    /// Checks the answer to a picture, if the policy asks for one. [`ErrorKind::CodeExpired`], [`ErrorKind::CodeWrong`].
    pub fn check_picture(&self, scope: Scope, answer: &PictureAnswer) -> Result<()> {
        self.core.check_picture(scope, answer)
    }

    /// Sends a code to the phone number of an account. Where there is none nothing is sent, and nobody can tell, not
    /// even by the time it takes.
    ///
    /// [`ErrorKind::Invalid`], [`ErrorKind::CodesTooOften`].
    pub async fn send_code_to_owner(&self, to: String, from: IpAddr, digits: usize) -> Result<()> {
        let to = target(Medium::Sms, &to)?;
        let codes = &self.core.codes;
        let code = codes.new_code(Medium::Sms, &to, from, digits, time::now())?;
        if !self.knows_mobile(to.clone()).await? {
            codes.forget(Medium::Sms, &to);
            return Ok(());
        }
        let login = Self::new(self.core.clone());
        tokio::spawn(async move {
            if let Err(fault) = login.deliver(Medium::Sms, &to, &code).await {
                login.core.codes.forget(Medium::Sms, &to);
                log::error!("a code could not be delivered: {fault}");
            }
        });
        Ok(())
    }

    /// Refuses what cannot be a password. [`ErrorKind::Invalid`].
    pub fn check_new_password(&self, password: &str) -> Result<()> {
        check_password(password)
    }

    /// Whether a password is that of an account that is known otherwise. [`ErrorKind::LoginsExhausted`],
    /// [`ErrorKind::WrongPassword`].
    pub async fn check_password_of(&self, account: AccountId, password: String) -> Result<()> {
        self.core.check_own_password(account, password).await
    }

    /// Gives the account with a phone number another password, if it is the one of that name: all tokens are void, all sockets
    /// closed.
    ///
    /// In this order: [`ErrorKind::Invalid`], [`ErrorKind::CodeExpired`], [`ErrorKind::CodeWrong`],
    /// [`ErrorKind::AccountUnknown`].
    pub async fn reset_password_of(
        &self,
        name: String,
        proof: CodeProof,
        password: String,
    ) -> Result<()> {
        let mobile = target(Medium::Sms, &proof.to)?;
        check_password(&password)?;
        self.core.check_proof(Medium::Sms, &mobile, &proof)?;
        let find = move |conn: &mut AnyConnection| accounts::by_mobile(conn, &mobile);
        let account = self.core.store.read(find).await?;
        let account = account.filter(|account| account.name == name);
        let account = account.ok_or(ErrorKind::AccountUnknown)?;
        self.core.set_password(account.id, password).await
    }
}
