internal import CGit2

/// What git's own attributes say about the content of one file.
struct ConversionRule: Hashable, Sendable {
  enum LineEnding: Hashable, Sendable {
    case asStored
    /// Every line ends with CR LF.
    case crlf
    /// The same, if the content looks like text without any CR.
    case crlfIfText
  }

  var lineEnding = LineEnding.asStored
  var expandsIdent = false
  /// A name for `iconv`; `nil` leaves UTF-8.
  var encoding: String?
  /// The content is a pointer to a file on a Git LFS server.
  var isLargeFile = false

  var isNothing: Bool { self == ConversionRule() }
}

/// Looks attributes up in the `.gitattributes` files of a tree, without a work tree. One thread at a time may use it.
///
/// External filters are never run; the one filter known by its name is `lfs`, which is carried out here.
struct ConversionRules: ~Copyable {
  private let repository: Repository
  /// Whether the tree has any attributes file at all.
  private let hasAttributes: Bool

  /// - Parameter gitDirectory: the mirror; opened again, because its index is replaced by one of attribute files.
  init(for listing: TreeListing, in gitDirectory: String) throws(CheckoutError) {
    let repository = try Repository(opening: gitDirectory)
    let files = listing.entries.filter { entry in
      entry.mode != .link && entry.mode != .submodule
        && listing.pathBytes(at: entry.name).elementsEqual(".gitattributes".utf8)
    }
    if !files.isEmpty {
      let index = GitIndex(taking: try gitMake("make an index") { git_index_new($0) })
      for file in files { try index.add(file, listing, status: nil) }
      try git("use the index of attributes") { git_repository_set_index(repository.pointer, index.pointer) }
    }
    hasAttributes = !files.isEmpty
    self.repository = repository
  }

  /// The rule for a path.
  func rule(for path: UnsafePointer<CChar>) throws(CheckoutError) -> ConversionRule {
    if !hasAttributes { return ConversionRule() }
    let names = Self.names.pointer.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: 6) { $0 }
    var values = [UnsafePointer<CChar>?](repeating: nil, count: 6)
    let flags = UInt32(GIT_ATTR_CHECK_INDEX_ONLY | GIT_ATTR_CHECK_NO_SYSTEM)
    try git("read the attributes of \(String(cString: path))") {
      git_attr_get_many(&values, repository.pointer, flags, path, 6, names)
    }
    return Self.rule(
      text: Value(values[0]), crlf: Value(values[1]), eol: Value(values[2]), ident: Value(values[3]),
      filter: Value(values[4]), encoding: Value(values[5]))
  }

  private enum Value: Equatable {
    case unspecified, on, off
    case text(String)

    init(_ pointer: UnsafePointer<CChar>?) {
      switch git_attr_value(pointer) {
      case GIT_ATTR_VALUE_TRUE: self = .on
      case GIT_ATTR_VALUE_FALSE: self = .off
      case GIT_ATTR_VALUE_STRING: self = .text(pointer.map { String(cString: $0) } ?? "")
      default: self = .unspecified
      }
    }
  }

  nonisolated(unsafe) private static let names = CStringArray([
    "text", "crlf", "eol", "ident", "filter", "working-tree-encoding",
  ])

  /// git's `convert_attrs`, for a machine whose native line ending is LF and `core.autocrlf` is false.
  private static func rule(
    text: Value, crlf: Value, eol: Value, ident: Value, filter: Value, encoding: Value
  ) -> ConversionRule {
    var rule = ConversionRule()
    let kind = isTextual(text) ? text : crlf
    if kind != .off && eol == .text("crlf") { rule.lineEnding = kind == .text("auto") ? .crlfIfText : .crlf }
    rule.expandsIdent = ident == .on
    rule.isLargeFile = filter == .text("lfs")
    if case .text(let name) = encoding, !["", "utf8", "utf-8"].contains(name.lowercased()) { rule.encoding = name }
    return rule
  }

  /// Whether the value of `text` decides, so that the older `crlf` is not asked.
  private static func isTextual(_ value: Value) -> Bool {
    [.on, .off, .text("input"), .text("auto")].contains(value)
  }
}
