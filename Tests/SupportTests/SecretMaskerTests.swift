import Foundation
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct SecretMaskerTests {
  private func mask(_ pieces: [[UInt8]], _ secrets: [String]) throws -> String {
    let masker = SecretMasker()
    try masker.add(secrets.map(Secret.init))
    return masker.maskAll(pieces)
  }

  private func mask(_ text: String, _ secrets: [String]) throws -> String { try mask([Array(text.utf8)], secrets) }

  @Test func masksAValueAndNothingElse() throws {
    #expect(try mask("a hunter2! b hunter2!hunter2! hunter2", ["hunter2!"]) == "a *** b *** hunter2")
  }

  @Test func masksAcrossEveryBorder() throws {
    let secrets = ["swordfish", "word", "fishbone-x"]
    let text = Array("pre swordfishbone-x, sword words swordfis\nh swordfish".utf8)
    let expected = "pre ***, s*** ***s s***fis\nh ***"
    #expect(try mask([text], secrets) == expected)
    for first in 0...text.count {
      for second in first...text.count {
        let pieces = [Array(text[..<first]), Array(text[first..<second]), Array(text[second...])]
        #expect(try mask(pieces, secrets) == expected, "cut at \(first) and \(second)")
      }
    }
  }

  @Test func holdsBackNoMoreThanMayBecomeAMatch() throws {
    let masker = SecretMasker()
    try masker.add([Secret("abcdefgh")])
    #expect(masker.maskPart("xxabc") == "xx")
    #expect(masker.maskPart("dx") == "abcdx")
    #expect(masker.maskPart("abcdefg") == "")
    #expect(masker.maskPart("h") == "***")
    #expect(masker.maskPart("abc") == "")
    #expect(masker.flushed() == "abc")
  }

  @Test func passesCleanBytesOnUncopied() throws {
    let masker = SecretMasker()
    try masker.add([Secret("hunter2!")])
    let clean = Array("nothing to see here\n".utf8)
    clean.withUnsafeBytes { bytes in
      var addresses: [UnsafeRawPointer?] = []
      masker.mask(bytes) { addresses.append($0.baseAddress) }
      #expect(addresses == [bytes.baseAddress])
    }
  }

  @Test func masksNewSecretsInBytesItStillHolds() throws {
    let masker = SecretMasker()
    try masker.add([Secret("abcdefgh")])
    #expect(masker.maskPart("--abcdef") == "--")
    try masker.add([Secret("cdefxyz")])
    #expect(masker.maskPart("xyz--") == "ab***--")
    #expect(masker.maskPart("abcdefgh") == "***")
  }

  @Test(arguments: ["", "x", "abc"]) func leavesWhatIsTooShort(value: String) throws {
    let masker = SecretMasker()
    #expect(try masker.add([Secret(value)]) == (value.isEmpty ? 0 : 1))
    #expect(masker.maskPart("x abc abcabc") == "x abc abcabc")
  }

  @Test func refusesMoreThanItsMemoryHolds() {
    let masker = SecretMasker(memoryLimit: 64 << 10)
    #expect(throws: Never.self) { try masker.add([Secret("hunter2!")]) }
    var generator = SplitMix(state: 7)
    let long = String((0..<1000).map { _ in generator.letter() })
    #expect(throws: SystemError.self) { try masker.add([Secret(long)]) }
    #expect(masker.maskPart("hunter2!") == "***")
    let longest = String(repeating: "x", count: SecretMasker.longestSecret + 1)
    #expect(throws: SystemError.self) { try SecretMasker().add([Secret(longest)]) }
  }

  @Test func masksTextApartFromTheStream() throws {
    let masker = SecretMasker()
    try masker.add([Secret("hunter2!")])
    #expect(masker.maskPart("hunt") == "")
    #expect(masker.masked("say hunter2! and hunt") == "say *** and hunt")
    #expect(masker.maskPart("er2!") == "***")
  }

  // MARK: Encodings

  @Test func masksBase64AtEveryAlignment() throws {
    let secret = "correct horse battery+staple?>~"
    for before in ["", "a", "ab", "abc", "user:"] {
      for after in ["", "\n", "xy", "xyz"] {
        let encoded = Data((before + secret + after).utf8).base64EncodedString()
        for text in [encoded, encoded.replacing("+", with: "-").replacing("/", with: "_")] {
          let masked = try mask(text, [secret])
          #expect(masked.contains("***"), "\(before)|\(after)")
          // At most one character at each side depends on the neighbours, besides those of the neighbours themselves.
          let rest = masked.replacing("***", with: "").filter { $0 != "=" }
          #expect(rest.count <= (before.utf8.count * 8 + 5) / 6 + (after.utf8.count * 8 + 5) / 6 + 1, "\(masked)")
        }
      }
    }
  }

  @Test(arguments: [64, 76]) func masksWrappedBase64(width: Int) throws {
    let secret = String(repeating: "0123456789abcdefghij", count: 13)
    let encoded = Data((secret + "\n").utf8).base64EncodedString()
    let lines = stride(from: 0, to: encoded.count, by: width).map { encoded.dropFirst($0).prefix(width) }
    let masked = try mask(lines.joined(separator: "\n") + "\n", [secret])
    #expect(masked.filter { $0.isLetter || $0.isNumber }.count < 8, "\(masked)")
  }

  @Test(arguments: [
    "p%40ss%20w%C3%B6rd%2F1%22%27%24", "p%40ss%20w%c3%b6rd%2f1%22%27%24", "p%40ss+w%C3%B6rd%2F1%22%27%24",
    "p%40ss%20w%C3%B6rd/1%22%27%24", "p%40ss%20w%C3%B6rd%2F1%22'%24", "p@ss wörd/1\\\"'$", "p@ss wörd\\/1\\\"'$",
    "p@ss w\\u00f6rd/1\\\"'$", "p@ss w\\u00F6rd\\/1\\\"'$", "p@ss wörd/1\"'\\''$", "p@ss wörd/1\"'\"'\"'$",
    "p@ss wörd/1\\\"'\\$", "7040737320 77c3b67264 2f312227 24", "7040737320 77C3B67264 2F312227 24",
  ])
  func masksTextEncodings(encoded: String) throws {
    let text = encoded.hasPrefix("70") ? encoded.replacing(" ", with: "") : encoded
    #expect(try mask("<\(text)>", ["p@ss wörd/1\"'$"]) == "<***>")
  }

  @Test func masksGoJSON() throws {
    #expect(try mask(#""a\u003cb\u0026c\u003ed""#, ["a<b&c>d"]) == #""***""#)
  }

  @Test func masksEachLineOfAKey() throws {
    let key = "-----BEGIN KEY-----\nMIIEvQIBADAN\n  Bgkqhki=\nab\n-----END KEY-----\n"
    #expect(try mask(key, [key]) == "***\n")
    #expect(try mask("log: Bgkqhki= and MIIEvQIBADAN\r\n", [key]) == "log: *** and ***\r\n")
    let json = String(decoding: try JSONEncoder().encode([key]), as: UTF8.self)
    let masked = try mask(json, [key])
    #expect(!masked.contains("MII") && !masked.contains("Bgk") && !masked.contains("KEY"))
    let encoded = Data(key.utf8).base64EncodedString()
    #expect(try mask(encoded, [key]).count < 8)
  }

  @Test func masksAPartOfALongKey() throws {
    var generator = SplitMix(state: 3)
    let key = String((0..<1000).map { _ in generator.letter() })
    #expect(try mask("[\(key)]", [key]) == "[***]")
    let encoded = Data(("x" + key).utf8).base64EncodedString()
    #expect(try mask(encoded, [key]).count < 8)
    let part = String(key.dropFirst(128).prefix(200))
    #expect(try mask("[\(part)]", [key]).count < 20)
  }

  // MARK: Against a naive reference

  @Test func agreesWithTheReference() throws {
    var generator = SplitMix(state: 20_261_121)
    let rounds = ProcessInfo.processInfo.environment["JOURNEYMAN_FULL"] == "1" ? 20_000 : 1500
    for round in 0..<rounds {
      let alphabet = Array("abcd".utf8.prefix(Int(generator.below(3)) + 2))
      func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in alphabet[generator.below(alphabet.count)] } }
      let secrets = (0...generator.below(5)).map { _ in bytes(4 + generator.below(9)) }
      let text = bytes(generator.below(200))
      var pieces: [[UInt8]] = []
      var start = 0
      while start < text.count {
        let end = min(text.count, start + generator.below(12))
        pieces.append(Array(text[start..<end]))
        start = end
      }
      let masked = try mask(pieces, secrets.map { String(decoding: $0, as: UTF8.self) })
      #expect(masked == reference(text, secrets), "round \(round)")
    }
  }

  /// Marks every byte of every occurrence, then replaces each run. The encodings of these secrets contain characters
  /// other than `a` to `d`, but for hexadecimal ones, which contain digits.
  private func reference(_ text: [UInt8], _ secrets: [[UInt8]]) -> String {
    var isSecret = [Bool](repeating: false, count: text.count)
    for secret in secrets where text.count >= secret.count {
      for start in 0...text.count - secret.count where Array(text[start..<start + secret.count]) == secret {
        for index in start..<start + secret.count { isSecret[index] = true }
      }
    }
    var result = ""
    for index in text.indices {
      if !isSecret[index] {
        result.append(Character(UnicodeScalar(text[index])))
      } else if index == 0 || !isSecret[index - 1] {
        result += "***"
      }
    }
    return result
  }
}

extension SecretMasker {
  fileprivate func maskPart(_ text: String) -> String {
    var result: [UInt8] = []
    Array(text.utf8).withUnsafeBytes { bytes in mask(bytes) { result.append(contentsOf: $0) } }
    return String(decoding: result, as: UTF8.self)
  }

  fileprivate func flushed() -> String {
    var result: [UInt8] = []
    flush { result.append(contentsOf: $0) }
    return String(decoding: result, as: UTF8.self)
  }

  fileprivate func maskAll(_ pieces: [[UInt8]]) -> String {
    var result: [UInt8] = []
    for piece in pieces {
      piece.withUnsafeBytes { bytes in mask(bytes) { result.append(contentsOf: $0) } }
    }
    flush { result.append(contentsOf: $0) }
    return String(decoding: result, as: UTF8.self)
  }
}
