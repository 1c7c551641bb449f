import Foundation
import JourneymanActionKit
import Synchronization

/// The log of one deployment's scripts, `logs/scripts.log`: each line with its time, as the reference agent writes it.
final class ScriptsLog: Sendable {
  private let file: FileHandle
  private let context: ActionContext
  /// Lines come from two threads.
  private let order = Mutex(())

  /// Opens the log for appending.
  init(_ path: String, context: ActionContext) throws(PluginError) {
    let number = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o640)
    if number < 0 { throw PluginError(.file, "cannot open \(path): \(String(cString: strerror(errno)))") }
    file = FileHandle(fileDescriptor: number, closeOnDealloc: true)
    self.context = context
  }

  /// Writes a line here and into the build's log. The scripts' log is no reason to fail a deployment.
  func write(_ text: String, _ level: ActionLogLevel = .info) {
    order.withLock { _ in
      let bytes = Array((Self.time() + " " + text + "\n").utf8)
      _ = Foundation.write(file.fileDescriptor, bytes, bytes.count)
      context.log(text, level)
    }
  }

  private static func time() -> String {
    var now = Foundation.time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 32)
    strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &parts)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
