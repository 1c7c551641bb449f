extension JavaValue {
  /// The elements of a list, set or array of Java's own library; `nil` if it is none that is known.
  public var list: [JavaValue]? {
    if let array { return array.elements }
    guard let object else { return nil }
    for name in object.classNames {
      switch name {
      case "java.util.ArrayList", "java.util.LinkedList", "java.util.HashSet", "java.util.ArrayDeque":
        return object.customObjects(of: name)
      case "java.util.TreeSet": return Array(object.customObjects(of: name).dropFirst())
      case "java.util.Arrays$ArrayList": return object["a"].list
      case "java.util.Collections$EmptyList", "java.util.Collections$EmptySet": return []
      case "java.util.Collections$SingletonList", "java.util.Collections$SingletonSet": return [object["element"]]
      case "java.util.Collections$UnmodifiableCollection", "java.util.Collections$SynchronizedCollection":
        return object["c"].list
      case "java.util.CollSer" where object["tag"].integer.map({ $0 & 0xFF == 1 || $0 & 0xFF == 2 }) == true:
        return object.customObjects(of: name)
      default: continue
      }
    }
    return nil
  }

  /// The entries of a map of Java's own library, in stream order; `nil` if it is none that is known.
  public var entries: [(key: JavaValue, value: JavaValue)]? {
    guard let object else { return nil }
    for name in object.classNames {
      switch name {
      case "java.util.HashMap", "java.util.TreeMap", "java.util.Hashtable", "java.util.IdentityHashMap":
        return Self.pairs(object.customObjects(of: name))
      case "java.util.concurrent.ConcurrentHashMap", "java.util.concurrent.ConcurrentSkipListMap":
        return Self.pairs(object.customObjects(of: name))
      case "java.util.Collections$EmptyMap": return []
      case "java.util.Collections$SingletonMap": return [(object["k"], object["v"])]
      case "java.util.Collections$UnmodifiableMap", "java.util.Collections$SynchronizedMap":
        return object["m"].entries
      case "java.util.CollSer" where object["tag"].integer.map({ $0 & 0xFF == 3 }) == true:
        return Self.pairs(object.customObjects(of: name))
      default: continue
      }
    }
    return nil
  }

  /// The entries of a map from strings to strings; others are left out.
  public var stringMap: [String: String]? {
    entries.map { entries in
      var map: [String: String] = [:]
      for entry in entries {
        if let key = entry.key.string, let value = entry.value.string { map[key] = value }
      }
      return map
    }
  }

  /// Keys and values by turns. A concurrent map ends with a pair of nulls, which an odd rest never is.
  private static func pairs(_ values: [JavaValue]) -> [(key: JavaValue, value: JavaValue)] {
    var pairs: [(key: JavaValue, value: JavaValue)] = []
    for index in stride(from: 0, to: values.count - 1, by: 2) {
      if values[index].isNull && values[index + 1].isNull && index + 2 >= values.count { break }
      pairs.append((values[index], values[index + 1]))
    }
    return pairs
  }
}

extension JavaObject {
  /// What a class wrote beside its fields, without the bytes between.
  public func customObjects(of className: String) -> [JavaValue] {
    custom(of: className).filter { value in
      if case .block = value { false } else { true }
    }
  }
}
