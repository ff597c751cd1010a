"""How Feishu seals what it sends to a URL: AES-256-CBC under the Encrypt Key, and a plain SHA-256 as signature."""

from __future__ import annotations

import base64
import hashlib
import secrets

from Crypto.Cipher import AES

BLOCK = 16


def encrypted(key: str, text: bytes) -> str:
    vector, pad = secrets.token_bytes(BLOCK), BLOCK - len(text) % BLOCK
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, vector)
    return base64.b64encode(vector + cipher.encrypt(text + bytes([pad]) * pad)).decode()


def signature(key: str, timestamp: str, nonce: str, body: bytes) -> str:
    return hashlib.sha256((timestamp + nonce + key).encode() + body).hexdigest()
