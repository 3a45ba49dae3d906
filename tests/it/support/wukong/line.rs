//! A connection of the WuKongIM protocol as a client holds it, over a WebSocket or TCP.

use super::{Person, Pipe, Way, is_talk};
use bytes::Bytes;
use parlance::dialect::wukong::crypto::{Cipher, KeyPair};
use parlance::dialect::wukong::proto::{
    Connack, Connect, Decoder, Flags, Packet, Recv, Recvack, SUCCESS, Send, Sendack, Setting,
    Suback,
};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// A message or command that came.
#[derive(Debug, Clone)]
pub struct Heard {
    pub recv: Recv,
    pub payload: Value,
}

impl Heard {
    /// Whether it is a command of this name.
    pub fn is(&self, cmd: &str) -> bool {
        self.payload["type"] == 99 && self.payload["cmd"] == cmd
    }

    fn is_command(&self) -> bool {
        self.recv.flags.has(Flags::SYNC_ONCE)
    }
}

/// What a client says of itself.
#[derive(Debug, Clone)]
pub struct Hello {
    pub uid: String,
    pub token: String,
    pub flag: u8,
    pub device: String,
    pub version: u8,
}

impl Hello {
    /// What a person's client says.
    pub fn of(person: &Person, device: &str) -> Self {
        Self {
            uid: person.uid.clone(),
            token: person.token.clone(),
            flag: person.flag,
            device: device.to_owned(),
            version: parlance::dialect::wukong::proto::NEWEST,
        }
    }

    /// The same in another version of the protocol.
    pub fn in_version(self, version: u8) -> Self {
        Self { version, ..self }
    }

    /// The packet that says it, with a public key of any kind.
    pub fn with_key(&self, key: &str) -> Packet {
        self.packet(key.to_owned())
    }

    fn packet(&self, key: String) -> Packet {
        Packet::Connect(Connect {
            version: self.version,
            device_flag: self.flag,
            device_id: self.device.as_str().into(),
            uid: self.uid.as_str().into(),
            token: self.token.as_str().into(),
            timestamp: 1_700_000_000_000,
            client_key: key.into(),
        })
    }
}

/// A live connection.
pub struct Line {
    pipe: Pipe,
    decoder: Decoder,
    cipher: Cipher,
    version: u8,
    client_seq: u32,
    /// What came that nobody asked for yet.
    heard: VecDeque<Heard>,
    acks: VecDeque<Sendack>,
    subacks: VecDeque<Suback>,
    pongs: usize,
    farewell: Option<(u8, String)>,
    /// Whether it confirms what it hears.
    pub confirms: bool,
}

impl Line {
    /// Connects a person's device over a WebSocket on the HTTP port; it is let in.
    pub async fn connect(person: &Person, device: &str) -> Self {
        Self::connect_by(Way::Http, person, device).await
    }

    /// The same in any way.
    pub async fn connect_by(way: Way, person: &Person, device: &str) -> Self {
        let pipe = way.pipe(person.client()).await;
        let line = Self::open(pipe, &Hello::of(person, device)).await;
        line.unwrap_or_else(|reason| panic!("refused over {way:?}: {reason:?}"))
    }

