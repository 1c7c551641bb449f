/// A pattern without braces, as a list of components.
struct GlobAlternative: Sendable, Hashable {
  private enum Component: Sendable, Hashable {
    /// `**`: any number of components.
    case anyComponents
    /// A component that is matched on its own.
    case one(GlobComponent)
  }

  let isAbsolute: Bool
  private let components: [Component]
  /// Whether the pattern ended in `**`, which stands for one component or more there: `dir/**` is not `dir` itself.
  private let needsOneMore: Bool

  init(_ pattern: [UInt8]) {
    isAbsolute = pattern.first == UInt8(ascii: "/")
    var components: [Component] = []
    for text in pattern.split(separator: UInt8(ascii: "/")) where text != [UInt8(ascii: ".")] {
      if text.elementsEqual("**".utf8) {
        if components.last != .anyComponents { components.append(.anyComponents) }
      } else {
        components.append(.one(GlobComponent(text)))
      }
    }
    needsOneMore = components.last == .anyComponents
    if needsOneMore { components.append(.one(GlobComponent("*".utf8))) }
    self.components = components
  }

  var hasParentReference: Bool {
    components.contains { if case .one(let component) = $0 { component.literal == ".." } else { false } }
  }

  /// The leading components without wildcards, the last component of all left out.
  var startingDirectory: String {
    var names: [String] = []
    for component in components.dropLast() {
      guard case .one(let component) = component, let literal = component.literal else { break }
      names.append(literal)
    }
    return (isAbsolute ? "/" : "") + names.joined(separator: "/")
  }

  func matches(_ path: PathComponents) -> Bool {
    path.isAbsolute == isAbsolute && Self.matches(components[...], path)
  }

  func couldMatchBeneath(_ directory: PathComponents) -> Bool {
    // The base directory and the root are ancestors of everything that is relative or absolute to them.
    var directory = directory
    var rest = components[...]
    var depth = 0
    while let name = directory.next() {
      depth += 1
      switch rest.popFirst() {
      case nil: return false
      case .anyComponents: return directory.isAbsolute == isAbsolute
      case .one(let component): if !component.matches(name) { return false }
      }
    }
    return !rest.isEmpty && (directory.isAbsolute == isAbsolute || depth == 0)
  }

  /// True for `prefix/**` and `prefix/**/*` when the prefix matches the directory or one above it.
  func matchesEverythingBeneath(_ directory: PathComponents) -> Bool {
    guard directory.isAbsolute == isAbsolute, case .one(let last) = components.last, last.matchesEverything,
      components.count > 1, components[components.count - 2] == .anyComponents
    else { return false }
    return Self.matches(components.dropLast(), directory)
  }

  /// The classic matching of wildcards with one point of return: when a component does not fit, the last `**` takes one
  /// component more. An earlier `**` never has to, because what followed it matched as far left as possible.
  private static func matches(_ pattern: ArraySlice<Component>, _ path: PathComponents) -> Bool {
    var path = path
    var at = pattern.startIndex
    var retry: (at: Int, path: PathComponents)?
    while true {
      if at < pattern.endIndex, case .anyComponents = pattern[at] {
        at += 1
        retry = (at, path)
        continue
      }
      let before = path
      guard let name = path.next() else { return pattern[at...].allSatisfy { $0 == .anyComponents } }
      if at < pattern.endIndex, case .one(let component) = pattern[at], component.matches(name) {
        at += 1
        continue
      }
      guard var last = retry else { return false }
      path = before
      _ = last.path.next()
      retry = last
      (at, path) = last
    }
  }
}
