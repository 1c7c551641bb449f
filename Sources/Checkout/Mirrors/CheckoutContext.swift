/// What all steps of one checkout share.
struct CheckoutContext: Sendable {
  let access: RemoteAccess
  let cancellation: Cancellation
  let progress: ProgressReporter

  var options: CheckoutOptions { access.options }
}
