"""The WebSocket peer of Tests/TransportTests: python3-websockets on free ports of 127.0.0.1, and a CONNECT proxy.

Usage: websocket-server.py [DIRECTORY with server.pem and ca.pem]. Paths: /echo, /pieces (sends what it gets in fragments
with pings between), /count (tells the length of each message), /headers (answers with the request's fields), /flood
(sends 64 MiB), /bye (closes with 1000), /cut (drops the connection), /never (accepts and stays silent, even to pings).
"""
import asyncio
import http
import json
import os
import ssl
import sys

import websockets
from websockets.utils import accept_key


async def serve(socket, path):
    if path == "/bye":
        await socket.send(b"last")
        await socket.close(1000)
        return
    if path == "/cut":
        socket.transport.abort()
        return
    if path == "/headers":
        await socket.send(json.dumps({k.lower(): v for k, v in socket.request_headers.raw_items()}).encode())
        await socket.wait_closed()
        return
    if path == "/flood":
        for number in range(1024):
            await socket.send(number.to_bytes(4, "big") + bytes(65532))
        await socket.wait_closed()
        return
    async for message in socket:
        if path == "/count":
            await socket.send(str(len(message)).encode())
        elif path == "/pieces":
            async def pieces():
                for start in range(0, len(message), 1000):
                    await socket.ping()
                    yield message[start:start + 1000]
            await socket.send(pieces())
        else:
            await socket.send(message)


async def process_request(path, headers):
    if path == "/forbidden":
        return http.HTTPStatus.FORBIDDEN, [("X-Reason", "no")], b"go away"
    return None


async def silent(reader, writer):
    """Shakes hands, with a wrong answer on request, and says nothing more."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    key = [l.split(": ")[1] for l in head.split("\r\n") if l.lower().startswith("sec-websocket-key")][0]
    accept = accept_key(key)
    if head.startswith("GET /wrong"):
        accept = "AAAA" + accept[4:]
    writer.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: %s\r\n\r\n" % accept).encode())
    if head.startswith("GET /broken"):
        writer.write(b"\x83\x00")
    while await reader.read(4096):
        pass


async def proxy(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    if not head.startswith("CONNECT "):
        writer.write(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
        writer.close()
        return
    host, port = head.split(" ")[1].rsplit(":", 1)
    other_reader, other_writer = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

    async def copy(source, sink):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()
    await asyncio.gather(copy(reader, other_writer), copy(other_reader, writer), return_exceptions=True)


async def main():
    def port(server):
        return server.sockets[0].getsockname()[1]
    options = dict(process_request=process_request, max_size=None, compression=None)
    ports = {"pid": os.getpid()}
    plain = await websockets.serve(serve, "127.0.0.1", 0, **options)
    ports["plain"] = port(plain)
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1] + "/server.pem")
        ports["tls"] = port(await websockets.serve(serve, "127.0.0.1", 0, ssl=context, **options))
        strict = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=sys.argv[1] + "/ca.pem")
        strict.load_cert_chain(sys.argv[1] + "/server.pem")
        strict.verify_mode = ssl.CERT_REQUIRED
        ports["strict"] = port(await websockets.serve(serve, "127.0.0.1", 0, ssl=strict, **options))
    ports["silent"] = port(await asyncio.start_server(silent, "127.0.0.1", 0))
    ports["proxy"] = port(await asyncio.start_server(proxy, "127.0.0.1", 0))
    print(json.dumps(ports), flush=True)
    await asyncio.Future()


asyncio.run(main())
