//! Messages: finding, taking back.

use super::guard::Admin;
use super::problem::Problem;
use crate::domain::{AccountId, Content, Message, MessageId, MessageStatus};
use actix_web::HttpResponse;
use actix_web::web::{Json, Path, Query, ServiceConfig, get, post};
use serde::{Deserialize, Serialize};

/// The most messages one search finds.
const FOUND: i64 = 200;

/// A message. `target` is the group or the other account; `content` what the node can read of it.
#[derive(Serialize)]
struct Row {
    id: MessageId,
    sender: AccountId,
    target: i64,
    word: String,
    content: Content,
    revoked: bool,
    created_at: i64,
}

impl From<Message> for Row {
    fn from(message: Message) -> Self {
        Self {
            id: message.id,
            sender: message.sender,
            target: message.target(),
            word: message.draft.word.clone(),
            content: message.draft.content.clone(),
            revoked: message.status != MessageStatus::Normal,
            created_at: message.created_at,
        }
    }
}

#[derive(Deserialize)]
struct Wanted {
    sender: Option<AccountId>,
    #[serde(default)]
    text: String,
    limit: Option<i64>,
}

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/messages", get().to(search))
        .route("/messages/{id}/revoke", post().to(revoke));
}

async fn search(
    admin: Admin,
    Query(Wanted {
        sender,
        text,
        limit,
    }): Query<Wanted>,
) -> Result<Json<Vec<Row>>, Problem> {
    let text = Some(text).filter(|text| !text.is_empty());
    let found = admin
        .services
        .chat
        .search(sender, text, limit.unwrap_or(FOUND).clamp(1, FOUND))
        .await?;
    Ok(Json(found.into_iter().map(Row::from).collect()))
}

async fn revoke(admin: Admin, id: Path<MessageId>) -> Result<HttpResponse, Problem> {
    admin.services.chat.revoke_as_admin(*id).await?;
    admin.did("messages.revoke", *id, "", "").await?;
    Ok(HttpResponse::NoContent().finish())
}
