internal import CXML2

/// An element of an HTML page that has attributes.
public struct HTMLElement: Sendable, Hashable {
  /// Its name in lowercase.
  public var name: String
  /// Its attributes; of two with one name the first.
  public var attributes: [String: String]
  /// Its line, from 1.
  public var line: Int
}

/// Reads HTML pages by libxml2's forgiving parser. Nothing is loaded from elsewhere.
public enum HTMLReader {
  /// The longest page that is read, in bytes.
  public static let longestPage = 32 << 20

  private static let mostElements = 1_000_000

  /// The elements of a page in UTF-8 that have attributes, in its order.
  ///
  /// - Throws: ``SupportError`` for a page that is too long or has too many elements.
  public static func elements(of page: [UInt8]) throws(SupportError) -> [HTMLElement] {
    if page.count > longestPage { throw SupportError(.limit, "the page has more than \(longestPage) bytes") }
    xmlInitParser()
    let session = Session()
    return try withExtendedLifetime(session) { () throws(SupportError) in
      var callbacks = xmlSAXHandler()
      callbacks.startElement = { user, name, attributes in
        guard let user, let name else { return }
        Unmanaged<Session>.fromOpaque(user).takeUnretainedValue().start(String(cString: name), attributes)
      }
      // The parser copies the table, and keeps the address of the session.
      let user = Unmanaged.passUnretained(session).toOpaque()
      guard let parser = htmlCreatePushParserCtxt(&callbacks, user, nil, 0, nil, XML_CHAR_ENCODING_UTF8) else {
        throw SupportError(.library, "there is no memory for an HTML parser")
      }
      session.parser = parser
      defer {
        if let document = parser.pointee.myDoc {
          parser.pointee.myDoc = nil
          xmlFreeDoc(document)
        }
        htmlFreeParserCtxt(parser)
        session.parser = nil
      }
      page.withUnsafeBytes { bytes in
        _ = htmlParseChunk(parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 1)
      }
      if session.elements.count >= mostElements {
        throw SupportError(.limit, "the page has more than \(mostElements) elements")
      }
      return session.elements
    }
  }

  private final class Session {
    var elements: [HTMLElement] = []
    var parser: htmlParserCtxtPtr?

    func start(_ name: String, _ attributes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?) {
      guard let attributes, let parser else { return }
      if elements.count >= HTMLReader.mostElements { return xmlStopParser(parser) }
      var found: [String: String] = [:]
      var index = 0
      while let key = attributes[index] {
        let value = attributes[index + 1].map { String(cString: $0) } ?? ""
        let name = String(cString: key).lowercased()
        if found[name] == nil { found[name] = value }
        index += 2
      }
      let line = Int(xmlSAX2GetLineNumber(UnsafeMutableRawPointer(parser)))
      elements.append(HTMLElement(name: name.lowercased(), attributes: found, line: line))
    }
  }
}
