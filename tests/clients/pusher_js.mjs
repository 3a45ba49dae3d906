// One user of the real pusher-js, driven by lines of JSON on standard input. What the library tells its application comes out as
// lines of JSON on standard output.
import { createServer, connect as dial } from "node:net";
import { createInterface } from "node:readline";
import Pusher from "pusher-js";

// The library chatters.
console.log = console.error;

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

// The library keeps the address it was made with, and a node that was started again listens elsewhere: in between there is a
// relay, as a balancer would be.
let node = 0;
const relay = createServer((inside) => {
  const outside = dial(node, "127.0.0.1");
  const end = () => {
    inside.destroy();
    outside.destroy();
  };
  for (const side of [inside, outside]) side.on("error", end).on("close", end).setNoDelay(true);
  inside.pipe(outside).pipe(inside);
});

let pusher;

const commands = {
  connect({ port: at, key, token }) {
    node = at;
    const { port } = relay.address();
    const headers = { token };
    const endpoint = (path) => ({ endpoint: `http://127.0.0.1:${port}${path}`, transport: "ajax", headers });
    pusher = new Pusher(key, {
      cluster: "",
      wsHost: "127.0.0.1",
      wsPort: port,
      forceTLS: false,
      enableStats: false,
      enabledTransports: ["ws"],
      channelAuthorization: endpoint("/h5/push/auth"),
      userAuthentication: endpoint("/pusher/user-auth"),
    });
    const { connection } = pusher;
    connection.bind("state_change", ({ current }) => say({ event: "state", state: current, socket: connection.socket_id ?? "" }));
    connection.bind("error", (fault) => say({ event: "error", code: (fault.error ?? fault).data?.code ?? null }));
    pusher.bind("pusher:signin_success", (data) => say({ event: "signed_in", data }));
  },
  moved({ port: at }) {
    node = at;
  },
  subscribe({ channel }) {
    pusher.subscribe(channel).bind_global((event, data) => say({ event: "told", channel, name: event, data }));
  },
  unsubscribe({ channel }) {
    pusher.unsubscribe(channel);
  },
  trigger({ channel, name, data }) {
    pusher.channel(channel).trigger(name, data);
  },
  signin() {
    pusher.signin();
  },
};

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const command = JSON.parse(line);
  commands[command.do](command);
});
lines.on("close", () => process.exit(0));
relay.listen(0, "127.0.0.1", () => say({ event: "ready" }));
