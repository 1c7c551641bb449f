import JourneymanBuildspec
import Testing

@Suite struct ActionTests {
  @Test func readsActions() throws {
    let document = parse(
      with: """
        actions:
          - name: unit tests
            uses: test
            after: build
            when: always
            with: {framework: xctest, retries: 2}
            secrets: [pypi-token]
          - {name: publish, uses: docs}
        """)
    #expect(document.problems.isEmpty)
    let actions = try #require(document.buildspec).actions
    #expect(actions.map(\.name) == ["unit tests", "publish"])
    #expect(actions.map(\.plugin) == ["test", "docs"])
    #expect(actions.map(\.after) == [.build, nil])
    #expect(actions.map(\.condition) == [.always, .succeeded])
    #expect(actions.map(\.secrets) == [["pypi-token"], []])
    #expect(actions.map(\.mark) == [YAMLMark(line: 6, column: 5), YAMLMark(line: 12, column: 5)])
    #expect(actions.map(\.variablePrefix) == ["ACTION_UNIT_TESTS_", "ACTION_PUBLISH_"])
    let configuration = try #require(actions[0].configuration)
    #expect(configuration["retries"]?.scalar?.text == "2")
    #expect(configuration["retries"]?.mark == YAMLMark(line: 10, column: 40))
    #expect(actions[1].configuration == nil)
  }

  @Test func allowsAFileWithOnlyActions() {
    #expect(parse("version: 0.2\nactions: [{name: a, uses: docs}]\n").buildspec?.actions.count == 1)
  }

  @Test(arguments: [
    ("{a: b}", "5:10 actions: expected a list, found a mapping"), ("[~]", "5:11 actions[0]: is empty"),
    ("[test]", "5:11 actions[0]: expected a mapping of keys to values, found text"),
    ("[{uses: x}]", "5:11 actions[0]: name is missing"), ("[{name: x}]", "5:11 actions[0]: uses is missing"),
    ("[{name: '', uses: x}]", "5:18 actions[0].name: expected one line of 1 to 100 characters"),
    ("[{name: x, uses: y, wehn: always}]", "5:30 actions[0]: unknown key 'wehn'; did you mean 'when'?"),
    (
      "[{name: x, uses: y, when: never}]",
      "5:36 actions[0].when: 'never' is not one of succeeded, failed, always"
    ),
    (
      "[{name: x, uses: y, after: post-build}]",
      "5:37 actions[0].after: 'post-build' is not one of install, pre_build, build, post_build; did you mean "
        + "'post_build'?"
    ),
    ("[{name: x, uses: y}, {name: x, uses: z}]", "5:31 actions[1]: the name 'x' is taken: names are unique"),
    (
      "[{name: a b, uses: y}, {name: A-B, uses: z}]",
      "5:33 actions[1]: the name 'A-B' differs too little from 'a b': both would set ACTION_A_B_…"
    ),
  ])
  func refuses(actions: String, message: String) {
    #expect(parse(with: "actions: \(actions)\n").errorLines == [message])
  }
}
