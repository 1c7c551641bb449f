import Foundation
internal import JourneymanSupport
internal import JourneymanTransport

/// Fetches large files: over the batch API from a web server, or from the store beside a repository on this machine.
///
/// The address follows from the repository's URL alone. What `.lfsconfig` says is not obeyed: it is configuration from
/// the repository, and would send its credentials elsewhere.
struct LargeFileServer {
  private let url: RepositoryURL
  private let context: CheckoutContext
  private static let batchSize = 100
  private static let mediaType = "application/vnd.git-lfs+json"

  init(of url: RepositoryURL, context: CheckoutContext) throws {
    self.url = url
    self.context = context
  }

  func fetch(_ pointers: [LargeFilePointer], into store: LargeFileStore) throws {
    if url.scheme == .file { return try copy(pointers, into: store) }
    let client = WebClient(context.access.options)
    let endpoint = try self.endpoint()
    for start in stride(from: 0, to: pointers.count, by: Self.batchSize) {
      let batch = Array(pointers[start..<min(pointers.count, start + Self.batchSize)])
      let answers = try ask(for: batch, endpoint, client)
      for (done, pointer) in batch.enumerated() {
        try context.cancellation.check()
        guard let answer = answers.first(where: { $0.oid == pointer.oid }) else {
          throw failure("does not mention the file \(pointer.oid)")
        }
        if let refusal = answer.error {
          throw failure("does not give the file \(pointer.oid): \(refusal.message.prefix(200)) (\(refusal.code))")
        }
        guard let action = answer.actions?.download else { throw failure("has no content for \(pointer.oid)") }
        try download(pointer, action, endpoint, client, into: store)
        context.progress.wrote(start + done + 1, of: pointers.count)
      }
    }
  }

  /// A repository on this machine keeps the contents itself.
  private func copy(_ pointers: [LargeFilePointer], into store: LargeFileStore) throws {
    let git = try Repository(opening: url.path).commonDirectory
    let source = LargeFileStore(directory: git + "lfs/objects")
    for pointer in pointers {
      try context.cancellation.check()
      guard source.contains(pointer) else { throw failure("does not have the file \(pointer.oid)") }
      try store.add(pointer) { file in
        let content = try FileSystem.open(source.path(of: pointer), flags: O_RDONLY | O_NOFOLLOW)
        try FileSystem.copyContent(from: content.number, to: file, name: pointer.oid)
      }
    }
  }

  /// The server's address (git-lfs/docs/api/server-discovery.md); over ssh the server tells it.
  private func endpoint() throws -> LargeFileBatch.Action {
    if url.scheme != .ssh {
      var base = url.description
      while base.hasSuffix("/") { base.removeLast() }
      return LargeFileBatch.Action(href: base + (base.hasSuffix(".git") ? "" : ".git") + "/info/lfs", header: nil)
    }
    let question = "git-lfs-authenticate \(SecureShellCommand.shellQuoted(url.path)) download"
    let command = try SecureShellCommand(
      url, context.access, running: question, cancellation: context.cancellation)
    let process = try HelperProcess(command.executable, command.arguments, environment: command.environment)
    process.closeInput()
    let output = try process.readAll(
      limit: 1 << 20, timeout: context.options.idleTimeout, cancellation: context.cancellation)
    let end = try process.finish()
    guard end.status == 0, let action = try? JSONDecoder().decode(LargeFileBatch.Action.self, from: Data(output)) else {
      throw failure("does not say over ssh where its Git LFS server is")
    }
    return action
  }

  private func ask(
    for pointers: [LargeFilePointer], _ endpoint: LargeFileBatch.Action, _ client: WebClient
  ) throws -> [LargeFileBatch.Response.Answer] {
    let objects = pointers.map { LargeFileBatch.Object(oid: $0.oid, size: $0.size) }
    var request = HTTPRequest("POST", try address(endpoint.href + "/objects/batch"))
    request.headers.add("Accept", Self.mediaType)
    request.headers.add("Content-Type", Self.mediaType)
    add(endpoint.header, to: &request)
    request.body = .bytes(Array(try JSONEncoder().encode(LargeFileBatch.Request(objects: objects))))
    request.sink = .memory(limit: 16 << 20)
    let response = try send(request, client, usesLogin: endpoint.header == nil)
    guard let decoded = try? JSONDecoder().decode(LargeFileBatch.Response.self, from: Data(response.body)),
      decoded.transfer ?? "basic" == "basic"
    else { throw failure("answers in a way that is not the batch API") }
    return decoded.objects
  }

  private func download(
    _ pointer: LargeFilePointer, _ action: LargeFileBatch.Action, _ endpoint: LargeFileBatch.Action,
    _ client: WebClient, into store: LargeFileStore
  ) throws {
    var request = HTTPRequest("GET", try address(action.href))
    add(action.header, to: &request)
    request.redirects = .follow(limit: 5)
    try store.add(pointer) { file in
      request.sink = .descriptor(file, limit: pointer.size)
      // An action without headers is for whoever could ask for it; the login goes to its own origin only.
      _ = try send(request, client, usesLogin: action.header == nil)
    }
  }

  private func send(_ request: HTTPRequest, _ client: WebClient, usesLogin: Bool) throws -> HTTPResponse {
    do {
      return try client.send(request, for: url, context, usesLogin: usesLogin)
    } catch let error as CheckoutError where error.code == .network || error.code == .repositoryNotFound {
      throw CheckoutError(.largeFile, "a Git LFS file could not be fetched: \(error.message)", underlying: error)
    }
  }

  private func add(_ fields: [String: String]?, to request: inout HTTPRequest) {
    for (name, value) in fields ?? [:] { request.headers.add(name, value) }
  }

  private func address(_ text: String) throws -> WebAddress {
    do throws(TransportError) {
      return try WebAddress(text)
    } catch {
      throw failure("names an address that cannot be used: \(error.message)")
    }
  }

  private func failure(_ what: String) -> CheckoutError {
    CheckoutError(.largeFile, "the Git LFS server of \(url) \(what)")
  }
}
