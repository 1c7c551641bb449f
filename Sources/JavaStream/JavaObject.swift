/// A class as a stream describes it. Nothing is ever loaded by its name.
public struct JavaClass: Sendable {
  let graph: JavaGraph
  let index: Int
  private var node: ClassNode { graph.classes[index] }

  /// The name, as `java.util.Map$Entry`; empty for a proxy.
  public var name: String { node.name }
  /// The `serialVersionUID`; 0 for proxies, enums and records without one.
  public var serialVersionUID: Int64 { node.serialVersionUID }
  /// The flags, §6.4.2 of the serialization specification.
  public var flags: UInt8 { node.flags }
  /// The fields in stream order.
  public var fields: [JavaField] { node.fields }
  /// The interfaces of a proxy.
  public var interfaces: [String] { node.interfaces }
  /// What the writer's `annotateClass` added.
  public var annotations: [JavaValue] { node.annotations.map { JavaValue($0, in: graph) } }
  /// The nearest superclass that is serializable.
  public var superclass: JavaClass? { node.superclass.map { JavaClass(graph: graph, index: $0) } }
}

/// An object: fields by name, and what classes wrote by themselves.
public struct JavaObject: Sendable {
  let graph: JavaGraph
  let index: Int
  private var node: ObjectNode { graph.objects[index] }

  /// Its class.
  public var type: JavaClass { JavaClass(graph: graph, index: node.classIndex) }
  /// Its class's name; empty for a proxy.
  public var className: String { graph.classes[node.classIndex].name }
  /// The names of its class and of all superclasses, from its own up.
  public var classNames: [String] { node.parts.reversed().map { graph.classes[$0.classIndex].name } }

  /// Tells objects of one stream apart.
  public var identity: Int { index }

  /// A field's value, searched from the object's own class upwards; `null` if no class has a field of this name, which
  /// is how fields that a version does not have yet or any more read.
  public subscript(field: String) -> JavaValue {
    for part in node.parts.reversed() {
      for (description, slot) in zip(graph.classes[part.classIndex].fields, part.fields)
      where description.name == field {
        return JavaValue(slot, in: graph)
      }
    }
    return .null
  }

  /// All fields, from the topmost class down in stream order, with the class that declares each.
  public var fields: [(declaring: String, name: String, value: JavaValue)] {
    node.parts.flatMap { part in
      let description = graph.classes[part.classIndex]
      return zip(description.fields, part.fields).map {
        (description.name, $0.name, JavaValue($1, in: graph))
      }
    }
  }

  /// What a class of the hierarchy wrote beside its fields (`writeObject`, `writeExternal`), in order.
  public func custom(of className: String) -> [JavaValue] {
    node.parts.first { graph.classes[$0.classIndex].name == className }?.custom.map { JavaValue($0, in: graph) } ?? []
  }

  /// The bytes that a class of the hierarchy wrote beside its fields, without the objects between them.
  public func customBytes(of className: String) -> [UInt8] {
    custom(of: className).flatMap { value -> [UInt8] in
      if case .block(let bytes) = value { bytes } else { [] }
    }
  }
}

/// An array.
public struct JavaArray: Sendable {
  let graph: JavaGraph
  let index: Int
  private var node: ArrayNode { graph.arrays[index] }

  /// Its class's name, as `[I` or `[Ljava.lang.String;`.
  public var className: String { graph.classes[node.classIndex].name }
  /// The bytes of a `byte[]`, else `nil`.
  public var bytes: [UInt8]? { className == "[B" ? node.bytes : nil }
  /// The elements of any array.
  public var elements: [JavaValue] {
    className == "[B"
      ? node.bytes.map { .byte(Int8(bitPattern: $0)) } : node.elements.map { JavaValue($0, in: graph) }
  }
}

/// An enum's constant.
public struct JavaEnumeration: Sendable {
  let graph: JavaGraph
  let index: Int

  /// The enum's name.
  public var className: String { graph.classes[graph.enumerations[index].classIndex].name }
  /// The constant's name.
  public var constant: String { graph.enumerations[index].constant }
}
