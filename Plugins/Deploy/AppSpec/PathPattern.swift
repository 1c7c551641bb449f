/// A pattern of `permissions` (`pattern`, `except`) over paths relative to the object.
///
/// As in CodeDeploy, `**` alone means everything at any depth, and a pattern without a slash means names of the object's
/// own entries, in which `*` stands for any characters. A pattern with slashes, which the documentation shows and the
/// reference agent never matches, means paths; in it, the part `**` stands for any number of directories.
struct PathPattern: Sendable, Hashable {
  /// As written.
  let text: String
  private let parts: [[UInt8]]

  init(_ text: String) {
    self.text = text
    parts = text.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
  }

  /// Whether it means everything.
  var isEverything: Bool { text == "**" }

  /// Whether a path relative to the object fits.
  func matches(_ path: String) -> Bool {
    let names = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
    // Which of the pattern's parts can begin at the current name: linear in both, whatever the pattern is.
    var reached = starts(0)
    for name in names {
      var next: Set<Int> = []
      for start in reached where start < parts.count {
        if parts[start] == Self.anyDepth {
          next.formUnion(starts(start))
        } else if Self.matches(parts[start], name) {
          next.formUnion(starts(start + 1))
        }
      }
      reached = next
    }
    return reached.contains(parts.count)
  }

  private static let anyDepth = Array("**".utf8)

  /// A place in the pattern, and those after it that need no name.
  private func starts(_ place: Int) -> Set<Int> {
    var places: Set<Int> = [place]
    var next = place
    while next < parts.count && parts[next] == Self.anyDepth {
      next += 1
      places.insert(next)
    }
    return places
  }

  /// Matches one name: `*` is any run of characters.
  private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
    var (place, at) = (0, 0)
    var lastStar: (place: Int, at: Int)?
    while at < name.count {
      if place < pattern.count && pattern[place] == UInt8(ascii: "*") {
        lastStar = (place, at)
        place += 1
      } else if place < pattern.count && pattern[place] == name[at] {
        place += 1
        at += 1
      } else if let star = lastStar {
        lastStar = (star.place, star.at + 1)
        place = star.place + 1
        at = star.at + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
