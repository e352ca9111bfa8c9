"""Starts a task and waits for its result: `python start.py PROMPT`."""

import asyncio
import os
import sys
import uuid

from rookery import sign_start
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError


async def main(prompt):
    namespace = os.environ.get("TEMPORAL_NAMESPACE", "default")
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], namespace=namespace)
    with open(os.environ["ROOKERY_SIGNING_KEY_FILE"]) as file:
        key = bytes.fromhex(file.read().strip())
    workflow_id = str(uuid.uuid4())
    task = {"prompt": prompt, "limits": {"max_iterations": 20, "max_cost_usd": 0.5}}
    handle = await client.start_workflow(
        "backgroundTask",
        sign_start(key, namespace, workflow_id, task),
        id=workflow_id,
        task_queue="rookery",
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )
    status = await handle.query("status")
    print(f"{workflow_id} {status['phase']}", file=sys.stderr)
    try:
        result = await handle.result()
        print(result["result"], flush=True)
    except WorkflowFailureError as error:
        failure = error.cause
        if not isinstance(failure, ApplicationError):
            raise  # cancelled or terminated
        # TaskFailed: details[0] is the result. StartRefused: nothing ran.
        print(f"{failure.type}: {failure.message}", file=sys.stderr)
        sys.exit(1)


asyncio.run(main(sys.argv[1]))
