import Foundation
import JourneymanSupport

/// Files of `[secret]` entries exist and are not open to everybody. The secrets themselves are not read.
enum SecretFileCheck {
  static func run(_ secrets: [SecretSettings]) -> [Finding] {
    secrets.compactMap { secret in
      guard case .file(let path) = secret.source else { return nil }
      let name = "secret '\(secret.name)'"
      guard let mode = FilePermission.mode(path) else {
        return Finding(name, .warning, "\(path) does not exist", remedy: "make the file, or correct agent.conf")
      }
      if mode & 0o007 != 0 {
        return Finding(name, .failed, "\(path) is open to every user", remedy: "chmod o= '\(path)'")
      }
      if !FilePermission.allows(path, R_OK) {
        return Finding(name, .failed, "\(path) cannot be read by this user", remedy: "give this user read access")
      }
      return Finding(name, .ok, path)
    }
  }
}
