internal import CGit2

/// Which transport carries which scheme.
enum Transports {
  /// The maker of a transport for `git_remote_callbacks.transport`; its parameter is a ``FetchContext``.
  static func factory(for scheme: RepositoryURL.Scheme) -> git_transport_cb? {
    switch scheme {
    case .file: git_transport_local
    case .http, .https: { out, remote, payload in SmartTransport.make(WebConnection.self, out, remote, payload) }
    case .ssh: { out, remote, payload in SmartTransport.make(SecureShellConnection.self, out, remote, payload) }
    }
  }
}
