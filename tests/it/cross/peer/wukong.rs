//! Who speaks WuKong.

use super::Remembered;
use crate::support::TestNode;
use crate::support::wukong::{Answers, Line, Person};
use parlance::dialect::wukong::ids::Ids;
use parlance::dialect::wukong::proto::SUCCESS;
use parlance::domain::{AccountId, ChannelId, Target};
use serde_json::{Value, json};

pub struct Wukong {
    person: Person,
    line: Line,
    ids: Ids,
}

/// A text.
pub fn text(words: &str) -> Value {
    json!({"type": 1, "content": words})
}

impl Wukong {
    pub async fn join(node: &TestNode, name: &str) -> Self {
        let person = Person::register(node, name).await;
        let line = person.connect().await;
        let ids = Ids::of(&node.services().core);
        Self { person, line, ids }
    }

    pub fn id(&self) -> AccountId {
        self.account(&self.person.uid)
    }

    pub async fn finds(&self, name: &str) -> AccountId {
        let path = format!("/user/search?keyword={name}");
        let found = self.person.get(&path).await;
        self.account(found.data()["data"]["uid"].as_str().unwrap())
    }

    pub async fn applies_to(&self, other: AccountId) {
        let fields = json!({"to_uid": self.uid(other), "remark": "hello"});
        self.person.post("/friend/apply", fields).await.is_ok();
    }

    pub async fn accepts(&mut self, applicant: AccountId) {
        let uid = self.uid(applicant);
        let request = self.line.next_where(|heard| {
            heard.is("friendRequest") && heard.payload["param"]["apply_uid"] == *uid
        });
        let token = request.await.payload["param"]["token"].clone();
        let sure = json!({"token": token});
        self.person.post("/friend/sure", sure).await.is_ok();
    }

    pub async fn lists(&self, other: AccountId) -> bool {
        let uid = self.uid(other);
        let path = "/friend/sync?version=0&limit=1000&api_version=1";
        let list = self.person.get(path).await;
        let mut list = list.data().as_array().unwrap().iter();
        list.any(|item| item["to_uid"] == *uid && item["is_deleted"] == 0)
    }

    pub async fn drops(&self, other: AccountId) {
        let path = format!("/friends/{}", self.uid(other));
        self.person.delete(&path, Value::Null).await.is_ok();
    }

    pub async fn tries(&mut self, place: Target, what: &Value) -> Option<i64> {
        let (channel, kind) = self.ids.place(place);
        let ack = self.line.send(&channel, kind, what).await;
        (ack.reason == SUCCESS).then_some(ack.message_id)
    }

    pub async fn hears(&mut self, id: i64) -> Value {
        let heard = self.line.next_where(|heard| heard.recv.message_id == id);
        heard.await.payload
    }

    pub async fn has_heard(&mut self, id: i64) -> bool {
        let unasked = self.line.flush().await;
        unasked.iter().any(|heard| heard.recv.message_id == id)
    }

    pub async fn remembers(&self, place: Target, id: i64) -> Option<Remembered> {
        let (channel, kind) = self.ids.place(place);
        let items = self.person.history(&channel, kind).await;
        let item = items.iter().find(|item| item["message_id"] == id)?;
        (item["revoke"] == 0).then(|| Remembered {
            what: item["payload"].clone(),
            read: Some(item["readed"] == 1),
        })
    }

    pub async fn takes_back(&self, place: Target, id: i64) {
        let (channel, kind) = self.ids.place(place);
        let path =
            format!("/message/revoke?message_id={id}&channel_id={channel}&channel_type={kind}");
        self.person.post(&path, Value::Null).await.is_ok();
    }

    pub async fn edits(&self, id: i64, words: &str) {
        let fields = json!({"message_id": id, "content_edit": text(words).to_string()});
        self.person.post("/message/edit", fields).await.is_ok();
    }

    pub async fn deletes_for_everybody(&self, id: i64) {
        let path = format!("/message/mutual?message_id={id}");
        self.person.delete(&path, Value::Null).await.is_ok();
    }

    pub async fn hears_it_taken_back(&mut self, id: i64) {
        let id = id.to_string();
        let told = self.line.next_where(|heard| {
            heard.is("messageRevoke") && heard.payload["param"]["message_id"] == *id
        });
        told.await;
    }

    pub async fn reads(&self, place: Target, id: i64) {
        let (channel, kind) = self.ids.place(place);
        let fields = json!({
            "channel_id": &*channel, "channel_type": kind, "message_ids": [id.to_string()],
        });
        self.person.post("/message/readed", fields).await.is_ok();
    }

    pub async fn hears_it_read(&mut self, reader: AccountId) {
        let uid = self.uid(reader);
        let told = self
            .line
            .next_where(|heard| heard.is("syncMessageExtra") && heard.recv.channel_id == *uid);
        told.await;
    }

    pub async fn founds(&self, name: &str, members: &[AccountId]) -> ChannelId {
        let members: Vec<String> = members.iter().map(|member| self.uid(*member)).collect();
        let fields = json!({"name": name, "members": members});
        let answer = self.person.post("/group/create", fields).await;
        let number = answer.data()["group_no"].as_str().unwrap();
        self.ids.channel(number).unwrap()
    }

    pub async fn renames(&self, group: ChannelId, name: &str) {
        let path = self.path(group, "");
        self.person.put(&path, json!({"name": name})).await.is_ok();
    }

    pub async fn takes_in(&self, group: ChannelId, friend: AccountId) {
        let fields = json!({"members": [self.uid(friend)]});
        let path = self.path(group, "/members");
        self.person.post(&path, fields).await.is_ok();
    }

    pub async fn removes(&self, group: ChannelId, member: AccountId) {
        let fields = json!({"members": [self.uid(member)]});
        let path = self.path(group, "/members");
        self.person.delete(&path, fields).await.is_ok();
    }

    pub async fn dissolves(&self, group: ChannelId) {
        let path = self.path(group, "/disband");
        self.person.delete(&path, Value::Null).await.is_ok();
    }

    pub async fn sees(&self, group: ChannelId) -> (String, Vec<AccountId>) {
        let info = self.person.get(&self.path(group, "")).await;
        let name = info.data()["name"].as_str().unwrap().to_owned();
        let path = self.path(group, "/membersync?version=0");
        let members = self.person.get(&path).await;
        let members = members.data().as_array().unwrap().iter();
        let members = members.filter(|member| member["is_deleted"] == 0);
        let members = members.map(|member| self.account(member["uid"].as_str().unwrap()));
        (name, members.collect())
    }

    fn path(&self, group: ChannelId, rest: &str) -> String {
        format!("/groups/{}{rest}", self.ids.group(group))
    }

    fn uid(&self, account: AccountId) -> String {
        self.ids.uid(account).to_string()
    }

    fn account(&self, uid: &str) -> AccountId {
        self.ids.account(uid).unwrap()
    }
}
