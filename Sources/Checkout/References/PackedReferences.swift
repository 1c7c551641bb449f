internal import CGit2
internal import JourneymanSupport

/// All references of a repository in its one `packed-refs` file (format: git's `pack-refs` documentation).
///
/// Writing them at once makes the change of a mirror's references atomic, whatever branch turned into a directory of
/// branches, and costs one file for ten thousand of them.
enum PackedReferences {
  /// Replaces the references of a repository that has no loose ones.
  ///
  /// - Parameter references: sorted by the bytes of their names.
  static func write(_ references: [Advertisement.Reference], to gitDirectory: String) throws(SystemError) {
    var text = "# pack-refs with: peeled fully-peeled sorted \n"
    for reference in references {
      text += "\(reference.target) \(reference.name)\n"
      if let peeled = reference.peeled { text += "^\(peeled)\n" }
    }
    try FileSystem.writeAtomically(Array(text.utf8), to: gitDirectory + "/packed-refs")
  }

  /// The references of a mirror, sorted.
  static func read(_ repository: borrowing Repository) throws(CheckoutError) -> [Advertisement.Reference] {
    let iterator = try gitMake("list the mirror's references") { git_reference_iterator_new($0, repository.pointer) }
    defer { git_reference_iterator_free(iterator) }
    var references: [Advertisement.Reference] = []
    while true {
      var pointer: OpaquePointer?
      let status = git_reference_next(&pointer, iterator)
      if status == GIT_ITEROVER.rawValue { break }
      try git("list the mirror's references") { status }
      guard let pointer else { break }
      defer { git_reference_free(pointer) }
      guard let name = git_reference_name(pointer), let target = git_reference_target(pointer) else { continue }
      references.append(
        .init(
          name: String(cString: name), target: ObjectID(target.pointee),
          peeled: git_reference_target_peel(pointer).map { ObjectID($0.pointee) }))
    }
    return references.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}
