/// The contents of Git LFS pointers, fetched before the files are written.
struct LargeFiles: Sendable {
  static func fetched(
    for listing: TreeListing, _ selection: [Int], from objects: String, url: RepositoryURL, context: CheckoutContext
  ) throws -> LargeFiles? {
    nil
  }

  func write(_ pointer: LargeFilePointer, to file: Int32, shown: String) throws {}
}
