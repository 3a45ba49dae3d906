//! What administrators did.

use super::guard::Admin;
use super::problem::Problem;
use super::{Page, Search};
use crate::service::admins::AuditRecord;
use actix_web::web::{Json, Query, ServiceConfig, get};
use serde::Serialize;

/// An entry, newest first.
#[derive(Serialize)]
struct Row {
    id: i64,
    admin: String,
    address: String,
    action: String,
    target: String,
    before: String,
    after: String,
    created_at: i64,
}

impl From<AuditRecord> for Row {
    fn from(record: AuditRecord) -> Self {
        Self {
            id: record.id,
            admin: record.admin,
            address: record.address,
            action: record.action,
            target: record.target,
            before: record.before_value,
            after: record.after_value,
            created_at: record.created_at,
        }
    }
}

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/audit", get().to(list));
}

async fn list(
    admin: Admin,
    Query(Search { page, .. }): Query<Search>,
) -> Result<Json<Page<Row>>, Problem> {
    Ok(Json(Page::new(
        admin.services.admins.audit_log(page).await?,
    )))
}
