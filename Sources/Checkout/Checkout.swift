import Foundation
internal import JourneymanSupport

/// Checks sources out by libgit2.
///
/// A bare mirror of each repository is kept and brought up to date; workspaces borrow their objects from it, so that a
/// second build transfers nothing that the first one had. No hook, no external filter and no configuration from a
/// repository is obeyed, and no credential goes to a host it is not for.
public struct Checkout: Sendable {
  private let options: CheckoutOptions

  /// A checkout with standing options.
  public init(_ options: CheckoutOptions = CheckoutOptions()) { self.options = options }

  /// Checks a revision out.
  ///
  /// Cancelling the calling task stops the checkout within a second; what a failed or cancelled checkout wrote into a
  /// directory that was empty is removed.
  ///
  /// - Parameters:
  ///   - request: what to check out.
  ///   - directory: where to; made if it does not exist.
  ///   - credentials: what may be shown to servers.
  ///   - progress: called from the threads that work, one call at a time for stages and figures; must not block.
  /// - Throws: ``CheckoutError``.
  public func checkOut(
    _ request: CheckoutRequest, into directory: String, credentials: CheckoutCredentials = CheckoutCredentials(),
    progress: @escaping @Sendable (CheckoutEvent) -> Void = { _ in }
  ) async throws -> CheckedOutRevision {
    let cancellation = try Cancellation()
    let context = CheckoutContext(
      access: RemoteAccess(options: options, credentials: credentials), cancellation: cancellation,
      progress: ProgressReporter(progress))
    return try await withTaskCancellationHandler {
      try await runBlocking {
        do {
          return try Self.checkOut(request, into: directory, context)
        } catch {
          throw CheckoutError.describing(error, cancellation: cancellation)
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  private static func checkOut(
    _ request: CheckoutRequest, into directory: String, _ context: CheckoutContext
  ) throws -> CheckedOutRevision {
    try Libgit2.start()
    let url = try LocalRepository.located(RepositoryURL(request.url))
    let reference = try ReferenceRequest(request.reference)
    if let mirrors = context.options.mirrors { try WorkspaceRecord.prepare(in: mirrors) }
    let workspace = try WorkspaceDirectory(directory, existing: request.existing)
    do {
      let gitDirectory = GitDirectory(path: workspace.path + "/.git", worktree: nil)
      let outcome = try RepositoryCheckout(
        url: url, request: reference, directory: workspace.path, gitDirectory: gitDirectory, gitLink: nil,
        owner: request.owner, context: context
      ).run()
      var revision = CheckedOutRevision(
        url: url.description, reference: outcome.resolution?.reference, commit: outcome.commit,
        mirrors: outcome.snapshotPath.map { [$0] } ?? [], submodules: [])
      if context.options.submodules {
        try Submodules(of: outcome, url: url, directory: workspace.path, gitDirectory: gitDirectory, context: context)
          .checkOut(owner: request.owner, into: &revision)
      }
      if let owner = request.owner { try Ownership.give(workspace.path + "/.git", to: owner) }
      try context.cancellation.check()
      try gitDirectory.finish()
      if let owner = request.owner { try workspace.settle(owner: owner) }
      if let mirrors = context.options.mirrors {
        MirrorCleaning(
          directory: mirrors, keepSeconds: context.options.mirrorKeepSeconds, keepSize: context.options.mirrorKeepSize
        ).runIfDue()
      }
      return revision
    } catch {
      workspace.abandon()
      throw error
    }
  }
}
