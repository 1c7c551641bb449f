import Foundation
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct DescriptorTests {
  private func isOpen(_ number: Int32, _ inode: ino_t) -> Bool {
    var status = stat()
    return fstat(number, &status) == 0 && status.st_ino == inode
  }

  private func inode(_ number: Int32) -> ino_t {
    var status = stat()
    return fstat(number, &status) == 0 ? status.st_ino : 0
  }

  @Test func closesWhatGoesOutOfScope() throws {
    var pipe = try JourneymanSupport.Pipe()
    let number = pipe.writeEnd?.number ?? -1
    let identity = inode(number)
    #expect(isOpen(number, identity))
    pipe.writeEnd = nil
    #expect(!isOpen(number, identity))
    // The reader sees the end: nobody else holds the write end.
    var byte: UInt8 = 0
    let reader = pipe.readEnd?.number ?? -1
    #expect(read(reader, &byte, 1) == 0)
    pipe.readEnd = nil
  }

  @Test func messagesBringDescriptorsAlong() throws {
    let (near, far) = try DescriptorMessages.pair()
    DescriptorMessages.prepare(near.number)
    var pipe = try JourneymanSupport.Pipe()
    let identity = inode(pipe.writeEnd?.number ?? -1)
    let long = [UInt8](repeating: 7, count: DescriptorMessages.longest)
    try DescriptorMessages.send(long, with: [pipe.writeEnd?.number ?? -1, STDIN_FILENO], to: near.number)
    try DescriptorMessages.send([1, 2], to: near.number)
    let first = try #require(try DescriptorMessages.receive(from: far.number))
    #expect(first.bytes == long)
    #expect(first.descriptors.count == 2)
    #expect(inode(first.descriptors[0].number) == identity)
    #expect(fcntl(first.descriptors[0].number, F_GETFD) == FD_CLOEXEC)
    let second = try #require(try DescriptorMessages.receive(from: far.number))
    #expect(second.bytes == [1, 2] && second.descriptors.isEmpty)
    #expect(throws: SystemError.self) { try DescriptorMessages.send(long + [7], to: near.number) }
    shutdown(near.number, Int32(SHUT_RDWR))
    #expect(try DescriptorMessages.receive(from: far.number) == nil)
    pipe.readEnd = nil
  }

  @Test func aMessageThatIsTooLongIsRefused() throws {
    let (near, far) = try DescriptorMessages.pair()
    var size = Int32(4 << 20)
    setsockopt(near.number, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    let long = [UInt8](repeating: 7, count: DescriptorMessages.longest + 100)
    #expect(send(near.number, long, long.count, 0) == long.count)
    #expect(throws: SystemError.self) { try DescriptorMessages.receive(from: far.number) }
  }

  @Test func givesUpWhatIsReleased() throws {
    let file = try FileSystem.open("/dev/null", flags: O_RDONLY)
    let number = file.release()
    #expect(fcntl(number, F_GETFD) >= 0)
    close(number)
  }

  @Test func makesPipesOfTheSizeAskedFor() throws {
    var pipe = try JourneymanSupport.Pipe(capacity: 256 << 10)
    let number = pipe.writeEnd?.number ?? -1
    #expect(fcntl(number, 1032 /* F_GETPIPE_SZ */) >= 64 << 10)
    #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
    let bytes = [UInt8](repeating: 7, count: 4096)
    try FileSystem.writeAll(bytes, to: number, name: "the pipe")
    var read = [UInt8](repeating: 0, count: 4096)
    let readNumber = pipe.readEnd?.number ?? -1
    #expect(Foundation.read(readNumber, &read, 4096) == 4096)
    #expect(read == bytes)
    pipe.readEnd = nil
    pipe.writeEnd = nil
  }

  @Test func writesInLargePiecesAndInOrder() throws {
    let directory = try TemporaryDirectory()
    let file = try FileSystem.open(directory.path + "/file", flags: O_WRONLY | O_CREAT)
    let writer = BufferedWriter(file.number, name: "file", capacity: 16)
    for piece in ["0123456789", "abcdef", "-", String(repeating: "x", count: 40), "end"] {
      try writer.append(piece)
    }
    #expect(try FileSystem.read(directory.path + "/file", limit: 100).count == 57)
    try writer.flush()
    let expected = "0123456789abcdef-" + String(repeating: "x", count: 40) + "end"
    #expect(try FileSystem.read(directory.path + "/file", limit: 100) == Array(expected.utf8))
  }

  @Test func waitsForADescriptorThatIsNotBlocking() async throws {
    var pipe = try JourneymanSupport.Pipe()
    let number = pipe.writeEnd?.number ?? -1
    #expect(fcntl(number, F_SETFL, O_NONBLOCK) == 0)
    guard let readEnd = pipe.readEnd.take() else { throw SystemError("take the read end", number: EBADF) }
    let reader = readEnd.release()
    let reading = Task {
      try await runBlocking {
        let end = OwnedDescriptor(taking: reader)
        return try FileSystem.readAll(end.number, limit: 1 << 20, name: "the pipe").count
      }
    }
    let writer = BufferedWriter(number, name: "the pipe")
    try writer.append([UInt8](repeating: 1, count: 1 << 20))
    try writer.flush()
    pipe.writeEnd = nil
    #expect(try await reading.value == 1 << 20)
  }
}
