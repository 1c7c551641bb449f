/// Programs that send a request, one in each language that readers choose from. Each is whole: it runs as it stands, up
/// to credentials and files of its user's own.
struct RequestSamples {
  /// One program.
  struct Sample {
    let title: String
    /// The language's name for the highlighter.
    let language: String
    let code: String
  }

  /// What ends each part of a form; long enough to be in no value by accident.
  static let boundary = "form-boundary-3fa85f6457174562"

  let request: SampleRequest

  var all: [Sample] {
    [
      Sample(title: "curl", language: "sh", code: curl),
      Sample(title: "JavaScript", language: "javascript", code: javaScript),
      Sample(title: "Python", language: "python", code: python),
      Sample(title: "Java", language: "java", code: java),
      Sample(title: "Swift", language: "swift", code: swift),
    ]
  }

  /// The headers, with the media type of a form where the language's library does not set it by itself.
  func headers(namingForms isNamed: Bool, parts: Bool = false) -> [(name: String, value: String)] {
    switch request.body {
    case .form where isNamed: request.headers + [("Content-Type", "application/x-www-form-urlencoded")]
    case .parts where parts: request.headers + [("Content-Type", "multipart/form-data; boundary=\(Self.boundary)")]
    default: request.headers
    }
  }

  /// Fields as the body of a form.
  static func encoded(_ fields: [(name: String, value: String)]) -> String {
    fields.map { "\(SampleRequestMaker.encoded($0.name))=\(SampleRequestMaker.encoded($0.value))" }.joined(
      separator: "&")
  }

