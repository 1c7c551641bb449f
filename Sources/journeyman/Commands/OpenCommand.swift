import Foundation
import JourneymanCommandLine
import JourneymanSealing
import JourneymanSupport

/// `journeyman open`
enum OpenCommand {
  private static let file = Declare.operand("FILE", help: "The sealed file; - is standard input.")
  private static let identities = Declare.repeatedOption(
    "identity", short: "i", "IDENTITY", help: "A file of secret keys; may be repeated. Default: your own identity.")
  private static let output = Declare.option(
    "output", short: "o", "OUT", help: "The file to make; - is standard output. Default: FILE without .age.")

  static let definition = CommandDefinition(
    "open", summary: "Decrypt a sealed file.",
    discussion: """
      Opens what journeyman seal and age made, binary or armored. The result can be read by you alone (mode 0600).

      A file that was cut off, extended or changed is an error and leaves no output. Only standard output gets the \
      authentic beginning before the error: check the exit status.

      Exit status: 0 opened, 1 the file is damaged or no key opens it, 2 wrong usage, 3 the system failed.
      """,
    arguments: [identities, SealingCommand.passphraseVariable, output, SealingCommand.force, file],
    usage: "FILE [-i IDENTITY]... [--passphrase-env NAME] [-o OUT] [--force]",
    examples: [
      .init("journeyman open site.zip.age", "Make site.zip with your own identity."),
      .init("journeyman open site.zip.age -i key.txt -o - | bsdtar tf -", "Look inside without making a file."),
      .init("PASS=... journeyman open notes.txt.age --passphrase-env PASS", "Open with a passphrase."),
    ]
  ) { arguments in
    let file = try arguments[file]
    let output = try outputName(for: file, given: try arguments[output])
    let force = try arguments[SealingCommand.force]
    let identityFiles = try arguments[identities]
    let passphrase = try SealingCommand.passphrase(arguments)
    try await SealingCommand.run {
      var keys = Keys(passphrase: passphrase)
      for path in identityFiles { keys.identities += try IdentityFile.read(path) }
      if identityFiles.isEmpty && passphrase == nil { keys.identities = try KeyDirectory.user().existingIdentities() }
      try EnvelopeFile.open(file, to: output, with: keys, replaces: force)
    }
    return .success
  }

  private static func outputName(for file: String, given: String?) throws -> String {
    if let given { return given }
    if file == "-" { return "-" }
    guard file.hasSuffix(EnvelopeFile.suffix), file.utf8.count > EnvelopeFile.suffix.utf8.count else {
      throw CommandLineError(.missingOption, "\(file) does not end in \(EnvelopeFile.suffix); name the output with -o")
    }
    return String(file.dropLast(EnvelopeFile.suffix.count))
  }
}
