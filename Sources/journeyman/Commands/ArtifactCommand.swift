import JourneymanCommandLine
import JourneymanConfiguration
import JourneymanSealing
import JourneymanStores
import JourneymanSupport

/// `journeyman artifact`
enum ArtifactCommand {
  private static let place = Declare.operand(
    "DIR-OR-URL", help: "The output directory of a build, or the address of a copy of it.")
  private static let keys = Declare.repeatedOption(
    "key", "PUBLIC-KEY",
    help: "Trust this signer: ed25519:... or a file that holds it; may be repeated. Default: your own signing key.")

  static let definition = CommandDefinition(
    "artifact", summary: "List and verify what a build has made.",
    subcommands: [list, verify])

  private static let list = CommandDefinition(
    "list", summary: "List the files of a manifest.",
    discussion: """
      Prints what manifest.json says: size in bytes, how it is sealed, and name. It checks nothing; artifact verify \
      does.
      """,
    arguments: [place],
    examples: [.init("journeyman artifact list out", "List what a build has put into out.")]
  ) { arguments in
    let location = try location(try arguments[place])
    let manifest = try await run {
      guard let text = try await location.read(Manifest.fileName, limit: Manifest.longest) else {
        throw AttestationError(.missing, "there is no \(Manifest.fileName)")
      }
      return try Manifest(parsing: text)
    }
    let width = manifest.files.map { String($0.bytes).count }.max() ?? 0
    for file in manifest.files {
      let size = String(file.bytes)
      let sealing = file.sealing == .none ? "open" : "sealed"
      let padding = String(repeating: " ", count: width - size.count)
      try SealingCommand.answer("\(padding)\(size)  \(sealing.padding(6))  \(file.file)")
    }
    return .success
  }

  private static let verify = CommandDefinition(
    "verify", summary: "Check files against their manifest and the signature of their builder.",
    discussion: """
      Says for each file whether it is as it was built, and whose signature vouches for that. Only a signature by a \
      key that you trust counts: the one you name with --key, else your own and those in [signing] of agent.conf. A key that comes with the files proves \
      nothing, because whoever changed the files could have brought it.

      Exit status: 0 everything is right, 1 something differs or nobody you trust has signed, 2 wrong usage.
      """,
    arguments: [keys, place],
    usage: "DIR-OR-URL [--key PUBLIC-KEY]...",
    examples: [
      .init("journeyman artifact verify out", "Check what you have built yourself."),
      .init("journeyman artifact verify out --key ci.pub", "Check what a machine has built whose key you have."),
    ]
  ) { arguments in
    let location = try location(try arguments[place])
    let texts = try arguments[keys]
    let signing = texts.isEmpty ? try ConfigurationFile.load().signing : SigningSettings()
    let trusted = try await SealingCommand.run {
      if !texts.isEmpty { return try texts.map { text in try VerifyingKey(argument: text) } }
      let own = try KeyDirectory.user().existingSigningKey()?.publicKey()
      return try [own].compactMap { $0 } + signing.trusted.map { text in try VerifyingKey(argument: text) }
    }
    let result = try await run { try await Verification.check(location, trusting: trusted) }
    for line in VerificationReport.lines(result) { try SealingCommand.answer(line) }
    return result.isGood ? .success : .buildFailed
  }

  private static func location(_ text: String) throws -> any ArtifactLocation {
    do throws(AttestationError) {
      return WebArtifacts.recognizes(text) ? try WebArtifacts(text) : try ArtifactDirectory(text)
    } catch {
      throw CommandFailure(.usage, error.message)
    }
  }

  private static func run<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
      return try await work()
    } catch let error as AttestationError {
      throw CommandFailure(error.code == .system ? .infrastructure : .buildFailed, error.message)
    }
  }
}

extension String {
  fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
