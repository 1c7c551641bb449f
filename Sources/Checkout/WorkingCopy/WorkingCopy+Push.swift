internal import CGit2
import Foundation
internal import JourneymanSupport

extension WorkingCopy {
  /// What one reference of a server shall become.
  private struct Update {
    /// The reference here that it shall equal; `nil` removes the server's.
    let source: String?
    let id: ObjectID?
    let destination: String
    let isForced: Bool

    var text: String { (source == nil ? "" : "+") + (source ?? "") + ":" + destination }
  }

  /// Sends commits and tags to a server and has it set references, as `git push URL SPECIFICATION`. Hooks of this side
  /// are not run.
  ///
  /// - Parameters:
  ///   - specification: as for `git push`; `nil` is the branch that HEAD points at, or nothing if there are tags.
  ///   - force: whether the server's references may lose commits.
  ///   - tags: whether all tags are sent too.
  /// - Throws: ``CheckoutError``; `refused` when a reference would lose commits, or when the server says no.
  package func push(to address: String, _ specification: String?, force: Bool, tags: Bool) throws {
    let url = try LocalRepository.located(RepositoryURL(address))
    let repository = try open()
    // Hooks of the server speak to whoever pushes.
    let progress = ProgressReporter { [warn] event in
      if case .serverMessage(let text) = event { warn("remote: " + text) }
    }
    let fetch = FetchContext(
      url: url, cancellation: context.cancellation, progress: progress, access: context.access)
    let remote = try Remote.connect(fetch, for: repository, GIT_DIRECTION_PUSH)
    let advertisement = try remote.advertisement()
    var specifications = [specification ?? (tags ? nil : repository.headBranch ?? "HEAD")].compactMap(\.self)
    if tags { specifications.append("refs/tags/*:refs/tags/*") }
    // What has no name here gets one while it is sent: libgit2 sends references only.
    let passing = "refs/journeyman/push-\(UUID().uuidString)"
    defer { git_reference_remove(repository.pointer, passing) }
    var updates: [Update] = []
    for text in specifications {
      updates += try self.updates(text, force: force, advertisement, in: repository, passing: passing)
    }
    updates = updates.filter { update in
      update.id == nil || advertisement.reference(named: update.destination)?.target != update.id
    }
    if updates.isEmpty { return }
    for update in updates { try check(update, advertisement, in: repository, url) }
    if let refusal = try remote.upload(updates.map(\.text)).first {
      throw CheckoutError(
        .refused, "the server of \(url) refused to set \(refusal.name): \(Redaction.withoutCredentials(refusal.reason))"
      )
    }
  }

  private func updates(
    _ text: String, force: Bool, _ advertisement: Advertisement, in repository: borrowing Repository, passing: String
  ) throws -> [Update] {
    let isForced = force || text.hasPrefix("+")
    let parts = text.drop { $0 == "+" }.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    let source = parts.first ?? ""
    let wanted = parts.count > 1 ? parts[1] : nil
    if source.isEmpty {
      guard let wanted, !wanted.isEmpty else {
        throw CheckoutError(.refused, "'\(text)' names nothing to push")
      }
      guard let name = try existing(wanted, advertisement) else {
        throw CheckoutError(.referenceNotFound, "unable to delete '\(wanted)': remote ref does not exist")
      }
      return [Update(source: nil, id: nil, destination: name, isForced: true)]
    }
    if source.contains("*") {
      let pattern = FetchSpecification(source + ":" + (wanted ?? source))
      return try Self.referenceNames(in: repository, "refs/").compactMap { name in
        guard pattern.matches(name), let destination = pattern.destination(of: name) else { return nil }
        return Update(source: name, id: try target(name, in: repository), destination: destination, isForced: isForced)
      }
    }
    let name = fullName(source, in: repository)
    let id = try name.map { try target($0, in: repository) } ?? Self.commit(source, in: repository)
    if name == nil { try repository.createReference(passing, at: id) }
    let destination = try destination(wanted ?? name ?? source, of: name, advertisement)
    guard ReferenceName.isStorable(destination) else {
      throw CheckoutError(.refused, "'\(destination)' is not a valid name for a reference")
    }
    return [Update(source: name ?? passing, id: id, destination: destination, isForced: isForced)]
  }

  private func target(_ name: String, in repository: borrowing Repository) throws(CheckoutError) -> ObjectID {
    var id = git_oid()
    try git("find \(name)") { git_reference_name_to_id(&id, repository.pointer, name) }
    return ObjectID(id)
  }

  /// The full name of a reference here, in git's order of meanings; `nil` when it is none, but perhaps a commit.
  private func fullName(_ text: String, in repository: borrowing Repository) -> String? {
    if text == "HEAD" { return repository.headBranch }
    return [text, "refs/" + text, "refs/tags/" + text, "refs/heads/" + text, "refs/remotes/" + text].first { name in
      var id = git_oid()
      return ReferenceName.isStorable(name) && git_reference_name_to_id(&id, repository.pointer, name) == 0
    }
  }

  /// The full name of a reference that the server has.
  private func existing(_ text: String, _ advertisement: Advertisement) throws -> String? {
    if text.hasPrefix("refs/") { return advertisement.reference(named: text)?.name }
    let found = ["refs/tags/" + text, "refs/heads/" + text].filter { advertisement.reference(named: $0) != nil }
    if found.count > 1 {
      throw CheckoutError(.refused, "dst refspec \(text) matches more than one; name it in full")
    }
    return found.first
  }

  private func destination(_ text: String, of source: String?, _ advertisement: Advertisement) throws -> String {
    if text.hasPrefix("refs/") { return text }
    if let name = try existing(text, advertisement) { return name }
    for kind in ["refs/heads/", "refs/tags/"] where source?.hasPrefix(kind) == true { return kind + text }
    throw CheckoutError(
      .refused,
      "The destination '\(text)' is not a full name (one that begins with refs/), the server has no such branch or tag, "
        + "and what is pushed is neither")
  }

  /// The server's commits are not lost unless that was asked for, and its tags are not moved.
  private func check(
    _ update: Update, _ advertisement: Advertisement, in repository: borrowing Repository, _ url: RepositoryURL
  ) throws {
    guard !update.isForced, let new = update.id, let old = advertisement.reference(named: update.destination)?.target
    else { return }
    let reason: String
    if update.destination.hasPrefix("refs/tags/") {
      reason = "already exists"
    } else if (try? repository.commit(at: old)) == nil {
      reason = "fetch first"
    } else {
      var (descendant, ancestor) = (new.raw, old.raw)
      if git_graph_descendant_of(repository.pointer, &descendant, &ancestor) == 1 { return }
      reason = "non-fast-forward"
    }
    throw CheckoutError(
      .refused, "failed to push some refs to '\(url)': [rejected] \(update.destination) (\(reason))")
  }
}
