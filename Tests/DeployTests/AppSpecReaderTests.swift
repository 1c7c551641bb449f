import Foundation
import JourneymanActionSupport
import TestSupport
import Testing

@testable import DeployAction

/// AppSpec files: read strictly, with the lines of what is wrong.
@Suite struct AppSpecReaderTests {
  private func read(_ text: String) throws -> AppSpec { try AppSpecReader.read(Array(text.utf8), name: "appspec.yml") }

  private func mistakes(_ text: String) -> [String] {
    do {
      _ = try read(text)
      return []
    } catch {
      return "\(error)".split(separator: "\n").map(String.init)
    }
  }

  private let head = "version: 0.0\nos: linux\n"

  @Test func everyKeyIsRead() throws {
    let spec = try read(
      """
      version: 0.0
      os: linux
      file_exists_behavior: OVERWRITE
      files:
        - source: /
          destination: /srv/app/
        - source: conf/my file.txt
          destination: /etc/app
      permissions:
        - object: /srv/app
          pattern: "*.sh"
          except: [old.sh]
          owner: www-data
          group: 33
          mode: 0640
          acls: ["u:anna:rw", "default:group:web:5", "m::7"]
          context: {user: unconfined_u, type: httpd_sys_content_t, range: s0}
          type: [file]
      hooks:
        ApplicationStart:
          - location: bin/start it.sh
            timeout: 300
            runas: app
          - location: /bin/more.sh
        ApplicationStop:
      """)
    #expect(spec.existingFiles == .overwrite)
    #expect(spec.files.map(\.source) == ["", "conf/my file.txt"])
    #expect(spec.files.map(\.destination) == ["/srv/app", "/etc/app"])
    let permission = try #require(spec.permissions.first)
    #expect(permission.mode == 0o640, "the digits as they are written")
    #expect(permission.owner == "www-data" && permission.group == "33" && permission.kinds == [.file])
    #expect(permission.acls.map(\.text) == ["user:anna:rw-", "default:group:web:r-x", "mask::rwx"])
    #expect(permission.context == SecurityContext(user: "unconfined_u", type: "httpd_sys_content_t", range: "s0"))
    #expect(permission.pattern.matches("a.sh") && !permission.pattern.matches("a/b.sh"))
    let hooks = try #require(spec.hooks[.applicationStart])
    #expect(hooks.map(\.location) == ["bin/start it.sh", "bin/more.sh"])
    #expect(hooks.map(\.timeout) == [300, nil] && hooks.map(\.user) == ["app", nil])
    #expect(spec.hooks[.applicationStop]?.isEmpty == true)
  }

  @Test(arguments: [
    ("", "appspec.yml:1: the file is empty"),
    ("# nothing\n", "appspec.yml:1: "),
    ("version: \"0.0\"\nos: linux\n", "appspec.yml:1: version: expected the number 0.0"),
    ("version: 0.1\nos: linux\n", "appspec.yml:1: version"),
    ("os: linux\n", "appspec.yml:1: version is missing"),
    ("version: 0.0\nos: windows\n", "appspec.yml:2: os: "),
    ("version: 0.0\n", "appspec.yml:1: os is missing"),
    ("version: 0.0\nos: linux\nhook:\n  x: 1\n", "appspec.yml:4: 'hook' is no key"),
    ("version: 0.0\nos: linux\nos: linux\n", "appspec.yml:3: the key 'os' stands in line 2 already"),
    ("version: 0.0\nos: [linux\n", "appspec.yml:3: "),
    ("version: 0.0\nos: linux\nfile_exists_behavior: never\n", "appspec.yml:3: file_exists_behavior"),
  ]) func theHeadIsChecked(_ text: String, _ expected: String) {
    let found = mistakes(text)
    #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
  }

