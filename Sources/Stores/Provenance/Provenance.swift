import Foundation
public import JourneymanBuildModel
public import JourneymanSealing
public import JourneymanSupport

/// Says how a build came about, and signs it: `manifest.json` and `provenance.json` beside the artifacts.
public struct Provenance: Sendable {
  /// The signed statement's file name.
  public static let fileName = "provenance.json"
  static let buildType = "urn:journeyman:buildspec:1"
  static let builderID = "urn:journeyman:agent"

  /// The build's identifier.
  public var build: String
  /// What was built.
  public var source: SourceRevision
  /// The buildspec's path in the source.
  public var buildspec: String
  /// The SHA-256 of the buildspec, in hexadecimal digits.
  public var buildspecSHA256: String?
  /// How commands were isolated.
  public var isolation: SandboxSettings.Mode
  /// Whether commands could use the network.
  public var network: Bool
  /// The controller and the job of it that asked for the build, if one did. What the job says of its source is then
  /// nobody's knowledge but its own.
  public var job: String?
  /// When the build began.
  public var startedAt: Timestamp
  /// When it ended.
  public var finishedAt: Timestamp

  /// Collects what is known of a build.
  public init(
    build: String, source: SourceRevision, buildspec: String, buildspecSHA256: String?,
    isolation: SandboxSettings.Mode, network: Bool, startedAt: Timestamp, finishedAt: Timestamp
  ) {
    self.build = build
    self.source = source
    self.buildspec = buildspec
    self.buildspecSHA256 = buildspecSHA256
    self.isolation = isolation
    self.network = network
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }

  /// Writes both files, each in one step, the signature last. Blocks: run it on a thread of its own.
  ///
  /// - Parameters:
  ///   - directory: the output directory that the names in the manifest start from.
  ///   - key: the key to sign with.
  /// - Throws: ``AttestationError`` or ``SealingError``.
  public func write(_ manifest: Manifest, to directory: String, signedBy key: SigningKey) throws {
    let text = try manifest.encoded()
    let statement = try statement(about: manifest, encoded: text)
    let envelope = try SignedEnvelope(payload: statement.encoded(), type: Statement.mediaType, signedBy: key)
    try manifest.write(to: directory)
    do {
      try FileSystem.writeAtomically(envelope.encoded(), to: "\(directory)/\(Self.fileName)")
    } catch let error as SystemError {
      throw AttestationError(.system, "cannot write the provenance: \(error)", underlying: error)
    }
  }

  private var internalParameters: [String: String] {
    var parameters = ["sandbox": isolation.rawValue, "network": network ? "on" : "off"]
    parameters["job"] = job
    return parameters
  }

  /// The statement about every file of the manifest and about the manifest itself, so that nothing in either can be
  /// changed alone.
  func statement(about manifest: Manifest, encoded: [UInt8]) throws -> Statement {
    let files = manifest.files.map { Statement.Subject(name: $0.file, digest: ["sha256": $0.sha256]) }
    let own = Statement.Subject(name: Manifest.fileName, digest: ["sha256": try Digest.sha256(of: encoded)])
    let url = Self.withoutCredentials(source.url)
    var parameters = ["source": url, "buildspec": buildspec]
    parameters["revision"] = source.revision
    let revision = source.revision.map { ["gitCommit": $0] }
    return Statement(
      subject: files + [own],
      predicate: .init(
        buildDefinition: .init(
          buildType: Self.buildType, externalParameters: parameters,
          internalParameters: internalParameters,
          resolvedDependencies: [
            .init(uri: url.place(of: "://") != nil ? "git+\(url)" : nil, name: "source", digest: revision),
            .init(uri: nil, name: buildspec, digest: buildspecSHA256.map { ["sha256": $0] }),
          ]),
        runDetails: .init(
          builder: .init(id: Self.builderID, version: ["journeyman": ProgramVersion.current]),
          metadata: .init(
            invocationId: build, startedOn: startedAt.description, finishedOn: finishedAt.description))))
  }

  /// A URL without user name, password, query and fragment, any of which may hold a token.
  static func withoutCredentials(_ url: String) -> String {
    guard let scheme = url.place(of: "://") else { return url }
    let rest = url[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" }
    let authority = rest.prefix { $0 != "/" }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    return url[..<scheme.upperBound] + String(host) + rest.dropFirst(authority.count)
  }
}
