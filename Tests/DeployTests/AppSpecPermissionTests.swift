import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// Owners, modes, access control lists and labels of what is installed.
@Suite(.takingTurns) struct AppSpecPermissionTests {
  private static let isRoot = geteuid() == 0

  private func mode(_ path: String) -> String {
    var status = stat()
    return lstat(path, &status) == 0 ? String(status.st_mode & 0o7777, radix: 8) : "missing"
  }

  @Test func modesAreThoseThatAreWritten() async throws {
    let fixture = try AppSpecFixture()
    try fixture.plainRevision(
      "one",
      appspec: """
        files:
          - {source: app, destination: TARGET/app}
        permissions:
          - {object: TARGET/app, pattern: "*.sh", except: [keep.sh], mode: 0750, type: [file]}
          - {object: TARGET/app/conf, mode: "600", type: [file]}
          - {object: TARGET/app, pattern: conf, mode: 711, type: [directory]}
          - {object: TARGET/app/bin/tool, mode: 4755}
          - {object: TARGET/other, mode: 777}
        """,
      files: [
        "app/a.sh": "", "app/keep.sh": "", "app/conf/b.sh": "", "app/conf/deep/c": "", "app/bin/tool": "",
        "app/text": "",
      ], mode: 0o640)
    chmod(fixture.workspace + "/one/app/text", 0o6755)
    let (outcome, log) = try await fixture.deploy("one")
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let app = fixture.target + "/app"
    #expect(mode(app + "/a.sh") == "750", "an unquoted 0750 is not the number that YAML makes of it")
    #expect(mode(app + "/keep.sh") == "640" && mode(app + "/conf/b.sh") == "600" && mode(app + "/conf/deep/c") == "600")
    #expect(mode(app + "/conf") == "711" && mode(app + "/bin") == "755")
    #expect(mode(app + "/bin/tool") == "4755")
    #expect(mode(app + "/text") == "755", "bits that run as another user come from 'permissions' alone")
    #expect(log.contains("appspec.yml:10: permissions: nothing that is installed matches \(fixture.target)/other"))
  }

  @Test(.enabled(if: isRoot, "only root may give files away")) func ownersAreSetBeforeModes() async throws {
    let fixture = try AppSpecFixture()
    try fixture.plainRevision(
      "one",
      appspec: """
        files:
          - {source: app, destination: TARGET/app}
        permissions:
          - {object: TARGET/app/tool, owner: journeyman-test, group: journeyman-test, mode: 4711}
          - {object: TARGET/app, pattern: link, owner: journeyman-test}
        """, files: ["app/tool": "", "app/text": ""])
    symlink("text", fixture.workspace + "/one/app/link")
    let (outcome, _) = try await fixture.deploy("one")
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let user = try #require(getpwnam("journeyman-test")).pointee
    var status = stat()
    try #require(lstat(fixture.target + "/app/tool", &status) == 0)
    #expect(status.st_uid == user.pw_uid && status.st_gid == user.pw_gid && status.st_mode & 0o7777 == 0o4711)
    try #require(lstat(fixture.target + "/app/link", &status) == 0)
    #expect(status.st_uid == user.pw_uid && status.st_mode & S_IFMT == S_IFLNK)
    try #require(lstat(fixture.target + "/app/text", &status) == 0)
    #expect(status.st_uid == 0, "links are not followed")
  }

  @Test(.enabled(if: NeededPrograms.areFound("setfacl", "getfacl"), "setfacl is not installed (package acl)"))
  func accessControlListsAreSetAndComeBack() async throws {
    let fixture = try AppSpecFixture()
    try fixture.plainRevision(
      "one",
      appspec: """
        files:
          - {source: app, destination: TARGET/app}
        permissions:
          - {object: TARGET/app/a file, mode: 640, acls: ["u:daemon:rw", "g:daemon:r"]}
          - {object: TARGET/app, pattern: shared, mode: 750, acls: ["u:daemon:7", "default:u:daemon:rwx", "d:g:daemon:5"]}
        """, files: ["app/a file": "1", "app/shared/x": ""])
    let (outcome, _) = try await fixture.deploy("one")
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let lists = { try await AppSpecFixture.machine("getfacl", "-R", "-p", "-c", fixture.target) }
    let file = try await AppSpecFixture.machine("getfacl", "-p", "-c", fixture.target + "/app/a file")
    #expect(file == "user::rw-\nuser:daemon:rw-\ngroup::r--\ngroup:daemon:r--\nmask::rw-\nother::---\n\n")
    let shared = try await AppSpecFixture.machine("getfacl", "-p", "-c", fixture.target + "/app/shared")
    for line in ["user:daemon:rwx", "default:user:daemon:rwx", "default:group:daemon:r-x", "default:user::rwx"] {
      #expect(shared.contains(line + "\n"), "\(shared)")
    }
    let before = try await lists()
    try fixture.revision("two", files: ["a file": "2", "shared/x": "2"], scripts: ["ValidateService": "exit 1"])
    #expect(try await fixture.deploy("two").outcome.status == .failed)
    #expect(try await lists() == before)
  }

