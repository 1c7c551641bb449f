"""An HTTP server that keeps what is PUT, and misbehaves on demand. Started by the tests of transport and stores.

    store-server.py ROOT [TLS-DIRECTORY]

Prints one line of JSON: its process id and its ports. `plain` and `other` are two origins; with TLS-DIRECTORY (server.pem,
ca.pem) there are `tls` and `mutual`, which asks for a client certificate. Appends one line of JSON for each request to
ROOT/requests.jsonl. Ends when its parent ends.

Paths are /FLAGS/SCRIPT/KEY. FLAGS is `-` or words joined by `+`:
    resume   keeps what arrived of a broken PUT; tells it on HEAD with Content-Range, takes PUT with Content-Range
    nohead   answers HEAD with 405
    lossy    says 201 and keeps only half of a body
    early    answers before it reads the body
    nolist   never answers a PUT of a JSON file
SCRIPT is a comma-separated list, one word for each PUT (or GET of an unknown KEY) in turn, the last one for all that
follow:
    ok          does what is asked
    NNN         answers that status; NNN;retry-after=S adds the header
    cut@N       closes the connection after N bytes of the body
    reset@N     the same with a TCP reset
    stall@N     stops reading after N bytes
    silent      reads all and never answers
    other       redirects to the same path on the other origin
    self        redirects to the same path with script ok
    downgrade   redirects to the plain origin
    garbage     answers with what is not HTTP
    huge        answers with an endless body
    headers     answers with endless header fields
    slow        answers with 300 pieces of 4 KiB, quickly
"""

import json
import os
import socket
import ssl
import struct
import sys
import threading
import time

root = sys.argv[1]
tls = sys.argv[2] if len(sys.argv) > 2 else None
ports = {}
positions = {}
lock = threading.Lock()
log = open(os.path.join(root, "requests.jsonl"), "a", buffering=1)


def record(**fields):
    with lock:
        log.write(json.dumps(fields) + "\n")


def word(path):
    """The next word of the path's script."""
    with lock:
        position = positions.get(path, 0)
        positions[path] = position + 1
    script = path.split("/")[2].replace("%40", "@").replace("%3B", ";").split(",")
    return script[min(position, len(script) - 1)]


def file_of(path):
    return os.path.join(root, "files", "/".join(path.split("/")[3:]))


