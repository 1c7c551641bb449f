internal import JourneymanActionKit

/// Speaks with one repository. Credentials go to its origin and nowhere else; redirects are never followed.
struct RepositoryClient: Sendable {
  /// What a repository answered.
  struct Answer: Sendable {
    let response: WebResponse
    /// Whether an earlier attempt was sent whose answer never came, so that it may have been carried out.
    let mayBeRepeated: Bool

    var status: Int { response.status }
  }

  let address: RepositoryAddress
  let authorization: WebRequest.Authorization?
  let context: ActionContext
  /// How often a request is tried at most.
  var attempts = 5
  /// How long a request without a body may take; one with a body has a second more for each 16 KiB.
  var patience = Duration.seconds(300)

  /// More than any server has to say of an upload.
  private static let longestAnswer = 1 << 20
  /// The longest wait that a server can ask for, in seconds.
  private static let longestPause = 60

  /// Sends a request; again, with growing pauses, when there is no answer or the server says that it cannot now.
  ///
  /// - Parameter isRetried: no for requests that the caller continues in its own way.
  /// - Throws: `PluginError` when there is no answer at last, or `CancellationError`.
  func send(_ request: WebRequest, isRetried: Bool = true) async throws -> Answer {
    var request = request
    request.redirects = .none
    if request.authorization == nil && belongsHere(request.url) { request.authorization = authorization }
    if request.timeout == nil { request.timeout = patience + .seconds(Self.size(of: request.body) >> 14) }
    if request.method != "GET" { request.answerLimit = min(request.answerLimit, Self.longestAnswer) }
    var isLost = false
    var attempt = 1
    while true {
      try Task.checkCancellation()
      var pause = Duration.zero
      do {
        let response = try await context.send(request)
        let isBusy = [429, 500, 502, 503, 504].contains(response.status)
        if !isBusy || !isRetried || attempt >= attempts { return Answer(response: response, mayBeRepeated: isLost) }
        // A gateway that gives up does not know what the server behind it has done.
        if response.status != 429 && response.status != 503 { isLost = true }
        if let seconds = response.header("Retry-After").flatMap({ Int($0) }) {
          pause = .seconds(min(max(seconds, 0), Self.longestPause))
        }
        context.log("\(address.origin) answered \(response.status); trying again", .warning)
      } catch let error as PluginError where error.code == .network && isRetried && attempt < attempts {
        isLost = true
        context.log("\(error.message); trying again", .warning)
      }
      // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
      try await Task.sleep(for: max(pause, .milliseconds(Int64.random(in: 50...min(15_000, 250 << attempt)))))
      attempt += 1
    }
  }

  private static func size(of body: WebRequest.Body) -> Int64 {
    switch body {
    case .none: 0
    case .bytes(let bytes): Int64(bytes.count)
    case .file(let file): file.size
    }
  }

  /// Whether a URL is at the repository's origin.
  func belongsHere(_ url: String) -> Bool {
    (try? RepositoryAddress(url, allowsQuery: true))?.origin == address.origin
  }

  /// What a refusal says, for people: the status, and the beginning of the text without markup.
  static func refusal(_ what: String, _ response: WebResponse) -> PackageError {
    var text = ""
    var isTag = false
    for scalar in response.text.prefix(20_000).unicodeScalars {
      switch scalar {
      case "<": isTag = true
      case ">": isTag = false
      case _ where isTag: break
      case _ where scalar.value < 32 || scalar.value == 127: text.unicodeScalars.append(" ")
      default: text.unicodeScalars.append(scalar)
      }
    }
    let words = text.split(separator: " ").joined(separator: " ").prefix(300)
    let advice =
      switch response.status {
      case 401, 403: " (check username, password and what the account may do)"
      case 300..<400: " (redirects are not followed; configure the URL that it leads to)"
      case 404, 405: " (check the repository's URL)"
      default: ""
      }
    return PackageError(
      .refused, "\(what) was refused: HTTP \(response.status)\(words.isEmpty ? "" : ": \(words)")\(advice)")
  }
}
