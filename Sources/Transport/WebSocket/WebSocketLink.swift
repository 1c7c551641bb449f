internal import Foundation
internal import JourneymanSupport

/// A connection to a server. All calls return at once, and all have to come from one thread at a time.
protocol WebSocketLink: Sendable {
  /// What to wait for with `poll`.
  var descriptor: Int32 { get }

  /// Sends what the connection takes now.
  ///
  /// - Returns: how many bytes; 0 when it takes nothing at the moment, `nil` when it is broken.
  func send(_ bytes: ArraySlice<UInt8>) -> Int?

  /// Receives what is there.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> WebSocketArrival
}

/// What came of a look for bytes.
enum WebSocketArrival {
  case bytes(Int)
  case nothing
  case end
}

/// Connects: directly over libssl, which leaves a listener 5 MB smaller than libcurl with all that it brings along, and
/// through a proxy over libcurl, which knows every kind of proxy.
enum WebSocketConnecting {
  /// Blocks until there is a connection.
  ///
  /// - Throws: ``TransportError``.
  static func connect(_ plan: TransferPlan, until deadline: ContinuousClock.Instant) throws -> any WebSocketLink {
    if mayNeedProxy(plan) { return try ProxiedLink(plan) }
    let origin = plan.address.origin
    let socket = try SocketConnecting.connect(origin, until: deadline)
    if origin.scheme == "http" { return PlainLink(socket) }
    return try SecureLink(socket, origin, plan.configuration, until: deadline)
  }

  /// Whether there is a proxy for this connection or libcurl has to find out, from `no_proxy` and the like.
  private static func mayNeedProxy(_ plan: TransferPlan) -> Bool {
    if let proxy = plan.configuration.proxy { return !proxy.isEmpty }
    let names =
      plan.address.origin.scheme == "https"
      ? ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] : ["http_proxy", "all_proxy", "ALL_PROXY"]
    return names.contains { StandardPaths.processEnvironment[$0]?.isEmpty == false }
  }
}
