"""Repositories for tests, after PUBLISHING.md sections 2 and 4: /npm, /raw (keeps what it has, as Nexus does),
/flaky (fails the first PUT of each path), /elsewhere (redirects to the server's other port), /huge (answers without
end), /slow (answers a byte each half second), /lost (keeps the first PUT of each path and closes the connection),
/says/STATUS/TEXT (answers that).

Usage: registry.py ROOT PORT. Each request becomes a line of ROOT/requests.jsonl."""

import base64, http.server, json, os, socketserver, sys, threading, time, urllib.parse

root = sys.argv[1]
lock = threading.Lock()
failed = set()


class Registry(http.server.BaseHTTPRequestHandler):
  protocol_version = "HTTP/1.1"

  def answer(self, status, body=b"", headers=()):
    self.send_response(status)
    self.send_header("Content-Length", str(len(body)))
    for name, value in headers:
      self.send_header(name, value)
    self.end_headers()
    if self.command != "HEAD":
      self.wfile.write(body)

  def file(self, path):
    full = os.path.normpath(os.path.join(root, "files", urllib.parse.unquote(path).lstrip("/")))
    assert full.startswith(root), full
    return full

  def record(self, body):
    with lock, open(root + "/requests.jsonl", "a") as log:
      log.write(json.dumps({
        "method": self.command, "path": self.path, "bytes": len(body),
        "authorization": self.headers.get("Authorization"), "port": self.server.server_port,
        "expect": self.headers.get("Expect"), "contentType": self.headers.get("Content-Type"),
        "sha256": self.headers.get("X-Checksum-Sha256")}) + "\n")

  def read(self, name):
    with open(name, "rb") as file:
      return file.read()

  def do_GET(self):
    self.record(b"")
    name = self.file(self.path)
    if self.path.startswith("/npm/") and os.path.isfile(name + ".json"):
      return self.answer(200, self.read(name + ".json"), [("Content-Type", "application/json")])
    if os.path.isfile(name):
      return self.answer(200, self.read(name))
    self.answer(404, b"not here")

  do_HEAD = do_GET

  def do_PUT(self):
    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
    self.record(body)
    if self.headers.get("Authorization") not in (
        "Bearer the-token", "Basic " + base64.b64encode(b"anna:the-token").decode()):
      return self.answer(401, b"<html><b>who are you?</b></html>")
    if self.path.startswith("/elsewhere/"):
      return self.answer(307, b"", [("Location", f"http://127.0.0.1:{other.server_port}{self.path}")])
    if self.path.startswith("/huge/"):
      return self.pour(b"x" * 65536, 0)
    if self.path.startswith("/slow/"):
      return self.pour(b"x", 0.5)
    if self.path.startswith("/says/"):
      _, _, status, text = urllib.parse.unquote(self.path).split("/", 3)
      return self.answer(int(status), text.encode())
    if self.path.startswith("/flaky/") and self.path not in failed:
      failed.add(self.path)
      return self.answer(503, b"busy")
    name = self.file(self.path)
    os.makedirs(os.path.dirname(name), exist_ok=True)
    if self.path.startswith("/npm/"):
      return self.publish(name + ".json", json.loads(body))
    if self.path.startswith(("/raw/", "/lost/")) and os.path.exists(name):
      return self.answer(400, b"Repository does not allow updating assets: raw")
    with open(name, "wb") as file:
      file.write(body)
    if self.path.startswith("/lost/"):
      self.close_connection = True
      return
    self.answer(201)

  do_POST = do_PUT

  def pour(self, piece, pause):
    """An answer of at most 4 GiB, until the client has enough."""
    self.send_response(201)
    self.send_header("Content-Length", str(1 << 32))
    self.end_headers()
    try:
      while True:
        self.wfile.write(piece)
        time.sleep(pause)
    except OSError:
      self.close_connection = True

  def publish(self, name, document):
    old = json.loads(self.read(name)) if os.path.exists(name) else {"versions": {}, "dist-tags": {}}
    if set(old["versions"]) & set(document["versions"]):
      return self.answer(403, json.dumps({
        "error": "You cannot publish over the previously published versions: 1.0.0."}).encode())
    for attachment, content in document.pop("_attachments").items():
      data = base64.b64decode(content["data"], validate=True)
      assert len(data) == content["length"]
      tarball = self.file("/npm/" + document["name"] + "/-/" + attachment)
      os.makedirs(os.path.dirname(tarball), exist_ok=True)
      with open(tarball, "wb") as file:
        file.write(data)
    old["dist-tags"].update(document["dist-tags"])
    old["versions"].update(document["versions"])
    with open(name, "w") as file:
      json.dump({**document, **old}, file)
    self.answer(201, b"{}")

  def log_message(self, *arguments):
    pass


class Server(socketserver.ThreadingTCPServer):
  """Without http.server's question to the name server for its own name."""
  allow_reuse_address = True
  daemon_threads = True

  def server_bind(self):
    super().server_bind()
    self.server_port = self.server_address[1]


other = Server(("127.0.0.1", 0), Registry)
threading.Thread(target=other.serve_forever, daemon=True).start()
Server(("127.0.0.1", int(sys.argv[2])), Registry).serve_forever()
