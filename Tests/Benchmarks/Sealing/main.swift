import Foundation
import JourneymanSealing

/// Seals a file as a build does: with the digests of both sides, in one pass. `sealing` compares it with `age`.
///
/// Usage: SealingBenchmark RECIPIENT INPUT OUTPUT
let words = CommandLine.arguments
if words.count != 4 {
  FileHandle.standardError.write(Data("usage: SealingBenchmark RECIPIENT INPUT OUTPUT\n".utf8))
  exit(2)
}
let sealed = try EnvelopeFile.seal(
  words[2], to: words[3], for: .recipients([Recipient(words[1])]), replaces: true, digests: true)
print(sealed?.plainSHA256 ?? "", sealed?.sealedSHA256 ?? "")
