internal import JourneymanActionSupport
public import JourneymanJenkinsModel

/// A node's settings as Jenkins hands them out and takes them back: `config.xml`.
public struct NodeDocument {
  /// Why a document is not changed, for people.
  public struct Refusal: Error, CustomStringConvertible {
    /// What is wrong with the node.
    public let description: String
  }

  private let bytes: [UInt8]
  private let root: ReportElement

  /// Reads the document of an inbound agent.
  ///
  /// - Throws: ``Refusal`` when it is none: such a node is not to be made one.
  public init(_ bytes: [UInt8]) throws(Refusal) {
    do {
      root = try ReportElement.read(bytes)
    } catch {
      throw Refusal(description: "its settings cannot be read: \(error)")
    }
    self.bytes = bytes
    guard root.name == "slave" else {
      throw Refusal(description: "it is no permanent agent but a '\(root.name)'; choose another name")
    }
    let launcher = root.child("launcher")?.attributes["class"]
    guard launcher == "hudson.slaves.JNLPLauncher" else {
      let method = launcher.map { " but by '\($0)'" } ?? ""
      throw Refusal(
        description: "it is not launched by connecting it to the controller\(method); choose another name, or change"
          + " its launch method in Jenkins")
    }
  }

  /// The node's remote root directory.
  public var directory: String? { root.text(of: "remoteFS") }

  /// The document with a description's values, and every other byte as it was.
  ///
  /// - Returns: `nil` when it has these values already.
  /// - Throws: ``Refusal`` when it cannot be changed without touching something else.
  public func changed(to wanted: NodeDescription) throws(Refusal) -> [UInt8]? {
    var values: [(name: String, text: String)] = []
    if let text = wanted.labelText { values.append(("label", text)) }
    if let number = wanted.executors { values.append(("numExecutors", String(number))) }
    if let path = wanted.directory { values.append(("remoteFS", path)) }
    values = values.filter { root.text(of: $0.name) != $0.text }
    if values.isEmpty { return nil }
    var result = bytes
    for value in values { result = try Self.replacing(value.name, by: value.text, in: result) }
    let names = Set(values.map(\.name))
    guard let read = try? ReportElement.read(result), values.allSatisfy({ read.text(of: $0.name) == $0.text }),
      Self.others(read, names) == Self.others(root, names)
    else {
      throw Refusal(description: "its settings are of a form that cannot be changed here; change them in Jenkins")
    }
    return result
  }

  private static func replacing(
    _ name: String, by text: String, in bytes: [UInt8]
  ) throws(Refusal) -> [UInt8] {
    let places = ElementPlaces(bytes)
    let present = places?.children.filter { $0.name == name } ?? []
    // Of two of a kind it is Jenkins' own affair which one counts.
    guard let places, present.count < 2 else {
      throw Refusal(description: "its settings are of a form that cannot be changed here; change them in Jenkins")
    }
    let value = Array(escaped(text).utf8)
    var result = bytes
    switch present.first {
    case let child? where child.content != nil: result.replaceSubrange(child.content ?? child.whole, with: value)
    case let child?:
      result.replaceSubrange(child.whole, with: Array("<\(name)>".utf8) + value + Array("</\(name)>".utf8))
    case nil:
      result.insert(contentsOf: Array("  <\(name)>".utf8) + value + Array("</\(name)>\n".utf8), at: places.end)
    }
    return result
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  /// Everything but the named children, in a form that can be compared.
  private static func others(_ root: ReportElement, _ names: Set<String>) -> [String] {
    root.children.filter { !names.contains($0.name) }.flatMap { outline($0) }
  }

  private static func outline(_ element: ReportElement) -> [String] {
    [element.name] + element.attributes.items.map { "\($0.name)=\($0.value)" } + [element.string]
      + element.children.flatMap(outline) + ["/\(element.name)"]
  }
}
