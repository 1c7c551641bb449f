import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanCheckout

/// Attacks on whoever checks a repository out, named after the advisories they answer.
@Suite(.takingTurns) struct RefusalTests {
  /// A URL that ssh, git or a remote helper would take for something else.
  @Test(
    "CVE-2017-1000117: option injection in URLs",
    arguments: [
      "-oProxyCommand=touch /tmp/owned", "--upload-pack=touch /tmp/owned", "ssh://-oProxyCommand=touch/x",
      "ssh://user@-oProxyCommand=touch/x", "ssh://-lroot@host/x", "-u@host:x", "host:-x", "ssh://%2doProxyCommand=x/y",
    ])
  func optionInjectionInURLs(url: String) {
    #expect(throws: CheckoutError.self) { try RepositoryURL(url) }
  }

  @Test(arguments: ["ext::sh -c 'touch /tmp/owned'", "fd::17", "ext::x://y", "git-remote-x::y", "transport::address"])
  func remoteHelpersAreNotRun(url: String) {
    #expect(throws: CheckoutError.self) { try RepositoryURL(url) }
  }

  @Test(arguments: [
    "git://host/x", "ftp://host/x", "rsync://host/x", "bundle:///x", "file://host/x", "javascript://x/y",
  ])
  func unknownSchemesAreRefused(url: String) {
    #expect(throws: CheckoutError.self) { try RepositoryURL(url) }
  }

  @Test(
    "CVE-2020-5260: line breaks in URLs",
    arguments: [
      "https://host/x\ny", "https://host/x%0ahost=evil", "https://us%0aer@host/x", "https://ho%0ast/x",
      "ssh://host/x%00y",
      "https://user:pa%0dss@host/x", "", "https://host", "https://", "https://host:99999/x", "https://ho st/x",
    ])
  func lineBreaksInURLs(url: String) {
    #expect(throws: CheckoutError.self) { try RepositoryURL(url) }
  }

  @Test(arguments: [
    "-x", "--upload-pack=x", "a..b", "main~1", "main^{}", "a b", "a\nb", "a:b", "@{-1}", "refs/heads/../x", "x.lock",
    "/x", "x/", "a//b", ".x", "refs/heads/*", "", "@",
  ])
  func optionInjectionInReferences(reference: String) {
    #expect(throws: CheckoutError.self) { try ReferenceRequest(reference) }
  }

  /// `.git` in the spellings that some file system takes for it.
  @Test("CVE-2014-9390, CVE-2019-1353: dot git in odd spellings") func dotGitInOddSpellings() async throws {
    let names = [
      ".git", ".GIT", ".Git", "git~1", "GIT~1", ".git ", ".git.", ".git. .", ".git::$INDEX_ALLOCATION", ".git\\config",
      ".g\u{200c}it", ".git\u{feff}", "\u{200d}.git", ".", "..",
    ]
    let bench = try await Workbench()
    let blob = try await bench.source.blob("[core]\n\tfsmonitor = touch /tmp/owned\n")
    let inner = try await bench.source.tree([("100644", Array("config".utf8), blob)])
    for name in names {
      try await bench.source.commitTree(bench.source.tree([("40000", Array(name.utf8), inner)]))
      let error = await checkoutError { try await bench.checkOut() }
      #expect(error?.code == .refused, "\(name): \(error?.message ?? "was checked out")")
      #expect(access(bench.scratch("workspace"), F_OK) != 0)
    }
  }

  @Test func namesThatOnlyLookOddAreFine() throws {
    for name in [".gitignore", "git", ".gitx", "git~2", "a.git", ".git-blame", "gitmodules", "x~1", "..."] {
      try PathRules.check(Array(name.utf8), isLink: false, path: Array(name.utf8))
    }
  }

