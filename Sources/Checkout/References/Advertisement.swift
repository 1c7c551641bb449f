/// What a server says it has.
struct Advertisement: Sendable {
  struct Reference: Sendable, Hashable {
    let name: String
    let target: ObjectID
    /// The object an annotated tag leads to.
    var peeled: ObjectID?
  }

  /// References other than HEAD, sorted by the bytes of their names.
  var references: [Reference] = []
  /// The object HEAD leads to.
  var head: ObjectID?
  /// The branch HEAD points at.
  var headBranch: String?
  /// Commits whose parents the server itself does not have.
  var shallow: [ObjectID] = []

  func reference(named name: String) -> Reference? {
    var low = 0, high = references.count
    while low < high {
      let middle = (low + high) / 2
      if references[middle].name.utf8.lexicographicallyPrecedes(name.utf8) { low = middle + 1 } else { high = middle }
    }
    return low < references.count && references[low].name == name ? references[low] : nil
  }

  /// A copy with the references `isKept` is true for.
  func filtered(_ isKept: (Reference) -> Bool) -> [Reference] { references.filter(isKept) }
}
