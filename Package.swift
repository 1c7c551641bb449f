// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Warnings stop the build in CI and nowhere else, so that a newer compiler never breaks a user's build.
let isCI = ProcessInfo.processInfo.environment["CI"] == "true"

let swiftSettings: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ] + (isCI ? [.treatAllWarnings(as: .error)] : [])

let cSettings: [CSetting] = [.define("_GNU_SOURCE")] + (isCI ? [.treatAllWarnings(as: .error)] : [])

// Relocations in the packed form, which the toolchain's own linker knows and the system's may not: otherwise the loader
// reads two megabytes of them into memory at each start.
let linkerSettings: [LinkerSetting] = [
  .unsafeFlags(["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"], .when(platforms: [.linux]))
]

// journeyman-init brings the few functions it uses along where its assembly is written; elsewhere it links libc.
#if arch(x86_64)
  let withoutLibrary = ["-Xclang-linker", "-nostdlib"]
#else
  let withoutLibrary: [String] = []
#endif

/// A C library of the system: a module map in `Sources/System`, nothing else.
func system(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A library target: the folder is short, the module is prefixed, so that a plugin author's own `Build` cannot collide.
func module(_ folder: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: "Journeyman\(folder)", dependencies: dependencies, path: "Sources/\(folder)",
    swiftSettings: swiftSettings)
}

/// The tests of one library target.
func tests(of folder: String, _ more: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(folder)Tests", dependencies: [.target(name: "Journeyman\(folder)")] + more,
    path: "Tests/\(folder)Tests", swiftSettings: swiftSettings)
}

