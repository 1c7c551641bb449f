import CArchive
import CCrypto
import CCurl
import CGit2
import CMark
import CSeccomp
import CXML2
import CYAML

/// A C library of the system: the version that was loaded, and the oldest that is known to work.
struct LibraryCheck: Sendable {
  let name: String
  let package: String
  let oldest: [Int]
  let version: @Sendable () -> String

  static let all = [
    LibraryCheck(name: "libgit2", package: "libgit2-1.5", oldest: [1, 5]) {
      var major: Int32 = 0, minor: Int32 = 0, revision: Int32 = 0
      git_libgit2_version(&major, &minor, &revision)
      return "\(major).\(minor).\(revision)"
    },
    LibraryCheck(name: "libyaml", package: "libyaml-0-2", oldest: [0, 2]) {
      String(cString: yaml_get_version_string())
    },
    LibraryCheck(name: "libcrypto", package: "libssl3", oldest: [3, 0]) {
      "\(OPENSSL_version_major()).\(OPENSSL_version_minor()).\(OPENSSL_version_patch())"
    },
    LibraryCheck(name: "libarchive", package: "libarchive13", oldest: [3, 6]) {
      let number = archive_version_number()
      return "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)"
    },
    LibraryCheck(name: "libseccomp", package: "libseccomp2", oldest: [2, 5]) {
      guard let version = seccomp_version()?.pointee else { return "0" }
      return "\(version.major).\(version.minor).\(version.micro)"
    },
    LibraryCheck(name: "libcurl", package: "libcurl4", oldest: [7, 85]) {
      guard let information = curl_version_info(CURLVERSION_FIRST), let text = information.pointee.version else {
        return "0"
      }
      return String(cString: text)
    },
    // Says 20914 for 2.9.14.
    LibraryCheck(name: "libxml2", package: "libxml2", oldest: [2, 9]) {
      let number = journeyman_libxml2_version()
      return "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
    },
    LibraryCheck(name: "cmark-gfm", package: "libcmark-gfm0.29.0.gfm.6", oldest: [0, 29]) {
      String(cString: cmark_version_string())
    },
  ]

  func finding() -> Finding {
    let found = version()
    let numbers = found.split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 }
    if !numbers.lexicographicallyPrecedes(oldest) { return Finding(name, .ok, found) }
    let wanted = oldest.map(String.init).joined(separator: ".")
    return Finding(
      name, .failed, "\(found) is older than \(wanted)",
      remedy: "install a newer \(name) (on Debian the package \(package)) and start journeyman again")
  }
}
