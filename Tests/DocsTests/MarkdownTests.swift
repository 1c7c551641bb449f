import Foundation
import JourneymanActionKit
import JourneymanSupport
import Testing

/// Sites from Markdown files.
@Suite struct MarkdownTests {
  private static let project = [
    "docs/index.md": """
    # Handbook

    Read [the guide](guide/), then [its end](guide/setup.md#the-end), [this](#a--b) and [that](https://example.com/x).

    ## A & B

    ```swift
    let text = "<b>" // a comment
    ```

    ![A plan](images/plan.png) ![far](https://example.com/far.png)

    | a | b |
    |--:|---|
    | 1 | 2 |

    - [x] done
    """,
    "docs/guide/README.md":
      "---\ntitle: \"The guide: all of it\"\norder: 2\n---\n\nText with `code`. [Back](../index.md)\n",
    "docs/guide/setup.md":
      "# Setup\n\n## The end\n\n## The end\n\n[second](#the-end-1) <a id=\"here\"></a> [x](#here)\n",
    "docs/guide/10-later.md": "Later.\n",
    "docs/guide/2-sooner.md": "Sooner.\n",
    "docs/images/plan.png": "not really a picture",
    "docs/.hidden/secret.md": "# Hidden\n",
  ]

  @Test func pagesLinkToPages() async throws {
    let run = try DocsRun(Self.project)
    let outcome = try await run.run(#"{"generator": "markdown", "source": "docs"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(
      try run.files() == [
        "guide/10-later.html", "guide/2-sooner.html", "guide/index.html", "guide/setup.html", "images/plan.png",
        "index.html", "site-assets/icon.svg", "site-assets/script.js", "site-assets/search.js", "site-assets/style.css",
      ])
    let index = try run.page("index.html")
    for part in [
      "<a href=\"guide/index.html\">the guide</a>", "<a href=\"guide/setup.html#the-end\">", "<a href=\"#a--b\">",
      "id=\"a--b\"", "<a href=\"https://example.com/x\">that</a>", "<img src=\"images/plan.png\" alt=\"A plan\" />",
      "<a href=\"https://example.com/far.png\">far</a>", "<td class=\"right\">1</td>",
      "<span class=\"k\">let</span> text = <span class=\"s\">&quot;&lt;b&gt;&quot;</span> <span class=\"c\">// a comment</span>",
      "<title>Handbook</title>",
    ] { #expect(index.contains(part), "\(part)\n\(index)") }
    let setup = try run.page("guide/setup.html")
    #expect(setup.contains("id=\"the-end-1\"") && setup.contains("<span id=\"here\"></span>"))
    let guide = try run.page("guide/index.html")
    #expect(guide.contains("<h1>The guide: all of it</h1>") && guide.contains("aria-current=\"page\""))
    // Numbers by their value, and the neighbours in that order.
    let sooner = try #require(guide.range(of: "2-sooner.html")), later = try #require(guide.range(of: "10-later.html"))
    #expect(sooner.lowerBound < later.lowerBound)
    #expect(try run.page("guide/2-sooner.html").contains("rel=\"next\" href=\"10-later.html\""))
    #expect(try run.page("site-assets/search.js").contains("guide/setup.html#the-end"))
  }

  @Test(arguments: [
    ("[x](gone.md)", "the link 'gone.md' leads to nothing"), ("[x](other.md#gone)", "no heading 'gone' of other.html"),
    ("[x](#gone)", "no heading 'gone' of index.html"), ("[x](../secret.md)", "leads out of the documentation"),
    ("[x](/../secret.md)", "leads out of the documentation"), ("[x](page.html)", "leads to nothing"),
    ("![x](gone.png)", "the image 'gone.png' leads to nothing"), ("![x](other.md)", "is no image"),
    ("[x](tool.html)", "of a kind that a site does not take over"), ("[x](link.txt)", "a symbolic link"),
    ("![x](bad.svg)", "bad.svg holds the element 'script'"), ("![x](click.svg)", "runs a script at 'onclick'"),
    ("[x](%00)", "is no URL"), ("[ref]\n\n[ref]: gone.md", "leads to nothing"),
  ])
  func brokenLinksFailWithTheirLine(text: String, message: String) async throws {
    let run = try DocsRun([
      "docs/README.md": "---\ntitle: T\n---\n# One\n\ntwo\n\(text)\n", "docs/other.md": "# Other\n",
      "docs/tool.html": "<script>alert(1)</script>", "secret.md": "secret",
      "docs/bad.svg": "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
      "docs/click.svg": "<svg xmlns='http://www.w3.org/2000/svg' onclick='alert(1)'/>",
    ])
    symlink("../secret.md", run.workspace + "/docs/link.txt")
    let found = await failure { try await run.run(#"{"generator": "markdown", "source": "docs"}"#) }
    #expect(found.hasPrefix("docs/README.md:7: ") && found.contains(message), "\(found)")
  }

  /// Nothing that an author writes becomes a script, a style or a request of the page.
  @Test func hostileTextStaysText() async throws {
    let hostile = """
      # <script>alert(1)</script> "><img src=x onerror=alert(1)>

      <script>alert(2)</script>
      <img src="https://evil.example/x.png" onerror="alert(3)">
      <a id="x" onclick="alert(4)">x</a> <a name='"><script>'></a> <svg onload=alert(5)>

      [a](javascript:alert(6)) [b](JaVaScRiPt:alert(7)) [c](java&#10;script:alert(8)) [d](data:text/html;base64,PHNjcmlwdD4=)
      [e](vbscript:x) [f](file:///etc/passwd) <javascript:alert(9)> ![g](javascript:alert(10)) [h](&#1;javascript:alert(1))
      ![i](https://evil.example/y.png) [![j](https://evil.example/z.png)](https://example.com)

      ```"><script>alert(11)</script>
      </code></pre><script>alert(12)</script>
      ```
      """
    let run = try DocsRun([
      "docs/index.md": "---\ntitle: '</title><script>alert(13)</script>'\n---\n" + hostile,
      "docs/\"><script>.md": "[x](index.md)",
    ])
    let outcome = try await run.run(
      #"{"generator": "markdown", "source": "docs", "title": "<script>alert(14)</script>"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    for path in try run.files() where path.hasSuffix(".html") {
      let page = try run.page(path).lowercased()
      #expect(page.components(separatedBy: "<script").count == 2, "\(page)")
      #expect(!page.contains("<img") && !page.contains("<svg"), "\(page)")
      for scheme in ["javascript:", "vbscript:", "file:", "data:"] {
        #expect(!page.contains("href=\"\(scheme)") && !page.contains("src=\"\(scheme)"), "\(page)")
      }
      #expect(page.firstMatch(of: /<[^>]*\son[a-z]+=/) == nil, "\(page)")
    }
    #expect(try !run.page("site-assets/search.js").contains("<script"))
  }

  @Test func withoutAnIndexThereIsAListOfPages() async throws {
    let run = try DocsRun(["a/one.md": "# One\n", "a/b/two.md": "# Two\n"])
    let outcome = try await run.run(#"{"generator": "markdown", "source": "a", "output": "public"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(try run.page("index.html").contains("<a href=\"b/two.html\">Two</a>"))
    // The site of the last run is no source of the next one.
    let again = try await run.run(#"{"generator": "markdown", "source": ".", "output": "public"}"#)
    #expect(again.outputs["pages"] == "2")
  }

  @Test func aSingleFileIsASite() async throws {
    let run = try DocsRun(["README.md": "# Me\n\n![p](p.png)\n", "p.png": "x", "OTHER.md": "# Other"])
    let outcome = try await run.run(#"{"generator": "markdown", "source": "README.md"}"#)
    #expect(outcome.status == .succeeded && outcome.outputs["pages"] == "1", "\(outcome.message)")
    #expect(try run.files().contains("p.png"))
  }

  @Test(arguments: [
    (#"{"generator": "markdown"}"#, "source"), (#"{"generator": "markdown", "source": "../x"}"#, "source"),
    (#"{"generator": "markdown", "source": "/etc"}"#, "source"),
    (#"{"generator": "markdown", "source": "a", "output": "."}"#, "output"),
    (#"{"generator": "markdown", "source": "a", "output": "a/../.."}"#, "output"),
    (#"{"generator": "markdown", "source": "a", "version": "../1"}"#, "version"),
    (#"{"generator": "markdown", "source": "a", "version": "latest"}"#, "version"),
    (#"{"generator": "markdown", "source": "a", "command": "x"}"#, "command"),
    (#"{"generator": "markdown", "source": "a", "previous": "x"}"#, "previous"),
    (#"{"generator": "command", "output": "x"}"#, "command"), (#"{"generator": "command", "command": "x"}"#, "output"),
    (#"{"generator": "command", "command": "x", "output": "x", "base-path": "x"}"#, "base-path"),
  ])
  func configurationsThatMakeNoSenseAreRefused(configuration: String, key: String) async throws {
    let run = try DocsRun()
    do {
      _ = try await run.run(configuration)
      Issue.record("\(configuration) was taken")
    } catch let error as PluginConfigurationError {
      #expect("\(error)".contains(key), "\(error)")
    }
  }
}
