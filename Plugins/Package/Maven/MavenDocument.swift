internal import Foundation
internal import JourneymanActionSupport

/// The texts of some elements of an XML document, in the order in which the elements end.
final class MavenDocument: XMLHandler {
  private static let deepest = 8
  private static let longestText = 4096
  private static let mostElements = 400_000

  private(set) var elements: [(path: String, text: String)] = []
  private let isWanted: (String) -> Bool
  private var path: [String] = []
  private var buffer: [UInt8] = []

  private init(_ isWanted: @escaping (String) -> Bool) { self.isWanted = isWanted }

  /// Reads a document.
  ///
  /// - Parameters:
  ///   - what: the document's name in messages.
  ///   - isWanted: asked with the path of each element, as `project/parent/groupId`.
  /// - Throws: ``PackageError`` for what is no XML, declares entities, or is too long.
  static func read(
    _ bytes: [UInt8], _ what: String, _ isWanted: @escaping (String) -> Bool
  ) throws(PackageError) -> [(path: String, text: String)] {
    let document = MavenDocument(isWanted)
    do {
      try XMLStream.read(bytes, into: document)
    } catch let error as PackageError {
      throw error
    } catch {
      throw PackageError(.invalidPackage, "\(what) cannot be read: \(error)")
    }
    return document.elements
  }

  func startElement(_ name: String, _ attributes: XMLAttributes) {
    path.append(name)
    buffer = []
  }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) {
    // One byte more than is allowed, so that the end of the element sees it.
    buffer += bytes.prefix(max(0, Self.longestText + 1 - buffer.count))
  }

  func endElement(_ name: String) throws {
    defer {
      path.removeLast()
      buffer = []
    }
    guard path.count <= Self.deepest else { return }
    let full = path.joined(separator: "/")
    guard isWanted(full) else { return }
    if buffer.count > Self.longestText {
      throw PackageError(.invalidPackage, "the element \(full.prefix(200)) has more than \(Self.longestText) bytes")
    }
    if elements.count == Self.mostElements {
      throw PackageError(.invalidPackage, "it has more than \(Self.mostElements) elements \(full.prefix(200))")
    }
    let text = String(decoding: buffer, as: UTF8.self)
    elements.append((full, text.trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  /// A text as it may stand between tags.
  static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
  }
}
