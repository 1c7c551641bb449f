internal import CCrypto

/// Secret bytes that are wiped when the last reference goes.
///
/// Sendable holds because the bytes are written only in `init` and in `deinit`.
final class KeyBytes: @unchecked Sendable {
  private let storage: UnsafeMutableRawBufferPointer

  /// Allocates `count` bytes, zero at first, and lets `fill` write them.
  init(count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    storage = .allocate(byteCount: count, alignment: 16)
    storage.initializeMemory(as: UInt8.self, repeating: 0)
    try fill(storage)
  }

  /// Takes a copy of bytes.
  convenience init(_ bytes: some Collection<UInt8>) {
    self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  /// `count` bytes of the library's private random generator.
  static func random(count: Int) throws(SealingError) -> KeyBytes {
    var succeeded = false
    let key = KeyBytes(count: count) { succeeded = RAND_priv_bytes($0.unsigned, Int32(count)) == 1 }
    if !succeeded { throw .library("make random bytes") }
    return key
  }

  deinit {
    OPENSSL_cleanse(storage.baseAddress, storage.count)
    storage.deallocate()
  }

  var count: Int { storage.count }

  func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
    try body(UnsafeRawBufferPointer(storage))
  }

  /// Whether both hold the same bytes, in a time that does not tell where they differ.
  func equals(_ other: KeyBytes) -> Bool {
    count == other.count && CRYPTO_memcmp(storage.baseAddress, other.storage.baseAddress, count) == 0
  }
}

extension UnsafeRawBufferPointer {
  /// The same memory with the type that libcrypto's functions take.
  var unsigned: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeMutableRawBufferPointer {
  /// The same memory with the type that libcrypto's functions take.
  var unsigned: UnsafeMutablePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension SealingError {
  /// The library's own reason for a failed call, on the thread that made the call.
  static func library(_ attempt: String) -> SealingError {
    var text = [CChar](repeating: 0, count: 256)
    let number = ERR_get_error()
    ERR_error_string_n(number, &text, text.count)
    ERR_clear_error()
    let reason =
      number == 0 ? "no reason given" : String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    return SealingError(.cryptography, "cannot \(attempt): \(reason)")
  }
}
