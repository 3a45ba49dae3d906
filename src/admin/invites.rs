//! Invite codes.

use super::guard::Admin;
use super::problem::Problem;
use crate::service::invites::Invite;
use actix_web::HttpResponse;
use actix_web::web::{Json, Path, ServiceConfig, delete, get, post, put};
use serde::{Deserialize, Serialize};

/// A code and how often it was used.
#[derive(Serialize)]
struct Row {
    code: String,
    uses: i64,
    locked: bool,
    note: String,
    created_at: i64,
}

impl From<Invite> for Row {
    fn from(
        Invite {
            code,
            uses,
            locked,
            note,
            created_at,
        }: Invite,
    ) -> Self {
        Self {
            code,
            uses,
            locked,
            note,
            created_at,
        }
    }
}

/// A code to be made; without `code` one is generated.
#[derive(Deserialize)]
struct NewInvite {
    code: Option<String>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
struct NewNote {
    note: String,
}

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/invites", get().to(list))
        .route("/invites", post().to(create))
        .route("/invites/{code}", put().to(set_note))
        .route("/invites/{code}", delete().to(remove))
        .route("/invites/{code}/lock", post().to(lock))
        .route("/invites/{code}/unlock", post().to(unlock));
}

async fn list(admin: Admin) -> Result<Json<Vec<Row>>, Problem> {
    Ok(Json(
        admin
            .services
            .invites
            .list()
            .await?
            .into_iter()
            .map(Row::from)
            .collect(),
    ))
}

async fn create(
    admin: Admin,
    Json(NewInvite { code, note }): Json<NewInvite>,
) -> Result<Json<Row>, Problem> {
    let made = admin.services.invites.create(code, note).await?;
    admin
        .did("invites.create", &made.code, "", &made.note)
        .await?;
    Ok(Json(made.into()))
}

async fn set_note(
    admin: Admin,
    code: Path<String>,
    Json(NewNote { note }): Json<NewNote>,
) -> Result<HttpResponse, Problem> {
    let code = code.into_inner();
    let before = admin
        .services
        .invites
        .set_note(code.clone(), note.clone())
        .await?;
    admin.did("invites.note", &code, before.note, note).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn remove(admin: Admin, code: Path<String>) -> Result<HttpResponse, Problem> {
    let code = code.into_inner();
    let before = admin.services.invites.delete(code.clone()).await?;
    admin.did("invites.delete", &code, before.note, "").await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn lock(admin: Admin, code: Path<String>) -> Result<HttpResponse, Problem> {
    let code = code.into_inner();
    let before = admin
        .services
        .invites
        .set_locked(code.clone(), true)
        .await?;
    admin
        .did("invites.lock", &code, status(before.locked), status(true))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn unlock(admin: Admin, code: Path<String>) -> Result<HttpResponse, Problem> {
    let code = code.into_inner();
    let before = admin
        .services
        .invites
        .set_locked(code.clone(), false)
        .await?;
    admin
        .did(
            "invites.unlock",
            &code,
            status(before.locked),
            status(false),
        )
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn status(locked: bool) -> &'static str {
    if locked { "locked" } else { "normal" }
}
