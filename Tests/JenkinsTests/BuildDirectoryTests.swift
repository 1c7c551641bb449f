import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Each build has a directory of its own, whatever its name.
struct BuildDirectoryTests {
  @Test func longAndStrangeNamesAreToldApart() {
    let long = String(repeating: "jenkins-folder-", count: 20)
    let keys = [
      "jenkins-job-1", "jenkins-job-2", "jenkins_job-1", "jenkins/job-1", "..", "", long + "1", long + "2",
      String(repeating: "仕事", count: 100) + "1", String(repeating: "仕事", count: 100) + "2", "a\0b",
    ]
    let paths = keys.map { BuildDirectory($0, in: "/state").path }
    #expect(Set(paths).count == keys.count)
    for path in paths.dropFirst(6) {
      #expect(PathName.last(of: path).utf8.count <= 150 && PathName.directory(of: path) == "/state/builds")
    }
  }

  @Test func thoseOfAnEarlierProcessAreFound() throws {
    let state = try TestDirectory()
    let first = BuildDirectory("jenkins-é-1", in: state.path)
    try first.make(endsWithConnection: true)
    try BuildDirectory("cookie", in: state.path).make(endsWithConnection: false)
    let found = BuildDirectory.all(in: state.path)
    #expect(found.map(\.key).sorted() == ["cookie", "jenkins-é-1"])
    #expect(found.map(\.endsWithConnection) == found.map { $0.key != "cookie" })
    #expect(found.allSatisfy { !$0.hasRecord })
    // Should two names ever meet in one directory, the second build is refused.
    try FileSystem.writeAtomically(Array("another".utf8), to: first.path + "/key")
    #expect(throws: JenkinsError.self) { try first.make(endsWithConnection: true) }
    try first.remove()
    #expect(BuildDirectory.all(in: state.path).map(\.key) == ["cookie"])
  }
}
