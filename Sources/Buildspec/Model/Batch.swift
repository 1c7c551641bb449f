extension Buildspec {
  /// Several builds in one (`batch`).
  public struct Batch: Sendable, Equatable {
    /// The ways to say which builds a batch consists of.
    public enum Form: Sendable, Equatable {
      /// `build-list`: tasks that do not depend on each other.
      case list([BatchTask])
      /// `build-graph`: tasks that may wait for others; there are no cycles.
      case graph([BatchTask])
      /// `build-matrix`: one task for each combination.
      case matrix(BatchMatrix)
      /// `build-fanout`: a number of equal tasks.
      case fanout(BatchFanout)
    }

    /// The most tasks a batch may have.
    public static let mostTasks = 1_000

    /// Whether the first failing task ends the batch.
    public var failsFast: Bool
    /// Which builds it consists of.
    public var form: Form

    /// Makes a batch.
    public init(failsFast: Bool = false, form: Form) {
      self.failsFast = failsFast
      self.form = form
    }

    /// The builds of the batch, in the file's order; those of a matrix or a fan-out are numbered from 1.
    public var tasks: [BatchTask] {
      switch form {
      case .list(let tasks), .graph(let tasks): tasks
      case .matrix(let matrix): matrix.tasks
      case .fanout(let fanout): fanout.tasks
      }
    }
  }

  /// One build of a batch.
  public struct BatchTask: Sendable, Equatable {
    /// The task's name: letters, digits and underscores. It becomes `CODEBUILD_BATCH_BUILD_IDENTIFIER`.
    public var identifier: String
    /// The path of the task's buildspec, or its text; `nil` means the phases of the file that holds the batch.
    public var buildspec: String?
    /// Whether the task stops for a person to look around.
    public var hasDebugSession: Bool
    /// The identifiers of the tasks that have to succeed first.
    public var dependsOn: [String]
    /// What the task changes in the environment.
    public var environment: BatchEnvironment
    /// Whether the batch succeeds although this task fails.
    public var ignoresFailure: Bool

    /// Makes a task.
    public init(
      identifier: String, buildspec: String? = nil, hasDebugSession: Bool = false, dependsOn: [String] = [],
      environment: BatchEnvironment = BatchEnvironment(), ignoresFailure: Bool = false
    ) {
      self.identifier = identifier
      self.buildspec = buildspec
      self.hasDebugSession = hasDebugSession
      self.dependsOn = dependsOn
      self.environment = environment
      self.ignoresFailure = ignoresFailure
    }
  }

  /// What a task of a batch changes in the environment.
  public struct BatchEnvironment: Sendable, Equatable {
    /// The size of the machine, such as `BUILD_GENERAL1_SMALL`.
    public var computeType: String?
    /// The reserved machines to run on.
    public var fleet: String?
    /// The container image.
    public var image: String?
    /// Whether the container may run Docker.
    public var isPrivileged: Bool?
    /// The kind of machine, such as `LINUX_CONTAINER`.
    public var type: String?
    /// Variables of the task, in the file's order.
    public var variables: [EnvironmentVariable]

    /// Makes an environment; everything is empty unless given.
    public init(
      computeType: String? = nil, fleet: String? = nil, image: String? = nil, isPrivileged: Bool? = nil,
      type: String? = nil, variables: [EnvironmentVariable] = []
    ) {
      self.computeType = computeType
      self.fleet = fleet
      self.image = image
      self.isPrivileged = isPrivileged
      self.type = type
      self.variables = variables
    }
  }

  /// One task for each combination of values (`build-matrix`).
  public struct BatchMatrix: Sendable, Equatable {
    /// A variable and the values it takes.
    public struct Axis: Sendable, Equatable {
      /// The variable's name.
      public var name: String
      /// Its values, in order.
      public var values: [String]

      /// Makes an axis.
      public init(name: String, values: [String]) {
        self.name = name
        self.values = values
      }
    }

    /// Whether the batch succeeds although tasks fail.
    public var ignoresFailure: Bool
    /// What all tasks have in common.
    public var environment: BatchEnvironment
    /// The buildspecs to combine; empty means the file's own.
    public var buildspecs: [String]
    /// The machine sizes to combine.
    public var computeTypes: [String]
    /// The images to combine.
    public var images: [String]
    /// The variables to combine, in the file's order.
    public var variables: [Axis]

    /// Makes a matrix; everything is empty unless given.
    public init(
      ignoresFailure: Bool = false, environment: BatchEnvironment = BatchEnvironment(), buildspecs: [String] = [],
      computeTypes: [String] = [], images: [String] = [], variables: [Axis] = []
    ) {
      self.ignoresFailure = ignoresFailure
      self.environment = environment
      self.buildspecs = buildspecs
      self.computeTypes = computeTypes
      self.images = images
      self.variables = variables
    }

    /// How many combinations there are; `Int.max` when there are more than that.
    public var taskCount: Int {
      ([buildspecs.count, computeTypes.count, images.count] + variables.map(\.values.count)).reduce(1) {
        let (product, overflows) = $0.multipliedReportingOverflow(by: max(1, $1))
        return overflows ? .max : product
      }
    }

    /// The combinations as `matrix_1`, `matrix_2`…: buildspecs vary slowest, then machine sizes, images and the variables
    /// in the file's order. Empty when there are more than ``Buildspec/Batch/mostTasks``, which a parsed buildspec never has.
    public var tasks: [BatchTask] {
      if taskCount > Batch.mostTasks { return [] }
      var tasks = [BatchTask(identifier: "", environment: environment, ignoresFailure: ignoresFailure)]
      func combine(_ values: [String], _ set: (inout BatchTask, String) -> Void) {
        if values.isEmpty { return }
        tasks = tasks.flatMap { task in
          values.map { value in
            var task = task
            set(&task, value)
            return task
          }
        }
      }
      combine(buildspecs) { $0.buildspec = $1 }
      combine(computeTypes) { $0.environment.computeType = $1 }
      combine(images) { $0.environment.image = $1 }
      for axis in variables {
        combine(axis.values) { task, value in
          task.environment.variables.removeAll { $0.name == axis.name }
          task.environment.variables.append(EnvironmentVariable(name: axis.name, value: value))
        }
      }
      for index in tasks.indices { tasks[index].identifier = "matrix_\(index + 1)" }
      return tasks
    }
  }

  /// A number of equal tasks that divide a test suite among themselves (`build-fanout`).
  public struct BatchFanout: Sendable, Equatable {
    /// The number of tasks.
    public var parallelism: Int
    /// Whether the batch succeeds although tasks fail.
    public var ignoresFailure: Bool

    /// Makes a fan-out.
    public init(parallelism: Int, ignoresFailure: Bool = false) {
      self.parallelism = parallelism
      self.ignoresFailure = ignoresFailure
    }

    /// The tasks as `fanout_1`, `fanout_2`….
    public var tasks: [BatchTask] {
      (0..<parallelism).map { BatchTask(identifier: "fanout_\($0 + 1)", ignoresFailure: ignoresFailure) }
    }
  }
}
