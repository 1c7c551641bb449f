import JourneymanSealing
import JourneymanSupport

/// The user's own keys can be used, and by nobody else.
enum KeyCheck {
  static func run(_ environment: [String: String]) -> [Finding] {
    do throws(SealingError) {
      let keys = try KeyDirectory.user(environment)
      return [
        finding("identity", keys.identityPath) { () throws(SealingError) in !(try keys.existingIdentities().isEmpty) },
        finding("signing key", keys.signingKeyPath) { () throws(SealingError) in try keys.existingSigningKey() != nil },
      ]
    } catch {
      return [Finding("identity", .failed, error.message, remedy: "set HOME or XDG_CONFIG_HOME")]
    }
  }

  private static func finding(
    _ name: String, _ path: String, _ exists: () throws(SealingError) -> Bool
  ) -> Finding {
    do throws(SealingError) {
      let detail = try exists() ? path : "there is none yet; it is made on first use as \(path)"
      return Finding(name, .ok, detail)
    } catch {
      let remedy =
        error.code == .exposedKey ? "chmod 600 '\(path)', and make a new key if others may have read it" : nil
      return Finding(name, .failed, error.message, remedy: remedy ?? "mend or move the file away: \(path)")
    }
  }
}
