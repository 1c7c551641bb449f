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
      remove(folder, in: outputDirectory, except: kept)
    }
  }

  private static func remove(_ folder: String, in outputDirectory: String, except kept: Set<String>) {
    let directory = outputDirectory + "/" + folder
    for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
      let file = folder + "/" + name
      let path = directory + "/" + name
      var status = stat()
      if file.hasSuffix(OutputLayout.unfinishedSuffix) && !kept.contains(file) {
        if unlink(path) != 0 { try? FileSystem.removeTree(path) }
      } else if lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR {
        remove(file, in: outputDirectory, except: kept)
      }
    }
  }
}
