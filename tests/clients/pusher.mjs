// Another server with the real library `pusher`, driven by lines of JSON on standard input. What each call came to is a line of
// JSON on standard output.
import { createInterface } from "node:readline";
import Pusher from "pusher";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
let pusher;

const commands = {
  begin({ port, key, secret }) {
    pusher = new Pusher({ appId: "1", key, secret, host: "127.0.0.1", port: String(port), useTLS: false });
  },
  async trigger({ channels, name, data, socket }) {
    const { status } = await pusher.trigger(channels, name, data, socket ? { socket_id: socket } : {});
    return status;
  },
  async batch({ events }) {
    const { status } = await pusher.triggerBatch(events);
    return status;
  },
  async get({ path, params }) {
    const answer = await pusher.get({ path, params });
    return answer.json();
  },
  async terminate({ user }) {
    const { status } = await pusher.terminateUserConnections(user);
    return status;
  },
};

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const command = JSON.parse(line);
  const failed = (error) => ({ failed: error.status ?? String(error) });
  const result = await Promise.resolve(commands[command.do](command)).catch(failed);
  say({ event: command.do, result: result ?? null });
});
lines.on("close", () => process.exit(0));
say({ event: "ready" });
