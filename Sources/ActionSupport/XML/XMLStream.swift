internal import CXML2
public import JourneymanActionKit

/// Reads XML in one pass and flat memory by libxml2's SAX interface.
///
/// Nothing is ever loaded from elsewhere. A document type is passed over; a document that declares entities or default
/// attributes, or uses entities beside XML's own five, is refused. Characters that XML forbids, which test tools write
/// all the time, are forgiven and counted.
public enum XMLStream {
  /// Reads a file. Blocks.
  ///
  /// - Throws: ``XMLStreamError``, what `handler` throws, or `PluginError` when the file cannot be read.
  @discardableResult
  public static func read(
    _ file: ActionFile, into handler: any XMLHandler, limits: XMLLimits = XMLLimits()
  ) throws -> XMLNotes {
    var offset: Int64 = 0
    return try read(into: handler, limits: limits) {
      let chunk = try file.bytes(at: offset, count: chunkSize)
      offset += Int64(chunk.count)
      return chunk
    }
  }

  /// Reads a document in memory.
  ///
  /// - Throws: ``XMLStreamError`` or what `handler` throws.
  @discardableResult
  public static func read(
    _ bytes: [UInt8], into handler: any XMLHandler, limits: XMLLimits = XMLLimits()
  ) throws -> XMLNotes {
    var rest = bytes[...]
    return try read(into: handler, limits: limits) {
      let chunk = Array(rest.prefix(chunkSize))
      rest = rest.dropFirst(chunkSize)
      return chunk
    }
  }

  private static let chunkSize = 256 << 10

  private static func read(
    into handler: any XMLHandler, limits: XMLLimits, next: () throws -> [UInt8]
  ) throws -> XMLNotes {
    xmlInitParser()
    let session = XMLSession(handler: handler, limits: limits)
    return try withExtendedLifetime(session) {
      try session.open()
      defer { session.close() }
      var total: Int64 = 0
      while true {
        let chunk = try next()
        if chunk.isEmpty { break }
        total += Int64(chunk.count)
        if total > limits.bytes { throw XMLStreamError(.limit, "more than \(limits.bytes) bytes") }
        try session.parse(chunk, isFirst: total == chunk.count)
      }
      try session.finish()
      return session.notes
    }
  }
}

/// One document and the parser that reads it; used by one thread, from inside ``XMLStream``.
final class XMLSession {
  private(set) var notes = XMLNotes()
  private let handler: any XMLHandler
  private let limits: XMLLimits
  private var parser: xmlParserCtxtPtr?
  private var failure: (any Error)?
  private var depth = 0
  private var elements = 0
  private var isByteText = true

  init(handler: any XMLHandler, limits: XMLLimits) {
    self.handler = handler
    self.limits = limits
  }

  func open() throws {
    var callbacks = XMLCallbacks.table
    // The parser copies the table, and keeps the address of this object, which its caller keeps alive.
    parser = xmlCreatePushParserCtxt(&callbacks, Unmanaged.passUnretained(self).toOpaque(), nil, 0, nil)
    guard let parser else { throw XMLStreamError(.limit, "there is no memory for an XML parser") }
    // "Recover" only means that this class decides which errors end the reading.
    xmlCtxtUseOptions(parser, Int32(XML_PARSE_NONET.rawValue | XML_PARSE_RECOVER.rawValue))
  }

  func close() {
    guard let parser else { return }
    // Made by the parser itself when a document declares something.
    if let document = parser.pointee.myDoc {
      parser.pointee.myDoc = nil
      xmlFreeDoc(document)
    }
    xmlFreeParserCtxt(parser)
    self.parser = nil
  }

  func parse(_ bytes: [UInt8], isFirst: Bool) throws {
    if isFirst { isByteText = !Self.isWide(bytes) }
    var bytes = bytes
    if isByteText { replaceControls(in: &bytes) }
    bytes.withUnsafeBytes { buffer in
      _ = xmlParseChunk(parser, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), 0)
    }
    if let failure { throw failure }
  }

  func finish() throws {
    xmlParseChunk(parser, nil, 0, 1)
    if let failure { throw failure }
    if elements == 0 { throw XMLStreamError(.malformed, "there is no element in it") }
  }

  /// UTF-16 or UTF-32, in which zero bytes are parts of characters.
  private static func isWide(_ bytes: [UInt8]) -> Bool {
    let start = bytes.prefix(4)
    return start.starts(with: [0xFE, 0xFF]) || start.starts(with: [0xFF, 0xFE]) || start.contains(0)
  }

  private func replaceControls(in bytes: inout [UInt8]) {
    var replaced = 0
    bytes.withUnsafeMutableBufferPointer { buffer in
      for index in buffer.indices where buffer[index] < 32 {
        switch buffer[index] {
        case 9, 10, 13: break
        default:
          buffer[index] = 63
          replaced += 1
        }
      }
    }
    notes.forbiddenCharacters += replaced
  }

  // MARK: - What the parser says

  func stop(_ error: any Error) {
    if failure == nil { failure = error }
    if let parser { xmlStopParser(parser) }
  }

  func refuse(_ what: String) {
    stop(
      XMLStreamError(.entity, "line \(line): \(what); entities are refused, because they can read files of the agent"))
  }

  func start(_ name: String, _ attributes: XMLAttributes) {
    if failure != nil { return }
    depth += 1
    elements += 1
    if depth > limits.depth {
      return stop(XMLStreamError(.limit, "line \(line): elements are nested more than \(limits.depth) deep"))
    }
    if elements > limits.elements {
      return stop(XMLStreamError(.limit, "line \(line): more than \(limits.elements) elements"))
    }
    do { try handler.startElement(name, attributes) } catch { stop(error) }
  }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) {
    if failure != nil { return }
    do { try handler.text(bytes) } catch { stop(error) }
  }

  func end(_ name: String) {
    if failure != nil { return }
    depth -= 1
    do { try handler.endElement(name) } catch { stop(error) }
  }

  func complain(_ error: xmlError) {
    if failure != nil { return }
    let text = error.message.map { String(cString: $0) } ?? ""
    let message = String(text.prefix(300)).split(whereSeparator: \.isNewline).joined(separator: " ")
    switch xmlParserErrors(UInt32(bitPattern: error.code)) {
    case XML_ERR_INVALID_CHAR, XML_ERR_INVALID_ENCODING: notes.forbiddenCharacters += 1
    case XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY: refuse(message)
    case _ where error.level == XML_ERR_FATAL:
      stop(XMLStreamError(.malformed, "line \(error.line): \(message)"))
    default: break
    }
  }

  private var line: Int { parser.map { Int(xmlSAX2GetLineNumber(UnsafeMutableRawPointer($0))) } ?? 0 }
}
