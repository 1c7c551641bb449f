import JourneymanActionKit
import JourneymanSandbox

extension BuildSite {
  /// A process of a plugin as a command of the build: started by the build's shell, with the variables that the build has
  /// come to, in the directory it started in.
  func command(_ process: ProcessRequest) -> Command {
    var text = process.environment.sorted { $0.key < $1.key }
      .filter { BuildEnvironment.isValidName($0.key) && !$0.value.utf8.contains(0) }
      .map { "export \($0.key)=\(ShellQuoting.literal($0.value))\n" }.joined()
    text += "set +a\n"
    switch process.program {
    case .shell(let command): text += command
    case .program(let name, let arguments):
      text += "exec " + ([name] + arguments).map(ShellQuoting.literal).joined(separator: " ")
    }
    let directory = process.directory.map { $0.hasPrefix("/") ? $0 : sourceDirectory + "/" + $0 } ?? sourceDirectory
    let script = CommandScript.reading(text, state: executor.state, workingDirectory: directory)
    return Command(
      executable: executor.shell, arguments: ["-c", script], directory: sourceDirectory, user: process.user)
  }
}
