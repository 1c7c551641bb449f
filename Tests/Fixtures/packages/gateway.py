"""A proxy for HTTPS that leads every host to one server on this machine: a test's packages.example.org.

Usage: gateway.py ROOT PORT CERTIFICATE UPSTREAM. CERTIFICATE is a PEM file with certificate and key; each host asked for
becomes a line of ROOT/requests.jsonl."""

import json, socket, socketserver, ssl, sys, threading

root, upstream = sys.argv[1], int(sys.argv[4])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[3])


def pour(source, target):
  try:
    while data := source.recv(65536):
      target.sendall(data)
    target.shutdown(socket.SHUT_WR)
  except OSError:
    pass


class Gateway(socketserver.StreamRequestHandler):
  def handle(self):
    line = self.rfile.readline().decode("latin-1").split()
    while self.rfile.readline().strip():
      pass
    if len(line) != 3 or line[0] != "CONNECT":
      return
    with open(root + "/requests.jsonl", "a") as log:
      log.write(json.dumps({"method": "CONNECT", "path": line[1], "bytes": 0, "port": 0}) + "\n")
    self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    try:
      with context.wrap_socket(self.connection, server_side=True) as client:
        with socket.create_connection(("127.0.0.1", upstream)) as server:
          # Answers may come while an upload is still under way.
          back = threading.Thread(target=pour, args=(server, client), daemon=True)
          back.start()
          pour(client, server)
          back.join(10)
    except OSError:
      pass


class Server(socketserver.ThreadingTCPServer):
  allow_reuse_address = True
  daemon_threads = True


Server(("127.0.0.1", int(sys.argv[2])), Gateway).serve_forever()
