internal import JourneymanSupport

/// What it takes to reach the servers of one checkout.
struct RemoteAccess: Sendable {
  let options: CheckoutOptions
  let credentials: CheckoutCredentials
}
