import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// Projects whose own tests talk over the loopback interface, built with no setting but the network's.
@Suite(.takingTurns) struct LoopbackProjectTests {
  /// A server in C that upper-cases lines.
  private static let server = #"""
    #include <ctype.h>
    #include <unistd.h>
    #include "shout.h"

    int shout(int connection) {
      char bytes[256];
      ssize_t count = read(connection, bytes, sizeof bytes);
      for (ssize_t i = 0; i < count; i++) bytes[i] = (char)toupper((unsigned char)bytes[i]);
      return count > 0 && write(connection, bytes, (size_t)count) == count ? 0 : -1;
    }
    """#

  private static let tests = #"""
    #include <arpa/inet.h>
    #include <netinet/in.h>
    #include <stddef.h>
    #include <stdio.h>
    #include <string.h>
    #include <sys/socket.h>
    #include <sys/un.h>
    #include <sys/wait.h>
    #include <unistd.h>
    #include "shout.h"

    static int check(const char *name, struct sockaddr *address, socklen_t length) {
      int listener = socket(address->sa_family, SOCK_STREAM, 0);
      int failed = listener < 0 || bind(listener, address, length) < 0 || listen(listener, 1) < 0 ||
                   getsockname(listener, address, &length) < 0;
      if (!failed) {
        pid_t child = fork();
        if (child == 0) _exit(shout(accept(listener, NULL, NULL)) != 0);
        char answer[6] = {0};
        int client = socket(address->sa_family, SOCK_STREAM, 0);
        int status = 0;
        failed = connect(client, address, length) < 0 || write(client, "hello", 5) != 5 || read(client, answer, 5) != 5 ||
                 strcmp(answer, "HELLO") != 0;
        failed = waitpid(child, &status, 0) != child || status != 0 || failed;
        close(client);
      }
      close(listener);
      printf("%s: %s\n", name, failed ? "failed" : "passed");
      return failed;
    }

    int main(void) {
      struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
      struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
      struct sockaddr_un file = {.sun_family = AF_UNIX, .sun_path = "/tmp/shout"};
      struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0shout"};
      return check("IPv4", (struct sockaddr *)&four, sizeof four) + check("IPv6", (struct sockaddr *)&six, sizeof six) +
             check("UNIX", (struct sockaddr *)&file, sizeof file) +
             check("abstract", (struct sockaddr *)&abstract, offsetof(struct sockaddr_un, sun_path) + 6);
    }
    """#

  private static let makefile = """
    CFLAGS = -O2 -Wall -Wextra -Werror
    all: libshout.a
    libshout.a: shout.o
    \tar rcs $@ $^
    check: check.o libshout.a
    \t$(CC) -o $@ $^
    test: check
    \t./check
    """

  /// A package index on a port that is free, because the network is the build's own.
  private static let index = #"""
    import http.server, io, zipfile

    wheel = io.BytesIO()
    about = "greeting-1.0.dist-info/"
    with zipfile.ZipFile(wheel, "w") as archive:
      archive.writestr("greeting.py", "text = 'hello from the index'\n")
      archive.writestr(about + "METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
      archive.writestr(about + "WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
      archive.writestr(about + "RECORD", "".join(
        n + ",,\n" for n in ["greeting.py"] + [about + x for x in ("METADATA", "WHEEL", "RECORD")]))

    class Index(http.server.BaseHTTPRequestHandler):
      def do_GET(self):
        name = "greeting-1.0-py3-none-any.whl"
        found = self.path.endswith(name)
        body = wheel.getvalue() if found else f'<a href="/files/{name}">{name}</a>'.encode()
        if found: print("the wheel was fetched", flush=True)
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream" if found else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=86400" if found else "no-cache")
        self.end_headers()
        self.wfile.write(body)
      def log_message(self, *arguments): pass

    server = http.server.HTTPServer(("127.0.0.1", 8123), Index)
    open("/tmp/index-runs", "w")
    server.serve_forever()
    """#

  private static let buildspec = """
    version: 0.2
    env:
      variables:
        # pip caches nothing that came from an index it does not trust.
        PIP_TRUSTED_HOST: 127.0.0.1
    phases:
      install:
        commands:
          - python3 index.py & for i in $(seq 200); do [ -e /tmp/index-runs ] && break; sleep 0.05; done
          - python3 -m pip install --index-url http://127.0.0.1:8123/simple --no-deps --break-system-packages greeting
      build:
        commands:
          - make
          - python3 -c 'import greeting; print(greeting.text)'
      post_build:
        commands:
          - make test
    cache:
      paths:
        - /root/.cache/pip/**/*
    """

  @Test(.enabled(if: Peer.areFound("cc", "make", "python3"), "needs cc, make and python3"))
  func compilesInstallsAndTestsWithoutANetwork() async throws {
    let run = JourneymanRun(
      files: [
        "buildspec.yml": Self.buildspec, "Makefile": Self.makefile, "index.py": Self.index, "shout.c": Self.server,
        "shout.h": "int shout(int connection);\n", "check.c": Self.tests,
      ], sandbox: .strict, arguments: ["--network", "off"])
    let place = try BuildPlace()
    let first = try await run.run(in: place)
    #expect(first.result.status == .succeeded, "\(first.log.suffix(4000))")
    for family in ["IPv4", "IPv6", "UNIX", "abstract"] { #expect(first.lines.contains("\(family): passed")) }
    #expect(first.lines.contains("hello from the index"))
    #expect(first.lines.contains("the wheel was fetched"))

    let second = try await run.run(in: place)
    #expect(second.result.status == .succeeded, "\(second.log.suffix(4000))")
    #expect(second.lines.contains("hello from the index"))
    #expect(!second.lines.contains("the wheel was fetched"))
  }

  /// Tornado has a part in C, and some thousand tests, most of which open sockets.
  @Test(.enabled(if: StandardPaths.processEnvironment["JOURNEYMAN_FULL"] == "1", "needs a package mirror"))
  func buildsAndTestsTornado() async throws {
    let buildspec = """
      version: 0.2
      phases:
        install:
          commands:
            - pip download -q --no-binary tornado --no-deps tornado==6.4.2
            - tar xf tornado-6.4.2.tar.gz
        build:
          commands:
            - python3 -m pip install -q --break-system-packages --root-user-action=ignore ./tornado-6.4.2
        post_build:
          commands:
            - cd /tmp && python3 -m tornado.test
      """
    let build = try await JourneymanRun(
      files: ["buildspec.yml": buildspec], sandbox: .strict, arguments: PackageTests.network
    ).run(in: BuildPlace())
    #expect(build.result.status == .succeeded, "\(build.log.suffix(4000))")
    #expect(build.log.contains("\nOK"))
  }
}
