// A page of messages with Express and EJS, out of the tutorial's database: `node express.js PORT`.
// SQLite is its build for WebAssembly, which needs no compiler.
const express = require("express");
const ejs = require("ejs");
const { Database } = require("node-sqlite3-wasm");
const { join } = require("node:path");

const database = new Database(join(process.env.TUTORIAL_DATA, "db.sqlite3"), { readOnly: true });
const session = database.prepare(
  "SELECT 1 FROM django_session WHERE session_key = ? AND expire_date > datetime('now')",
);
const messages = database.prepare(
  "SELECT m.id, m.body, m.created_at, u.username FROM chat_message m " +
    "JOIN auth_user u ON u.id = m.author_id WHERE m.room = ? ORDER BY m.id DESC LIMIT 50",
);
const page = ejs.compile(`<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title><%= room %></title>
  </head>
  <body>
    <header>
      <h1><%= room %></h1>
      <p>Signed in as <%= username %></p>
    </header>
    <ol id="chat-log">
      <% for (const message of messages) { %>
        <li id="message-<%= message.id %>">
          <b><%= message.username %></b>
          <time datetime="<%= message.created_at %>"><%= message.created_at.slice(11, 16) %></time>
          <p><%- escape(message.body).replaceAll("\\n", "<br>") %></p>
        </li>
      <% } %>
    </ol>
    <form method="post">
      <input name="message" size="100">
      <button>Send</button>
    </form>
  </body>
</html>`);

const app = express();

app.get("/chat/:room", (request, response) => {
  const key = /sessionid=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
  if (!session.get([key])) return response.sendStatus(403);
  const newest = messages.all([request.params.room]).reverse();
  const username = `person_${Number(key)}`;
  response.send(
    page({ room: request.params.room, username, messages: newest, escape: ejs.escapeXML }),
  );
});

app.listen(Number(process.argv[2]), "127.0.0.1");
