/// The names a tree may not use. Anchor: git's `verify_path` with `core.protectHFS` and `core.protectNTFS` on, for
/// workspaces are also carried to other file systems (CVE-2014-9390, CVE-2019-1353, CVE-2018-11235).
enum PathRules {
  /// Checks one component of a path.
  ///
  /// - Throws: ``CheckoutError`` `refused`.
  static func check(_ name: [UInt8], isLink: Bool, path: [UInt8]) throws(CheckoutError) {
    func refusal(_ reason: String) -> CheckoutError {
      let shown = String(decoding: path.prefix(200), as: UTF8.self)
      return CheckoutError(.refused, "refusing the tree: the path \(shown) \(reason)")
    }
    if name.isEmpty || name == [dot] || name == [dot, dot] || name.contains(UInt8(ascii: "/")) {
      throw refusal("is not a plain name")
    }
    if name.count > 255 { throw refusal("has a component of more than 255 bytes") }
    guard mayBeSpecial(name) else { return }
    let folded = withoutIgnoredCharacters(name)
    if folded == Array(".git".utf8) || isShortened(name) { throw refusal("would be taken for a repository's .git") }
    if isLink && special.contains(where: { folded.elementsEqual($0.utf8) || isTrailed(name, $0) }) {
      throw refusal("is a symbolic link with the name of a file that git obeys")
    }
  }

  /// Files that git reads from a work tree; through a link they would be read from elsewhere.
  private static let special = [".gitmodules", ".gitattributes", ".gitignore"]
  private static let dot = UInt8(ascii: ".")

  /// A quick look: everything refused below begins with a dot or `git~`, or has an ignored character, whose bytes all
  /// are above ASCII.
  private static func mayBeSpecial(_ name: [UInt8]) -> Bool {
    name[0] == dot || name[0] | 0x20 == UInt8(ascii: "g") || name[0] > 0x7F
  }

  /// The name as HFS+ compares it: lower case, without the characters it ignores (git's `utf8.c`).
  private static func withoutIgnoredCharacters(_ name: [UInt8]) -> [UInt8] {
    var folded: [UInt8] = []
    for scalar in String(decoding: name, as: UTF8.self).unicodeScalars {
      switch scalar.value {
      case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: continue
      default: folded += Array(String(scalar).lowercased().utf8)
      }
    }
    return folded
  }

  /// Whether NTFS takes it for `.git`: the name or its 8.3 form, before white space, dots, a colon or a backslash.
  private static func isShortened(_ name: [UInt8]) -> Bool { isTrailed(name, ".git") || isTrailed(name, "git~1") }

  private static func isTrailed(_ name: [UInt8], _ stem: String) -> Bool {
    let lowered = name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    guard lowered.starts(with: stem.utf8) else { return false }
    for byte in lowered.dropFirst(stem.utf8.count) {
      switch byte {
      case UInt8(ascii: "\\"), UInt8(ascii: ":"): return true
      case UInt8(ascii: " "), dot: continue
      default: return false
      }
    }
    return true
  }
}
