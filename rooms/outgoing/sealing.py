"""Seals a push, so that only the browser that it is for can read it (RFC 8291), and says whose push
it is (RFC 8292)."""

import functools
import hashlib
import hmac
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode

import jwt
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LENGTH = 4096  # bytes of a push: the most that every service takes
SHORTER = 2048  # for a service that doesn't
OVERHEAD = 16 + 4 + 1 + 65 + 1 + 16  # salt, record size, length of the key, key, delimiter, tag

TOKEN_SECONDS = 12 * 3600  # that a token is used for; services refuse more than a day
_CURVE = ec.SECP256R1()
_POINT = (Encoding.X962, PublicFormat.UncompressedPoint)


def encode(data: bytes) -> str:
    """base64url, without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Raises ValueError for what isn't base64url."""
    if not text.isascii() or set(text) & set("+/"):
        raise ValueError(text)
    return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def check_keys(p256dh: str, auth: str) -> None:
    """Raise ValueError unless these are the keys of a browser: a point, and sixteen bytes."""
    ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, decode(p256dh))
    if len(decode(p256dh)) != 65 or len(decode(auth)) != 16:
        raise ValueError("keys of a wrong length")


def new_key() -> str:
    """Make a key pair for the site."""
    secret = ec.generate_private_key(_CURVE).private_numbers().private_value
    return encode(secret.to_bytes(32, "big"))


@functools.lru_cache(maxsize=4)
def _private(key: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decode(key), "big"), _CURVE)


@functools.lru_cache(maxsize=4)
def public(key: str) -> str:
    """Return the public half as browsers and services want it: 65 bytes in base64url."""
    return encode(_private(key).public_key().public_bytes(*_POINT))


def seal(text: bytes, p256dh: str, auth: str, *, length: int = LENGTH) -> bytes:
    """Return one record of aes128gcm that is as long for every text (RFC 8291, section 3.4).
    Raises ValueError if the text is too long for it."""
    padding = length - OVERHEAD - len(text)
    if padding < 0:
        raise ValueError("too long")
    theirs = decode(p256dh)
    once = ec.generate_private_key(_CURVE)
    ours = once.public_key().public_bytes(*_POINT)
    point = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs)
    try:
        shared = once.exchange(ec.ECDH(), point)
    except InvalidKey as error:
        raise ValueError("not a key") from error
    salt = os.urandom(16)
    input_key = _expand(_hmac(decode(auth), shared), b"WebPush: info\0" + theirs + ours, 32)
    secret = _hmac(salt, input_key)
    key = _expand(secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _expand(secret, b"Content-Encoding: nonce\0", 12)
    header = salt + length.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, text + b"\2" + bytes(padding), None)


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, hashlib.sha256)


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    """HKDF's second step, for at most one block (RFC 5869)."""
    return _hmac(key, info + b"\1")[:length]


def authorization(service: str, *, key: str, contact: str) -> str:
    """Return the header that proves to a push service whose push it is. A token serves for hours:
    a signature for each push would cost as much as sealing it."""
    token = _token(service, key, contact, int(time.time() // TOKEN_SECONDS))
    return f"vapid t={token}, k={public(key)}"


@functools.lru_cache(maxsize=1024)
def _token(service: str, key: str, contact: str, period: int) -> str:
    claims = {"aud": service, "exp": (period + 2) * TOKEN_SECONDS - 60, "sub": contact}
    return jwt.encode(claims, _private(key), algorithm="ES256")
