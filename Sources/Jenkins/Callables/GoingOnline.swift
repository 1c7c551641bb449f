internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport

/// What a controller asks before it calls an agent online, and again once an hour or so.
enum GoingOnline {
  /// The version of Remoting whose behaviour this agent has: a controller refuses agents below its minimum.
  static let remotingVersion = "3248.v65ecb_254c298"

  static func add(to table: inout CallableTable) {
    table["hudson.slaves.SlaveComputer$SlaveVersion"] = { _, _ in .string(remotingVersion) }
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
