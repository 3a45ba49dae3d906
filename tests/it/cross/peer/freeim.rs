//! Who speaks freeim.

use super::Remembered;
use crate::support::User;
use crate::support::socket::Socket;
use parlance::domain::{AccountId, ChannelId, Target};
use serde_json::{Value, json};

pub struct Freeim {
    user: User,
    socket: Socket,
    /// The ids of all messages that came.
    heard: Vec<i64>,
}

/// A text.
pub fn text(words: &str) -> Value {
    json!({"type": "text", "body": words})
}

impl Freeim {
    pub async fn of(user: User) -> Self {
        let socket = user.connect().await;
        Self {
            user,
            socket,
            heard: Vec::new(),
        }
    }

    pub async fn finds(&self, name: &str) -> AccountId {
        let wanted = json!({"account": name});
        let found = self.user.get("/friends/search", wanted).await.items();
        assert_eq!(found.len(), 1, "{found:?}");
        AccountId(found[0]["id"].as_i64().unwrap())
    }

    pub async fn applies_to(&self, other: AccountId) {
        let fields = json!({"toId": other.0});
        let asked = self.user.post("/friends/add", fields).await;
        asked.succeeds("成功");
    }

    pub async fn accepts(&mut self, applicant: AccountId) {
        self.hears_frame(|frame| frame["type"] == "addFreind" && frame["fromId"] == applicant.0)
            .await;
        let answer = json!({"toId": applicant.0, "status": "pass"});
        let answered = self.user.post("/friends/add/reply", answer).await;
        answered.succeeds("成功");
    }

    pub async fn lists(&self, other: AccountId) -> bool {
        let list = self.user.get("/friends", json!({"blacklist": 0})).await;
        let list = list.items();
        list.iter().any(|item| item["account"]["id"] == other.0)
    }

    pub async fn drops(&self, other: AccountId) {
        let removed = self.user.delete("/friends", json!({"toId": other.0})).await;
        removed.succeeds("删除成功");
    }

    pub async fn tries(&self, place: Target, what: &Value) -> Option<i64> {
        let (ope, to) = named(place);
        let mut fields = what.clone();
        fields["ope"] = ope.into();
        fields["toId"] = to.into();
        let answer = self.user.post("/chat/send", fields).await;
        answer.body["result"]["id"].as_i64()
    }

    pub async fn hears(&mut self, id: i64) -> Value {
        let fits = |frame: &Value| frame["id"] == id && frame["status"] == "normal";
        shown(&self.hears_frame(fits).await)
    }

    pub async fn has_heard(&self, id: i64) -> bool {
        self.heard.contains(&id)
    }

    pub async fn remembers(&self, place: Target, id: i64) -> Option<Remembered> {
        let fields = json!({"toId": named(place).1, "limit": 1000});
        let answer = self.user.get("/chat/messages", fields).await;
        let items = answer.succeeds("")["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["id"] == id)?;
        Some(Remembered {
            what: shown(item),
            read: Some(item["isRead"].as_bool().unwrap()),
        })
    }

    pub async fn takes_back(&self, place: Target, id: i64) {
        let (ope, to) = named(place);
        let fields = json!({"toId": to, "id": id, "ope": ope});
        let answer = self.user.post("/chat/revocation", fields).await;
        answer.succeeds("成功");
    }

    pub async fn hears_it_taken_back(&mut self, id: i64) {
        self.hears_frame(|frame| frame["id"] == id && frame["status"] == "revocation")
            .await;
    }

    pub async fn reads(&self, place: Target, _id: i64) {
        let fields = json!({"toId": named(place).1});
        self.user.post("/chat/read", fields).await.succeeds("成功");
    }

    pub async fn hears_it_read(&mut self, reader: AccountId) {
        self.hears_frame(|frame| frame["type"] == "read" && frame["fromId"] == reader.0)
            .await;
    }

    pub async fn founds(&self, name: &str, members: &[AccountId]) -> ChannelId {
        let group = ChannelId(self.user.found(name).await);
        for member in members {
            self.takes_in(group, *member).await;
        }
        group
    }

    pub async fn renames(&self, group: ChannelId, name: &str) {
        let fields = json!({"groupId": group.0, "name": name});
        let answer = self.user.put("/chatGroups", fields).await;
        answer.succeeds("修改成功");
    }

    pub async fn takes_in(&self, group: ChannelId, friend: AccountId) {
        let fields = json!({"groupId": group.0, "toIdList": [friend.0]});
        let answer = self.user.post("/chatGroups/invite", fields).await;
        answer.succeeds("处理成功");
    }

    pub async fn removes(&self, group: ChannelId, member: AccountId) {
        let fields = json!({"groupId": group.0, "toId": member.0});
        let answer = self.user.post("/chatGroups/kick", fields).await;
        answer.succeeds("处理成功");
    }

    pub async fn dissolves(&self, group: ChannelId) {
        let fields = json!({"groupId": group.0});
        let answer = self.user.post("/chatGroups/dissolve", fields).await;
        answer.succeeds("处理成功");
    }

    pub async fn sees(&self, group: ChannelId) -> (String, Vec<AccountId>) {
        let fields = json!({"groupId": group.0});
        let answer = self.user.get("/chatGroups/info", fields).await;
        let info = answer.succeeds("");
        let members = info["membersList"].as_array().unwrap().iter();
        let members = members.map(|member| AccountId(member["account"]["id"].as_i64().unwrap()));
        (info["name"].as_str().unwrap().to_owned(), members.collect())
    }

    /// The next frame that fits; those before it are nothing to the test.
    async fn hears_frame(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.socket.next().await;
            self.heard.extend(frame["id"].as_i64());
            if fits(&frame) {
                return frame;
            }
        }
    }
}

/// How a place is named.
fn named(place: Target) -> (&'static str, i64) {
    match place {
        Target::Account(account) => ("friend", account.0),
        Target::Channel(channel) => ("group", channel.0),
    }
}

/// What a message says.
fn shown(message: &Value) -> Value {
    json!({"type": message["type"], "body": message["body"]})
}
