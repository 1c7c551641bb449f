/// An entry of an access control list as `acls` writes it: `[d[efault]:][u|g|m|o[:name]]:permissions`.
struct AccessControlEntry: Sendable, Hashable {
  /// What the entry is about.
  enum Tag: String, Sendable {
    case user
    case group
    case mask
    case other
  }

  var isDefault: Bool
  var tag: Tag
  /// A user's or group's name or number.
  var name: String?
  /// Of `r`, `w` and `x`, each or `-`.
  var permissions: String

  /// Reads an entry.
  ///
  /// - Throws: ``Mistake``.
  init(_ text: String) throws(Mistake) {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    isDefault = parts.first == "d" || parts.first == "default"
    if isDefault { parts.removeFirst() }
    guard (2...3).contains(parts.count), let permissions = Self.permissions(parts[parts.count - 1]) else {
      throw Mistake("'\(text.prefix(64))' is no entry such as user:anna:rw, group:web:r-x or default:user:anna:7")
    }
    switch parts[0] {
    case "u", "user": tag = .user
    case "g", "group": tag = .group
    case "m", "mask": tag = .mask
    case "o", "other": tag = .other
    default:
      throw Mistake("'\(text.prefix(64))' begins with none of user, group, mask and other")
    }
    let name = parts.count == 3 && !parts[1].isEmpty ? parts[1] : nil
    if let name {
      if tag == .mask || tag == .other { throw Mistake("'\(text.prefix(64))' must not name anybody") }
      if !isSystemName(name) { throw Mistake("'\(name.prefix(64))' is no user or group name") }
    } else if !isDefault && tag != .mask {
      throw Mistake("'\(text.prefix(64))' names nobody; use mode to set the base entries")
    }
    self.name = name
    self.permissions = permissions
  }

  /// What is wrong with an entry.
  struct Mistake: Error, Sendable {
    let message: String
    init(_ message: String) { self.message = message }
  }

  /// As `setfacl` takes it.
  var text: String { (isDefault ? "default:" : "") + "\(tag.rawValue):\(name ?? ""):\(permissions)" }

  private static func permissions(_ text: String) -> String? {
    if text.utf8.count == 1, let digit = text.utf8.first, (48...55).contains(digit) {
      let bits = digit - 48
      return (bits & 4 != 0 ? "r" : "-") + (bits & 2 != 0 ? "w" : "-") + (bits & 1 != 0 ? "x" : "-")
    }
    let letters = text.filter { $0 != "-" }
    guard (1...3).contains(text.count), Set(letters).count == letters.count, letters.allSatisfy({ "rwx".contains($0) })
    else { return nil }
    return ["r", "w", "x"].map { letters.contains($0) ? $0 : "-" }.joined()
  }
}

/// Whether a text can be the name or number of a user or group, and nothing that a program takes for an option.
func isSystemName(_ text: String) -> Bool {
  guard let first = text.utf8.first, first != UInt8(ascii: "-"), text.utf8.count <= 64 else { return false }
  return text.utf8.allSatisfy { byte in
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte >= 128
      || "_.-$@\\+".utf8.contains(byte)
  }
}
