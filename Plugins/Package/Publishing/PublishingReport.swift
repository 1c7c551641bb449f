/// What became of each publication, in order.
struct PublishingReport: Sendable {
  /// One line of it.
  enum State: Sendable, Hashable {
    case published(String)
    case alreadyThere(String)
    case failed(String)
    case notTried
  }

  private(set) var entries: [(title: String, files: [String], state: State)] = []

  mutating func add(_ publication: Publication, _ state: State) {
    entries.append((publication.title, publication.files, state))
  }

  private func count(_ isCounted: (State) -> Bool) -> Int { entries.filter { isCounted($0.state) }.count }

  /// How many were published.
  var published: Int { count { if case .published = $0 { true } else { false } } }
  /// How many were there before.
  var existing: Int { count { if case .alreadyThere = $0 { true } else { false } } }
  /// Where something was published, in order.
  var places: [String] { entries.compactMap { if case .published(let place) = $0.state { place } else { nil } } }

  /// A line for each entry.
  var lines: [String] {
    entries.map { entry in
      let line =
        switch entry.state {
        case .published(let place): "published      \(entry.title) at \(place)"
        case .alreadyThere(let how): "already there  \(entry.title) (\(how))"
        case .failed(let why): "failed         \(entry.title): \(why)"
        case .notTried: "not tried      \(entry.title) (\(entry.files.joined(separator: ", ")))"
        }
      return Self.line(line)
    }
  }

  /// A text without control characters: names of files may have them, and must not begin a line of their own.
  static func line(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }

  /// A sentence for people.
  func summary(_ repository: RepositoryAddress) -> String {
    let failure = entries.compactMap { entry -> String? in
      if case .failed(let why) = entry.state { "\(entry.title): \(why)" } else { nil }
    }.first
    var text = "published \(published) of \(entries.count) to \(repository)"
    if existing > 0 { text += ", \(existing) already there" }
    if let failure { text += "; \(failure)" }
    let rest = count { $0 == .notTried }
    return Self.line(rest > 0 ? text + "; \(rest) not tried" : text)
  }
}
