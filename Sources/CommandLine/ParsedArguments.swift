/// What a command line said, read by the ``Argument`` that declared it.
public struct ParsedArguments: Sendable, Equatable {
  /// The texts of each argument, by ``ArgumentDeclaration/shown``.
  var texts: [String: [String]] = [:]

  /// The value of a declared argument. Types were checked before the command's action started.
  ///
  /// - Throws: ``CommandLineError`` when a required argument was not declared by this command.
  public subscript<Result>(_ argument: Argument<Result>) -> Result {
    get throws(CommandLineError) { try argument.convert(texts[argument.declaration.shown] ?? []) }
  }

  /// Whether an argument was given at all.
  public func contains<Result>(_ argument: Argument<Result>) -> Bool {
    texts[argument.declaration.shown] != nil
  }
}