class Connection:
    def __init__(self, sock, name):
        self.sock, self.name, self.buffer = sock, name, b""

    def fill(self):
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError
        self.buffer += data

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.strip().lower()] = value.strip()
        return method, target, headers

    def body(self, length, limit=None):
        """Yields the body; stops early after `limit` bytes."""
        left = length if limit is None else min(length, limit)
        while left:
            if not self.buffer:
                self.fill()
            piece, self.buffer = self.buffer[:left], self.buffer[left:]
            left -= len(piece)
            yield piece

    def answer(self, status, headers=(), body=b"", length=None):
        text = f"HTTP/1.1 {status} Status\r\n"
        for name, value in headers:
            text += f"{name}: {value}\r\n"
        text += f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
        self.sock.sendall(text.encode("latin-1") + body)

    def serve(self):
        while True:
            method, target, headers = self.head()
            proxied = target.startswith("http://")
            path = "/" + target.split("/", 3)[3] if proxied else target
            path = path.split("?")[0]
            record(server=self.name, method=method, path=path, target=target, headers=headers, proxied=proxied)
            parts = path.split("/")
            if len(parts) < 4:
                self.answer(404)
                continue
            flags = parts[1].split("+")
            name = file_of(path)
            if method == "HEAD":
                self.tell(flags, name, headers)
            elif method == "DELETE":
                for place in (name, name + ".part"):
                    if os.path.exists(place):
                        os.unlink(place)
                self.answer(204)
            elif method == "GET" and os.path.exists(name):
                with open(name, "rb") as f:
                    self.answer(200, body=f.read())
            elif not self.act(word(path), method, path, flags, name, headers):
                return

    def tell(self, flags, name, headers):
        part = name + ".part"
        if "nohead" in flags:
            self.answer(405)
        elif "resume" in flags and "content-range" in headers and os.path.exists(part):
            size = os.path.getsize(part)
            self.answer(308, [("Range", f"bytes=0-{size - 1}")] if size else [])
        elif os.path.exists(name):
            self.answer(200, length=os.path.getsize(name))
        else:
            self.answer(404)

    def act(self, action, method, path, flags, name, headers):
        """Does one word of a script. Returns whether the connection goes on."""
        length = int(headers.get("content-length", 0))
        action, _, extra = action.partition(";")
        kind, _, at = action.partition("@")
        if "nolist" in flags and path.endswith(".json"):
            kind, at = "silent", ""
        if kind.isdigit():
            more = [("Retry-After", extra.split("=")[1])] if extra else []
            if "early" in flags:
                self.answer(int(kind), more + [("Connection", "close")])
                return False
            if headers.get("expect", "").lower() != "100-continue":
                for _ in self.body(length):
                    pass
            self.answer(int(kind), more, b"because the test says so\n")
            return headers.get("expect", "").lower() != "100-continue"
        if kind in ("other", "self", "downgrade"):
            target = path.replace(f"/{path.split('/')[2]}/", "/ok/", 1)
            port = ports["other"] if kind == "other" else ports["plain"]
            scheme = "https" if kind == "self" and self.name in ("tls", "mutual") else "http"
            place = target if kind == "self" else f"{scheme}://127.0.0.1:{port}{target}"
            self.answer(307, [("Location", place), ("Connection", "close")])
            return False
        if kind == "garbage":
            self.sock.sendall(b"\x00\x01SSH-2.0-not-http\r\n\r\n")
            return False
        if kind == "huge":
            self.sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
            while True:
                self.sock.sendall(piece)
        if kind == "headers":
            self.sock.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                self.sock.sendall(b"X-More: " + b"y" * 1000 + b"\r\n")
        if kind == "slow":
            self.sock.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {300 * 4096}\r\n\r\n".encode())
            for number in range(300):
                self.sock.sendall(bytes([number % 251]) * 4096)
            return True
        if method == "GET":
            self.answer(404, body=b"no such thing\n")
            return True
        if headers.get("expect", "").lower() == "100-continue":
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self.store(kind, int(at) if at else None, flags, name, headers, length)

    def store(self, kind, at, flags, name, headers, length):
        os.makedirs(os.path.dirname(name), exist_ok=True)
        part = name + ".part"
        offset, total = 0, length
        if "content-range" in headers:
            span, size = headers["content-range"].removeprefix("bytes ").split("/")
            offset, total = int(span.split("-")[0]), int(size)
            if "resume" not in flags or not os.path.exists(part) or os.path.getsize(part) != offset:
                self.answer(400, [("Connection", "close")])
                return False
        with open(part, "r+b" if offset else "wb") as f:
            f.seek(offset)
            for piece in self.body(length, at):
                f.write(piece)
        if kind in ("cut", "reset", "stall") and "resume" not in flags:
            os.unlink(part)
        if kind == "reset":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if kind in ("cut", "reset"):
            return False
        if kind in ("stall", "silent"):
            time.sleep(3600)
        if "lossy" in flags:
            os.truncate(part, total // 2)
        os.replace(part, name)
        self.answer(201)
        return True


def accept(listener, name, context):
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=converse, args=(sock, name, context), daemon=True).start()


def converse(sock, name, context):
    try:
        if context:
            sock = context.wrap_socket(sock, server_side=True)
        Connection(sock, name).serve()
    except (OSError, ValueError):
        pass
    finally:
        sock.close()


def listen(name, context=None):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    ports[name] = listener.getsockname()[1]
    threading.Thread(target=accept, args=(listener, name, context), daemon=True).start()


def context(mutual):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(os.path.join(tls, "server.pem"))
    if mutual:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(os.path.join(tls, "ca.pem"))
    return made


parent = os.getppid()
os.makedirs(os.path.join(root, "files"), exist_ok=True)
listen("plain")
listen("other")
if tls:
    listen("tls", context(False))
    listen("mutual", context(True))
print(json.dumps({"pid": os.getpid(), **ports}), flush=True)
while os.getppid() == parent:
    time.sleep(0.5)
