/// Sections that differ by their name in quotes, in the order in which they first appear.
struct NamedSections<Section> {
  private(set) var names: [String] = []
  private var sections: [String: Section] = [:]

  var values: [Section] { names.compactMap { sections[$0] } }

  subscript(name: String) -> Section? {
    get { sections[name] }
    set {
      if sections[name] == nil { names.append(name) }
      sections[name] = newValue
    }
  }
}
