public import JourneymanCommandLine
public import JourneymanConfiguration

extension ConfigurationError: ProgramError {
  /// A wrong agent.conf is the user's to mend.
  public var programStatus: ProgramStatus { .usage }
}
