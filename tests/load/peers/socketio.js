// Rooms on Socket.IO: `node socketio.js [REDIS] PORT`, with the address of a Redis that carries
// messages between processes. Sessions are those of tests/load/people.py.
const { Server } = require("socket.io");

const [redis, port] = process.argv.length > 3 ? process.argv.slice(2) : ["", process.argv[2]];

const sessions = new Map();
for (let person = 0; person < 5000; person++) {
  sessions.set(String(person).padStart(32, "0"), person);
}

const io = new Server({ transports: ["websocket"] });

io.use((socket, next) => {
  const key = /sessionid=(\w+)/.exec(socket.handshake.headers.cookie ?? "")?.[1];
  next(sessions.has(key) ? undefined : new Error("not signed in"));
});

io.on("connection", (socket) => {
  let room = null;
  socket.on("join", (name) => {
    room = name;
    socket.join(name);
    socket.emit("joined");
  });
  socket.on("message", (text) => io.to(room).emit("message", text));
});

async function main() {
  if (redis) {
    const { createClient } = require("redis");
    const { createAdapter } = require("@socket.io/redis-adapter");
    const [publisher, subscriber] = [createClient({ url: redis }), createClient({ url: redis })];
    await Promise.all([publisher.connect(), subscriber.connect()]);
    io.adapter(createAdapter(publisher, subscriber));
  }
  io.listen(Number(port));
}

main();
