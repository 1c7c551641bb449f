internal import CGit2

/// The library as a whole: started once, and deaf to every configuration outside the repositories we make.
enum Libgit2 {
  /// Starts libgit2. Cheap after the first time; safe from any thread.
  static func start() throws {
    try started.get()
  }

  private static let started: Result<Void, CheckoutError> = Result { () throws(CheckoutError) in
    try git("start libgit2") { git_libgit2_init() }
    // A user's or a system's `insteadOf`, hooks path, template or credential setting would change what is fetched.
    let levels = [
      GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
    ]
    for level in levels {
      try git("isolate libgit2 from the machine's git configuration") {
        journeyman_git_set_search_path(level.rawValue, "")
      }
    }
    try git("isolate libgit2 from templates") { journeyman_git_set_template_path("") }
    // A repository that belongs to somebody else is not opened (CVE-2022-24765).
    try git("turn owner validation on") { journeyman_git_set_owner_validation(1) }
    // Indexes are filled from trees that were read a moment ago; looking each blob up again is lost time.
    try git("set libgit2 options") { journeyman_git_set_strict_object_creation(0) }
  }
}
