import JourneymanBuildspec
import Testing

/// Artifacts, reports, cache and proxy.
@Suite struct FileSectionTests {
  @Test func readsArtifacts() throws {
    let document = parse(
      with: """
        artifacts:
          files:
            - '**/*'
            - target/*.{jar,war}
          name: build-$(date +%F)/$VERSION
          discard-paths: no
          base-directory: my-build*
          exclude-paths: '**/.*'
          enable-symlinks: yes
          s3-prefix: nightly
          secondary-artifacts:
            site:
              files: [site/**/*]
              base-directory: docs
              discard-paths: "yes"
            binaries:
              files: bin/*
              exclude-paths: ['*.o', '*.d']
        """)
    #expect(document.problems.isEmpty)
    #expect(
      try #require(document.buildspec).artifacts
        == Buildspec.Artifacts(
          primary: .init(
            files: ["**/*", "target/*.{jar,war}"], name: "build-$(date +%F)/$VERSION", baseDirectory: "my-build*",
            excludePaths: ["**/.*"], keepsSymlinks: true, s3Prefix: "nightly"),
          secondary: [
            .init(identifier: "site", files: ["site/**/*"], discardsPaths: true, baseDirectory: "docs"),
            .init(identifier: "binaries", files: ["bin/*"], excludePaths: ["*.o", "*.d"]),
          ]))
  }

  @Test func allowsOnlySecondaryArtifacts() throws {
    let document = parse(with: "artifacts:\n  secondary-artifacts:\n    a:\n      files: x\n")
    #expect(document.problems.isEmpty)
    let artifacts = try #require(document.buildspec).artifacts
    #expect(artifacts.primary == nil)
    #expect(artifacts.secondary == [.init(identifier: "a", files: ["x"])])
  }

  @Test(arguments: [
    ("artifacts:\n  name: x\n", "6:3 artifacts: no files are named, so there is no artifact"),
    ("artifacts:\n  files:\n", "6:3 artifacts: no files are named, so there is no artifact"),
    ("artifacts:\n  files: [a, null]\n", "6:14 artifacts.files[1] is empty and is left out"),
    ("reports:\n  unit:\n    file-format: junitxml\n", "6:3 reports.unit: files is missing, so nothing is reported"),
    ("reports:\n  unit:\n", "6:3 reports.unit: files is missing, so nothing is reported"),
    ("cache:\n  paths: [a]\n  fallback-keys: [b]\n", "6:3 cache.fallback-keys has no effect without cache.key"),
    (
      "cache:\n  paths: [a]\n  key: k\n  fallback-keys: [a, b, c, d, e, f]\n",
      "6:3 cache.fallback-keys: only the first 5 are used"
    ),
    (
      "reports: {a: {files: x}, b: {files: x}, c: {files: x}, d: {files: x}, e: {files: x}, f: {files: x}}\n",
      "5:10 reports: CodeBuild accepts 5 groups for a project, these are 6"
    ),
  ])
  func warns(text: String, message: String) {
    let document = parse(with: text)
    #expect(document.warningLines == [message])
    #expect(document.buildspec != nil)
  }

  @Test(arguments: [
    (
      "artifacts:\n  secondary-artifacts:\n    a:\n      name: x\n",
      "7:5 artifacts.secondary-artifacts.a: files is missing: the artifact would be empty"
    ),
    (
      "artifacts:\n  secondary-artifacts:\n    a:\n",
      "7:5 artifacts.secondary-artifacts.a: files is missing: the artifact would be empty"
    ),
    ("artifacts:\n  files: {a: b}\n", "6:10 artifacts.files: expected text, found a mapping"),
    ("artifacts:\n  files: [[a]]\n", "6:11 artifacts.files[0]: expected text, found a list"),
    ("artifacts: '**/*'\n", "5:12 artifacts: expected a mapping of keys to values, found text"),
    ("reports: [a]\n", "5:10 reports: expected a mapping of keys to values, found a list"),
    (
      "cache:\n  paths: ['\(String(repeating: "{a,b}", count: 11))']\n",
      "6:10 cache.paths: the pattern '\(String(repeating: "{a,b}", count: 11))' stands for more than 1024 alternatives"
    ),
  ])
  func refuses(text: String, message: String) {
    #expect(parse(with: text).errorLines == [message])
  }

  @Test(arguments: ["yes", "Yes", "YES", "true", "True", "TRUE", "on", "y", "\"yes\"", "'true'"])
  func readsTrue(spelling: String) throws {
    let document = parse(with: "artifacts:\n  files: a\n  discard-paths: \(spelling)\n")
    #expect(try #require(document.buildspec?.artifacts.primary).discardsPaths)
  }

  @Test(arguments: ["no", "No", "NO", "false", "False", "FALSE", "off", "n", "\"no\"", "'false'", ""])
  func readsFalse(spelling: String) throws {
    let document = parse(with: "artifacts:\n  files: a\n  discard-paths: \(spelling)\n")
    #expect(document.problems.isEmpty)
    #expect(try !#require(document.buildspec?.artifacts.primary).discardsPaths)
  }

  @Test func readsReportsCacheAndProxy() throws {
    let document = parse(
      with: """
        reports:
          unit:
            files:
              - '**/*'
            base-directory: target/reports
            discard-paths: yes
          arn:aws:codebuild:us-east-1:111122223333:report-group/cover:
            files: cover.xml
            file-format: CloverXML
          $GROUP:
            files: [a]
            file-format: CUCUMBERJSON
        cache:
          key: deps-$(codebuild-hash-files package-lock.json)
          fallback-keys:
            - deps-
          action: Restore
          paths:
            - 'node_modules/**/*'
            - /root/.m2/**/*
            - ~/.cache
        proxy:
          upload-artifacts: yes
          logs: no
        """)
    #expect(document.problems.isEmpty)
    let buildspec = try #require(document.buildspec)
    #expect(
      buildspec.reports == [
        .init(name: "unit", files: ["**/*"], baseDirectory: "target/reports", discardsPaths: true),
        .init(
          name: "arn:aws:codebuild:us-east-1:111122223333:report-group/cover", files: ["cover.xml"], format: .clover),
        .init(name: "$GROUP", files: ["a"], format: .cucumber),
      ])
    #expect(
      buildspec.cache
        == .init(
          paths: ["node_modules/**/*", "/root/.m2/**/*", "~/.cache"],
          key: "deps-$(codebuild-hash-files package-lock.json)", fallbackKeys: ["deps-"], action: .restore))
    #expect(buildspec.proxy == .init(uploadsArtifacts: true))
  }
}