    /// Says hello over a pipe; gives the reason when it is refused, none when the node just hangs up.
    pub async fn open(mut pipe: Pipe, hello: &Hello) -> Result<Self, Option<u8>> {
        let keys = KeyPair::new(rand::random());
        let connect = hello.packet(keys.public());
        // Who is refused may be cut off before everything is written.
        let _ = pipe.write(connect.encode(hello.version)).await;
        let version = hello.version.min(parlance::dialect::wukong::proto::NEWEST);
        let mut decoder = Decoder::new(version);
        let connack = loop {
            let bytes = pipe.read().await.ok_or(None)?;
            decoder.push(&bytes);
            match decoder.next().expect("the answer is no frame") {
                Some(Packet::Connack(connack)) => break connack,
                Some(other) => panic!("no CONNACK: {other:?}"),
                None => {}
            }
        };
        let Connack {
            reason,
            server_key,
            salt,
            ..
        } = connack;
        if reason != SUCCESS {
            assert_eq!(pipe.read().await, None, "more after a refusal");
            return Err(Some(reason));
        }
        let mut line = Self {
            cipher: Cipher::agree(&keys, &server_key, &salt).unwrap(),
            pipe,
            decoder,
            version,
            client_seq: 0,
            heard: VecDeque::new(),
            acks: VecDeque::new(),
            subacks: VecDeque::new(),
            pongs: 0,
            farewell: None,
            confirms: true,
        };
        // Over TCP more may have come with the welcome.
        let more = line.take_all().await;
        assert!(more == 0 || matches!(line.pipe, Pipe::Tcp(_)));
        Ok(line)
    }

    /// A SEND of a payload, to be changed and [put](Self::put) on the line.
    pub fn draft(&mut self, channel: &str, kind: u8, payload: &Value) -> Send {
        self.client_seq += 1;
        let mut send = Send {
            flags: Flags::RED_DOT,
            setting: Setting::default(),
            client_seq: self.client_seq,
            client_msg_no: uuid::Uuid::new_v4().simple().to_string().into(),
            stream_no: Default::default(),
            channel_id: channel.into(),
            channel_type: kind,
            expire: 0,
            msg_key: Default::default(),
            topic: Default::default(),
            payload: self.seal(payload.to_string().as_bytes()),
        };
        self.sign(&mut send);
        send
    }

    /// A payload as this connection encrypts it.
    pub fn seal(&self, payload: &[u8]) -> Bytes {
        self.cipher.seal(payload).into()
    }

    /// Makes the key of a SEND anew, after a change of what is signed.
    pub fn sign(&self, send: &mut Send) {
        send.msg_key = self.cipher.message_key(send.sign()).into();
    }

    /// Sends a packet.
    pub async fn put(&mut self, packet: Packet) {
        let bytes = packet.encode(self.version);
        self.put_bytes(bytes).await;
    }

    /// Sends several packets in one message.
    pub async fn put_all(&mut self, packets: &[Packet]) {
        let frames: Vec<Bytes> = packets.iter().map(|p| p.encode(self.version)).collect();
        self.put_bytes(frames.concat()).await;
    }

    /// Sends bytes, which need be no frame.
    pub async fn put_bytes(&mut self, bytes: impl Into<Bytes>) {
        // A node that has hung up says so when it is read from.
        let _ = self.pipe.write(bytes).await;
    }

    /// Sends a SEND as it is and waits for its answer.
    pub async fn exchange(&mut self, send: Send) -> Sendack {
        let client_seq = send.client_seq;
        self.put(Packet::Send(send)).await;
        let ack = self.next_ack().await;
        assert_eq!(ack.client_seq, client_seq);
        ack
    }

    /// Sends a payload and waits for its answer.
    pub async fn send(&mut self, channel: &str, kind: u8, payload: &Value) -> Sendack {
        let send = self.draft(channel, kind, payload);
        self.exchange(send).await
    }

    /// Sends a text, which is accepted.
    pub async fn say(&mut self, channel: &str, kind: u8, text: &str) -> Sendack {
        let payload = json!({"type": 1, "content": text});
        let ack = self.send(channel, kind, &payload).await;
        assert_eq!(ack.reason, SUCCESS, "{ack:?}");
        ack
    }

    /// The answer to the oldest SEND that has none yet.
    pub async fn next_ack(&mut self) -> Sendack {
        loop {
            if let Some(ack) = self.acks.pop_front() {
                return ack;
            }
            assert!(self.fill().await, "the node closed: {:?}", self.farewell);
        }
    }

