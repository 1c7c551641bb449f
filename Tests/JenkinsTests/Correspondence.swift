import JourneymanJavaStream

@testable import JourneymanJenkins

/// What stands for what between a recording and the agent that it is played to.
final class Correspondence {
  let rewriter: JavaRewriter

  /// - Parameter directory: stands for the recorded node's directory.
  init(directory: String, strings: [(recorded: String, live: String)]) {
    rewriter = JavaRewriter(strings + [(recorded: "/srv/agent", live: directory)])
  }

  /// A recorded answer as it should be now.
  func expected(_ value: JavaValue) -> String {
    if let bytes = value.array?.bytes { return "bytes \(rewriter.replaced(bytes))" }
    var text = rewriter.replaced(JavaText.of(value))
    for (old, new) in rewriter.identifiers { text = text.replacing("block \(old)", with: "block \(new)") }
    return text
  }

  /// The number of an object or stream of the agent.
  private static func number(_ value: JavaValue?) -> Int64? {
    if let stream = value.flatMap({ StreamReferences.output($0) }) { return Int64(stream) }
    let proxy = value?.object?["proxy"].object ?? value?.object
    return proxy?["h"].object?["oid"].integer
  }

  private static func identifier(_ value: JavaValue?) -> [UInt8]? {
    guard let bytes = value?.object?.customBytes(of: "org.eclipse.jgit.lib.ObjectId"), bytes.count == 20 else {
      return nil
    }
    return bytes
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Later requests name what this answer gave: an object of the agent, or a file.
  func learn(_ old: JavaValue?, _ new: JavaValue?) {
    if let old = Self.number(old), let new = Self.number(new) {
      rewriter.objects[old] = Int32(new)
    } else if let old = Self.identifier(old), let new = Self.identifier(new) {
      rewriter.identifiers[old] = new
      rewriter.strings.insert((recorded: Self.hexadecimal(old), live: Self.hexadecimal(new)), at: 0)
    } else if let old = old?.string, let new = new?.string, old != new {
      rewriter.strings.insert((recorded: old, live: new), at: 0)
    }
  }
}
