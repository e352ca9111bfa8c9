"""Prints the code of each line on stdin, a JSON object of key and parts: compared with those of Rookery itself."""

import json
import sys

from rookery import canonical, mac

for line in sys.stdin:
    given = json.loads(line)
    print(json.dumps([mac(bytes.fromhex(given["key"]), given["parts"]), canonical(given["parts"])]))
