/// The JSON of Git LFS's batch API (git-lfs/docs/api/batch.md).
enum LargeFileBatch {
  struct Object: Codable, Hashable {
    let oid: String
    let size: Int64
  }

  struct Request: Encodable {
    let operation = "download"
    let transfers = ["basic"]
    let objects: [Object]
    // The key is as the API spells it.
    enum CodingKeys: String, CodingKey { case operation, transfers, objects, hashAlgorithm = "hash_algo" }
    let hashAlgorithm = "sha256"
  }

  struct Response: Decodable {
    struct Answer: Decodable {
      let oid: String
      let actions: Actions?
      let error: Refusal?
    }
    struct Actions: Decodable { let download: Action? }
    struct Refusal: Decodable {
      let code: Int
      let message: String
    }
    let objects: [Answer]
    let transfer: String?
  }

  /// Where and how something is to be had.
  struct Action: Decodable {
    let href: String
    let header: [String: String]?
  }
}
