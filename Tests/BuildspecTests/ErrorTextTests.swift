import JourneymanBuildspec
import Testing

/// The texts of CodeBuild and libyaml, word for word.
@Suite struct ErrorTextTests {
  @Test(arguments: [
    ("version: 0.2\nphases:\n\tbuild:\n", "3:1 found character that cannot start any token at line 3"),
    ("version: 0.2\nphases:\n  build: a: b\n", "3:11 mapping values are not allowed in this context at line 3"),
    (
      "version: 0.2\nphases:\n  build:\n    commands: [ls, 'a'\n  post_build:\n",
      "5:3 did not find expected ',' or ']' at line 5"
    ),
    ("version: 0.2\nenv: {a: b\nphases:\n", "3:7 did not find expected ',' or '}' at line 3"),
    ("version: 0.2\n- a\n", "2:1 did not find expected key at line 2"),
    ("a: 'b\n", "2:1 found unexpected end of stream at line 2"),
    ("a: \"\\q\"\n", "1:5 found unknown escape character at line 1"),
    ("a: *b\n", "1:4 unknown anchor 'b' referenced at line 1"),
    ("a: &b [*b]\n", "1:8 anchor 'b' value contains itself at line 1"),
    ("a:\n  <<: text\n", "2:7 map merge requires map or sequence of maps as the value at line 2"),
    ("a: b\nc: \u{1}\n", "2:4 control characters are not allowed at line 2"),
    ("%YAML 3.0\n---\na: b\n", "1:1 found incompatible YAML document at line 1"),
    ("a: !x!y b\n", "1:4 found undefined tag handle at line 1"),
    ("", "1:1 the buildspec is empty"),
    ("# nothing\n---\n", "3:1 the buildspec is empty"),
    ("- a\n", "1:1 the buildspec: expected a mapping of keys to values, found a list"),
    ("just text\n", "1:1 the buildspec: expected a mapping of keys to values, found text"),
  ])
  func saysWhatIsWrongWithTheYAML(text: String, expected: String) {
    let document = parse(text)
    #expect(document.errorLines == [expected])
    #expect(document.buildspec == nil)
    #expect(document.errors.allSatisfy { $0.code == .yamlFileError })
  }

  @Test func saysWhereAnEncodingIsWrong() {
    let document = Buildspec.parse(Array("a: é\nb: c".utf8) + [0xFF, 0x0A], file: "x")
    #expect(document.errorLines == ["2:5 invalid leading UTF-8 octet at line 2"])
  }

  @Test(arguments: [
    // An unquoted colon, as https://www.bioerrorlog.work/entry/codebuild-colon-error reports it of the service.
    (
      "version: 0.2\n\nphases:\n  build:\n    commands:\n     - echo \"Hello: world\"\n",
      [
        "6:8 Expected Commands[0] to be of string type: found subkeys instead at line 6, value of the key tag on "
          + "line 5 might be empty"
      ]
    ),
    (
      "version: 0.2\nphases:\n  build:\n    commands:\n      - ls\n      - - a\n        - b\n    finally:\n      - a: b\n",
      [
        "6:9 Expected Commands[1] to be of string type: found subkeys instead at line 6, value of the key tag on "
          + "line 5 might be empty",
        "9:9 Expected Finally[0] to be of string type: found subkeys instead at line 9, value of the key tag on "
          + "line 8 might be empty",
      ]
    ),
    (
      "version: 0.2\nphases:\n  builds:\n    commands: [a]\n  test:\n",
      [
        "3:3 Invalid buildspec phase name: builds. Expecting: build,install,post_build,pre_build",
        "5:3 Invalid buildspec phase name: test. Expecting: build,install,post_build,pre_build",
      ]
    ),
  ])
  func saysWhatTheServiceSaysAboutPhases(text: String, expected: [String]) {
    #expect(parse(text).errorLines == expected)
  }

  @Test func saysWhatTheServiceSaysAboutUnknownKeys() {
    let document = parse(
      """
      version: 0.2
      env:
        compute-type: large
      phases:
        pre_build:
          env: {A: b}
        build:
          env: {A: b}
          comands: [ls]
          runtime-versions: {python: 3.10}
      artifacts:
        type: zip
        files: '**/*'
        secondary-artifacts:
          site:
            files: '*'
            kind: zip
      typo: 1
      """)
    #expect(document.errorLines.isEmpty)
    #expect(document.buildspec != nil)
    #expect(
      document.unknownKeysText == """
        Found possible syntax errors in buildspec:\u{20}
        In the section BUILD
            The following keys cannot be identified:
                env
                comands
                runtime-versions
        In the section PRE_BUILD
            The following keys cannot be identified:
                env
        In the section artifacts
            The following keys cannot be identified:
                type
        In the section artifacts.secondary-artifacts.site
            The following keys cannot be identified:
                kind
        In the section buildspec
            The following keys cannot be identified:
                typo
        In the section env
            The following keys cannot be identified:
                compute-type
        """)
    #expect(document.warningLines.contains("9:5 unknown key 'comands' in the section BUILD; did you mean 'commands'?"))
    #expect(document.warnings.count == 8)
    #expect(document.warnings.allSatisfy { $0.code == .unknownKey })
  }

  @Test func hasNoTextAboutUnknownKeysWhenThereAreNone() {
    #expect(parse(with: "").unknownKeysText == nil)
  }

  @Test func rendersAProblemForPeople() {
    let document = parse("version: 0.2\nphases:\n  build:\n    commands: [ls, 'a'\n  post_build:\n")
    #expect(
      document.problems.map(\.description) == [
        "buildspec.yml:5:3: error: did not find expected ',' or ']' at line 5 (while parsing a flow sequence from line 4)"
      ])
  }

  @Test func tellsAllProblemsOfAFileAtOnce() {
    let document = parse(
      """
      version: 0.2
      run-as: [root]
      env:
        shell: zsh
        variables:
          A: {b: c}
      phases:
        install:
          on-failure: SOMETIMES
        deploy:
          commands: [ls]
      reports:
        unit:
          files: x
          file-format: JUNIT
      artifacts:
        files: [a]
        discard-paths: maybe
      cache:
        paths: [a]
        action: resotre
      """)
    #expect(
      document.errorLines == [
        "2:9 run-as: expected text, found a list",
        "4:10 env.shell: 'zsh' is not one of bash, /bin/sh, powershell.exe, cmd.exe",
        "6:8 env.variables.A: expected text, found a mapping",
        "9:17 phases.install.on-failure: 'SOMETIMES' is not ABORT, CONTINUE or RETRY[-count][-regex], count up to "
          + "100 and regex up to 1000 bytes",
        "10:3 Invalid buildspec phase name: deploy. Expecting: build,install,post_build,pre_build",
        "15:18 reports.unit.file-format: 'JUNIT' is not one of JUNITXML, NUNITXML, NUNIT3XML, TESTNGXML, "
          + "VISUALSTUDIOTRX, CUCUMBERJSON, CLOVERXML, COBERTURAXML, JACOCOXML, SIMPLECOV",
        "18:18 artifacts.discard-paths: 'maybe' is neither yes nor no",
        "21:11 cache.action: 'resotre' is not one of restore, save; did you mean 'restore'?",
      ])
  }
}
