"""A small OpenID Connect provider on this machine, which says its `claims` of everyone."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = ("chatsite", "a-secret-of-the-client")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.claims: dict[str, Any] = {}
        self.answers: dict[str, Any] = {}  # what the token's says instead of the truth
        self.is_broken = False
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: dict[str, dict[str, Any]] = {}

    def configuration(self) -> dict[str, Any]:
        names = ("authorization", "token", "userinfo")
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **{f"{name}_endpoint": f"{self.url}/{name}" for name in names},
        }

    def keys(self) -> dict[str, Any]:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [{**key, "kid": "one", "alg": "RS256", "use": "sig"}]}

    def authorization(self, asked: dict[str, str]) -> str:
        """Where the browser goes back to."""
        assert asked["client_id"] == CLIENT[0]
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Return nothing for an unknown code, or one that another client asked for."""
        began = self._codes.pop(asked["code"], None)
        digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        client = base64.b64encode(":".join(CLIENT).encode()).decode()
        if began is None or began["code_challenge"] != challenge:
            return None
        if authorization != f"Basic {client}" or asked["redirect_uri"] != began["redirect_uri"]:
            return None
        token = secrets.token_urlsafe()
        self._tokens[token] = dict(self.claims)
        return {"access_token": token, "token_type": "Bearer", "id_token": self._id_token()}

    def userinfo(self, authorization: str) -> dict[str, Any] | None:
        return self._tokens.get(authorization.removeprefix("Bearer "))

    def _id_token(self) -> str:
        now = int(time.time())
        claims = {
            **self.claims,
            "iss": self.url,
            "aud": CLIENT[0],
            "iat": now,
            "exp": now + 300,
            **self.answers,
        }
        return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "one"})


class Door(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = dict(parse_qsl(parts.query))
        match parts.path:
            case _ if self.provider.is_broken:
                self._say({"error": "out of order"}, status=500)
            case "/.well-known/openid-configuration":
                self._say(self.provider.configuration())
            case "/keys":
                self._say(self.provider.keys())
            case "/userinfo":
                self._say(self.provider.userinfo(self.headers["Authorization"]))
            case "/authorization":
                self.send_response(302)
                self.send_header("Location", self.provider.authorization(asked))
                self.end_headers()

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = dict(parse_qsl(self.rfile.read(length).decode()))
        self._say(self.provider.token(asked, self.headers.get("Authorization", "")))

    def _say(self, answer: dict[str, Any] | None, status: int = 200) -> None:
        body = json.dumps(answer or {"error": "invalid_grant"}).encode()
        self.send_response(status if answer else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@contextmanager
def provider() -> Iterator[Provider]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        Door.provider = Provider(server.server_address[1])
        Thread(target=server.serve_forever, daemon=True).start()
        yield Door.provider
        server.shutdown()
