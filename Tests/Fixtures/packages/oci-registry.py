"""Registries that real ones are not, for tests, after PUBLISHING.md section 5. The image's first name tells which:

/v2/breaking/…   everything goes on to the registry at UPSTREAM, but of the first PATCH the answer is lost, and of the
                 third one everything
/v2/away/…       wants blobs at the server's other port
/v2/token/…      wants a token from its own /token; /v2/token-away/… from the other port's
/v2/partial/…    takes only a part of each chunk, and has another place than it says
/v2/liar/…       fails the first chunk, and then says that it has more than there is
/v2/looping/…    redirects to itself

Usage: oci-registry.py ROOT PORT UPSTREAM. Each request becomes a line of ROOT/requests.jsonl."""

import hashlib, http.client, http.server, json, socketserver, sys, threading, urllib.parse

root, upstream = sys.argv[1], int(sys.argv[3])
lock = threading.Lock()
patches = 0
uploads = {}


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

  def serve(self):
    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
    with lock, open(root + "/requests.jsonl", "a") as log:
      log.write(json.dumps({
        "method": self.command, "path": self.path, "bytes": len(body), "port": self.server.server_address[1],
        "authorization": self.headers.get("Authorization"), "range": self.headers.get("Content-Range")}) + "\n")
    url = urllib.parse.urlsplit(self.path)
    kind = url.path.split("/")[2] if url.path.startswith("/v2/") else url.path[1:]
    getattr(self, kind.replace("-", "_"))(url, body)

  do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = serve

  def breaking(self, url, body):
    global patches
    with lock:
      patches += self.command == "PATCH"
      number = patches if self.command == "PATCH" else 0
    # A client that goes on over the same connection would itself send again what the answer is missing of.
    self.close_connection = True
    if number == 3:
      return
    headers = {name: value for name, value in self.headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", upstream)
    connection.request(self.command, self.path, body, headers)
    response = connection.getresponse()
    content = response.read()
    if number == 1:
      return
    skipped = ("content-length", "transfer-encoding", "connection", "date", "server")
    kept = [x for x in response.getheaders() if x[0].lower() not in skipped]
    self.answer(response.status, content, kept + [("Connection", "close")])

  def upload(self, url, body, place):
    """A registry without a memory: it has no blob and takes all."""
    if self.command == "HEAD":
      return self.answer(404)
    if self.command == "POST":
      return self.answer(202, b"", [("Location", place)])
    if self.command == "PUT":
      digest = "sha256:" + hashlib.sha256(body).hexdigest()
      return self.answer(201, b"", [("Docker-Content-Digest", digest)] if "/manifests/" in url.path else [])
    self.answer(404)

  def away(self, url, body):
    self.upload(url, body, f"http://127.0.0.1:{other.server_address[1]}/v2/away/demo/blobs/uploads/1")

  def token(self, url, body):
    if url.path == "/token":
      return self.answer(200, json.dumps({"token": "a-token-for-" + url.query}).encode())
    self.challenge(url, body, self.server.server_address[1])

  def token_away(self, url, body):
    self.challenge(url, body, other.server_address[1])

  def challenge(self, url, body, port):
    if not (self.headers.get("Authorization") or "").startswith("Bearer a-token-for-"):
      challenge = f'Bearer realm="http://127.0.0.1:{port}/token",service="demo",scope="repository:x:pull"'
      return self.answer(401, b"", [("WWW-Authenticate", challenge)])
    self.upload(url, body, url.path + "1")

  def partial(self, url, body):
    if self.command == "PATCH":
      return self.answer(202, b"", [("Location", url.path), ("Range", "0-0")])
    self.upload(url, body, "/v2/partial/demo/blobs/uploads/1")

  def liar(self, url, body):
    global patches
    place = "/v2/liar/demo/blobs/uploads/1"
    if self.command == "PATCH":
      patches += 1
      return self.answer(500) if patches == 1 else self.answer(202, b"", [("Location", place)])
    if self.command == "GET":
      return self.answer(204, b"", [("Range", "0-99999999999999")])
    self.upload(url, body, place)

  def looping(self, url, body):
    self.answer(307, b"", [("Location", self.path)])

  def log_message(self, *arguments):
    pass


class Server(socketserver.ThreadingTCPServer):
  allow_reuse_address = True
  daemon_threads = True


other = Server(("127.0.0.1", 0), Registry)
threading.Thread(target=other.serve_forever, daemon=True).start()
Server(("127.0.0.1", int(sys.argv[2])), Registry).serve_forever()
