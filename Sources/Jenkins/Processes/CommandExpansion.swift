/// The variables in the words of a command, which Jenkins leaves to the agent (`hudson.Util.replaceMacro`).
enum CommandExpansion {
  /// Replaces `$NAME`, `${NAME}` and `$$`; what names no variable stays as it is.
  static func expand(_ word: String, _ variables: [String: String]) -> String {
    var result = ""
    var rest = word[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[dollar...].dropFirst()
      if rest.first == "$" {
        result += "$"
        rest = rest.dropFirst()
      } else if rest.first == "{", let end = rest.firstIndex(of: "}") {
        let name = rest[..<end].dropFirst()
        result += variables[String(name)] ?? "${\(name)}"
        rest = rest[end...].dropFirst()
      } else {
        let name = rest.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
        result += name.isEmpty ? "$" : variables[String(name)] ?? "$\(name)"
        rest = rest.dropFirst(name.count)
      }
    }
    return result + rest
  }
}
