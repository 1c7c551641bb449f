extension BuildspecReader {
  func batch(_ file: MappingReader) -> Buildspec.Batch? {
    guard let node = file["batch"] else { return nil }
    guard let reader = MappingReader(node, path: "batch", problems: problems, code: .batchSpecError) else { return nil }
    let forms = ["build-graph", "build-list", "build-matrix", "build-fanout"]
    reader.warnOfKeys(otherThan: ["fast-fail"] + forms)
    let failsFast = reader.flag("fast-fail") ?? false
    let present = forms.filter { reader[$0] != nil }
    guard present.count == 1, let form = present.first else {
      let found = present.isEmpty ? "none of them" : present.joined(separator: " and ")
      reader.error("expected exactly one of \(forms.joined(separator: ", ")), found \(found)")
      return nil
    }
    switch form {
    case "build-graph": return tasks(reader, form).map { .init(failsFast: failsFast, form: .graph($0)) }
    case "build-list": return tasks(reader, form).map { .init(failsFast: failsFast, form: .list($0)) }
    case "build-matrix": return matrix(reader).map { .init(failsFast: failsFast, form: .matrix($0)) }
    default: return fanout(reader).map { .init(failsFast: failsFast, form: .fanout($0)) }
    }
  }

  private func tasks(_ batch: MappingReader, _ key: String) -> [Buildspec.BatchTask]? {
    guard let node = batch[key] else { return nil }
    guard let items = node.items else {
      batch.error("expected a list of tasks, found \(node.kind)", key: key)
      return nil
    }
    if items.isEmpty || items.count > Buildspec.Batch.mostTasks {
      batch.error("expected 1 to \(Buildspec.Batch.mostTasks) tasks, found \(items.count)", key: key)
      return nil
    }
    var tasks: [Buildspec.BatchTask] = []
    var marks: [String: YAMLMark] = [:]
    for (index, item) in items.enumerated() {
      let path = "batch.\(key)[\(index)]"
      if item.isNull {
        problems.warning("\(path) is empty and is left out", at: item.mark, code: .ignored)
        continue
      }
      guard let reader = MappingReader(item, path: path, problems: problems, code: .batchSpecError),
        let task = task(reader, inGraph: key == "build-graph")
      else { continue }
      if marks.updateValue(item.mark, forKey: task.identifier) != nil {
        reader.error("the identifier '\(task.identifier)' is taken")
      }
      tasks.append(task)
    }
    if tasks.isEmpty && !problems.hasErrors { batch.error("names no task", key: key) }
    if key == "build-graph" { checkDependencies(tasks, marks) }
    return tasks
  }

  private func task(_ reader: MappingReader, inGraph: Bool) -> Buildspec.BatchTask? {
    reader.warnOfKeys(
      otherThan: ["identifier", "buildspec", "debug-session", "env", "ignore-failure"]
        + (inGraph ? ["depend-on"] : []))
    var task = Buildspec.BatchTask(identifier: "")
    task.buildspec = reader.text("buildspec")
    task.hasDebugSession = reader.flag("debug-session") ?? false
    task.dependsOn = inGraph ? reader.texts("depend-on") : []
    task.environment = environment(reader)
    task.ignoresFailure = reader.flag("ignore-failure") ?? false
    if reader["identifier"] == nil {
      reader.error("identifier is missing")
      return nil
    }
    guard let identifier = reader.text("identifier") else { return nil }
    let isFit = identifier.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
      default: false
      }
    }
    if !isFit || !(1...127).contains(identifier.utf8.count) {
      reader.error(
        "'\(identifier.prefix(40))' is not 1 to 127 letters, digits or underscores", key: "identifier")
      return nil
    }
    task.identifier = identifier
    return task
  }

  private func environment(_ reader: MappingReader) -> Buildspec.BatchEnvironment {
    guard let env = reader.mapping("env") else { return Buildspec.BatchEnvironment() }
    env.warnOfKeys(otherThan: ["compute-type", "fleet", "image", "privileged-mode", "type", "variables"])
    return Buildspec.BatchEnvironment(
      computeType: env.text("compute-type"), fleet: env.text("fleet"), image: env.text("image"),
      isPrivileged: env.flag("privileged-mode"), type: env.text("type"), variables: variables(env, "variables"))
  }

  private func matrix(_ batch: MappingReader) -> Buildspec.BatchMatrix? {
    guard let reader = batch.mapping("build-matrix") else { return nil }
    reader.warnOfKeys(otherThan: ["static", "dynamic"])
    var matrix = Buildspec.BatchMatrix()
    if let fixed = reader.mapping("static") {
      fixed.warnOfKeys(otherThan: ["ignore-failure", "env"])
      matrix.ignoresFailure = fixed.flag("ignore-failure") ?? false
      matrix.environment = environment(fixed)
    }
    if let dynamic = reader.mapping("dynamic") {
      dynamic.warnOfKeys(otherThan: ["buildspec", "env"])
      matrix.buildspecs = dynamic.texts("buildspec")
      if let env = dynamic.mapping("env") {
        env.warnOfKeys(otherThan: ["compute-type", "image", "variables"])
        matrix.computeTypes = env.texts("compute-type")
        matrix.images = env.texts("image")
        matrix.variables = axes(env)
      }
    }
    if matrix.taskCount > Buildspec.Batch.mostTasks {
      reader.error("the combinations are more than \(Buildspec.Batch.mostTasks)")
      return nil
    }
    return matrix
  }

  private func axes(_ env: MappingReader) -> [Buildspec.BatchMatrix.Axis] {
    guard let variables = env.mapping("variables") else { return [] }
    return variables.entries.compactMap { entry in
      guard let name = entry.key.scalar?.text, checkName(name, variables, at: entry.key.mark) else { return nil }
      let values = variables.texts(name)
      if values.isEmpty { variables.error("has no values", key: name, at: entry.key.mark) }
      return Buildspec.BatchMatrix.Axis(name: name, values: values)
    }
  }

  private func fanout(_ batch: MappingReader) -> Buildspec.BatchFanout? {
    guard let reader = batch.mapping("build-fanout") else { return nil }
    reader.warnOfKeys(otherThan: ["parallelism", "ignore-failure"])
    let ignoresFailure = reader.flag("ignore-failure") ?? false
    guard let text = reader.text("parallelism"), let parallelism = Int(text),
      (1...Buildspec.Batch.mostTasks).contains(parallelism)
    else {
      reader.error("expected a number from 1 to \(Buildspec.Batch.mostTasks)", key: "parallelism")
      return nil
    }
    return Buildspec.BatchFanout(parallelism: parallelism, ignoresFailure: ignoresFailure)
  }

  /// Every dependency has to exist, and following them must never lead back.
  private func checkDependencies(_ tasks: [Buildspec.BatchTask], _ marks: [String: YAMLMark]) {
    func error(_ message: String, of task: String) {
      let mark = marks[task] ?? YAMLMark(line: 1, column: 1)
      problems.error("batch.build-graph: \(message)", at: mark, code: .batchSpecError)
    }
    var waiting: [String: Set<String>] = [:]
    for task in tasks {
      for name in task.dependsOn where marks[name] == nil {
        error("'\(task.identifier)' depends on '\(name.prefix(127))', which is no task", of: task.identifier)
      }
      waiting[task.identifier] = Set(task.dependsOn.filter { marks[$0] != nil })
    }
    // Take away what waits for nothing until nothing is left, or only tasks that lie on cycles or behind them.
    var followers: [String: [String]] = [:]
    for (task, dependencies) in waiting { for name in dependencies { followers[name, default: []].append(task) } }
    var free = waiting.filter { $0.value.isEmpty }.map(\.key)
    while let task = free.popLast() {
      waiting[task] = nil
      for follower in followers[task] ?? [] {
        waiting[follower]?.remove(task)
        if waiting[follower]?.isEmpty == true { free.append(follower) }
      }
    }
    guard let start = tasks.first(where: { waiting[$0.identifier] != nil }) else { return }
    // Whoever is left waits for somebody who is left: following that must come round.
    var path = [start.identifier]
    while let last = path.last, let next = waiting[last]?.min() {
      if let first = path.firstIndex(of: next) {
        var cycle = path[first...] + [next]
        if cycle.count > 12 { cycle.replaceSubrange((cycle.startIndex + 6)..<(cycle.endIndex - 5), with: ["…"]) }
        error("the tasks wait for each other: \(cycle.joined(separator: " → "))", of: next)
        return
      }
      path.append(next)
    }
  }
}
