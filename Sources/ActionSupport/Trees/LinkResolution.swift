internal import Foundation
internal import JourneymanActionKit

/// Finds out where the links of a tree lead, on the list of its entries: what is on the disk may change meanwhile.
struct LinkResolution {
  private typealias Name = ArraySlice<UInt8>

  private let entries: [SourceTree.Entry]
  private let links: [[UInt8]: [UInt8]]

  /// As many as the kernel follows.
  private static let mostLinks = 40

  init(_ entries: [SourceTree.Entry]) {
    self.entries = entries
    var links: [[UInt8]: [UInt8]] = [:]
    for entry in entries { if case .symbolicLink(let target) = entry.kind { links[entry.path] = target } }
    self.links = links
  }

  /// - Throws: `PluginError` naming the first link that leads out of the tree.
  func check(in name: String) throws(PluginError) {
    for entry in entries {
      guard case .symbolicLink(let target) = entry.kind, !staysWithin(entry.path) else { continue }
      throw PluginError(
        .file,
        "\(name)/\(entry.shown) is a link that leads out of \(name), to \(String(decoding: target, as: UTF8.self)); "
          + "copy what it leads to instead")
    }
  }

  /// Whether following a link never leaves the tree. A link to something that is not there stays if its text does.
  private func staysWithin(_ link: [UInt8]) -> Bool {
    var waiting = Array(Self.components(link).reversed())
    var place: [Name] = []
    var followed = 0
    while let name = waiting.popLast() {
      if name.elementsEqual("..".utf8) {
        if place.popLast() == nil { return false }
        continue
      }
      place.append(name)
      guard let target = links[Array(place.joined(separator: [UInt8(ascii: "/")]))] else { continue }
      followed += 1
      if target.first == UInt8(ascii: "/") || target.isEmpty { return false }
      // A loop leads nowhere.
      if followed > Self.mostLinks { return true }
      place.removeLast()
      waiting += Self.components(target).reversed()
    }
    return true
  }

  private static func components(_ path: [UInt8]) -> [Name] {
    path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
  }
}
