import Foundation
import JourneymanActionKit
import TestSupport
import Testing

/// Modules for Maven, published to a strict repository written from the protocol, and resolved by Maven itself.
@Suite(.takingTurns, .enabled(if: Peers.areFound("python3"), "needs python3")) struct MavenTests {
  /// Makes jars with POMs inside, as Maven makes them.
  private static let makeJars = """
    import sys, zipfile
    def pom(group, artifact, version, more=""):
      return ('<?xml version="1.0" encoding="UTF-8"?>\\n<project xmlns="http://maven.apache.org/POM/4.0.0">'
        f'<modelVersion>4.0.0</modelVersion><groupId>{group}</groupId><artifactId>{artifact}</artifactId>'
        f'<version>{version}</version>{more}</project>\\n')
    def jar(path, *poms):
      with zipfile.ZipFile(path, "w") as file:
        file.writestr("hello.txt", "hello from " + path)
        for group, artifact, text in poms:
          file.writestr(f"META-INF/maven/{group}/{artifact}/pom.xml", text)
    """

  private func bench(_ script: String) async throws -> Bench {
    let bench = try Bench()
    try bench.write(Self.makeJars + "\n" + script, to: "make.py")
    let made = try await bench.shell("mkdir -p target && python3 make.py")
    try #require(made.status == 0, "\(made.errors)")
    return bench
  }

  private func configuration(
    _ server: StubRegistry, _ repository: String = "releases", files: Any = "target/*",
    with more: [String: Any] = [:]
  ) -> [String: Any] {
    [
      "type": "maven", "repository": server.url(repository), "files": files, "username": "anna", "password": "token",
    ].merging(more) { $1 }
  }

  private static let demo = """
    jar("target/demo-1.0.jar", ("com.acme", "demo", pom("com.acme", "demo", "1.0")))
    jar("target/demo-1.0-sources.jar")
    """

  @Test func aReleaseGoesOutAsMavenSendsIt() async throws {
    let (bench, server) = (try await bench(Self.demo), try await StubRegistry("maven-repository.py"))
    let outcome = try await bench.publish(configuration(server))
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(outcome.outputs["locations"] == server.url("releases/com/acme/demo/1.0"))
    let files = ["demo-1.0.jar", "demo-1.0.pom", "demo-1.0-sources.jar"].map { "1.0/\($0)" }
    let puts = (files + ["maven-metadata.xml"]).flatMap { ["PUT \($0)", "PUT \($0).sha1", "PUT \($0).md5"] }
    let expected = puts.dropLast(3) + ["GET maven-metadata.xml"] + puts.suffix(3)
    let base = "releases/com/acme/demo/"
    #expect(try server.requests.map { "\($0.method) \($0.path.dropFirst(base.count + 1))" } == Array(expected))
    #expect(try server.requests.allSatisfy { $0.authorization == "Basic YW5uYTp0aGUtdG9rZW4=" })

    // The next version joins the list, whose checksum is looked at.
    let next = try await bench.shell("rm target/* && sed -i 's/1\\.0/1.1/g' make.py && python3 make.py")
    try #require(next.status == 0, "\(next.errors)")
    #expect(try await bench.publish(configuration(server)).status == .succeeded, "\(bench.log)")
    let list = String(decoding: try #require(server.stored(base + "maven-metadata.xml")), as: UTF8.self)
    #expect(list.contains("<release>1.1</release>"), "\(list)")
    #expect(list.contains("<version>1.0</version>\n      <version>1.1</version>"), "\(list)")
    #expect(try server.requests.contains { $0.method == "GET" && $0.path == "/\(base)maven-metadata.xml.sha1" })
  }

  @Test func snapshotsAreNumbered() async throws {
    let bench = try await bench(
      """
      jar("target/demo-2.0-SNAPSHOT.jar", ("com.acme", "demo", pom("com.acme", "demo", "2.0-SNAPSHOT")))
      jar("target/demo-2.0-SNAPSHOT-tests.jar", ("com.acme", "demo", pom("com.acme", "demo", "2.0-SNAPSHOT")))
      """)
    let server = try await StubRegistry("maven-repository.py")
    for _ in 1...2 {
      let outcome = try await bench.publish(configuration(server, "snapshots", with: ["skip-existing": true]))
      #expect(outcome.outputs["published"] == "1", "\(outcome.message)")
    }
    let base = "snapshots/com/acme/demo/"
    let list = String(
      decoding: try #require(server.stored(base + "2.0-SNAPSHOT/maven-metadata.xml")), as: UTF8.self)
    #expect(list.contains("<buildNumber>2</buildNumber>"), "\(list)")
    #expect(list.components(separatedBy: "<snapshotVersion>").count == 4, "\(list)")
    #expect(list.contains("<classifier>tests</classifier>\n        <extension>jar</extension>"), "\(list)")
    let value = try #require(list.components(separatedBy: "<value>").last?.components(separatedBy: "</value>").first)
    #expect(value.hasPrefix("2.0-20") && value.hasSuffix("-2"), "\(value)")
    #expect(server.stored(base + "2.0-SNAPSHOT/demo-\(value)-tests.jar") != nil)
    let versions = String(decoding: try #require(server.stored(base + "maven-metadata.xml")), as: UTF8.self)
    #expect(versions.contains("<version>2.0-SNAPSHOT</version>") && !versions.contains("<release>"), "\(versions)")
  }

  @Test func whatIsReleasedStaysAsItIs() async throws {
    let (bench, server) = (try await bench(Self.demo), try await StubRegistry("maven-repository.py"))
    #expect(try await bench.publish(configuration(server)).status == .succeeded, "\(bench.log)")
    let again = try await bench.publish(configuration(server))
    #expect(again.status == .failed)
    #expect(again.message.contains("does not allow updating assets"), "\(again.message)")
    let skipped = try await bench.publish(configuration(server, with: ["skip-existing": true]))
    #expect(skipped.outputs["skipped"] == "1", "\(skipped.message)")

    // What is missing is added, and what is different stays, with a warning.
    let changed = try await bench.shell(
      "sed -i 's/hello from/goodbye from/' make.py && python3 make.py && cd target && cp demo-1.0-sources.jar demo-1.0-javadoc.jar"
    )
    try #require(changed.status == 0, "\(changed.errors)")
    let added = try await bench.publish(configuration(server, with: ["skip-existing": true]))
    #expect(added.outputs["published"] == "1", "\(added.message)")
    #expect(bench.log.contains("warning: demo-1.0.jar stays as it is"), "\(bench.log)")
    #expect(server.stored("releases/com/acme/demo/1.0/demo-1.0-javadoc.jar") != nil)
  }

  @Test func aFailureInTheMiddleSaysWhatIsThere() async throws {
    let bench = try await bench(
      Self.demo + "\njar(\"target/other-1.0.jar\", (\"com.acme\", \"other\", pom(\"com.acme\", \"other\", \"1.0\")))")
    let server = try await StubRegistry("maven-repository.py")
    let outcome = try await bench.publish(configuration(server, "full", files: ["target/demo*", "target/*"]))
    #expect(outcome.status == .failed)
    #expect(outcome.message.contains("published 0 of 2"), "\(outcome.message)")
    #expect(outcome.message.contains("the quota is used up"), "\(outcome.message)")
    #expect(outcome.message.contains("stored before that: demo-1.0.jar, demo-1.0.pom;"), "\(outcome.message)")
    #expect(bench.log.contains("not tried      com.acme:other:1.0 (target/other-1.0.jar"), "\(bench.log)")
    #expect(server.stored("full/com/acme/demo/maven-metadata.xml") == nil, "an unfinished version is not listed")
  }

  @Test func damagedListsAreNotReplaced() async throws {
    let (bench, server) = (try await bench(Self.demo), try await StubRegistry("maven-repository.py"))
    #expect(try await bench.publish(configuration(server, "damaged")).status == .succeeded, "\(bench.log)")
    let list = server.stored("damaged/com/acme/demo/maven-metadata.xml")
    #expect(try await bench.shell("rm target/* && sed -i 's/1\\.0/1.1/g' make.py && python3 make.py").status == 0)
    let damaged = try await bench.publish(configuration(server, "damaged"))
    #expect(damaged.message.contains("is not what its checksum"), "\(damaged.message)")
    #expect(server.stored("damaged/com/acme/demo/maven-metadata.xml") == list)
    let hostile = try await bench.publish(configuration(server, "hostile"))
    #expect(hostile.message.contains("declares the entity"), "\(hostile.message)")
  }

  /// The same requests as of Maven's deploy plugin, and the same lists but for their times.
  @Test(
    .enabled(
      if: Peers.areFound("mvn") && Peers.hasMavenPlugin("maven-deploy-plugin"),
      "needs maven and libmaven-deploy-plugin-java"))
  func mavenItselfSendsTheSame() async throws {
    let server = try await StubRegistry("maven-repository.py")
    for version in ["1.0", "2.0-SNAPSHOT", "2.0-SNAPSHOT"] {
      let start = try server.requests.count
      let bench = try await bench(Self.demo.replacingOccurrences(of: "1.0", with: version))
      let outcome = try await bench.publish(configuration(server))
      #expect(outcome.status == .succeeded, "\(outcome.message)")
      let middle = try server.requests.count
      try bench.write(
        """
        <settings><localRepository>\(bench.path)/local</localRepository>
        <servers><server><id>peer</id><username>anna</username><password>the-token</password></server></servers>
        <mirrors><mirror><id>debian</id><mirrorOf>central</mirrorOf><url>file:///usr/share/maven-repo</url></mirror></mirrors>
        </settings>
        """, to: "settings.xml")
      let deployed = try await bench.shell(
        "unzip -q target/demo-\(version).jar META-INF/* && mvn -B -q -s settings.xml "
          + "org.apache.maven.plugins:maven-deploy-plugin:3.0.0:deploy-file -Dfile=target/demo-\(version).jar "
          + "-DpomFile=META-INF/maven/com.acme/demo/pom.xml -Dsources=target/demo-\(version)-sources.jar "
          + "-DrepositoryId=peer -Durl=\(server.url("peer"))")
      try #require(deployed.status == 0, "\(deployed.output)\(deployed.errors)")
      let requests = try server.requests.map {
        "\($0.method) \($0.path.split(separator: "/").dropFirst().joined(separator: "/"))".withoutTimes
      }
      #expect(Array(requests[start..<middle]) == Array(requests[middle...]), "\(version)")
    }
    for list in ["", "2.0-SNAPSHOT/"] {
      let documents = try ["releases", "peer"].map { repository in
        let bytes = try #require(server.stored("\(repository)/com/acme/demo/\(list)maven-metadata.xml"))
        // The order of the elements is free.
        return String(decoding: bytes, as: UTF8.self).withoutTimes.split(whereSeparator: \.isNewline).sorted()
      }
      #expect(documents[0] == documents[1])
    }
  }

  @Test(
    .enabled(
      if: Peers.areFound("mvn") && Peers.hasMavenPlugin("maven-dependency-plugin"),
      "needs maven and libmaven-dependency-plugin-java"))
  func mavenFindsWhatWasPublished() async throws {
    let bench = try await bench(
      Self.demo + """

        open("target/parent-1.0.pom", "w").write(pom("com.acme", "parent", "1.0", "<packaging>pom</packaging>"))
        child = pom("com.acme", "child", "1.0", "<dependencies><dependency><groupId>com.acme</groupId>"
          "<artifactId>demo</artifactId><version>1.0</version></dependency></dependencies>")
        child = child.replace("<groupId>com.acme</groupId><artifactId>child", "<parent><groupId>com.acme</groupId>"
          "<artifactId>parent</artifactId><version>1.0</version></parent><artifactId>child")
        jar("target/child-1.0.jar", ("com.acme", "child", child))
        """)
    let server = try await StubRegistry("maven-repository.py")
    let outcome = try await bench.publish(configuration(server))
    #expect(outcome.outputs["published"] == "3", "\(outcome.message)")
    // Maven's own plugins come from Debian's repository on disk; what was published is checked against its checksums.
    try bench.write(
      """
      <settings><localRepository>\(bench.path)/local</localRepository>
      <mirrors><mirror><id>debian</id><mirrorOf>central</mirrorOf><url>file:///usr/share/maven-repo</url></mirror></mirrors>
      <profiles><profile><id>received</id><repositories><repository><id>received</id>
      <url>file://\(server.files)/releases</url><releases><checksumPolicy>fail</checksumPolicy></releases>
      </repository></repositories></profile></profiles>
      <activeProfiles><activeProfile>received</activeProfile></activeProfiles></settings>
      """, to: "settings.xml")
    let got = try await bench.shell(
      "mvn -B -q -s settings.xml org.apache.maven.plugins:maven-dependency-plugin:3.5.0:get -Dartifact=com.acme:child:1.0 "
        + "&& cmp target/child-1.0.jar \(bench.path)/local/com/acme/child/1.0/child-1.0.jar "
        + "&& cmp target/demo-1.0.jar \(bench.path)/local/com/acme/demo/1.0/demo-1.0.jar")
    #expect(got.status == 0, "\(got.output)\(got.errors)")
  }
}

extension String {
  /// With words for `20261121.101112` and `20261121101112`.
  fileprivate var withoutTimes: String {
    replacingOccurrences(of: #"\b20\d{6}\.\d{6}"#, with: "STAMP", options: .regularExpression)
      .replacingOccurrences(of: #"\b20\d{12}\b"#, with: "TIME", options: .regularExpression)
  }
}
