import Foundation
import JourneymanSandbox
import TestSupport
import Testing

@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct LimitTests {
  /// Runs a script under limits and returns how it ended.
  private func run(
    _ limits: SandboxPolicy.Limits, _ script: String, scratch: String? = nil
  ) async throws -> CommandResult {
    let sandbox = try await Sandbox.start(SandboxPolicy(scratch: scratch, limits: limits))
    let result = try await sandbox.run(.shell(script))
    await sandbox.end()
    return result
  }

  private func sentence(_ result: CommandResult) -> String? {
    if case .limit(let sentence) = result.ending { sentence } else { nil }
  }

  @Test func `a command that takes too much memory ends with the limit named`() async throws {
    let result = try await run(
      .init(memory: 100 << 20), "python3 -c 'b = bytearray(200 << 20); import time; time.sleep(20)'")
    #expect(sentence(result)?.contains("100 MiB") == true)
  }

  @Test func `a command within its memory is left alone`() async throws {
    let result = try await run(.init(memory: 200 << 20), "python3 -c 'b = bytearray(20 << 20)'")
    #expect(result.ending == .natural)
    #expect(result.status == .exited(0))
  }

  @Test func `too many processes are refused or ended, with the limit named`() async throws {
    let result = try await run(
      .init(processes: 40), "i=0; while [ $i -lt 80 ]; do sleep 2 & i=$((i+1)); done; wait; exit 1")
    #expect(sentence(result)?.contains("40") == true)
  }

  @Test func `a file that is too large ends its writer`() async throws {
    let result = try await run(.init(fileSize: 1 << 20), "head -c 5000000 /dev/zero > /tmp/large")
    #expect(sentence(result)?.contains("1 MiB") == true)
  }

  @Test func `open files are bounded`() async throws {
    let result = try await run(
      .init(openFiles: 20), "python3 -c 'f = [open(\"/dev/null\") for _ in range(30)]' 2>/dev/null")
    #expect(result.status == .exited(1))
  }

  @Test func `memory for temporary files is bounded`() async throws {
    let result = try await run(.init(disk: 4 << 20), "head -c 8000000 /dev/zero > /tmp/large")
    #expect(result.status != .exited(0))
  }

  @Test func `a disk limit ends the build`() async throws {
    let directory = try TestDirectory()
    let result = try await run(
      .init(disk: 4 << 20), "head -c 20000000 /dev/zero > /tmp/large; sleep 60", scratch: directory.path + "/scratch")
    #expect(sentence(result)?.contains("4 MiB") == true)
    #expect(access(directory.path + "/scratch/tmp", F_OK) == -1)
  }

  @Test func `a sparse file takes nothing of a disk limit`() async throws {
    let directory = try TestDirectory()
    let result = try await run(
      .init(disk: 4 << 20), "truncate -s 1G /tmp/sparse; sleep 2.5", scratch: directory.path + "/scratch")
    #expect(result.ending == .natural)
  }

  @Test func `the wall time of a sandbox`() async throws {
    let result = try await run(.init(wallSeconds: 0.5), "sleep 60")
    #expect(sentence(result)?.contains("0.5 s") == true)
  }
}
