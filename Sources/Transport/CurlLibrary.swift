internal import CCurl

/// libcurl as a whole.
enum CurlLibrary {
  /// Sets it up, once in a process, before any other use.
  static func start() { _ = isInitialised }

  private static let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
