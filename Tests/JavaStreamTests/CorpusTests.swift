import Testing

@testable import JourneymanJavaStream

struct CorpusTests {
  @Test func everyRecordedStreamIsReadAsAnotherParserReadsIt() throws {
    #expect(Corpus.entries.count > 90)
    for entry in Corpus.entries {
      let object = try Corpus.reader.readObject(entry.bytes)
      var names: Set<String> = []
      try Corpus.names(.object(object), into: &names)
      let wanted = Set(entry.names.filter { !$0.hasPrefix("Proxy") })
      #expect(wanted.subtracting(names).isEmpty, "\(object.className)")
    }
  }

  @Test func fieldsAreReadByName() throws {
    let request = try #require(
      try Corpus.entries.lazy.map { try Corpus.reader.readObject($0.bytes) }
        .first { object in
          guard let bytes = object["request"].bytes else { return false }
          return try Corpus.reader.readObject(bytes).className == "hudson.FilePath$FileCallableWrapper"
        })
    #expect(request.className == "hudson.remoting.UserRequest")
    #expect(request.classNames.last == "hudson.remoting.Command")
    #expect(request["id"].integer != nil)
    #expect(request["response"].isNull)
    #expect(request["noSuchField"].isNull)
    let call = try Corpus.reader.readObject(try #require(request["request"].bytes))
    #expect(call["filePath"].object?["remote"].string?.hasPrefix("/") == true)
    #expect(call["callable"].object?.className.hasPrefix("hudson.FilePath$") == true)
  }

  /// A command's stack trace refers to the command: such a ring must neither confuse the reader nor stay in memory.
  @Test func ringsAreReadAndReleased() throws {
    weak var released: JavaGraph?
    do {
      let request = try #require(
        try Corpus.entries.lazy.map { try Corpus.reader.readObject($0.bytes) }.first { !$0["createdAt"].isNull })
      let source = try #require(request["createdAt"].object)
      #expect(source["this$0"].object?.identity == request.identity)
      released = request.graph
      #expect(released != nil)
    }
    #expect(released == nil)
  }

  @Test func collectionsOfJavaAreReadAsCollections() throws {
    var lists = 0
    var maps = 0
    func look(_ value: JavaValue, _ depth: Int) throws {
      guard depth < 30, let object = value.object else { return }
      if let list = value.list {
        lists += 1
        if let size = object["size"].integer { #expect(list.count == size) }
      }
      if value.entries != nil { maps += 1 }
      for field in object.fields where field.name != "createdAt" {
        if let bytes = field.value.bytes, bytes.starts(with: StreamCode.magic) {
          for nested in try Corpus.reader.read(bytes) { try look(nested, depth + 1) }
        } else {
          try look(field.value, depth + 1)
        }
      }
    }
    for entry in Corpus.entries { try look(.object(try Corpus.reader.readObject(entry.bytes)), 0) }
    #expect(lists > 5)
    #expect(maps > 3)
  }
}
