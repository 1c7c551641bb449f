internal import CGit2
import Foundation
internal import JourneymanSupport

/// `+refs/heads/*:refs/remotes/origin/*`: what to fetch, and what to call it.
struct FetchSpecification {
  let source: String
  /// `nil` when it is fetched without a name of its own.
  let destination: String?

  init(_ text: String) {
    let parts = text.drop { $0 == "+" }.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    source = parts.first.map(String.init) ?? ""
    destination = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
  }

  var text: String { "+" + source + (destination.map { ":" + $0 } ?? "") }

  /// Whether the source is one reference or commit, which has to be there.
  var isOne: Bool { !source.contains("*") }

  /// Whether it means a reference of the server.
  func matches(_ name: String) -> Bool { wildcard(in: name) != nil || isOne && candidates.contains(name) }

  /// What a reference of the server is called here.
  func destination(of name: String) -> String? {
    guard let destination else { return nil }
    if isOne { return destination.hasPrefix("refs/") ? destination : "refs/heads/" + destination }
    return wildcard(in: name).map { destination.replacing("*", with: $0, maxReplacements: 1) }
  }

  /// The names that a short one may mean, in git's order.
  private var candidates: [String] {
    source.hasPrefix("refs/") || source == "HEAD"
      ? [source] : ["refs/tags/" + source, "refs/heads/" + source]
  }

  private func wildcard(in name: String) -> String? {
    guard let star = source.firstIndex(of: "*") else { return nil }
    let head = source[..<star]
    let tail = source[source.index(after: star)...]
    guard name.hasPrefix(head), name.hasSuffix(tail), name.count >= head.count + tail.count else { return nil }
    return String(name.dropFirst(head.count).dropLast(tail.count))
  }
}

extension WorkingCopy {
  /// Receives what is missing and sets references, by force.
  ///
  /// - Parameters:
  ///   - address: the repository; a login in it is used and goes nowhere else.
  ///   - specifications: as in `git fetch`.
  ///   - tags: whether all tags are fetched too.
  ///   - prune: whether references that the server has no more are removed.
  package func fetch(from address: String, _ specifications: [String], tags: Bool, prune: Bool) throws {
    let url = try LocalRepository.located(RepositoryURL(address))
    let wanted = (specifications + (tags ? ["+refs/tags/*:refs/tags/*"] : [])).map { FetchSpecification($0) }
    let repository = try open()
    let fetch = FetchContext(
      url: url, cancellation: context.cancellation, progress: context.progress, access: context.access)
    let remote = try Remote.connect(fetch, for: repository)
    let advertisement = try remote.advertisement()
    var updates: [String: ObjectID] = [:]
    var heads: [(id: ObjectID, name: String)] = []
    for specification in wanted {
      let found = advertisement.references.filter { specification.matches($0.name) }
      if specification.isOne, found.isEmpty {
        guard let id = try commitOrHead(specification.source, advertisement) else {
          throw CheckoutError(.referenceNotFound, "couldn't find remote ref \(specification.source)")
        }
        heads.append((id, specification.source))
        if let name = specification.destination(of: specification.source) { updates[name] = id }
      }
      for reference in specification.isOne ? Array(found.prefix(1)) : found {
        heads.append((reference.target, reference.name))
        if let name = specification.destination(of: reference.name), ReferenceName.isStorable(name) {
          updates[name] = reference.target
        }
      }
    }
    try remote.download(wanted.map(\.text))
    if prune { try self.prune(wanted, keeping: updates, in: repository) }
    try update(updates, in: repository)
    try writeFetchHead(heads, url)
  }

  private func commitOrHead(_ source: String, _ advertisement: Advertisement) throws -> ObjectID? {
    source == "HEAD" ? advertisement.head : ObjectID(hexadecimal: source)
  }

  private func update(_ updates: [String: ObjectID], in repository: borrowing Repository) throws {
    for (name, id) in updates.sorted(by: { $0.key < $1.key }) {
      try context.cancellation.check()
      var current = git_oid()
      if git_reference_name_to_id(&current, repository.pointer, name) == 0, ObjectID(current) == id { continue }
      try repository.createReference(name, at: id)
    }
  }

  private func prune(
    _ wanted: [FetchSpecification], keeping updates: [String: ObjectID], in repository: borrowing Repository
  ) throws {
    for specification in wanted {
      guard let destination = specification.destination, let star = destination.firstIndex(of: "*") else { continue }
      // Tags are the user's too.
      if destination.hasPrefix("refs/tags/") { continue }
      for name in try Self.referenceNames(in: repository, String(destination[..<star])) where updates[name] == nil {
        try git("remove \(name)") { git_reference_remove(repository.pointer, name) }
      }
    }
  }

  /// What git itself writes, for those who name `FETCH_HEAD`: the first line is the one that counts.
  private func writeFetchHead(_ heads: [(id: ObjectID, name: String)], _ url: RepositoryURL) throws {
    let lines = heads.map { "\($0.id)\t\tbranch '\($0.name)' of \(url)\n" }.joined()
    try FileSystem.writeAtomically(Array(lines.utf8), to: gitDirectory + "/FETCH_HEAD")
  }
}
