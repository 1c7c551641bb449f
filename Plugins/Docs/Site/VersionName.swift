/// Names of versions, and which of two is newer.
enum VersionName {
  /// Whether a name can be a folder of a site beside the others.
  static func isValid(_ name: String) -> Bool {
    name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._+\-]{0,63}/) != nil
      && !["latest", "site-assets", "index.html"].contains(name)
  }

  /// Whether a name begins with a number, perhaps after a `v`.
  static func isNumbered(_ name: String) -> Bool { !numbers(name).isEmpty }

  /// Whether a name says that it is not finished: `2.0-beta`, `2.0rc1`, as semantic versions and Python's do.
  static func isPreliminary(_ name: String) -> Bool { !isNumbered(name) || !suffix(name).isEmpty }

  /// The version that `latest` is: the highest finished one, else the highest.
  static func latest(of names: [String]) -> String? {
    let finished = names.filter { !isPreliminary($0) }
    let numbered = names.filter(isNumbered)
    return (finished.isEmpty ? numbered.isEmpty ? names : numbered : finished).max(by: isOlder)
  }

  /// Whether the first is before the second: names without numbers, then numbers by their value, a preliminary one
  /// before what it comes before.
  static func isOlder(_ one: String, _ other: String) -> Bool {
    let (left, right) = (numbers(one), numbers(other))
    if left.isEmpty != right.isEmpty { return left.isEmpty }
    for index in 0..<max(left.count, right.count) {
      let (first, second) = (index < left.count ? left[index] : 0, index < right.count ? right[index] : 0)
      if first != second { return first < second }
    }
    let (end, otherEnd) = (suffix(one), suffix(other))
    if end.isEmpty != otherEnd.isEmpty { return !end.isEmpty }
    return end == otherEnd ? one < other : SortKey(end) < SortKey(otherEnd)
  }

  private static func body(_ name: String) -> Substring {
    let start = name.first == "v" || name.first == "V" ? name.dropFirst() : name[...]
    // What follows a plus says how it was built, not which it is.
    return start.prefix { $0 != "+" }
  }

  private static func core(_ name: String) -> Substring { body(name).prefix { $0.isASCII && $0.isNumber || $0 == "." } }

  private static func numbers(_ name: String) -> [Int] {
    core(name).split(separator: ".").map { Int($0.prefix(18)) ?? 0 }
  }

  private static func suffix(_ name: String) -> String { String(body(name).dropFirst(core(name).count)) }
}
