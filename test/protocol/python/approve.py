"""Approves every call of a task that waits for approval: `python approve.py WORKFLOW_ID`."""

import asyncio
import os
import sys

from rookery import decision_on, sign_signal
from temporalio.client import Client


async def main(workflow_id):
    namespace = os.environ.get("TEMPORAL_NAMESPACE", "default")
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], namespace=namespace)
    with open(os.environ["ROOKERY_SIGNING_KEY_FILE"]) as file:
        key = bytes.fromhex(file.read().strip())
    handle = client.get_workflow_handle(workflow_id)
    waiting = await handle.query("approvals")
    for approval in waiting["approvals"]:
        print(approval["tool"], approval["args"], flush=True)
        decision = decision_on(approval, "approve")
        await handle.signal("decide", sign_signal(key, namespace, workflow_id, "decide", decision))


asyncio.run(main(sys.argv[1]))
