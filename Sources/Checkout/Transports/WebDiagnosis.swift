internal import JourneymanTransport

/// Says what an HTTP answer or failure means for a checkout.
enum WebDiagnosis {
  static func error(for response: HTTPResponse, url: RepositoryURL, hadLogin: Bool) -> CheckoutError {
    let origin = response.address.origin
    switch response.status {
    case 401 where hadLogin:
      return CheckoutError(.authentication, "\(origin) refuses the credential for \(url); check the configured one")
    case 401:
      return CheckoutError(
        .authentication,
        "\(origin) wants a credential for \(url); configure one in agent.conf: [credential \"\(origin)\"], or "
          + "checkout.credentialHelper")
    case 403:
      return CheckoutError(.authentication, "\(origin) does not allow access to \(url) (status 403)")
    case 404, 410:
      return CheckoutError(
        .repositoryNotFound,
        "\(origin) knows no repository \(url)" + (hadLogin ? "" : "; if it is private, configure a credential"))
    case 407:
      return CheckoutError(.authentication, "the proxy wants a credential; put it into the proxy's URL")
    case 300..<400:
      return CheckoutError(.refused, "\(origin) redirects a request that must not be redirected")
    default:
      return CheckoutError(.network, "\(origin) answers with status \(response.status) for \(url); try again later")
    }
  }

  static func error(for failure: TransportError) -> CheckoutError {
    let code: CheckoutError.Code =
      switch failure.code {
      case .insecure: .untrustedHost
      case .redirectRefused, .invalidRequest, .tooLarge: .refused
      default: .network
      }
    return CheckoutError(code, failure.message, underlying: failure)
  }
}
