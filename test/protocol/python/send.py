"""Says something to a task, and prints what became of it: `python send.py WORKFLOW_ID TEXT`."""

import asyncio
import os
import sys
import uuid

from rookery import sign_signal
from temporalio.client import Client


async def main(workflow_id, text):
    namespace = os.environ.get("TEMPORAL_NAMESPACE", "default")
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], namespace=namespace)
    with open(os.environ["ROOKERY_SIGNING_KEY_FILE"]) as file:
        key = bytes.fromhex(file.read().strip())
    handle = client.get_workflow_handle(workflow_id)
    message = {"id": str(uuid.uuid4()), "text": text, "mode": "queue"}
    await handle.signal("message", sign_signal(key, namespace, workflow_id, "message", message))
    receipt = None
    while receipt is None:
        inbox = await handle.query("inbox")
        receipt = next((one for one in inbox["messages"] if one["id"] == message["id"]), None)
    print(receipt["id"], receipt["state"], receipt["iteration"], flush=True)


asyncio.run(main(*sys.argv[1:]))
