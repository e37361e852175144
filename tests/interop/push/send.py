"""Sends one message through a push service with PyPI `pywebpush`, and says what came back.

    python send.py <ORDER.json

The order, on standard input, is that of `send.mjs`: {endpoint, keys: {p256dh, auth}, vapid: {subject, private_key}, payload, ttl, topic,
urgency, encoding, headers}. `headers` change the finished request: a text replaces what the library wrote, null takes it away.

The answer, on standard output: {status, location, ttl, retry_after, errno, message}. Exit status 0 if there was one, 2 if not.
"""

import json
import sys

import requests
from pywebpush import WebPushException, webpush


class Changing(requests.Session):
    """Changes headers when a request is finished."""

    def __init__(self, changes: dict[str, str | None]) -> None:
        super().__init__()
        self.trust_env = False
        self.changes = changes

    def send(self, request: requests.PreparedRequest, **options) -> requests.Response:
        """Sends it with the changes."""
        for name, value in self.changes.items():
            request.headers.pop(name, None)
            if value is not None:
                request.headers[name] = value
        return super().send(request, **options)


def send(order: dict) -> requests.Response:
    """Does as it is told; what is refused is an answer, too."""
    vapid = order.get("vapid")
    wishes = {"Topic": order.get("topic"), "Urgency": order.get("urgency")}
    try:
        return webpush(
            {"endpoint": order["endpoint"], "keys": order["keys"]},
            data=order.get("payload"),
            vapid_private_key=vapid and vapid["private_key"],
            vapid_claims=vapid and {"sub": vapid["subject"]},
            ttl=order.get("ttl") or 0,
            content_encoding=order.get("encoding") or "aes128gcm",
            headers={name: value for name, value in wishes.items() if value is not None},
            requests_session=Changing(order.get("headers") or {}),
        )
    except WebPushException as error:
        if error.response is None:
            raise
        return error.response


def parsed(text: str) -> dict:
    """The JSON object in it, or nothing."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def main() -> int:
    try:
        answer = send(json.load(sys.stdin))
    except Exception as error:  # whatever the libraries raise, nothing came back
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    body = parsed(answer.text)
    headers = {name: answer.headers.get(name) for name in ("Location", "TTL", "Retry-After")}
    told = {name.lower().replace("-", "_"): value for name, value in headers.items()}
    print(json.dumps({"status": answer.status_code, **told, "errno": body.get("errno"), "message": body.get("message")}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
