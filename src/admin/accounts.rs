//! Accounts: finding, locking, the staff flag, passwords.

use super::guard::Admin;
use super::problem::Problem;
use super::{Page, Search};
use crate::domain::{AccountId, AccountStatus};
use crate::service::accounts::AccountRecord;
use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query, ServiceConfig, get, post};
use serde::{Deserialize, Serialize};

/// An account. Times are Unix milliseconds, 0 for never.
#[derive(Serialize)]
struct Row {
    id: AccountId,
    name: String,
    nickname: String,
    email: Option<String>,
    mobile: Option<String>,
    locked: bool,
    manager: bool,
    invite_code: String,
    login_count: i64,
    last_login_at: i64,
    last_login_address: String,
    created_at: i64,
}

impl From<AccountRecord> for Row {
    fn from(record: AccountRecord) -> Self {
        Self {
            id: record.account.id,
            name: record.account.name,
            nickname: record.account.profile.nickname,
            email: record.account.email,
            mobile: record.account.mobile,
            locked: record.account.status == AccountStatus::Locked,
            manager: record.account.manager,
            invite_code: record.invite_code,
            login_count: record.login_count,
            last_login_at: record.last_login_at,
            last_login_address: record.last_login_address,
            created_at: record.account.created_at,
        }
    }
}

#[derive(Deserialize)]
struct Flag {
    manager: bool,
}

/// A new password. Without `Debug`.
#[derive(Deserialize)]
struct NewPassword {
    password: String,
}

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/accounts", get().to(search))
        .route("/accounts/{id}/lock", post().to(lock))
        .route("/accounts/{id}/unlock", post().to(unlock))
        .route("/accounts/{id}/manager", post().to(set_manager))
        .route("/accounts/{id}/password", post().to(reset_password));
}

async fn search(
    admin: Admin,
    Query(Search { q, page }): Query<Search>,
) -> Result<Json<Page<Row>>, Problem> {
    Ok(Json(Page::new(
        admin.services.accounts.find_all(q, page).await?,
    )))
}

async fn lock(admin: Admin, id: Path<AccountId>) -> Result<HttpResponse, Problem> {
    let before = record(&admin, *id).await?;
    admin.services.accounts.lock(*id).await?;
    admin
        .did("accounts.lock", *id, status(before.locked), status(true))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn unlock(admin: Admin, id: Path<AccountId>) -> Result<HttpResponse, Problem> {
    let before = record(&admin, *id).await?;
    admin.services.accounts.unlock(*id).await?;
    admin
        .did("accounts.unlock", *id, status(before.locked), status(false))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn set_manager(
    admin: Admin,
    id: Path<AccountId>,
    Json(Flag { manager }): Json<Flag>,
) -> Result<HttpResponse, Problem> {
    let before = record(&admin, *id).await?;
    admin.services.accounts.set_manager(*id, manager).await?;
    admin
        .did(
            "accounts.manager",
            *id,
            before.manager.to_string(),
            manager.to_string(),
        )
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn reset_password(
    admin: Admin,
    id: Path<AccountId>,
    Json(NewPassword { password }): Json<NewPassword>,
) -> Result<HttpResponse, Problem> {
    admin
        .services
        .accounts
        .reset_password(*id, password)
        .await?;
    admin.did("accounts.password", *id, "", "").await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn record(admin: &Admin, id: AccountId) -> Result<Row, Problem> {
    Ok(admin.services.accounts.record(id).await?.into())
}

fn status(locked: bool) -> &'static str {
    if locked { "locked" } else { "normal" }
}