  /// A link and a directory of one name: files would be written through the link.
  @Test("CVE-2021-21300: traversal through links") func traversalThroughLinks() async throws {
    let bench = try await Workbench()
    try FileSystem.makeDirectories(bench.scratch("outside"))
    let target = try await bench.source.blob(bench.scratch("outside"))
    let evil = try await bench.source.blob("evil\n")
    let inner = try await bench.source.tree([("100755", Array("planted".utf8), evil)])
    for entries in [
      [("120000", "a", target), ("40000", "a", inner)], [("40000", "a", inner), ("120000", "a", target)],
    ] {
      try await bench.source.commitTree(bench.source.tree(entries.map { ($0.0, Array($0.1.utf8), $0.2) }))
      let error = await checkoutError { try await bench.checkOut() }
      #expect(error?.code == .refused)
      #expect(access(bench.scratch("outside/planted"), F_OK) != 0)
    }
  }

  @Test func linksLeftInAWorkspaceAreNotFollowed() async throws {
    let bench = try await Workbench()
    try await bench.checkOut()
    try bench.scratch.write("precious\n", to: "outside/a.txt")
    try FileSystem.removeTree(bench.scratch("workspace/src"))
    symlink(bench.scratch("outside"), bench.scratch("workspace/src"))
    symlink(bench.scratch("outside"), bench.scratch("workspace/extra"))
    try FileSystem.removeTree(bench.scratch("workspace/.git"))
    symlink(bench.scratch("outside"), bench.scratch("workspace/.git"))
    try await bench.checkOut()
    #expect(try bench.text("a.txt", in: "outside") == "precious\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.scratch("outside")) == ["a.txt"])
    #expect(try bench.text("src/a.txt") == "a\n")
  }

  /// A submodule's name becomes a directory, its path and URL become arguments.
  @Test("CVE-2018-11235, CVE-2018-17456, CVE-2025-48384: submodule attacks") func submoduleAttacks() async throws {
    let attacks = [
      ("../../evil", "sub", "https://host/x"), ("a/../../../evil", "sub", "https://host/x"),
      ("-x", "sub", "https://host/x"), ("a\\\\..\\\\b", "sub", "https://host/x"),
      ("sub", "-sub", "https://host/x"), ("sub", "sub\\r", "https://host/x"),
      ("sub", "sub", "-u./payload"), ("sub", "sub", "ext::sh -c x"), ("sub", "sub", "/etc"),
      ("sub", "sub", "file:///etc"), ("sub", "sub", "../../../../../../../../../../etc"),
      ("sub", "sub", "git://host/x"),
      ("sub", "sub", "ssh://-oProxyCommand=x/y"), ("sub", "sub", "https://host/x\\ny"),
    ]
    let bench = try await Workbench()
    for (name, path, url) in attacks {
      let modules = try await bench.source.blob(
        "[submodule \"\(name)\"]\n\tpath = \"\(path)\"\n\turl = \"\(url)\"\n")
      try await bench.source.commitTree(
        bench.source.tree([
          ("100644", Array(".gitmodules".utf8), modules),
          ("160000", Array(path.replacingOccurrences(of: "\\r", with: "\r").utf8), String(repeating: "12", count: 20)),
        ]))
      let error = await checkoutError { try await bench.checkOut() }
      #expect([.refused, .repositoryNotFound].contains(error?.code), "\(url): \(error?.message ?? "was checked out")")
      #expect(access(bench.scratch("workspace"), F_OK) != 0)
    }
  }

  @Test("CVE-2024-32002: submodules inside submodules") func submodulesInsideSubmodules() async throws {
    let modules = ["a", "A/hooks"].map { ModulesFile.Module(name: $0, path: $0, url: "../x", isSkipped: false) }
    #expect(throws: CheckoutError.self) { try ModulesFile.refuseNestedNames(modules) }
    let twice = ["a", "A"].map { ModulesFile.Module(name: $0, path: $0, url: "../x", isSkipped: false) }
    #expect(throws: CheckoutError.self) { try ModulesFile.refuseNestedNames(twice) }
  }

  @Test("CVE-2019-19604: update commands of submodules") func updateCommandsOfSubmodules() async throws {
    let bench = try await Workbench()
    let modules = try await bench.source.blob(
      "[submodule \"s\"]\n\tpath = s\n\turl = ../x\n\tupdate = !touch /tmp/owned\n")
    try await bench.source.commitTree(
      bench.source.tree([
        ("100644", Array(".gitmodules".utf8), modules), ("160000", Array("s".utf8), String(repeating: "12", count: 20)),
      ]))
    #expect(await checkoutError { try await bench.checkOut() }?.code == .refused)
  }

