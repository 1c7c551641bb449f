/// The stages a checkout passes through, in this order; a submodule passes through all of them again.
public enum CheckoutStage: String, Sendable, CaseIterable {
  /// Waiting for other processes that work on the same mirror.
  case lock
  /// Looking whether the mirror is whole, and removing what a killed process left in it.
  case inspect
  /// Talking to the server: which references does it have?
  case connect
  /// Receiving and indexing objects.
  case receive
  /// Making what was received the mirror's content.
  case install
  /// Making the workspace's `.git`, and removing what is foreign to the workspace.
  case prepare
  /// Writing files.
  case write
  /// Recording what was written.
  case record
}

/// What a checkout says while it runs.
public enum CheckoutEvent: Sendable {
  /// A stage began, for the repository or submodule at this URL (without credentials).
  case stage(CheckoutStage, url: String)
  /// How far it is; at most ten times a second, and once more at the end of a stage.
  case progress(CheckoutProgress)
  /// A line the server wrote for people; untrusted text.
  case serverMessage(String)
  /// Something worth knowing that did not stop the checkout.
  case warning(String)
}

/// How far a checkout is. Figures that do not apply to the stage are zero.
public struct CheckoutProgress: Sendable, Hashable {
  /// The stage the figures belong to.
  public var stage: CheckoutStage
  /// Objects received from the server.
  public var receivedObjects = 0
  /// Objects whose deltas are resolved and which are in the index.
  public var indexedObjects = 0
  /// Objects that will be received in all.
  public var totalObjects = 0
  /// Bytes received.
  public var receivedBytes: Int64 = 0
  /// Bytes received a second, since the transfer began.
  public var bytesPerSecond: Int64 = 0
  /// Files written or found to be right.
  public var checkedOutFiles = 0
  /// Files in all.
  public var totalFiles = 0

  /// Figures of one stage, all zero.
  public init(stage: CheckoutStage) { self.stage = stage }
}
