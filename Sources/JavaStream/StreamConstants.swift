/// The codes of the protocol, Java Object Serialization Specification §6.4.2.
enum StreamCode {
  static let magic: [UInt8] = [0xAC, 0xED, 0x00, 0x05]
  static let null: UInt8 = 0x70
  static let reference: UInt8 = 0x71
  static let classDescription: UInt8 = 0x72
  static let object: UInt8 = 0x73
  static let string: UInt8 = 0x74
  static let array: UInt8 = 0x75
  static let classObject: UInt8 = 0x76
  static let blockData: UInt8 = 0x77
  static let endBlockData: UInt8 = 0x78
  static let reset: UInt8 = 0x79
  static let longBlockData: UInt8 = 0x7A
  static let exception: UInt8 = 0x7B
  static let longString: UInt8 = 0x7C
  static let proxyClassDescription: UInt8 = 0x7D
  static let enumeration: UInt8 = 0x7E
  static let baseHandle: UInt32 = 0x7E_0000
}

/// The bits of a class's flags, §6.4.2.
enum ClassFlag {
  static let writeMethod: UInt8 = 0x01
  static let serializable: UInt8 = 0x02
  static let externalizable: UInt8 = 0x04
  static let blockData: UInt8 = 0x08
  static let enumeration: UInt8 = 0x10
}
