import JourneymanActionKit
import JourneymanActionSupport

/// One condition that results have to meet.
struct Gate {
  /// The key of the configuration, or what the condition is about.
  let name: String
  let isMet: Bool
  /// What was found against what is wanted.
  let sentence: String

  init(_ name: String, isMet: Bool, _ sentence: String) {
    self.name = name
    self.isMet = isMet
    self.sentence = sentence
  }
}

/// The conditions of one action.
struct Gates {
  let configuration: TestConfiguration
  let baseline: Baseline?

  /// Holds results against every condition that is about them.
  func check(_ results: TestResults) -> [Gate] {
    tests(results) + coverage(results) + findings(results)
  }

  private func tests(_ results: TestResults) -> [Gate] {
    var gates: [Gate] = []
    if let wanted = configuration.minPassRate {
      let rate = results.passRate
      let found = rate.map { "\(Percent.number($0)) % of the tests passed" } ?? "no test was run"
      gates.append(
        Gate("min-pass-rate", isMet: (rate ?? -1) + 1e-9 >= wanted, "\(found), wanted \(Percent.number(wanted)) %"))
    }
    if let baseline {
      let new = baseline.new(results.failures)
      let names = new.prefix(3).map(\.identifier).joined(separator: ", ") + (new.count > 3 ? ", …" : "")
      gates.append(
        Gate(
          "baseline", isMet: new.isEmpty,
          new.isEmpty ? "no new failures against the baseline" : "\(new.count) new failures: \(names)"))
    }
    if gates.isEmpty && results.hasTests {
      let count = results.failures.count
      gates.append(
        Gate(
          "failures", isMet: count == 0, count == 0 ? "no test failed" : "\(count) test\(count == 1 ? "" : "s") failed")
      )
    }
    return gates
  }

  private func coverage(_ results: TestResults) -> [Gate] {
    let wanted = [
      ("min-line-coverage", "lines", configuration.minLineCoverage, results.coverage?.lines),
      ("min-branch-coverage", "branches", configuration.minBranchCoverage, results.coverage?.branches),
    ]
    return wanted.compactMap { key, what, share, coverage in
      guard let share else { return nil }
      guard let coverage else { return Gate(key, isMet: false, "no coverage report was read") }
      // Code without branches has none that is missed; code without lines was not measured.
      let found = Percent.of(coverage) ?? (what == "branches" ? 100 : 0)
      return Gate(
        key, isMet: found + 1e-9 >= share,
        "\(what) \(Percent.text(coverage)) covered, wanted \(Percent.number(share)) %"
      )
    }
  }

  private func findings(_ results: TestResults) -> [Gate] {
    guard let word = configuration.failOn, let level = ReportFinding.Level(rawValue: word), level != .none else {
      return []
    }
    guard let all = results.findings else { return [Gate("fail-on", isMet: false, "no SARIF report was read")] }
    let grave = (baseline?.new(all) ?? all).filter { $0.level >= level }
    let what = baseline == nil ? "findings" : "new findings"
    return [
      Gate("fail-on", isMet: grave.isEmpty, "\(grave.count) \(what) of level \(level.rawValue) or above")
    ]
  }
}
