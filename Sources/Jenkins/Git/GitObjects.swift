internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanJenkinsModel

/// The objects of the git plugin and of JGit, read and written.
enum GitObjects {
  private static let objectID = JavaLayout("org.eclipse.jgit.lib.ObjectId", 1, writesCustomData: true)
  private static let revisionObject = JavaLayout(
    "org.eclipse.jgit.revwalk.RevObject", 99_620_771_947_899_148, [JavaField("flags", "I")],
    extends: JavaLayout("org.eclipse.jgit.lib.ObjectIdOwnerMap$Entry", -3_650_801_874_292_099_527, extends: objectID))
  private static let tree = JavaLayout(
    "org.eclipse.jgit.revwalk.RevTree", 8_952_480_809_292_200_450, extends: revisionObject)
  private static let commit = JavaLayout(
    "org.eclipse.jgit.revwalk.RevCommit", -2_322_859_887_881_623_567,
    [
      JavaField("commitTime", "I"), JavaField("inDegree", "I"), JavaField("buffer", "[B"),
      JavaField("parents", "[Lorg/eclipse/jgit/revwalk/RevCommit;"),
      JavaField("tree", "Lorg/eclipse/jgit/revwalk/RevTree;"),
    ], extends: revisionObject)
  private static let commits = JavaLayout("[Lorg.eclipse.jgit.revwalk.RevCommit;", 0)
  private static let gitObject = JavaLayout(
    "hudson.plugins.git.GitObject", 1,
    [JavaField("name", "Ljava/lang/String;"), JavaField("sha1", "Lorg/eclipse/jgit/lib/ObjectId;")])
  private static let branch = JavaLayout("hudson.plugins.git.Branch", 1, extends: gitObject)
  private static let indexEntry = JavaLayout(
    "hudson.plugins.git.IndexEntry", 1,
    ["file", "mode", "object", "type"].map { JavaField($0, "Ljava/lang/String;") })
  private static let hashSet = JavaLayout("java.util.HashSet", -5_024_744_406_713_321_676, writesCustomData: true)
  private static let revision = JavaLayout(
    "hudson.plugins.git.Revision", -7_203_898_556_389_073_882,
    [JavaField("branches", "Ljava/util/Collection;"), JavaField("sha1", "Lorg/eclipse/jgit/lib/ObjectId;")])

  /// The 40 hexadecimal digits of an `ObjectId`.
  static func id(_ value: JavaValue) -> String? {
    guard let bytes = value.object?.customBytes(of: objectID.name), bytes.count == 20 else { return nil }
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func output(_ id: String) -> JavaOutput { .object(objectID, custom: raw(id)) }

  private static func raw(_ id: String) -> [String: [JavaOutput]] {
    let digits = Array(id.utf8)
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
    return [objectID.name: [.block(bytes)]]
  }

  /// `RevCommit`, with parents that only have their ids.
  static func output(_ stored: GitCommit) -> JavaOutput {
    .object(
      commit,
      [
        "flags": .int(1), "commitTime": .int(Int32(truncatingIfNeeded: stored.time)), "buffer": .bytes(stored.content),
        "parents": .array(commits, stored.parents.map { .object(commit, custom: raw($0)) }),
        "tree": .object(tree, custom: raw(stored.tree)),
      ], custom: raw(stored.id))
  }

  /// `HashSet<Branch>` or `HashSet<GitObject>`.
  static func set(_ references: [GitReference], dropping prefix: String, areBranches: Bool) -> JavaOutput {
    set(
      references.map { reference in
        named(areBranches ? branch : gitObject, String(reference.name.dropFirst(prefix.count)), reference.commit)
      })
  }

  private static func named(_ layout: JavaLayout, _ name: String, _ id: String) -> JavaOutput {
    .object(layout, ["name": .string(name), "sha1": output(id)])
  }

  /// `Branch` objects, as `git branch -a` calls them: `main`, `remotes/origin/main`.
  static func branches(_ references: [GitReference]) -> [JavaOutput] {
    references.compactMap { reference in
      let isOwn = reference.name.hasPrefix("refs/heads/")
      // What only points at another one.
      if reference.name.hasSuffix("/HEAD") { return nil }
      return named(branch, String(reference.name.dropFirst(isOwn ? 11 : 5)), reference.commit)
    }
  }

  /// `List<IndexEntry>`
  static func entries(_ entries: [GitTreeEntry]) -> JavaOutput {
    .list(
      entries.map { entry in
        .object(
          indexEntry,
          [
            "mode": .string(entry.mode), "type": .string(entry.kind), "object": .string(entry.id),
            "file": .string(entry.path),
          ])
      })
  }

  /// `HashSet`
  static func set(_ elements: [JavaOutput]) -> JavaOutput {
    var capacity: Int32 = 16
    while Double(capacity) * 0.75 < Double(elements.count) && capacity < 1 << 30 { capacity *= 2 }
    let header =
      JavaOutput.bigEndian(capacity) + JavaOutput.bigEndian((0.75 as Float).bitPattern)
      + JavaOutput.bigEndian(Int32(clamping: elements.count))
    return .object(hashSet, custom: [hashSet.name: [.block(header)] + elements])
  }

  /// A `Revision` as it was read, with its branches.
  static func output(revision value: JavaValue) -> JavaOutput {
    guard let id = id(value.object?["sha1"] ?? .null) else { return .null }
    let branches = (value.object?["branches"].list ?? []).compactMap { branch -> JavaOutput? in
      guard let id = Self.id(branch.object?["sha1"] ?? .null) else { return nil }
      return .object(Self.branch, ["name": .optional(branch.object?["name"].string), "sha1": output(id)])
    }
    return .object(revision, ["branches": .list(branches), "sha1": output(id)])
  }

  /// `org.eclipse.jgit.transport.URIish` as text; its password stays where it is.
  static func address(_ value: JavaValue) -> String? {
    if let text = value.string { return text }
    guard let parts = value.object else { return nil }
    let path = parts["rawPath"].string ?? parts["path"].string ?? ""
    let login = parts["user"].string.map { user in
      user + (parts["pass"].string.map { ":" + $0 } ?? "") + "@"
    }
    guard let host = parts["host"].string else { return path }
    let port = parts["port"].integer.map { $0 > 0 ? ":\($0)" : "" } ?? ""
    guard let scheme = parts["scheme"].string else { return (login ?? "") + host + ":" + path }
    return "\(scheme)://\(login ?? "")\(host)\(port)\(path.hasPrefix("/") ? "" : "/")\(path)"
  }

  /// `org.eclipse.jgit.transport.RefSpec` as text.
  static func specification(_ value: JavaValue) -> String? {
    guard let parts = value.object, let source = parts["srcName"].string else { return nil }
    let destination = parts["dstName"].string.map { ":" + $0 } ?? ""
    return (parts["force"].boolean == true ? "+" : "") + source + destination
  }

  /// What a credential of the credentials plugin says; `nil` for a kind that git has no use for.
  static func credential(_ value: JavaValue, for url: String?) -> GitCredential? {
    guard let object = value.object else { return nil }
    let secret: (JavaValue) -> String = { $0.object?["value"].string ?? $0.string ?? "" }
    let user = object["username"].string ?? ""
    if let source = object["privateKeySource"].object {
      return GitCredential(
        url: url, user: user, password: secret(object["passphrase"]), key: secret(source["privateKey"]))
    }
    guard object.fields.contains(where: { $0.name == "password" }) else { return nil }
    return GitCredential(url: url, user: user, password: secret(object["password"]), key: nil)
  }
}
