import Foundation
import TestSupport
import Testing

/// SHA-256 by another program than ours.
enum ForeignDigest {
  static func sha256(ofFile path: String) async throws -> String {
    let program = try #require(TestProgram.find("sha256sum"))
    let outcome = try await TestProgram.run(program, [path])
    return String(outcome.output.prefix(64))
  }
}
