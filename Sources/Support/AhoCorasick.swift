/// Finds every occurrence of many byte patterns in one pass over a text that arrives in pieces (A. Aho, M. Corasick,
/// "Efficient string matching: an aid to bibliographic search", 1975).
///
/// The trie's nodes have child lists and failure links of 16 bytes per state instead of a full row per state, so that
/// the encodings of a few long keys cost megabytes and not hundreds of them. Most of a text is never seen by the
/// automaton at all: while it stands at the root, one byte pair in three is looked up in a bitmap of the pairs that
/// the first four bytes of some pattern hold, which is why a pattern has at least four bytes.
final class AhoCorasick {
  /// A state; `root` is the one in which nothing has matched.
  typealias StateNumber = UInt32

  static let root: StateNumber = 0
  /// The shortest pattern that ``insert(_:)`` takes: the pair bitmap relies on it.
  static let shortestPattern = 4
  /// The longest pattern that ``insert(_:)`` takes: depths are kept in one byte.
  static let longestPattern = 128
  private struct State {
    var failure: StateNumber = root
    var firstChild: StateNumber = root
    var sibling: StateNumber = root
    var label: UInt8 = 0
    /// The length of the pattern that this state stands for; 0 for none.
    var pattern: UInt8 = 0
    /// The length of the longest pattern that ends here; 0 for none.
    var output: UInt8 = 0
    /// How many of the last bytes may still become part of a longer match.
    var open: UInt8 = 0
  }

  private var states: ContiguousArray<State> = [State()]
  private var rootRow = ContiguousArray<StateNumber>(repeating: root, count: 256)
  private var pairs = ContiguousArray<UInt64>(repeating: 0, count: 65_536 / 64)

  private let mostStates: Int

  /// - Parameter memoryLimit: bytes that the states may take.
  init(memoryLimit: Int) { mostStates = memoryLimit / MemoryLayout<State>.stride }

  /// Whether no pattern has been inserted.
  var isEmpty: Bool { states.count == 1 }

  /// How many bytes before the current position may still become a match.
  func openLength(of state: StateNumber) -> Int { Int(states[Int(state)].open) }

  /// Adds a pattern; ``link()`` must follow before the next scan.
  ///
  /// - Returns: `false` when the pattern's length is out of bounds or the memory bound is reached.
  func insert(_ pattern: ArraySlice<UInt8>) -> Bool {
    guard (Self.shortestPattern...Self.longestPattern).contains(pattern.count),
      states.count + pattern.count <= mostStates
    else { return false }
    var state = Self.root
    for byte in pattern {
      var child = self.child(of: state, byte)
      if child == Self.root {
        child = StateNumber(states.count)
        var new = State()
        new.label = byte
        new.sibling = states[Int(state)].firstChild
        states.append(new)
        states[Int(state)].firstChild = child
        if state == Self.root { rootRow[Int(byte)] = child }
      }
      state = child
    }
    states[Int(state)].pattern = UInt8(pattern.count)
    let first = pattern.startIndex
    for offset in 0..<Self.shortestPattern - 1 {
      let pair = UInt16(pattern[first + offset]) | UInt16(pattern[first + offset + 1]) << 8
      pairs[Int(pair >> 6)] |= 1 << UInt64(pair & 63)
    }
    return true
  }

  /// Computes failure links and outputs anew, breadth first. States keep their numbers.
  func link() {
    var queue: ContiguousArray<StateNumber> = [Self.root]
    queue.reserveCapacity(states.count)
    var head = 0
    var depth: UInt8 = 0
    var levelEnd = 1
    while head < queue.count {
      if head == levelEnd { (depth, levelEnd) = (depth + 1, queue.count) }
      let parent = queue[head]
      head += 1
      if states[Int(parent)].firstChild == Self.root {
        states[Int(parent)].open = states[Int(states[Int(parent)].failure)].open
      } else {
        states[Int(parent)].open = depth
      }
      var child = states[Int(parent)].firstChild
      while child != Self.root {
        let number = Int(child)
        let failure = parent == Self.root ? Self.root : step(from: states[Int(parent)].failure, states[number].label)
        states[number].failure = failure
        states[number].output = max(states[number].pattern, states[Int(failure)].output)
        queue.append(child)
        child = states[number].sibling
      }
    }
  }

  /// Runs over the next piece of the text.
  ///
  /// - Parameters:
  ///   - initial: where the last piece left off.
  ///   - onMatch: called at each position at which a pattern ends, in order, with the offset in `text` behind it, the
  ///     length of the longest such pattern and the number of bytes that may still become part of another match.
  /// - Returns: the state behind the last byte.
  func scan(
    _ text: UnsafeRawBufferPointer, from initial: StateNumber,
    onMatch: (_ end: Int, _ length: Int, _ open: Int) -> Void
  ) -> StateNumber {
    states.withUnsafeBufferPointer { states in
      rootRow.withUnsafeBufferPointer { rootRow in
        pairs.withUnsafeBufferPointer { pairs in
          let count = text.count
          var state = initial
          var position = 0
          while position < count {
            if state == Self.root {
              // A pattern that begins at p shows one of its first three pairs at one of p, p + 1 and p + 2, so every
              // third pair is enough; a hit at `sample` allows beginnings from sample - 2 on.
              var sample = position &+ 2
              while sample &+ 10 < count {
                let hits = Self.bit(text, sample, pairs) | Self.bit(text, sample &+ 3, pairs)
                let more = Self.bit(text, sample &+ 6, pairs) | Self.bit(text, sample &+ 9, pairs)
                if (hits | more) & 1 != 0 { break }
                sample &+= 12
              }
              while sample &+ 1 < count && Self.bit(text, sample, pairs) & 1 == 0 { sample &+= 3 }
              position = sample - 2
            }
            let byte = text[position]
            position &+= 1
            while true {
              if state == Self.root {
                state = rootRow[Int(byte)]
                break
              }
              var child = states[Int(state)].firstChild
              while child != Self.root && states[Int(child)].label != byte { child = states[Int(child)].sibling }
              if child != Self.root {
                state = child
                break
              }
              state = states[Int(state)].failure
            }
            let reached = states[Int(state)]
            if reached.output != 0 { onMatch(position, Int(reached.output), Int(reached.open)) }
          }
          return state
        }
      }
    }
  }

  /// The pair at an offset: the lowest bit is set if the beginning of some pattern holds it.
  @inline(__always)
  private static func bit(
    _ text: UnsafeRawBufferPointer, _ offset: Int, _ pairs: UnsafeBufferPointer<UInt64>
  ) -> UInt64 {
    let pair = text.loadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian
    return pairs[Int(pair >> 6)] &>> UInt64(pair & 63)
  }

  private func child(of state: StateNumber, _ byte: UInt8) -> StateNumber {
    if state == Self.root { return rootRow[Int(byte)] }
    var child = states[Int(state)].firstChild
    while child != Self.root && states[Int(child)].label != byte { child = states[Int(child)].sibling }
    return child
  }

  private func step(from initial: StateNumber, _ byte: UInt8) -> StateNumber {
    var state = initial
    while true {
      let child = self.child(of: state, byte)
      if child != Self.root || state == Self.root { return child }
      state = states[Int(state)].failure
    }
  }
}
