internal import Foundation
internal import JourneymanSealing
internal import JourneymanSupport

/// Who may have written the files of an external plugin: root and the agent's own user, nobody else.
///
/// Everything is judged by open descriptors, so that what was checked is what is read.
enum PluginTrust {
  /// Checks the directory itself and every directory above it: whoever can write to one of them can exchange the plugin.
  ///
  /// - Throws: ``PluginRegistryError``
  static func check(directory: String, workspaces: [String]) throws(PluginRegistryError) {
    let real = URL(fileURLWithPath: directory).resolvingSymlinksInPath().path
    for workspace in workspaces {
      let root = URL(fileURLWithPath: workspace).resolvingSymlinksInPath().path
      if real == root || real.hasPrefix(root + "/") {
        throw PluginRegistryError(
          .untrusted, "\(directory) lies in the workspace \(workspace), from which no plugin is ever loaded")
      }
    }
    var path = real
    while true {
      var status = stat()
      if lstat(path, &status) != 0 {
        throw PluginRegistryError(.unreadable, "\(SystemError("look at \(path)"))")
      }
      // In a directory with the sticky bit, such as /tmp, others can add entries but not exchange this one.
      let isSticky = status.st_mode & S_ISVTX != 0 && path != real
      if let reason = suspicion(status, ignoringMode: isSticky) {
        throw PluginRegistryError(.untrusted, "\(path) \(reason), so that \(directory) cannot be trusted")
      }
      if path == "/" { return }
      path = PathName.directory(of: path)
    }
  }

  /// Opens the plugin's directory.
  static func open(_ directory: String) throws(PluginRegistryError) -> OwnedDescriptor {
    do throws(SystemError) {
      return try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY)
    } catch {
      throw PluginRegistryError(.unreadable, "\(error)")
    }
  }

  /// Reads a file of the plugin.
  static func read(
    _ file: String, in tree: Int32, of directory: String, limit: Int
  ) throws(PluginRegistryError) -> [UInt8] {
    let opened = try checked(file, in: tree, of: directory)
    do throws(SystemError) {
      return try FileSystem.readAll(opened.number, limit: limit, name: directory + "/" + file)
    } catch {
      throw PluginRegistryError(.unreadable, "\(error)")
    }
  }

  /// The SHA-256 of the plugin's executable, in hex.
  static func digest(of file: String, in tree: Int32, of directory: String) throws(PluginRegistryError) -> String {
    let opened = try checked(file, in: tree, of: directory)
    var status = stat()
    if fstat(opened.number, &status) != 0 || status.st_mode & S_IXUSR == 0 {
      throw PluginRegistryError(.unreadable, "\(directory)/\(file) is not executable; chmod +x it")
    }
    do {
      return try Digest.sha256(ofDescriptor: opened.number, name: file).sha256
    } catch {
      throw PluginRegistryError(.unreadable, "\(directory)/\(file) cannot be read: \(error)")
    }
  }

  /// Opens a file of the plugin and checks whose it is.
  static func checked(
    _ file: String, in tree: Int32, of directory: String
  ) throws(PluginRegistryError) -> OwnedDescriptor {
    let opened: OwnedDescriptor
    do throws(SystemError) {
      opened = try FileSystem.openBeneath(tree, file, flags: O_RDONLY | O_NONBLOCK, followSymlinks: true)
    } catch {
      throw PluginRegistryError(.unreadable, "\(directory)/\(file) cannot be opened: \(error.reason)")
    }
    var status = stat()
    if fstat(opened.number, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      throw PluginRegistryError(.unreadable, "\(directory)/\(file) is no regular file")
    }
    if let reason = suspicion(status, ignoringMode: false) {
      throw PluginRegistryError(.untrusted, "\(directory)/\(file) \(reason)")
    }
    return opened
  }

  private static func suspicion(_ status: stat, ignoringMode: Bool) -> String? {
    if status.st_uid != 0 && status.st_uid != geteuid() {
      return "belongs to user \(status.st_uid), neither root nor the user of the agent"
    }
    if !ignoringMode && status.st_mode & S_IFMT != S_IFLNK && status.st_mode & (S_IWGRP | S_IWOTH) != 0 {
      return "can be written by others (mode \(String(status.st_mode & 0o7777, radix: 8))); chmod go-w it"
    }
    return nil
  }
}
