"""Sends the scripted controller a stream as fast as it takes it, from bytes made beforehand: flood.py PORT CA STREAM BYTES.

What it reaches is the most that any agent could show on this machine.
"""
import socket
import ssl
import struct
import sys

from channel import COMMAND
from javastream import Instance, Layout, write

port, ca, stream, size = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
LINE = b"a line of a log, about as long as the lines of logs are\n"
CHUNK = Layout("hudson.remoting.ProxyOutputStream$Chunk", parent=COMMAND, fields=[
    ("I", "ioId"), ("I", "oid"), ("I", "requestId"), ("[B", "buf")])
command = write(Instance(CHUNK, oid=stream, buf=LINE * 140))
message = struct.pack(">H", len(command)) + command
# A mask of zeros, which costs the receiver as much as any other.
frames = (struct.pack(">BBHI", 0x82, 0x80 | 126, len(message), 0) + message) * 16

connection = ssl.create_default_context(cafile=ca).wrap_socket(
    socket.create_connection(("localhost", port)), server_hostname="localhost")
connection.sendall((
    f"GET /wsagents/ HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nNode-Name: builder\r\n"
    "Secret-Key: right\r\nX-Remoting-Capability: none\r\n\r\n").encode())
answer = b""
while b"\r\n\r\n" not in answer:
    answer += connection.recv(4096)
assert answer.startswith(b"HTTP/1.1 101"), answer
for _ in range(-(-size // (len(LINE) * 140 * 16))):
    connection.sendall(frames)
while connection.recv(4096):
    pass
