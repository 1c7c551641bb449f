/// The texts of the templates. All of them do the same: greet somebody, write a card, count greetings.
extension PluginTemplate {
  static let description = """
    {
      "protocol": 1,
      "name": "NAME",
      "version": "0.1.0",
      "summary": "Greets somebody.",
      "category": "invoke",
      "executable": "plugin",
      "configuration": [
        {"name": "whom", "type": "text", "summary": "Whom to greet.", "required": true},
        {"name": "times", "type": "integer", "summary": "How often.", "default": "1"}
      ],
      "outputs": [
        {"name": "greetings", "summary": "How often somebody was greeted."}
      ],
      "example": {"whom": "world", "times": 2}
    }

    """

  static let python = """
    #!/usr/bin/env python3
    import json
    import os
    import signal
    import sys


    def say(kind, **fields):
        print(json.dumps({"type": kind, **fields}), flush=True)


    def manifest():
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plugin.json")) as file:
            return json.load(file)


    def run(order):
        if order["protocol"] != 1:
            return say("result", status="failed", message="this plugin speaks protocol 1")
        configuration = order["configuration"]
        times = configuration.get("times", 1)
        for number in range(times):
            say("log", text=f"Hello, {configuration['whom']}!")
            say("progress", text="greetings", done=number + 1, total=times)
        with open(os.path.join(order["output"], "card.txt"), "w") as card:
            card.write(f"Hello, {configuration['whom']}!\\n")
        say("artifact", name=order["action"].replace(" ", "-") + "-card", files=["card.txt"])
        say("output", key="greetings", value=str(times))
        say("result", status="succeeded", message=f"greeted {configuration['whom']} {times} times")


    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "describe":
            say("manifest", manifest=manifest())
        elif message["type"] == "run":
            run(message)
            break
        elif message["type"] == "cancel":
            sys.exit(1)

    """

  static let shell = """
    #!/bin/sh
    # Needs jq, which reads and writes JSON.
    set -eu

    while IFS= read -r message; do
      case $(printf '%s' "$message" | jq -r .type) in
        describe)
          jq -c '{type: "manifest", manifest: .}' "$(dirname "$0")/plugin.json"
          ;;
        run)
          if [ "$(printf '%s' "$message" | jq .protocol)" != 1 ]; then
            jq -cn '{type: "result", status: "failed", message: "this plugin speaks protocol 1"}'
            exit 0
          fi
          whom=$(printf '%s' "$message" | jq -r .configuration.whom)
          times=$(printf '%s' "$message" | jq -r '.configuration.times // 1')
          action=$(printf '%s' "$message" | jq -r .action | tr ' ' -)
          count=0
          while [ "$count" -lt "$times" ]; do
            count=$((count + 1))
            jq -cn --arg text "Hello, $whom!" '{type: "log", text: $text}'
          done
          echo "Hello, $whom!" >"$JOURNEYMAN_OUTPUT/card.txt"
          jq -cn --arg name "$action-card" '{type: "artifact", name: $name, files: ["card.txt"]}'
          jq -cn --arg value "$count" '{type: "output", key: "greetings", value: $value}'
          jq -cn --arg text "greeted $whom $count times" '{type: "result", status: "succeeded", message: $text}'
          exit 0
          ;;
        cancel)
          exit 1
          ;;
      esac
    done

    """

  static let package = """
    // swift-tools-version: 6.1
    import PackageDescription

    let package = Package(
      name: "NAME",
      dependencies: [.package(path: "KIT_PATH")],
      targets: [
        .executableTarget(name: "TYPE", dependencies: [.product(name: "ActionKit", package: "KIT_NAME")])
      ]
    )

    """

  static let swift = """
    import JourneymanActionKit

    /// Greets somebody.
    @main
    struct TYPE: ExternalPlugin {
      struct Configuration: Decodable, Sendable {
        var whom: String
        var times: Int?
      }

      static let manifest = PluginManifest(
        name: "NAME", version: "0.1.0", summary: "Greets somebody.", category: .invoke,
        configuration: ConfigurationSchema([
          ConfigurationKey("whom", .text, "Whom to greet.", isRequired: true),
          ConfigurationKey("times", .integer, "How often.", defaultText: "1"),
        ]),
        outputs: [.init("greetings", "How often somebody was greeted.")])

      let configuration: Configuration

      init(configuration: Configuration) throws {
        if let times = configuration.times, times < 1 {
          throw PluginConfigurationError("times", "must be at least 1")
        }
        self.configuration = configuration
      }

      func run(in context: ActionContext) async throws -> ActionOutcome {
        let times = configuration.times ?? 1
        for number in 1...times {
          try Task.checkCancellation()
          context.log("Hello, \\(configuration.whom)!")
          context.progress("greetings", done: Int64(number), total: Int64(times))
        }
        try await context.output.write("Hello, \\(configuration.whom)!\\n", to: "card.txt")
        var outcome = ActionOutcome.succeeded(
          "greeted \\(configuration.whom) \\(times) times", outputs: ["greetings": String(times)])
        let name = String(context.name.map { $0 == " " ? "-" : $0 }) + "-card"
        outcome.artifacts = [ActionArtifact(name: name, files: ["card.txt"])]
        return outcome
      }
    }

    """

  static let build = """
    #!/bin/sh
    # Builds the program and puts it beside plugin.json. The Swift library is linked in, so that it runs anywhere.
    set -eu
    cd "$(dirname "$0")"
    swift build -c "${1:-release}" --static-swift-stdlib
    install -m 755 "$(swift build -c "${1:-release}" --static-swift-stdlib --show-bin-path)/TYPE" plugin

    """
}
