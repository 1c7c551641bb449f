/// Random numbers that are the same in every run (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number
/// generators", 2014).
public struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  /// Numbers that follow from a seed.
  public init(state: UInt64) { self.state = state }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  /// A number from zero up to a bound, without it.
  public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// A lower case letter.
  public mutating func letter() -> Character { Character(UnicodeScalar(UInt8(97 + below(26)))) }
}
