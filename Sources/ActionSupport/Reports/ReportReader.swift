public import JourneymanActionKit
internal import JourneymanSupport

/// Reads report files of every ``ReportFormat``.
///
/// XML is streamed; JSON is read at once, up to 64 MiB. Whatever a file says, reading it takes bounded memory and never
/// touches another file.
public enum ReportReader {
  /// Reads a file. Blocks; call it on a thread of its own.
  ///
  /// - Parameter format: the format it has to have; `nil` finds out from its content.
  /// - Throws: ``ReportError`` that names the file.
  public static func read(_ file: ActionFile, format: ReportFormat? = nil) throws(ReportError) -> ReportContent {
    do {
      switch try start(of: file) {
      case 0x3C, 0x00: return try xml(format) { try XMLStream.read(file, into: $0) }
      case 0x5B, 0x7B:
        if file.size > ReportLimits.jsonBytes {
          throw ReportError(.limit, "it has \(file.size) bytes; at most \(ReportLimits.jsonBytes) are read of JSON")
        }
        return try json(file.bytes(at: 0, count: Int(file.size)), format)
      default: throw ReportError(.notAReport, "it is neither XML nor JSON")
      }
    } catch {
      throw named(error, file.path)
    }
  }

  /// Reads a file on a thread of its own.
  ///
  /// - Throws: ``ReportError`` that names the file.
  public static func load(_ file: ActionFile, format: ReportFormat? = nil) async throws -> ReportContent {
    try await runBlocking { try read(file, format: format) }
  }

  /// Reads a report in memory.
  ///
  /// - Parameters:
  ///   - name: what it is called in errors.
  ///   - format: the format it has to have; `nil` finds out from its content.
  /// - Throws: ``ReportError``
  public static func read(
    _ bytes: [UInt8], name: String, format: ReportFormat? = nil
  ) throws(ReportError) -> ReportContent {
    do {
      switch significant(bytes[...]) {
      case 0x3C, 0x00: return try xml(format) { try XMLStream.read(bytes, into: $0) }
      case 0x5B, 0x7B: return try json(bytes, format)
      default: throw ReportError(.notAReport, "it is neither XML nor JSON")
      }
    } catch {
      throw named(error, name)
    }
  }

  private static func xml(
    _ format: ReportFormat?, _ read: (XMLReportDispatcher) throws -> XMLNotes
  ) throws -> ReportContent {
    if let format, !format.isXML { throw ReportError(.notAReport, "it is XML, which \(format.rawValue) is not") }
    let dispatcher = XMLReportDispatcher(wanted: format)
    let notes: XMLNotes
    do {
      notes = try read(dispatcher)
    } catch let error as XMLStreamError where error.code == .malformed && !dispatcher.isReport && format == nil {
      throw ReportError(.notAReport, "it is no XML: \(error.message)", underlying: error)
    }
    var content = try dispatcher.content()
    if notes.forbiddenCharacters > 0 {
      content.warnings.append("\(notes.forbiddenCharacters) characters that XML forbids were dropped or replaced")
    }
    return content
  }

  private static func json(_ bytes: [UInt8], _ format: ReportFormat?) throws -> ReportContent {
    if let format, format.isXML { throw ReportError(.notAReport, "it is no XML, which \(format.rawValue) is") }
    let document: JSONView
    do {
      document = try JSONView(bytes: bytes)
    } catch let error as ReportError where format == nil {
      throw ReportError(.notAReport, error.message, underlying: error)
    }
    let found: ReportFormat? =
      document.isList
      ? .cucumber : document["runs"].isList ? .sarif : SimpleCovReader.fits(document) ? .simpleCov : nil
    guard let wanted = format ?? found else {
      throw ReportError(.notAReport, "it is JSON, but neither of Cucumber nor of SimpleCov nor SARIF")
    }
    let collector = ReportCollector(format: wanted)
    switch wanted {
    case .cucumber: try CucumberReader(collector: collector).read(document)
    case .simpleCov: try SimpleCovReader(collector: collector).read(document)
    default: try SARIFReader(collector: collector).read(document)
    }
    return collector.content
  }

  private static func start(of file: ActionFile) throws -> UInt8? {
    significant(try file.bytes(at: 0, count: 4_096)[...])
  }

  /// The first byte that is neither white space nor of a byte order mark; 0 for UTF-16 and UTF-32.
  private static func significant(_ bytes: ArraySlice<UInt8>) -> UInt8? {
    let start = bytes.prefix(4)
    if start.starts(with: [0xFE, 0xFF]) || start.starts(with: [0xFF, 0xFE]) || start.contains(0) { return 0 }
    let text = start.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    return text.first { ![9, 10, 13, 32].contains($0) }
  }

  private static func named(_ error: any Error, _ file: String) -> ReportError {
    switch error {
    case let error as ReportError: return ReportError(error.code, "\(file): \(error.message)", underlying: error)
    case let error as XMLStreamError:
      let code: ReportError.Code = error.code == .entity ? .refused : error.code == .limit ? .limit : .malformed
      return ReportError(code, "\(file): \(error.message)", underlying: error)
    default: return ReportError(.file, "\(file): \(error)", underlying: error)
    }
  }
}
