import ArgumentParser
import RunModel

/// `--include` and `--exclude` of what goes on from a run: where they are not given, they are as they were recorded.
struct PackageOptions: ParsableArguments {
  @Option(
    name: .customLong("include"),
    help: ArgumentHelp(
      "A package outside the script's folder that was recorded as well. (default: as it was recorded)", valueName: "PACKAGE"))
  private var given: [String] = []

  @Option(
    name: .customLong("exclude"),
    help: ArgumentHelp("A package of the script's folder that was left alone. (default: as it was recorded)", valueName: "PACKAGE"))
  private var leftOut: [String] = []

  func include(_ header: RunHeader) -> [String] { given.isEmpty ? header.include ?? [] : given }

  func exclude(_ header: RunHeader) -> [String] { leftOut.isEmpty ? header.exclude ?? [] : leftOut }
}
