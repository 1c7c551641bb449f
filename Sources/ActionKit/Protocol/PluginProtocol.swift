/// The numbers of the protocol between agent and external plugin: JSON objects, one on each line, UTF-8.
package enum PluginProtocol {
  /// The version both sides speak.
  package static let version = 1
  /// The longest line either side accepts, in bytes without its newline.
  package static let longestLine = 4 << 20
  /// The most bytes of content in one message: a captured output, or the body of a request or an answer.
  package static let longestContent = 2 << 20
}
