import JourneymanActionKit

/// What the configuration says of a deployment over HTTP.
struct WebSettings: Sendable {
  let source: String?
  let upload: WebTemplate?
  let webhook: WebTemplate?
  let status: WebTemplate?
  /// The name of the secret that requests are signed with.
  let secret: String
  /// The name of the secret that is sent as a bearer token.
  let token: String?
  let statusInterval: Duration
  let statusTimeout: Duration

  /// - Throws: `PluginConfigurationError` for values that do not make sense.
  init(_ configuration: DeployConfiguration, source: String?) throws(PluginConfigurationError) {
    func template(_ text: String?, _ key: String) throws(PluginConfigurationError) -> WebTemplate? {
      if let text { return try WebTemplate(text, key: key) }
      return nil
    }
    self.source = source
    upload = try template(configuration.upload, "upload")
    webhook = try template(configuration.webhook, "webhook")
    status = try template(configuration.status, "status")
    if upload == nil && webhook == nil { throw PluginConfigurationError("upload", "give 'upload', 'webhook' or both") }
    if upload != nil && source == nil { throw PluginConfigurationError("source", "say what is uploaded") }
    if upload == nil && source != nil { throw PluginConfigurationError("source", "needs 'upload'") }
    guard let secret = configuration.secret else {
      throw PluginConfigurationError("secret", "name the secret that requests are signed with")
    }
    self.secret = secret
    token = configuration.token
    for (key, template) in [("upload", upload), ("webhook", webhook), ("status", status)] {
      if token != nil, template?.isOpen == true {
        throw PluginConfigurationError(key, "must be https, so that nobody reads the token on the way")
      }
    }
    statusInterval = configuration.statusInterval?.duration ?? .seconds(2)
    statusTimeout = configuration.statusTimeout?.duration ?? .seconds(600)
    if status == nil {
      if configuration.statusInterval != nil { throw PluginConfigurationError("status-interval", "needs 'status'") }
      if configuration.statusTimeout != nil { throw PluginConfigurationError("status-timeout", "needs 'status'") }
    }
    if statusInterval < .milliseconds(100) {
      throw PluginConfigurationError("status-interval", "must be at least 100ms")
    }
    if statusTimeout < .seconds(1) { throw PluginConfigurationError("status-timeout", "must be at least a second") }
  }
}
