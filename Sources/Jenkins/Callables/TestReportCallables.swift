internal import JourneymanJavaStream
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// What the junit plugin asks: reports of tests, read here and handed over as the plugin's own objects.
struct TestReportCallables: Sendable {
  let files: NodeFiles
  let worker: WorkerProcess

  private static let text = "Ljava/lang/String;"
  private static let object = JavaLayout(
    "hudson.tasks.test.TestObject", 1,
    extends: JavaLayout("hudson.tasks.junit.TestObject", 2_606_084_086_675_915_280))
  private static let result = JavaLayout("hudson.tasks.test.TestResult", 8_105_447_589_197_832_483, extends: object)
  private static let table = JavaLayout(
    "hudson.tasks.test.MetaTabulatedResult", 236_948_503_849_584_523,
    extends: JavaLayout("hudson.tasks.test.TabulatedResult", -4_240_965_806_931_194_187, extends: result))
  private static let caseResult = JavaLayout(
    "hudson.tasks.junit.CaseResult", 1,
    [
      JavaField("duration", "F"), JavaField("failedSince", "I"), JavaField("skipped", "Z"), JavaField("startTime", "J"),
      JavaField("className", text), JavaField("errorDetails", text), JavaField("errorStackTrace", text),
      JavaField("properties", "Ljava/util/Map;"), JavaField("skippedMessage", text), JavaField("stderr", text),
      JavaField("stdout", text), JavaField("testName", text),
    ], extends: result)
  private static let suiteResult = JavaLayout(
    "hudson.tasks.junit.SuiteResult", 1,
    [
      JavaField("duration", "F"), JavaField("startTime", "J"), JavaField("cases", "Ljava/util/List;"),
      JavaField("enclosingBlockNames", "Ljava/util/List;"), JavaField("enclosingBlocks", "Ljava/util/List;"),
      JavaField("file", text), JavaField("id", text), JavaField("name", text), JavaField("nodeId", text),
      JavaField("properties", "Ljava/util/Map;"), JavaField("stderr", text), JavaField("stdout", text),
      JavaField("time", text), JavaField("timestamp", text),
    ])
  private static let common = [
    JavaField("duration", "F"), JavaField("keepProperties", "Z"), JavaField("skipOldReports", "Z"),
    JavaField("startTime", "J"),
  ]
  private static let lists = [
    JavaField("impl", "Lio/jenkins/plugins/junit/storage/TestResultImpl;"), JavaField("suites", "Ljava/util/List;"),
  ]
  private static let retention = JavaLayout(enumeration: "hudson.tasks.junit.StdioRetention")
  private static let testResult = JavaLayout(
    "hudson.tasks.junit.TestResult", 1,
    common + [lists[0], JavaField("stdioRetention", "Lhudson/tasks/junit/StdioRetention;"), lists[1]], extends: table)
  /// Before version 1202 of the plugin: all output or none.
  private static let olderTestResult = JavaLayout(
    "hudson.tasks.junit.TestResult", 1, common + [JavaField("keepLongStdio", "Z")] + lists, extends: table)

  private static let nothingFound = "No test report files were found. Configuration error?"

  func add(to table: inout CallableTable) {
    table[file: "hudson.tasks.junit.JUnitParser$DirectParseResultCallable"] = { task, path, call in
      try await parse(task, path, call)
    }
  }

  private func parse(_ task: JavaObject, _ path: String, _ call: Call) async throws -> JavaOutput {
    let retention = Self.retention(of: task)
    let buildStart = min(task["buildStartTimeInMillis"].integer ?? 0, task["buildTimeInMillis"].integer ?? 0)
    let job = TestReportJob(
      files: FileSelection(includes: FileSelection.patterns(task["testResults"].string)),
      oldest: task["skipOldReports"].boolean == true ? buildStart : nil,
      output: retention.flatMap { TestReportJob.OutputRetention(rawValue: $0) }
        ?? (task["keepLongStdio"].boolean == true ? .all : .none),
      keepsProperties: task["keepProperties"].boolean == true, directory: path)
    let directory = try await runBlocking { try files.directory(path) }
    let answer = try await worker.run(.testReports(job), in: directory)
    guard case .suites(let suites) = answer else {
      throw JenkinsError(.failed, "the agent and its worker are not of the same version")
    }
    if suites == nil {
      guard task["allowEmptyResults"].boolean == true else { throw JenkinsError(.failed, Self.nothingFound) }
      if var log = ListenerOutput(task["listener"]) {
        let text = log.take(Array((Self.nothingFound + "\n").utf8)) + log.flush()
        try await call.channel.write(text, to: log.stream, for: call.id)
      }
    }
    return Self.output(suites ?? [], job, isOlder: retention == nil, task["pipelineTestDetails"])
  }

  /// - Returns: `nil` when the plugin does not know of it yet.
  private static func retention(of task: JavaObject) -> String? {
    if case .enumeration(let value) = task["stdioRetention"] { value.constant } else { nil }
  }

  // MARK: The plugin's objects

  private static func output(
    _ suites: [TestSuite], _ job: TestReportJob, isOlder: Bool, _ details: JavaValue
  ) -> JavaOutput {
    var fields: [String: JavaOutput] = [
      "duration": .float(suites.reduce(0) { $0 + $1.duration }), "startTime": .long(-1),
      "keepProperties": .boolean(job.keepsProperties), "skipOldReports": .boolean(job.oldest != nil),
      "suites": .list(suites.map { suite($0, job.directory, details) }),
    ]
    if isOlder {
      fields["keepLongStdio"] = .boolean(job.output == .all)
    } else {
      fields["stdioRetention"] = .enumeration(retention, job.output.rawValue)
    }
    return .object(isOlder ? olderTestResult : testResult, fields)
  }

  private static func suite(_ suite: TestSuite, _ directory: String, _ details: JavaValue) -> JavaOutput {
    let details = details.object
    let strings: (String) -> JavaOutput = { name in
      .list((details?[name].list ?? []).compactMap { $0.string.map { .string($0) } })
    }
    let node = details?["nodeId"].string
    return .object(
      suiteResult,
      [
        "duration": .float(suite.duration), "startTime": .long(-1), "cases": .list(suite.cases.map(testCase)),
        "enclosingBlockNames": node == nil ? .list([]) : strings("enclosingBlockNames"),
        "enclosingBlocks": node == nil ? .list([]) : strings("enclosingBlocks"),
        "file": .optional(suite.file.map { directory + "/" + $0 }), "id": .optional(suite.id),
        "name": .string(suite.name), "nodeId": .optional(node), "properties": map(suite.properties),
        "stderr": .optional(suite.errors), "stdout": .optional(suite.output), "time": .optional(suite.time),
        "timestamp": .optional(suite.timestamp),
      ])
  }

  private static func testCase(_ test: TestCase) -> JavaOutput {
    .object(
      caseResult,
      [
        "duration": .float(test.duration), "skipped": .boolean(test.isSkipped), "startTime": .long(-1),
        "className": .optional(test.className), "errorDetails": .optional(test.errorDetails),
        "errorStackTrace": .optional(test.errorStackTrace), "properties": map(test.properties),
        "skippedMessage": .optional(test.skippedMessage), "stderr": .optional(test.errors),
        "stdout": .optional(test.output), "testName": .optional(test.name),
      ])
  }

  private static func map(_ values: [String: String]) -> JavaOutput {
    .map(values.sorted { $0.key < $1.key }.map { (.string($0.key), .string($0.value)) })
  }
}
