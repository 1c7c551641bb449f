internal import CCurl
internal import Foundation
internal import JourneymanSupport

/// Sets a libcurl handle up and remembers the first option that it refused.
struct TransferOptions {
  private let easy: UnsafeMutableRawPointer
  private(set) var failed: CURLcode?

  init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

  mutating func apply(_ plan: TransferPlan) {
    set(CURLOPT_URL, plan.address.text)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    // A signal for a slow name server would hit any thread.
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    set(CURLOPT_USERAGENT, plan.configuration.userAgent)
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_BUFFERSIZE, 256 << 10)
    apply(plan.timeouts)
    apply(plan.configuration)
    applyMethod(plan)
  }

  private mutating func apply(_ timeouts: HTTPTimeouts) {
    set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(timeouts.connect))
    if let total = timeouts.total { set(CURLOPT_TIMEOUT_MS, Self.milliseconds(total)) }
    if let idle = timeouts.idle {
      set(CURLOPT_LOW_SPEED_LIMIT, 1)
      set(CURLOPT_LOW_SPEED_TIME, max(1, Int(idle.seconds.rounded(.up))))
    }
  }

  private mutating func apply(_ configuration: HTTPConfiguration) {
    if let file = configuration.caFile {
      set(CURLOPT_CAINFO, file)
      // Without this the system's directory of authorities would be trusted as well.
      set(CURLOPT_CAPATH, nil as String?)
    }
    if let certificate = configuration.clientCertificate {
      set(CURLOPT_SSLCERT, certificate)
      set(CURLOPT_SSLKEY, configuration.clientKey ?? certificate)
      if let password = configuration.clientKeyPassword { set(CURLOPT_KEYPASSWD, password.reveal()) }
    }
    if let proxy = configuration.proxy {
      set(CURLOPT_PROXY, proxy)
      set(CURLOPT_NOPROXY, "")
    }
  }

  private mutating func applyMethod(_ plan: TransferPlan) {
    switch plan.body {
    case .none:
      if plan.method == "HEAD" {
        set(CURLOPT_NOBODY, 1)
      } else {
        set(CURLOPT_HTTPGET, 1)
        if plan.method != "GET" { set(CURLOPT_CUSTOMREQUEST, plan.method) }
      }
    case .bytes(let bytes): applyUpload(plan.method, Int64(bytes.count))
    case .file(_, _, let length): applyUpload(plan.method, length)
    }
  }

  private mutating func applyUpload(_ method: String, _ length: Int64) {
    set(CURLOPT_UPLOAD, 1)
    set(CURLOPT_INFILESIZE_LARGE, offset: length)
    set(CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
    set(CURLOPT_EXPECT_100_TIMEOUT_MS, 1000)
    if method != "PUT" { set(CURLOPT_CUSTOMREQUEST, method) }
  }

  private static func milliseconds(_ duration: Duration) -> Int {
    max(1, Int(min(duration.seconds * 1000, 1e9)))
  }

  mutating func set(_ option: CURLoption, _ value: Int) { note(journeyman_curl_set_long(easy, option, value)) }

  mutating func set(_ option: CURLoption, _ value: String?) {
    note(journeyman_curl_set_string(easy, option, value))
  }

  mutating func set(_ option: CURLoption, offset: Int64) {
    note(journeyman_curl_set_offset(easy, option, curl_off_t(offset)))
  }

  mutating func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) {
    note(journeyman_curl_set_pointer(easy, option, pointer))
  }

  mutating func set(_ option: CURLoption, list: UnsafeMutablePointer<curl_slist>?) {
    note(journeyman_curl_set_list(easy, option, list))
  }

  mutating func set(
    _ option: CURLoption,
    _ callback:
      @convention(c) (
        UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?
      ) -> Int
  ) {
    note(journeyman_curl_set_callback(easy, option, callback))
  }

  mutating func setSeek(_ callback: @convention(c) (UnsafeMutableRawPointer?, curl_off_t, Int32) -> Int32) {
    note(journeyman_curl_set_seek(easy, callback))
  }

  private mutating func note(_ code: CURLcode) {
    if code != CURLE_OK && failed == nil { failed = code }
  }
}
