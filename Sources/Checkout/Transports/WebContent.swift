import Foundation
internal import JourneymanSupport
internal import JourneymanTransport
import Synchronization

/// One HTTP answer. Unless the request says otherwise, its content is read while it comes: the transport writes it into
/// a pipe and waits while that is full, so memory stays flat.
final class WebContent {
  private let context: FetchContext
  private let host: String
  private let readEnd: OwnedDescriptor
  private let answer: Pending<HTTPResponse>
  private var ahead: [UInt8] = []
  private static let pipeSize = 1 << 20

  init(_ client: HTTPClient, _ request: HTTPRequest, isStreamed: Bool, _ context: FetchContext) throws {
    self.context = context
    host = request.address.origin.description
    var pipe = try JourneymanSupport.Pipe(capacity: Self.pipeSize)
    guard let readEnd = pipe.readEnd.take(), let writeEnd = pipe.writeEnd.take() else {
      throw SystemError("make a pipe", number: EBADF)
    }
    if fcntl(writeEnd.number, F_SETFL, O_NONBLOCK | O_WRONLY) < 0 { throw SystemError("set a pipe up") }
    self.readEnd = readEnd
    var request = request
    if isStreamed { request.sink = .descriptor(writeEnd.number, limit: .max) }
    let number = writeEnd.release()
    let toSend = request
    answer = Pending({ try await client.send(toSend) }, completion: { _ = OwnedDescriptor(taking: number) })
  }

  deinit {
    // The transport must not find the pipe without a reader: that would raise SIGPIPE.
    answer.cancel()
    _ = try? answer.wait()
  }

  /// Waits for the beginning of the answer.
  ///
  /// - Returns: the answer, when it is none that has content to read.
  func refusal() throws -> HTTPResponse? {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = try chunk.withUnsafeMutableBytes { try receive($0) }
    ahead = Array(chunk[..<count])
    if count > 0 { return nil }
    let response = try finished()
    return response.isSuccess ? nil : response
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if !ahead.isEmpty {
      let count = min(buffer.count, ahead.count)
      buffer.copyBytes(from: ahead[..<count])
      ahead.removeFirst(count)
      return count
    }
    let count = try receive(buffer)
    if count == 0 {
      let response = try finished()
      if !response.isSuccess { throw WebDiagnosis.error(for: response, url: context.url, hadLogin: false) }
    }
    return count
  }

  /// The answer, once all of it has come.
  func finished() throws -> HTTPResponse {
    do {
      return try answer.wait()
    } catch let error as TransportError {
      throw WebDiagnosis.error(for: error)
    }
  }

  private func receive(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    // How long the server may stand still is the transport's to decide; here only a cancel ends the wait.
    while try !context.cancellation.wait(for: readEnd.number, events: POLLIN, timeout: .seconds(3600)) {}
    return try retryingInterrupts("read from \(host)") {
      Foundation.read(readEnd.number, buffer.baseAddress, buffer.count)
    }
  }
}
