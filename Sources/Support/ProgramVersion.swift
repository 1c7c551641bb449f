/// The version of Journeyman, which all its programs share.
public enum ProgramVersion {
  /// The version by the rules of semver.org.
  public static let current = "0.1.0"
}
