import Foundation
import Testing

/// Sizes, places and words that the project's rules ask for.
@Suite struct SourceRulesTests {
  @Test func filesAreSmall() throws {
    let sizes = try Repository.sources().map { path in
      (path: path, lines: try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false).count - 1)
    }
    for size in sizes { #expect(size.lines <= 800, "\(size.path) has \(size.lines) lines") }
    let large = sizes.filter { $0.lines > 400 }
    #expect(
      large.count * 20 <= sizes.count, "more than 5 % of the files are over 400 lines: \(large.map(\.path))")
  }

  @Test func theTopLevelHoldsNothingElse() throws {
    let allowed: Set<String> = ["Package.swift", "Sources", "Plugins", "Tests", "agent.conf", "README.md"]
    let present = try FileManager.default.contentsOfDirectory(atPath: Repository.root).filter { !$0.hasPrefix(".") }
    // SwiftPM writes this file when a package has no dependencies, too; git ignores it.
    let foreign = Set(present).subtracting(allowed).subtracting(["Package.resolved"])
    #expect(foreign.isEmpty)
    #expect(Set(present).isSuperset(of: ["Package.swift", "Sources", "Tests", "agent.conf", "README.md"]))
  }

  /// Each word is written in two parts here, so that this file does not contain it.
  @Test(arguments: [
    "TO" + "DO", "FIX" + "ME", "XX" + "X:", "place" + "holder", "not " + "implemented", "try" + "! ",
    "fatal" + "Error(",
    "readability" + "Handler", "import Foundation" + "Networking", "import Foundation" + "XML",
  ])
  func wordsThatDoNotBelongHere(word: String) throws {
    for path in try Repository.sources() {
      #expect(try !Repository.text(path).contains(word), "\(path) contains \(word)")
    }
  }

  @Test func uncheckedConformancesSayWhyTheyHold() throws {
    for path in try Repository.sources() where path.hasSuffix(".swift") {
      let lines = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated() where line.contains("@unchecked " + "Sendable") {
        let before = lines[max(0, index - 4)..<index]
        #expect(before.contains { $0.contains("//") }, "\(path):\(index + 1) has no comment that says why it holds")
      }
    }
  }

  @Test func scriptsAreExecutable() {
    for script in [".ci/setup", ".ci/run"] {
      #expect(FileManager.default.isExecutableFile(atPath: Repository.root + "/" + script))
    }
  }
}
