import Foundation
import JourneymanSupport
import Testing

@testable import JourneymanActionHost

/// Between check and start nothing can be exchanged.
@Suite struct PluginCopyTests {
  private final class Plugin: Sendable {
    let scratch = NSTemporaryDirectory() + "journeyman-copy-\(UUID().uuidString)"
    var directory: String { scratch + "/trick" }

    init() throws {
      try FileSystem.makeDirectories(directory)
      try write("plugin.json", #"{"name":"trick","version":"1","summary":"s","category":"invoke"}"#)
      try write("plugin", "#!/bin/sh\necho good\n")
      try write("helper/lib.sh", "true\n")
    }

    func write(_ name: String, _ text: String) throws {
      try FileSystem.makeDirectories(PathName.directory(of: directory + "/" + name))
      try FileSystem.writeAtomically(Array(text.utf8), to: directory + "/" + name, mode: 0o755)
      chmod(directory + "/" + name, 0o755)
    }

    deinit { try? FileSystem.removeTree(scratch) }
  }

  private func files(_ plugin: Plugin) throws -> ExternalPluginFiles {
    try ExternalPluginFiles(directory: plugin.directory, workspaces: [], sha256: nil)
  }

  @Test func theCopyIsWhatWasChecked() throws {
    let plugin = try Plugin()
    try plugin.write(".git/config", "hidden")
    let copy = plugin.scratch + "/copy"
    try PluginCopy(files: try files(plugin), destination: copy).make()
    #expect(try FileSystem.read(copy + "/plugin", limit: 100) == Array("#!/bin/sh\necho good\n".utf8))
    #expect(access(copy + "/helper/lib.sh", X_OK) == 0)
    #expect(access(copy + "/.git", F_OK) != 0)
  }

  @Test func anExecutableThatWasExchangedAfterTheCheckIsRefused() throws {
    let plugin = try Plugin()
    let checked = try files(plugin)
    try plugin.write("plugin", "#!/bin/sh\necho evil\n")
    do {
      try PluginCopy(files: checked, destination: plugin.scratch + "/copy").make()
      Issue.record("the exchanged executable was copied")
    } catch {
      #expect(error.code == .untrusted && error.message.contains("changed after it was checked"))
    }
  }

  @Test func aHelperThatOthersCanWriteToIsRefused() throws {
    let plugin = try Plugin()
    let checked = try files(plugin)
    chmod(plugin.directory + "/helper/lib.sh", 0o777)
    #expect(throws: PluginRegistryError.self) {
      try PluginCopy(files: checked, destination: plugin.scratch + "/copy").make()
    }
  }

  @Test func aLinkOutOfThePluginIsNotPartOfIt() throws {
    let plugin = try Plugin()
    symlink("/etc/passwd", plugin.directory + "/stolen")
    #expect(throws: PluginRegistryError.self) {
      try PluginCopy(files: try files(plugin), destination: plugin.scratch + "/copy").make()
    }
  }

  @Test(arguments: [
    #"{}"#, #"{"name":"trick"}"#, #"not json"#, #"{"name":"trick","version":"1","summary":"s","category":"magic"}"#,
    #"{"name":"trick","version":"1","summary":"s","category":"invoke","host":true}"#,
    #"{"name":"trick","version":"1","summary":"s","category":"invoke","protocol":2}"#,
    #"{"name":"trick","version":"1","summary":"s","category":"invoke","executable":"../../bin/sh"}"#,
    #"{"name":"trick","version":"1","summary":"s","category":"invoke","executable":"/bin/sh"}"#,
    #"{"name":"trick","version":"1","summary":"s","category":"invoke","configuration":[{"name":"a","type":"wild","summary":"s"}]}"#,
  ])
  func descriptionsThatCannotBeUsed(text: String) throws {
    let plugin = try Plugin()
    try plugin.write("plugin.json", text)
    #expect(throws: PluginRegistryError.self) { try files(plugin) }
  }
}
