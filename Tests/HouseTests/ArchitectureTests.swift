import Foundation
import Testing

/// Imports point down the graph of the design, and only where Package.swift says so.
@Suite struct ArchitectureTests {
  private let graph: TargetGraph
  private let manifest: String

  init() throws {
    manifest = try Repository.text("Package.swift")
    graph = TargetGraph(manifest: manifest)
  }

  /// The layers of the design, lowest first. A target may use its own layer's lower neighbours and what is below.
  private static let layers: [String] = [
    "Support", "CommandLine", "Transport", "JavaStream", "Sealing", "Sandbox", "Job", "Buildspec", "Checkout",
    "Artifacts",
    "Configuration",
    "Doctor",
    "ActionKit", "ActionSupport", "ActionHost", "BuildModel", "Stores", "Keeper", "Build", "Agent",
    "JenkinsModel", "JenkinsWork", "Jenkins",
  ]

  private static let allowedFoundations: Set<String> = [
    "Foundation", "Dispatch", "Synchronization", "Glibc", "Testing", "PackageDescription",
  ]

  /// The modules a file imports: the last word of each import line, or the one before a declaration's name.
  private func imports(of file: String) throws -> [String] {
    let kinds: Set<String> = ["struct", "class", "enum", "func", "protocol", "typealias", "var", "let"]
    return try Repository.text(file).split(separator: "\n").compactMap { line in
      let words = line.prefix(200).split(separator: " ")
      guard let keyword = words.firstIndex(of: "import"), !line.hasPrefix(" "), !line.hasPrefix("//") else {
        return nil
      }
      let modifiers: Set<Substring> = ["public", "internal", "package", "private", "@testable", "@preconcurrency"]
      guard words[..<keyword].allSatisfy(modifiers.contains) else { return nil }
      let names = words[(keyword + 1)...].drop { kinds.contains(String($0)) }
      return names.first?.split(separator: ".").first.map(String.init)
    }
  }

  @Test func theManifestIsUnderstood() throws {
    let names = graph.targets.map(\.name)
    for name in ["JourneymanSupport", "JourneymanBuild", "journeyman", "journeyman-agent", "CGit2", "HouseTests"] {
      #expect(names.contains(name), "\(name) was not found in Package.swift")
    }
    #expect(graph.targets.first { $0.name == "JourneymanKeeper" }?.dependencies.contains("JourneymanStores") == true)
  }

  @Test func everyImportIsADeclaredDependency() throws {
    for file in try Repository.sources() where file.hasSuffix(".swift") && file != "Package.swift" {
      guard let target = graph.target(of: file) else {
        if !file.hasPrefix("Tests/Benchmarks/") { Issue.record("\(file) belongs to no target of Package.swift") }
        continue
      }
      for module in try imports(of: file) where !Self.allowedFoundations.contains(module) {
        #expect(target.dependencies.contains(module), "\(file) imports \(module), which its target does not declare")
      }
    }
  }

  @Test func dependenciesPointDown() throws {
    func rank(_ name: String) -> Int? {
      Self.layers.firstIndex(of: name.hasPrefix("Journeyman") ? String(name.dropFirst("Journeyman".count)) : name)
    }
    for target in graph.targets where target.folder.hasPrefix("Sources/") && target.name.hasPrefix("Journeyman") {
      let own = try #require(rank(target.name), "\(target.name) has no place in the layers of the design")
      for dependency in target.dependencies {
        if let below = rank(dependency) { #expect(below < own, "\(target.name) must not use \(dependency)") }
      }
    }
  }

  /// They live in the part of Foundation that an installed listener does not link (`.ci/install`), for its size in memory:
  /// Support has what is needed in their place (`SystemThread`, `trimmed`, `place(of:)`, `PercentEncoding`,
  /// `StandardPaths`, `Timestamp`).
  @Test(arguments: [
    "trimmingCharacters(", "CharacterSet", " Thread.", " Thread {", "NSTemporaryDirectory", "NSHomeDirectory",
    "NSUserName", "addingPercentEncoding", "removingPercentEncoding", ".range(of: ", "DateFormatter", "String(format:",
    "JSONSerialization", "NSNumber", "NSLock", "NSRegularExpression", "RunLoop", ".enumerator(at", "ByteCountFormatter",
    "Scanner(",
  ])
  func theListenerDoesWithoutMostOfFoundation(word: String) throws {
    var linked: Set<String> = []
    var rest = ["journeyman-agent"]
    while let name = rest.popLast() {
      guard linked.insert(name).inserted, let target = graph.targets.first(where: { $0.name == name }) else { continue }
      rest += target.dependencies
    }
    #expect(linked.contains("JourneymanJenkins") && linked.contains("JourneymanSupport"))
    for file in try Repository.files(in: ["Sources"], endingWith: [".swift"]) {
      guard let target = graph.target(of: file), linked.contains(target.name) else { continue }
      #expect(
        try !Repository.text(file).contains(word),
        "\(file) uses \(word), which makes journeyman-agent link all of Foundation")
    }
  }

  @Test func pluginsUseOnlyTheKit() throws {
    let allowed: Set<String> = ["JourneymanActionKit", "JourneymanActionSupport"]
    for file in try Repository.files(in: ["Plugins"], endingWith: [".swift"]) {
      for module in try imports(of: file) where !Self.allowedFoundations.contains(module) {
        #expect(allowed.contains(module), "\(file) imports \(module)")
      }
    }
  }

  @Test func theKitNeedsNoLibraryBeyondTheSystemsOwn() throws {
    var reached: Set<String> = []
    var waiting = ["JourneymanActionKit"]
    while let name = waiting.popLast() {
      guard reached.insert(name).inserted else { continue }
      waiting += graph.targets.first { $0.name == name }?.dependencies ?? []
    }
    // CLinux is a module map for headers of libc and links nothing.
    #expect(reached == ["JourneymanActionKit", "JourneymanSupport", "CLinux"])
    let map = try Repository.text("Sources/System/CLinux/module.modulemap")
    #expect(!map.contains("link "))
    let declared = manifest.split(separator: "\n").filter { $0.contains("unsafeFlags") }
    #expect(declared.count == 2, "one set for journeyman-init, one for the other two programs")
    let users = manifest.split(separator: "\n").filter { $0.contains("linkerSettings: ") && !$0.contains("let ") }
    #expect(users.count == 3, "no library has unsafe flags")
  }

  /// The listener lives long and talks to the network: what reads archives, repositories, YAML and XML is the worker's.
  @Test func theListenerLinksNoParser() throws {
    var reached: Set<String> = []
    var waiting = ["journeyman-agent"]
    while let name = waiting.popLast() {
      guard reached.insert(name).inserted else { continue }
      waiting += graph.targets.first { $0.name == name }?.dependencies ?? []
    }
    #expect(reached.contains("JourneymanJenkins"))
    #expect(reached.isDisjoint(with: ["CArchive", "CGit2", "CYAML", "CXML2", "CMark"]))
  }

  @Test func thePackageDependsOnNoOther() {
    #expect(!manifest.contains(".package("))
    #expect(!manifest.contains("FoundationNetworking"))
  }
}
