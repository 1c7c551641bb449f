import Foundation
import JourneymanBuildModel
import JourneymanKeeper
import JourneymanSupport

/// Build output through masking of ten secrets and their encodings into `log.txt` with timestamps, end to end from
/// another process through a pipe, against `cat` of the same pipe into a file.
///
///     swift run -c release Benchmarks log-throughput [MIB [DIRECTORY]]
///
/// 1024 MiB into a new directory in `/dev/shm` unless told otherwise. The goal is 400 MB/s with flat memory.
enum LogThroughput {
  private static let secrets = (0..<10).map { index in
    switch index % 3 {
    case 0: "hunter\(index)-correct.horse_battery/staple+\(index * 7919)"
    case 1: "ghp_\(index)Zk3vTq9LmXw7RbYc2NfHs8JdPa5GuEi4Ko1"
    default: "AKIA\(index)IOSFODNN7EXAMPLE"
    }
  }

  static func run(_ arguments: [String]) throws {
    let bytes = (arguments.first.flatMap(Int.init) ?? 1024) << 20
    let directory = arguments.count > 1 ? arguments[1] : "/dev/shm/journeyman-log-\(getpid())"
    try FileSystem.makeDirectories(directory)
    defer { try? FileSystem.removeTree(directory) }
    var best = (peer: Double.infinity, log: Double.infinity)
    for round in 1...3 {
      let peer = try copyByCat(bytes, to: directory + "/raw.txt")
      let before = residentMemory()
      let clock = processorSeconds()
      let log = try writeLog(bytes, in: directory)
      let busy = processorSeconds() - clock
      best = (min(best.peer, peer), min(best.log, log))
      print(
        "round \(round): cat \(rate(bytes, peer)), log \(rate(bytes, log)), ratio \(ratio(log, peer)), "
          + "processor time of the log \(rate(bytes, busy)), resident memory \(before >> 10) -> \(residentMemory() >> 10) KiB"
      )
      if round == 1 { try check(directory) }
    }
    print("best: cat \(rate(bytes, best.peer)), log \(rate(bytes, best.log)), ratio \(ratio(best.log, best.peer))")
  }

  /// Writes lines of about 70 bytes in pieces of 64 KiB, with a secret or its Base64 form in each 500th line.
  static func produce(_ arguments: [String]) throws {
    var block: [UInt8] = []
    var line = 0
    while block.count < 1 << 20 {
      line += 1
      if line % 500 == 0 {
        let secret = secrets[line / 500 % secrets.count]
        block += Array("token=\(line % 1000 == 0 ? secret : Data("user:\(secret)".utf8).base64EncodedString())\n".utf8)
      } else {
        block += Array("[\(line % 100)%] Building C object src/module\(line % 977)/file\(line).c.o -O2 -Wall\n".utf8)
      }
    }
    var left = arguments.first.flatMap(Int.init) ?? 0
    while left > 0 {
      try block.withUnsafeBytes { whole in
        var offset = 0
        while offset < whole.count && left > 0 {
          let piece = UnsafeRawBufferPointer(rebasing: whole[offset..<min(offset + 65_536, offset + left, whole.count)])
          try FileSystem.writeAll(piece, to: STDOUT_FILENO, name: "standard output")
          offset += piece.count
          left -= piece.count
        }
      }
    }
  }

  private static func startProducer(_ bytes: Int, _ pipe: inout JourneymanSupport.Pipe) throws -> ProducerProcess {
    let producer = try ProducerProcess(
      ["/proc/self/exe", "log-producer", String(bytes)], output: pipe.writeEnd?.number)
    pipe.writeEnd = nil
    return producer
  }

  private static func copyByCat(_ bytes: Int, to path: String) throws -> Double {
    let file = try FileSystem.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
    var pipe = try JourneymanSupport.Pipe(capacity: 1 << 20)
    let start = Timestamp.now()
    let producer = try startProducer(bytes, &pipe)
    let cat = try ProducerProcess(["cat"], input: pipe.readEnd?.number, output: file.number)
    pipe.readEnd = nil
    try producer.wait()
    try cat.wait()
    let seconds = Timestamp.now().seconds(since: start)
    unlink(path)
    return seconds
  }

  private static func writeLog(_ bytes: Int, in directory: String) throws -> Double {
    var options = BuildLogOptions(outputDirectory: directory)
    options.display = .nothing
    options.limit = nil
    let log = try BuildLog(options)
    try log.addSecrets(secrets.map(Secret.init))
    var pipe = try JourneymanSupport.Pipe(capacity: 1 << 20)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
    defer { buffer.deallocate() }
    let start = Timestamp.now()
    let producer = try startProducer(bytes, &pipe)
    let number = pipe.readEnd?.number ?? -1
    while true {
      let count = try retryingInterrupts("read the pipe") { read(number, buffer.baseAddress, buffer.count) }
      if count == 0 { break }
      log.output(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    log.close()
    try producer.wait()
    return Timestamp.now().seconds(since: start)
  }

  /// A fast log that shows secrets would be worth nothing.
  private static func check(_ directory: String) throws {
    let head = try FileSystem.open(directory + "/log.txt", flags: O_RDONLY)
    var bytes = [UInt8](repeating: 0, count: 2 << 20)
    let count = read(head.number, &bytes, bytes.count)
    let log = Data(bytes.prefix(max(0, count)))
    func holds(_ text: String) -> Bool { log.range(of: Data(text.utf8)) != nil }
    let shown = secrets.contains { holds($0) || holds(Data($0.utf8).base64EncodedString()) }
    if shown || !holds("token=***") { throw SystemError("mask every secret of the log", number: EINVAL) }
  }

  private static func rate(_ bytes: Int, _ seconds: Double) -> String {
    "\(Int(Double(bytes) / seconds / 1e6)) MB/s"
  }

  private static func ratio(_ log: Double, _ peer: Double) -> String { "\(Double(Int(log / peer * 100)) / 100)" }

  private static func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

  private static func residentMemory() -> Int {
    let text = (try? FileSystem.read("/proc/self/statm", limit: 4096)).map { String(decoding: $0, as: UTF8.self) }
    let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
