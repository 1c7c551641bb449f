internal import CXML2

/// The functions that libxml2 calls: each finds its session and hands over Swift values.
enum XMLCallbacks {
  /// A table for SAX 2.
  static var table: xmlSAXHandler {
    var table = xmlSAXHandler()
    table.initialized = UInt32(XML_SAX2_MAGIC)
    table.startElementNs = { user, name, _, _, _, _, count, _, attributes in
      guard let session = XMLCallbacks.session(user), let name else { return }
      session.start(String(cString: name), XMLCallbacks.attributes(attributes, count: Int(count)))
    }
    table.endElementNs = { user, name, _, _ in
      guard let session = XMLCallbacks.session(user), let name else { return }
      session.end(String(cString: name))
    }
    table.characters = { user, bytes, count in
      XMLCallbacks.session(user)?.text(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
    table.cdataBlock = { user, bytes, count in
      XMLCallbacks.session(user)?.text(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
    table.entityDecl = { user, name, _, _, _, _ in
      XMLCallbacks.session(user)?.refuse("it declares the entity '\(XMLCallbacks.short(name))'")
    }
    table.unparsedEntityDecl = { user, name, _, _, _ in
      XMLCallbacks.session(user)?.refuse("it declares the entity '\(XMLCallbacks.short(name))'")
    }
    table.attributeDecl = { user, _, name, _, _, value, choices in
      xmlFreeEnumeration(choices)
      if value != nil {
        XMLCallbacks.session(user)?.refuse("it declares a default for the attribute '\(XMLCallbacks.short(name))'")
      }
    }
    table.reference = { user, name in
      XMLCallbacks.session(user)?.refuse("it uses the entity '\(XMLCallbacks.short(name))'")
    }
    table.serror = { user, error in
      guard let error else { return }
      XMLCallbacks.session(user)?.complain(error.pointee)
    }
    return table
  }

  private static func session(_ user: UnsafeMutableRawPointer?) -> XMLSession? {
    user.map { Unmanaged<XMLSession>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Five pointers for each attribute: name, prefix, URI, and the begin and end of the value.
  private static func attributes(
    _ pointers: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, count: Int
  ) -> XMLAttributes {
    guard let pointers, count > 0 else { return XMLAttributes([]) }
    return XMLAttributes(
      (0..<count).compactMap { index -> (name: String, value: String)? in
        guard let name = pointers[index * 5], let value = pointers[index * 5 + 3], let end = pointers[index * 5 + 4]
        else { return nil }
        let bytes = UnsafeBufferPointer(start: value, count: end - value)
        return (String(cString: name), XMLCallbacks.value(bytes))
      })
  }

  /// The parser writes each `&` of a value as a number, for a second pass that nobody makes here.
  private static func value(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    return bytes.contains(38) ? text.replacing("&#38;", with: "&") : text
  }

  private static func short(_ name: UnsafePointer<UInt8>?) -> String {
    name.map { String(String(cString: $0).prefix(100)) } ?? ""
  }
}