  @Test func modulesFilesThatIncludeOthersAreRefused() async throws {
    let bench = try await Workbench()
    let modules = try await bench.source.blob(
      "[include]\n\tpath = /etc/passwd\n[submodule \"s\"]\n\tpath = s\n\turl = ../x\n")
    try await bench.source.commitTree(
      bench.source.tree([
        ("100644", Array(".gitmodules".utf8), modules), ("160000", Array("s".utf8), String(repeating: "12", count: 20)),
      ]))
    #expect(await checkoutError { try await bench.checkOut() }?.code == .refused)
  }

  @Test("CVE-2018-11233: modules file that is a link") func modulesFileThatIsALink() async throws {
    let bench = try await Workbench()
    let target = try await bench.source.blob("/etc/passwd")
    for name in [".gitmodules", ".GITMODULES", ".gitattributes"] {
      try await bench.source.commitTree(bench.source.tree([("120000", Array(name.utf8), target)]))
      #expect(await checkoutError { try await bench.checkOut() }?.code == .refused)
    }
  }

  /// A local source whose `objects` leads to somebody else's files.
  @Test("CVE-2022-39253: links in a local source") func linksInALocalSource() async throws {
    let bench = try await Workbench()
    try await bench.source("repack", "-adq")
    let pack = bench.source.directory + "/.git/objects/pack"
    let names = try FileManager.default.contentsOfDirectory(atPath: pack)
    let name = try #require(names.first { $0.hasSuffix(".pack") })
    rename("\(pack)/\(name)", bench.scratch("elsewhere"))
    symlink(bench.scratch("elsewhere"), "\(pack)/\(name)")
    let error = await checkoutError { try await bench.checkOut() }
    #expect(error?.code == .storage || error?.code == .refused)
    #expect(error?.message.contains(name) == true)
  }

  /// A source that belongs to somebody else.
  @Test(
    "CVE-2022-24765, CVE-2024-32004: sources of others", .enabled(if: geteuid() == 0, "only root can give files away"))
  func sourcesOfOthers() async throws {
    let bench = try await Workbench()
    let names = try FileManager.default.subpathsOfDirectory(atPath: bench.source.directory)
    for name in names + [""] { lchown("\(bench.source.directory)/\(name)", 12_345, 12_345) }
    let error = await checkoutError { try await bench.checkOut() }
    #expect(error?.code == .refused, "\(error?.message ?? "was checked out")")
  }

  /// A source's alternates may lead to what its owner has, and to nothing else.
  @Test("CVE-2022-39253: alternates of a local source") func alternatesOfALocalSource() async throws {
    let bench = try await Workbench()
    let shared = bench.scratch("shared")
    try await bench.source(["clone", "-q", "--shared", bench.source.directory, shared], in: bench.scratch.path)
    try await bench.checkOut(into: "whole", from: shared)
    #expect(try Tree(bench.scratch("whole")) == Tree(bench.source.directory))
    let real = bench.source.directory + "/.git/objects"
    // A directory of somebody else's: root has one that is not ours, and we one that is not root's.
    let foreign = geteuid() == 0 ? bench.scratch("foreign") : "/usr/share"
    if geteuid() == 0 {
      try FileSystem.makeDirectories(foreign)
      #expect(chown(foreign, 65_533, 65_533) == 0)
    }
    for alternate in [foreign, "http://127.0.0.1:1/objects", "/nowhere/objects", "\(real)/../objects\n\(foreign)"] {
      try FileSystem.writeAtomically(Array("\(alternate)\n".utf8), to: shared + "/.git/objects/info/alternates")
      let error = await checkoutError { try await bench.checkOut(into: "refused", from: shared) }
      #expect(error != nil, "\(alternate)")
      #expect(access(bench.scratch("refused"), F_OK) != 0)
    }
    // What a build writes there is not read either.
    try bench.scratch.write("/nowhere\n", to: "whole/.git/objects/info/alternates")
    try await bench.checkOut(into: "whole", from: bench.source.directory)
    #expect(try bench.text(".git/objects/info/alternates", in: "whole").hasPrefix(bench.scratch("mirrors") + "/"))
  }

