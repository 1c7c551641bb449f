import Foundation
import JourneymanSupport

/// Whether a suite that needs a peer runs: in CI a missing peer is a failure, elsewhere a reason to skip.
func isRequired(_ isAvailable: Bool) -> Bool { isAvailable || StandardPaths.processEnvironment["CI"] == "true" }
