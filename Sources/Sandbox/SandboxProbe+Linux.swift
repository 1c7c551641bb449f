import CSandbox
import Foundation
import JourneymanSupport

extension SandboxProbe {
  static func initCheck() -> Check {
    do {
      return Check("journeyman-init", .available, try InitProgram.path())
    } catch {
      return Check(
        "journeyman-init", .missing, error.message,
        remedy: "install journeyman-init beside journeyman or in ../libexec/journeyman")
    }
  }

  static func userNamespaceCheck() async -> Check {
    let remedy =
      "set the sysctls user.max_user_namespaces to a positive number, and where they exist"
      + " kernel.unprivileged_userns_clone to 1 and kernel.apparmor_restrict_unprivileged_userns to 0;"
      + " in a container, allow them in its seccomp profile"
    do {
      var request = SpawnRequest(executable: "/bin/true", arguments: ["true"], environment: [])
      request.namespaces = UInt64(CLONE_NEWUSER)
      let status = await (try ChildProcess.start(request)).wait().status
      if status == .exited(0) { return Check("user namespaces", .available, "a process ran in one") }
      return Check("user namespaces", .missing, "a process in one ended with \(status)", remedy: remedy)
    } catch {
      return Check("user namespaces", .missing, "\(error)", remedy: remedy)
    }
  }

  static func userIDCheck() -> Check {
    let name = "user ids of builds"
    do {
      let map = try UserLease.take().map
      switch map.kind {
      case .ownRange: return Check(name, .available, "a range of 65,536 for each build, from \(UserMap.firstRange)")
      case .delegated: return Check(name, .available, "\(map.users.last?.count ?? 0) of /etc/subuid, by newuidmap")
      case .single:
        return Check(
          name, .limited, "one: builds cannot install system packages or change users",
          remedy: "install the package uidmap and run: usermod --add-subuids 100000-165535"
            + " --add-subgids 100000-165535 USER")
      }
    } catch {
      return Check(name, .missing, error.message, remedy: "make /run writable for root")
    }
  }

  static func systemPackagesCheck(overlay: Check) -> Check {
    let name = "packages of the system"
    if overlay.verdict == .available && geteuid() == 0 {
      return Check(name, .available, "builds can install them, and the machine stays as it is")
    }
    return Check(
      name, .limited,
      geteuid() == 0
        ? "builds see the system read-only"
        : "builds cannot install them: only root can translate the owners of the system's files",
      remedy: geteuid() == 0
        ? overlay.remedy : "run the agent as root, or install on the machine what builds need")
  }

  static func systemCallFilterCheck() -> Check {
    do {
      let filter = try SystemCallFilter.standard.get()
      return Check("system call filter", .available, "\(filter.program.count / 8) instructions")
    } catch {
      return Check(
        "system call filter", .missing, error.message,
        remedy: "use a kernel with CONFIG_SECCOMP_FILTER and libseccomp 2.5")
    }
  }

  static func landlockCheck() -> Check {
    let version = LandlockRules().version
    if version >= 6 { return Check("Landlock", .available, "version \(version)") }
    if version >= 2 {
      return Check(
        "Landlock", .limited, "version \(version): abstract sockets and signals are not confined",
        remedy: "use Linux 6.12 or later")
    }
    return Check(
      "Landlock", .missing, version == 0 ? "not in this kernel" : "version \(version) is too old to use",
      remedy: "boot Linux 5.19 or later with lsm=landlock,… on its command line")
  }

  static func limitChecks() -> [Check] {
    let limits = SandboxPolicy.Limits(memory: 1 << 30, processes: 1000, processors: 1)
    let group = ControlGroup.make(for: limits, removed: [])
    defer { group?.remove() }
    let hard = group?.controllers ?? []
    let remedy = "run the agent as root, or as a systemd service with Delegate=yes"
    return [
      ("memory limit", ControlGroup.Controller.memory, "soft: RLIMIT_DATA, and a sum taken every 250 ms"),
      ("process limit", .pids, "soft: RLIMIT_NPROC, and a count taken every 250 ms"),
      ("processor limit", .cpu, "none"),
    ].map { name, controller, otherwise in
      hard.contains(controller)
        ? Check(name, .available, "hard, by a control group")
        : Check(name, .limited, otherwise, remedy: remedy)
    }
  }
}
