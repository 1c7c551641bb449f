import Foundation

/// C strings for a call that wants an array of them.
final class CStringArray {
  private let strings: [UnsafeMutablePointer<CChar>?]
  let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

  init(_ texts: [String]) {
    strings = texts.map { strdup($0) }
    pointer = .allocate(capacity: max(1, strings.count))
    pointer.initialize(from: strings, count: strings.count)
  }

  deinit {
    for string in strings { free(string) }
    pointer.deallocate()
  }
}
