internal import CYAML

/// One step through a YAML text.
struct YAMLEvent {
  enum Kind {
    case streamStart, streamEnd, documentStart, documentEnd
    case alias(String)
    case scalar(YAMLScalar)
    case sequenceStart, sequenceEnd, mappingStart, mappingEnd
  }

  let kind: Kind
  var anchor: String?
  var tag: String?
  let mark: YAMLMark
}

/// libyaml's parser over bytes in memory (UTF-8, or UTF-16 with a byte order mark).
struct YAMLEvents: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let bytes: UnsafeBufferPointer<UInt8>

  /// - Parameter bytes: must outlive the parser.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(YAMLError) {
    self.bytes = bytes
    parser = .allocate(capacity: 1)
    if yaml_parser_initialize(parser) == 0 {
      parser.deallocate()
      throw YAMLError("there is not enough memory to read it", at: YAMLMark(line: 1, column: 1))
    }
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// The next event. After the end of the stream or an error there is none.
  func next() throws(YAMLError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) != 0 else { throw error() }
    defer { yaml_event_delete(&event) }
    let mark = Self.mark(event.start_mark)
    switch event.type {
    case YAML_STREAM_START_EVENT: return YAMLEvent(kind: .streamStart, mark: mark)
    case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, mark: mark)
    case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, mark: mark)
    case YAML_ALIAS_EVENT:
      return YAMLEvent(kind: .alias(Self.text(event.data.alias.anchor) ?? ""), mark: mark)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return YAMLEvent(
        kind: .scalar(YAMLScalar(text, style: Self.style(scalar.style))), anchor: Self.text(scalar.anchor),
        tag: Self.text(scalar.tag), mark: mark)
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return YAMLEvent(
        kind: .sequenceStart, anchor: Self.text(start.anchor), tag: Self.text(start.tag), mark: mark)
    case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, mark: mark)
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return YAMLEvent(
        kind: .mappingStart, anchor: Self.text(start.anchor), tag: Self.text(start.tag), mark: mark)
    case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, mark: mark)
    default: return YAMLEvent(kind: .streamEnd, mark: mark)
    }
  }

  private func error() -> YAMLError {
    let state = parser.pointee
    let problem = state.problem.map { String(cString: $0) }
    switch state.error {
    case YAML_READER_ERROR:
      return YAMLError(problem ?? "the text cannot be read", at: mark(atByte: state.problem_offset))
    case YAML_SCANNER_ERROR, YAML_PARSER_ERROR:
      let context = state.context.map { String(cString: $0) }
      return YAMLError(
        problem ?? "the text is not YAML", at: Self.mark(state.problem_mark), context: context,
        contextMark: context == nil ? nil : Self.mark(state.context_mark))
    default:
      return YAMLError("there is not enough memory to read it", at: Self.mark(state.mark))
    }
  }

  /// libyaml tells bytes, not lines, when the encoding is at fault.
  private func mark(atByte offset: Int) -> YAMLMark {
    let isUTF16 = parser.pointee.encoding == YAML_UTF16LE_ENCODING || parser.pointee.encoding == YAML_UTF16BE_ENCODING
    let width = isUTF16 ? 2 : 1
    let lowByte = parser.pointee.encoding == YAML_UTF16BE_ENCODING ? 1 : 0
    var mark = YAMLMark(line: 1, column: 1)
    var at = 0
    while at + width <= min(offset, bytes.count) {
      let unit = isUTF16 ? UInt16(bytes[at + lowByte]) | UInt16(bytes[at + 1 - lowByte]) << 8 : UInt16(bytes[at])
      if unit == 0x0A {
        mark = YAMLMark(line: mark.line + 1, column: 1)
      } else if isUTF16 ? !(0xDC00...0xDFFF).contains(unit) && unit != 0xFEFF : unit & 0xC0 != 0x80 {
        mark.column += 1
      }
      at += width
    }
    return mark
  }

  private static func mark(_ mark: yaml_mark_t) -> YAMLMark {
    YAMLMark(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }

  private static func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    bytes.map { String(cString: $0) }
  }

  private static func style(_ style: yaml_scalar_style_t) -> YAMLScalar.Style {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }
}
