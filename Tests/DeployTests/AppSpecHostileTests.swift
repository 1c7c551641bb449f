import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// Revisions that mean harm, or were packed by somebody who did not know better.
@Suite(.takingTurns) struct AppSpecHostileTests {
  private static let spec = "version: 0.0\nos: linux\nfiles:\n  - {source: app, destination: TARGET/app}\n"

  /// Makes an archive with Python, which packs whatever it is told.
  private func archive(_ fixture: AppSpecFixture, _ name: String, _ entries: String) async throws {
    let script = """
      import tarfile, io
      archive = tarfile.open("\(fixture.workspace)/\(name)", "w")
      def add(name, content=b"", kind=tarfile.REGTYPE, link="", mode=0o644):
          entry = tarfile.TarInfo(name)
          entry.size, entry.type, entry.linkname, entry.mode = len(content), kind, link, mode
          archive.addfile(entry, io.BytesIO(content))
      add("appspec.yml", b\"\"\"\(Self.spec.replacing("TARGET", with: fixture.target))\"\"\")
      add("app/ordinary", b"1")
      \(entries)
      archive.close()
      """
    try await AppSpecFixture.machine("python3", "-c", script)
  }

  private func isRefused(_ entries: String, _ expected: String) async throws {
    let fixture = try AppSpecFixture()
    try await archive(fixture, "hostile.tar", entries)
    await #expect { try await fixture.deploy("hostile.tar") } throws: { error in
      let text = "\(error)"
      return text.contains(expected)
        || {
          Issue.record("\(text)"); return false
        }()
    }
    #expect(try fixture.snapshot().isEmpty)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: fixture.root).sorted() == [
        "events", "srv", "state", "workspace",
      ])
    let kept = try FileManager.default.contentsOfDirectory(atPath: fixture.state + "/shop")
    #expect(kept == ["lock"], "nothing of it is kept")
  }

  @Test(arguments: [
    (#"add("../escaped", b"x")"#, "leads out"), (#"add("app/../../escaped", b"x")"#, "leads out"),
    (#"add("/tmp/escaped", b"x")"#, "leads out"),
    (#"add("app/out", kind=tarfile.SYMTYPE, link="/etc/passwd")"#, "a link that leads out"),
    (#"add("app/out", kind=tarfile.SYMTYPE, link="../../../../etc")"#, "a link that leads out"),
    (
      #"add("app/way", kind=tarfile.SYMTYPE, link="/tmp"); add("app/way/escaped", b"x")"#, "cannot write"
    ),
    (#"add("app/hard", kind=tarfile.LNKTYPE, link="../../etc/passwd")"#, "leads out"),
    (#"add("app/hard", kind=tarfile.LNKTYPE, link="app/nowhere")"#, "No such file"),
    (
      #"add("app/in", kind=tarfile.SYMTYPE, link="/etc/passwd"); add("app/hard", kind=tarfile.LNKTYPE, link="app/in")"#,
      "Too many levels of symbolic links"
    ),
    (#"add("app/pipe", kind=tarfile.FIFOTYPE)"#, "a pipe or a device"),
    (#"add("app/device", kind=tarfile.CHRTYPE)"#, "a pipe or a device"),
    (##"add("appspec.yml", b"#" * (2 << 20))"##, "appspec.yml"),
    (#"add("appspec.yml", kind=tarfile.SYMTYPE, link="app/ordinary")"#, "has no appspec.yml"),
  ]) func anArchiveThatMeansHarmIsRefused(_ entries: String, _ expected: String) async throws {
    try await isRefused(entries, expected)
  }

  @Test func bitsThatRunAsAnotherUserAreLeftOut() async throws {
    let fixture = try AppSpecFixture()
    try await archive(
      fixture, "bits.tar",
      #"add("app/tool", b"x", mode=0o6755); add("app/hard", kind=tarfile.LNKTYPE, link="app/tool")"#)
    let (outcome, _) = try await fixture.deploy("bits.tar")
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    for name in ["tool", "hard"] {
      var status = stat()
      try #require(lstat(fixture.target + "/app/" + name, &status) == 0)
      #expect(status.st_mode == S_IFREG | 0o755 && status.st_nlink == 1)
    }
  }

  @Test func aLeadingSlashOfASourceIsTheRevisionsRoot() async throws {
    let fixture = try AppSpecFixture()
    try fixture.plainRevision("one", appspec: "files:\n  - {source: /etc/passwd, destination: TARGET/app}\n")
    await #expect { try await fixture.deploy("one") } throws: {
      "\($0)".contains("appspec.yml:4: there is no 'etc/passwd'")
    }
    #expect(try fixture.snapshot().isEmpty)
    try fixture.write("the revision's", to: fixture.workspace + "/one/etc/passwd")
    #expect(try await fixture.deploy("one").outcome.status == .succeeded)
    #expect(try fixture.read(fixture.target + "/app/passwd") == "the revision's")
  }

  @Test func linksOutOfADirectoryAndIntoTheWorkspaceAreRefused() async throws {
    let fixture = try AppSpecFixture()
    try fixture.plainRevision(
      "one", appspec: "files:\n  - {source: app, destination: TARGET/app}\n", files: ["app/a": "1"])
    symlink("/etc/shadow", fixture.workspace + "/one/app/secret")
    await #expect { try await fixture.deploy("one") } throws: {
      "\($0)".contains("app/secret is a link that leads out")
    }
    unlink(fixture.workspace + "/one/app/secret")
    mkfifo(fixture.workspace + "/one/app/pipe", 0o600)
    await #expect { try await fixture.deploy("one") } throws: { "\($0)".contains("app/pipe is a pipe") }
    symlink("/etc", fixture.workspace + "/out")
    await #expect { try await fixture.deploy("out") } throws: { "\($0)".contains("outside the workspace") }
    #expect(try fixture.snapshot().isEmpty)
  }

  @Test func theStateIsNoPlaceToInstallInto() async throws {
    let fixture = try AppSpecFixture()
    for place in ["", "/shop", "/shop/deeper"] {
      try fixture.plainRevision(
        "one", appspec: "files:\n  - {source: app, destination: \(fixture.state)\(place)}\n",
        files: ["app/state.json": "1"])
      await #expect { try await fixture.deploy("one") } throws: {
        "\($0)".contains("where the state of deployments is kept")
      }
    }
    #expect(fixture.deployed == nil)
  }

  @Test func clashesAreRefused() async throws {
    let fixture = try AppSpecFixture()
    let cases = [
      (
        "- {source: a/x, destination: TARGET}\n  - {source: b/x, destination: TARGET}", "two source files are to become"
      ),
      (
        "- {source: a/x, destination: TARGET}\n  - {source: a/x, destination: TARGET/x}", "to be a file and a directory"
      ),
      (
        "- {source: a/x, destination: TARGET/x}\n  - {source: a/x, destination: TARGET}", "to be a file and a directory"
      ),
      ("- {source: a/x, destination: TARGET/file}", "has to be a directory, and a file stands there"),
      ("- {source: d, destination: TARGET}", "has to be a file, and a directory stands there"),
      ("- {source: nowhere, destination: TARGET}", "there is no 'nowhere' in the revision"),
    ]
    try fixture.write("mine", to: fixture.target + "/file")
    try FileSystem.makeDirectories(fixture.target + "/directory")
    let before = try fixture.snapshot()
    for (files, expected) in cases {
      try fixture.plainRevision(
        "one", appspec: "files:\n  \(files)\n", files: ["a/x": "1", "b/x": "2", "d/directory": "3"])
      await #expect { try await fixture.deploy("one") } throws: { "\($0)".contains(expected) }
      #expect(try fixture.snapshot() == before, "\(expected)")
    }
  }

  @Test func aDamagedArchiveIsRefused() async throws {
    let fixture = try AppSpecFixture()
    try fixture.write("PK\u{3}\u{4} and no more", to: fixture.workspace + "/broken.zip")
    await #expect { try await fixture.deploy("broken.zip") } throws: { "\($0)".contains("broken.zip") }
    try fixture.revision("whole", files: ["a": "1"])
    try await AppSpecFixture.machine("tar", "-czf", "whole.tgz", "whole", directory: fixture.workspace)
    truncate(fixture.workspace + "/whole.tgz", 300)
    await #expect(throws: (any Error).self) { try await fixture.deploy("whole.tgz") }
    #expect(try fixture.snapshot().isEmpty)
  }
}
