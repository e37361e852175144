"""Makes what schemathesis sends reach further than the door (SCHEMATHESIS_HOOKS names this file).

FUZZ_TOKENS: access tokens, used in turn; nobody signs in if it is empty.
FUZZ_KNOWN: JSON, names of path parameters and values that exist, used for most of the requests.
FUZZ_BODIES: JSON, paths and members of a body that are as they should be, used for most of the requests.
"""

import ipaddress
import itertools
import json
import os
import random

import schemathesis

tokens = itertools.cycle(os.environ.get("FUZZ_TOKENS", "").split() or [None])
known = json.loads(os.environ.get("FUZZ_KNOWN", "{}"))
bodies = json.loads(os.environ.get("FUZZ_BODIES", "{}"))
# Each request comes from somewhere else, or the limits would answer in place of what is tested.
addresses = map(ipaddress.IPv4Address, itertools.count(0x0B000000))
chance = random.Random(1)


def mostly():
    return chance.random() < 0.7


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = dict(case.headers or {})
    headers["X-Forwarded-For"] = str(next(addresses))
    token = next(tokens)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if "If-Match" in headers and mostly():
        headers["If-Match"] = f'"{chance.randint(1, 9)}"'
    case.headers = headers
    for name in list(case.path_parameters or {}):
        if name in known and mostly():
            case.path_parameters[name] = chance.choice(known[name])
    if case.path in bodies and isinstance(case.body, dict) and mostly():
        case.body.update(bodies[case.path])
