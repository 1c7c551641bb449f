extension Buildspec {
  /// The variables of a build and where their values come from (`env`).
  public struct Environment: Sendable, Equatable {
    /// The shell that runs the commands.
    public enum Shell: String, Sendable, Equatable {
      /// `bash`
      case bash
      /// `/bin/sh`
      case sh = "/bin/sh"
      /// `powershell.exe`, which only Windows images have.
      case powershell = "powershell.exe"
      /// `cmd.exe`, which only Windows images have.
      case cmd = "cmd.exe"
    }

    /// The shell, if the buildspec names one; otherwise `sh`.
    public var shell: Shell?
    /// Plain variables in the file's order. Values are literal: `$PATH:/x` is that text.
    public var variables: [EnvironmentVariable]
    /// Variables from a parameter store, in the file's order.
    public var parameterStore: [ParameterReference]
    /// Variables from a secrets manager, in the file's order.
    public var secretsManager: [SecretReference]
    /// The variables to hand on at the end of `post_build`.
    public var exportedVariables: [String]
    /// Whether git uses the build's own credentials.
    public var usesGitCredentialHelper: Bool

    /// Makes an environment; everything is empty unless given.
    public init(
      shell: Shell? = nil, variables: [EnvironmentVariable] = [], parameterStore: [ParameterReference] = [],
      secretsManager: [SecretReference] = [], exportedVariables: [String] = [], usesGitCredentialHelper: Bool = false
    ) {
      self.shell = shell
      self.variables = variables
      self.parameterStore = parameterStore
      self.secretsManager = secretsManager
      self.exportedVariables = exportedVariables
      self.usesGitCredentialHelper = usesGitCredentialHelper
    }
  }

  /// A variable and its literal value.
  public struct EnvironmentVariable: Sendable, Equatable {
    /// The variable's name.
    public var name: String
    /// The value as written: `true` stays `true`, `0123` stays `0123`.
    public var value: String

    /// Makes a variable.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A variable whose value is a parameter of a store.
  public struct ParameterReference: Sendable, Equatable {
    /// The variable's name.
    public var variable: String
    /// The parameter's name or path as the store knows it, perhaps with `:version` or `:label`.
    public var parameter: String

    /// Makes a reference.
    public init(variable: String, parameter: String) {
      self.variable = variable
      self.parameter = parameter
    }
  }

  /// A variable whose value is a secret, or one key of a secret that is a JSON object:
  /// `secret-id[:json-key[:version-stage[:version-id]]]`.
  public struct SecretReference: Sendable, Equatable {
    /// The variable's name.
    public var variable: String
    /// The secret's name or ARN.
    public var secretID: String
    /// The key in the secret's JSON object; `nil` means the whole secret.
    public var jsonKey: String?
    /// The stage of the version; `nil` means the current one.
    public var versionStage: String?
    /// The version; never together with a stage.
    public var versionID: String?

    /// Makes a reference.
    public init(
      variable: String, secretID: String, jsonKey: String? = nil, versionStage: String? = nil, versionID: String? = nil
    ) {
      self.variable = variable
      self.secretID = secretID
      self.jsonKey = jsonKey
      self.versionStage = versionStage
      self.versionID = versionID
    }
  }
}