  @Test func whatCannotBeAppliedIsRefusedAndUndone() async throws {
    let fixture = try AppSpecFixture()
    let cases = [
      ("{object: TARGET/app/a, mode: 600}, {object: TARGET/app, mode: 600}", "stand in line 6 already"),
      ("{object: TARGET/app/a, pattern: x}", "'pattern' and 'except' are for directories"),
      ("{object: TARGET/app/a, type: [directory]}", "'type' leaves files out"),
      ("{object: TARGET/app, owner: nobody-of-that-name}", "there is no user 'nobody-of-that-name'"),
      ("{object: TARGET/app, group: nobody-of-that-name}", "there is no group 'nobody-of-that-name'"),
    ]
    for (permissions, expected) in cases {
      try fixture.plainRevision(
        "one", appspec: "files:\n  - {source: app, destination: TARGET/app}\npermissions:\n  [\(permissions)]\n",
        files: ["app/a": "1"])
      await #expect { try await fixture.deploy("one") } throws: { "\($0)".contains(expected) }
      #expect(try fixture.snapshot().isEmpty, "\(expected)")
    }
  }

  @Test func labelsAreSetByTheSystemsProgramsAndTakenBack() async throws {
    let fixture = try AppSpecFixture()
    let programs = fixture.root + "/programs"
    for name in ["semanage", "restorecon"] {
      try fixture.write(
        "#!/bin/sh\necho \(name) \"$@\" >>\(fixture.events)\n", to: programs + "/" + name, mode: 0o755)
    }
    func revision(_ name: String, _ type: String, _ script: String) throws {
      try fixture.plainRevision(
        name,
        appspec: """
          files:
            - {source: app, destination: TARGET/app}
          permissions:
            - {object: TARGET/app/a.txt, context: {type: \(type), range: s0}}
          hooks:
            ValidateService: [{location: check.sh}]
          """, files: ["app/a.txt": "1", "check.sh": script])
    }
    try revision("one", "one_t", "exit 0")
    try revision("two", "two_t", "exit 1")
    let path = fixture.target + "/app/a.txt"
    let expression = fixture.target + "/app/a\\.txt"
    #expect(try await fixture.deploy("one", programs: programs).outcome.status == .succeeded)
    #expect(try fixture.takeEvents() == ["semanage fcontext -a -t one_t -r s0 \(expression)", "restorecon -v \(path)"])
    #expect(try await fixture.deploy("two", programs: programs).outcome.status == .failed)
    #expect(
      try fixture.takeEvents() == [
        "semanage fcontext -d \(expression)", "semanage fcontext -a -t two_t -r s0 \(expression)",
        "restorecon -v \(path)", "semanage fcontext -d \(expression)",
        "semanage fcontext -a -t one_t -r s0 \(expression)", "restorecon -v \(path)",
      ])
  }

  @Test func aFileSystemOfItsOwnForTheStateChangesNothing() async throws {
    var (here, there) = (stat(), stat())
    let other = "/dev/shm"
    guard stat(NSTemporaryDirectory(), &here) == 0, stat(other, &there) == 0, here.st_dev != there.st_dev else {
      return
    }
    let fixture = try AppSpecFixture()
    let state = other + "/journeyman-appspec-\(UUID().uuidString)"
    defer { try? FileSystem.removeTree(state) }
    try fixture.revision("one", files: ["a": "1", "lib/b": "b", "c": "c"])
    try fixture.revision("two", files: ["a": "2"], scripts: ["AfterAllowTraffic": "exit 1"])
    symlink("a", fixture.workspace + "/one/app/link")
    #expect(try await fixture.deploy("one", ["root": state]).outcome.status == .succeeded)
    chmod(fixture.target + "/app/c", 0o4711)
    let hasLists = TestProgram.find("setfacl") != nil
    if hasLists { try await AppSpecFixture.machine("setfacl", "-m", "u:daemon:rw", fixture.target + "/app/a") }
    let before = try fixture.snapshot()
    #expect(try await fixture.deploy("two", ["root": state]).outcome.status == .failed)
    #expect(try fixture.snapshot() == before)
    if hasLists {
      let list = try await AppSpecFixture.machine("getfacl", "-p", "-c", fixture.target + "/app/a")
      #expect(list.contains("user:daemon:rw-"))
    }
  }
}
