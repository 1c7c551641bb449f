internal import JourneymanSupport
internal import JourneymanTransport

extension ControllerSettings {
  /// How its server is reached.
  var httpConfiguration: HTTPConfiguration {
    var configuration = HTTPConfiguration()
    configuration.caFile = caFile
    configuration.clientCertificate = clientCertificate
    configuration.clientKey = clientKey
    configuration.proxy = proxy
    return configuration
  }
}
