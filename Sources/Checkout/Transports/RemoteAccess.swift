internal import JourneymanSupport

/// What it takes to reach the servers of one checkout.
struct RemoteAccess: Sendable {
  let settings: CheckoutSettings
  let credentials: CheckoutCredentials
}
