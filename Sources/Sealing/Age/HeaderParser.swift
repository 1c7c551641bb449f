/// Reads headers by the grammar of the age format, to the letter.
struct HeaderParser {
  private let reader: BufferedReader
  private var consumed: [UInt8] = []

  /// Reads the header that `reader` stands at; the payload is what follows.
  ///
  /// - Throws: ``SealingError``: `notAnEnvelope`, `unsupportedVersion` or `malformedHeader`.
  static func parse(_ reader: BufferedReader) throws -> Header {
    var parser = HeaderParser(reader: reader)
    return try parser.header()
  }

  private init(reader: BufferedReader) { self.reader = reader }

  private mutating func header() throws -> Header {
    try versionLine()
    var stanzas: [Stanza] = []
    while true {
      let start = consumed.count
      let line = try line()
      if line.starts(with: "---".utf8) {
        let authenticated = Array(consumed[..<(start + 3)])
        if stanzas.isEmpty { throw malformed("it has no stanza") }
        return Header(stanzas: stanzas, mac: try mac(of: line), authenticated: authenticated)
      }
      if stanzas.count == Header.mostStanzas { throw malformed("it has more than \(Header.mostStanzas) stanzas") }
      stanzas.append(Stanza(arguments: try arguments(of: line), body: try body()))
    }
  }

  private mutating func versionLine() throws {
    let prefix = Header.versionPrefix
    if try reader.peek(prefix.count) != prefix {
      throw SealingError(.notAnEnvelope, "the file is not an age file: it does not begin with age-encryption.org/")
    }
    let line = try line()
    if line == Header.versionLine { return }
    let version = line.dropFirst(prefix.count)
    if version.isEmpty || !version.allSatisfy({ (0x21...0x7e).contains($0) }) {
      throw malformed("its first line is not a version")
    }
    let shown = String(decoding: version.prefix(40), as: UTF8.self)
    throw SealingError(.unsupportedVersion, "the file is of version \(shown) of the age format; only v1 is supported")
  }

  private func arguments(of line: [UInt8]) throws -> [String] {
    guard line.starts(with: "-> ".utf8) else { throw malformed("a line begins neither a stanza nor the end") }
    return try line.dropFirst(3).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map { argument in
      if argument.isEmpty { throw malformed("a stanza has an empty argument") }
      if !argument.allSatisfy({ (0x21...0x7e).contains($0) }) { throw malformed("a stanza has a stray character") }
      return String(decoding: argument, as: UTF8.self)
    }
  }

  private mutating func body() throws -> [UInt8] {
    var text: [UInt8] = []
    while true {
      let line = try line()
      if line.count > Stanza.columns { throw malformed("a line of a stanza is longer than \(Stanza.columns) columns") }
      text += line
      if line.count < Stanza.columns { break }
    }
    guard let body = CanonicalBase64.decode(text) else {
      throw malformed("the body of a stanza is not canonical unpadded Base64")
    }
    return body
  }

  private func mac(of line: [UInt8]) throws -> [UInt8] {
    guard line.starts(with: "--- ".utf8) else { throw malformed("its last line has no space after ---") }
    guard let mac = CanonicalBase64.decode(line.dropFirst(4)), mac.count == 32 else {
      throw malformed("its code is not the canonical unpadded Base64 form of 32 bytes")
    }
    return mac
  }

  private mutating func line() throws -> [UInt8] {
    guard let line = try reader.readLine(limit: Header.longest - consumed.count) else {
      throw malformed("it ends too early, or is longer than \(Header.longest) bytes")
    }
    consumed += line
    consumed.append(UInt8(ascii: "\n"))
    return line
  }

  private func malformed(_ what: String) -> SealingError {
    SealingError(.malformedHeader, "the header of the file is malformed: \(what)")
  }
}
