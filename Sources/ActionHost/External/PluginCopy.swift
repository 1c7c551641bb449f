internal import Foundation
internal import JourneymanSealing
internal import JourneymanSupport

/// A private copy of a plugin's files: what is executed is what was checked, whatever happens to the original meanwhile.
struct PluginCopy {
  let files: ExternalPluginFiles
  let destination: String

  private static let mostFiles = 20_000
  private static let mostBytes: Int64 = 2 << 30

  /// Copies every regular file after checking it by its open descriptor.
  ///
  /// - Throws: ``PluginRegistryError``, also when the executable is no longer the one that was checked.
  func make() throws(PluginRegistryError) {
    let tree = try PluginTrust.open(files.directory)
    var budget = Budget()
    do {
      try copy(tree.number, "", &budget)
      let executable = try FileSystem.open(destination + "/" + files.executable, flags: O_RDONLY)
      let digest = try Digest.sha256(ofDescriptor: executable.number, name: files.executable).sha256
      if digest != files.digest {
        throw PluginRegistryError(
          .untrusted, "\(files.directory)/\(files.executable) changed after it was checked; start the build again")
      }
    } catch let error as PluginRegistryError {
      throw error
    } catch {
      throw PluginRegistryError(.unreadable, "the plugin in \(files.directory) could not be copied: \(error)")
    }
  }

  private struct Budget {
    var files = 0
    var bytes: Int64 = 0
  }

  private func copy(_ tree: Int32, _ path: String, _ budget: inout Budget) throws {
    let place = path.isEmpty ? destination : destination + "/" + path
    try FileSystem.makeDirectories(place)
    let directory = try FileSystem.openBeneath(tree, path.isEmpty ? "." : path, flags: O_RDONLY | O_DIRECTORY)
    // Hidden entries, such as .git and .build, are not part of a plugin.
    for entry in try FileSystem.rawEntries(of: directory.number, shown: files.directory + "/" + path) {
      guard let name = String(validating: entry.name, as: UTF8.self), !name.hasPrefix(".") else { continue }
      let full = path.isEmpty ? name : path + "/" + name
      budget.files += 1
      if budget.files > Self.mostFiles { throw SystemError("copy \(files.directory)", number: E2BIG) }
      var status = stat()
      if fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) != 0 { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try copy(tree, full, &budget)
      case S_IFREG, S_IFLNK:
        // A link that leads out of the directory, or to a directory, is not part of the plugin.
        var target = stat()
        let isLink = status.st_mode & S_IFMT == S_IFLNK
        if isLink, fstatat(directory.number, name, &target, 0) != 0 || target.st_mode & S_IFMT != S_IFREG { continue }
        let source = try PluginTrust.checked(full, in: tree, of: files.directory)
        if fstat(source.number, &target) != 0 { continue }
        budget.bytes += Int64(target.st_size)
        if budget.bytes > Self.mostBytes { throw SystemError("copy \(files.directory)", number: EFBIG) }
        let mode: UInt32 = target.st_mode & S_IXUSR != 0 ? 0o755 : 0o644
        let copy = try FileSystem.open(destination + "/" + full, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        try FileSystem.copyContent(from: source.number, to: copy.number, name: full)
        fchmod(copy.number, mode)
      default: break
      }
    }
  }
}
