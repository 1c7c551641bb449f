"""A controller's end of a conversation: requests, answers, and the streams that the agent writes to."""
import asyncio
import os
import random
import struct
import sys

import websockets

import javastream
from javastream import Instance, Layout

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Fixtures/jenkins"))
import controller  # noqa: E402

COMMAND = Layout("hudson.remoting.Command", fields=[("Ljava/lang/Exception;", "createdAt")])
REQUEST = Layout("hudson.remoting.Request", parent=COMMAND, fields=[
    ("I", "id"), ("I", "lastIoId"), ("Lhudson/remoting/Response;", "response")])
USER_REQUEST = Layout("hudson.remoting.UserRequest", parent=REQUEST, fields=[
    ("Lhudson/remoting/RemoteClassLoader$IClassLoader;", "classLoaderProxy"), ("[B", "request"),
    ("Ljava/lang/String;", "toString")])
CALL = Layout("hudson.remoting.RemoteInvocationHandler$UserRPCRequest", -9185841650347902580, parent=Layout(
    "hudson.remoting.RemoteInvocationHandler$RPCRequest", parent=REQUEST, fields=[
        ("I", "oid"), ("[Ljava/lang/Object;", "arguments"), ("Ljava/lang/String;", "methodName")]))
UNEXPORT = Layout("hudson.remoting.UnexportCommand", parent=COMMAND, fields=[("I", "oid")])
CHUNK = b"\xac\xed\x00\x05sr" + javastream.utf("hudson.remoting.ProxyOutputStream$Chunk")


class Stream:
    """A stream of the controller that the agent writes to; a sink takes the bytes, otherwise they are counted."""

    def __init__(self, sink=None, keeps=True):
        self.number, self.sink, self.keeps = random.randrange(1, 1 << 30), sink, keeps
        self.content, self.count, self.ended = bytearray(), 0, asyncio.Event()

    def take(self, data):
        self.count += len(data)
        if self.sink:
            self.sink.write(data)
        elif self.keeps:
            self.content += data


class Channel:
    def __init__(self, socket):
        self.socket, self.streams, self.waiting, self.next = socket, {}, {}, 0
        self.chunk_head = None
        self.task = asyncio.ensure_future(self.receive())

    @staticmethod
    async def accept():
        socket, done = await controller.connections.get()
        channel = Channel(socket)
        channel.done = done
        return channel

    async def close(self):
        self.task.cancel()
        await self.socket.close()
        self.done.set_result(None)

    async def receive(self):
        try:
            async for command in controller.commands(self.socket):
                if command.startswith(CHUNK):
                    self.chunk(command)
                else:
                    self.take(javastream.read(command))
        except websockets.ConnectionClosed:
            pass
        for future in self.waiting.values():
            future.set_exception(ConnectionError("the agent has gone"))

    def chunk(self, command):
        """Chunks are many and all look alike: behind the same head stand three numbers and the bytes."""
        if self.chunk_head is None:
            oid = struct.pack(">i", javastream.read(command)["oid"])
            self.chunk_head = command.index(oid, len(CHUNK)) - 4
        _, oid, _ = struct.unpack_from(">iii", command, self.chunk_head)
        # A class description of byte arrays, which all chunks have whole, comes before the bytes' count.
        start = command.index(b"xp", self.chunk_head + 12) + 6
        stream = self.streams.get(oid)
        if stream:
            stream.take(memoryview(command)[start:])

    def take(self, command):
        kind = command[""].removeprefix("hudson.remoting.")
        if kind == "Response":
            future = self.waiting.pop(command["id"], None)
            if future:
                future.set_result(command["returnValue"])
        elif kind == "ProxyOutputStream$EOF":
            self.streams[command["oid"]].ended.set()
        elif kind == "ProxyOutputStream$Unexport":
            self.streams.pop(command["oid"], None)

    def stream(self, sink=None, keeps=True):
        stream = Stream(sink, keeps)
        self.streams[stream.number] = stream
        return stream

    async def send(self, command):
        data = javastream.write(command)
        while True:
            piece, data = data[:8192], data[8192:]
            await self.socket.send((len(piece) | (0x8000 if data else 0)).to_bytes(2, "big") + piece)
            if not data:
                return

    async def ask(self, request):
        """Sends a request and waits for its answer; a failure is raised."""
        self.next += 1
        number = self.next
        future = asyncio.get_running_loop().create_future()
        self.waiting[number] = future
        await self.send(Instance(USER_REQUEST, id=number, request=javastream.write(request)))
        answer = await future
        if answer.get("response") is None:
            failure = javastream.read(answer["proxyResponse"])
            raise RuntimeError("the agent fails %s: %s" % (request.layout.name, failure["detailMessage"]))
        return javastream.read(answer["response"])

    async def call(self, oid, method):
        return await self.ask(Instance(CALL, oid=oid, methodName=method))

    async def forget(self, oid):
        await self.send(Instance(UNEXPORT, oid=oid))
