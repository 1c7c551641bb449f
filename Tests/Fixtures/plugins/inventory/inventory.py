#!/usr/bin/env python3
"""Written from the page ExternalPluginProtocol alone: counts files, asks the build, tells a server."""

import base64
import json
import os
import sys


class Agent:
    def __init__(self):
        self.number = 0

    def say(self, kind, **fields):
        sys.stdout.write(json.dumps({"type": kind, **fields}) + "\n")
        sys.stdout.flush()

    def hear(self):
        line = sys.stdin.readline()
        if not line:
            sys.exit(1)
        return json.loads(line)

    def ask(self, **what):
        self.number += 1
        self.say("request", id=self.number, **what)
        while True:
            message = self.hear()
            if message["type"] == "answer" and message["id"] == self.number:
                return message
            if message["type"] == "cancel":
                sys.exit(1)


def count(workspace, suffixes):
    found = dict.fromkeys(suffixes, 0)
    for _, _, names in os.walk(workspace):
        for name in names:
            for suffix in suffixes:
                if name.endswith(suffix):
                    found[suffix] += 1
    return found


def run(agent, order):
    if order["protocol"] != 1:
        return agent.say("result", status="failed", message="this plugin speaks protocol 1")
    configuration = order["configuration"]
    found = count(order.get("workspace", "/nowhere"), configuration["suffixes"])
    total = sum(found.values())
    agent.say("log", text=f"counted {total} files in {os.environ.get('INVENTORY_STAGE', 'no stage')}")
    agent.say("log", level="warning", text=f"ungranted: {os.environ.get('INVENTORY_UNGRANTED', 'nothing')}")
    agent.say("log", text="environment: " + " ".join(sorted(os.environ)))
    print("a line on standard error", file=sys.stderr)

    answer = agent.ask(process={"command": "ls *.txt | wc -l", "printing": "capture"})
    in_build = base64.b64decode(answer["process"]["output"]).decode().strip()
    agent.ask(process={"arguments": ["sh", "-c", "echo said in the build by $WHO"], "environment": {"WHO": "inventory"}})

    with open(os.path.join(order["output"], "inventory.json"), "w") as file:
        json.dump(found, file)
    agent.say("artifact", name="inventory", files=["inventory.json"])
    agent.say("report", name="inventory", format="INVENTORY", files=["inventory.json"],
              totals={"total": total, "passed": total, "failed": 0, "errors": 0, "skipped": 0, "durationSeconds": 0.5},
              lines={"covered": 1, "total": 2})

    if "server" in configuration:
        answer = agent.ask(web={"method": "PUT", "url": configuration["server"], "bodyFile": "inventory.json",
                                "headers": [["X-Total", str(total)]], "secret": "inventory-token"})
        agent.say("log", text="server: " + str(answer.get("response", {}).get("status", answer.get("error"))))
    agent.say("output", key="total", value=str(total))
    agent.say("output", key="seen-in-build", value=in_build)
    for suffix, most in configuration.get("limits", {}).items():
        if found.get(suffix, 0) > most and configuration.get("strict", False):
            return agent.say("result", status="failed", message=f"{found[suffix]} files {suffix}, more than {most}")
    agent.say("result", status="succeeded", message=f"{total} files")


def main():
    agent = Agent()
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "describe":
            with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plugin.json")) as file:
                agent.say("manifest", manifest=json.load(file))
        elif message["type"] == "run":
            return run(agent, message)
        elif message["type"] == "cancel":
            return


main()
