internal import CGit2
import Foundation
internal import JourneymanSupport

/// `.gitmodules`, as far as it is believed.
enum ModulesFile {
  struct Module: Sendable, Hashable {
    let name: String
    let path: String
    let url: String
    /// The file says `update = none`.
    let isSkipped: Bool
  }

  private static let largest = 1 << 20

  /// Reads the file of a tree.
  ///
  /// - Parameter scratch: a directory of our own for the parser's input.
  /// - Throws: ``CheckoutError`` `refused`.
  static func read(from listing: TreeListing, objects: String, scratch: String) throws -> [Module] {
    let file = listing.entries.first { entry in
      entry.directory == 0 && entry.mode != .submodule
        && listing.pathBytes(at: entry.path).elementsEqual(".gitmodules".utf8)
    }
    guard let file, file.mode != .link else { return [] }
    let repository = try Repository(opening: objects)
    let content = try repository.objectDatabase().read(file.id, as: GIT_OBJECT_BLOB)
    if content.count > largest { throw refusal("it is longer than \(largest) bytes") }
    let bytes = content.withBytes { Array($0) }
    // libgit2 follows includes; git does not for this file, and it could name any file of the machine.
    let lowered = String(decoding: bytes, as: UTF8.self).lowercased().filter { !$0.isWhitespace }
    if lowered.contains("[include") || bytes.contains(0) { throw refusal("it includes other files") }
    let path = scratch + "/journeyman-modules"
    try FileSystem.writeAtomically(bytes, to: path)
    defer { unlink(path) }
    return try modules(in: path)
  }

  private static func modules(in path: String) throws(CheckoutError) -> [Module] {
    let parsed: OpaquePointer
    do throws(CheckoutError) {
      parsed = try gitMake("read .gitmodules") { git_config_open_ondisk($0, path) }
    } catch {
      throw CheckoutError(.refused, error.message, underlying: error.underlying)
    }
    let configuration = GitConfiguration(taking: parsed)
    var iterator: OpaquePointer?
    try git("read .gitmodules") { git_config_iterator_new(&iterator, configuration.pointer) }
    defer { git_config_iterator_free(iterator) }
    var order: [String] = []
    var values: [String: [String: String]] = [:]
    var entry: UnsafeMutablePointer<git_config_entry>?
    while git_config_next(&entry, iterator) == 0, let item = entry?.pointee {
      let variable = String(cString: item.name)
      guard variable.hasPrefix("submodule."), let end = variable.lastIndex(of: ".") else { continue }
      let start = variable.index(variable.startIndex, offsetBy: "submodule.".count)
      guard start < end, let value = item.value else { continue }
      let name = String(variable[start..<end])
      if values[name] == nil { order.append(name) }
      values[name, default: [:]][String(variable[variable.index(after: end)...])] = String(cString: value)
    }
    var modules: [Module] = []
    for name in order {
      guard let fields = values[name], let path = fields["path"], let url = fields["url"] else { continue }
      try check(name: name, path: path, update: fields["update"])
      modules.append(Module(name: name, path: path, url: url, isSkipped: fields["update"] == "none"))
    }
    return modules
  }

  private static func check(name: String, path: String, update: String?) throws(CheckoutError) {
    // The name becomes a directory below `.git/modules` (CVE-2018-11235).
    let components = name.split(separator: "/", omittingEmptySubsequences: false)
    if name.hasPrefix("-") || name.contains("\\") || name.utf8.count > 255 || RepositoryURL.hasControlCharacters(name)
      || components.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." })
    {
      throw refusal("the submodule name \(name.prefix(80)) could leave .git/modules")
    }
    // A path that ends in a carriage return was once lost in quoting (CVE-2025-48384), one that begins with a dash
    // was once an option (CVE-2018-17456).
    if path.hasPrefix("-") || RepositoryURL.hasControlCharacters(path) {
      throw refusal("the path of the submodule \(name) begins with a dash or contains a control character")
    }
    // `!command` would be run (CVE-2019-19604).
    if let update, update.hasPrefix("!") { throw refusal("the submodule \(name) wants a command to be run") }
  }

  /// One submodule's git directory must not lie in another's (CVE-2024-32002).
  static func refuseNestedNames(_ modules: [Module]) throws(CheckoutError) {
    let names = modules.map { $0.name.lowercased() }.sorted()
    if Set(names).count != names.count { throw refusal("two submodules have the same name") }
    for name in names where names.contains(where: { $0.hasPrefix(name + "/") }) {
      throw refusal("the git directory of a submodule would lie in that of \(name)")
    }
  }

  private static func refusal(_ reason: String) -> CheckoutError {
    CheckoutError(.refused, "refusing .gitmodules: \(reason)")
  }
}
