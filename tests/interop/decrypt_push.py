"""Decrypts the body of a web push (RFC 8291, `aes128gcm`) with PyPI `http_ece`, and writes the plaintext to standard output.

    python decrypt_push.py [PUSH.json]

The JSON, also on standard input, has the subscriber's side in base64url: `body`, `auth` (16 bytes) and `private_key` (the 32 bytes
of the P-256 scalar, or PKCS#8 in DER). Exit status: 0 if it was decrypted, 1 if not, 2 if the input is wrong.
"""

import base64
import json
import sys
from pathlib import Path

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

SCALAR_BYTES = 32


def from_base64url(text: str) -> bytes:
    """Decodes base64url with or without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_key(data: bytes) -> ec.EllipticCurvePrivateKey:
    """Reads a raw scalar or PKCS#8."""
    if len(data) == SCALAR_BYTES:
        return ec.derive_private_key(int.from_bytes(data, "big"), ec.SECP256R1())
    return load_der_private_key(data, password=None)


def main() -> int:
    try:
        text = Path(sys.argv[1]).read_text() if len(sys.argv) > 1 else sys.stdin.read()
        push = json.loads(text)
        body, auth = from_base64url(push["body"]), from_base64url(push["auth"])
        key = private_key(from_base64url(push["private_key"]))
    except (OSError, KeyError, TypeError, ValueError) as error:
        print(f"the input is wrong: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    try:
        plaintext = http_ece.decrypt(body, private_key=key, auth_secret=auth, version="aes128gcm")
    except Exception as error:  # whatever the library raises, the body cannot be read
        print(f"bad: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(plaintext)
    return 0


if __name__ == "__main__":
    sys.exit(main())
