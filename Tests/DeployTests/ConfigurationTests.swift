import Foundation
import JourneymanActionKit
import Testing

@testable import DeployAction

/// What may stand under `with:`.
@Suite struct ConfigurationTests {
  private func problem(_ json: String) throws -> String? {
    let configuration = try JSONDecoder().decode(DeployConfiguration.self, from: Data(json.utf8))
    do {
      _ = try DeployAction(configuration: configuration)
      return nil
    } catch let error as PluginConfigurationError {
      return error.description
    }
  }

  @Test(arguments: [
    (#"{"target":"directory","path":"/srv/x"}"#, "source: say which"),
    (#"{"target":"directory","source":"../x","path":"/srv/x"}"#, "source: must be a path in the workspace"),
    (#"{"target":"directory","source":"x"}"#, "path: say which"),
    (#"{"target":"directory","source":"x","path":"srv"}"#, "path: must be an absolute path"),
    (#"{"target":"directory","source":"x","path":"/"}"#, "path: must be an absolute path"),
    (#"{"target":"directory","source":"x","path":"/srv/../etc"}"#, "path: must be an absolute path"),
    (#"{"target":"directory","source":"x","path":"/srv/a\nb"}"#, "path: must not have control characters"),
    (#"{"target":"directory","source":"x","path":"/srv/x","keep":0}"#, "keep: must be 1 to 1000"),
    (#"{"target":"directory","source":"x","path":"/srv/x","hosts":["a"]}"#, "hosts: belongs to the target ssh"),
    (#"{"target":"directory","source":"x","path":"/srv/x","health-attempts":3}"#, "health-attempts: needs"),
    (#"{"target":"directory","source":"x","path":"/srv/x","health-check":" "}"#, "health-check: is empty"),
    (#"{"target":"ssh","source":"x","path":"/srv/x","identity":"k"}"#, "hosts: name the machines"),
    (#"{"target":"ssh","source":"x","path":"/srv/x","hosts":"a"}"#, "identity: name the secret"),
    (#"{"target":"ssh","source":"x","path":"/s","hosts":["a","-oProxyCommand=x"],"identity":"k"}"#, "hosts.1: "),
    (#"{"target":"ssh","source":"x","path":"/s","hosts":["a","a"],"identity":"k"}"#, "hosts.1: a stands there twice"),
    (#"{"target":"ssh","source":"x","path":"/s","hosts":"a","identity":"k","strategy":"0%"}"#, "strategy: must be"),
    (#"{"target":"ssh","source":"x","path":"/s","hosts":"a","identity":"k","user":"-l"}"#, "user: '-l' is no user"),
    (#"{"target":"appspec"}"#, "revision: name the directory or archive"),
    (#"{"target":"appspec","revision":"r","root":"state"}"#, "root: has to be an absolute path"),
    (#"{"target":"appspec","revision":"r","root":"/"}"#, "root: has to be an absolute path"),
    (#"{"target":"appspec","revision":"r","root":"/srv/../etc"}"#, "root: has to be an absolute path"),
    (#"{"target":"appspec","revision":"r","group":"../x"}"#, "group: has to be"),
    (#"{"target":"appspec","revision":"r","group":".x"}"#, "group: has to be"),
    (#"{"target":"appspec","revision":"r","keep":0}"#, "keep: has to be 1 to 1000"),
    (#"{"target":"appspec","revision":"r","source":"x"}"#, "source: belongs to the target directory and"),
    (#"{"target":"directory","source":"x","path":"/srv/x","force":true}"#, "force: belongs to the target appspec"),
    (#"{"target":"http","webhook":"https://a/b"}"#, "secret: name the secret"),
    (#"{"target":"http","secret":"s"}"#, "upload: give 'upload', 'webhook' or both"),
    (#"{"target":"http","secret":"s","upload":"https://a/b"}"#, "source: say what is uploaded"),
    (#"{"target":"http","secret":"s","webhook":"ftp://a/b"}"#, "webhook: must be an http or https URL"),
    (#"{"target":"http","secret":"s","webhook":"https://u:p@a/b"}"#, "webhook: must not hold a login"),
    (#"{"target":"http","secret":"s","webhook":"https://a/b c"}"#, "webhook: must be a URL of visible ASCII"),
    (#"{"target":"http","secret":"s","token":"t","webhook":"http://a/b"}"#, "webhook: must be https"),
    (
      #"{"target":"http","secret":"s","webhook":"https://a/b","path":"/x"}"#,
      "path: belongs to the target directory and"
    ),
  ])
  func `what does not make sense is named`(json: String, beginning: String) throws {
    let problem = try problem(json)
    #expect(problem?.hasPrefix(beginning) == true, "\(problem ?? "was accepted")")
  }

  @Test(arguments: [
    #"{"target":"directory","source":"x","path":"/srv/x"}"#,
    #"{"target":"appspec","revision":"r.zip","root":"/srv/state","force":true,"keep":2,"group":"shop-1.eu"}"#,
    #"{"target":"ssh","source":"x","path":"/s","hosts":["a","me@b:22","[::1]:22","::1"],"identity":"k","strategy":"25%"}"#,
    #"{"target":"http","secret":"s","token":"t","webhook":"http://127.0.0.1:8080/b"}"#,
  ])
  func `what makes sense is taken`(json: String) throws { #expect(try problem(json) == nil) }

  @Test func `the manifest is in order`() { #expect(DeployAction.manifest.mistakes.isEmpty) }

  @Test func `every key is explained once`() {
    #expect(
      DeployConfiguration.schema.keys.map(\.name).sorted()
        == DeployConfiguration.CodingKeys.allCases.map(\.rawValue).sorted())
  }

  @Test(arguments: [
    "-oProxyCommand=reboot", "a b", "a;b", "a\nb", "", "@a", "-u@a", "a:0", "a:99999", "a:x", "[::1", "a/b", "$(x)",
    "ü",
    "user@-a", "a@b@c d",
  ])
  func `names that are no hosts are refused`(text: String) {
    #expect(throws: PluginConfigurationError.self) { try HostAddress(text, key: "hosts.0", defaultPort: nil) }
  }

  @Test func `addresses are taken apart`() throws {
    let full = try HostAddress("deploy@web-1.example.org:2222", key: "hosts.0", defaultPort: 22)
    #expect(full.user == "deploy" && full.host == "web-1.example.org" && full.port == 2222)
    let six = try HostAddress("[fe80::1]:2222", key: "hosts.0", defaultPort: nil)
    #expect(six.host == "fe80::1" && six.port == 2222 && six.name == "[fe80::1]:2222")
    let plain = try HostAddress("::1", key: "hosts.0", defaultPort: 7)
    #expect(plain.host == "::1" && plain.port == 7)
  }

  @Test func `waves hold as many as the strategy says`() throws {
    func sizes(_ text: String, _ count: Int) throws -> [Int] {
      try RolloutStrategy(text).waves(of: Array(0..<count)).map(\.count)
    }
    #expect(try sizes("serial", 3) == [1, 1, 1])
    #expect(try sizes("parallel", 3) == [3])
    #expect(try sizes("25%", 10) == [2, 2, 2, 2, 2])
    #expect(try sizes("25%", 3) == [1, 1, 1])
    #expect(try sizes("100%", 3) == [3])
    #expect(try sizes("2", 5) == [2, 2, 1])
  }

  @Test func `names of releases sort by time`() {
    let early = ReleaseName.make(at: Date(timeIntervalSince1970: 1_700_000_000.417), build: 9)
    let late = ReleaseName.make(at: Date(timeIntervalSince1970: 1_700_000_001), build: 8)
    #expect(early == "20231114-221320-417-b9")
    #expect(early < late)
  }

  @Test func `the script can be one quoted word of any shell`() {
    #expect(!ReleaseScript.text.contains("'") && !ReleaseScript.text.contains("!"))
    #expect(ReleaseScript.text.utf8.allSatisfy { $0 < 0x7F })
  }
}
