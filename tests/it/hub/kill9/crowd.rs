//! Accounts that talk to each other and listen, and never give up: every message is sent again after a crash, under the same
//! `clientMsgId`, until it is acknowledged.

use crate::support::program::Program;
use futures_util::StreamExt;
use parlance::domain::{AccountId, ChannelId, ConversationId, Exchange};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// What every login code is.
pub const CODE: &str = "12345";
const MEMBERS: usize = 6;
/// Messages asked for at a time.
const PAGE: usize = 500;

/// The node between two deaths.
#[derive(Debug, Clone, Copy)]
struct Life {
    number: u32,
    address: SocketAddr,
}

/// Waits for the life after this one; false when there will be none.
async fn lives_again(lives: &mut watch::Receiver<Life>, life: Life) -> bool {
    let next = lives.wait_for(|next| next.number > life.number);
    next.await.is_ok()
}

/// An acknowledged message.
struct Acknowledged {
    exchange: Exchange,
    sender: AccountId,
    id: i64,
    text: String,
}

impl Acknowledged {
    fn is_for(&self, member: AccountId) -> bool {
        match self.exchange {
            Exchange::Channel(_) => true,
            direct => direct.peer_of(self.sender) == Some(member),
        }
    }
}

/// The messages of each conversation: ids and texts.
pub type Logs = BTreeMap<ConversationId, Vec<(i64, String)>>;

/// What was acknowledged and what was heard.
#[derive(Default)]
pub struct Ledger {
    acknowledged: Mutex<Vec<Acknowledged>>,
    /// The messages that came on each connection of each member.
    heard: Mutex<HashMap<AccountId, Vec<Vec<i64>>>>,
}

impl Ledger {
    /// How many messages were acknowledged.
    pub fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// The messages a member must hear.
    pub fn said_to(&self, member: AccountId) -> BTreeSet<i64> {
        let acknowledged = self.acknowledged.lock().unwrap();
        let own = acknowledged.iter().filter(|said| said.is_for(member));
        own.map(|said| said.id).collect()
    }

    /// What came on each of a member's connections.
    pub fn heard_by(&self, member: AccountId) -> Vec<Vec<i64>> {
        let heard = self.heard.lock().unwrap();
        heard.get(&member).cloned().unwrap_or_default()
    }

    /// What a member must hear and has not heard yet.
    pub fn missed_by(&self, member: AccountId) -> BTreeSet<i64> {
        let heard = BTreeSet::from_iter(self.heard_by(member).concat());
        self.said_to(member).difference(&heard).copied().collect()
    }

    /// Every conversation's messages by id, each with its text.
    pub fn logs(&self) -> Logs {
        let mut logs = Logs::new();
        for said in self.acknowledged.lock().unwrap().iter() {
            let log = logs.entry(said.exchange.key()).or_default();
            log.push((said.id, said.text.clone()));
        }
        logs.values_mut().for_each(|log| log.sort());
        logs
    }

    fn acknowledge(&self, said: Acknowledged) {
        self.acknowledged.lock().unwrap().push(said);
    }

    fn connected(&self, member: AccountId) {
        let mut heard = self.heard.lock().unwrap();
        heard.entry(member).or_default().push(Vec::new());
    }

    fn hear(&self, member: AccountId, message: i64) {
        let mut heard = self.heard.lock().unwrap();
        let connections = heard.get_mut(&member).unwrap();
        connections.last_mut().unwrap().push(message);
    }
}

/// One account.
#[derive(Clone)]
pub struct Member {
    /// Which.
    pub id: AccountId,
    token: String,
    http: Client,
}

impl Member {
    async fn new(address: SocketAddr, number: usize) -> Self {
        let builder = Client::builder().no_proxy();
        let http = builder.timeout(Duration::from_secs(20)).build().unwrap();
        let mobile = format!("1380000000{number}");
        let mut member = Self {
            id: AccountId::FIRST,
            token: String::new(),
            http,
        };
        let path = format!("captcha/mobile?mobile={mobile}");
        member.get(address, &path).await;
        let login = json!({ "mobile": mobile, "captcha": CODE, "platform": "pc" });
        let login = member.post(address, "login/mobile", &login).await.unwrap();
        member.token = login["token"].as_str().unwrap().to_owned();
        let me = member.get(address, "me/info").await;
        member.id = AccountId(me["account"]["id"].as_i64().unwrap());
        member
    }

    /// Whether the conversation is one of the member's.
    pub fn takes_part_in(&self, exchange: Exchange) -> bool {
        matches!(exchange, Exchange::Channel(_)) || exchange.peer_of(self.id).is_some()
    }

    /// The whole conversation as operation 54 tells it, oldest first.
    pub async fn history(&self, address: SocketAddr, exchange: Exchange) -> Vec<(i64, String)> {
        let to = self.number_of(exchange);
        let mut all = Vec::new();
        for page in 1.. {
            let path = format!("chat/messages?toId={to}&page={page}&limit={PAGE}&sort=id:asc");
            let answer = self.get(address, &path).await;
            let items = answer["items"].as_array().unwrap();
            all.extend(items.iter().map(|item| {
                let body = item["body"].as_str().unwrap();
                (item["id"].as_i64().unwrap(), body.to_owned())
            }));
            if items.len() < PAGE {
                break;
            }
        }
        all
    }

    /// What the API calls the conversation.
    fn number_of(&self, exchange: Exchange) -> i64 {
        match exchange {
            Exchange::Channel(channel) => channel.0,
            direct => direct.peer_of(self.id).unwrap().0,
        }
    }

