/// Names for archives whose names are text.
enum ArchiveName {
  /// A name as UTF-8: bytes that are not are written as `%FF`, so that no two names become one and none is lost. Zip
  /// programs read names that are marked as UTF-8 as such, and some refuse the whole archive over one that is not.
  static func utf8(_ name: ArraySlice<UInt8>) -> [UInt8] {
    if String(validating: name, as: UTF8.self) != nil { return Array(name) }
    var written: [UInt8] = []
    var rest = name
    var parser = Unicode.UTF8.ForwardParser()
    var source = name.makeIterator()
    while true {
      let length: Int
      switch parser.parseScalar(from: &source) {
      case .emptyInput:
        return written
      case .valid(let scalar):
        length = scalar.count
        written += rest.prefix(length)
      case .error(let count):
        length = count
        for byte in rest.prefix(length) {
          let digits = String(byte, radix: 16, uppercase: true)
          written += Array("%\(digits)".utf8)
        }
      }
      rest = rest.dropFirst(length)
    }
  }
}
