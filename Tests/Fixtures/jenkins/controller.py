"""A controller without a mind of its own for Tests/JenkinsTests: the WebSocket, handshake and chunk framing of Jenkins.

It takes agents at /PREFIX/wsagents/ and speaks JSON lines with the test on another port. To the test: {"open": FIELDS},
{"command": HEX}, {"closed": CODE}. From the test: {"command": HEX}, {"ping": true}, {"close": CODE}, {"cut": true},
{"raw": HEX} for a message as it is, {"text": TEXT} for a message of text, {"hold": BOOL} to read the agent no further,
{"save": PATH} to write what the agent writes to streams into a file instead of passing it on.
Node `builder` with secret `right` is known, and so are the nodes of rest.py; node `busy` gets 500, as
before Jenkins 2.511, and `taken` 400; path /plain answers
200 without WebSocket. The port `web` is Jenkins as a whole: the web interface of rest.py, and agents.
"""
import asyncio
import http
import json
import os
import random

import rest
import websockets

CAPABILITY = "rO0ABXNyABpodWRzb24ucmVtb3RpbmcuQ2FwYWJpbGl0eQAAAAAAAAABAgABSgAEbWFza3hwAAAAAAAAAf4="
# A class of bytes in a stream; flags, no fields, no annotations and no superclass follow, then the count and the bytes.
BYTES = bytes.fromhex("025b42acf317f8060854e0")
connections = asyncio.Queue()
cookie = 0
readable = asyncio.Event()
readable.set()
saved = None


async def process_request(path, headers):
    if path.startswith("/plain"):
        return http.HTTPStatus.OK, [], b"hello"
    if not path.endswith("/wsagents/"):
        return http.HTTPStatus.NOT_FOUND, [], b""
    if any(h not in headers for h in ("Node-Name", "Secret-Key", "X-Remoting-Capability")):
        return http.HTTPStatus.BAD_REQUEST, [], b""
    if headers["Node-Name"] == "busy":
        return http.HTTPStatus.INTERNAL_SERVER_ERROR, [], b""
    name = headers["Node-Name"].encode("ascii", "surrogateescape").decode("latin-1")
    if name == "taken":
        page = "<html><p>%s is already connected to this controller. Rejecting this connection.</p></html>" % name
        return http.HTTPStatus.BAD_REQUEST, [("Content-Type", "text/html")], page.encode()
    is_right = rest.knows(name, headers["Secret-Key"])
    if name in ("builder", "stranger"):
        is_right = headers["Secret-Key"] == "right"
    if is_right is None:
        return http.HTTPStatus.BAD_REQUEST, [], b""
    return None if is_right else (http.HTTPStatus.FORBIDDEN, [], b"")


def extra(path, headers):
    global cookie
    cookie += 1
    if headers["Node-Name"] == "stranger":
        return []
    return [("X-Remoting-Capability", CAPABILITY), ("X-Remoting-Minimum-Version", "9999.v1" if path.startswith("/later") else "4.13"),
            ("Connection-Cookie", "cookie-%d" % cookie)]


async def agent(socket, path):
    done = asyncio.get_running_loop().create_future()
    await connections.put((socket, done))
    await done


async def commands(socket):
    """What the agent sends, put together from its pieces."""
    command = bytearray()
    async for message in socket:
        await readable.wait()
        while message:
            header = int.from_bytes(message[:2], "big")
            length = header & 0x7FFF
            assert length <= 8192 and len(message) >= 2 + length
            command += message[2:2 + length]
            message = message[2 + length:]
            if not header & 0x8000:
                yield bytes(command)
                command = bytearray()


def save(command):
    start = command.index(BYTES) + len(BYTES) + 5
    saved.write(command[start + 4:start + 4 + int.from_bytes(command[start:start + 4], "big")])


async def read_agent(socket, writer):
    try:
        async for command in commands(socket):
            if saved and b"ProxyOutputStream$Chunk" in command[:64]:
                save(command)
                continue
            writer.write(json.dumps({"command": command.hex()}).encode() + b"\n")
            await writer.drain()
    except websockets.ConnectionClosed:
        pass
    writer.write(json.dumps({"closed": socket.close_code or 0}).encode() + b"\n")


async def control(reader, writer):
    global saved
    socket, done, task = None, None, None

    async def take():
        nonlocal socket, done
        while True:
            socket, done = await connections.get()
            fields = {k.lower(): v.encode("ascii", "surrogateescape").decode("latin-1")
                      for k, v in socket.request_headers.raw_items()}
            writer.write(json.dumps({"open": fields}).encode() + b"\n")
            await read_agent(socket, writer)
            done.set_result(None)
    task = asyncio.ensure_future(take())
    while line := await reader.readline():
        order = json.loads(line)
        if "command" in order:
            command = bytes.fromhex(order["command"])
            while True:
                length = min(len(command), random.choice([1, 100, 8192]))
                piece, command = command[:length], command[length:]
                await socket.send((len(piece) | (0x8000 if command else 0)).to_bytes(2, "big") + piece)
                if not command:
                    break
        elif "raw" in order:
            await socket.send(bytes.fromhex(order["raw"]))
        elif "text" in order:
            await socket.send(order["text"])
        elif "hold" in order:
            readable.clear() if order["hold"] else readable.set()
        elif "save" in order:
            saved = open(order["save"], "wb", buffering=0)
        elif "ping" in order:
            await (await socket.ping())
        elif "close" in order:
            await socket.close(order["close"])
        elif "cut" in order:
            socket.transport.abort()
    task.cancel()


async def copy(reader, writer):
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def browse(reader, writer, agents):
    """Serves one connection to the whole Jenkins."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return writer.close()
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    if headers.get("upgrade", "").lower() == "websocket":
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", agents)
        inner_writer.write(head)
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))
        return
    method, target, _ = first.split(" ")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    status, fields, content = rest.answer(method, target, headers, body)
    fields["Content-Length"], fields["Connection"] = str(len(content)), "close"
    lines = ["HTTP/1.1 %d %s" % (status, http.HTTPStatus(status).phrase)] + ["%s: %s" % f for f in fields.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + content)
    await writer.drain()
    writer.close()


def port(server):
    return server.sockets[0].getsockname()[1]


async def listen(tls=None):
    return await websockets.serve(agent, "127.0.0.1", 0, process_request=process_request, extra_headers=extra,
                                  max_size=None, compression=None, ssl=tls)


async def main():
    agents = await listen()
    lines = await asyncio.start_server(control, "127.0.0.1", 0, limit=1 << 28)
    web = await asyncio.start_server(lambda r, w: browse(r, w, port(agents)), "127.0.0.1", 0)
    print(json.dumps({"pid": os.getpid(), "agents": port(agents), "control": port(lines), "web": port(web)}),
          flush=True)
    await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(main())
