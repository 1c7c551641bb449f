import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// Sites from installed generators.
@Suite(.takingTurns) struct CommandTests {
  private func run(_ html: String, more: [String: String] = [:], options: String = "") async throws -> (DocsRun, String)
  {
    let run = try DocsRun(["made/index.html": html].merging(more) { $1 })
    let configuration = #"{"generator": "command", "command": "cp -a made html", "output": "html"\#(options)}"#
    let message = await failure { try await run.run(configuration) }
    return (run, message)
  }

  @Test func whatACommandHasMadeIsTakenOver() async throws {
    let page = "<p id=a>1</p>\n<a href='sub/b.html#b'>b</a><a href='#a'>a</a><a href='https://x.example/'>x</a>"
    let (run, message) = try await run(
      page, more: ["made/sub/b.html": "<a name='b' href='../index.html?q=1#a'>", "made/s.css": "a{}"])
    #expect(message == "succeeded: 2 pages", "\(message)")
    #expect(try run.files() == ["index.html", "s.css", "sub/b.html"])
  }

  @Test(arguments: [
    ("<p>\n<a href='gone.html'>", "html/index.html:2: the link 'gone.html' leads to nothing"),
    ("<p>\n\n<img src=x.png>", "html/index.html:3: the link 'x.png' leads to nothing"),
    ("<a href='#gone'>", "html/index.html:1: the link '#gone' leads to no heading 'gone' of index.html"),
    ("<a href='../other.html'>", "html/index.html:1: the link '../other.html' leads out of html"),
    (
      "<a href='file:///etc/passwd'>", "html/index.html:1: the link 'file:///etc/passwd' leads to a file of the machine"
    ),
    ("<a href='/x'>", "html/index.html:1: the link '/x' leads to nothing"),
    ("<script src='%2e%2e/a.js'></script>", "html/index.html:1: the link '%2e%2e/a.js' leads out of html"),
  ])
  func linksThatLeadNowhereFail(html: String, message: String) async throws {
    let found = try await run(html).1
    #expect(found.hasPrefix(message), "\(found)")
  }

