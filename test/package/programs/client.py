"""A Python client: starts a task with an input that `rookery sign` signed, and prints its result."""
import asyncio
import json
import os
import sys

from temporalio.client import Client


async def main() -> None:
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], namespace=os.environ["TEMPORAL_NAMESPACE"])
    workflow_id, signed = sys.argv[1], json.loads(sys.argv[2])
    handle = await client.start_workflow("backgroundTask", signed, id=workflow_id, task_queue="rookery")
    print(json.dumps(await handle.result()))


asyncio.run(main())
sys.stdout.flush()
# Threads of the SDK may still run while the interpreter ends, which then aborts.
os._exit(0)