let package = Package(
  name: "journeyman",
  products: [
    .executable(name: "journeyman", targets: ["journeyman"]),
    .executable(name: "journeyman-agent", targets: ["journeyman-agent"]),
    .executable(name: "journeyman-init", targets: ["journeyman-init"]),
    .library(name: "ActionKit", targets: ["JourneymanActionKit"]),
    .library(name: "ActionSupport", targets: ["JourneymanActionSupport"]),
  ],
  targets: [
    // C libraries of the system
    system("CGit2", pkgConfig: "libgit2", apt: "libgit2-dev"),
    system("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
    system("CSSL", pkgConfig: "libssl", apt: "libssl-dev"),
    system("CArchive", pkgConfig: "libarchive", apt: "libarchive-dev"),
    system("CSeccomp", pkgConfig: "libseccomp", apt: "libseccomp-dev"),
    system("CXML2", pkgConfig: "libxml-2.0", apt: "libxml2-dev"),
    system("CMark", pkgConfig: "libcmark-gfm", apt: "libcmark-gfm-extensions-dev"),

    .systemLibrary(name: "CLinux", path: "Sources/System/CLinux"),

    // The declarations alone: CurlForwarding loads the library when it is used.
    .systemLibrary(name: "CCurl", path: "Sources/System/CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CurlForwarding", path: "Sources/CurlForwarding", cSettings: cSettings),

    // Leaves
    module("Support", ["CLinux"]),
    module("CommandLine", ["JourneymanSupport"]),
    module("Transport", ["CCrypto", "CCurl", "CLinux", "CSSL", "CurlForwarding", "JourneymanSupport"]),
    module("JavaStream"),
    module("Sealing", ["CCrypto", "CLinux", "JourneymanSupport"]),
    .target(name: "CSandbox", path: "Sources/CSandbox", cSettings: cSettings),
    module("Sandbox", ["CSandbox", "CSeccomp", "JourneymanSupport"]),

    // Builds inside a controller's job: what the job, the agent and the build's own processes say to each other
    module("Job", ["JourneymanSandbox", "JourneymanSupport"]),

    // What one build is made of
    module("Buildspec", ["CYAML", "JourneymanSupport"]),
    module(
      "Checkout", ["CGit2", "JourneymanSandbox", "JourneymanSealing", "JourneymanSupport", "JourneymanTransport"]),
    module("Artifacts", ["CArchive", "JourneymanSealing", "JourneymanSupport"]),
    module("Configuration", ["CGit2", "JourneymanSupport"]),

    module(
      "Doctor",
      [
        "CArchive", "CCrypto", "CCurl", "CGit2", "CLinux", "CMark", "CSeccomp", "CXML2", "CYAML", "CurlForwarding",
        "JourneymanConfiguration", "JourneymanSandbox", "JourneymanSealing", "JourneymanSupport",
      ]),

    // What plugins are made of, and what hosts them
    module("ActionKit", ["JourneymanSupport"]),
    module(
      "ActionSupport",
      [
        "CArchive", "CCrypto", "CMark", "CXML2", "JourneymanActionKit", "JourneymanArtifacts", "JourneymanBuildspec",
        "JourneymanSealing", "JourneymanSupport",
      ]),

    module(
      "ActionHost",
      [
        "JourneymanActionKit", "JourneymanBuildspec", "JourneymanSandbox", "JourneymanSealing", "JourneymanSupport",
        "JourneymanTransport",
      ]),

    // The words keeper and worker share, then the two sides
    module("BuildModel", ["JourneymanSupport"]),
    module(
      "Stores", ["CLinux", "JourneymanBuildModel", "JourneymanSealing", "JourneymanSupport", "JourneymanTransport"]),
    module(
      "Keeper",
      [
        "CLinux", "JourneymanBuildModel", "JourneymanJob", "JourneymanSandbox", "JourneymanSealing",
        "JourneymanStores", "JourneymanSupport",
      ]),
    module(
      "Build",
      [
        "JourneymanActionHost", "JourneymanActionKit", "JourneymanActionSupport", "JourneymanArtifacts",
        "JourneymanBuildModel", "JourneymanBuildspec", "JourneymanCheckout", "JourneymanJob",
        "JourneymanSandbox", "JourneymanSealing", "JourneymanSupport", "JourneymanTransport",
      ]),
    module("Agent", ["CLinux", "JourneymanBuildModel", "JourneymanKeeper", "JourneymanSandbox", "JourneymanSupport"]),

    // Controllers: the words a listener and its workers share, what workers do, the listener's side
    module("JenkinsModel", ["JourneymanSupport"]),
    module(
      "JenkinsWork",
      [
        "CCrypto", "CLinux", "JourneymanActionSupport", "JourneymanArtifacts", "JourneymanBuildModel",
        "JourneymanCheckout", "JourneymanJenkinsModel", "JourneymanSupport",
      ]),
    module(
      "Jenkins",
      [
        "CLinux", "JourneymanAgent", "JourneymanBuildModel", "JourneymanJavaStream", "JourneymanJenkinsModel",
        "JourneymanJob",
        "JourneymanKeeper", "JourneymanSandbox", "JourneymanSupport", "JourneymanTransport",
      ]),

    // Built-in plugins, on the kit alone
    .target(
      name: "ApprovalAction", dependencies: ["JourneymanActionKit"], path: "Plugins/Approval",
      swiftSettings: swiftSettings),
    .target(
      name: "DeployAction", dependencies: ["JourneymanActionKit", "JourneymanActionSupport"], path: "Plugins/Deploy",
      swiftSettings: swiftSettings),
    .target(
      name: "PackageAction", dependencies: ["JourneymanActionKit", "JourneymanActionSupport"], path: "Plugins/Package",
      swiftSettings: swiftSettings),
    .target(
      name: "DocsAction", dependencies: ["JourneymanActionKit", "JourneymanActionSupport"], path: "Plugins/Docs",
      swiftSettings: swiftSettings),
    .target(
      name: "TestAction", dependencies: ["JourneymanActionKit", "JourneymanActionSupport"], path: "Plugins/Test",
      swiftSettings: swiftSettings),

    // Programs
    .executableTarget(
      name: "journeyman",
      dependencies: [
        "ApprovalAction", "DeployAction", "DocsAction", "JourneymanActionHost", "JourneymanActionKit",
        "JourneymanAgent", "JourneymanArtifacts",
        "JourneymanBuild",
        "JourneymanBuildModel",
        "JourneymanBuildspec",
        "JourneymanCheckout", "JourneymanCommandLine", "JourneymanConfiguration", "JourneymanDoctor",
        "JourneymanJenkins", "JourneymanJenkinsModel", "JourneymanJenkinsWork", "JourneymanJob", "JourneymanKeeper",
        "JourneymanSandbox", "JourneymanSealing",
        "JourneymanStores", "JourneymanSupport", "PackageAction", "TestAction",
        "journeyman-agent", "journeyman-init",
      ],
      path: "Sources/journeyman", swiftSettings: swiftSettings, linkerSettings: linkerSettings),
    .executableTarget(
      name: "journeyman-agent",
      dependencies: ["JourneymanAgent", "JourneymanCommandLine", "JourneymanJenkins", "JourneymanSupport"],
      path: "Sources/journeyman-agent", swiftSettings: swiftSettings, linkerSettings: linkerSettings),
    // Static and without the Swift runtime: starts in a tenth of a millisecond and needs nothing from the sandbox.
    .executableTarget(
      name: "journeyman-init", dependencies: ["CSandbox"], path: "Sources/journeyman-init", cSettings: cSettings,
      linkerSettings: [.unsafeFlags(["-static-executable", "-nostartfiles"] + withoutLibrary)]),

    // Benchmarks: never installed, run by the scripts beside them
    .executableTarget(
      name: "checkout-benchmark", dependencies: ["JourneymanCheckout", "JourneymanSupport"],
      path: "Tests/Benchmarks/Checkout", swiftSettings: swiftSettings),
    .executableTarget(
      name: "packaging-benchmark", dependencies: ["JourneymanArtifacts", "JourneymanSupport"],
      path: "Tests/Benchmarks/Packaging", swiftSettings: swiftSettings),
    .executableTarget(
      name: "sealing-benchmark", dependencies: ["JourneymanSealing"], path: "Tests/Benchmarks/Sealing",
      swiftSettings: swiftSettings),

    .executableTarget(
      name: "sandbox-benchmark", dependencies: ["JourneymanSandbox", "journeyman-init"],
      path: "Tests/Benchmarks/Sandbox", swiftSettings: swiftSettings),

    .executableTarget(
      name: "Benchmarks", dependencies: ["JourneymanBuildModel", "JourneymanKeeper", "JourneymanSupport"],
      path: "Tests/Benchmarks/Programs", swiftSettings: swiftSettings),

    // Tests
    .target(
      name: "TestSupport", dependencies: ["JourneymanActionKit", "JourneymanSandbox", "JourneymanSupport"],
      path: "Tests/TestSupport",
      swiftSettings: swiftSettings),
    tests(of: "ActionKit", ["JourneymanSupport", "TestSupport"]),
    tests(of: "ActionSupport", ["JourneymanActionKit", "JourneymanSupport", "TestSupport"]),
    tests(
      of: "ActionHost",
      [
        "JourneymanActionKit", "JourneymanBuildspec", "JourneymanSandbox", "JourneymanSupport", "JourneymanTransport",
        "TestSupport", "journeyman-init",
      ]),
    tests(of: "Build", ["JourneymanBuildModel", "JourneymanSandbox", "JourneymanSupport", "TestSupport"]),
    .testTarget(
      name: "DocsTests",
      dependencies: [
        "DocsAction", "JourneymanActionKit", "JourneymanActionSupport", "JourneymanSupport", "TestSupport",
        "journeyman",
      ],
      path: "Tests/DocsTests", swiftSettings: swiftSettings),
    .testTarget(
      name: "TestActionTests",
      dependencies: [
        "JourneymanActionHost", "JourneymanActionKit", "JourneymanActionSupport", "JourneymanSupport", "TestAction",
        "TestSupport",
      ],
      path: "Tests/TestActionTests", swiftSettings: swiftSettings),
    .target(
      name: "DeploySite",
      dependencies: ["JourneymanActionHost", "JourneymanActionKit", "JourneymanSandbox", "JourneymanSupport"],
      path: "Tests/DeploySite", swiftSettings: swiftSettings),
    .executableTarget(
      name: "deploy-crash", dependencies: ["DeployAction", "DeploySite", "JourneymanActionKit"],
      path: "Tests/DeployCrash", swiftSettings: swiftSettings),
    .testTarget(
      name: "DeployTests",
      dependencies: [
        "DeployAction", "DeploySite", "JourneymanActionHost", "JourneymanActionKit", "JourneymanActionSupport",
        "JourneymanBuildModel", "JourneymanSandbox", "JourneymanSupport", "JourneymanTransport", "TestSupport",
        "deploy-crash", "journeyman", "journeyman-init",
      ],
      path: "Tests/DeployTests", swiftSettings: swiftSettings),
    .testTarget(
      name: "PackageActionTests",
      dependencies: [
        "JourneymanActionHost", "JourneymanActionKit", "JourneymanSandbox", "JourneymanSupport", "JourneymanTransport",
        "PackageAction", "TestSupport",
      ],
      path: "Tests/PackageActionTests", swiftSettings: swiftSettings),
    tests(of: "Agent", ["JourneymanSupport", "TestSupport"]),
    tests(of: "Artifacts", ["JourneymanSupport", "TestSupport"]),
    tests(of: "Checkout", ["JourneymanSandbox", "JourneymanSupport", "TestSupport"]),
    tests(of: "CommandLine", ["JourneymanSupport", "TestSupport"]),
    tests(of: "Configuration", ["JourneymanSupport", "TestSupport"]),
    tests(of: "Doctor", ["JourneymanSandbox", "JourneymanSupport", "TestSupport"]),
    .testTarget(
      name: "HouseTests", dependencies: ["JourneymanSupport", "TestSupport"], path: "Tests/HouseTests",
      swiftSettings: swiftSettings),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "JourneymanBuildModel", "JourneymanSandbox", "JourneymanSealing", "JourneymanStores", "JourneymanSupport",
        "TestSupport", "guest-plugin",
      ],
      path: "Tests/Integration/Run", swiftSettings: swiftSettings),
    .executableTarget(
      name: "guest-plugin", dependencies: ["JourneymanActionKit"], path: "Tests/Integration/GuestPlugin",
      swiftSettings: swiftSettings),
    tests(of: "JenkinsWork", ["JourneymanArtifacts", "JourneymanJenkinsModel", "JourneymanSupport", "TestSupport"]),
    tests(
      of: "Jenkins",
      [
        "JourneymanAgent", "JourneymanJavaStream", "JourneymanSandbox", "JourneymanSupport", "JourneymanTransport",
        "TestSupport",
        "journeyman",
        "journeyman-agent", "journeyman-init",
      ]),
    tests(of: "JavaStream", ["TestSupport"]),
    tests(
      of: "Keeper",
      ["JourneymanBuildModel", "JourneymanSealing", "JourneymanStores", "JourneymanSupport", "TestSupport"]),
    tests(of: "Sandbox", ["CSandbox", "JourneymanSupport", "TestSupport", "journeyman-init", "sandbox-holder"]),
    .executableTarget(
      name: "sandbox-holder", dependencies: ["JourneymanSandbox"], path: "Tests/Integration/SandboxHolder",
      swiftSettings: swiftSettings),
    .testTarget(
      name: "AttackTests", dependencies: ["JourneymanSandbox", "JourneymanSupport", "TestSupport", "journeyman-init"],
      path: "Tests/Integration/Attacks", swiftSettings: swiftSettings),
    tests(of: "Sealing", ["JourneymanSupport", "TestSupport"]),
    .executableTarget(
      name: "upload-crash",
      dependencies: [
        "JourneymanArtifacts", "JourneymanBuildModel", "JourneymanSealing", "JourneymanStores", "JourneymanSupport",
      ],
      path: "Tests/UploadCrash", swiftSettings: swiftSettings),
    tests(
      of: "Stores",
      [
        "JourneymanBuildModel", "JourneymanSealing", "JourneymanSupport", "JourneymanTransport", "TestSupport",
        "upload-crash",
      ]),
    tests(of: "Support", ["TestSupport"]),
    tests(of: "Transport", ["JourneymanSupport", "TestSupport"]),
    tests(of: "Buildspec", ["JourneymanSupport", "TestSupport"]),
  ],
  cLanguageStandard: .gnu17
)
