import Foundation
import JourneymanSupport

/// What a shell command printed on standard output, and how it ended.
struct ShellResult {
  let status: Int32
  let output: String
}

/// Runs a command with `sh -c` and waits for it.
func shell(_ command: String) throws -> ShellResult {
  guard let pipe = popen(command + " 2>&1", "re") else { throw SystemError("run \(command)") }
  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&chunk, 1, chunk.count, pipe)
    if count == 0 { break }
    output += chunk[..<count]
  }
  let status = pclose(pipe)
  return ShellResult(
    status: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F),
    output: String(decoding: output, as: UTF8.self))
}

/// Whether a program the tests compare with is there. In CI everything is there, and a missing one fails the test.
func isInstalled(_ program: String) -> Bool {
  ProcessInfo.processInfo.environment["CI"] == "true" || (try? shell("command -v \(program)"))?.status == 0
}
