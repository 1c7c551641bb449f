import Foundation
import JourneymanCommandLine
import JourneymanSealing
import JourneymanSupport

/// `journeyman key`
enum KeyCommand {
  private static let identity = Declare.option(
    "identity", short: "i", "FILE", help: "The identity file; default: identity.txt in your configuration directory.")
  private static let signing = Declare.flag(
    "signing", help: "The public key that checks the provenance you sign, instead of the recipient.")

  static let definition = CommandDefinition(
    "key", summary: "Make and show the keys that artifacts are sealed for.",
    discussion: """
      An identity is a secret key that opens what was sealed for its recipient, the public key age1... Both are \
      those of age, and identity files are exchangeable with age-keygen's.
      """,
    subcommands: [generate, show])

  private static let generate = CommandDefinition(
    "generate", summary: "Make a new identity and print its recipient.",
    discussion: """
      The file can be read by you alone (mode 0600). An existing one is never replaced: what was sealed for it \
      could not be opened any more.
      """,
    arguments: [identity],
    examples: [
      .init("journeyman key generate", "Make your own identity, unless there is one."),
      .init("journeyman key generate --identity ci.txt", "Make another one, for example for a team."),
    ]
  ) { arguments in
    let given = try arguments[identity]
    let (path, recipient) = try await SealingCommand.run {
      let path = try given ?? KeyDirectory.user().identityPath
      return (path, try IdentityFile.create(path).recipient)
    }
    SealingCommand.report("made \(path); keep a copy of it, nothing else opens what is sealed for it")
    try SealingCommand.answer("\(recipient)")
    return .success
  }

  private static let show = CommandDefinition(
    "show", summary: "Print the recipients of an identity file, or your public signing key.",
    discussion: """
      Without --identity, your own keys are shown; they are made if there are none yet. Secret keys are never printed.
      """,
    arguments: [identity, signing],
    examples: [
      .init("journeyman key show", "Print what others pass to seal -r so that you can open it."),
      .init("journeyman key show --signing", "Print what others pass to artifact verify --key."),
    ]
  ) { arguments in
    let given = try arguments[identity]
    if try arguments[signing] {
      if given != nil { throw CommandLineError(.conflict, "--signing and --identity do not go together") }
      let (found, key) = try await SealingCommand.run {
        let found = try KeyDirectory.user().signingKey()
        return (found, try found.key.publicKey())
      }
      if found.isNew { SealingCommand.report("made a new signing key: \(found.path)") }
      try SealingCommand.answer("\(key)")
      return .success
    }
    let identities = try await SealingCommand.run {
      if let given { return try IdentityFile.read(given) }
      let found = try KeyDirectory.user().identities()
      SealingCommand.announce(found)
      return found.key
    }
    for identity in identities { try SealingCommand.answer("\(identity.recipient)") }
    return .success
  }
}
