import Testing

@testable import JourneymanJavaStream

/// Streams made to hurt: each is refused with a reason.
struct HostileStreamTests {
  private func refusal(_ body: [UInt8], _ limits: JavaStreamLimits = JavaStreamLimits()) -> JavaStreamError.Code? {
    do {
      _ = try JavaStreamReader(limits: limits).read(StreamCode.magic + body)
      return nil
    } catch {
      return error.code
    }
  }

  /// A class without fields: name, version, flags, nothing, end, no superclass.
  private func description(_ name: String, flags: UInt8 = 2, superclass: [UInt8] = [0x70]) -> [UInt8] {
    [0x72, 0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8](repeating: 0, count: 8) + [flags, 0, 0, 0x78]
      + superclass
  }

  @Test func nestingIsBounded() {
    // Arrays of one array each.
    let array: [UInt8] = [0x75] + description("[[I") + [0, 0, 0, 1]
    let again: [UInt8] = [0x75, 0x71, 0x00, 0x7E, 0x00, 0x00, 0, 0, 0, 1]
    #expect(refusal(array + (0..<5000).flatMap { _ in again }) == .tooLarge)
    // Superclasses of superclasses.
    #expect(refusal([0x76] + (0..<5000).flatMap { _ in description("A").dropLast() } + [0x70]) == .tooLarge)
    // What is within the limit is read, also in a debug build on a thread of the cooperative pool.
    #expect(refusal(array + (0..<90).flatMap { _ in again } + [0x70]) == nil)
  }

  @Test func lengthsReserveNothing() {
    #expect(refusal([0x75] + description("[B") + [0x7F, 0xFF, 0xFF, 0xFF]) == .tooLarge)
    #expect(refusal([0x75] + description("[B") + [0x00, 0xFF, 0xFF, 0xFF]) == .malformed)
    #expect(refusal([0x75] + description("[J") + [0x00, 0xFF, 0xFF, 0xFF]) == .malformed)
    #expect(refusal([0x75] + description("[J") + [0xFF, 0xFF, 0xFF, 0xFF]) == .malformed)
    #expect(refusal([0x7C] + [UInt8](repeating: 0xFF, count: 8)) == .tooLarge)
    #expect(refusal([0x7A, 0xFF, 0xFF, 0xFF, 0xFF]) == .malformed)
  }

  @Test func valuesAreCounted() {
    let limits = JavaStreamLimits(values: 100)
    #expect(refusal([UInt8](repeating: 0x70, count: 101), limits) == .tooLarge)
    #expect(refusal([UInt8](repeating: 0x70, count: 100), limits) == nil)
  }

  @Test func aClassCannotExtendItself() {
    #expect(refusal([0x76] + description("A", superclass: [0x71, 0x00, 0x7E, 0x00, 0x00])) == .malformed)
  }

  @Test func brokenGrammarIsRefused() {
    #expect(refusal([0x6F]) == .malformed)
    #expect(refusal([0x78]) == .malformed)
    #expect(refusal([0x71, 0x00, 0x7E, 0x00, 0x00]) == .malformed)
    #expect(refusal([0x71, 0xFF, 0xFF, 0xFF, 0xFF]) == .malformed)
    #expect(refusal([0x73, 0x70]) == .malformed)
    #expect(refusal([0x74, 0, 1, 0xFF]) == .malformed)
    #expect(refusal([0x74, 0, 2, 0xC3, 0x41]) == .malformed)
    #expect(refusal([0x75] + description("B") + [0, 0, 0, 0]) == .malformed)
    #expect(refusal([0x73] + description("A", flags: 2 | 4)) == .malformed)
    // Externalizable without block data: its end cannot be known.
    #expect(refusal([0x73] + description("A", flags: 4)) == .malformed)
    // An enum as a plain object.
    #expect(refusal([0x73] + description("A", flags: 2 | 16)) == .malformed)
  }

  @Test func somethingElseIsNoStream() {
    for bytes in [[], [0xAC, 0xED], [0xAC, 0xED, 0, 4, 0x70], Array("HTTP/1.1 400".utf8)] as [[UInt8]] {
      #expect(throws: JavaStreamError.self) { _ = try JavaStreamReader().read(bytes) }
    }
  }
}
