import Foundation
import JourneymanCommandLine
import JourneymanSealing
import JourneymanSupport

/// `journeyman seal`
enum SealCommand {
  private static let files = Declare.operands("FILE", help: "The files to seal; - is standard input.")
  private static let recipients = Declare.repeatedOption(
    "recipient", short: "r", "RECIPIENT",
    help: "A public key (age1...) that can open the result; may be repeated. Default: your own identity's.")
  private static let output = Declare.option(
    "output", short: "o", "OUT", help: "The sealed file, or a directory for several; - is standard output.")
  private static let armor = Declare.flag("armor", short: "a", help: "Write text that survives e-mail and chat.")

  static let definition = CommandDefinition(
    "seal", summary: "Encrypt files so that only their recipients can open them.",
    discussion: """
      Each FILE becomes FILE.age in the age v1 format, which the program age opens too, with the permission bits of \
      FILE. With neither a recipient nor a passphrase it is sealed for your own identity, which is made on first \
      use.

      An existing file is never replaced without --force, and the output appears when it is complete or not at all.
      """,
    arguments: [
      recipients, SealingCommand.passphraseVariable, output, armor, SealingCommand.force, files,
    ],
    usage: "FILE... [-r RECIPIENT]... [--passphrase-env NAME] [-o OUT] [--armor] [--force]",
    examples: [
      .init("journeyman seal -r age1... site.zip", "Make site.zip.age for one recipient."),
      .init("journeyman seal site.zip -r age1... -r age1... -o /backup/site.age", "Seal for two, elsewhere."),
      .init("PASS=... journeyman seal --passphrase-env PASS notes.txt", "Seal with a passphrase."),
      .init("tar c src | journeyman seal - > src.tar.age", "Seal a stream for yourself."),
    ]
  ) { arguments in
    let files = try arguments[files]
    let output = try arguments[output]
    let pairs = try pairs(files, output: output)
    let armored = try arguments[armor]
    let force = try arguments[SealingCommand.force]
    if pairs.contains(where: { $0.output == "-" }), !armored, isatty(1) == 1 {
      throw CommandLineError(.conflict, "standard output is a terminal: add --armor, or name a file with -o")
    }
    let lock = try await lock(arguments)
    try await SealingCommand.run {
      for (input, output) in pairs {
        try EnvelopeFile.seal(input, to: output, for: lock, armored: armored, replaces: force)
      }
    }
    return .success
  }

  private static func lock(_ arguments: ParsedArguments) async throws -> Lock {
    let texts = try arguments[recipients]
    if let passphrase = try SealingCommand.passphrase(arguments) {
      if !texts.isEmpty {
        throw CommandLineError(.conflict, "a file is sealed for recipients or with a passphrase, not both")
      }
      return .passphrase(passphrase)
    }
    return try await SealingCommand.run {
      if !texts.isEmpty { return .recipients(try texts.map { text in try Recipient(text) }) }
      let found = try KeyDirectory.user().identities()
      SealingCommand.announce(found)
      return .recipients(found.key.prefix(1).map(\.recipient))
    }
  }

  private static func pairs(_ files: [String], output: String?) throws -> [(input: String, output: String)] {
    var isDirectory: ObjCBool = false
    if let output, FileManager.default.fileExists(atPath: output, isDirectory: &isDirectory), isDirectory.boolValue {
      if files.contains("-") { throw CommandLineError(.conflict, "standard input needs a file name with -o") }
      return files.map { ($0, "\(output)/\(PathName.last(of: $0))\(EnvelopeFile.suffix)") }
    }
    if let output {
      if files.count > 1 {
        throw CommandLineError(.conflict, "-o names one file, but there are \(files.count) to seal; name a directory")
      }
      return [(files[0], output)]
    }
    return files.map { ($0, $0 == "-" ? "-" : $0 + EnvelopeFile.suffix) }
  }
}
