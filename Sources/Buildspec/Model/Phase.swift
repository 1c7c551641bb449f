extension Buildspec {
  /// One phase of a build.
  public struct Phase: Sendable, Equatable {
    /// The names of the phases, in the order they run.
    public enum Name: String, Sendable, Hashable, CaseIterable, Codable {
      /// `install`
      case install
      /// `pre_build`
      case preBuild = "pre_build"
      /// `build`
      case build
      /// `post_build`
      case postBuild = "post_build"
    }

    /// The Linux user for this phase's commands.
    public var runAs: String?
    /// What a failure of this phase leads to; `nil` means the usual transitions.
    public var onFailure: OnFailure?
    /// The commands, in order. Each is one shell script, perhaps of several lines.
    public var commands: [String]
    /// The commands that run afterwards, also when a command failed.
    public var finally: [String]
    /// Toolchains to select before the commands (`install` only), in the file's order.
    public var runtimeVersions: [RuntimeVersion]

    /// Makes a phase; everything is empty unless given.
    public init(
      runAs: String? = nil, onFailure: OnFailure? = nil, commands: [String] = [], finally: [String] = [],
      runtimeVersions: [RuntimeVersion] = []
    ) {
      self.runAs = runAs
      self.onFailure = onFailure
      self.commands = commands
      self.finally = finally
      self.runtimeVersions = runtimeVersions
    }
  }

  /// A toolchain a build asks for, such as nodejs 18.
  public struct RuntimeVersion: Sendable, Equatable {
    /// The toolchain's name, such as `python`.
    public var name: String
    /// The version as written: `3.10`, `3.x`, `latest` or `$PYTHON_VERSION`.
    public var version: String

    /// Makes a request for a toolchain.
    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }
  }

  /// What the failure of a phase leads to (`on-failure`).
  public enum OnFailure: Sendable, Equatable {
    /// No further phase runs.
    case abort
    /// The next phase runs.
    case `continue`
    /// The phase is tried again, up to `count` times, when the error message matches the regular expression `pattern`.
    case retry(count: Int, pattern: String)

    /// The retries of a `RETRY` without a count.
    public static let defaultRetries = 3
    /// The most retries that may be asked for.
    public static let mostRetries = 100
    /// The longest regular expression, in bytes: compiling one takes time that grows with the square of its length.
    public static let longestPattern = 1_000

    /// Reads `ABORT`, `CONTINUE`, `RETRY`, `RETRY-<count>`, `RETRY-<regex>` or `RETRY-<count>-<regex>`; the words in any
    /// case. Digits that are not followed by `-` or the end belong to the regular expression.
    ///
    /// - Returns: `nil` for anything else, for a count above 100 and for a regular expression longer than 1,000 bytes.
    public init?(_ text: String) {
      switch text.uppercased() {
      case "ABORT": self = .abort
      case "CONTINUE": self = .continue
      case "RETRY": self = .retry(count: Self.defaultRetries, pattern: ".*")
      default:
        guard text.uppercased().hasPrefix("RETRY-") else { return nil }
        let rest = text.dropFirst("RETRY-".count)
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        let tail = rest.dropFirst(digits.count)
        if rest.isEmpty || tail == "-" || rest.utf8.count > Self.longestPattern { return nil }
        if digits.isEmpty || !(tail.isEmpty || tail.hasPrefix("-")) {
          self = .retry(count: Self.defaultRetries, pattern: String(rest))
          return
        }
        guard let count = Int(digits), count <= Self.mostRetries else { return nil }
        self = .retry(count: count, pattern: tail.isEmpty ? ".*" : String(tail.dropFirst()))
      }
    }
  }
}
