internal import CLinux

/// Threads of the system: light, and without Foundation's class `Thread`, which links all of Foundation and with it the
/// data of ICU into a program: 40 MB, and several resident.
public enum SystemThread {
  private final class Work: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread that ends with its work.
  ///
  /// - Parameters:
  ///   - name: what tools show of it, 15 bytes at most.
  ///   - work: runs once, on the new thread.
  /// - Throws: ``SystemError`` (`EAGAIN`) when this user or the machine may have no more threads.
  public static func start(_ name: String? = nil, _ work: @escaping @Sendable () -> Void) throws(SystemError) {
    let work = Work {
      if let name { journeyman_name_thread(name) }
      work()
    }
    let context = Unmanaged.passRetained(work)
    let number = journeyman_start_thread(
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context.toOpaque())
    if number != 0 {
      context.release()
      throw SystemError("start a thread", number: number)
    }
  }

  /// Starts a thread that the program cannot do without: it is started before anything else, or the program ends.
  public static func startNeeded(_ name: String? = nil, _ work: @escaping @Sendable () -> Void) {
    do {
      try start(name, work)
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
