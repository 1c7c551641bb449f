import Foundation
import JourneymanCheckout

/// Shows a checkout's events: as JSON lines on standard output, or for people.
struct CloneReport: Sendable {
  let isJSON: Bool

  @Sendable func show(_ event: CheckoutEvent) {
    switch event {
    case .stage(let stage, let url):
      write(["type": "checkoutStage", "stage": stage.rawValue, "url": url])
    case .progress(let progress):
      write([
        "type": "checkoutProgress", "stage": progress.stage.rawValue, "receivedObjects": progress.receivedObjects,
        "indexedObjects": progress.indexedObjects, "totalObjects": progress.totalObjects,
        "receivedBytes": progress.receivedBytes, "bytesPerSecond": progress.bytesPerSecond,
        "files": progress.checkedOutFiles, "totalFiles": progress.totalFiles,
      ])
    case .serverMessage(let line):
      isJSON ? write(["type": "checkoutServerMessage", "message": line]) : say("remote: \(line)")
    case .warning(let line):
      isJSON ? write(["type": "checkoutWarning", "message": line]) : say("warning: \(line)")
    }
  }

  func finish(_ revision: CheckedOutRevision, directory: String) {
    guard isJSON else {
      let what = revision.branch ?? revision.reference ?? "commit"
      let commit = revision.commit?.id ?? "an empty repository"
      return FileHandle.standardOutput.write(Data("checked out \(what) (\(commit)) into \(directory)\n".utf8))
    }
    var event: [String: Any] = [
      "type": "checkoutFinished", "url": revision.url, "mirrors": revision.mirrors, "submodules": revision.submodules,
    ]
    event["reference"] = revision.reference
    event["revision"] = revision.commit?.id
    event["author"] = revision.commit.map { "\($0.authorName) <\($0.authorEmail)>" }
    event["message"] = revision.commit?.message
    write(event)
  }

  func fail(_ error: CheckoutError) {
    write(["type": "checkoutFailed", "code": error.code.name, "message": error.message])
  }

  private func write(_ event: [String: Any]) {
    guard isJSON,
      var line = try? JSONSerialization.data(withJSONObject: event, options: [.sortedKeys, .withoutEscapingSlashes])
    else { return }
    line.append(UInt8(ascii: "\n"))
    FileHandle.standardOutput.write(line)
  }

  /// What came from a server or a repository may hold anything: only printable text reaches the terminal.
  private func say(_ line: String) {
    let safe = String(line.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    FileHandle.standardError.write(Data("\(safe)\n".utf8))
  }
}
