import Foundation
internal import JourneymanSupport

extension Checkout {
  /// A name for the directories of a repository: the same for every spelling of its URL, without any login.
  ///
  /// - Throws: ``CheckoutError`` `refused`.
  public static func directoryName(for url: String) throws -> String {
    try Libgit2.start()
    let located = try LocalRepository.located(RepositoryURL(url))
    return PathName.last(of: try MirrorLocation(of: located, in: "").directory)
  }

  /// Gives the mirrors up that a workspace borrows from: the next cleaning may remove them. The workspace's `.git` is not
  /// to be relied on any more; a checkout into the workspace makes it anew.
  public static func release(_ revision: CheckedOutRevision, in directory: String) {
    let workspaces = [directory] + revision.submodules.map { directory + "/" + $0 }
    for mirror in revision.mirrors {
      let location = MirrorLocation(directory: PathName.directory(of: mirror))
      for workspace in workspaces { Lease.remove(of: workspace, in: location) }
    }
  }
}
