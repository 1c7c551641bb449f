internal import JourneymanJavaStream

/// The exceptions that answers carry. Only classes of the JDK, whose layouts never change, and those of plugins that
/// callers tell apart.
enum JavaException {
  private static let throwable = JavaLayout(
    "java.lang.Throwable", -3_042_686_055_658_047_285,
    [
      JavaField("cause", "Ljava/lang/Throwable;"), JavaField("detailMessage", "Ljava/lang/String;"),
      JavaField("stackTrace", "[Ljava/lang/StackTraceElement;"), JavaField("suppressedExceptions", "Ljava/util/List;"),
    ], writesCustomData: true)
  private static let exception = JavaLayout("java.lang.Exception", -3_387_516_993_124_229_948, extends: throwable)
  private static let ioException = JavaLayout("java.io.IOException", 7_818_375_828_146_090_155, extends: exception)
  private static let interrupted = JavaLayout(
    "java.lang.InterruptedException", 6_700_697_376_100_628_473, extends: exception)
  private static let stackTrace = JavaLayout("[Ljava.lang.StackTraceElement;", 163_864_874_655_228_473)

  private static func make(_ layout: JavaLayout, _ message: String) -> JavaOutput {
    .object(
      layout, ["detailMessage": .string(URLPasswords.masked(message)), "stackTrace": .array(stackTrace, [])])
  }

  /// `java.io.IOException`
  static func io(_ message: String) -> JavaOutput { make(ioException, message) }

  private static let gitException = JavaLayout(
    "hudson.plugins.git.GitException", 1,
    extends: JavaLayout("java.lang.RuntimeException", -7_034_897_190_745_766_939, extends: exception))

  /// `hudson.plugins.git.GitException`
  static func git(_ message: String) -> JavaOutput { make(gitException, message) }

  /// `java.lang.InterruptedException`
  static func interrupted(_ message: String) -> JavaOutput { make(interrupted, message) }
}
