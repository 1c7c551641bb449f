import Foundation
import JourneymanCheckout
import JourneymanCommandLine
import JourneymanConfiguration
import JourneymanKeeper
import JourneymanSupport

/// `journeyman clone`
enum CloneCommand {
  private static let url = Declare.operand("URL", help: "A path, or a file, https, http, ssh or scp-like URL.")
  private static let directory = Declare.operand("DIR", help: "Where to; a new or empty directory.")
  private static let ref = Declare.option(
    "ref", "REF", help: "Branch, tag or commit; default: the repository's default branch.")
  private static let json = Declare.flag("json", help: "Print one event per line as JSON on standard output.")
  private static let configuration = Declare.option(
    "config", "FILE", help: "The agent.conf to use instead of the user's or the system's.")

  static let definition = CommandDefinition(
    "clone", summary: "Check a repository out, as a build with --source does.",
    discussion: """
      Objects come from a mirror of the repository, which is kept for the next checkout. The directory's .git \
      borrows them from there: it stays usable as long as the directory is not moved.

      Exit status: 0 done, 2 wrong usage, a refused URL or an unknown reference, 3 anything else failed, \
      130 interrupted.
      """,
    arguments: [ref, json, configuration, url, directory],
    usage: "URL DIR [--ref REF] [--json] [--config FILE]",
    examples: [
      .init("journeyman clone https://example.org/shop.git shop", "Check the default branch out."),
      .init("journeyman clone ssh://git@example.org/shop.git shop --ref v1.2", "Check a tag out."),
    ]
  ) { arguments in
    let isJSON = try arguments[json]
    let (url, directory, reference) = (try arguments[url], try arguments[directory], try arguments[ref])
    let file = try arguments[configuration]
    let settings = try ConfigurationFile.load(explicit: file)
    let report = CloneReport(isJSON: isJSON)
    let secrets = SecretResolver(settings)
    let credentials = CheckoutCredentials(settings) { try await secrets.value(of: $0) }
    let work = Task {
      try await Checkout(CheckoutOptions(settings.checkout)).checkOut(
        CheckoutRequest(url: url, reference: reference), into: directory, credentials: credentials,
        progress: report.show)
    }
    let interruption = Interruption { work.cancel() }
    defer { interruption.end() }
    do {
      report.finish(try await work.value, directory: directory)
      return .success
    } catch let error as CheckoutError {
      report.fail(error)
      throw CommandFailure(status(of: error), error.message)
    }
  }

  private static func status(of error: CheckoutError) -> ProgramStatus {
    switch error.code {
    case .cancelled: .interrupted
    case .refused, .referenceNotFound, .directoryInUse: .usage
    default: .infrastructure
    }
  }
}
