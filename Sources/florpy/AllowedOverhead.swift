import ArgumentParser

/// What recording may cost: a share of the run's time, or anything.
struct AllowedOverhead: ExpressibleByArgument {
  /// Between 0 and 1; nil: unlimited.
  let share: Double?

  init(share: Double?) {
    self.share = share
  }

  init?(argument: String) {
    if argument == "unlimited" {
      share = nil
    } else if let share = Double(argument), share > 0, share < 1 {
      self.share = share
    } else {
      return nil
    }
  }

  var defaultValueDescription: String { share.map { Console.decimal($0, 4) } ?? "unlimited" }
}
