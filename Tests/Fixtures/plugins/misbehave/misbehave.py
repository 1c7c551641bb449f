#!/usr/bin/env python3
"""Breaks the rule of the protocol that its configuration names."""

import json
import os
import signal
import socket
import sys
import time


def say(kind, **fields):
    print(json.dumps({"type": kind, **fields}), flush=True)


def succeed():
    say("result", status="succeeded", message="done")


def ask(**what):
    say("request", id=1, **what)
    return json.loads(sys.stdin.readline())


def early_exit(): sys.exit(3)
def silent_end(): pass
def crash(): os.kill(os.getpid(), signal.SIGSEGV)
def garbage(): print("Traceback (most recent call last):", flush=True)
def not_an_object(): print("[1, 2]", flush=True)
def half_a_line(): sys.stdout.write('{"type":"resu'); sys.stdout.flush()
def unknown_message(): say("conquer", world=True)
def wrong_type(): say("log", text={"no": "text"})
def bytes_that_are_no_text(): os.write(1, b'{"type":"log","text":"\xff\xfe"}\n')
def deep_nesting(): print('{"type":"log","text":' + "[" * 100000, flush=True)
def huge_line(): os.write(1, b"x" * (6 << 20)); time.sleep(60)


def output_after_the_result():
    succeed()
    say("log", text="one more thing")
    say("output", key="late", value="1")
    say("result", status="failed", message="changed my mind")


def hang_after_the_result():
    succeed()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def hang_that_ignores_term():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(600)


def daemon_that_keeps_the_output():
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    succeed()


def closed_output():
    os.close(1)
    time.sleep(600)


def flood_of_outputs():
    for number in range(2000):
        say("output", key=f"key-{number}", value="x")
    succeed()


def bad_output_key():
    say("output", key="PATH=/evil; rm", value="x")
    succeed()


def artifact_outside():
    say("artifact", name="stolen", directory="../../..", files=["**/agent.conf"])
    succeed()


def artifact_by_a_link():
    os.symlink("/etc", os.environ["JOURNEYMAN_OUTPUT"] + "/link")
    say("artifact", name="stolen", directory="link", files=["passwd"])
    succeed()


def report_outside():
    say("report", name="x", format="X", files=["../../../../../../etc/passwd"])
    succeed()


def requests_without_end():
    for number in range(100):
        say("request", id=number, process={"command": "sleep 600"})
    time.sleep(600)


def process_on_the_machine():
    say("result", status="failed", message=ask(process={"command": "id", "place": "host"}).get("error", "it was allowed"))


def network_that_is_not_granted():
    error = ask(web={"method": "GET", "url": "http://127.0.0.1:1/"}).get("error", "it was allowed")
    try:
        socket.create_connection(("1.1.1.1", 80), timeout=2)
        error = "it has a network"
    except OSError:
        pass
    say("result", status="failed", message=error)


def looking_around():
    seen = [path for path in ("/build", "/root/.ssh", "/action/workspace") if os.path.exists(path)]
    seen += [name for name in os.environ if "SECRET" in name]
    try:
        open(os.path.dirname(os.path.abspath(__file__)) + "/planted", "w")
        seen.append("its own files can be written")
    except OSError:
        pass
    say("result", status="succeeded" if not seen else "failed", message="saw " + ", ".join(seen))


def well(): succeed()


for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "run":
        globals()[message["configuration"]["how"].replace("-", "_")]()
        break
