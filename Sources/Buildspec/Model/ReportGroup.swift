extension Buildspec {
  /// A group of test or coverage reports (`reports`).
  public struct ReportGroup: Sendable, Equatable {
    /// The format of a group's files.
    public enum Format: String, Sendable, Equatable, CaseIterable {
      /// JUnit's XML, the default.
      case junit = "JUNITXML"
      /// NUnit 2.
      case nunit = "NUNITXML"
      /// NUnit 3.
      case nunit3 = "NUNIT3XML"
      /// TestNG.
      case testNG = "TESTNGXML"
      /// Visual Studio's TRX.
      case visualStudio = "VISUALSTUDIOTRX"
      /// Cucumber's JSON.
      case cucumber = "CUCUMBERJSON"
      /// Clover's coverage.
      case clover = "CLOVERXML"
      /// Cobertura's coverage.
      case cobertura = "COBERTURAXML"
      /// JaCoCo's coverage.
      case jacoco = "JACOCOXML"
      /// SimpleCov's coverage.
      case simpleCov = "SIMPLECOV"
    }

    /// The most groups that CodeBuild accepts for a project.
    public static let mostGroups = 5

    /// The group's name or ARN, perhaps with variables.
    public var name: String
    /// Glob patterns of the report files, relative to ``baseDirectory``.
    public var files: [String]
    /// The directory that ``files`` is relative to; relative to the original directory.
    public var baseDirectory: String?
    /// Whether files lose their directories.
    public var discardsPaths: Bool
    /// The format of the files.
    public var format: Format

    /// Makes a group.
    public init(
      name: String, files: [String], baseDirectory: String? = nil, discardsPaths: Bool = false, format: Format = .junit
    ) {
      self.name = name
      self.files = files
      self.baseDirectory = baseDirectory
      self.discardsPaths = discardsPaths
      self.format = format
    }
  }
}
