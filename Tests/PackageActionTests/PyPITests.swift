import Foundation
import JourneymanActionKit
import TestSupport
import Testing

/// Wheels and source distributions, published to real servers and installed from them.
@Suite(.takingTurns) struct PyPITests {
  /// Makes demo-VERSION as a wheel and as a source distribution under `dist`.
  static func makeDistributions(_ bench: Bench, version: String = "1.0", text: String = "hello") async throws {
    try bench.write(
      """
      import io, tarfile, zipfile
      meta = '''Metadata-Version: 2.1
      Name: Demo.Package
      Version: \(version)
      Summary: A demonstration: größer
      Classifier: Programming Language :: Python :: 3
      Classifier: Topic :: Software Development
      Requires-Python: >=3.8
      Project-URL: Home, https://example.org/demo
      Description-Content-Type: text/markdown

      # Demo

      \(text)
      '''
      about = "demo_package-\(version).dist-info/"
      with zipfile.ZipFile("dist/demo_package-\(version)-py3-none-any.whl", "w") as wheel:
        wheel.writestr("demo_package.py", "text = '\(text)'\\n")
        wheel.writestr(about + "METADATA", meta)
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        names = ["demo_package.py"] + [about + x for x in ("METADATA", "WHEEL", "RECORD")]
        wheel.writestr(about + "RECORD", "".join(n + ",,\\n" for n in names))
      with tarfile.open("dist/demo_package-\(version).tar.gz", "w:gz") as sdist:
        for name, content in (("PKG-INFO", meta), ("src/other/PKG-INFO", "nothing"), ("setup.py", "import setuptools")):
          entry = tarfile.TarInfo(f"demo_package-\(version)/" + name)
          entry.size = len(content.encode())
          sdist.addfile(entry, io.BytesIO(content.encode()))
      """, to: "make.py")
    let made = try await bench.shell("mkdir -p dist && python3 make.py")
    try #require(made.status == 0, "\(made.errors)")
  }

  private func install(_ bench: Bench, from index: String) async throws -> String {
    let pip = Peers.find("pip") ?? "pip"
    let outcome = try await bench.shell(
      "rm -rf installed && \(pip) install -q --disable-pip-version-check --no-cache-dir --no-deps --index-url \(index) "
        + "--target installed demo-package==1.0 && PYTHONPATH=installed python3 -c 'import demo_package as d; print(d.text)'"
    )
    return outcome.output + outcome.errors
  }

  @Test(.enabled(if: Peers.areFound("pypi-server", "python3"), "needs pypiserver"))
  func pypiserver() async throws {
    let bench = try Bench()
    try await Self.makeDistributions(bench)
    // The password is `the-token`, as Apache's SHA-1 form.
    let server = try await PeerServer("pypi-server", files: ["users": "anna:{SHA}B/uX6v+gGBvwGE/HwG5wEW1KgWo=\n"]) {
      ["run", "-i", "127.0.0.1", "-p", "\($1)", "-P", "\($0)/users", "-a", "update", $0]
    }
    var configuration: [String: Any] = [
      "type": "pypi", "repository": server.url + "/", "files": ["dist/*.whl", "dist/*.tar.gz"], "username": "anna",
      "password": "token",
    ]
    let wrong = try await bench.publish(configuration, password: "wrong")
    #expect(wrong.status == .failed)
    #expect(wrong.message.contains("HTTP 403"), "\(wrong.message)")
    #expect(bench.log.contains("not tried      Demo.Package 1.0 (demo_package-1.0.tar.gz)"), "\(bench.log)")

    let first = try await bench.publish(configuration)
    #expect(first.status == .succeeded, "\(first.message)")
    #expect(first.outputs["published"] == "2")
    #expect(try await install(bench, from: server.url + "/simple/") == "hello\n")

    let again = try await bench.publish(configuration)
    #expect(again.status == .failed, "\(again.message)")
    configuration["skip-existing"] = true
    let skipped = try await bench.publish(configuration)
    #expect(skipped.status == .succeeded, "\(skipped.message)")
    #expect(skipped.outputs["skipped"] == "2")
  }

  @Test(.enabled(if: Peers.areFound("devpi-server", "devpi-init"), "needs devpi-server"))
  func devpi() async throws {
    let bench = try Bench()
    try await Self.makeDistributions(bench)
    let initialized = try await TestProgram.run(
      try #require(Peers.find("devpi-init")),
      ["--serverdir", bench.path + "/devpi", "--no-root-pypi", "--root-passwd", "the-token"])
    try #require(initialized.status == 0, "\(initialized.errors)\(initialized.output)")
    let server = try await PeerServer("devpi-server") {
      ["--serverdir", bench.path + "/devpi", "--host", "127.0.0.1", "--port", "\($1)"]
    }
    let authority = server.url
    let made = try await bench.shell(
      """
      token=$(curl -sf -X POST -H 'Content-Type: application/json' -d '{"user":"root","password":"the-token"}' \
        \(authority)/+login | jq -r .result.password)
      curl -sf -X PUT -H "X-Devpi-Auth: $(printf 'root:%s' "$token" | base64 -w0)" -H 'Content-Type: application/json' \
        -d '{"volatile":false,"bases":[]}' \(authority)/root/dev
      """)
    try #require(made.status == 0, "\(made.errors)\(made.output)")
    var configuration: [String: Any] = [
      "type": "pypi", "repository": authority + "/root/dev/", "files": "dist/*", "username": "root",
      "password": "token",
    ]
    let first = try await bench.publish(configuration)
    #expect(first.status == .succeeded, "\(first.message)")
    #expect(try await install(bench, from: authority + "/root/dev/+simple/") == "hello\n")

    // The identical files are fine; the same names with other content are not.
    let identical = try await bench.publish(configuration)
    #expect(identical.status == .succeeded, "\(identical.message)")
    #expect(identical.outputs["skipped"] == "2", "\(bench.log)")
    try await Self.makeDistributions(bench, text: "other")
    let different = try await bench.publish(configuration)
    #expect(different.status == .failed, "\(different.message)")
    configuration["skip-existing"] = true
    #expect(try await bench.publish(configuration).outputs["skipped"] == "2", "\(bench.log)")
    #expect(try await install(bench, from: authority + "/root/dev/+simple/") == "hello\n")
  }
}
