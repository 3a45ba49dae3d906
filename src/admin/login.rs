//! Logging in and out, and the administrator's own password.

use super::guard::Admin;
use super::problem::Problem;
use crate::dialect::caller;
use crate::service::Services;
use actix_web::web::{Data, Json, ServiceConfig, post};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

/// What a login needs. Without `Debug`: there is a password in it.
#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

#[derive(Serialize)]
struct LoggedIn {
    name: String,
    token: String,
}

/// An old and a new password. Without `Debug`.
#[derive(Deserialize)]
struct Passwords {
    old: String,
    new: String,
}

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/login", post().to(login))
        .route("/logout", post().to(logout))
        .route("/password", post().to(set_password));
}

async fn login(
    request: HttpRequest,
    services: Data<Services>,
    Json(Credentials { name, password }): Json<Credentials>,
) -> Result<Json<LoggedIn>, Problem> {
    let from = caller::address(&request);
    let token = services.admins.login(name.clone(), password, from).await?;
    log::info!("administrator {name:?} logged in from {from}");
    Ok(Json(LoggedIn { name, token }))
}

async fn logout(admin: Admin) -> HttpResponse {
    admin.services.admins.logout(&admin.token);
    HttpResponse::NoContent().finish()
}

async fn set_password(
    admin: Admin,
    Json(Passwords { old, new }): Json<Passwords>,
) -> Result<HttpResponse, Problem> {
    admin
        .services
        .admins
        .set_password(admin.name.clone(), old, new)
        .await?;
    admin.did("admins.password", &admin.name, "", "").await?;
    Ok(HttpResponse::NoContent().finish())
}
