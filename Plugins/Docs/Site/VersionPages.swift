import JourneymanActionKit

/// The pages around the versions of a site: a list of them, and `latest`, which leads to the newest.
struct VersionPages {
  let title: String
  /// The names of all versions.
  let versions: [String]
  /// The pages of the newest version, relative to its folder.
  let latestPages: [String]

  /// By which the list of versions is known again.
  static let mark: HTML = "<meta name=\"generator\" content=\"journeyman docs, versions\">"

  /// The newest version.
  var latest: String? { VersionName.latest(of: versions) }

  /// The pages.
  func site() throws(PluginError) -> Site {
    var site = Site()
    let sorted = versions.sorted { VersionName.isOlder($1, $0) }
    let rows = sorted.map { name -> HTML in
      let mark: HTML = name == latest ? " <span class=\"flag\">latest</span>" : .empty
      return "<li><a href=\"\(PageName.encoded(name))/index.html\">\(name)</a>\(mark)</li>\n"
    }
    try site.add(Self.page(title, "<h1>\(title)</h1>\n<ul>\n\(rows)</ul>", assets: ""), at: "index.html")
    try site.add(SiteAssets.style, at: "site-assets/style.css")
    try site.add(SiteAssets.icon, at: "site-assets/icon.svg")
    guard let latest else { return site }
    for page in latestPages {
      let depth = page.split(separator: "/").count
      let up = String(repeating: "../", count: depth)
      let target = up + PageName.encoded("\(latest)/\(page)")
      let body: HTML = "<h1>\(title)</h1>\n<p>This page is <a href=\"\(target)\">in version \(latest)</a>.</p>"
      let redirect: HTML =
        "<meta http-equiv=\"refresh\" content=\"0; url=\(target)\">\n"
        + "<link rel=\"canonical\" href=\"\(target)\">\n"
      try site.add(Self.page(title, body, assets: up, head: redirect), at: "latest/\(page)")
    }
    return site
  }

  private static func page(_ title: String, _ body: HTML, assets: String, head: HTML = .empty) -> String {
    let document: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(PageFrame.policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      \(Self.mark)
      \(head)<title>\(title)</title>
      <link rel="icon" href="\(assets)site-assets/icon.svg" type="image/svg+xml">
      <link rel="stylesheet" href="\(assets)site-assets/style.css">
      </head>
      <body>
      <main class="plain">
      \(body)
      </main>
      </body>
      </html>

      """
    return document.text
  }
}
