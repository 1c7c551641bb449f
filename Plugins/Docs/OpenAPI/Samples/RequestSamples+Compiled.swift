/// The languages with a compiler, whose libraries build a form of several parts by hand.
extension RequestSamples {
  // MARK: - Java

  var java: String {
    var imports = [
      "java.net.URI", "java.net.http.HttpClient", "java.net.http.HttpRequest", "java.net.http.HttpResponse",
    ]
    var body = "HttpRequest.BodyPublishers.noBody()"
    switch request.body {
    case .none: break
    case .json(let value):
      body = "HttpRequest.BodyPublishers.ofString(\(Self.textBlock(JSONText.pretty(value), indent: "            ")))"
    case .text(let text): body = "HttpRequest.BodyPublishers.ofString(\(Self.literal(text)))"
    case .form(let fields): body = "HttpRequest.BodyPublishers.ofString(\(Self.literal(Self.encoded(fields))))"
    case .file(let name):
      imports.append("java.nio.file.Path")
      body = "HttpRequest.BodyPublishers.ofFile(Path.of(\(Self.literal(name))))"
    case .parts(let fields):
      let pieces = Self.pieces(fields)
      if pieces.contains(where: { $0 == nil }) { imports.append("java.nio.file.Path") }
      let publishers = pieces.map { piece in
        piece.map { "HttpRequest.BodyPublishers.ofString(\(Self.literal($0)))" }
          ?? "HttpRequest.BodyPublishers.ofFile(Path.of(\"file.bin\"))"
      }
      let list = publishers.map { "\n            \($0)" }.joined(separator: ",")
      body = publishers.count == 1 ? publishers[0] : "HttpRequest.BodyPublishers.concat(\(list))"
    }
    var lines = imports.sorted().map { "import \($0);" }
    lines += ["", "public class Sample {", "  public static void main(String[] arguments) throws Exception {"]
    lines.append("    HttpRequest request = HttpRequest.newBuilder(URI.create(\(Self.literal(request.url))))")
    lines += headers(namingForms: true, parts: true).map {
      "        .header(\(Self.literal($0.name)), \(Self.literal($0.value)))"
    }
    lines += ["        .method(\(Self.literal(request.method)), \(body))", "        .build();"]
    lines += [
      "    HttpResponse<String> response =",
      "        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());",
      "    System.out.println(response.statusCode() + \" \" + response.body());", "  }", "}",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - Swift

  var swift: String {
    // On Linux, requests have a module of their own.
    let module = "Foundation" + "Networking"
    var lines = ["import Foundation", "#if canImport(\(module))", "  import \(module)", "#endif", ""]
    lines.append("var request = URLRequest(url: URL(string: \(text(request.url)))!)")
    lines.append("request.httpMethod = \(text(request.method))")
    lines += headers(namingForms: true, parts: true).map {
      "request.setValue(\(text($0.value)), forHTTPHeaderField: \(text($0.name)))"
    }
    switch request.body {
    case .none: break
    case .json(let value):
      lines.append("request.httpBody = Data(\(Self.textBlock(JSONText.pretty(value), indent: "  ")).utf8)")
    case .text(let body): lines.append("request.httpBody = Data(\(text(body)).utf8)")
    case .form(let fields): lines.append("request.httpBody = Data(\(text(Self.encoded(fields))).utf8)")
    case .file(let name): lines.append("request.httpBody = try Data(contentsOf: URL(fileURLWithPath: \(text(name))))")
    case .parts(let fields):
      lines.append("var body = Data()")
      lines += Self.pieces(fields).map { piece in
        piece.map { "body += Data(\(text($0)).utf8)" }
          ?? "body += try Data(contentsOf: URL(fileURLWithPath: \"file.bin\"))"
      }
      lines.append("request.httpBody = body")
    }
    lines += [
      "", "let (data, response) = try await URLSession.shared.data(for: request)",
      "print((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func text(_ text: String) -> String { Self.literal(text, isSwift: true) }

  // MARK: - Pieces

  /// A form of several parts (RFC 7578): texts, and `nil` where a file's bytes stand.
  static func pieces(_ fields: [(name: String, value: String?)]) -> [String?] {
    var pieces: [String?] = []
    var text = ""
    for field in fields {
      text += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(partName(field.name))\""
      if let value = field.value {
        text += "\r\n\r\n\(value)\r\n"
      } else {
        pieces += [text + "; filename=\"file.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n", nil]
        text = "\r\n"
      }
    }
    return pieces + [text + "--\(boundary)--\r\n"]
  }

  /// A text in lines between three quotes, as Java and Swift read it.
  static func textBlock(_ text: String, indent: String) -> String {
    let body = text.replacing("\\", with: "\\\\").replacing("\"\"\"", with: "\\\"\\\"\\\"")
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map { "\(indent)\($0)" }
    return "\"\"\"\n\(lines.joined(separator: "\n"))\n\(indent)\"\"\""
  }
}
