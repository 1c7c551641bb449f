import Foundation
import JourneymanSupport

/// The repositories whose checkouts are compared with git's.
enum SampleRepository: String, CaseIterable, Sendable {
  case plain, empty, manyFiles, bigFile, oddNames, links, modes, lineEndings, ident, encodings, nested, submodules
  case detachedHead, shallow, annotatedTags, deepHistory, binary, attributeMacros, unusualBranch

  /// Makes the repository `NAME` (and what it refers to) in a directory.
  func make(in root: String) async throws {
    let git = try await Git.create(root + "/" + rawValue)
    switch self {
    case .plain:
      try git.write("hello\n", to: "README")
      try git.write("a\nb\n", to: "src/deep/er/file.txt")
    case .empty: return
    case .manyFiles:
      for number in 0..<3000 { try git.write("file \(number)\n", to: "d\(number % 60)/e\(number % 7)/f\(number)") }
    case .bigFile:
      var state: UInt64 = 88_172_645_463_325_252
      let noise = (0..<(6 << 20)).map { _ -> UInt8 in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state)
      }
      try git.write(noise, to: "noise.bin")
      try git.write(String(repeating: "the same line\n", count: 200_000), to: "repeated.txt")
    case .oddNames:
      for name in [
        "with space", "tab\there", "new\nline", "quote\"s", "back\\slash", "-dash", "ünïcödé", "日本語/ファイル", "a:b*c?",
        "nfd-e\u{301}", "nfc-é", "git~2", ".gitfoo", "...", "#hash", "$dollar", "trailing ", "emoji-🦀", "semi;colon",
        String(repeating: "long", count: 60),
      ] { try git.write("content of \(name)\n", to: name) }
      try Self.writeRaw([0xFF, 0xFE, 0x41], in: git.directory)
    case .links:
      try git.write("target\n", to: "dir/target")
      for (name, target) in [
        ("link", "dir/target"), ("dirlink", "dir"), ("broken", "nowhere"), ("absolute", "/etc/hostname"),
        ("up", "../../outside"), ("dir/back", ".."), ("ünï", "dir/tärget"),
      ] { symlink(target, git.directory + "/" + name) }
    case .modes:
      try git.write("#!/bin/sh\n", to: "run.sh", mode: 0o755)
      try git.write("plain\n", to: "plain", mode: 0o644)
      try git.write("odd\n", to: "group-writable", mode: 0o664)
      try git.write("owner only\n", to: "private", mode: 0o600)
      try git.write("", to: "empty-executable", mode: 0o700)
    case .lineEndings: try await Self.writeLineEndings(git)
    case .ident:
      try git.write("*.c ident\n*.b -ident\n", to: ".gitattributes")
      try git.write("/* $Id$ */ $Id: old $ $Id: a b c $ $Id: open\n$ $Identity$ $Id$$Id$\n", to: "a.c")
      try git.write("/* $Id$ */\n", to: "a.b")
      try git.write("no keyword, $ 5\n", to: "n.c")
    case .encodings:
      try git.write(
        "*.u16 text working-tree-encoding=UTF-16\n*.u16le text working-tree-encoding=UTF-16LE-BOM eol=crlf\n"
          + "*.l1 text working-tree-encoding=ISO-8859-1\n", to: ".gitattributes")
      let text = "Grüße\nZeile zwei\n"
      try git.write([0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, to: "a.u16")
      let crlf = text.replacingOccurrences(of: "\n", with: "\r\n")
      try git.write([0xFF, 0xFE] + crlf.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, to: "b.u16le")
      try git.write(text.unicodeScalars.map { UInt8($0.value) }, to: "c.l1")
    case .nested:
      try git.write("* text eol=crlf\nkeep/** -text\n", to: ".gitattributes")
      try git.write("*.txt -text\n!special.txt\n", to: "sub/.gitattributes")
      try git.write("a.txt eol=crlf text\n", to: "sub/inner/.gitattributes")
      for name in [
        "top.txt", "keep/k.txt", "keep/x/y.txt", "sub/s.txt", "sub/special.txt", "sub/inner/a.txt", "sub/b.c",
      ] {
        try git.write("one\ntwo\n", to: name)
      }
    case .submodules: try await Self.addSubmodules(to: git, root: root)
    case .detachedHead:
      try git.write("first\n", to: "file")
      let first = try await git.commit("first")
      try git.write("second\n", to: "file")
      try await git.commit("second")
      try await git("checkout", "-q", "--detach", first)
      return
    case .shallow:
      let full = try await Git.create(root + "/shallow-source")
      for number in 1...5 {
        try full.write("version \(number)\n", to: "file")
        try await full.commit("version \(number)")
      }
      try FileSystem.removeTree(git.directory)
      try await full(["clone", "-q", "--depth", "2", "file://" + full.directory, git.directory], in: root)
      return
    case .annotatedTags:
      try git.write("one\n", to: "file")
      try await git.commit()
      try await git("tag", "-a", "-m", "one", "v1")
      try await git("tag", "light")
      try git.write("two\n", to: "file")
    case .deepHistory:
      for number in 0..<40 {
        try git.write("\(number)\n", to: "f\(number % 5)")
        try await git.commit("change \(number)")
      }
      try await git("repack", "-adq")
    case .binary:
      try git.write("* text=auto eol=crlf\n", to: ".gitattributes")
      try git.write(Array("text\nlines\n".utf8) + [0, 1, 2, 10, 3], to: "zero.bin")
      try git.write(Array("mostly text\n".utf8) + [0xFF, 0xFE, 0xFD, 10], to: "high.bin")
      try git.write([UInt8](repeating: 1, count: 200) + [10], to: "control.bin")
      try git.write("plain\ntext\n", to: "plain.txt")
      try git.write("ends with ^Z\n\u{1A}", to: "dos.txt")
    case .attributeMacros:
      try git.write(
        "[attr]windows text eol=crlf\n*.bat windows\n*.png binary\n*.bin -text eol=crlf\n", to: ".gitattributes")
      for name in ["a.bat", "b.png", "c.bin", "d.sh"] { try git.write("x\ny\n", to: name) }
    case .unusualBranch:
      try await git("checkout", "-q", "-b", "feature/ünï-code#1")
      try git.write("on a branch\n", to: "file")
    }
    try await git.commit("the last one")
  }