    /// The answers to several, in the order of what they answer.
    pub async fn next_acks(&mut self, count: usize) -> Vec<Sendack> {
        let mut acks = Vec::with_capacity(count);
        while acks.len() < count {
            acks.push(self.next_ack().await);
        }
        acks.sort_by_key(|ack| ack.client_seq);
        acks
    }

    /// The answer to the oldest SUB that has none yet.
    pub async fn next_suback(&mut self) -> Suback {
        loop {
            if let Some(ack) = self.subacks.pop_front() {
                return ack;
            }
            assert!(self.fill().await, "the node closed: {:?}", self.farewell);
        }
    }

    /// The next message that somebody says: no command, notice or greeting of a new friend.
    pub async fn next(&mut self) -> Heard {
        self.next_where(|heard| !heard.is_command() && is_talk(&heard.payload))
            .await
    }

    /// The next message; it is a text that says this.
    pub async fn hears(&mut self, text: &str) -> Heard {
        let heard = self.next().await;
        assert_eq!(heard.payload["content"], text, "{heard:?}");
        heard
    }

    /// The next command of this name.
    pub async fn hears_command(&mut self, cmd: &str) -> Heard {
        self.next_where(|heard| heard.is(cmd)).await
    }

    /// The first of what came that fits, the rest stays.
    pub async fn next_where(&mut self, fits: impl Fn(&Heard) -> bool) -> Heard {
        loop {
            if let Some(place) = self.heard.iter().position(&fits) {
                return self.heard.remove(place).unwrap();
            }
            let open = self.fill().await;
            assert!(open, "the node closed, unheard: {:?}", self.heard);
        }
    }

    /// Waits until the node has acted upon everything that was sent; gives what came that nobody asked for.
    pub async fn flush(&mut self) -> Vec<Heard> {
        let before = self.pongs;
        self.put(Packet::Ping).await;
        while self.pongs == before {
            assert!(self.fill().await, "the node closed: {:?}", self.farewell);
        }
        self.heard.drain(..).collect()
    }

    /// Waits until the node ends the connection; gives the reason and text of its DISCONNECT, if it sent one.
    pub async fn closed(mut self) -> Option<(u8, String)> {
        while self.fill().await {}
        self.farewell
    }

    /// Reads once; false when the connection ended.
    async fn fill(&mut self) -> bool {
        let Some(bytes) = self.pipe.read().await else {
            return false;
        };
        self.decoder.push(&bytes);
        let count = self.take_all().await;
        if let Pipe::Ws(_) = self.pipe {
            assert_eq!(count, 1, "one frame in every message");
            assert_eq!(self.decoder.waiting(), 0, "a whole frame in every message");
        }
        true
    }

    /// Takes in every whole frame that has come; gives how many.
    async fn take_all(&mut self) -> usize {
        let mut count = 0;
        while let Some(packet) = self.decoder.next().expect("what the node sends are frames") {
            self.take(packet).await;
            count += 1;
        }
        count
    }

    async fn take(&mut self, packet: Packet) {
        match packet {
            Packet::Recv(recv) => self.hear(recv).await,
            Packet::Sendack(ack) => self.acks.push_back(ack),
            Packet::Suback(ack) => self.subacks.push_back(ack),
            Packet::Pong => self.pongs += 1,
            Packet::Disconnect { reason, text } => {
                self.farewell = Some((reason, text.to_string()));
            }
            other => panic!("a node does not send {other:?}"),
        }
    }

    async fn hear(&mut self, recv: Recv) {
        assert_eq!(
            recv.msg_key,
            self.cipher.message_key(recv.sign()),
            "{recv:?}"
        );
        let payload = self.cipher.open(&recv.payload).expect("it is encrypted");
        let payload = serde_json::from_slice(&payload).expect("a payload is JSON");
        if self.confirms {
            let ack = Recvack {
                flags: recv.flags,
                message_id: recv.message_id,
                message_seq: recv.message_seq,
            };
            self.put(Packet::Recvack(ack)).await;
        }
        self.heard.push_back(Heard { recv, payload });
    }
}
