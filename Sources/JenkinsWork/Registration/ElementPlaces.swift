/// Where the children of a document's outermost element stand in its bytes.
///
/// libxml2 reads what a document says but not where; this finds the places in a document that libxml2 has read already,
/// and what was changed there is read by libxml2 again.
struct ElementPlaces {
  struct Child: Equatable {
    let name: String
    /// From the first `<` to behind the last `>`.
    let whole: Range<Int>
    /// Between the two tags; `nil` where one tag is both.
    let content: Range<Int>?
  }

  private(set) var children: [Child] = []
  /// Where the last end tag begins.
  private(set) var end = 0

  /// - Returns: `nil` when the document has a document type, or does not end as it should.
  init?(_ bytes: [UInt8]) {
    var index = 0
    var depth = 0
    var open: (name: String, start: Int, content: Int)?
    func starts(_ text: StaticString) -> Bool {
      index + text.utf8CodeUnitCount <= bytes.count
        && (0..<text.utf8CodeUnitCount).allSatisfy { bytes[index + $0] == text.utf8Start[$0] }
    }
    func skip(behind text: StaticString) -> Bool {
      while index < bytes.count && !starts(text) { index += 1 }
      index += text.utf8CodeUnitCount
      return index <= bytes.count
    }
    while let start = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
      index = start
      if starts("<!--") {
        if !skip(behind: "-->") { return nil }
      } else if starts("<![CDATA[") {
        if !skip(behind: "]]>") { return nil }
      } else if starts("<?") {
        if !skip(behind: "?>") { return nil }
      } else if starts("<!") {
        return nil
      } else if starts("</") {
        if !skip(behind: ">") { return nil }
        depth -= 1
        if depth == 1, let child = open {
          children.append(Child(name: child.name, whole: child.start..<index, content: child.content..<start))
          open = nil
        }
        if depth == 0 { end = start }
        if depth < 0 { return nil }
      } else {
        let isEmpty: Bool
        var quote: UInt8?
        while index < bytes.count, quote != nil || bytes[index] != UInt8(ascii: ">") {
          if bytes[index] == quote {
            quote = nil
          } else if quote == nil, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[index]) {
            quote = bytes[index]
          }
          index += 1
        }
        if index >= bytes.count { return nil }
        isEmpty = bytes[index - 1] == UInt8(ascii: "/")
        index += 1
        if depth == 1 {
          let name = bytes[(start + 1)..<index].prefix { !" \t\r\n/>".utf8.contains($0) }
          let text = String(decoding: name, as: UTF8.self)
          if isEmpty {
            children.append(Child(name: text, whole: start..<index, content: nil))
          } else {
            open = (text, start, index)
          }
        }
        if !isEmpty { depth += 1 }
      }
    }
    if depth != 0 || end == 0 { return nil }
  }
}
