/// The text of a cache key, in which `$(codebuild-hash-files PATTERN…)` stands for a hash over the build's files. The
/// agent puts the hash in before a shell sees the text: no such program has to be in the sandbox.
struct CacheKey {
  /// One call of the helper: where it stands in the text, and its arguments without quotes.
  struct Call {
    let range: Range<String.Index>
    let patterns: [String]
  }

  private let text: String
  /// The calls, in the order of the text.
  let calls: [Call]

  /// Finds the calls.
  init(_ text: String) {
    self.text = text
    calls = text.matches(of: /\$\(\s*codebuild-hash-files\s+([^()]*)\)/).map { match in
      let words = match.output.1.split { $0.isWhitespace }
      return Call(
        range: match.range,
        patterns: words.map { word in String(word.drop { "'\"".contains($0) }.prefix { !"'\"".contains($0) }) })
    }
  }

  /// The text with each call replaced by its hash.
  ///
  /// - Parameter hashes: one for each call.
  func text(with hashes: [String]) -> String {
    var result = text
    for (call, hash) in zip(calls, hashes).reversed() { result.replaceSubrange(call.range, with: hash) }
    return result
  }
}