  private static func writeLineEndings(_ git: Git) async throws {
    // Stored as they are, so that the conversion has every kind of content to meet.
    let kinds = [
      "lf": "a\nb\n", "crlf": "a\r\nb\r\n", "mixed": "a\nb\r\nc\n", "cr": "a\rb\n", "none": "abc", "empty": "",
    ]
    let rules = ["text", "auto", "texteol", "autoeol", "crlfold", "lfeol", "binary", "unset", "inputold"]
    for rule in rules { for (kind, text) in kinds { try git.write(text, to: "\(rule)/\(kind).txt") } }
    try await git.commit("as they are")
    try git.write(
      """
      text/* text
      auto/* text=auto
      texteol/* text eol=crlf
      autoeol/* text=auto eol=crlf
      crlfold/* crlf eol=crlf
      lfeol/* text eol=lf
      binary/* binary eol=crlf
      inputold/* crlf=input eol=crlf
      unset/* eol=crlf
      """ + "\n", to: ".gitattributes")
    try await git("add", ".gitattributes")
    try await git("commit", "-q", "-m", "with attributes")
  }

  private static func writeRaw(_ name: [UInt8], in directory: String) throws {
    let handle = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY)
    let text = name.map { CChar(bitPattern: $0) } + [0]
    let file = OwnedDescriptor(
      taking: try retryingInterrupts("make a file") { openat(handle.number, text, O_WRONLY | O_CREAT, 0o644) })
    try FileSystem.writeAll(Array("not UTF-8\n".utf8), to: file.number, name: "a file")
  }

  /// A submodule with a submodule, and a second one in a subdirectory; all by relative URLs.
  private static func addSubmodules(to git: Git, root: String) async throws {
    let leaf = try await Git.create(root + "/leaf")
    try leaf.write("leaf\n", to: "leaf.txt")
    try await leaf.commit()
    let middle = try await Git.create(root + "/middle")
    try middle.write("middle\n", to: "middle.txt")
    try await middle.commit()
    try await middle("submodule", "add", "-q", "../leaf", "inner/leaf")
    try await middle.commit("with a submodule")
    try git.write("top\n", to: "top.txt")
    try await git.commit()
    try await git("submodule", "add", "-q", "../middle", "modules/middle")
    try await git("submodule", "add", "-q", "--name", "other", "../leaf", "leaf copy")
    try await git.commit("with submodules")
    // A commit that no branch leads to any more is still what the parent wants.
    try leaf.write("newer\n", to: "leaf.txt")
    try await leaf.commit("newer")
  }
}
