import JourneymanBuildspec
import Testing

@Suite struct EnvironmentTests {
  @Test func keepsTheSourceTextOfValues() throws {
    let document = parse(
      with: """
        env:
          variables:
            VERSION: 3.10
            FLAG: true
            ANSWER: yes
            OCTAL: 0123
            HEX: 0x1F
            DATE: 2024-01-02
            BIG: 1_000
            EXPONENT: 1e3
            EMPTY:
            TILDE: ~
            NULL_TEXT: "null"
            QUOTED: '3.10'
            PATH: "$PATH:/x"
            COLON: "a: b # c"
            SPACES: "  a  "
            LINES: |
              one
                two
            FOLDED: >-
              one
              two
            ESCAPES: "tab\\tnewline\\nquote\\""
            TAGGED: !!str 12
            CLOUD: !Ref Bucket
            UNICODE: grüße 🚀
        """)
    #expect(document.problems.isEmpty)
    let variables = try #require(document.buildspec).environment.variables
    #expect(
      variables.map { [$0.name, $0.value] } == [
        ["VERSION", "3.10"], ["FLAG", "true"], ["ANSWER", "yes"], ["OCTAL", "0123"], ["HEX", "0x1F"],
        ["DATE", "2024-01-02"], ["BIG", "1_000"], ["EXPONENT", "1e3"], ["EMPTY", ""], ["TILDE", ""],
        ["NULL_TEXT", "null"], ["QUOTED", "3.10"], ["PATH", "$PATH:/x"], ["COLON", "a: b # c"], ["SPACES", "  a  "],
        ["LINES", "one\n  two\n"], ["FOLDED", "one two"], ["ESCAPES", "tab\tnewline\nquote\""], ["TAGGED", "12"],
        ["CLOUD", "Bucket"], ["UNICODE", "grüße 🚀"],
      ])
  }

  @Test(arguments: [
    ("bash", Buildspec.Environment.Shell.bash), ("/bin/sh", .sh), ("sh", .sh), ("powershell.exe", .powershell),
    ("cmd.exe", .cmd),
  ])
  func readsTheShell(text: String, expected: Buildspec.Environment.Shell) {
    #expect(parse(with: "env:\n  shell: \(text)\n").buildspec?.environment.shell == expected)
  }

  @Test(
    arguments: [
      ("prod/db", "prod/db", nil, nil, nil), ("prod/db:password", "prod/db", "password", nil, nil),
      ("db:password:AWSPREVIOUS", "db", "password", "AWSPREVIOUS", nil), ("db:key::vid", "db", "key", nil, "vid"),
      ("db:::", "db", nil, nil, nil), ("db::AWSCURRENT:", "db", nil, "AWSCURRENT", nil),
      (
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf", nil, nil, nil
      ),
      (
        "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:db-AbCdEf:user:AWSPENDING:",
        "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:db-AbCdEf", "user", "AWSPENDING", nil
      ),
    ] as [(String, String, String?, String?, String?)])
  func splitsSecretReferences(text: String, id: String, key: String?, stage: String?, version: String?) throws {
    let document = parse(with: "env:\n  secrets-manager:\n    DB: \"\(text)\"\n")
    #expect(document.problems.isEmpty)
    #expect(
      try #require(document.buildspec).environment.secretsManager == [
        .init(variable: "DB", secretID: id, jsonKey: key, versionStage: stage, versionID: version)
      ])
  }

  @Test(arguments: [
    ("", "'' names no secret"), (":key", "':key' names no secret"),
    ("db:k:stage:vid", "'db:k:stage:vid' names both a version stage and a version id: only one may be"),
    ("a:b:c:d:e", "'a:b:c:d:e' has more fields than secret-id:json-key:version-stage:version-id"),
    (
      "arn:aws:secretsmanager:us-east-1:1:secret",
      "'arn:aws:secretsmanager:us-east-1:1:secret' is not the ARN of a secret"
    ),
    ("arn:aws:s3:::bucket:key:x", "'arn:aws:s3:::bucket:key:x' is not the ARN of a secret"),
  ])
  func refusesWrongSecretReferences(text: String, message: String) {
    let document = parse(with: "env:\n  secrets-manager:\n    DB: \"\(text)\"\n")
    #expect(document.errorLines == ["7:5 env.secrets-manager.DB: \(message)"])
  }

  @Test func readsParametersAndExports() throws {
    let document = parse(
      with: """
        env:
          git-credential-helper: yes
          parameter-store:
            TOKEN: /ci/token:3
            NAME: bare-name
          exported-variables:
            - VERSION
            - AWS_SECRET
            -
        """)
    let environment = try #require(document.buildspec).environment
    #expect(environment.usesGitCredentialHelper)
    #expect(
      environment.parameterStore == [
        .init(variable: "TOKEN", parameter: "/ci/token:3"), .init(variable: "NAME", parameter: "bare-name"),
      ])
    #expect(environment.exportedVariables == ["VERSION"])
    #expect(
      document.warningLines == [
        "11:5 env.exported-variables: variables that start with AWS_ cannot be exported: 'AWS_SECRET' is left out",
        "13:6 env.exported-variables[2] is empty and is left out",
      ])
  }

  @Test func checksNames() throws {
    let document = parse(
      with: """
        env:
          variables:
            CODEBUILD_MINE: a
            my-name: b
            1ST: c
            "A=B": d
            "": e
            _OK9: f
        """)
    #expect(
      document.errorLines == [
        "10:5 env: 'A=B' cannot be the name of a variable", "11:5 env: '' cannot be the name of a variable",
      ])
    #expect(
      document.warningLines == [
        "7:5 env: names that start with CODEBUILD_ are reserved: 'CODEBUILD_MINE'",
        "8:5 env: a shell cannot use a variable named 'my-name'", "9:5 env: a shell cannot use a variable named '1ST'",
      ])
  }

  @Test func letsSecretsWinOverPlainValues() throws {
    let document = parse(
      with: """
        env:
          variables: {A: plain, B: plain, C: plain}
          parameter-store: {B: parameter, D: parameter}
          secrets-manager: {C: secret, D: secret}
        """)
    let environment = try #require(document.buildspec).environment
    #expect(environment.variables.map(\.name) == ["A"])
    #expect(environment.parameterStore.map(\.variable) == ["B"])
    #expect(environment.secretsManager.map(\.variable) == ["C", "D"])
    #expect(document.warnings.count == 3)
  }

  @Test func readsVersion01() throws {
    let document = parse(
      """
      version: 0.1
      environment_variables:
        plaintext:
          JAVA_HOME: "/usr/lib/jvm"
      phases:
        build:
          commands: mvn install
      artifacts:
        type: zip
        files: target/a.jar
        discard-paths: yes
      """)
    let buildspec = try #require(document.buildspec)
    #expect(document.problems.isEmpty)
    #expect(buildspec.version == .v01)
    #expect(buildspec.environment.variables == [.init(name: "JAVA_HOME", value: "/usr/lib/jvm")])
    #expect(buildspec.phases[.build]?.commands == ["mvn install"])
    #expect(buildspec.artifacts.primary == .init(files: ["target/a.jar"], discardsPaths: true))
  }

  @Test func doesNotKnowTheOldKeysInVersion02() {
    let document = parse(with: "environment_variables:\n  plaintext: {A: b}\n")
    #expect(document.unknownKeys == [.init(section: "buildspec", keys: ["environment_variables"])])
    #expect(document.buildspec?.environment.variables.isEmpty == true)
  }
}