    /// Says a text that is said nowhere else; gives the message's id. Fails when the node dies before it answers.
    async fn say(
        &self,
        address: SocketAddr,
        exchange: Exchange,
        text: &str,
    ) -> reqwest::Result<i64> {
        let ope = match exchange {
            Exchange::Direct(..) => "friend",
            Exchange::Channel(_) => "group",
        };
        let message = json!({
            "toId": self.number_of(exchange),
            "ope": ope,
            "type": "text",
            "isPrivate": 0,
            "body": text,
            "clientMsgId": text,
        });
        let said = self.post(address, "chat/send", &message).await?;
        Ok(said["id"].as_i64().unwrap())
    }

    async fn get(&self, address: SocketAddr, path: &str) -> Value {
        let url = format!("http://{address}/api/v1/{path}");
        self.ask(self.http.get(url)).await.unwrap()
    }

    async fn post(&self, address: SocketAddr, path: &str, body: &Value) -> reqwest::Result<Value> {
        let url = format!("http://{address}/api/v1/{path}");
        self.ask(self.http.post(url).json(body)).await
    }

    /// An answer has to be a success: nothing here gives the node a reason to refuse.
    async fn ask(&self, request: RequestBuilder) -> reqwest::Result<Value> {
        let request = request.header("Authorization", &self.token);
        let mut answer: Value = request.send().await?.json().await?;
        assert_eq!(answer["code"], 0, "{answer}");
        Ok(answer["result"].take())
    }
}

/// Everybody, talking and listening.
pub struct Crowd {
    /// Who.
    pub members: Vec<Member>,
    /// What was said and heard so far.
    pub ledger: Arc<Ledger>,
    life: watch::Sender<Life>,
    quiet: watch::Sender<bool>,
    talkers: JoinSet<()>,
    _listeners: JoinSet<()>,
}

impl Crowd {
    /// Makes the accounts and one channel of all; from then on each talks to the next one and to all, and listens.
    pub async fn gather(node: &Program) -> Self {
        let address = node.address();
        let mut members = Vec::new();
        for number in 0..MEMBERS {
            members.push(Member::new(address, number).await);
        }
        let channel = found_channel(&members, address).await;
        let ledger = Arc::new(Ledger::default());
        let (life, lives) = watch::channel(Life { number: 1, address });
        let (quiet, be_quiet) = watch::channel(false);
        let (mut talkers, mut listeners) = (JoinSet::new(), JoinSet::new());
        for (member, next) in members.iter().zip(members.iter().cycle().skip(1)) {
            let talker = Talker {
                me: member.clone(),
                places: [Exchange::direct(member.id, next.id), channel],
                lives: lives.clone(),
                quiet: be_quiet.clone(),
                ledger: ledger.clone(),
            };
            talkers.spawn(talker.talk());
            listeners.spawn(listen(member.clone(), lives.clone(), ledger.clone()));
        }
        Self {
            members,
            ledger,
            life,
            quiet,
            talkers,
            _listeners: listeners,
        }
    }

    /// Tells everybody where the node lives now.
    pub fn meet_at(&self, address: SocketAddr) {
        self.life.send_modify(|life| {
            life.number += 1;
            life.address = address;
        });
    }

    /// Lets everybody finish what they are saying. They go on listening.
    pub async fn fall_silent(&mut self) {
        self.quiet.send_replace(true);
        while let Some(talker) = self.talkers.join_next().await {
            talker.unwrap();
        }
    }
}

async fn found_channel(members: &[Member], address: SocketAddr) -> Exchange {
    let owner = &members[0];
    let channel = json!({ "name": "everybody" });
    let channel = owner.post(address, "chatGroups", &channel).await.unwrap();
    let id = channel["id"].as_i64().unwrap();
    let others: Vec<_> = members[1..].iter().map(|member| member.id.0).collect();
    let invitation = json!({ "groupId": id, "toIdList": others });
    let invited = owner.post(address, "chatGroups/invite", &invitation).await;
    invited.unwrap();
    Exchange::Channel(ChannelId(id))
}

/// Says one text after the other, here and there.
struct Talker {
    me: Member,
    places: [Exchange; 2],
    lives: watch::Receiver<Life>,
    quiet: watch::Receiver<bool>,
    ledger: Arc<Ledger>,
}

impl Talker {
    async fn talk(mut self) {
        let mut said = 0;
        while !*self.quiet.borrow() {
            for exchange in self.places {
                said += 1;
                let text = format!("{}-{said}", self.me.id);
                let id = self.insist(exchange, &text).await;
                self.ledger.acknowledge(Acknowledged {
                    exchange,
                    sender: self.me.id,
                    id,
                    text,
                });
            }
        }
    }

    /// Says it until it is acknowledged.
    async fn insist(&mut self, exchange: Exchange, text: &str) -> i64 {
        loop {
            let life = *self.lives.borrow();
            if let Ok(id) = self.me.say(life.address, exchange, text).await {
                return id;
            }
            assert!(lives_again(&mut self.lives, life).await, "the test is over");
        }
    }
}

/// Keeps a socket open as long as there is a node.
async fn listen(me: Member, mut lives: watch::Receiver<Life>, ledger: Arc<Ledger>) {
    loop {
        let life = *lives.borrow();
        let url = format!("ws://{}/api/v1/ws?t={}", life.address, me.token);
        if let Ok((mut socket, _)) = connect_async(url).await {
            ledger.connected(me.id);
            while let Some(Ok(frame)) = socket.next().await {
                if let Some(id) = message_id(&frame) {
                    ledger.hear(me.id, id);
                }
            }
        } else if !lives_again(&mut lives, life).await {
            return;
        }
    }
}

fn message_id(frame: &Message) -> Option<i64> {
    let Message::Text(text) = frame else {
        return None;
    };
    let frame: Value = serde_json::from_str(text.as_str()).unwrap();
    (frame["type"] == "text").then(|| frame["id"].as_i64().unwrap())
}