  @Test func linksOfTheFileSystemAreRefused() async throws {
    let run = try DocsRun(["made/index.html": "x", "secret.txt": "s"])
    symlink("../secret.txt", run.workspace + "/made/link.txt")
    let found = await failure {
      try await run.run(#"{"generator": "command", "command": "cp -a made html", "output": "html"}"#)
    }
    #expect(found.hasPrefix("html/link.txt:1: is no file of the site's own"), "\(found)")
  }

  @Test func commandsThatFailOrLeaveNothing() async throws {
    let run = try DocsRun()
    #expect(
      try await run.run(#"{"generator": "command", "command": "exit 3", "output": "html"}"#).message
        == "the generator ended with 3")
    let found = await failure {
      try await run.run(#"{"generator": "command", "command": "mkdir html", "output": "html"}"#)
    }
    #expect(found == "the generator has left no index.html in html")
  }

  @Test func aCommandKnowsWhereToPutAVersion() async throws {
    let run = try DocsRun(["site/1.0/index.html": "one"])
    let outcome = try await run.run(
      #"""
      {"generator": "command", "output": "site", "version": "1.1", "source": "src", "previous": "site",
       "command": "mkdir -p \"$DOCS_OUTPUT\" && echo \"$DOCS_SOURCE $DOCS_VERSION\" > \"$DOCS_OUTPUT/index.html\""}
      """#)
    #expect(outcome.status == .succeeded && outcome.outputs["latest"] == "1.1", "\(outcome.message)")
    #expect(try run.page("1.1/index.html") == "src 1.1\n" && run.page("1.0/index.html") == "one")
  }

  /// A list of versions that lies in the folder is not what the command has made.
  @Test func aListOfVersionsIsNoSite() async throws {
    let run = try DocsRun(["docs/a.md": "# A\n"])
    let made = try await run.run(#"{"generator": "markdown", "source": "docs", "output": "out", "version": "1.0"}"#)
    #expect(made.status == .succeeded)
    let found = await failure {
      try await run.run(#"{"generator": "command", "command": "true", "output": "out", "version": "2.0"}"#)
    }
    #expect(found == "the generator has left no index.html in out/2.0")
  }

  /// The base path is where links that begin with a slash start.
  @Test func linksWithASlashBeginAtTheBasePath() async throws {
    let good = try await run("<a href='/shop/a.html'>", more: ["made/a.html": "x"], options: #", "base-path": "/shop""#)
      .1
    #expect(good == "succeeded: 2 pages")
    let bad = try await run("<a href='/a.html'>", more: ["made/a.html": "x"], options: #", "base-path": "/shop""#).1
    #expect(bad.contains("leads out of html"))
  }

  @Test(.enabled(if: NeededPrograms.areFound("javadoc"))) func javadoc() async throws {
    let run = try DocsRun([
      "src/shop/Till.java": "package shop;\n/** Counts {@link Coin coins}. */\npublic class Till {\n"
        + "  /** Adds one.\n   * @param coin a coin */\n  public void add(Coin coin) {}\n}\n",
      "src/shop/Coin.java": "package shop;\n/** Money. */\npublic interface Coin {}\n",
    ])
    let outcome = try await run.run(
      #"{"generator": "command", "command": "javadoc -quiet -d out/api -sourcepath src shop", "output": "out/api"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message) \(run.services.lines)")
    #expect(try run.files().contains("shop/Till.html"))
  }

  @Test(.enabled(if: NeededPrograms.areFound("doxygen"))) func doxygen() async throws {
    let run = try DocsRun([
      "src/till.h":
        "/** @file\n * A till. */\n/** Counts. @see free_function */\nstruct Till { /** Coins. */ int coins; };\n"
        + "/** Free. */\nint free_function(struct Till *till);\n",
      "Doxyfile": "INPUT=src\nGENERATE_LATEX=NO\nHAVE_DOT=NO\nQUIET=YES\nSOURCE_BROWSER=YES\nOUTPUT_DIRECTORY=out\n",
    ])
    let outcome = try await run.run(#"{"generator": "command", "command": "doxygen Doxyfile", "output": "out/html"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message) \(run.services.lines)")
    #expect(try run.files().contains("structTill.html"))
  }

  @Test(.enabled(if: NeededPrograms.areFound("sphinx-build"))) func sphinx() async throws {
    let run = try DocsRun([
      "docs/conf.py": "project = 'Shop'\n",
      "docs/index.rst": "Hello\n=====\n\n.. toctree::\n\n   sub/next\n\n:ref:`genindex`\n",
      "docs/sub/next.rst": "Next\n====\n\nSee :doc:`../index`.\n\n.. function:: pay(coin)\n\n   Pays.\n",
    ])
    let outcome = try await run.run(
      #"{"generator": "command", "command": "sphinx-build -q docs \"$DOCS_OUTPUT\"", "output": "out"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message) \(run.services.lines)")
    #expect(try run.files().contains("sub/next.html"))
  }

  @Test(.enabled(if: NeededPrograms.areFound("docc"))) func docc() async throws {
    let run = try DocsRun([
      "Guide.docc/Guide.md":
        "# The guide\n\n@Metadata {\n  @TechnologyRoot\n}\n\nWelcome.\n\n## Topics\n\n- <doc:Next>\n",
      "Guide.docc/Next.md": "# Next\n\nMore, after <doc:Guide>.\n",
    ])
    // For an ordinary user, docc leaves out files of a template that root owns, so it gets a copy.
    try run.write(
      """
      set -e
      cp -r "$(dirname "$(readlink -f "$(command -v docc)")")/../share/docc/render" template
      DOCC_HTML_DIR=template docc convert Guide.docc --output-path "$DOCS_OUTPUT" \\
        --transform-for-static-hosting --hosting-base-path guide
      """, to: "make-docs.sh")
    let outcome = try await run.run(
      #"{"generator": "command", "output": "docs", "base-path": "/guide", "command": "sh make-docs.sh"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message) \(run.services.lines)")
    #expect(try run.files().contains("documentation/guide/index.html"))
  }
}
