internal import JourneymanActionSupport

/// An element of a test report with what is in it.
final class ReportElement {
  let name: String
  let attributes: XMLAttributes
  /// The text directly in it.
  fileprivate(set) var text: [UInt8] = []
  fileprivate(set) var children: [ReportElement] = []

  init(_ name: String, _ attributes: XMLAttributes) {
    self.name = name
    self.attributes = attributes
  }

  /// The first child of a name.
  func child(_ name: String) -> ReportElement? { children.first { $0.name == name } }

  /// The text of the first child of a name.
  func text(of name: String) -> String? { child(name)?.string }

  /// The text directly in it; what Java strings of Jenkins may not hold is shown as its tools do.
  var string: String { String(decoding: text, as: UTF8.self).replacing("\0", with: "^@") }

  /// The name and value of each of its properties.
  var properties: [String: String] {
    var result: [String: String] = [:]
    for property in child("properties")?.children ?? [] where property.name == "property" {
      if let name = property.attributes["name"] { result[name] = property.attributes["value"] ?? property.string }
    }
    return result
  }

  /// Reads a document.
  ///
  /// - Throws: `XMLStreamError` when it is no XML, too large or too deep.
  static func read(_ bytes: [UInt8]) throws -> ReportElement {
    let builder = Builder()
    var limits = XMLLimits()
    limits.elements = 5_000_000
    try XMLStream.read(bytes, into: builder, limits: limits)
    guard let root = builder.root else { throw XMLStreamError(.malformed, "there is no element") }
    return root
  }

  private final class Builder: XMLHandler {
    var root: ReportElement?
    private var open: [ReportElement] = []

    func startElement(_ name: String, _ attributes: XMLAttributes) {
      let element = ReportElement(name, attributes)
      if let parent = open.last { parent.children.append(element) } else { root = element }
      open.append(element)
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) { open.last?.text += bytes }

    func endElement(_ name: String) { open.removeLast() }
  }
}