  /// A name in the head of a part, in which quotes and line breaks would end it.
  static func partName(_ name: String) -> String {
    name.replacing("\"", with: "%22").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  /// A text in double quotes as JavaScript, Python and Java read it; in Swift the escapes have braces.
  static func literal(_ text: String, isSwift: Bool = false) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": literal += "\\\""
      case "\\": literal += "\\\\"
      case "\n": literal += "\\n"
      case "\r": literal += "\\r"
      case "\t": literal += "\\t"
      case _
      where scalar.value < 32 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        literal += isSwift ? "\\u{\(digits)}" : "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }

  // MARK: - curl

  private var curl: String {
    func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
    var parts = ["curl"]
    switch request.method {
    case "GET": break
    case "HEAD": parts[0] += " --head"
    default: parts[0] += " --request \(request.method)"
    }
    parts[0] += " \(quoted(request.url))"
    if request.needsCertificate { parts.append("--cert client.pem --key client.key") }
    parts += request.headers.map { "--header \(quoted("\($0.name): \($0.value)"))" }
    switch request.body {
    case .none: break
    case .json(let value): parts.append("--data-raw \(quoted(JSONText.pretty(value)))")
    case .text(let text): parts.append("--data-raw \(quoted(text))")
    case .form(let fields):
      // curl encodes the value alone.
      parts += fields.map { "--data-urlencode \(quoted("\(SampleRequestMaker.encoded($0.name))=\($0.value)"))" }
    case .parts(let fields):
      parts += fields.map { field in
        field.value.map { "--form-string \(quoted("\(field.name)=\($0)"))" }
          ?? "--form \(quoted("\(field.name)=@file.bin"))"
      }
    case .file(let name): parts.append("--data-binary @\(name)")
    }
    return parts.joined(separator: " \\\n  ") + "\n"
  }

  // MARK: - JavaScript

  private var javaScript: String {
    var before: [String] = []
    var options = ["method: \(Self.literal(request.method)),"]
    if !request.headers.isEmpty {
      let lines = request.headers.map { "    \(Self.literal($0.name)): \(Self.literal($0.value)),\n" }
      options.append("headers: {\n\(lines.joined())  },")
    }
    switch request.body {
    case .none: break
    case .json(let value): options.append("body: JSON.stringify(\(JSONText.pretty(value, indent: "  "))),")
    case .text(let text): options.append("body: \(Self.literal(text)),")
    case .form(let fields):
      let lines = fields.map { "    [\(Self.literal($0.name)), \(Self.literal($0.value))],\n" }
      options.append("body: new URLSearchParams([\n\(lines.joined())  ]),")
    case .parts(let fields):
      if fields.contains(where: { $0.value == nil }) {
        before += ["import { readFile } from \"node:fs/promises\";", ""]
      }
      before.append("const form = new FormData();")
      before += fields.map { field in
        let value = field.value.map { Self.literal($0) } ?? "new Blob([await readFile(\"file.bin\")]), \"file.bin\""
        return "form.append(\(Self.literal(field.name)), \(value));"
      }
      options.append("body: form,")
    case .file(let name):
      before += ["import { readFile } from \"node:fs/promises\";", ""]
      options.append("body: await readFile(\(Self.literal(name))),")
    }
    let lines =
      before + ["const response = await fetch(\(Self.literal(request.url)), {"] + options.map { "  " + $0 }
      + ["});", "console.log(response.status, await response.text());"]
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - Python

  /// With the standard library, but for forms of several parts, which it cannot send.
  private var python: String {
    var imports = ["urllib.request"]
    var data: String?
    switch request.body {
    case .none: break
    case .json(let value):
      imports.append("json")
      data = "json.dumps(\(Self.pythonLiteral(value, indent: "    "))).encode()"
    case .text(let text): data = "\(Self.literal(text)).encode()"
    case .form(let fields):
      imports.append("urllib.parse")
      let pairs = fields.map { "        (\(Self.literal($0.name)), \(Self.literal($0.value))),\n" }
      data = "urllib.parse.urlencode([\n\(pairs.joined())    ]).encode()"
    case .file(let name): data = "open(\(Self.literal(name)), \"rb\").read()"
    case .parts(let fields): return pythonForm(fields)
    }
    var lines = imports.sorted().map { "import \($0)" } + [""]
    lines += ["request = urllib.request.Request(", "    \(Self.literal(request.url)),"]
    lines.append("    method=\(Self.literal(request.method)),")
    lines += pythonHeaders
    if let data { lines.append("    data=\(data),") }
    lines += [
      ")", "with urllib.request.urlopen(request) as response:",
      "    print(response.status, response.read().decode())",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private var pythonHeaders: [String] {
    if request.headers.isEmpty { return [] }
    return ["    headers={"] + request.headers.map { "        \(Self.literal($0.name)): \(Self.literal($0.value))," }
      + ["    },"]
  }

  private func pythonForm(_ fields: [(name: String, value: String?)]) -> String {
    var lines = ["import requests", "", "response = requests.request("]
    lines += ["    \(Self.literal(request.method)),", "    \(Self.literal(request.url)),"]
    lines += pythonHeaders + ["    files=["]
    lines += fields.map { field in
      let value = field.value.map { "(None, \(Self.literal($0)))" } ?? "open(\"file.bin\", \"rb\")"
      return "        (\(Self.literal(field.name)), \(value)),"
    }
    lines += ["    ],", ")", "print(response.status_code, response.text)"]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func pythonLiteral(_ value: JSONValue, indent: String) -> String {
    let inner = indent + "    "
    switch value {
    case .null: return "None"
    case .boolean(let value): return value ? "True" : "False"
    case .number(let text): return text
    case .string(let text): return literal(text)
    case .list(let items):
      if items.isEmpty { return "[]" }
      return "[\n" + items.map { "\(inner)\(pythonLiteral($0, indent: inner)),\n" }.joined() + "\(indent)]"
    case .object(let members):
      if members.isEmpty { return "{}" }
      let lines = members.map { "\(inner)\(literal($0.key)): \(pythonLiteral($0.value, indent: inner)),\n" }
      return "{\n" + lines.joined() + "\(indent)}"
    }
  }
}
