/// What the readers of XML formats share: where in the document they are, and the text of elements they ask for.
class XMLFormatReader: XMLHandler {
  let collector: ReportCollector
  /// The names of the open elements, the root first.
  private(set) var path: [String] = []

  private var captured: [UInt8] = []
  private var captureDepth: Int?

  init(_ collector: ReportCollector) { self.collector = collector }

  /// An element begins; it is the last of ``path``. For subclasses.
  func start(_ name: String, _ attributes: XMLAttributes) throws {}

  /// An element ends; it is still the last of ``path``.
  ///
  /// - Parameter text: its text when ``capture()`` was called at its start, without white space around.
  func end(_ name: String, _ text: String?) throws {}

  /// Keeps the text of the element that begins, up to the longest message.
  func capture() {
    if captureDepth != nil { return }
    captureDepth = path.count
    captured.removeAll(keepingCapacity: true)
  }

  /// The name of the element around the last one.
  var parent: String { path.dropLast().last ?? "" }

  func startElement(_ name: String, _ attributes: XMLAttributes) throws {
    path.append(name)
    try start(name, attributes)
  }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    if captureDepth == nil { return }
    captured += bytes.prefix(max(0, ReportLimits.messageCharacters * 4 - captured.count))
  }

  func endElement(_ name: String) throws {
    var text: String?
    if captureDepth == path.count {
      captureDepth = nil
      text = String(decoding: captured, as: UTF8.self).trimmingWhitespace()
    }
    try end(name, text)
    path.removeLast()
  }

  /// A message and a longer text as one; a text that repeats the message stands alone.
  static func joined(_ message: String?, _ text: String?) -> String? {
    let message = message ?? ""
    let text = text ?? ""
    if message.isEmpty || text.hasPrefix(message) { return text.isEmpty ? nil : text }
    return text.isEmpty ? message : message + "\n" + text
  }
}

extension String {
  /// Without white space at both ends.
  func trimmingWhitespace() -> String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
      return ""
    }
    return String(self[first...last])
  }
}
