import JourneymanSupport
import Testing

@testable import JourneymanAgent

struct ResidentMemoryTests {
  private static let sample = """
    1000-3000 r-xp 00001000 fe:00 42                         /usr/bin/agent with spaces
    Size:                  8 kB
    Anonymous:             0 kB
    VmFlags: rd ex mr mw me
    3000-5000 r--p 00003000 fe:00 42                         /usr/bin/agent
    Anonymous:             4 kB
    5000-6000 rw-p 00005000 fe:00 42                         /usr/bin/agent
    Anonymous:             0 kB
    6000-7000 r--p 00000000 00:00 0
    Anonymous:             0 kB
    7000-8000 r--s 00000000 fe:00 43                         /shared
    Anonymous:             0 kB
    8000-9000 r-xp 00000000 00:00 0                          [vdso]
    Anonymous:             0 kB
    9000-a000 r--p 00000000 fe:00 44                         /usr/lib/libc.so.6
    Anonymous:             0 kB
    """

  @Test func onlyUnchangedReadOnlyPartsOfFilesAreGivenBack() {
    #expect(ResidentMemory.unchanged(in: Self.sample) == [0x1000..<0x3000, 0x9000..<0xA000])
    #expect(ResidentMemory.unchanged(in: "").isEmpty && ResidentMemory.unchanged(in: "zz-1 r-xp 0 0 0 /x").isEmpty)
  }

  @Test func thisProcessGoesOnAfterIt() throws {
    let before = AgentMetrics.residentBytes()
    let left = ResidentMemory.giveBack(since: 0)
    #expect(left > 0 && left < before + (8 << 20))
    #expect(ResidentMemory.giveBack(since: left + (1 << 30)) == left + (1 << 30))
    #expect(String(decoding: try FileSystem.read("/proc/self/comm", limit: 100), as: UTF8.self).isEmpty == false)
  }
}
