internal import CGit2

/// A connection to the repository at a URL.
struct Remote: ~Copyable {
  private let pointer: OpaquePointer
  private let context: FetchContext

  private init(pointer: OpaquePointer, context: FetchContext) {
    self.pointer = pointer
    self.context = context
  }

  deinit {
    git_remote_disconnect(pointer)
    git_remote_free(pointer)
  }

  /// Connects and asks for the references.
  ///
  /// - Parameters:
  ///   - repository: what objects will be received into, or sent from.
  ///   - direction: whether the server will send or receive.
  static func connect(
    _ context: FetchContext, for repository: borrowing Repository, _ direction: git_direction = GIT_DIRECTION_FETCH
  ) throws(CheckoutError) -> Remote {
    let address = context.url.description
    let remote = Remote(
      pointer: try gitMake("use the URL \(address)") {
        git_remote_create_anonymous($0, repository.pointer, address)
      }, context: context)
    var options = git_remote_connect_options()
    git_remote_connect_options_init(&options, UInt32(GIT_REMOTE_CONNECT_OPTIONS_VERSION))
    options.callbacks = context.callbacks()
    options.callbacks.transport = Transports.factory(for: context.url.scheme)
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
    try run(context, "connect to \(address)") {
      git_remote_connect_ext(remote.pointer, direction, &options)
    }
    return remote
  }

  /// What the server has. Valid on a connection that is not older than the call.
  func advertisement() throws(CheckoutError) -> Advertisement {
    var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
    var count = 0
    try Self.run(context, "list the references of \(context.url)") { git_remote_ls(&heads, &count, pointer) }
    var advertisement = Advertisement()
    var peeled: [String: ObjectID] = [:]
    for head in UnsafeBufferPointer(start: heads, count: count) {
      guard let head = head?.pointee, let cName = head.name else { continue }
      let name = String(cString: cName)
      let id = ObjectID(head.oid)
      if name == "HEAD" {
        advertisement.head = id
        advertisement.headBranch = head.symref_target.map { String(cString: $0) }
      } else if name.hasSuffix("^{}") {
        peeled[String(name.dropLast(3))] = id
      } else if ReferenceName.isStorable(name) {
        advertisement.references.append(.init(name: name, target: id))
      }
    }
    for index in advertisement.references.indices {
      advertisement.references[index].peeled = peeled[advertisement.references[index].name]
    }
    advertisement.references.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    advertisement.shallow = context.shallow
    return advertisement
  }

  /// Receives what `refspecs` need and the repository lacks, as one pack. Changes no reference.
  func download(_ refspecs: [String]) throws(CheckoutError) {
    var options = git_fetch_options()
    git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION))
    options.callbacks = context.callbacks()
    options.callbacks.transport = Transports.factory(for: context.url.scheme)
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
    let strings = CStringArray(refspecs)
    var array = git_strarray(strings: strings.pointer, count: refspecs.count)
    try Self.run(context, "fetch from \(context.url)") { git_remote_download(pointer, &array, &options) }
  }

  /// Sends what the server lacks, and has it set references.
  ///
  /// - Returns: what the server refused: the reference's name and its reason.
  func upload(_ refspecs: [String]) throws(CheckoutError) -> [(name: String, reason: String)] {
    var options = git_push_options()
    git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION))
    options.callbacks = context.callbacks()
    options.callbacks.transport = Transports.factory(for: context.url.scheme)
    options.callbacks.push_transfer_progress = { _, _, _, payload in
      FetchContext.from(payload)?.goOn ?? GIT_EUSER.rawValue
    }
    options.callbacks.push_update_reference = { name, reason, payload in
      if let name, let reason {
        FetchContext.from(payload)?.refusals.append((String(cString: name), String(cString: reason)))
      }
      return 0
    }
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
    let strings = CStringArray(refspecs)
    var array = git_strarray(strings: strings.pointer, count: refspecs.count)
    context.refusals = []
    try Self.run(context, "push to \(context.url)") { git_remote_upload(pointer, &array, &options) }
    return context.refusals
  }

  /// Runs a call whose callbacks may have a better explanation than libgit2.
  private static func run(
    _ context: FetchContext, _ attempt: @autoclosure () -> String, _ call: () -> Int32
  ) throws(CheckoutError) {
    context.failure = nil
    do throws(CheckoutError) {
      try context.cancellation.check()
      try git(attempt(), call)
    } catch {
      throw context.failure ?? error
    }
  }
}
