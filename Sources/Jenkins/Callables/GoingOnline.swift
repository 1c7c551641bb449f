internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport

/// What a controller asks before it calls an agent online, and again once an hour or so.
enum GoingOnline {
  /// The version of Remoting whose behaviour this agent has: a controller refuses agents below its minimum.
  static let remotingVersion = "3248.v65ecb_254c298"

  /// Asks for the version.
  static let versionQuestion = "hudson.slaves.SlaveComputer$SlaveVersion"

  /// What a controller is told: the version it asks for at least, when that is a later one. What matters is what both
  /// sides say they can do in the handshake.
  ///
  /// - Parameter minimum: such as `3107.v665000b_51092`, or `4.13` of the numbering before.
  static func version(atLeast minimum: String?) -> String {
    func release(_ version: String) -> Int { Int(version.prefix { $0.isASCII && $0.isNumber }) ?? 0 }
    guard let minimum, minimum.utf8.count <= 100, release(minimum) > release(remotingVersion) else {
      return remotingVersion
    }
    return minimum
  }

  static func add(to table: inout CallableTable) {
    table[versionQuestion] = { _, _ in .string(remotingVersion) }
    table["hudson.slaves.SlaveComputer$CommunicationProtocol"] = { _, _ in .string("WebSocket") }
    table["hudson.slaves.SlaveComputer$DetectOS"] = { _, _ in .booleanObject(true) }
    table["hudson.slaves.SlaveComputer$DetectDefaultCharset"] = { _, _ in .string("UTF-8") }
    table["hudson.slaves.SlaveComputer$SlaveInitializer"] = { _, _ in .null }
    table["hudson.slaves.ChannelPinger$SetUpRemotePing"] = { _, _ in .null }
    table["jenkins.slaves.StandardOutputSwapper$ChannelSwapper"] = { _, _ in .booleanObject(false) }
    table["jenkins.util.SystemProperties$AgentCopier$CopySystemProperties"] = { _, _ in .null }
    table["hudson.logging.LogRecorder$SetLevel"] = { _, _ in .null }
    table["hudson.remoting.PingThread$Ping"] = { _, _ in .null }
    table["hudson.remoting.Channel$IOSyncer"] = { _, _ in .null }
    table["jenkins.slaves.restarter.JnlpSlaveRestarterInstaller$FindEffectiveRestarters"] = { _, _ in .list([]) }
  }
}
