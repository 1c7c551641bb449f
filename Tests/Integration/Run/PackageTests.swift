import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// Builds that install packages, as those written for hosted build services do, and use them.
@Suite(.takingTurns) struct PackageTests {
  /// Makes a Debian package with a repository for it, and a Python package.
  private static let makePackages = """
    set -e
    cd "$1"
    mkdir -p tree/DEBIAN tree/usr/bin tree/etc tree/var/lib/journeyman-hello debian wheels
    cat > tree/DEBIAN/control <<'E'
    Package: journeyman-hello
    Version: 1.0
    Architecture: all
    Maintainer: Journeyman <journeyman@localhost>
    Description: greets
    E
    cat > tree/DEBIAN/postinst <<'E'
    #!/bin/sh
    set -e
    groupadd --system journeyman-hello
    useradd --system --no-create-home --gid journeyman-hello journeyman-hello
    chown journeyman-hello:journeyman-hello /var/lib/journeyman-hello
    E
    printf '#!/bin/sh\\ncat /etc/journeyman-hello\\n' > tree/usr/bin/journeyman-hello
    echo 'hello from a package' > tree/etc/journeyman-hello
    chmod 755 tree tree/DEBIAN tree/DEBIAN/postinst tree/usr tree/usr/bin tree/usr/bin/* tree/etc tree/var tree/var/lib
    dpkg-deb --root-owner-group --build tree debian/journeyman-hello.deb > /dev/null
    {
      cat tree/DEBIAN/control
      echo 'Filename: ./journeyman-hello.deb'
      echo "Size: $(stat -c %s debian/journeyman-hello.deb)"
      echo "SHA256: $(sha256sum debian/journeyman-hello.deb | cut -d' ' -f1)"
    } > debian/Packages
    python3 - <<'E'
    import zipfile
    with zipfile.ZipFile("wheels/journeyman_greeting-1.0-py3-none-any.whl", "w") as wheel:
      wheel.writestr("journeyman_greeting.py", "text = 'hello from a wheel'\\n")
      about = "journeyman_greeting-1.0.dist-info/"
      wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: journeyman-greeting\\nVersion: 1.0\\n")
      wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
      wheel.writestr(about + "RECORD", "".join(
        name + ",,\\n" for name in ["journeyman_greeting.py"] + [about + x for x in ("METADATA", "WHEEL", "RECORD")]))
    E
    rm -r tree
    """

  private static let buildspec = """
    version: 0.2
    phases:
      install:
        commands:
          - echo "deb [trusted=yes] file:$PWD/debian ./" > /etc/apt/sources.list.d/journeyman-test.list
          - sources="-o Dir::Etc::SourceList=/etc/apt/sources.list.d/journeyman-test.list -o Dir::Etc::SourceParts=-"
          - apt-get -q update $sources -o APT::Get::List-Cleanup=0
          - apt-get -q install -y --no-install-recommends $sources journeyman-hello
          - python3 -m pip install --no-index --find-links wheels --break-system-packages journeyman-greeting
      build:
        commands:
          - journeyman-hello
          - stat -c 'owned by %U' /var/lib/journeyman-hello
          - python3 -c 'import journeyman_greeting; print(journeyman_greeting.text)'
    """

  private static let tools = Peer.areFound("apt-get", "dpkg-deb", "python3")

  private func place() async throws -> BuildPlace {
    let place = try BuildPlace()
    let made = try await TestProgram.run("/bin/sh", ["-c", Self.makePackages, "sh", place.source])
    try #require(made.status == 0, "\(made.errors)")
    return place
  }

  @Test(.enabled(if: geteuid() == 0 && tools, "needs root, apt-get, dpkg-deb and python3"))
  func installsAndUsesPackagesOfTheSystem() async throws {
    let build = try await JourneymanRun(files: ["buildspec.yml": Self.buildspec], sandbox: .strict).run(in: place())
    #expect(build.result.status == .succeeded, "\(build.log.suffix(4000))")
    #expect(build.lines.contains("hello from a package"))
    #expect(build.lines.contains("owned by journeyman-hello"))
    #expect(build.lines.contains("hello from a wheel"))
    for path in ["/usr/bin/journeyman-hello", "/etc/journeyman-hello", "/etc/apt/sources.list.d/journeyman-test.list"] {
      #expect(access(path, F_OK) == -1, "\(path) reached the machine")
    }
    #expect(getpwnam("journeyman-hello") == nil)
    let status = String(decoding: try FileSystem.read("/var/lib/dpkg/status", limit: 64 << 20), as: UTF8.self)
    #expect(!status.contains("journeyman-hello"))
    let python = try #require(TestProgram.find("python3"))
    #expect(try await TestProgram.run(python, ["-c", "import journeyman_greeting"]).status != 0)
  }

  /// The files of the system belong to nobody in the build of an ordinary user, so no package manager of the system can
  /// replace them; those of languages install into the build's home.
  @Test(.enabled(if: geteuid() != 0 && tools, "needs an ordinary user, and python3"))
  func anOrdinaryUserInstallsPackagesOfLanguages() async throws {
    let buildspec = """
      version: 0.2
      phases:
        install:
          commands:
            - python3 -m pip install --no-index --find-links wheels --break-system-packages journeyman-greeting
        build:
          commands:
            - python3 -c 'import journeyman_greeting; print(journeyman_greeting.text)'
      """
    let build = try await JourneymanRun(files: ["buildspec.yml": buildspec], sandbox: .strict).run(in: place())
    #expect(build.result.status == .succeeded, "\(build.log.suffix(4000))")
    #expect(build.lines.contains("hello from a wheel"))
    #expect(build.log.contains("cannot install packages of the system"))
  }

  @Test(
    .enabled(
      if: StandardPaths.processEnvironment["JOURNEYMAN_FULL"] == "1" && geteuid() == 0,
      "needs a package mirror and root"
    ))
  func installsFromTheNetwork() async throws {
    let buildspec = """
      version: 0.2
      phases:
        install:
          commands:
            - apt-get -q update
            - DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends hello
            - pip install -q --break-system-packages --root-user-action=ignore six==1.16.0
        build:
          commands:
            - hello
            - python3 -c 'import six; print("six", six.__version__)'
      """
    let build = try await JourneymanRun(
      files: ["buildspec.yml": buildspec], sandbox: .strict, arguments: Self.network
    ).run(in: BuildPlace())
    #expect(build.result.status == .succeeded, "\(build.log.suffix(4000))")
    #expect(build.lines.contains("Hello, world!"))
    #expect(build.lines.contains("six 1.16.0"))
    #expect(access("/usr/bin/hello", F_OK) == -1)
  }

  /// How this machine reaches its package mirrors.
  static var network: [String] {
    StandardPaths.processEnvironment.filter {
      $0.key.lowercased().hasSuffix("_proxy") || $0.key.hasPrefix("PIP") || $0.key.hasPrefix("SSL")
    }.flatMap { ["--env", "\($0.key)=\($0.value)"] }
  }
}
