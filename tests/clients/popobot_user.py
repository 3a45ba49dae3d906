"""One user of the real popobot, driven by lines of JSON on standard input.

Its own host is in its URLs: they are rewritten on their way out, and nothing else is. What each call gives is a line of JSON on
standard output.
"""

import json
import sys

import popobot
import requests

HOST = "https://im.popoim.com"


def say(line):
    print(json.dumps(line), flush=True)


def reach(base):
    """Leads the library's requests to a node."""
    session = requests.Session()
    # No proxy of this machine's is between the two.
    session.trust_env = False
    popobot.get = lambda url, **rest: session.get(url.replace(HOST, base), **rest)
    popobot.post = lambda url, **rest: session.post(url.replace(HOST, base), **rest)


def main():
    say({"event": "ready"})
    account = None
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "begin":
            reach(command["base"])
            account = popobot.Account(command["cookie"])
            continue
        result = getattr(account, command["do"])(*command["with"])
        say({"event": command["do"], "result": result})


main()