  @Test func bundlesAndFilesAreNoRepositories() async throws {
    let bench = try await Workbench()
    try await bench.source("bundle", "create", "-q", bench.scratch("x.bundle"), "main")
    let error = await checkoutError { try await bench.checkOut(from: bench.scratch("x.bundle")) }
    #expect(error?.code == .refused && error?.message.contains("bundle") == true)
  }

  /// Nothing of the repository's own configuration is obeyed: not that of the source, not that of a nested bare
  /// repository, no hook, no filter, no monitor.
  @Test("CVE-2022-24975: configuration from a repository is not obeyed") func configurationFromARepositoryIsNotObeyed()
    async throws
  {
    let bench = try await Workbench()
    let trap = bench.scratch("owned")
    let script = "#!/bin/sh\ntouch \(trap)\n"
    for key in ["core.fsmonitor", "core.sshCommand", "filter.evil.smudge", "core.pager", "credential.helper"] {
      try await bench.source("config", key, "touch \(trap)")
    }
    try await bench.source("config", "core.hooksPath", bench.scratch("hooks"))
    for hook in ["post-checkout", "post-merge", "reference-transaction", "pre-auto-gc"] {
      try bench.scratch.write(script, to: "hooks/\(hook)")
      chmod(bench.scratch("hooks/\(hook)"), 0o755)
      try bench.source.write(script, to: ".githooks/\(hook)", mode: 0o755)
    }
    try bench.source.write("*.txt filter=evil\n", to: ".gitattributes")
    try bench.source.write("ref: refs/heads/main\n", to: "bare/HEAD")
    try bench.source.write("[core]\n\tfsmonitor = touch \(trap)\n\tbare = true\n", to: "bare/config")
    try bench.source.write("x", to: "bare/objects/x")
    try bench.source.write("x", to: "bare/refs/x")
    try await bench.source(
      "-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-c", "filter.evil.smudge=", "add", "-A")
    unlink(trap)
    try await bench.source(
      "-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-c", "filter.evil.smudge=", "commit", "-q", "-m",
      "traps")
    unlink(trap)
    try await bench.checkOut()
    try await bench.checkOut()
    #expect(access(trap, F_OK) != 0)
    #expect(try bench.text("bare/config").contains("fsmonitor"))
    let configuration = try bench.text(".git/config")
    for word in ["fsmonitor", "filter", "hooksPath", "sshCommand"] { #expect(!configuration.contains(word)) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: bench.scratch("workspace/.git/hooks")).allSatisfy {
        $0.hasSuffix(".sample")
      })
  }

  @Test func globalConfigurationIsNotRead() async throws {
    // `insteadOf` in ~/.gitconfig would send the checkout elsewhere; libgit2 looks there unless told not to.
    let bench = try await Workbench()
    try bench.scratch.write("[url \"/nowhere/\"]\n\tinsteadOf = \(bench.scratch.path)/\n", to: "home/.gitconfig")
    let program = try TestProgramPath.journeyman
    var environment = Git.environment
    environment["HOME"] = bench.scratch("home")
    environment["XDG_CACHE_HOME"] = bench.scratch("cache")
    let outcome = try await TestProgram.run(
      program, ["clone", bench.source.directory, bench.scratch("out")], environment: environment)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try bench.text("file.txt", in: "out") == "one\n")
  }

  @Test func aTreeThatNamesBillionsOfFilesIsRefused() async throws {
    let bench = try await Workbench()
    var id = try await bench.source.tree([("100644", [0x61], bench.source.blob("x"))])
    for _ in 0..<9 {
      id = try await bench.source.tree((0..<10).map { ("40000", [0x30 + UInt8($0)], id) })
    }
    try await bench.source.commitTree(id)
    let error = await checkoutError { try await bench.checkOut() }
    #expect(error?.code == .refused)
  }
}
