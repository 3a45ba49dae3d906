//! The links of the "discover" page.

use super::guard::Admin;
use super::problem::Problem;
use crate::service::discovers::{Discover, NewDiscover};
use actix_web::HttpResponse;
use actix_web::web::{Json, Path, ServiceConfig, delete, get, post, put};
use serde::{Deserialize, Serialize};

/// A link. Lower positions come first.
#[derive(Serialize)]
struct Row {
    id: i64,
    name: String,
    logo: String,
    url: String,
    password: String,
    position: i32,
    created_at: i64,
    updated_at: i64,
}

impl From<Discover> for Row {
    fn from(link: Discover) -> Self {
        Self {
            id: link.id,
            name: link.name,
            logo: link.logo,
            url: link.url,
            password: link.password,
            position: link.position,
            created_at: link.created_at,
            updated_at: link.updated_at,
        }
    }
}

#[derive(Deserialize)]
struct Form {
    name: String,
    #[serde(default)]
    logo: String,
    url: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    position: i32,
}

impl From<Form> for NewDiscover {
    fn from(
        Form {
            name,
            logo,
            url,
            password,
            position,
        }: Form,
    ) -> Self {
        Self {
            name,
            logo,
            url,
            password,
            position,
        }
    }
}

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/discovers", get().to(list))
        .route("/discovers", post().to(create))
        .route("/discovers/{id}", put().to(update))
        .route("/discovers/{id}", delete().to(remove));
}

async fn list(admin: Admin) -> Result<Json<Vec<Row>>, Problem> {
    Ok(Json(
        admin
            .services
            .discovers
            .list()
            .await?
            .into_iter()
            .map(Row::from)
            .collect(),
    ))
}

async fn create(admin: Admin, Json(form): Json<Form>) -> Result<Json<Row>, Problem> {
    let made = admin.services.discovers.create(form.into()).await?;
    admin
        .did(
            "discovers.create",
            made.id,
            "",
            said(&made.name, &made.url, made.position),
        )
        .await?;
    Ok(Json(made.into()))
}

async fn update(
    admin: Admin,
    id: Path<i64>,
    Json(form): Json<Form>,
) -> Result<HttpResponse, Problem> {
    let after = said(&form.name, &form.url, form.position);
    let before = admin.services.discovers.update(*id, form.into()).await?;
    admin
        .did(
            "discovers.update",
            *id,
            said(&before.name, &before.url, before.position),
            after,
        )
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn remove(admin: Admin, id: Path<i64>) -> Result<HttpResponse, Problem> {
    let before = admin.services.discovers.delete(*id).await?;
    admin
        .did(
            "discovers.delete",
            *id,
            said(&before.name, &before.url, before.position),
            "",
        )
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the audit log keeps of a link.
fn said(name: &str, url: &str, position: i32) -> String {
    format!("{position}. {name} {url}")
}
