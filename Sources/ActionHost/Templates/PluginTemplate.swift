internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSupport

/// Makes the files of a new plugin that builds and passes the checks as it stands.
public struct PluginTemplate: Sendable {
  /// What a new plugin is written in.
  public enum Language: String, Sendable, CaseIterable {
    /// ActionKit, as a program of its own.
    case swift
    /// Python 3, its standard library alone.
    case python
    /// POSIX shell with `jq`.
    case shell
  }

  private let name: String
  private let language: Language
  private let kit: String?

  /// Describes a new plugin.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - kit: the package that holds ActionKit, for Swift.
  /// - Throws: ``PluginRegistryError`` when the name cannot be a plugin's, or the kit is missing.
  public init(name: String, language: Language, kit: String?) throws(PluginRegistryError) {
    if !PluginManifest.isValidName(name) {
      throw PluginRegistryError(
        .manifest, "'\(name.prefix(64))' cannot be a plugin's name: take lowercase letters, digits and hyphens")
    }
    if language == .swift && kit == nil {
      throw PluginRegistryError(
        .unreadable, "ActionKit was not found beside this program; name its package by --kit")
    }
    self.name = name
    self.language = language
    self.kit = kit
  }

  /// Writes the files.
  ///
  /// - Parameter directory: the directory to make; it must not exist.
  /// - Throws: `SystemError`
  public func write(to directory: String) throws {
    if mkdir(directory, 0o755) != 0 { throw SystemError("make directory \(directory)") }
    for file in files {
      let path = directory + "/" + file.path
      try FileSystem.makeDirectories(PathName.directory(of: path))
      try FileSystem.writeAtomically(Array(file.text.utf8), to: path, mode: file.isExecutable ? 0o755 : 0o644)
      // Plugins that others can write to are refused, whatever the user's creation mask is.
      chmod(path, file.isExecutable ? 0o755 : 0o644)
    }
    chmod(directory, 0o755)
  }

  /// One file of a template.
  struct File {
    var path: String
    var text: String
    var isExecutable = false
  }

  private var files: [File] {
    let description = File(path: "plugin.json", text: Self.description.replacing("NAME", with: name))
    switch language {
    case .python: return [description, File(path: "plugin", text: Self.python, isExecutable: true)]
    case .shell: return [description, File(path: "plugin", text: Self.shell, isExecutable: true)]
    case .swift:
      let kit = kit ?? ""
      func filled(_ text: String) -> String {
        text.replacing("KIT_PATH", with: kit).replacing("KIT_NAME", with: (kit as NSString).lastPathComponent)
          .replacing("NAME", with: name).replacing("TYPE", with: type)
      }
      return [
        description, File(path: "Package.swift", text: filled(Self.package)),
        File(path: "Sources/\(type)/\(type).swift", text: filled(Self.swift)),
        File(path: "build", text: filled(Self.build), isExecutable: true),
      ]
    }
  }

  /// `slack-notify` as a type: `SlackNotify`.
  private var type: String {
    name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Plugin"
  }
}
