import JourneymanActionSupport

/// The examples of a body: those that it gives, else one made of its schema.
struct MediaExamples {
  /// One example.
  struct Example {
    let name: String?
    let summary: String?
    let value: JSONValue
  }

  private(set) var values: [Example] = []
  /// The properties whose values are bytes.
  private(set) var files: Set<String> = []

  init(_ documents: APIDocuments, _ media: Located, isRequest: Bool) {
    if let example = media["example"] {
      values.append(Example(name: nil, summary: nil, value: JSONValue(example.node)))
    }
    for (name, entry) in media["examples"]?.entries ?? [] {
      guard let example = documents.resolved(entry), let value = example["value"] else { continue }
      values.append(Example(name: name, summary: example["summary"]?.text, value: JSONValue(value.node)))
      if values.count >= 20 { break }
    }
    guard let schema = media["schema"] else { return }
    if values.isEmpty {
      var maker = ExampleMaker(documents, isRequest: isRequest)
      if let made = maker.make(schema) { values.append(Example(name: nil, summary: nil, value: made)) }
    }
    for (name, property) in documents.resolved(schema)?["properties"]?.entries ?? [] {
      guard let found = documents.resolved(property) else { continue }
      let item = found["items"].flatMap { documents.resolved($0) } ?? found
      if item["format"]?.text == "binary" || item["contentMediaType"]?.text == "application/octet-stream" {
        files.insert(name)
      }
    }
  }
}