  @Test(arguments: [
    ("files:\n  - source: a\n", "appspec.yml:4: files: an entry has no 'destination'"),
    ("files:\n  - destination: /a\n", "appspec.yml:4: files: an entry has no 'source'"),
    ("files: a\n", "appspec.yml:3: files: expected a list"),
    ("files:\n  - a\n", "appspec.yml:4: files: expected keys and values"),
    ("files:\n  - source: a\n    destination: srv\n", "appspec.yml:5: destination: 'srv' is no absolute path"),
    ("files:\n  - source: a\n    destination: /srv/../etc\n", "appspec.yml:5: destination"),
    ("files:\n  - source: ../a\n    destination: /srv\n", "appspec.yml:4: source: '../a' leads out"),
    ("files:\n  - source: \"..\\/\\u0301../a\"\n    destination: /srv\n", "appspec.yml:4: source: "),
    ("hooks:\n  Startup:\n    - location: a\n", "appspec.yml:5: hooks: 'Startup' is no event"),
    ("hooks:\n  Install:\n    - location: a\n", "appspec.yml:5: hooks: 'Install' takes no scripts"),
    ("hooks:\n  BeforeInstall:\n    - timeout: 5\n", "appspec.yml:5: hooks: BeforeInstall: an entry has no 'location'"),
    ("hooks:\n  BeforeInstall:\n    - location: ../../a\n", "appspec.yml:5: location"),
    ("hooks:\n  BeforeInstall:\n    - location: a\n      timeout: 0\n", "appspec.yml:6: timeout"),
    ("hooks:\n  BeforeInstall:\n    - location: a\n      timeout: soon\n", "appspec.yml:6: timeout"),
    ("hooks:\n  BeforeInstall:\n    - location: a\n      runas: --login\n", "appspec.yml:6: runas"),
    ("hooks:\n  BeforeInstall:\n    - location: a\n      run_as: b\n", "appspec.yml:6: hooks: BeforeInstall: 'run_as'"),
    (
      "hooks:\n  BeforeInstall:\n    - {location: a, timeout: 3000}\n    - {location: b, timeout: 601}\n",
      "appspec.yml:5: hooks: BeforeInstall: the timeouts of its scripts are 3601 s"
    ),
    ("permissions:\n  - object: srv\n", "appspec.yml:4: object"),
    ("permissions:\n  - object: /srv\n    mode: 999\n", "appspec.yml:5: mode"),
    ("permissions:\n  - object: /srv\n    mode: 00644\n", "appspec.yml:5: mode"),
    ("permissions:\n  - object: /srv\n    type: [link]\n", "appspec.yml:5: type"),
    ("permissions:\n  - object: /srv\n    owner: \"a b\"\n", "appspec.yml:5: owner"),
    ("permissions:\n  - object: /srv\n    acls: [\"u::rw\"]\n", "appspec.yml:5: acls: 'u::rw' names nobody"),
    ("permissions:\n  - object: /srv\n    acls: [\"u:a:rwz\"]\n", "appspec.yml:5: acls"),
    ("permissions:\n  - object: /srv\n    acls: [\"u:a:r\", \"user:a:w\"]\n", "appspec.yml:5: acls: 'user:a:w' stands"),
    ("permissions:\n  - object: /srv\n    context: {user: a}\n", "appspec.yml:5: context: 'type' is missing"),
    ("permissions:\n  - object: /srv\n    context: {type: a, role: b}\n", "appspec.yml:5: context: 'role'"),
  ]) func entriesAreChecked(_ text: String, _ expected: String) {
    let found = mistakes(head + text)
    #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
  }

  @Test func allMistakesAreNamedAtOnceAndNotWithoutEnd() {
    let text = head + "files:\n" + String(repeating: "  - source: ..\n    destination: x\n", count: 500)
    let found = mistakes(text)
    #expect(found.count == 50)
    #expect(found.first?.hasPrefix("appspec.yml:4: ") == true)
  }

  @Test func scriptsWithoutTimeoutShareTheHour() throws {
    let spec = try read(head + "hooks:\n  BeforeInstall:\n    - location: a\n    - location: b\n      timeout: 300\n")
    #expect(spec.hooks[.beforeInstall]?.map(\.timeout) == [nil, 300])
  }

  @Test func hostileTextsAreRefused() {
    let deep = head + "files: " + String(repeating: "[", count: 100_000)
    #expect(!mistakes(deep).isEmpty)
    var bomb = "a: &a [1,1,1,1,1,1,1,1,1]\n"
    for (before, letter) in zip("abcdefgh", "bcdefghi") {
      bomb += "\(letter): &\(letter) [" + Array(repeating: "*\(before)", count: 9).joined(separator: ",") + "]\n"
    }
    #expect(!mistakes(bomb + head).isEmpty)
    #expect(!mistakes("\u{0}\u{1}").isEmpty)
  }

  @Test func noBytesBringTheReaderDown() throws {
    let valid = Array(
      (head + "files:\n  - source: a\n    destination: /b\npermissions:\n  - object: /b\n    mode: 644\n"
        + "    acls: [\"u:x:rw\"]\nhooks:\n  BeforeInstall:\n    - location: c\n      timeout: 5\n").utf8)
    var random = SplitMix(state: 20_261_121)
    var refused = 0
    for _ in 0..<2000 {
      var bytes = valid
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: 32...126, using: &random), at: place)
        }
      }
      do {
        _ = try AppSpecReader.read(bytes, name: "appspec.yml")
      } catch {
        refused += 1
        #expect(error.mistakes.allSatisfy { $0.line >= 1 })
      }
    }
    #expect(refused > 500 && refused < 2000)
  }
}

/// Patterns of `permissions`.
@Suite struct PathPatternTests {
  @Test(arguments: [
    ("**", "a", true), ("**", "a/b/c", true), ("*", "a", true), ("*", "a/b", false), ("*.sh", "run.sh", true),
    ("*.sh", "run.shx", false), ("a*b*c", "aXbYc", true), ("a*b*c", "acb", false), ("tmp/*", "tmp/x", true),
    ("tmp/*", "tmp/x/y", false), ("tmp/**", "tmp/x/y", true), ("tmp/**", "tmp", true), ("**/x", "x", true),
    ("**/x", "a/b/x", true), ("**/x", "a/b/xy", false), ("a/**/z", "a/z", true), ("a/**/z", "a/b/c/z", true),
    ("", "a", false), ("a", "a", true), ("a", "b/a", false),
  ]) func aPathFitsOrNot(_ pattern: String, _ path: String, _ fits: Bool) {
    #expect(PathPattern(pattern).matches(path) == fits)
  }

  @Test func aHostilePatternTakesNoTime() {
    let pattern = PathPattern(String(repeating: "a*", count: 1000) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 4000)))
    let deep = PathPattern(String(repeating: "**/", count: 200) + "b")
    #expect(!deep.matches(Array(repeating: "a", count: 200).joined(separator: "/")))
  }
}
