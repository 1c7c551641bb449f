import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// The texts that the controller parses, beside what git prints.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct GitHistoryTests {
  private let bench: GitBench
  private let git: GitPeer

  init() async throws {
    bench = try await GitBench()
    git = try await GitPeer(bench.repositories)
    let long = String(repeating: "A long line that git could wrap, but does not. ", count: 8)
    _ = try await GitPeer.shell(
      """
      tick() { at=$((at + 60)); export GIT_AUTHOR_DATE="$at +0530" GIT_COMMITTER_DATE="$at -0800"; }; at=1700000000
      tick; git mv 'ü n.txt' 'moved ö.txt'; git commit -qm 'renamed as it is'
      tick; seq 1 200 > numbers; git add .; git commit -qm numbers
      tick; git mv numbers digits; echo 201 >> digits; git commit -qam 'renamed and changed'
      tick; mkdir -p d/e; printf 'q"t\\tb' > "$(printf 'd/e/q"t\\tb')"; printf '\\0bin' > bin; git add .
      git commit -qm '\(long)' -m 'second paragraph

        indented

      after an empty line  ' -m "trailing: café ☃"
      tick; chmod 755 app.txt; rm bin; ln -s app.txt bin; git add .; git commit -qm 'mode and kind'
      tick; git commit -q --allow-empty -m 'nothing changed'
      tick; git commit -q --allow-empty --allow-empty-message -m ''
      tick; git commit -q --allow-empty -F - --cleanup=verbatim <<'END'
      first


      after two, and at the end:

      END
      tick; printf 'caf\\351 in latin\\n' | git -c i18n.commitEncoding=ISO-8859-1 commit -q --allow-empty -F - \
        --author="$(printf 'Andr\\351') <a@example.org>"
      tick; printf 'Proper Name <proper@example.org> Dev <dev@example.org>\\n' > .mailmap; git add .; git commit -qm map
      tick; git rm -q d/e/*; echo two > app.txt; git commit -qam 'removed and changed'
      tick; git checkout -q -b other v1; echo o > other.txt; git add other.txt; git commit -qm 'on the other side'
      tick; git checkout -q main; git merge -q --no-ff -m merged other
      tick; echo three > app.txt; git commit -qam last
      git push -q ../app.git main
      """, in: bench.repositories + "/app")
  }

  private var url: String { "http://127.0.0.1:\(git.port)/app.git" }

  private func calls() async throws -> GitCalls {
    let calls = try await GitCalls(bench.agent.controller, bench.workspace)
    try await calls.addPassword(url, GitPeer.user, GitPeer.password)
    #expect(try await calls.run("CloneCommand", [("url", [.string(url)])]).failure == nil)
    #expect(try await calls.run("CheckoutCommand", [("ref", [.string("origin/main")])]).failure == nil)
    return calls
  }

  /// How alike two contents are is each program's own reckoning.
  private func withoutScores(_ text: String) -> String {
    text.replacing(#/\x20R0\d\d\t/#) { _ in " R0xx\t" }
  }

  private func changelog(_ calls: GitCalls, _ settings: [(String, [JavaOutput])]) async throws -> String {
    let layout = JavaLayout("hudson.remoting.RemoteWriter", 1, writesCustomData: true)
    let writer = JavaOutput.object(layout, custom: [layout.name: [.block(JavaOutput.bigEndian(Int32(4711)))]])
    let answer = try await calls.run("ChangelogCommand", settings + [("to", [writer])])
    #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
    let units = answer.others.filter { $0.className == "hudson.remoting.ProxyWriter$Chunk" }.flatMap { chunk in
      (chunk["buf"].array?.elements ?? []).compactMap { if case .character(let unit) = $0 { unit } else { nil } }
    }
    return String(decoding: units, as: UTF16.self)
  }

  @Test func aChangelogIsLetterByLetterGits() async throws {
    let format = "commit %H%ntree %T%nparent %P%nauthor %aN <%aE> %ai%ncommitter %cN <%cE> %ci%n%n%w(0,4,4)%B"
    let log = "log --no-merges --raw --no-abbrev -M"
    try await bench.agent.serve(bench.host) {
      let calls = try await calls()
      let head = try await bench.id("HEAD", in: bench.workspace)
      let first = try await bench.id("v1", in: bench.workspace)
      for (settings, arguments) in [
        (
          [("includes", [.string(head)]), ("excludes", [.string(first)]), ("max", [.integerObject(1024)])],
          "-n1024 \(head) ^\(first)"
        ),
        ([("includes", [.string("HEAD")]), ("max", [.integerObject(3)])], "-n3 HEAD"),
        ([("includes", [GitObjects.output(head)])], "\(head)"),
        ([("includes", [.string(head)]), ("excludes", [GitObjects.output(head)])], "\(head) ^\(head)"),
      ] as [([(String, [JavaOutput])], String)] {
        let own = try await changelog(calls, settings)
        let expected = try await GitPeer.shell(
          "git -c safe.directory='*' \(log) --format='\(format)' \(arguments)", in: bench.workspace)
        #expect(withoutScores(own) == withoutScores(expected), "\(arguments)")
      }
      #expect(try await changelog(calls, []).contains("Proper Name <proper@example.org>"))
    }
  }

  @Test func revisionsAreShownAsGitShowsThem() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls()
      let head = try await bench.id("HEAD", in: bench.workspace)
      let first = try await bench.id("v1", in: bench.workspace)
      let merge = try await bench.id("HEAD~1", in: bench.workspace)
      for (arguments, words) in [
        ([GitObjects.output(first), GitObjects.output(head)], "--raw \(first)..\(head)"),
        ([GitObjects.output(first), GitObjects.output(head), .booleanObject(true)], "--raw \(first)..\(head)"),
        ([GitObjects.output(first), GitObjects.output(head), .booleanObject(false)], "\(first)..\(head)"),
        ([GitObjects.output(merge)], "--raw -1 \(merge)"), ([.null, GitObjects.output(first)], "--raw -1 \(first)"),
      ] as [([JavaOutput], String)] {
        let answer = try await calls.call("showRevision", arguments)
        let own = (answer.value?.list ?? []).compactMap(\.string).joined(separator: "\n")
        let expected = try await GitPeer.git(
          "log --full-history --no-abbrev --format=raw -M -m \(words)", in: bench.workspace)
        #expect(
          withoutScores(own).trimmingCharacters(in: .newlines)
            == withoutScores(expected).trimmingCharacters(in: .newlines), "\(words)")
      }
    }
  }
}
