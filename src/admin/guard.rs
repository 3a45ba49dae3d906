//! Who asks: every handler that takes an [`Admin`] is closed to everybody else.

use super::problem::Problem;
use crate::dialect::caller;
use crate::error::{Error, ErrorKind, Result};
use crate::service::Services;
use crate::service::admins::AuditEntry;
use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use std::net::IpAddr;

/// An administrator who is logged in, and the use cases they may ask for.
pub(super) struct Admin {
    pub(super) name: String,
    pub(super) token: String,
    pub(super) services: web::Data<Services>,
    address: IpAddr,
}

impl Admin {
    /// Leaves an entry in the audit log. Passwords and bodies of messages have no place in it.
    pub(super) async fn did(
        &self,
        action: &str,
        target: impl ToString,
        before: impl Into<String>,
        after: impl Into<String>,
    ) -> Result<()> {
        let entry = AuditEntry {
            admin: self.name.clone(),
            address: self.address.to_string(),
            action: action.to_owned(),
            target: target.to_string(),
            before: before.into(),
            after: after.into(),
        };
        self.services.admins.audit(entry).await
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let services = request.app_data::<web::Data<Services>>().cloned();
        let token = bearer(request).map(str::to_owned);
        let address = caller::address(request);
        Box::pin(async move {
            let services =
                services.ok_or_else(|| Error::internal("the services are not mounted"))?;
            let token = token.ok_or(ErrorKind::NotLoggedIn)?;
            let name = services.admins.check(&token).await?;
            Ok(Self {
                name,
                token,
                services,
                address,
            })
        })
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    request
        .headers()
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}
