import JourneymanActionSupport

/// A request as samples show it.
struct SampleRequest: Sendable {
  /// What it carries.
  enum Body: Sendable {
    case none
    /// A JSON value.
    case json(JSONValue)
    /// A text.
    case text(String)
    /// Fields of a form.
    case form([(name: String, value: String)])
    /// Parts of a form; a part without a value is a file.
    case parts([(name: String, value: String?)])
    /// The bytes of a file.
    case file(String)
  }

  var method: String
  var url: String
  var headers: [(name: String, value: String)] = []
  var body = Body.none
  /// Whether the server wants a client certificate.
  var needsCertificate = false
}

/// Makes the request that an operation's samples show.
struct SampleRequestMaker {
  let model: APIModel

  func make(_ operation: APIOperation) -> SampleRequest {
    var request = SampleRequest(method: operation.method, url: "")
    var path = operation.path
    var query: [(name: String, value: String)] = []
    var cookies: [(name: String, value: String)] = []
    for parameter in model.parameters(of: operation) {
      guard let name = parameter["name"]?.text else { continue }
      let place = parameter["in"]?.text
      guard let value = example(of: parameter) else { continue }
      if place == "path" { path = path.replacing("{\(name)}", with: Self.encoded(value)) }
      guard parameter["required"]?.node.boolean == true else { continue }
      switch place {
      case "query": query.append((name, value))
      case "header": if Self.isHeader(name) { request.headers.append((name, value)) }
      case "cookie": cookies.append((name, value))
      default: break
      }
    }
    authenticate(&request, operation, &query, &cookies)
    if !cookies.isEmpty {
      request.headers.append(("Cookie", cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")))
    }
    fill(&request, operation)
    let tail = query.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }.joined(separator: "&")
    request.url = Self.visible(model.server(of: operation) + path) + (tail.isEmpty ? "" : "?" + tail)
    request.headers = request.headers.map { (Self.visible($0.name), Self.visible($0.value)) }
    return request
  }

  /// The value of a parameter: its example, or one of its schema.
  private func example(of parameter: Located) -> String? {
    if let given = parameter["example"] { return JSONValue(given.node).plainText }
    if let named = parameter["examples"]?.entries.first?.value, let example = model.documents.resolved(named),
      let value = example["value"]
    {
      return JSONValue(value.node).plainText
    }
    let schema = parameter["schema"] ?? parameter["content"]?.entries.first?.value["schema"]
    var maker = ExampleMaker(model.documents, isRequest: true)
    return schema.flatMap { maker.make($0) }?.plainText
  }

  private func authenticate(
    _ request: inout SampleRequest, _ operation: APIOperation, _ query: inout [(name: String, value: String)],
    _ cookies: inout [(name: String, value: String)]
  ) {
    for requirement in model.security(of: operation).first ?? [] {
      guard let scheme = model.scheme(requirement.scheme) else { continue }
      let name = scheme["name"]?.text ?? "X-API-Key"
      switch (scheme["type"]?.text, scheme["in"]?.text) {
      case ("apiKey", "query"): query.append((name, "YOUR_API_KEY"))
      case ("apiKey", "cookie"): cookies.append((name, "YOUR_API_KEY"))
      case ("apiKey", _): if Self.isHeader(name) { request.headers.append((name, "YOUR_API_KEY")) }
      case ("mutualTLS", _): request.needsCertificate = true
      case ("http", _) where scheme["scheme"]?.text?.lowercased() == "basic":
        request.headers.append(("Authorization", "Basic BASE64_OF_USER_AND_PASSWORD"))
      default: request.headers.append(("Authorization", "Bearer YOUR_TOKEN"))
      }
    }
  }

  private func fill(_ request: inout SampleRequest, _ operation: APIOperation) {
    guard let value = operation.operation["requestBody"], let body = model.documents.resolved(value),
      let content = body["content"]?.entries, let first = content.first
    else { return }
    // JSON is what most readers want to see.
    let chosen = content.first { Self.isJSON($0.key) } ?? first
    let type = chosen.key.lowercased()
    let example = MediaExamples(model.documents, chosen.value, isRequest: true).values.first?.value
    switch type {
    case "application/x-www-form-urlencoded":
      request.body = .form((example?.members ?? []).map { ($0.key, $0.value.plainText) })
    case _ where type.hasPrefix("multipart/"):
      let files = MediaExamples(model.documents, chosen.value, isRequest: true).files
      request.body = .parts(
        (example?.members ?? []).map { ($0.key, files.contains($0.key) ? nil : $0.value.plainText) })
    case _ where Self.isJSON(type):
      request.headers.append(("Content-Type", chosen.key))
      request.body = .json(example ?? .object([]))
    case _ where type.hasPrefix("text/") || type.hasSuffix("xml"):
      request.headers.append(("Content-Type", chosen.key))
      request.body = .text(example?.plainText ?? "")
    default:
      request.headers.append(("Content-Type", chosen.key))
      request.body = .file("file.bin")
    }
  }

  static func isJSON(_ type: String) -> Bool {
    let plain = type.lowercased().prefix { $0 != ";" }
    return plain == "application/json" || plain.hasSuffix("+json") || plain == "*/*"
  }

  /// A header that clients let their users set.
  private static func isHeader(_ name: String) -> Bool {
    !name.isEmpty && !["accept", "content-type", "authorization"].contains(name.lowercased())
  }

  /// A text without line breaks and control characters, which no URL and no header has.
  private static func visible(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 && !(0x7F...0x9F).contains($0.value) }))
  }

  static func encoded(_ text: String) -> String { PageName.encoded(text).replacing("/", with: "%2F") }
}
