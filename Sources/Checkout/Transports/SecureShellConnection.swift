internal import CGit2
import Foundation
internal import JourneymanSupport

/// A conversation over the system's `ssh`, which brings its configuration, agents and known hosts, and whose
/// cryptography is today's (libssh2 1.10 cannot sign with RSA keys for current servers).
final class SecureShellConnection: SmartConnection {
  static let isStateless = false

  private let context: FetchContext
  private var stream: SecureShellStream?

  init(_ context: FetchContext) { self.context = context }

  func open(_ service: git_smart_service_t) throws -> any SmartStream {
    // libgit2 asks for the list and then, on the same stream, for the pack or for its acceptance.
    if let stream { return stream }
    let opened = try SecureShellStream(context, service: service == GIT_SERVICE_RECEIVEPACK_LS ? .receive : .upload)
    stream = opened
    return opened
  }

  func close() { stream = nil }
}

/// The one stream of an ssh conversation.
final class SecureShellStream: SmartStream {
  private let context: FetchContext
  private let command: SecureShellCommand
  private let process: HelperProcess
  private var advertisement = AdvertisementReader(sections: 1)

  init(_ context: FetchContext, service: GitService) throws {
    self.context = context
    let url = context.url
    let question = "\(service.rawValue) \(SecureShellCommand.shellQuoted(url.path))"
    command = try SecureShellCommand(
      url, context.access, running: question, cancellation: context.cancellation)
    process = try HelperProcess(command.executable, command.arguments, environment: command.environment)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let isListing = !advertisement.isOver
    let count = try advertisement.read(into: buffer) { try receive($0) }
    context.shallow = advertisement.shallow
    if count == 0 && isListing { throw try explanation() }
    return count
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    try process.write(bytes, timeout: context.access.options.idleTimeout, cancellation: context.cancellation)
  }

  private func receive(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    do {
      return try process.read(
        into: buffer, timeout: context.access.options.idleTimeout, cancellation: context.cancellation)
    } catch let error as CheckoutError where error.code == .network {
      throw CheckoutError(.network, "the connection to \(context.url.host) stands still: \(error.message)")
    }
  }

  /// Why `ssh` ended before the list of references was complete.
  private func explanation() throws -> CheckoutError {
    let end = try process.finish()
    return SecureShellDiagnosis.error(from: end.errors, status: end.status, url: context.url, user: command.user)
  }
}
