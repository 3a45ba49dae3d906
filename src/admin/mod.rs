//! The dashboard's own JSON API under `/admin/api`. Administrators prove themselves with `Authorization: Bearer` and the token
//! of their session; every change leaves an entry in the audit log.

mod accounts;
mod audit;
mod channels;
mod configs;
mod discovers;
mod guard;
mod invites;
mod login;
mod messages;
mod problem;
mod stats;

use crate::dialect::finish;
use crate::error::{Error, ErrorKind};
use actix_web::middleware::from_fn;
use actix_web::web::{self, JsonConfig, PathConfig, QueryConfig, ServiceConfig};
use problem::Problem;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The largest body, in bytes: a setting of 2000 characters has at most 24,000 when everything is escaped.
const BODY: usize = 64 * 1024;

/// Mounts the API. The services must be app data.
pub fn routes(cfg: &mut ServiceConfig) {
    let scope = web::scope("/admin/api")
        .app_data(
            JsonConfig::default()
                .limit(BODY)
                .error_handler(|fault, _| malformed(fault).into()),
        )
        .app_data(QueryConfig::default().error_handler(|fault, _| malformed(fault).into()))
        .app_data(
            PathConfig::default().error_handler(|_, _| Problem::from(ErrorKind::NotFound).into()),
        )
        .configure(login::routes)
        .configure(configs::routes)
        .configure(accounts::routes)
        .configure(channels::routes)
        .configure(messages::routes)
        .configure(invites::routes)
        .configure(discovers::routes)
        .configure(audit::routes)
        .configure(stats::routes)
        .default_service(web::to(unknown))
        .wrap(from_fn(finish::to_the_end));
    cfg.service(scope);
}

async fn unknown() -> Problem {
    ErrorKind::NotFound.into()
}

fn malformed(fault: impl fmt::Display) -> Problem {
    Error::invalid(fault.to_string()).into()
}

/// One page of a list.
#[derive(Serialize)]
struct Page<T> {
    items: Vec<T>,
    total: i64,
}

impl<T> Page<T> {
    fn new<S>((items, total): (Vec<S>, i64)) -> Self
    where
        T: From<S>,
    {
        Self {
            items: items.into_iter().map(T::from).collect(),
            total,
        }
    }
}

/// What to look for, and which page of it, from 1.
#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
    #[serde(default = "first")]
    page: i64,
}

fn first() -> i64 {
    1
}
