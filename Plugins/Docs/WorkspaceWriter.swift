import JourneymanActionKit

/// Puts files into the workspace, which only processes of the build can change: one of them reads them from its standard
/// input, each after a line with its size and its path.
struct WorkspaceWriter {
  /// The most bytes that one process is handed.
  private static let batch = 32 << 20

  private let context: ActionContext

  init(_ context: ActionContext) { self.context = context }

  private static let script = """
    set -e
    target=$1
    shift
    mkdir -p -- "$target"
    cd -- "$target"
    for old; do rm -rf -- "./$old"; done
    while IFS=' ' read -r kind size path; do
      case $kind in
        d) mkdir -p -- "./$path" ;;
        f) rm -f -- "./$path"; head -c "$size" > "./$path" ;;
      esac
    done
    """

  /// Writes a site.
  ///
  /// - Parameters:
  ///   - site: what is written; files with a line break in their names are left out.
  ///   - target: the folder of the workspace; `nil` for nowhere.
  ///   - old: what is removed from the folder first.
  /// - Throws: `PluginError` when it could not be written.
  func write(_ site: Site, to target: String?, replacing old: [String] = []) async throws {
    guard let target else { return }
    let files = site.files.filter { !$0.key.contains(where: \.isNewline) }.sorted { $0.key < $1.key }
    var folders = Set(files.map { String(PageName.folder(of: $0.key).dropLast()) })
    folders.remove("")
    var input = folders.sorted().flatMap { Array("d 0 \($0)\n".utf8) }
    var removed = old
    for (path, content) in files {
      if input.count > Self.batch {
        try await send(input, to: target, replacing: removed)
        (input, removed) = ([], [])
      }
      input += Array("f \(content.count) \(path)\n".utf8) + content
    }
    try await send(input, to: target, replacing: removed)
  }

  private func send(_ input: [UInt8], to target: String, replacing old: [String]) async throws {
    let result = try await context.run(
      ProcessRequest(
        "/bin/sh", ["-c", Self.script, "docs", "./" + target] + old, directory: ".", standardInput: input))
    if !result.isSuccess {
      throw PluginError(.failed, "the site could not be written to \(target): the shell ended with \(result.exitCode)")
    }
  }
}
