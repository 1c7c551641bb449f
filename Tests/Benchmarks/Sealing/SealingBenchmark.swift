import Foundation
import JourneymanSealing

/// Seals a file as a build does, with the digests of both sides in one pass, and prints them:
/// `sealing-benchmark RECIPIENT INPUT OUTPUT`. `sealing.sh` runs it in turn with `age`.
@main
struct SealingBenchmark {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4 else { throw Usage() }
    let sealed = try EnvelopeFile.seal(
      arguments[2], to: arguments[3], for: .recipients([try Recipient(arguments[1])]), replaces: true, digests: true)
    print(sealed?.plainSHA256 ?? "", sealed?.sealedSHA256 ?? "")
  }

  struct Usage: Error, CustomStringConvertible {
    let description = "usage: sealing-benchmark RECIPIENT INPUT OUTPUT"
  }
}
