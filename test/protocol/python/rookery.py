"""Signs what gives a Rookery task its authority: its start, and messages to it."""

import hashlib
import hmac
import json
import uuid
from datetime import datetime, timezone
from decimal import Decimal


def canonical(value):
    """JSON without blanks, keys in the order of their UTF-16 code units, numbers as ECMAScript writes them."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


def number(value):
    negative, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    if value == 0:
        return "0"
    text, point = "".join(map(str, digits)), len(digits) + exponent
    if 0 < point <= 21:
        text = text.ljust(point, "0")
        text = text[:point] + ("." + text[point:] if text[point:] else "")
    elif -6 < point <= 0:
        text = "0." + "0" * -point + text
    else:
        text = text[0] + ("." + text[1:] if text[1:] else "") + f"e{point - 1:+d}"
    return "-" * negative + text


def mac(key, parts):
    return hmac.new(key, canonical(parts).encode(), hashlib.sha256).hexdigest()


def sign_start(key, namespace, scope, task):
    """`scope`: the workflow id, or `schedule:` and the workflow id in the action of a schedule."""
    content = {name: value for name, value in task.items() if name != "signature"}
    seal = {"nonce": str(uuid.uuid4()), "signed_at": datetime.now(timezone.utc).isoformat()}
    signature = {"scope": scope, **seal, "mac": mac(key, ["start", namespace, scope, content, seal])}
    return {**content, "signature": signature}


def sign_signal(key, namespace, workflow_id, signal, message):
    """For every signal but `pause`, which needs no signature."""
    code = mac(key, [f"signal:{signal}", namespace, workflow_id, message])
    return {**message, "signature": {"scope": workflow_id, "mac": code}}


def decision_on(approval, decision, reason=None):
    """`approval`: as the query `approvals` gave it; `decision`: `approve` or `deny`."""
    call = canonical([approval["tool"], approval["args"]])
    return {
        "id": str(uuid.uuid4()),
        "call": approval["call"],
        "decision": decision,
        "args": hashlib.sha256(call.encode()).hexdigest(),
        "chain": approval["chain"],
        "expires": approval["expires"],
        **({} if reason is None else {"reason": reason}),
    }
