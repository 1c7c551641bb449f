import Foundation
import TestSupport
import Testing

/// Our own program, as SwiftPM built it for these tests.
enum TestProgramPath {
  static var journeyman: String {
    get throws {
      let path = try TestProgram.products + "/journeyman"
      try #require(access(path, X_OK) == 0, "\(path) is not built")
      return path
    }
  }
}
