internal import JourneymanJavaStream

/// The classes of Remoting that this side sends, as the reference gives their layouts.
enum CommandLayout {
  private static let command = JavaLayout(
    "hudson.remoting.Command", 1, [JavaField("createdAt", "Ljava/lang/Exception;")])

  private static func command(
    _ name: String, _ fields: [JavaField], extends superclass: JavaLayout = command
  ) -> JavaLayout {
    JavaLayout("hudson.remoting.\(name)", 1, fields, extends: superclass)
  }

  private static let request = command(
    "Request",
    [JavaField("id", "I"), JavaField("lastIoId", "I"), JavaField("response", "Lhudson/remoting/Response;")])

  static let response = command(
    "Response",
    [
      JavaField("id", "I"), JavaField("lastIoId", "I"), JavaField("exception", "Ljava/lang/Throwable;"),
      JavaField("returnValue", "Ljava/io/Serializable;"),
    ])
  static let normalResponse = JavaLayout("hudson.remoting.UserRequest$NormalResponse", 1, [JavaField("response", "[B")])
  static let exceptionResponse = JavaLayout(
    "hudson.remoting.UserRequest$ExceptionResponse", 1,
    [JavaField("proxyResponse", "[B"), JavaField("rawResponse", "[B")])
  static let chunk = command(
    "ProxyOutputStream$Chunk",
    [JavaField("ioId", "I"), JavaField("oid", "I"), JavaField("requestId", "I"), JavaField("buf", "[B")])
  static let endOfFile = command(
    "ProxyOutputStream$EOF",
    [
      JavaField("ioId", "I"), JavaField("oid", "I"), JavaField("requestId", "I"),
      JavaField("error", "Ljava/lang/Throwable;"),
    ])
  static let readChunk = command(
    "ProxyInputStream$Chunk", [JavaField("len", "I"), JavaField("oid", "I")], extends: request)
  static let endOfReading = command("ProxyInputStream$EOF", [JavaField("oid", "I")])
  static let textChunk = command(
    "ProxyWriter$Chunk", [JavaField("ioId", "I"), JavaField("oid", "I"), JavaField("buf", "[C")])
  static let endOfText = command("ProxyWriter$EOF", [JavaField("ioId", "I"), JavaField("oid", "I")])
  static let characters = JavaLayout("[C", -5_753_798_564_021_173_076)
  static let unexport = command("ProxyOutputStream$Unexport", [JavaField("ioId", "I"), JavaField("oid", "I")])

  /// Classes whose `writeObject` does not write the fields they declare.
  static let withoutFields: Set<String> = [
    "hudson.remoting.Pipe", "hudson.remoting.RemoteInputStream", "hudson.util.StreamTaskListener",
    "hudson.model.StreamBuildListener",
  ]
}
