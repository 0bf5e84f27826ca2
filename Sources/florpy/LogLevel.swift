import ArgumentParser

/// A level of Python's `logging`: by its name, or a number.
struct LogLevel: ExpressibleByArgument {
  let number: Int

  private static let byName = ["NOTSET": 0, "DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50]

  init?(argument: String) {
    guard let number = Self.byName[argument.uppercased()] ?? Int(argument), number >= 0 else { return nil }
    self.number = number
  }
}
