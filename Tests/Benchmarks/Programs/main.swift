import Foundation

// Benchmarks, one file each: `swift run -c release Benchmarks NAME [ARGUMENT…]`. They compare with a peer in the same
// run and print the ratio.

let benchmarks: [String: ([String]) throws -> Void] = [
  "log-throughput": LogThroughput.run,
  "log-producer": LogThroughput.produce,
]

let arguments = Array(CommandLine.arguments.dropFirst())
guard let name = arguments.first, let benchmark = benchmarks[name] else {
  print("usage: Benchmarks \(benchmarks.keys.sorted().joined(separator: "|")) [ARGUMENT…]")
  exit(2)
}
try benchmark(Array(arguments.dropFirst()))
