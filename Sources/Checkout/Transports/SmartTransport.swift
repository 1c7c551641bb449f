internal import CGit2
import Foundation

/// What a git server is asked to do, by the name of its program.
enum GitService: String {
  /// To send a pack.
  case upload = "git-upload-pack"
  /// To take one.
  case receive = "git-receive-pack"
}

/// A conversation with a git server that libgit2's smart protocol is spoken over.
protocol SmartConnection: AnyObject {
  /// Whether every exchange is a request and a response of its own (HTTP), or all are one stream (ssh).
  static var isStateless: Bool { get }

  init(_ context: FetchContext)

  /// Begins an exchange.
  func open(_ service: git_smart_service_t) throws -> any SmartStream

  /// Ends the conversation; nothing is opened after it.
  func close()
}

/// One exchange.
protocol SmartStream: AnyObject {
  /// Fills a buffer with what has come, at least one byte; 0 is the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
  func write(_ bytes: UnsafeRawBufferPointer) throws
}

/// Makes libgit2 transports out of connections of ours.
enum SmartTransport {
  static func make<Connection: SmartConnection>(
    _ type: Connection.Type, _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_transport>?>?,
    _ remote: OpaquePointer?, _ payload: UnsafeMutableRawPointer?
  ) -> Int32 {
    guard let context = FetchContext.from(payload) else { return GIT_EUSER.rawValue }
    context.connect = { Connection(context) }
    var definition = git_smart_subtransport_definition()
    definition.rpc = Connection.isStateless ? 1 : 0
    definition.param = payload
    definition.callback = { out, _, payload in SmartTransport.makeSubtransport(out, payload) }
    return git_transport_smart(out, remote, &definition)
  }

  private static func makeSubtransport(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport>?>?, _ payload: UnsafeMutableRawPointer?
  ) -> Int32 {
    guard let context = FetchContext.from(payload), let connection = context.connect?() else {
      return GIT_EUSER.rawValue
    }
    let memory = UnsafeMutablePointer<journeyman_git_subtransport>.allocate(capacity: 1)
    memory.initialize(to: journeyman_git_subtransport())
    memory.pointee.owner = Unmanaged.passRetained(SubtransportBox(connection, context)).toOpaque()
    memory.pointee.base.action = { out, pointer, _, service in SubtransportBox.at(pointer)?.open(out, service) ?? -1 }
    memory.pointee.base.close = { pointer in
      SubtransportBox.at(pointer)?.close()
      return 0
    }
    memory.pointee.base.free = { pointer in
      guard let memory = SubtransportBox.memory(pointer) else { return }
      if let owner = memory.pointee.owner { Unmanaged<SubtransportBox>.fromOpaque(owner).release() }
      memory.deallocate()
    }
    out?.pointee = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: git_smart_subtransport.self)
    return 0
  }
}

/// What a subtransport's memory refers to.
private final class SubtransportBox {
  let connection: any SmartConnection
  private let context: FetchContext
  /// The stream opened last. libgit2 insists on the same memory when a conversation goes on over the same stream.
  private var last: (stream: any SmartStream, memory: UnsafeMutablePointer<journeyman_git_stream>)?

  init(_ connection: any SmartConnection, _ context: FetchContext) {
    self.connection = connection
    self.context = context
  }

  func close() {
    last = nil
    connection.close()
  }

  static func memory(_ pointer: UnsafeMutablePointer<git_smart_subtransport>?) -> UnsafeMutablePointer<
    journeyman_git_subtransport
  >? {
    pointer.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: journeyman_git_subtransport.self) }
  }

  static func at(_ pointer: UnsafeMutablePointer<git_smart_subtransport>?) -> SubtransportBox? {
    memory(pointer)?.pointee.owner.map { Unmanaged<SubtransportBox>.fromOpaque($0).takeUnretainedValue() }
  }

  func open(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport_stream>?>?, _ service: git_smart_service_t
  ) -> Int32 {
    let stream: any SmartStream
    do {
      stream = try connection.open(service)
    } catch {
      return context.stop(with: error)
    }
    if let last, last.stream === stream {
      out?.pointee = UnsafeMutableRawPointer(last.memory).assumingMemoryBound(to: git_smart_subtransport_stream.self)
      return 0
    }
    let memory = UnsafeMutablePointer<journeyman_git_stream>.allocate(capacity: 1)
    last = (stream, memory)
    memory.initialize(to: journeyman_git_stream())
    memory.pointee.owner = Unmanaged.passRetained(StreamBox(stream, context)).toOpaque()
    memory.pointee.base.read = { pointer, buffer, size, count in
      StreamBox.at(pointer)?.read(UnsafeMutableRawBufferPointer(start: buffer, count: size), count) ?? -1
    }
    memory.pointee.base.write = { pointer, bytes, size in
      StreamBox.at(pointer)?.write(UnsafeRawBufferPointer(start: bytes, count: size)) ?? -1
    }
    memory.pointee.base.free = { pointer in
      guard let memory = StreamBox.memory(pointer) else { return }
      if let owner = memory.pointee.owner { Unmanaged<StreamBox>.fromOpaque(owner).release() }
      memory.deallocate()
    }
    out?.pointee = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: git_smart_subtransport_stream.self)
    return 0
  }
}

/// What a stream's memory refers to.
private final class StreamBox {
  private let stream: any SmartStream
  private let context: FetchContext

  init(_ stream: any SmartStream, _ context: FetchContext) {
    self.stream = stream
    self.context = context
  }

  static func memory(
    _ pointer: UnsafeMutablePointer<git_smart_subtransport_stream>?
  ) -> UnsafeMutablePointer<journeyman_git_stream>? {
    pointer.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: journeyman_git_stream.self) }
  }

  static func at(_ pointer: UnsafeMutablePointer<git_smart_subtransport_stream>?) -> StreamBox? {
    memory(pointer)?.pointee.owner.map { Unmanaged<StreamBox>.fromOpaque($0).takeUnretainedValue() }
  }

  func read(_ buffer: UnsafeMutableRawBufferPointer, _ count: UnsafeMutablePointer<Int>?) -> Int32 {
    do {
      count?.pointee = try stream.read(into: buffer)
      return 0
    } catch {
      return context.stop(with: error)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    do {
      try stream.write(bytes)
      return 0
    } catch {
      return context.stop(with: error)
    }
  }
}
