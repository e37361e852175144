"""Checks every signature of a notice with PyPI `jwcrypto`, and the payload's form with PyPI `rfc8785`.

    python verify_notice.py ENVELOPE.json DIRECTORY.json ROOT.jwk.json

Exit status: 0 if all is good, 1 if anything is not, 2 if the arguments are wrong. This knows JOSE and RFC 8785, not Munadi's own
rules: who must sign, in which role and when.
"""

import json
import sys
from pathlib import Path

import rfc8785
from jwcrypto.common import base64url_decode
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS


class Bad(Exception):
    """Something does not verify."""


def verify(payload: str, signature: dict, jwk: dict, typ: str) -> tuple[dict, bytes]:
    """Verifies one signature, and gives its protected header and the payload."""
    token = JWS()
    token.allowed_algs = ["ES256"]
    token.deserialize(json.dumps({**signature, "payload": payload}), key=JWK(**jwk))
    header = token.jose_header
    if header.get("typ") != typ:
        raise Bad(f"typ is {header.get('typ')}, not {typ}")
    return header, token.payload


def canonical_payload(payload: bytes) -> dict:
    """Reads a payload that must be in the form of RFC 8785."""
    value = json.loads(payload)
    if rfc8785.dumps(value) != payload:
        raise Bad("the payload is not in the form of RFC 8785")
    return value


def verify_all(envelope: dict, directory: dict, root: dict) -> None:
    """Verifies the directory, and then every signature of the envelope."""
    payload = directory.pop("payload")
    _, listed = verify(payload, directory, root, "munadi-keys+jws")
    keys = {key["kid"]: key["jwk"] for key in canonical_payload(listed)["keys"]}
    if not envelope["signatures"]:
        raise Bad("there is no signature")
    for signature in envelope["signatures"]:
        kid = json.loads(base64url_decode(signature["protected"]))["kid"]
        if kid not in keys:
            raise Bad(f"the key {kid} is not in the directory")
        header, signed = verify(envelope["payload"], signature, keys[kid], "notice+jws")
        canonical_payload(signed)
        print(f"good: {header['role']} {kid}")


def main() -> int:
    if len(sys.argv) != 4:
        print("usage: verify_notice.py ENVELOPE.json DIRECTORY.json ROOT.jwk.json", file=sys.stderr)
        return 2
    try:
        verify_all(*(json.loads(Path(file).read_bytes()) for file in sys.argv[1:]))
    except Exception as error:  # whatever a library raises, the notice is not good
        print(f"bad: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
