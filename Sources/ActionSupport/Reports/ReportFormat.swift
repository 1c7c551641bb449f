/// The formats of test, coverage and scanner reports that ``ReportReader`` reads.
public enum ReportFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// JUnit's XML, as nearly every test tool writes it.
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
  /// SimpleCov's coverage: `coverage.json` or `.resultset.json`.
  case simpleCov = "SIMPLECOV"
  /// Findings of scanners in SARIF 2.1.0 (OASIS).
  case sarif = "SARIF"

  /// What a report is about.
  public enum Kind: Sendable, Hashable {
    /// Tests that passed or failed.
    case tests
    /// Lines and branches that were reached.
    case coverage
    /// What a scanner found.
    case findings
  }

  /// What the format is about.
  public var kind: Kind {
    switch self {
    case .junit, .nunit, .nunit3, .testNG, .visualStudio, .cucumber: .tests
    case .clover, .cobertura, .jacoco, .simpleCov: .coverage
    case .sarif: .findings
    }
  }

  /// A format by the name that buildspecs use, in any case.
  public init?(name: String) { self.init(rawValue: name.uppercased()) }

  /// The format of an XML document by its root element; `coverage` is decided by attributes or the next element.
  static func named(root: String) -> ReportFormat? {
    switch root {
    case "testsuites", "testsuite": .junit
    case "test-results": .nunit
    case "test-run": .nunit3
    case "testng-results": .testNG
    case "TestRun": .visualStudio
    case "report": .jacoco
    default: nil
    }
  }

  /// Whether files of the format are XML.
  var isXML: Bool {
    switch self {
    case .cucumber, .simpleCov, .sarif: false
    default: true
    }
  }
}
