//! The settings that can change while the node runs.

use super::guard::Admin;
use super::problem::Problem;
use crate::service::settings::Setting;
use actix_web::HttpResponse;
use actix_web::web::{Json, Path, ServiceConfig, get, put};
use serde::{Deserialize, Serialize};

/// A setting. `default` is null when an administrator added it; `public` when every account gets to see its value.
#[derive(Serialize)]
struct Row {
    name: String,
    value: String,
    default: Option<&'static str>,
    meaning: &'static str,
    public: bool,
}

impl From<Setting> for Row {
    fn from(
        Setting {
            name,
            value,
            default,
            meaning,
            public,
        }: Setting,
    ) -> Self {
        Self {
            name,
            value,
            default,
            meaning,
            public,
        }
    }
}

#[derive(Deserialize)]
struct NewValue {
    value: String,
}

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/configs", get().to(list))
        .route("/configs/{name}", put().to(set));
}

async fn list(admin: Admin) -> Json<Vec<Row>> {
    Json(
        admin
            .services
            .settings
            .list()
            .into_iter()
            .map(Row::from)
            .collect(),
    )
}

async fn set(
    admin: Admin,
    name: Path<String>,
    Json(NewValue { value }): Json<NewValue>,
) -> Result<HttpResponse, Problem> {
    let before = admin.services.settings.set(&name, &value).await?;
    admin.did("configs.set", &name, before, value).await?;
    Ok(HttpResponse::NoContent().finish())
}
