public import JourneymanSupport

/// A secret that is looked up when a server wants it, so that nobody is asked for one in vain.
public struct PendingSecret: Sendable {
  private let lookup: @Sendable () async throws -> Secret

  /// A secret that is known already.
  public init(_ secret: Secret) { lookup = { secret } }

  /// A secret that somebody else keeps.
  ///
  /// - Parameter lookup: may be called several times. Its error's description is shown to people.
  public init(_ lookup: @escaping @Sendable () async throws -> Secret) { self.lookup = lookup }

  /// Looks it up. Never called on the cooperative pool.
  ///
  /// - Throws: ``CheckoutError`` `authentication` when it cannot be had, `cancelled`.
  func value(_ cancellation: Cancellation) throws -> Secret {
    do {
      return try Pending(lookup).wait(cancellation)
    } catch let error as CheckoutError {
      throw error
    } catch {
      throw CheckoutError(.authentication, "a credential of the checkout is not to be had: \(error)", underlying: error)
    }
  }
}
