//! Groups: finding, members, dissolving, owner, member limit.

use super::guard::Admin;
use super::problem::Problem;
use super::{Page, Search};
use crate::domain::{AccountId, Channel, ChannelId, Role, time};
use crate::service::channels::MemberRecord;
use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query, ServiceConfig, get, post};
use serde::{Deserialize, Serialize};

/// A group. A limit of 0 is none; times are Unix milliseconds.
#[derive(Serialize)]
struct Row {
    id: ChannelId,
    name: String,
    intro: String,
    members: i32,
    members_limit: i32,
    created_at: i64,
    updated_at: i64,
}

impl From<Channel> for Row {
    fn from(channel: Channel) -> Self {
        Self {
            id: channel.id,
            name: channel.name,
            intro: channel.intro,
            members: channel.members,
            members_limit: channel.members_limit,
            created_at: channel.created_at,
            updated_at: channel.updated_at,
        }
    }
}

/// A member. `role` is `owner`, `manager` or `general`.
#[derive(Serialize)]
struct MemberRow {
    id: AccountId,
    name: String,
    nickname: String,
    role: &'static str,
    muted: bool,
}

impl From<MemberRecord> for MemberRow {
    fn from(MemberRecord { member, account }: MemberRecord) -> Self {
        Self {
            id: account.id,
            name: account.name,
            nickname: account.profile.nickname,
            role: role(member.role),
            muted: member.muted_until > time::now(),
        }
    }
}

#[derive(Deserialize)]
struct NewOwner {
    account: AccountId,
}

#[derive(Deserialize)]
struct NewLimit {
    limit: i32,
}

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/groups", get().to(search))
        .route("/groups/{id}/members", get().to(members))
        .route("/groups/{id}/dissolve", post().to(dissolve))
        .route("/groups/{id}/owner", post().to(set_owner))
        .route("/groups/{id}/limit", post().to(set_limit));
}

async fn search(
    admin: Admin,
    Query(Search { q, page }): Query<Search>,
) -> Result<Json<Page<Row>>, Problem> {
    Ok(Json(Page::new(
        admin.services.channels.find_all(q, page).await?,
    )))
}

async fn members(admin: Admin, id: Path<ChannelId>) -> Result<Json<Vec<MemberRow>>, Problem> {
    let members = admin.services.channels.roster(*id).await?;
    Ok(Json(members.into_iter().map(MemberRow::from).collect()))
}

async fn dissolve(admin: Admin, id: Path<ChannelId>) -> Result<HttpResponse, Problem> {
    admin.services.channels.dissolve_as_admin(*id).await?;
    admin.did("groups.dissolve", *id, "", "").await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn set_owner(
    admin: Admin,
    id: Path<ChannelId>,
    Json(NewOwner { account }): Json<NewOwner>,
) -> Result<HttpResponse, Problem> {
    let members = admin.services.channels.roster(*id).await?;
    let before = members
        .iter()
        .find(|m| m.member.role == Role::Owner)
        .map(|m| m.member.account.to_string());
    admin
        .services
        .channels
        .transfer_as_admin(*id, account)
        .await?;
    admin
        .did(
            "groups.owner",
            *id,
            before.unwrap_or_default(),
            account.to_string(),
        )
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn set_limit(
    admin: Admin,
    id: Path<ChannelId>,
    Json(NewLimit { limit }): Json<NewLimit>,
) -> Result<HttpResponse, Problem> {
    let before = admin.services.channels.set_limit(*id, limit).await?;
    admin
        .did("groups.limit", *id, before.to_string(), limit.to_string())
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Manager => "manager",
        Role::General => "general",
    }
}
