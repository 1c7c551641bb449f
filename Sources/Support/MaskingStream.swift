/// The state of masking one stream: what is held back, and what of it is already known to be secret.
///
/// Offsets count from the beginning of the stream.
struct MaskingStream {
  private static let replacement: [UInt8] = Array("***".utf8)

  private var state = AhoCorasick.root
  /// The offset behind the last byte that was given.
  private var position = 0
  /// The last bytes that were given: those that may still become part of a match.
  private var held: [UInt8] = []
  /// Everything before this offset has been passed on or replaced.
  private var released = 0
  /// Where the last replaced range ended: ranges that touch become one replacement.
  private var maskedEnd = -1
  /// Ranges to replace behind `released`, in order, apart from each other.
  private var pending: [Range<Int>] = []

  /// Masks the next bytes and passes on all that cannot become part of a match any more.
  mutating func mask(
    _ bytes: UnsafeRawBufferPointer, with automaton: AhoCorasick, _ emit: (UnsafeRawBufferPointer) -> Void
  ) {
    if automaton.isEmpty {
      position += bytes.count
      released = position
      return emit(bytes)
    }
    let base = position
    position += bytes.count
    state = automaton.scan(bytes, from: state) { end, length, open in
      insert(base + end - length..<base + end)
      release(upTo: base + end - open, bytes, from: base, emit)
    }
    let open = automaton.openLength(of: state)
    release(upTo: position - open, bytes, from: base, emit)
    if open > bytes.count {
      held.removeFirst(held.count + bytes.count - open)
      held.append(contentsOf: bytes)
    } else {
      held.removeAll(keepingCapacity: true)
      held.append(contentsOf: bytes[(bytes.count - open)...])
    }
  }

  /// Passes on what is held back: the stream has ended, or what follows does not belong to what came before.
  mutating func flush(_ emit: (UnsafeRawBufferPointer) -> Void) {
    release(upTo: position, UnsafeRawBufferPointer(start: nil, count: 0), from: position, emit)
    held.removeAll(keepingCapacity: true)
    state = AhoCorasick.root
    maskedEnd = -1
  }

  /// Looks at the bytes held back again, after patterns were added.
  mutating func patternsChanged(in automaton: AhoCorasick) {
    let base = position - held.count
    held.withUnsafeBytes { bytes in
      state = automaton.scan(bytes, from: AhoCorasick.root) { end, length, _ in
        insert(base + end - length..<base + end)
      }
    }
  }

  /// Adds a range that ends behind all others.
  private mutating func insert(_ range: Range<Int>) {
    var start = range.lowerBound
    var end = range.upperBound
    while let last = pending.last, last.upperBound >= start {
      start = min(start, last.lowerBound)
      end = max(end, last.upperBound)
      pending.removeLast()
    }
    pending.append(start..<end)
  }

  /// Passes on everything before `boundary`, and the whole of a range that begins before it.
  private mutating func release(
    upTo boundary: Int, _ bytes: UnsafeRawBufferPointer, from base: Int, _ emit: (UnsafeRawBufferPointer) -> Void
  ) {
    var done = 0
    for range in pending where range.lowerBound < boundary {
      done += 1
      pass(released..<max(released, range.lowerBound), bytes, from: base, emit)
      if range.lowerBound > maskedEnd { Self.replacement.withUnsafeBytes(emit) }
      released = max(released, range.upperBound)
      maskedEnd = released
    }
    pending.removeFirst(done)
    pass(released..<max(released, boundary), bytes, from: base, emit)
    released = max(released, boundary)
  }

  private func pass(
    _ range: Range<Int>, _ bytes: UnsafeRawBufferPointer, from base: Int, _ emit: (UnsafeRawBufferPointer) -> Void
  ) {
    let old = range.clamped(to: base - held.count..<base)
    if !old.isEmpty {
      let offset = base - held.count
      held.withUnsafeBytes {
        emit(UnsafeRawBufferPointer(rebasing: $0[old.lowerBound - offset..<old.upperBound - offset]))
      }
    }
    let new = range.clamped(to: base..<base + bytes.count)
    if !new.isEmpty {
      emit(UnsafeRawBufferPointer(rebasing: bytes[new.lowerBound - base..<new.upperBound - base]))
    }
  }
}
