internal import JourneymanSupport

/// Brings one bare repository up to date with its server. The caller holds the mirror's lock.
struct MirrorFetch {
  let url: RepositoryURL
  let request: ReferenceRequest
  let context: CheckoutContext

  struct Outcome {
    let resolution: ReferenceResolution?
    let commit: ObjectID?
  }

  private static let standardRefspecs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]

  /// Receives what the mirror lacks, then replaces its references.
  ///
  /// - Parameters:
  ///   - path: the bare repository.
  ///   - isNew: whether it is empty, so that a local source can be copied.
  /// - Returns: `nil` when only a repository made anew can take the objects, because the server's history is shallow
  ///   and libgit2 cannot negotiate from one.
  func run(into path: String, isNew: Bool) throws -> Outcome? {
    let mirror = try Repository(opening: path)
    let fetch = FetchContext(
      url: url, cancellation: context.cancellation, progress: context.progress, access: context.access)
    let local = url.scheme == .file ? try LocalObjects(copyingFrom: url, to: path, context: context) : nil
    // libgit2 would follow them wherever they lead.
    try local?.checkAlternates()
    context.progress.enter(.connect, url)
    let remote = try Remote.connect(fetch, for: mirror)
    let advertisement = try remote.advertisement()
    let resolution = try ReferenceResolution.resolve(request, in: advertisement, url: url)

    context.progress.enter(.receive, url)
    if isNew { try local?.copy() }
    let objects = try mirror.objectDatabase()
    let extra = wanted(resolution, advertisement)
    let lacks = advertisement.references.contains { isStandard($0.name) && !objects.contains($0.target) }
    if !isNew && MirrorInspection.isShallow(path) && lacks { return nil }
    try remote.download(Self.standardRefspecs + extra)
    if case .commit(let id) = request, !objects.contains(id) {
      try fetchUnadvertised(id, remote, advertisement)
    }

    context.progress.enter(.install, url)
    let kept = Set(try PackedReferences.read(mirror).map(\.name) + [resolution?.reference ?? ""])
    let references = advertisement.filtered { reference in
      isStandard(reference.name) || kept.contains(reference.name) && objects.contains(reference.target)
    }
    try MirrorInspection.writeShallow(advertisement.shallow, to: path)
    try PackedReferences.write(references, to: path)
    if let branch = advertisement.headBranch, ReferenceName.isStorable(branch) { try mirror.setHead(branch: branch) }
    let reopened = try Repository(opening: path)
    let commit = try CommitLookup.commit(of: request, resolution, in: reopened, advertisement, url: url)
    return Outcome(resolution: resolution, commit: commit)
  }

  private func isStandard(_ name: String) -> Bool { name.hasPrefix("refs/heads/") || name.hasPrefix("refs/tags/") }

  /// Refspecs for what the standard ones leave out: `refs/pull/7/head`, or the reference a commit id is the tip of.
  private func wanted(_ resolution: ReferenceResolution?, _ advertisement: Advertisement) -> [String] {
    var names: [String] = []
    if let name = resolution?.reference { names.append(name) }
    if case .commit(let id) = request {
      let tips = advertisement.references.filter { $0.target == id }
      if !tips.contains(where: { isStandard($0.name) }), let tip = tips.first { names.append(tip.name) }
    }
    return names.filter { !isStandard($0) }.map { "+\($0):\($0)" }
  }

  /// Asks for a commit that no reference leads to; servers may refuse.
  private func fetchUnadvertised(
    _ id: ObjectID, _ remote: borrowing Remote, _ advertisement: Advertisement
  ) throws(CheckoutError) {
    do throws(CheckoutError) {
      try remote.download(["\(id):refs/journeyman/\(id)"])
    } catch {
      // What libgit2 reports is the server's refusal; what our transports report is another failure.
      guard error.underlying is GitFailure else { throw error }
      throw CheckoutError(
        .referenceNotFound,
        "\(url) gives no commit \(id): no branch or tag leads to it, and the server does not serve it by its id",
        underlying: error)
    }
  }
}
