import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// What an installation puts where, found out before anything is changed.
struct InstallPlan: Sendable {
  /// One thing to make.
  struct Item: Sendable {
    /// An absolute path of the machine.
    var path: String
    var kind: SourceTree.Kind
    /// The absolute path of a file to copy; empty for others.
    var source: String
    /// Whether something stands there that has to give way.
    var replaces: Bool
    var mode: UInt32
    var owner: uid_t?
    var group: gid_t?
    var acls: [AccessControlEntry] = []
    var context: SecurityContext?
    /// The line of the entry of `permissions` that applies, if one does.
    var permissionLine: Int?

    var isDirectory: Bool { kind == .directory }
  }

  /// In the order in which they are made: a directory before what is in it.
  var items: [Item] = []
  /// Files that stay as they are (`RETAIN`).
  var retained: [String] = []
  /// Sentences for the log.
  var warnings: [String] = []
}

/// Makes the plan of one revision, against what is on the machine once the previous revision is gone.
struct InstallPlanner {
  private let revision: Revision
  private let existingFiles: AppSpec.ExistingFiles
  /// Where nothing may be installed: the state of deployments.
  private let forbidden: String
  private var plan = InstallPlan()
  private var planned: [String: Int] = [:]
  private var knownDirectories: Set<String> = ["/"]
  private var inTheWay: [String] = []

  private init(_ revision: Revision, _ existingFiles: AppSpec.ExistingFiles, _ forbidden: String) {
    self.revision = revision
    self.existingFiles = existingFiles
    self.forbidden = forbidden
  }

  /// Looks at the machine; blocks.
  ///
  /// - Throws: `PluginError` that names what is in the way, or the line of the AppSpec file that cannot be carried out.
  static func plan(
    _ revision: Revision, existingFiles: AppSpec.ExistingFiles, keepingOutOf forbidden: String
  ) throws(PluginError) -> InstallPlan {
    var planner = InstallPlanner(revision, existingFiles, forbidden)
    for mapping in revision.spec.files { try planner.add(mapping) }
    if !planner.inTheWay.isEmpty { throw planner.conflict }
    try planner.applyPermissions()
    return planner.plan
  }

  /// What cannot be done, with the line that asks for it.
  func failure(_ line: Int, _ message: String) -> PluginError {
    PluginError(.failed, "\(revision.spec.name):\(line): \(message)")
  }

  private mutating func add(_ mapping: AppSpec.Mapping) throws(PluginError) {
    if mapping.source.isEmpty {
      try addContents(of: "", mapping)
      return
    }
    guard let entry = revision.entry(mapping.source) else {
      throw failure(mapping.line, "there is no '\(mapping.source)' in the revision")
    }
    if entry.kind == .directory {
      try addContents(of: entry.path, mapping)
    } else {
      try addDirectory(mapping.destination, mapping.line)
      try add(entry, at: PathText.join(mapping.destination, PathText.last(of: entry.path)), mapping.line)
    }
  }

  private mutating func addContents(of directory: String, _ mapping: AppSpec.Mapping) throws(PluginError) {
    try addDirectory(mapping.destination, mapping.line)
    for entry in revision.contents(of: directory) {
      let inner = directory.isEmpty ? entry.path : PathText.relative(entry.path, to: directory) ?? entry.path
      let path = PathText.join(mapping.destination, inner)
      if entry.kind == .directory {
        try addDirectory(path, mapping.line)
      } else {
        try add(entry, at: path, mapping.line)
      }
    }
  }

  /// Plans a directory and those above it, where they are missing.
  private mutating func addDirectory(_ path: String, _ line: Int) throws(PluginError) {
    if knownDirectories.contains(path) { return }
    if path == forbidden || PathText.relative(path, to: forbidden) != nil {
      throw failure(line, "\(path) lies in \(forbidden), where the state of deployments is kept")
    }
    try addDirectory(PathText.parent(of: path), line)
    if planned[path] != nil { throw failure(line, "\(path) is to be a file and a directory") }
    var status = stat()
    if stat(path, &status) == 0 {
      if status.st_mode & S_IFMT != S_IFDIR {
        throw failure(line, "\(path) has to be a directory, and a file stands there")
      }
    } else if exists(path) {
      throw failure(line, "\(path) has to be a directory, and a link that leads nowhere stands there")
    } else {
      planned[path] = plan.items.count
      plan.items.append(.init(path: path, kind: .directory, source: "", replaces: false, mode: 0o755))
    }
    knownDirectories.insert(path)
  }

