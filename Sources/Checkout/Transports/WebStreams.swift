/// The list of references of a web server.
final class WebListing: SmartStream {
  private let context: FetchContext
  private var content: ArraySlice<UInt8>
  private var reader = AdvertisementReader(sections: 2)

  init(_ content: [UInt8], _ context: FetchContext) {
    self.context = context
    self.content = content[...]
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try reader.read(into: buffer) { space in
      let part = content.prefix(space.count)
      space.copyBytes(from: part)
      content = content.dropFirst(part.count)
      return part.count
    }
    context.shallow = reader.shallow
    return count
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    throw CheckoutError(.git, "the list of references cannot be written to")
  }
}

/// One exchange with a web server: a request, and its answer. When fetching it is a round of negotiation, whose last
/// answer holds the pack; when pushing the request holds it.
final class WebNegotiation: SmartStream {
  private let send: ([UInt8]) throws -> WebContent
  private var request: [UInt8] = []
  private var answer: WebContent?

  init(_ send: @escaping ([UInt8]) throws -> WebContent) { self.send = send }

  func write(_ bytes: UnsafeRawBufferPointer) throws { request += bytes }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if let answer { return try answer.read(into: buffer) }
    let opened = try send(request)
    answer = opened
    return try opened.read(into: buffer)
  }
}
