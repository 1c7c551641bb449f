/// Where a worker puts packages in a build's output directory.
public enum OutputLayout {
  /// The folder of the artifacts that stay there.
  public static let artifacts = "artifacts"
  /// The folder of the copies that are on their way to stores; gone when they are stored.
  public static let copies = ".stores"

  /// The folder of one store's copies, relative to the output directory.
  public static func copies(for store: String) -> String { copies + "/" + store }

  /// How names of files and folders end that are not complete yet.
  public static let unfinishedSuffix = ".partial"
}
