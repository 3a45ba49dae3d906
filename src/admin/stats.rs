//! How much there is.

use super::guard::Admin;
use super::problem::Problem;
use actix_web::web::{Json, ServiceConfig, get};
use serde::Serialize;

#[derive(Serialize)]
struct Totals {
    sessions: usize,
    accounts: i64,
    groups: i64,
    messages: i64,
}

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/stats", get().to(totals));
}

async fn totals(admin: Admin) -> Result<Json<Totals>, Problem> {
    let stats = admin.services.admins.stats().await?;
    Ok(Json(Totals {
        sessions: stats.sessions,
        accounts: stats.accounts,
        groups: stats.channels,
        messages: stats.messages,
    }))
}
