public import JourneymanActionKit

/// Which lines and branches of which files were reached. Several reports of the same files can be merged: a line is
/// covered when one of them reached it.
public struct ReportCoverage: Sendable, Hashable {
  /// One line that can be run.
  public struct Line: Sendable, Hashable {
    /// Whether it was run.
    public var isCovered: Bool
    /// Its branches that were taken.
    public var coveredBranches: Int32 = 0
    /// Its branches.
    public var branches: Int32 = 0
  }

  /// One source file.
  public struct File: Sendable, Hashable {
    /// The lines that can be run, by number from 1.
    public var byNumber: [Int32: Line] = [:]
    /// What the report says where it lists no lines.
    public var statedLines: ActionReport.Coverage?
    /// What the report says where its lines do not tell.
    public var statedBranches: ActionReport.Coverage?

    /// A file of which nothing is known.
    public init() {}

    /// Covered and all lines.
    public var lines: ActionReport.Coverage {
      if byNumber.isEmpty { return statedLines ?? .init(covered: 0, total: 0) }
      return .init(covered: byNumber.values.count { $0.isCovered }, total: byNumber.count)
    }

    /// Covered and all branches.
    public var branches: ActionReport.Coverage {
      if let statedBranches { return statedBranches }
      var sum = ActionReport.Coverage(covered: 0, total: 0)
      for line in byNumber.values {
        sum.covered += Int(line.coveredBranches)
        sum.total += Int(line.branches)
      }
      return sum
    }

    /// The numbers of lines that were not reached, as in `3-5,9`.
    public var missed: String {
      var ranges: [ClosedRange<Int32>] = []
      for number in byNumber.filter({ !$0.value.isCovered }).keys.sorted() {
        if let last = ranges.last, last.upperBound == number - 1 {
          ranges[ranges.count - 1] = last.lowerBound...number
        } else {
          ranges.append(number...number)
        }
      }
      return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        .joined(separator: ",")
    }

    mutating func merge(_ other: File) {
      byNumber.merge(other.byNumber) { $0.merged($1) }
      statedLines = Self.larger(statedLines, other.statedLines)
      statedBranches = Self.larger(statedBranches, other.statedBranches)
    }

    private static func larger(
      _ left: ActionReport.Coverage?, _ right: ActionReport.Coverage?
    ) -> ActionReport.Coverage? {
      guard let left, let right else { return left ?? right }
      return .init(covered: max(left.covered, right.covered), total: max(left.total, right.total))
    }
  }

  /// The files by path.
  public var files: [String: File] = [:]
  /// What a report says about everything when it lists no files.
  public var stated = File()

  /// Nothing.
  public init() {}

  /// Covered and all lines.
  public var lines: ActionReport.Coverage { sum { $0.lines } }
  /// Covered and all branches.
  public var branches: ActionReport.Coverage { sum { $0.branches } }

  private func sum(_ part: (File) -> ActionReport.Coverage) -> ActionReport.Coverage {
    if files.isEmpty { return part(stated) }
    return files.values.reduce(into: ActionReport.Coverage(covered: 0, total: 0)) { sum, file in
      let count = part(file)
      sum.covered += count.covered
      sum.total += count.total
    }
  }

  /// Adds what another report says.
  public mutating func merge(_ other: ReportCoverage) {
    files.merge(other.files) { left, right in
      var both = left
      both.merge(right)
      return both
    }
    stated.merge(other.stated)
  }
}

extension ReportCoverage.Line {
  /// The line as two reports see it. Which branches each means is not known: the larger number is.
  func merged(_ other: Self) -> Self {
    Self(
      isCovered: isCovered || other.isCovered, coveredBranches: max(coveredBranches, other.coveredBranches),
      branches: max(branches, other.branches))
  }
}
