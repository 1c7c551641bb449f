"""A server that releases are uploaded to, for the tests of the target `http`.

Usage: deploy-server.py DIRECTORY SECRET [PORT CERTIFICATE]

It checks each signature as the README says, independently of the code that makes them, and keeps in DIRECTORY what was
put (files/NAME) and what it was told (requests.jsonl). The first line it prints is its port. The path decides what it
does:

    PUT  /releases/NAME               keeps the file
    POST /hooks/ok                    starts a deployment
    POST /hooks/busy                  answers 503 twice, then as /hooks/ok
    POST /hooks/refuse                answers 422
    GET  /releases/NAME/status        404, then running, then succeeded
    GET  /broken/NAME/status          running, then failed with a message
    GET  /stuck/NAME/status           running for ever
    GET  /forbidden/NAME/status       403
"""

import hashlib
import hmac
import http.server
import json
import os
import ssl
import sys
import time

root, secret = sys.argv[1], sys.argv[2].encode()
os.makedirs(root + "/files", exist_ok=True)
asked = {}
deliveries = set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refusal(self, body):
        fields = self.headers
        time_, delivery = fields.get("X-Journeyman-Timestamp", ""), fields.get("X-Journeyman-Delivery", "")
        digest = hashlib.sha256(body).hexdigest()
        if fields.get("X-Journeyman-Content-SHA256") != digest:
            return "the body was changed"
        text = "\n".join(["v1", time_, delivery, self.command, self.path, digest])
        expected = "v1=" + hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, fields.get("X-Journeyman-Signature", "")):
            return "the signature is wrong"
        if abs(time.time() - int(time_)) > 300:
            return "the request is too old"
        return None

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        refusal = self.refusal(body)
        delivery = self.headers.get("X-Journeyman-Delivery", "")
        with open(root + "/requests.jsonl", "a") as log:
            entry = {
                "method": self.command,
                "path": self.path,
                "refusal": refusal or "",
                "delivery": delivery,
                "authorization": self.headers.get("Authorization") or "",
                "body": body.decode() if self.command == "POST" else "",
            }
            log.write(json.dumps(entry) + "\n")
        if refusal:
            return self.answer(401, {"message": refusal})
        parts = self.path.strip("/").split("/")
        if self.command == "PUT":
            with open(root + "/files/" + parts[-1], "wb") as file:
                file.write(body)
            return self.answer(201, {})
        asked[self.path] = count = asked.get(self.path, 0) + 1
        if self.command == "POST":
            if parts[-1] == "busy" and count < 3:
                return self.answer(503, {})
            if parts[-1] == "refuse":
                return self.answer(422, {"message": "no such application"})
            deliveries.add(delivery)
            return self.answer(202, {})
        if parts[0] == "forbidden":
            return self.answer(403, {"message": "not yours"})
        if parts[0] == "stuck":
            return self.answer(200, {"status": "running"})
        if parts[0] == "broken":
            end = {"status": "failed", "message": "the database is gone"}
            return self.answer(200, end if count > 1 else {"status": "running"})
        if count == 1:
            return self.answer(404, {})
        end = {"status": "succeeded", "message": "serving since now"}
        return self.answer(200, end if count > 2 else {"status": "running"})

    do_GET = do_PUT = do_POST = serve


port = int(sys.argv[3]) if len(sys.argv) > 3 else 0
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