  private mutating func add(_ entry: Revision.Entry, at path: String, _ line: Int) throws(PluginError) {
    if knownDirectories.contains(path) { throw failure(line, "\(path) is to be a file and a directory") }
    if planned[path] != nil { throw failure(line, "two source files are to become \(path)") }
    var replaces = false
    var status = stat()
    if lstat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR {
        throw failure(line, "\(path) has to be a file, and a directory stands there")
      }
      switch existingFiles {
      case .disallow: inTheWay.append(path)
      case .overwrite: replaces = true
      case .retain:
        plan.retained.append(path)
        return
      }
    }
    planned[path] = plan.items.count
    plan.items.append(
      .init(
        path: path, kind: entry.kind, source: revision.root + "/" + entry.path, replaces: replaces, mode: entry.mode))
  }

  private var conflict: PluginError {
    let shown = inTheWay.prefix(10).joined(separator: ", ") + (inTheWay.count > 10 ? ", …" : "")
    let what = inTheWay.count == 1 ? "a file" : "\(inTheWay.count) files"
    return PluginError(
      .failed,
      "\(what) that no deployment of this group has put there would be overwritten: \(shown); remove what is in the way "
        + "(a BeforeInstall script can), or write 'file_exists_behavior: OVERWRITE' or 'RETAIN' into "
        + revision.spec.name)
  }

  private mutating func applyPermissions() throws(PluginError) {
    for permission in revision.spec.permissions {
      let identity = try Identity(permission, failure)
      if let place = planned[permission.object], !plan.items[place].isDirectory {
        if !permission.pattern.isEverything || !permission.exceptions.isEmpty {
          throw failure(permission.line, "\(permission.object) is a file: 'pattern' and 'except' are for directories")
        }
        if !permission.kinds.contains(.file) {
          throw failure(permission.line, "\(permission.object) is a file, and 'type' leaves files out")
        }
        try apply(permission, identity, to: place)
        continue
      }
      var count = 0
      for place in plan.items.indices {
        let item = plan.items[place]
        guard permission.kinds.contains(item.isDirectory ? .directory : .file),
          let inner = PathText.relative(item.path, to: permission.object)
        else { continue }
        guard permission.pattern.matches(inner), !permission.exceptions.contains(where: { $0.matches(inner) }) else {
          continue
        }
        try apply(permission, identity, to: place)
        count += 1
      }
      if count == 0 {
        plan.warnings.append(
          "\(revision.spec.name):\(permission.line): permissions: nothing that is installed matches \(permission.object)"
        )
      }
    }
  }

  private mutating func apply(
    _ permission: AppSpec.Permission, _ identity: Identity, to place: Int
  ) throws(PluginError) {
    if let line = plan.items[place].permissionLine {
      throw failure(permission.line, "the permissions of \(plan.items[place].path) stand in line \(line) already")
    }
    plan.items[place].permissionLine = permission.line
    plan.items[place].owner = identity.owner
    plan.items[place].group = identity.group
    // A link has no mode and no list of its own, and what it leads to may not be the revision's.
    if case .symbolicLink = plan.items[place].kind { return }
    if !plan.items[place].isDirectory && permission.acls.contains(where: \.isDefault) {
      throw failure(
        permission.line, "acls: \(plan.items[place].path) is a file, and default entries are for directories")
    }
    if let mode = permission.mode { plan.items[place].mode = mode }
    plan.items[place].acls = permission.acls
    plan.items[place].context = permission.context
  }
}

/// The numbers of an owner and a group on this machine.
private struct Identity {
  var owner: uid_t?
  var group: gid_t?

  init(
    _ permission: AppSpec.Permission, _ failure: (Int, String) -> PluginError
  ) throws(PluginError) {
    if let name = permission.owner {
      owner = SystemUser.named(name)?.number ?? uid_t(name)
      if owner == nil { throw failure(permission.line, "owner: there is no user '\(name)' on this machine") }
    }
    if let name = permission.group {
      group = SystemUser.groupNumber(name) ?? gid_t(name)
      if group == nil { throw failure(permission.line, "group: there is no group '\(name)' on this machine") }
    }
  }
}
