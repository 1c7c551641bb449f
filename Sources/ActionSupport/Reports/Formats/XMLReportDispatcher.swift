/// Looks at the root of an XML document and lets the reader of its format do the rest.
final class XMLReportDispatcher: XMLHandler {
  private let wanted: ReportFormat?
  private var reader: XMLFormatReader?
  /// A root `coverage` that says nothing about its format.
  private var undecided: XMLAttributes?

  /// - Parameter wanted: the format that the document has to have; `nil` finds out.
  init(wanted: ReportFormat?) { self.wanted = wanted }

  /// Whether the root element is that of a report.
  var isReport: Bool { reader != nil || undecided != nil }

  /// What was read.
  func content() throws -> ReportContent {
    if undecided != nil { try decide(.cobertura) }
    guard let content = reader?.collector.content else { throw ReportError(.notAReport, "it has no content") }
    return content
  }

  func startElement(_ name: String, _ attributes: XMLAttributes) throws {
    if undecided != nil { try decide(name == "project" ? .clover : .cobertura) }
    if reader == nil {
      if name == "coverage" {
        undecided = attributes
        let isCobertura = ["line-rate", "branch-rate", "lines-valid"].contains { attributes[$0] != nil }
        if isCobertura { try decide(.cobertura) }
        return
      }
      guard let found = ReportFormat.named(root: name) else {
        throw ReportError(.notAReport, "its root element is <\(name.prefix(60))>, which no report format has")
      }
      try use(found)
    }
    try reader?.startElement(name, attributes)
  }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) throws { try reader?.text(bytes) }

  func endElement(_ name: String) throws {
    if undecided != nil { try decide(.cobertura) }
    try reader?.endElement(name)
  }

  private func decide(_ format: ReportFormat) throws {
    guard let attributes = undecided else { return }
    undecided = nil
    try use(format)
    try reader?.startElement("coverage", attributes)
  }

  private func use(_ format: ReportFormat) throws {
    if let wanted, wanted != format {
      throw ReportError(.notAReport, "it is \(format.rawValue), not \(wanted.rawValue)")
    }
    let collector = ReportCollector(format: format)
    switch format {
    case .junit: reader = JUnitReader(collector)
    case .nunit: reader = NUnitReader(collector)
    case .nunit3: reader = NUnit3Reader(collector)
    case .testNG: reader = TestNGReader(collector)
    case .visualStudio: reader = VisualStudioReader(collector)
    case .clover: reader = CloverReader(collector)
    case .cobertura: reader = CoberturaReader(collector)
    case .jacoco: reader = JaCoCoReader(collector)
    case .cucumber, .simpleCov, .sarif: throw ReportError(.notAReport, "it is XML, which \(format.rawValue) is not")
    }
  }
}
