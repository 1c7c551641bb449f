internal import Foundation
internal import JourneymanBuildModel
internal import JourneymanSupport

/// What a worker was writing when it ended, known by its name.
public enum UnfinishedFiles {
  /// Removes unfinished files and folders from an output directory itself, where all names are the agent's, and from
  /// those of its folders that hold packages; others, such as reports, keep the names that the build has chosen. Blocks:
  /// use it on a thread of its own.
  ///
  /// - Parameter kept: files that stay, relative to the output directory.
  public static func remove(in outputDirectory: String, except kept: Set<String> = []) {
    let top = (try? FileManager.default.contentsOfDirectory(atPath: outputDirectory)) ?? []
    for name in top where name.hasSuffix(OutputLayout.unfinishedSuffix) && !kept.contains(name) {
      unlink(outputDirectory + "/" + name)
    }
    for folder in [OutputLayout.artifacts, OutputLayout.copies] {
      let walk = FileManager.default.enumerator(atPath: outputDirectory + "/" + folder)
      var unfinished: [String] = []
      while let found = walk?.nextObject() as? String {
        let file = folder + "/" + found
        if file.hasSuffix(OutputLayout.unfinishedSuffix) && !kept.contains(file) {
          unfinished.append(outputDirectory + "/" + file)
          walk?.skipDescendants()
        }
      }
      for path in unfinished where unlink(path) != 0 { try? FileSystem.removeTree(path) }
    }
  }
}
