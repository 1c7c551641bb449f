"""A Maven repository for tests, after PUBLISHING.md section 3, strict: what Maven itself would not send is answered with
400 or 417. A released file cannot be replaced, as in Nexus (400).

Usage: maven-repository.py ROOT PORT. Each request becomes a line of ROOT/requests.jsonl, each file one beneath
ROOT/files. Below /damaged, lists have checksums that are not theirs; below /full only the first two files of a directory
are taken; /hostile has a list with an entity bomb."""

import base64, hashlib, http.server, json, os, re, socketserver, sys, threading
import xml.etree.ElementTree as xml

root = sys.argv[1]
lock = threading.Lock()
bomb = b'<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><metadata><versioning>&b;</versioning></metadata>'


class Refusal(Exception):
  pass


class Repository(http.server.BaseHTTPRequestHandler):
  protocol_version = "HTTP/1.1"

  def answer(self, status, body=b"", headers=()):
    self.send_response(status)
    self.send_header("Content-Length", str(len(body)))
    for name, value in headers:
      self.send_header(name, value)
    self.end_headers()
    if self.command != "HEAD":
      self.wfile.write(body)

  def record(self, body):
    with lock, open(root + "/requests.jsonl", "a") as log:
      log.write(json.dumps({
        "method": self.command, "path": self.path, "bytes": len(body), "port": self.server.server_address[1],
        "authorization": self.headers.get("Authorization")}) + "\n")

  def read(self, path):
    try:
      with open(root + "/files" + path, "rb") as file:
        return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
      return None

  def do_GET(self):
    self.record(b"")
    content = self.read(self.path)
    if self.path.startswith("/hostile/") and self.path.endswith("maven-metadata.xml"):
      content = bomb
    if self.path.startswith("/damaged/") and self.path.endswith("maven-metadata.xml.sha1"):
      content = b"0" * 40
    self.answer(404) if content is None else self.answer(200, content)

  do_HEAD = do_GET

  def do_PUT(self):
    body = self.rfile.read(int(self.headers["Content-Length"]))
    self.record(body)
    if self.headers.get("Authorization") != "Basic " + base64.b64encode(b"anna:the-token").decode():
      return self.answer(401, b"", [("WWW-Authenticate", 'Basic realm="maven"')])
    if self.headers.get("Expect") != "100-continue":
      return self.answer(417, b"did not ask before it sent")
    try:
      self.check(body)
    except Refusal as refusal:
      return self.answer(400, str(refusal).encode())
    os.makedirs(os.path.dirname(root + "/files" + self.path), exist_ok=True)
    with open(root + "/files" + self.path, "wb") as file:
      file.write(body)
    self.answer(201)

  def check(self, body):
    _, repository, *directory, name = self.path.split("/")
    if not re.fullmatch(r"/[A-Za-z0-9_./+-]+", self.path) or ".." in self.path or "//" in self.path:
      raise Refusal("this is no path of a repository")
    base, dot, kind = self.path.rpartition(".")
    if kind in ("sha1", "md5"):
      content = self.read(base)
      if content is None:
        raise Refusal("a checksum came before its file")
      if body != hashlib.new(kind, content).hexdigest().encode():
        raise Refusal("this is not the checksum of the file")
      return
    if name == "maven-metadata.xml":
      return self.check_metadata(directory, xml.fromstring(body))
    artifact, version = directory[-2:]
    present = [x for x in os.listdir(root + "/files" + os.path.dirname(self.path)) if not x.endswith(("sha1", "md5"))] \
      if os.path.isdir(root + "/files" + os.path.dirname(self.path)) else []
    if repository == "full" and len(present) == 2:
      raise Refusal("the quota is used up")
    if version.endswith("-SNAPSHOT"):
      start = re.escape(f"{artifact}-{version[:-8]}") + r"\d{8}\.\d{6}-\d+"
    else:
      start = re.escape(f"{artifact}-{version}")
    if not re.fullmatch(start + r"(-[^/]+)?\.[^/]+", name):
      raise Refusal("the file is not named as its directory wants it")
    if name in present:
      raise Refusal("Repository does not allow updating assets: maven-releases")

  def check_metadata(self, directory, document):
    group, artifact, version = (document.findtext(x) for x in ("groupId", "artifactId", "version"))
    if document.tag != "metadata" or directory != group.split(".") + [artifact] + ([version] if version else []):
      raise Refusal("the list is not of this directory")
    if not re.fullmatch(r"\d{14}", document.findtext("versioning/lastUpdated") or ""):
      raise Refusal("the list does not say when it was updated")

  def log_message(self, *arguments):
    pass


class Server(socketserver.ThreadingTCPServer):
  allow_reuse_address = True
  daemon_threads = True


Server(("127.0.0.1", int(sys.argv[2])), Repository).serve_forever()
