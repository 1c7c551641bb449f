import CSandbox
import Foundation

/// One step of building a sandbox, performed by journeyman-init. A list of steps is data: tests read it, and an error
/// names the step that failed.
struct SetupStep: Sendable, Hashable {
  var operation: sandbox_operation
  var flags: UInt32 = 0
  /// The index of a passed descriptor.
  var descriptor: Int32 = -1
  var first: String?
  var second: [UInt8]?
  /// Options of a mount.
  var third: String?
  var number: UInt64 = 0

  init(
    _ operation: sandbox_operation, _ first: String? = nil, _ second: String? = nil, third: String? = nil,
    flags: [sandbox_step_flag] = [], descriptor: Int32 = -1, number: UInt64 = 0
  ) {
    self.operation = operation
    self.first = first
    self.second = second.map { Array($0.utf8) + [0] }
    self.third = third
    self.flags = flags.reduce(0) { $0 | $1.rawValue }
    self.descriptor = descriptor
    self.number = number
  }

  /// What the step is about, as a phrase that follows "cannot ".
  var phrase: String {
    let place = first ?? ""
    let text = second.map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) } ?? ""
    return switch operation {
    case SANDBOX_STEP_BECOME_ROOT: "take on the user ids of the sandbox"
    case SANDBOX_STEP_NEW_ROOT: "make a root directory of its own"
    case SANDBOX_STEP_DIRECTORY: "make the directory \(place)"
    case SANDBOX_STEP_LINK, SANDBOX_STEP_FILE: "make \(place)"
    case SANDBOX_STEP_HIDE_FILE: "hide \(place)"
    case SANDBOX_STEP_MOUNT: "mount \(text) on \(place)"
    case SANDBOX_STEP_BIND: "show \(place)"
    case SANDBOX_STEP_REMOUNT: "protect \(place)"
    case SANDBOX_STEP_LEAVE_HOST: "take the machine's own root directory away"
    case SANDBOX_STEP_HOST_NAME: "set the host name"
    case SANDBOX_STEP_LOOPBACK_UP: "start the loopback interface"
    case SANDBOX_STEP_WRITE: "write \(place)"
    case SANDBOX_STEP_LIMIT: "set a resource limit"
    case SANDBOX_STEP_NEW_KEYRING: "start a keyring of its own"
    case SANDBOX_STEP_CAPABILITIES, SANDBOX_STEP_NO_NEW_PRIVILEGES: "give up privileges"
    case SANDBOX_STEP_LANDLOCK_BEGIN, SANDBOX_STEP_LANDLOCK_ENFORCE: "enforce Landlock rules"
    case SANDBOX_STEP_LANDLOCK_ALLOW: "make a Landlock rule for \(place)"
    case SANDBOX_STEP_ANSWER, SANDBOX_STEP_SECCOMP: "install the system call filter"
    default: "build the sandbox"
    }
  }
}

/// The wire form of a list of steps: `struct sandbox_plan`.
struct SetupPlan: Sendable {
  var steps: [SetupStep] = []

  /// The bytes that journeyman-init reads.
  func encoded() -> [UInt8] {
    let header = MemoryLayout<sandbox_plan>.size
    var texts: [UInt8] = []
    let start = header + steps.count * MemoryLayout<sandbox_step>.stride
    func place(_ bytes: [UInt8]) -> Int {
      defer { texts += bytes }
      return start + texts.count
    }
    var records: [sandbox_step] = []
    for step in steps {
      var record = sandbox_step()
      record.operation = step.operation.rawValue
      record.flags = step.flags
      record.descriptor = step.descriptor
      record.number = step.number
      if let first = step.first { record.first = UInt32(place(Array(first.utf8) + [0])) }
      if let second = step.second {
        // Filter programs must be aligned.
        texts += [UInt8](repeating: 0, count: (8 - (start + texts.count) % 8) % 8)
        record.second = UInt32(place(second))
        record.length = UInt32(second.count)
      }
      if let third = step.third { record.number = UInt64(place(Array(third.utf8) + [0])) }
      records.append(record)
    }
    var plan = sandbox_plan()
    plan.step_count = UInt32(steps.count)
    return withUnsafeBytes(of: plan) { Array($0) } + records.withUnsafeBytes { Array($0) } + texts
  }
}
