import Foundation
import JourneymanCheckout
import JourneymanSupport

/// Times checkouts of one repository in this process, as a worker does them.
///
///     checkout-benchmark URL SCRATCH
///
/// Prints one line for each step: its name and its seconds; then the peak of this process's memory in KiB.
@main
enum CheckoutBenchmark {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else {
      print("usage: checkout-benchmark URL SCRATCH")
      exit(2)
    }
    let (url, scratch) = (arguments[1], arguments[2])
    let checkout = Checkout(CheckoutOptions(mirrors: scratch + "/mirrors"))
    func step(_ name: String, _ directory: String) async throws {
      let clock = WriteClock()
      let start = ContinuousClock.now
      _ = try await checkout.checkOut(
        CheckoutRequest(url: url, existing: .reuse), into: "\(scratch)/\(directory)", progress: clock.note)
      print(name, (ContinuousClock.now - start).seconds)
      if let seconds = clock.seconds { print(name + "-write", seconds) }
    }
    try await step("first", "a")
    try await step("second-fresh", "b")
    try await step("second-reused", "b")
    print("peak", try peakMemory())
  }

  private static func peakMemory() throws -> String {
    let status = String(decoding: try FileSystem.read("/proc/self/status", limit: 65_536), as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return line.split(separator: " ").dropFirst().first.map(String.init) ?? "0"
  }
}
