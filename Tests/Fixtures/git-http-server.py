#!/usr/bin/env python3
"""Serves the repositories under a directory by `git http-backend`, for tests.

Prints its port on the first line of standard output and ends when standard input does. Options make it behave like
the servers that a checkout has to cope with: they want credentials, redirect, break off or stand still.
"""
import argparse
import base64
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("root")
parser.add_argument("--user")
parser.add_argument("--password")
parser.add_argument("--bearer")
parser.add_argument("--redirect-to", help="answer every request by a redirect to this base URL")
parser.add_argument("--cut", type=int, help="close the connection after so many bytes of a pack")
parser.add_argument("--cut-once", action="store_true", help="cut only the first pack")
parser.add_argument("--stall", type=int, help="stand still after so many bytes of a pack")
parser.add_argument("--push", action="store_true", help="take packs too")
parser.add_argument("--lfs-wrong", action="store_true", help="send other contents of large files than asked for")
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--log", help="append one line for each request: method, path, credential")
options = parser.parse_args()
cuts = [0]


def authorized(header):
    if options.bearer:
        return header == "Bearer " + options.bearer
    if options.user:
        pair = base64.b64encode(f"{options.user}:{options.password}".encode()).decode()
        return header == "Basic " + pair
    return True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.serve(b"")

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.serve(body)

    def refuse(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def serve(self, body):
        credential = self.headers.get("Authorization", "")
        if options.log:
            with open(options.log, "a") as log:
                log.write(f"{self.command} {self.path} {credential}\n")
        if options.redirect_to:
            return self.refuse(302, Location=options.redirect_to + self.path)
        if not authorized(credential):
            return self.refuse(401, WWW_Authenticate='Basic realm="test"')
        path, _, query = self.path.partition("?")
        if path.endswith("/info/lfs/objects/batch"):
            return self.answer(self.batch(path, json.loads(body)), "application/vnd.git-lfs+json")
        if path.startswith("/large-file/"):
            with open(options.root + path.removeprefix("/large-file"), "rb") as content:
                data = content.read()
            return self.answer(data[::-1] if options.lfs_wrong else data, "application/octet-stream")
        environment = dict(
            os.environ, GIT_PROJECT_ROOT=options.root, GIT_HTTP_EXPORT_ALL="1", REQUEST_METHOD=self.command,
            PATH_INFO=path, QUERY_STRING=query, CONTENT_TYPE=self.headers.get("Content-Type", ""),
            CONTENT_LENGTH=str(len(body)), REMOTE_ADDR="127.0.0.1", GIT_CONFIG_NOSYSTEM="1",
            GIT_CONFIG_COUNT="3", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*",
            GIT_CONFIG_KEY_1="http.receivepack", GIT_CONFIG_VALUE_1="true" if options.push else "false",
            GIT_CONFIG_KEY_2="uploadpack.allowReachableSHA1InWant", GIT_CONFIG_VALUE_2="true")
        if self.headers.get("Git-Protocol"):
            environment["GIT_PROTOCOL"] = self.headers["Git-Protocol"]
        if self.headers.get("Content-Encoding"):
            environment["HTTP_CONTENT_ENCODING"] = self.headers["Content-Encoding"]
        backend = subprocess.Popen(
            ["git", "http-backend"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        feeder = threading.Thread(target=self.feed, args=(backend, body))
        feeder.start()
        try:
            self.forward(backend)
        finally:
            backend.kill()
            backend.wait()
            feeder.join()

    def answer(self, data, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def batch(self, path, request):
        """The batch API of Git LFS, for contents in `lfs/objects` of the repository."""
        store = path.removesuffix(".git/info/lfs/objects/batch") + "/.git/lfs/objects"
        objects = []
        for wanted in request["objects"]:
            oid = wanted["oid"]
            place = f"{store}/{oid[:2]}/{oid[2:4]}/{oid}"
            if os.path.exists(options.root + place):
                href = f"http://127.0.0.1:{self.server.server_address[1]}/large-file{place}"
                header = {"Authorization": self.headers["Authorization"]} if "Authorization" in self.headers else {}
                objects.append(dict(wanted, actions={"download": {"href": href, "header": header}}))
            else:
                objects.append(dict(wanted, error={"code": 404, "message": "no such content"}))
        return json.dumps({"transfer": "basic", "objects": objects}).encode()

    @staticmethod
    def feed(backend, body):
        try:
            backend.stdin.write(body)
            backend.stdin.close()
        except OSError:
            pass

    def forward(self, backend):
        status, headers = 200, []
        while line := backend.stdout.readline().strip().decode():
            name, _, value = line.partition(":")
            if name == "Status":
                status = int(value.split()[0])
            else:
                headers.append((name, value.strip()))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        is_pack = self.command == "POST"
        while chunk := backend.stdout.read1(65536):
            limit = options.cut if options.cut is not None else options.stall
            if is_pack and limit is not None and sent + len(chunk) > limit and not (options.cut_once and cuts[0]):
                chunk = chunk[: max(0, limit - sent)]
                cuts[0] += 1
                self.chunk(chunk)
                self.wfile.flush()
                if options.stall is not None:
                    time.sleep(600)
                self.close_connection = True
                self.connection.shutdown(2)
                return
            sent += len(chunk)
            self.chunk(chunk)
        self.wfile.write(b"0\r\n\r\n")

    def chunk(self, data):
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
if options.certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
