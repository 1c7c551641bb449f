internal import Foundation
internal import JourneymanSupport

/// Tells files that are compressed or encrypted already from others, so that no time is lost on deflating them.
enum CompressionProbe {
  /// Below this size deflating costs nothing worth saving.
  private static let smallest: Int64 = 65_536
  private static let sampleSize = 16_384
  private static let sampleCount: Int64 = 4
  /// Bits per byte, by Shannon's formula over the frequencies of byte values. Random bytes in a sample of this size have
  /// 7.988 ± 0.001; compressed files are as good as random; programs and texts have 4 to 7.
  private static let threshold = 7.95

  /// Whether four samples, spread over the whole file, all look random. Depends on the content only.
  static func isIncompressible(_ descriptor: Int32, size: Int64) -> Bool {
    if size < smallest { return false }
    return withUnsafeTemporaryAllocation(byteCount: sampleSize, alignment: 16) { sample in
      for number in 0..<sampleCount {
        let offset = (size - Int64(sampleSize)) / (sampleCount - 1) * number
        if pread(descriptor, sample.baseAddress, sampleSize, off_t(offset)) != sampleSize { return false }
        if entropy(UnsafeRawBufferPointer(sample)) < threshold { return false }
      }
      return true
    }
  }

  /// Bits per byte.
  static func entropy(_ bytes: UnsafeRawBufferPointer) -> Double {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { counts in
      counts.initialize(repeating: 0)
      for byte in bytes { counts[Int(byte)] += 1 }
      let total = Double(bytes.count)
      return counts.reduce(0.0) { sum, count in
        count == 0 ? sum : sum - Double(count) / total * log2(Double(count) / total)
      }
    }
  }
}
