import CSandbox
import Foundation
import JourneymanSupport

/// Bytes in a memfd, to be passed to journeyman-init.
enum PrivateFile {
  static func holding(_ bytes: [UInt8], name: String) throws(SystemError) -> OwnedDescriptor {
    let number = try retryingInterrupts("make a memory file") { sandbox_memfd(name) }
    let file = OwnedDescriptor(taking: number)
    try FileSystem.writeAll(bytes, to: file.number, name: name)
    return file
  }
}

/// A command in the form that journeyman-init reads: `struct sandbox_command`.
struct EncodedCommand {
  let bytes: [UInt8]
  /// Which standard descriptors follow, in order.
  let descriptors: [Int32]
  /// One bit for each of standard input, output and error.
  let present: Int32

  init(_ command: Command) throws(SandboxError) {
    let variables = command.environment.map { "\($0.key)=\($0.value)" }
    let arguments = [command.executable] + command.arguments
    for text in arguments + variables + [command.directory, command.user ?? ""] where text.utf8.contains(0) {
      throw SandboxError(
        .cannotExecute, "cannot start \(command.executable): an argument or variable contains a NUL byte")
    }
    let start = MemoryLayout<sandbox_command>.size + 8 * (arguments.count + variables.count + 2)
    var texts: [UInt8] = []
    func place(_ text: String) -> Int {
      defer {
        texts += text.utf8
        texts.append(0)
      }
      return start + texts.count
    }
    var header = sandbox_command()
    header.path = UInt32(place(command.executable))
    header.directory = UInt32(place(command.directory))
    if let user = command.user { header.user = UInt32(place(user)) }
    header.argument_count = UInt32(arguments.count)
    header.variable_count = UInt32(variables.count)
    let words = arguments.map { UInt64(place($0)) } + [0] + variables.map { UInt64(place($0)) } + [0]
    bytes = withUnsafeBytes(of: header) { Array($0) } + words.withUnsafeBytes { Array($0) } + texts
    let standard = [command.standardInput, command.standardOutput, command.standardError]
    descriptors = standard.compactMap(\.self)
    present = standard.enumerated().reduce(0) { $1.element == nil ? $0 : $0 | 1 << Int32($1.offset) }
  }
}
