/// How objects of a class are written: what the class's own description in a stream would say.
public final class JavaLayout: Sendable {
  /// The class's name, as `java.util.Map$Entry`; for a proxy empty.
  public let name: String
  /// The `serialVersionUID`.
  public let serialVersionUID: Int64
  /// The flags, §6.4.2 of the serialization specification.
  public let flags: UInt8
  /// The fields in stream order: primitives first, each kind by name.
  public let fields: [JavaField]
  /// The nearest serializable superclass.
  public let superclass: JavaLayout?
  /// The interfaces, if it is a proxy.
  public let interfaces: [String]

  private init(
    _ name: String, _ serialVersionUID: Int64, _ flags: UInt8, _ fields: [JavaField], _ superclass: JavaLayout?,
    _ interfaces: [String]
  ) {
    self.name = name
    self.serialVersionUID = serialVersionUID
    self.flags = flags
    self.fields = fields
    self.superclass = superclass
    self.interfaces = interfaces
  }

  /// A class that implements `Serializable`.
  ///
  /// - Parameter writesCustomData: whether it has a `writeObject`: an end mark follows its fields.
  public convenience init(
    _ name: String, _ serialVersionUID: Int64 = 1, _ fields: [JavaField] = [], extends superclass: JavaLayout? = nil,
    writesCustomData: Bool = false
  ) {
    let flags = ClassFlag.serializable | (writesCustomData ? ClassFlag.writeMethod : 0)
    self.init(name, serialVersionUID, flags, fields, superclass, [])
  }

  /// An enum.
  public convenience init(enumeration name: String) {
    let flags = ClassFlag.serializable | ClassFlag.enumeration
    self.init(name, 0, flags, [], JavaLayout("java.lang.Enum", 0, flags, [], nil, []), [])
  }

  /// A class of `java.lang.reflect.Proxy` with these interfaces.
  public convenience init(proxy interfaces: [String]) {
    let proxy = JavaLayout(
      "java.lang.reflect.Proxy", -2_222_568_056_686_623_797, [JavaField("h", "Ljava/lang/reflect/InvocationHandler;")])
    self.init("", 0, ClassFlag.serializable, [], proxy, interfaces)
  }

  var isProxy: Bool { !interfaces.isEmpty }

  /// The hierarchy from the topmost class down.
  var hierarchy: [JavaLayout] {
    var chain: [JavaLayout] = []
    var next: JavaLayout? = self
    while let current = next {
      chain.append(current)
      next = current.superclass
    }
    return chain.reversed()
  }
}
