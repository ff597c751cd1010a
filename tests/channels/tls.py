"""A certificate for 127.0.0.1 and hooks.example.com that nobody but these tests trusts; its key opens nothing."""

from __future__ import annotations

import ssl
from pathlib import Path

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBozCCAUmgAwIBAgIUEBJagE1Vd+p1Dt64IqTwJfrkJvwwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMzEzMTYyOVoYDzIxMjYxMDMw
MTMxNjI5WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATJn+dfeiH5/E2v5G9hqsXnNyvhGfP9ZB7n6jEvIT7WWQfuyx+LoSNc
/6p/PsTUXC4cr51sjGJCKctcJkXjgfYWo3cwdTAdBgNVHQ4EFgQUOXAdE5Ir3ndI
UfSSJhUwkyaYmvcwHwYDVR0jBBgwFoAUOXAdE5Ir3ndIUfSSJhUwkyaYmvcwDwYD
VR0TAQH/BAUwAwEB/zAiBgNVHREEGzAZhwR/AAABghFob29rcy5leGFtcGxlLmNv
bTAKBggqhkjOPQQDAgNIADBFAiAoymxBf/+sKuNNpgrvIvPFQC3dHLQ7bl7UYsT+
agJJngIhAP4fZ0F7xQBwyub0CCnIQ9Px/oHfCyCVIWghTDVvZeLi
-----END CERTIFICATE-----
"""
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBvzqXBHZ0jXVlPRI
5IXwhD5elj+/yK9QgKMdDtwxKjChRANCAATJn+dfeiH5/E2v5G9hqsXnNyvhGfP9
ZB7n6jEvIT7WWQfuyx+LoSNc/6p/PsTUXC4cr51sjGJCKctcJkXjgfYW
-----END PRIVATE KEY-----
"""


def serving(folder: Path) -> ssl.SSLContext:
    """For a server. `folder` holds the files that OpenSSL wants to read."""
    (folder / "own.pem").write_text(CERTIFICATE + KEY)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "own.pem")
    return context


def trusting() -> ssl.SSLContext:
    """For a client."""
    return ssl.create_default_context(cadata=CERTIFICATE)
