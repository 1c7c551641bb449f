internal import Foundation
internal import JourneymanBuildModel

/// What the lines of a journal come to.
struct JournalState: Sendable {
  /// How far an upload got.
  enum Progress: Sendable, Hashable {
    case planned
    case begun(token: String)
    case stored
  }

  private(set) var build = ""
  private(set) var outputDirectory = ""
  private(set) var stage: ArtifactStage?
  private(set) var uploads: [PlannedUpload] = []
  private(set) var progress: [Progress] = []

  init() {}

  /// Reads a journal. A last line that was torn by the crash is left out: its step had not begun.
  ///
  /// - Throws: ``StoreError`` when a line before the last cannot be read, or the first is missing.
  init(_ bytes: [UInt8]) throws(StoreError) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines.dropLast() {
      guard let record = try? JSONDecoder().decode(JournalRecord.self, from: Data(line)) else {
        throw StoreError(.journal, "a line of the journal is damaged")
      }
      try apply(record)
    }
    if build.isEmpty && lines.count > 1 { throw StoreError(.journal, "the journal has no beginning") }
  }

  /// Takes on the state after a plan was written.
  mutating func begin(_ uploads: [PlannedUpload], _ outputDirectory: String) {
    self.outputDirectory = outputDirectory
    self.uploads = uploads
    progress = uploads.map { _ in .planned }
  }

  private mutating func apply(_ record: JournalRecord) throws(StoreError) {
    switch record {
    case .opened(let build, let outputDirectory): (self.build, self.outputDirectory) = (build, outputDirectory)
    case .stage(let stage): self.stage = stage
    case .planned(let uploads):
      self.uploads = uploads
      progress = uploads.map { _ in .planned }
    case .begun(let number, let token): try set(number, .begun(token: token))
    case .stored(let number): try set(number, .stored)
    case .removed(let number): try set(number, .planned)
    }
  }

  private mutating func set(_ number: Int, _ value: Progress) throws(StoreError) {
    guard progress.indices.contains(number) else {
      throw StoreError(.journal, "the journal speaks of an upload that was not planned")
    }
    progress[number] = value
  }

  /// The numbers of the uploads of a store that are not complete, what lists others last.
  func open(in store: String) -> [Int] {
    uploads.indices.filter { uploads[$0].store == store && progress[$0] != .stored }
      .sorted { !uploads[$0].isListing && uploads[$1].isListing }
  }
}
