// Rooms on Socket.IO: `node socketio.js PORT`. Sessions are those of tests/load/people.py.
const { Server } = require("socket.io");

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

io.listen(Number(process.argv[2]));
