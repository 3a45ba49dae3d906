//! The WuKong API. Numbers in comments are its operations.

mod binary;
mod line;
mod packets;
mod rpc;

use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::Result;
use crate::args::Wire;
use crate::dialect::{Account, Proof};
use crate::http::{Http, Request};
use crate::node::Node;
use crate::sessions::Gate;

pub use line::{Line, Session};

/// Accounts brought into a group in one request.
const INVITED_AT_ONCE: usize = 100;
/// The node gives no more messages of a conversation at once.
const MOST_MISSED: u64 = 50;
/// The kind of device that everybody uses: an app.
const DEVICE_FLAG: u8 = 0;

/// What a report says was spoken.
pub fn spoken(wire: Wire) -> &'static str {
    match wire {
        Wire { rpc: true, .. } => "wukong: JSON-RPC over WebSocket",
        Wire {
            tcp: true,
            clear: true,
            ..
        } => "wukong: TCP, sends in clear",
        Wire { tcp: true, .. } => "wukong: TCP",
        Wire { clear: true, .. } => "wukong: WebSocket, sends in clear",
        Wire { .. } => "wukong: WebSocket",
    }
}

/// 1, or 2 if the account exists.
pub async fn sign_in(http: &mut Http, name: &str, proof: Proof<'_>) -> Result<Account> {
    let Proof::Password(password) = proof else {
        return Err("wukong accounts sign in with a password: leave --code out".into());
    };
    let body = json!({ "username": name, "password": password, "flag": DEVICE_FLAG });
    let entered = match post(http, "/v1/user/register", None, &body).await {
        Ok(entered) => entered,
        Err(taken) => post(http, "/v1/user/login", None, &body)
            .await
            .map_err(|error| format!("{taken}\n{error}"))?,
    };
    let text = |name| {
        let text = entered.get(name).and_then(Value::as_str);
        text.map(str::to_owned)
            .ok_or_else(|| format!("the login's answer has no {name}"))
    };
    Ok(Account {
        id: text("uid")?,
        token: text("token")?,
    })
}

/// 20: where the node says that its sockets are.
pub async fn gate(node: &Rc<Node>, account: &Account, wire: Wire) -> Result<Gate> {
    let mut http = Http::new(Rc::clone(node), 0);
    let path = format!("/v1/users/{}/im", account.id);
    let request = Request {
        method: "GET",
        path: &path,
        login: Some(("token", &account.token)),
        json: None,
    };
    let told = ask(&mut http, &request).await?;
    let address = |name| told.get(name).and_then(Value::as_str).unwrap_or_default();
    let (place, path) = if wire.tcp {
        let place = address("tcp_addr");
        if place.is_empty() {
            return Err("the node does not listen for TCP: set wukong.tcp_listen".into());
        }
        (place, "")
    } else {
        let url = address("ws_addr");
        let place = url
            .strip_prefix("ws://")
            .ok_or_else(|| format!("the node's WebSocket is not plain: {url}"))?;
        place.split_once('/').unwrap_or((place, ""))
    };
    Ok(Gate {
        node: Rc::new(Node::from_url(&format!("http://{place}"))?),
        path: format!("/{path}"),
    })
}

/// 31, then 35 for the members that are left.
pub async fn create_channel(http: &mut Http, owner: &Account, members: &[&str]) -> Result<String> {
    let mut some = members.chunks(INVITED_AT_ONCE);
    let first = some.next().ok_or("a group has at least two members")?;
    let token = Some(owner.token.as_str());
    let body = json!({ "name": "load", "members": first });
    let group = post(http, "/v1/group/create", token, &body).await?;
    let id = group
        .get("group_no")
        .and_then(Value::as_str)
        .ok_or("the new group has no number")?;
    for more in some {
        let path = format!("/v1/groups/{id}/members");
        post(http, &path, token, &json!({ "members": more })).await?;
    }
    Ok(id.to_owned())
}

/// Disbands a group.
pub async fn dissolve_channel(http: &mut Http, owner: &Account, channel: &str) -> Result<()> {
    let request = Request {
        method: "DELETE",
        path: &format!("/v1/groups/{channel}/disband"),
        login: Some(("token", &owner.token)),
        json: None,
    };
    ask(http, &request).await?;
    Ok(())
}

/// Asks for the newest messages of every conversation, as clients do once they are connected again.
pub async fn fetch_missed(
    http: &mut Http,
    account: &Account,
    missed: u64,
    hear: impl FnMut(&[u8]),
) -> Result<()> {
    if missed > MOST_MISSED {
        return Err(format!("--missed: wukong clients fetch {MOST_MISSED} at once").into());
    }
    let body =
        json!({ "version": 0, "last_msg_seqs": "", "msg_count": missed, "device_uuid": "load" });
    let token = Some(account.token.as_str());
    let synced = post(http, "/v1/conversation/sync", token, &body).await?;
    let synced: Synced = serde_json::from_value(synced)?;
    synced.each(hear);
    Ok(())
}

/// As much as is needed of what a client is given to catch up.
#[derive(Deserialize)]
struct Synced {
    conversations: Vec<Conversation>,
}

impl Synced {
    fn each(&self, mut hear: impl FnMut(&[u8])) {
        let messages = self.conversations.iter().flat_map(|one| &one.recents);
        messages.for_each(|message| hear(message.client_msg_no.as_bytes()));
    }
}

#[derive(Deserialize)]
struct Conversation {
    recents: Vec<Recent>,
}

#[derive(Deserialize)]
struct Recent {
    client_msg_no: String,
}

async fn post(http: &mut Http, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
    let body = serde_json::to_vec(body)?;
    let request = Request {
        method: "POST",
        path,
        login: token.map(|token| ("token", token)),
        json: Some(&body),
    };
    ask(http, &request).await
}

/// Asks, and returns the answer.
async fn ask(http: &mut Http, request: &Request<'_>) -> Result<Value> {
    let path = request.path;
    let answer = http
        .call(request)
        .await
        .map_err(|error| format!("{path}: {error}"))?;
    if answer.status == 200 {
        return Ok(serde_json::from_slice(answer.body)?);
    }
    Err(format!(
        "{path} was refused: {answer}\nA load run needs a node without limits: set every key of its [limits] section \
         (limits.*) and wukong.groups_per_day to 0, wukong.require_friend and wukong.friends_in_groups_only to false."
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_speak_has_its_name() {
        let ways = [
            (false, false, false),
            (false, false, true),
            (false, true, false),
            (true, false, false),
            (true, true, false),
        ];
        let names = ways.map(|(tcp, clear, rpc)| spoken(Wire { tcp, clear, rpc }));
        let different: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(different.len(), ways.len());
    }

    #[test]
    fn what_was_missed_is_found_in_the_recent_messages_only() {
        let synced = json!({ "uid": "u", "conversations": [
            { "last_client_msg_no": "b", "recents": [{ "client_msg_no": "b", "payload": { "content": "b" } }, { "client_msg_no": "a" }] },
            { "last_client_msg_no": "c", "recents": [{ "client_msg_no": "c" }] },
        ] });
        let mut heard = Vec::new();
        let Ok(synced) = serde_json::from_value::<Synced>(synced) else {
            panic!("an answer")
        };
        synced.each(|no| heard.push(String::from_utf8_lossy(no).into_owned()));
        assert_eq!(heard, ["b", "a", "c"]);
    }
}
