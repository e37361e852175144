"""Checks the `Authorization` header of a web push (RFC 8292) with PyPI `PyJWT`.

    python check_vapid.py --audience https://push.example:8443 'vapid t=…, k=…'

The header comes as the last argument or on standard input. `--key` is the public key that the subscription was made with
(base64url), `--now` the time in unix seconds (else the clock). Exit status: 0 if all is good, 1 if not, 2 if the arguments are wrong.
"""

import argparse
import base64
import re
import sys
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

MAX_LIFE = 24 * 60 * 60


class Bad(Exception):
    """The header does not say what it must."""


def parameters(header: str) -> dict[str, str]:
    """Takes the header apart (RFC 8292 §3): the scheme `vapid` with `t` and `k`."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "vapid":
        raise Bad(f"the scheme is {scheme}, not vapid")
    pairs = [part.strip().partition("=") for part in rest.split(",")]
    found = {name: value for name, _, value in pairs}
    if sorted(name for name, _, _ in pairs) != ["k", "t"]:
        raise Bad(f"the parameters are {sorted(found)}, not t and k")
    return found


def public_key(text: str) -> ec.EllipticCurvePublicKey:
    """Reads the uncompressed point of `k`."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{87}", text):
        raise Bad("k is not 65 bytes in base64url without padding")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.urlsafe_b64decode(text + "="))


def check(header: str, audience: str, now: float, key: str | None) -> dict:
    """Checks signature, `aud`, `exp` and `sub`, and gives the claims."""
    found = parameters(header)
    if key is not None and found["k"] != key:
        raise Bad("k is not the key of the subscription")
    claims = jwt.decode(
        found["t"],
        public_key(found["k"]),
        algorithms=["ES256"],
        audience=audience,
        options={"require": ["aud", "exp", "sub"], "verify_exp": False, "strict_aud": True},
    )
    if not now < claims["exp"] <= now + MAX_LIFE:
        raise Bad(f"exp is {claims['exp']}, which is not within 24 hours after {now:.0f}")
    if not re.fullmatch(r"mailto:[^\s@<>]+@[^\s@<>]+|https://\S+", claims["sub"]):
        raise Bad(f"sub is {claims['sub']!r}, neither mailto: nor https:")
    return claims


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks the Authorization header of a web push (RFC 8292).")
    parser.add_argument("--audience", required=True, help="the origin of the push service, with a port that is not the default")
    parser.add_argument("--key", help="the public key that the subscription was made with, base64url")
    parser.add_argument("--now", type=float, help="unix seconds; the clock if absent")
    parser.add_argument("header", nargs="?", help="the header's value; standard input if absent")
    given = parser.parse_args()
    header = given.header if given.header is not None else sys.stdin.read()
    try:
        claims = check(header, given.audience, given.now if given.now is not None else time.time(), given.key)
    except Exception as error:  # whatever the library raises, the header is not good
        print(f"bad: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(f"good: {claims}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
