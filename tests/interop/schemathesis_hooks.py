"""Makes what schemathesis sends reach further than the door (SCHEMATHESIS_HOOKS names this file).

FUZZ_TOKENS: access tokens, used in turn; nobody signs in if it is empty.
FUZZ_KNOWN: JSON, names of path parameters and values that exist, used for half of the requests.
"""

import ipaddress
import itertools
import json
import os
import random

import schemathesis

tokens = itertools.cycle(os.environ.get("FUZZ_TOKENS", "").split() or [None])
known = json.loads(os.environ.get("FUZZ_KNOWN", "{}"))
# Each request comes from somewhere else, or the limits would answer in place of what is tested.
addresses = map(ipaddress.IPv4Address, itertools.count(0x0B000000))
chance = random.Random(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = dict(case.headers or {})
    headers["X-Forwarded-For"] = str(next(addresses))
    token = next(tokens)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if "If-Match" in headers and chance.random() < 0.5:
        headers["If-Match"] = f'"{chance.randint(1, 9)}"'
    case.headers = headers
    for name in list(case.path_parameters or {}):
        if name in known and chance.random() < 0.5:
            case.path_parameters[name] = chance.choice(known[name])
