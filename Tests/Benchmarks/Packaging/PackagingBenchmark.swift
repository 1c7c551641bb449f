import Foundation
import JourneymanArtifacts
import JourneymanSupport

/// Packs a directory once and prints the seconds it took: `packaging-benchmark zip|tar.zst LEVEL DIRECTORY OUTPUT`.
/// `packaging.sh` runs it in turn with the peers.
@main
struct PackagingBenchmark {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 5, let format = ArchiveFormat(rawValue: arguments[1]), let level = Int(arguments[2]) else {
      throw Usage()
    }
    let start = ContinuousClock.now
    let root = try FileSystem.open(arguments[3], flags: O_RDONLY | O_DIRECTORY)
    let collector = ArtifactCollector(root: root.number, workspacePath: arguments[3]) { _ in }
    let collection = try collector.collect(CollectionRules(files: ["**/*"], enableSymlinks: true))
    let output = try FileSystem.open(arguments[4], flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
    let sink = DescriptorSink(output.number, name: arguments[4])
    try ArchivePackager(format: format, level: level).write(collection, beneath: root.number, into: sink)
    try sink.finish()
    print((ContinuousClock.now - start).seconds)
  }

  struct Usage: Error, CustomStringConvertible {
    let description = "usage: packaging-benchmark zip|tar.zst LEVEL DIRECTORY OUTPUT"
  }
}
