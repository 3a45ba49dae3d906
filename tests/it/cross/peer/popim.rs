//! Who speaks PopIM.

use super::Remembered;
use crate::support::TestNode;
use crate::support::popim::{Answers, Person, Pusher};
use parlance::domain::{AccountId, ChannelId, Target};
use serde_json::{Value, json};

/// A number above those of all messages: who looks back from there leaves unread what was not read.
const END: i64 = i32::MAX as i64;

pub struct Popim {
    person: Person,
    socket: Pusher,
}

/// A text.
pub fn text(words: &str) -> Value {
    json!(words)
}

impl Popim {
    pub async fn join(node: &TestNode, name: &str) -> Self {
        let person = Person::register(node, name).await;
        let socket = person.connect().await;
        Self { person, socket }
    }

    pub fn id(&self) -> AccountId {
        AccountId(self.person.uid)
    }

    pub async fn finds(&self, name: &str) -> AccountId {
        let fields = json!({"username": name});
        let found = self.person.get("/user/getbyname", fields).await;
        AccountId(found.data()["uid"].as_i64().unwrap())
    }

    pub async fn applies_to(&self, other: AccountId) {
        let fields = json!({"friend_uid": other.0, "postscript": "hello"});
        self.person.post("/friend/apply", fields).await.is_ok();
    }

    pub async fn accepts(&mut self, applicant: AccountId) {
        let asked = self
            .socket
            .next_where(|heard| heard.event == "friendApply" && heard.data["uid"] == applicant.0);
        asked.await;
        let requests = self.person.get("/friend/applylist", json!({})).await;
        let mut requests = requests.data().as_array().unwrap().iter();
        let request = requests.find(|request| request["from"] == applicant.0);
        let nid = request.unwrap()["nid"].clone();
        let agreed = self.person.post("/friend/agree", json!({"nid": nid})).await;
        agreed.is_ok();
    }

    pub async fn lists(&self, other: AccountId) -> bool {
        let list = self.person.get("/friend/getlist", json!({})).await;
        let uid = other.to_string();
        let letters = list.data().as_object();
        letters.is_some_and(|letters| letters.values().any(|letter| !letter[&uid].is_null()))
    }

    pub async fn drops(&self, other: AccountId) {
        let fields = json!({"friend_uid": other.0});
        self.person.post("/friend/delete", fields).await.is_ok();
    }

    pub async fn tries(&self, place: Target, what: &Value) -> Option<i64> {
        let (kind, to) = named(place);
        let fields = json!({"to": to, "type": kind, "content": what});
        let answer = self.person.post("/message/send", fields).await;
        (answer.code() == 0).then(|| answer.data()["mid"].as_i64().unwrap())
    }

    pub async fn hears(&mut self, id: i64) -> Value {
        let heard = self
            .socket
            .next_where(|heard| heard.event == "message" && heard.data["mid"] == id);
        heard.await.data["content"].clone()
    }

    pub async fn has_heard(&mut self, id: i64) -> bool {
        self.socket.flush().await;
        let mut unread = self.socket.unread().into_iter();
        unread.any(|heard| heard.data["mid"] == id)
    }

    pub async fn remembers(&self, place: Target, id: i64) -> Option<Remembered> {
        let (kind, number) = named(place);
        let fields = json!({"id": number, "type": kind, "limit": 100, "mid": END});
        let answer = self.person.get("/message/get", fields).await;
        let items = answer.data().as_array().unwrap();
        let item = items.iter().find(|item| item["mid"] == id)?;
        (item["sub_type"] == "message").then(|| Remembered {
            what: item["content"].clone(),
            read: None,
        })
    }

    pub async fn takes_back(&self, place: Target, id: i64) {
        let (kind, number) = named(place);
        let fields = json!({"id": number, "type": kind, "mid": id});
        self.person.post("/message/revoke", fields).await.is_ok();
    }

    pub async fn deletes_for_everybody(&self, place: Target, id: i64) {
        let (kind, number) = named(place);
        let fields = json!({"id": number, "type": kind, "mid": id, "ty": 2});
        self.person.post("/message/delete", fields).await.is_ok();
    }

    pub async fn hears_it_taken_back(&mut self, id: i64) {
        let told = self.socket.next_where(|heard| {
            ["revoke", "message_delete"].contains(&&*heard.event) && heard.data["mid"] == id
        });
        told.await;
    }

    pub async fn reads(&self, place: Target, _id: i64) {
        let (kind, number) = named(place);
        let fields = json!({"id": number, "type": kind});
        let read = self.person.post("/message/updateLastReadTime", fields);
        read.await.is_ok();
    }

    /// Its clients are told nothing of that.
    pub async fn hears_it_read(&mut self, _reader: AccountId) {}

    /// How many messages of a conversation it has not read.
    pub async fn unread(&self, place: Target) -> i64 {
        let (kind, number) = named(place);
        let fields = json!({"id": number, "type": kind});
        let answer = self.person.get("/message/unreadcount", fields).await;
        answer.data().as_i64().unwrap()
    }

    /// Its clients hear only of the groups that they listen to.
    pub async fn listens_to(&mut self, group: ChannelId) {
        self.socket.subscribe(&format!("group-{group}")).await;
    }

    pub async fn founds(&self, name: &str, members: &[AccountId]) -> ChannelId {
        let members: Vec<i64> = members.iter().map(|member| member.0).collect();
        let fields = json!({"groupname": name, "members": members});
        let answer = self.person.post("/group/create", fields).await;
        let gid = answer.data()["gid"].as_str().unwrap();
        ChannelId(gid.parse().unwrap())
    }

    pub async fn renames(&self, group: ChannelId, name: &str) {
        let fields = json!({"gid": group.0, "groupname": name});
        self.person.post("/group/update", fields).await.is_ok();
    }

    pub async fn takes_in(&self, group: ChannelId, friend: AccountId) {
        let fields = json!({"gid": group.0, "members": [friend.0]});
        self.person.post("/group/memberadd", fields).await.is_ok();
    }

    pub async fn removes(&self, group: ChannelId, member: AccountId) {
        let fields = json!({"gid": group.0, "members": [member.0]});
        self.person.post("/group/memberdel", fields).await.is_ok();
    }

    pub async fn dissolves(&self, group: ChannelId) {
        let fields = json!({"gid": group.0});
        self.person.post("/group/delete", fields).await.is_ok();
    }

    pub async fn sees(&self, group: ChannelId) -> (String, Vec<AccountId>) {
        let fields = json!({"gid": group.0, "simple": 1});
        let info = self.person.get("/group/detail", fields).await;
        let name = info.data()["groupname"].as_str().unwrap().to_owned();
        let members = self
            .person
            .get("/group/members", json!({"gid": group.0}))
            .await;
        let members = members.data().as_object().unwrap().keys();
        let members = members.map(|uid| AccountId(uid.parse().unwrap()));
        (name, members.collect())
    }
}

/// How a place is named.
fn named(place: Target) -> (&'static str, i64) {
    match place {
        Target::Account(account) => ("friend", account.0),
        Target::Channel(channel) => ("group", channel.0),
    }
}
