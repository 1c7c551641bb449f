import Foundation

/// The targets of `Package.swift` and what each may import, read from its text.
struct TargetGraph {
  struct Target {
    let name: String
    let folder: String
    let dependencies: [String]
  }

  let targets: [Target]

  init(manifest: String) {
    var targets: [Target] = []
    let calls = ["module(", "tests(", ".target(", ".executableTarget(", ".testTarget(", "system("]
    let list = manifest.range(of: "  targets: [").map { String(manifest[$0.upperBound...]) } ?? ""
    for call in calls {
      var rest = list[...]
      while let found = rest.range(of: call) {
        // `.target(` is the end of `.executableTarget(` only in other case; `module(` never follows a letter here.
        let arguments = Self.balanced(rest[found.upperBound...])
        rest = rest[found.upperBound...]
        if let target = Self.target(call, arguments) { targets.append(target) }
      }
    }
    self.targets = targets
  }

  private static func target(_ call: String, _ arguments: Substring) -> Target? {
    let strings = arguments.matches(of: /"([^"]*)"/).map { String($0.output.1) }
    guard let first = strings.first else { return nil }
    let others = Array(strings.dropFirst())
    switch call {
    case "module(":
      return Target(name: "Journeyman" + first, folder: "Sources/" + first, dependencies: others)
    case "tests(":
      return Target(name: first + "Tests", folder: "Tests/\(first)Tests", dependencies: ["Journeyman" + first] + others)
    case "system(":
      return Target(name: first, folder: "Sources/System/" + first, dependencies: [])
    default:
      guard let path = arguments.firstMatch(of: /path: "([^"]*)"/).map({ String($0.output.1) }) else { return nil }
      return Target(name: first, folder: path, dependencies: others.filter { $0 != path })
    }
  }

  /// The text up to the parenthesis that closes the call.
  private static func balanced(_ text: Substring) -> Substring {
    var depth = 1
    for index in text.indices {
      if text[index] == "(" { depth += 1 }
      if text[index] == ")" { depth -= 1 }
      if depth == 0 { return text[..<index] }
    }
    return text
  }

  /// The target that a source file belongs to.
  func target(of file: String) -> Target? {
    targets.filter { file.hasPrefix($0.folder + "/") }.max { $0.folder.count < $1.folder.count }
  }
}
