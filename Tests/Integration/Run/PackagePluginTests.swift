import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// The package plugin in builds.
@Suite(.takingTurns) struct PackagePluginTests {
  /// Makes a wheel and a source distribution of demo 1.0, without any build tool.
  private static let makeDistributions = """
    import io, tarfile, zipfile
    meta = "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n"
    with zipfile.ZipFile("dist/demo-1.0-py3-none-any.whl", "w") as wheel:
      wheel.writestr("demo-1.0.dist-info/METADATA", meta)
      wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\n")
      wheel.writestr("demo-1.0.dist-info/RECORD", "")
    with tarfile.open("dist/demo-1.0.tar.gz", "w:gz") as sdist:
      entry = tarfile.TarInfo("demo-1.0/PKG-INFO")
      entry.size = len(meta)
      sdist.addfile(entry, io.BytesIO(meta.encode()))

    """
  private static let project = [
    "Makefile": "dist:\n\tmkdir dist\n\tpython3 make.py\n", "make.py": makeDistributions,
  ]

  /// The first block of a language in the README's section.
  private func block(_ language: String) throws -> String {
    let root = String(#filePath.dropLast("/Tests/Integration/Run/PackagePluginTests.swift".count))
    let readme = try String(contentsOfFile: root + "/README.md", encoding: .utf8)
    let section = try #require(readme.components(separatedBy: "### Publish packages\n").dropFirst().first)
    let example = try #require(section.components(separatedBy: "```\(language)\n").dropFirst().first)
    return try #require(example.components(separatedBy: "```").first)
  }

  /// The README's example, as it stands there: `packages.example.org` is a server on this machine, behind a proxy that
  /// has a certificate for it.
  @Test(.enabled(if: Peers.areFound("pypi-server", "python3", "openssl", "make"), "needs pypiserver, openssl and make"))
  func theExampleOfTheReadme() async throws {
    let place = try BuildPlace()
    let made = try await TestProgram.run(
      "/bin/sh",
      [
        "-ec",
        """
        openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem -days 2 -subj /CN=packages.example.org \
          -addext subjectAltName=DNS:packages.example.org
        cat key.pem ca.pem > server.pem
        """,
      ], directory: place.path)
    try #require(made.status == 0, "\(made.errors)")
    // The password is `the-token`, as Apache's SHA-1 form.
    let server = try await PeerServer("pypi-server", files: ["users": "builder:{SHA}B/uX6v+gGBvwGE/HwG5wEW1KgWo=\n"]) {
      ["run", "-i", "127.0.0.1", "-p", "\($1)", "-P", "\($0)/users", "-a", "update", $0]
    }
    let gateway = try await PeerServer("python3") {
      [StoreServer.fixtures + "/packages/gateway.py", $0, "\($1)", place.path + "/server.pem", "\(server.port)"]
    }
    var run = JourneymanRun(files: Self.project.merging(["buildspec.yml": try block("yaml")]) { $1 })
    run.configuration =
      try block("ini") + """
        [plugins]
          proxy = \(gateway.url)
          caFile = \(place.path)/ca.pem

        """
    run.environment = ["PACKAGES_TOKEN": "the-token"]
    let build = try await run.run(in: place)
    #expect(build.result.status == .succeeded, "\(build.log)")
    let action = try #require(build.result.actions.first)
    #expect(action.message == "published 2 of 2 to https://packages.example.org/", "\(build.log)")
    #expect(action.outputs["published"] == "2")
    let wheel = try await TestProgram.run(
      TestProgram.find("unzip") ?? "/usr/bin/unzip",
      ["-p", server.directory + "/demo-1.0-py3-none-any.whl", "demo-1.0.dist-info/METADATA"])
    #expect(wheel.output.hasPrefix("Metadata-Version: 2.1\nName: demo\n"), "\(wheel.errors)")
    #expect(try FileSystem.read(server.directory + "/demo-1.0.tar.gz", limit: 1 << 20).starts(with: [0x1F, 0x8B]))
    #expect(!(build.log + build.output + build.errors).contains("the-token"))

    // The same once more: everything is there already.
    let again = try await run.run(in: place)
    #expect(again.result.actions.first?.outputs["skipped"] == "2", "\(again.log)")
    withExtendedLifetime((server, gateway)) {}
  }

  /// A secret that the action does not name is not handed over, and nothing runs with keys that make no sense.
  @Test func whatIsWrongIsSaidBeforeAnythingIsSent() async throws {
    let secret = "[secret \"packages-token\"]\n  env = PACKAGES_TOKEN\n"
    let example = try block("yaml")
    func build(_ buildspec: String) async throws -> FinishedBuild {
      var run = JourneymanRun(
        files: Self.project.merging(["buildspec.yml": buildspec]) { $1 }, configuration: secret)
      run.environment = ["PACKAGES_TOKEN": "the-token"]
      return try await run.run(in: BuildPlace())
    }
    let notNamed = try await build(example.replacing("    secrets: [packages-token]\n", with: ""))
    #expect(notNamed.result.status == .failed)
    #expect(
      notNamed.result.actions.first?.message.contains("'packages-token' was not handed to this action") == true,
      "\(notNamed.log)")
    for (from, to, words) in [
      ("https://packages", "http://packages", "plain-http"), ("https://", "https://anna:secret@", "name a secret"),
      ("type: pypi ", "type: pipi ", "pypi"), ("username: builder", "username: 'a:b'", "colon"),
      ("password: packages-token", "tag: x", "password"),
    ] {
      let wrong = try await build(example.replacing(from, with: to))
      #expect(wrong.exitStatus == 2, "\(to): \(wrong.log)")
      #expect((wrong.output + wrong.errors).contains(words), "\(to): \(wrong.output)\(wrong.errors)")
      #expect(!wrong.lines.contains { $0.contains("make dist") }, "\(to)")
    }
  }
}
