import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// Uploads a release to a server, tells it by a webhook, and waits until it says that the release is in use.
struct WebTarget: DeployTarget {
  let settings: WebSettings

  func deploy(_ context: ActionContext) async throws -> ActionOutcome {
    let release = ReleaseName.make(at: Date(), build: context.build.number)
    let sender = SignedSender(
      signature: RequestSignature(secret: try context.secrets.value(of: settings.secret)),
      token: try settings.token.map { try context.secrets.value(of: $0) }, context: context)
    var outputs = ["release": release]
    var artifact: WebNotice.Artifact?
    if let template = settings.upload, let source = settings.source {
      let upload = try await WebUpload.prepare(source, release: release, context)
      let location = template.location(release: release, file: upload.file.path)
      context.log("Uploading \(upload.file.path), \(upload.file.size) bytes, to \(location.url)")
      let answer = try await sender.send(
        "PUT", location, type: upload.type, body: .file(upload.file), digest: upload.digest)
      if !answer.isSuccess { throw SignedSender.refusal(answer, of: location.url) }
      artifact = WebNotice.Artifact(
        url: location.url, file: upload.file.path, bytes: upload.file.size, sha256: upload.digest)
      outputs["url"] = location.url
    }
    if let webhook = settings.webhook {
      let location = webhook.location(release: release)
      let body = try WebNotice(release: release, context, artifact: artifact).encoded()
      let digest = FileDigest.hexadecimal(try FileDigest.digest(of: body, .sha256))
      let answer = try await sender.send(
        "POST", location, type: "application/json", body: .bytes(body), digest: digest)
      if !answer.isSuccess { throw SignedSender.refusal(answer, of: location.url) }
      context.log("\(location.url) answered \(answer.status)")
    }
    guard let status = settings.status else {
      return .succeeded("\(release) was handed over", outputs: outputs)
    }
    let watch = StatusWatch(
      location: status.location(release: release), interval: settings.statusInterval, timeout: settings.statusTimeout,
      sender: sender)
    switch try await watch.run() {
    case .succeeded(let message): return .succeeded("\(release) is in use" + message, outputs: outputs)
    case .failed(let message): return .failed("the server could not deploy \(release)" + message, outputs: outputs)
    case .unknown(let last):
      return .failed("the server did not say within \(settings.statusTimeout) how it ended; \(last)", outputs: outputs)
    }
  }
}

/// What the webhook is told, as JSON.
struct WebNotice: Encodable, Sendable {
  /// What was uploaded.
  struct Artifact: Encodable, Sendable {
    let url: String
    let file: String
    let bytes: Int64
    let sha256: String
  }

  /// The build.
  struct Build: Encodable, Sendable {
    let id: String
    let number: Int
    let project: String
    let source: String
    let revision: String?
  }

  let release: String
  let action: String
  let build: Build
  let artifact: Artifact?

  init(release: String, _ context: ActionContext, artifact: Artifact?) {
    self.release = release
    action = context.name
    build = Build(
      id: context.build.id, number: context.build.number, project: context.build.project, source: context.build.source,
      revision: context.build.revision)
    self.artifact = artifact
  }

  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }
}
