import Foundation
public import JourneymanActionHost
public import JourneymanCommandLine
import JourneymanSupport

extension PluginTemplate.Language: ArgumentValue {}

/// `journeyman plugin new`
enum NewPluginCommand {
  private static let name = Declare.operand("NAME", help: "The plugin's name: lowercase letters, digits and hyphens.")
  private static let language = Declare.requiredOption(
    "language", short: "l", "LANGUAGE", as: PluginTemplate.Language.self, help: "swift, python or shell.")
  private static let kit = Declare.option(
    "kit", "DIR", help: "For swift: the package that holds ActionKit; default: the one this program came with.")

  static let definition = CommandDefinition(
    "new", summary: "Make a new plugin that works, in a directory of its name.",
    discussion: """
      The new plugin greets somebody; change it into what you need. A plugin in Python or shell is ready as it is, \
      one in Swift is built by its script 'build'.
      """,
    arguments: [language, kit, name],
    examples: [
      .init("journeyman plugin new notify --language python", "Make ./notify."),
      .init("journeyman plugin new notify -l swift && notify/build", "Make and build one in Swift."),
    ]
  ) { arguments in
    let name = try arguments[name]
    let here = FileManager.default.currentDirectoryPath
    let kit = try arguments[kit].map { StandardPaths.resolve($0, relativeTo: here) } ?? ActionKitPackage.find()
    do {
      try PluginTemplate(name: name, language: try arguments[language], kit: kit).write(to: here + "/" + name)
    } catch let error as PluginRegistryError {
      throw CommandFailure(.usage, "\(error)")
    } catch let error as SystemError {
      throw CommandFailure(.usage, "\(error)")
    }
    let next = try arguments[language] == .swift ? "; build it by \(name)/build" : ""
    try Console.print("made \(name)\(next); check it by: journeyman plugin check \(name)")
    return .success
  }
}

/// Where the Swift package with ActionKit is.
private enum ActionKitPackage {
  /// The source tree that this program was built in, or what was installed with it.
  static func find() -> String? {
    guard let program = try? ProgramPath.own() else { return nil }
    let installed = PathName.directory(of: PathName.directory(of: program)) + "/share/journeyman/ActionKit"
    if holdsKit(installed) { return installed }
    var directory = PathName.directory(of: program)
    while directory.count > 1 {
      if holdsKit(directory) { return directory }
      directory = PathName.directory(of: directory)
    }
    return nil
  }

  private static func holdsKit(_ directory: String) -> Bool {
    access(directory + "/Package.swift", R_OK) == 0
      && access(directory + "/Sources/ActionKit/ExternalPlugin.swift", R_OK) == 0
  }
}
