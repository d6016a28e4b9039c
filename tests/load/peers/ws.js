// A room by path on `ws`: `node ws.js PORT`. Sessions are those of tests/load/people.py.
const { WebSocketServer } = require("ws");

const sessions = new Map();
for (let person = 0; person < 5000; person++) {
  sessions.set(String(person).padStart(32, "0"), person);
}
const rooms = new Map();

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  verifyClient: ({ req }) => sessions.has(/sessionid=(\w+)/.exec(req.headers.cookie ?? "")?.[1]),
});

server.on("connection", (socket, request) => {
  if (!rooms.has(request.url)) rooms.set(request.url, new Set());
  const room = rooms.get(request.url);
  room.add(socket);
  socket.on("message", (data) => {
    const text = JSON.stringify({ message: JSON.parse(data).message });
    for (const other of room) other.send(text);
  });
  socket.on("close", () => room.delete(socket));
});
