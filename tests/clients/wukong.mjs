// One user of the real WuKongIM SDK, driven by lines of JSON on standard input. What the SDK tells its application comes out as
// lines of JSON on standard output. The SDK is a singleton, so every user has a process.
import { createInterface } from "node:readline";
import WebSocket from "ws";
import sdk from "wukongimjssdk";

globalThis.WebSocket = WebSocket;
// The SDK chatters.
console.log = console.error;

const RETRY_MS = 100;
const client = sdk.shared();
const { config, connectManager, chatManager } = client;
let base = "";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const shown = (message) => ({
  id: String(message.messageID),
  seq: message.messageSeq,
  client_no: message.clientMsgNo,
  from: message.fromUID,
  channel: message.channel.channelID,
  channel_type: message.channel.channelType,
  red_dot: Boolean(message.header.reddot),
  payload: message.content.contentObj,
});

connectManager.addConnectStatusListener((status, reason) =>
  say({ event: "status", status, reason, retries: connectManager.needReconnect }),
);
chatManager.addMessageListener((message) => {
  // The SDK tells the sender of a message about it, too, before it is sent.
  if (message.messageID) say({ event: "message", ...shown(message) });
});
chatManager.addCMDListener((message) => {
  const { cmd, param } = message.content;
  say({ event: "command", ...shown(message), cmd, param });
});
chatManager.addMessageStatusListener((ack) =>
  say({ event: "sendack", id: String(ack.messageID), seq: ack.messageSeq, client_seq: ack.clientSeq, reason: ack.reasonCode }),
);

// Asks the node for its address on every connect, so that one which was started again elsewhere is found. This needs no login.
config.provider.connectAddrCallback = async (connectTo) => {
  for (;;) {
    const answer = await fetch(`${base}/v1/users/${config.uid}/im`).catch(() => undefined);
    if (answer) {
      const { wss_addr, ws_addr } = await answer.json();
      return connectTo(wss_addr || ws_addr);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
};

const commands = {
  connect({ base: at, uid, token }) {
    base = at;
    config.uid = uid;
    config.token = token;
    client.connect();
  },
  disconnect() {
    client.disconnect();
  },
  base({ base: at }) {
    base = at;
  },
  async send({ channel, channel_type, text }) {
    // The SDK keeps what it could not send and sends it on the next connection.
    await chatManager.send(client.newMessageText(text), client.newChannel(channel, channel_type)).catch(() => {});
  },
};

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const command = JSON.parse(line);
  commands[command.do](command);
});
lines.on("close", () => process.exit(0));
say({ event: "ready" });
