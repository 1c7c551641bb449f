/// One entry of `reports` in `result.json`: a report group of the buildspec, or what an action has read.
///
/// Encoded flat: `{"name","format","files","total","passed","failed","errors","skipped","durationSeconds"}`, for coverage
/// `{"name","format","files","lines":{"covered","total"},"branches":{…}}`, for scanners
/// `{"name","format","files","findings":{"error":1,…}}`.
public struct ReportResult: Sendable, Hashable, Codable {
  /// How much of something was reached.
  public struct Coverage: Sendable, Hashable, Codable {
    /// How many were reached.
    public var covered: Int
    /// How many there are.
    public var total: Int

    /// Collects numbers.
    public init(covered: Int, total: Int) {
      self.covered = covered
      self.total = total
    }
  }

  /// The report's name.
  public var name: String
  /// The format in upper case, such as `JUNITXML`.
  public var format: String
  /// The files that were collected, relative to the output directory.
  public var files: [String]
  /// All tests; this and the five that follow are absent unless tests were counted.
  public var total: Int?
  /// Tests that passed.
  public var passed: Int?
  /// Tests that failed.
  public var failed: Int?
  /// Tests that broke before they could pass or fail.
  public var errors: Int?
  /// Tests that were not run.
  public var skipped: Int?
  /// How long the tests took, in seconds.
  public var durationSeconds: Double?
  /// Line coverage.
  public var lines: Coverage?
  /// Branch coverage.
  public var branches: Coverage?
  /// What scanners found: how many of each level (`error`, `warning`, `note`, `none`).
  public var findings: [String: Int]?

  /// A report's description.
  public init(name: String, format: String, files: [String]) {
    self.name = name
    self.format = format
    self.files = files
  }
}
